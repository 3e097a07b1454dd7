"""Who only asks: nobody hears of them, they take no seat, and they may know what they could know by
joining."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab_kernel.client import Session, connect, look_on
from collab_kernel.core.commands import Chat, Request
from collab_kernel.core.messages import Goodbye, Hello, ServerMessage
from collab_kernel.core.peer import Capability
from collab_kernel.core.queries import ListFiles, RenderImage
from collab_kernel.core.state import Role
from collab_kernel.errors import (
    AuthenticationFailedError,
    BusyError,
    CollabError,
    ConnectionLostError,
    NotAllowedError,
    RemoteProtocolError,
    ServerStoppedError,
    SessionFullError,
    SessionLockedError,
    WrongConnectIdError,
)
from collab_kernel.host import onlooker
from collab_kernel.host.memory_store import MemoryStore
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.server import Locks, Server, TokenFile
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.packets import client_packet, server_messages

WITHIN_S = 20.0


def a_server(**options: object) -> Server:
    given = {"renderer": None, "catalogue": definitions(), "multi_clients": True} | options
    return Server(["memory://asked:0"], **given)  # type: ignore[arg-type]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with asyncio.timeout(WITHIN_S), a_server() as server:
        yield server


@pytest.fixture
async def ada(server: Server) -> AsyncIterator[Session]:
    async with await connect(server.addresses[0], "Ada") as ada:
        yield ada


async def test_who_looks_on_sees_everything_and_leaves_no_trace(
    server: Server, ada: Session
) -> None:
    ball = await ada.create("sources", "SphereSource", name="Ball")
    await ball.set(Radius=2.0)
    before = server.state()
    async with await look_on(server.addresses[0], "collab who") as onlooker:
        assert onlooker.id == 0
        assert onlooker.digest() == ada.digest()
        assert [person.name for person in onlooker.participants] == ["Ada"]
        log = await onlooker.read_log()
        assert log.entries[-1].label == "Set Radius of Ball"
        [status] = (await onlooker.server_status()).sessions
        assert (status.participants, status.connected) == (1, 1)
        assert (await onlooker.definition("sources", "SphereSource")).properties
    await ada.chat("who was that?")
    assert server.state().revision == before.revision + 1
    assert server.state().session == before.session, "no number was given away"


async def test_in_a_store_nothing_of_it_is_written() -> None:
    store = MemoryStore()
    async with asyncio.timeout(WITHIN_S), a_server(store=store) as server:
        before = store.sessions()
        async with await look_on(server.addresses[0]) as onlooker:
            await onlooker.server_status()
        assert store.sessions() == before


async def test_who_looks_on_first_keeps_nobody_from_steering(server: Server) -> None:
    async with (
        await look_on(server.addresses[0]),
        await connect(server.addresses[0], "Ada") as ada,
    ):
        assert ada.me.is_master


async def test_who_looks_on_takes_no_seat_among_several() -> None:
    async with (
        asyncio.timeout(WITHIN_S),
        a_server(max_clients=1) as server,
        await connect(server.addresses[0], "Ada"),
    ):
        with pytest.raises(SessionFullError):
            await look_on(server.addresses[0])  # a session for one is nobody else's to see
    async with (
        asyncio.timeout(WITHIN_S),
        a_server(max_clients=2) as server,
        await connect(server.addresses[0], "Ada"),
        await connect(server.addresses[0], "Bob"),
        await look_on(server.addresses[0]) as onlooker,
    ):
        assert len((await onlooker.server_status()).sessions) == 1


async def test_nothing_can_be_done_and_nothing_costly_asked(server: Server, ada: Session) -> None:
    async with await look_on(server.addresses[0]) as onlooker:
        with pytest.raises(NotAllowedError, match="connect, and take a seat"):
            await onlooker.chat("hello")
        for query in (ListFiles(), RenderImage(1, 10, 10)):
            with pytest.raises(NotAllowedError, match="join for more"):
                await onlooker.ask(query)
    assert ada.chat_history == ()


async def first_error(address: str, *said: bytes) -> CollabError:
    """What the server says to a client that minds no manners."""
    channel = await MemoryTransport().connect(address, None)
    messages: list[ServerMessage] = []
    try:
        for packet in said:
            await channel.send(packet)
        while not any(isinstance(message, Goodbye) for message in messages):
            data = await channel.receive()
            assert data is not None
            messages += server_messages(data)
    finally:
        await channel.close()
    goodbye = messages[-1]
    assert isinstance(goodbye, Goodbye)
    return goodbye.error


ASKS = client_packet(Hello(capabilities=(Capability.ASK,)))


async def test_a_command_of_who_only_asks_is_no_command(server: Server, ada: Session) -> None:
    for said in ((ASKS, client_packet(Request(1, Chat("hi")))), (ASKS, ASKS)):
        error = await first_error(server.addresses[0], *said)
        assert isinstance(error, RemoteProtocolError)
        assert "who only asks" in str(error)
    await ada.catch_up()
    assert ada.chat_history == ()


async def test_who_may_not_come_in_may_not_look_on(server: Server, ada: Session) -> None:
    await ada.set_connect_id("sesame")
    for guess in ("", "wrong"):
        with pytest.raises(WrongConnectIdError):
            await look_on(server.addresses[0], connect_id=guess)
    async with await look_on(server.addresses[0], connect_id="sesame") as onlooker:
        await ada.lock()
        with pytest.raises(SessionLockedError):  # and may not go on to ask, either
            await onlooker.server_status()
    with pytest.raises(SessionLockedError):
        await look_on(server.addresses[0], connect_id="sesame")


async def test_a_token_counts_says_the_role_and_which_sessions_there_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collab.audit")
    tokens = TokenFile(tmp_path / "tokens.toml")
    once = tokens.new(Role.VIEWER, "main", "Review", uses=1)
    any_session = tokens.new()
    locks = Locks(token_file=tokens.path, require_token=True)
    async with (
        asyncio.timeout(WITHIN_S),
        a_server(locks=locks, sessions=["main", "secret"]) as server,
    ):
        [address] = server.addresses
        with pytest.raises(AuthenticationFailedError, match="a token is needed"):
            await look_on(address)
        async with await look_on(address, token=once) as onlooker:
            status = await onlooker.server_status()
        assert [session.name for session in status.sessions] == ["main"]
        labels = {dict(s.labels).get("session") for m in status.metrics for s in m.samples}
        assert labels == {"main", None}
        assert "answers 'Review' (viewer) in 'main'" in caplog.text
        with pytest.raises(AuthenticationFailedError, match="used up"):
            await look_on(address, token=once)
        async with await look_on(address, token=any_session) as onlooker:
            status = await onlooker.server_status()
        assert [session.name for session in status.sessions] == ["main", "secret"]
        assert not server.state().participants


async def ask_on(onlooker: Session) -> None:
    while True:
        await onlooker.server_status()


async def test_only_so_many_ask_at_once_and_each_only_for_so_long(
    server: Server, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onlooker, "MAX_ONLOOKERS", 1)
    async with await look_on(server.addresses[0]) as first:
        with pytest.raises(BusyError, match="too many ask"):
            await look_on(server.addresses[0])
        await first.server_status()
    monkeypatch.setattr(onlooker, "STAYS_S", 0.01)
    late = await look_on(server.addresses[0])
    with pytest.raises(ConnectionLostError, match="has to come again"):
        await ask_on(late)
    await late.close()


async def test_a_server_that_stops_tells_who_looks_on() -> None:
    async with asyncio.timeout(WITHIN_S):
        async with a_server() as server:
            onlooker = await look_on(server.addresses[0])
        with pytest.raises(ServerStoppedError):
            await onlooker.server_status()
        await onlooker.close()


async def test_of_a_session_that_is_not_there_only_who_needs_no_token_learns_which_are(
    tmp_path: Path,
) -> None:
    tokens = TokenFile(tmp_path / "tokens.toml")
    tokens.new()
    for locks, told in (
        (Locks(), True),
        (Locks(token_file=tokens.path, require_token=True), False),
    ):
        async with a_server(locks=locks, sessions=["plans"]) as server:
            with pytest.raises(CollabError, match="no session 'x' here") as refused:
                await connect(server.addresses[0], session="x")
            assert ("plans" in str(refused.value)) is told
