"""Whatever a peer sends, or does not: its own connection ends at worst, and all others go on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.core.commands import Chat, Create, Edit, Request
from collab_kernel.core.messages import (
    MAX_PACKET_BYTES,
    AnswerPart,
    Credit,
    Goodbye,
    Hello,
    Ping,
    Pong,
    Question,
    ServerMessage,
    SnapshotSlice,
    Welcome,
)
from collab_kernel.core.presence import Shown
from collab_kernel.core.queries import DescribeType
from collab_kernel.core.values import Kind, Value
from collab_kernel.errors import (
    CollabError,
    GoodbyeError,
    InvalidCommandError,
    MessageTooLargeError,
    RemoteProtocolError,
    VersionMismatchError,
)
from collab_kernel.host import server as host_server
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.server import Server
from collab_kernel.spi import Channel
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.packets import client_packet, server_messages

WITHIN_S = 15.0


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(
        ["memory://bad:0"], renderer=None, catalogue=definitions(), multi_clients=True
    ) as server:
        yield server


@pytest.fixture
async def ada(server: Server) -> AsyncIterator[Session]:
    """A good peer, who must notice nothing."""
    session = await connect(server.addresses[0], "Ada")
    yield session
    await session.create("sources", "SphereSource")
    assert session.digest()
    assert session.lost is None
    await session.close()


async def dial(server: Server) -> Channel:
    return await MemoryTransport().connect(server.addresses[0], None)


class Peer:
    """A raw connection, read message by message."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._read: list[ServerMessage] = []

    async def message(self) -> ServerMessage | None:
        """The next message; None at the end."""
        async with asyncio.timeout(WITHIN_S):
            while not self._read:
                packet = await self.channel.receive()
                if packet is None:
                    return None
                self._read = list(server_messages(packet))
        return self._read.pop(0)

    async def until(self, kind: type) -> ServerMessage:
        while not isinstance(message := await self.message(), kind):
            assert message is not None, f"the end came before {kind.__name__}"
        return message  # type: ignore[return-value]

    async def farewell(self) -> CollabError:
        """The reason that the server gives before the end, which comes next."""
        goodbye = await self.until(Goodbye)
        assert isinstance(goodbye, Goodbye)
        while (message := await self.message()) is not None:
            assert not isinstance(message, Goodbye)
        return goodbye.error


async def introduced(server: Server, name: str = "Eve") -> Peer:
    peer = Peer(await dial(server))
    await peer.channel.send(client_packet(Hello(name=name)))
    await peer.until(Welcome)
    while not (await peer.until(SnapshotSlice)).last:  # type: ignore[union-attr]
        pass
    return peer


# -- before anybody is let in ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "error"),
    [
        (b"\xff\xff garbage", RemoteProtocolError),
        (b"", RemoteProtocolError),
        (client_packet(Ping(1)), RemoteProtocolError),
        (client_packet(Request(1, Chat("hello"))), RemoteProtocolError),
        (client_packet(Hello(name="x" * 70_000)), RemoteProtocolError),
        (bytes(3 * MAX_PACKET_BYTES), MessageTooLargeError),
        (client_packet(Hello(protocol_minimum=99, protocol_maximum=99)), VersionMismatchError),
    ],
)
async def test_a_first_message_that_is_no_good_hello_gets_a_typed_goodbye(
    server: Server, ada: Session, packet: bytes, error: type[CollabError]
) -> None:
    before = ada.digest()
    peer = Peer(await dial(server))
    await peer.channel.send(packet)
    assert type(await peer.farewell()) is error
    assert ada.digest() == before
    assert len(server.state().participants) == 1


async def test_another_protocol_version_is_told_which_ones_there_are(server: Server) -> None:
    peer = Peer(await dial(server))
    await peer.channel.send(client_packet(Hello(protocol_minimum=7, protocol_maximum=9)))
    assert "versions 1 to 1, the client 7 to 9: update the server" in str(await peer.farewell())


async def test_who_says_nothing_is_given_up(
    server: Server, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_server, "HELLO_WITHIN_S", 0.02)
    peer = Peer(await dial(server))
    assert "no hello came" in str(await peer.farewell())


async def test_who_closes_before_a_hello_leaves_no_trace(server: Server, ada: Session) -> None:
    before = ada.digest()
    for _ in range(5):
        await (await dial(server)).close()
    await ada.chat("hello")
    assert len(ada.participants) == 1
    assert ada.digest() != before


# -- once they are in ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "error"),
    [
        (b"\xff\xff garbage", RemoteProtocolError),
        (client_packet(Hello()), RemoteProtocolError),
        (bytes(3 * MAX_PACKET_BYTES), MessageTooLargeError),
    ],
)
async def test_nonsense_ends_that_connection_only(
    server: Server, ada: Session, packet: bytes, error: type[CollabError]
) -> None:
    peer = await introduced(server)
    await peer.channel.send(packet)
    assert type(await peer.farewell()) is error
    await ada.chat("still here")
    eve = [row for row in server.state().participants.values() if row.name == "Eve"]
    assert [row.connected for row in eve] == [False]


async def test_an_empty_packet_is_harmless(server: Server, ada: Session) -> None:
    peer = await introduced(server)
    await peer.channel.send(b"")
    await peer.channel.send(client_packet(Ping(7)))
    assert await peer.until(Pong) == Pong(7)
    await peer.channel.close()


async def test_who_an_author_is_is_not_for_them_to_say(server: Server, ada: Session) -> None:
    peer = await introduced(server)
    view = ada.views[0].id
    heard = ada.presence()
    shown = Shown(ada.id, view, 1, (("CameraViewAngle", Value(Kind.DOUBLE, (50.0,))),))
    await peer.channel.send(client_packet(shown))
    async with asyncio.timeout(WITHIN_S):
        item = await anext(heard)
    assert isinstance(item, Shown)
    assert item.participant != ada.id
    id = (ada.id << 32) + 999  # one of hers
    await ada.promote(item.participant)
    await peer.channel.send(
        client_packet(Request(1, Edit((Create(id, "sources", "SphereSource"),))))
    )
    await ada.chat("after that")
    assert id not in server.state().proxies
    await peer.channel.send(client_packet(Goodbye(GoodbyeError("bye"))))
    await asyncio.wait_for(_alone(ada), WITHIN_S)


async def _alone(session: Session) -> None:
    events = session.events()
    while not session.me.is_master:
        await anext(events)


async def test_a_request_that_comes_twice_is_decided_once(server: Server, ada: Session) -> None:
    peer = await introduced(server)
    request = client_packet(Request(1, Chat("once")))
    await peer.channel.send(request + request)
    await peer.channel.send(request)
    await peer.channel.send(client_packet(Request(2, Chat("twice"))))
    await ada.chat("end")
    while len(ada.chat_history) < 3:
        await ada.reached(ada.revision + 1)
    assert sorted(row.text for row in ada.chat_history) == ["end", "once", "twice"]
    await peer.channel.close()


async def test_a_question_numbered_twice_is_refused(server: Server, ada: Session) -> None:
    peer = await introduced(server)
    question = client_packet(Question(1, DescribeType(("sources", "SphereSource"))))
    await peer.channel.send(question * 2)
    parts = [await peer.until(AnswerPart) for _ in range(2)]
    errors = [part.error for part in parts if isinstance(part, AnswerPart)]
    assert {type(error) for error in errors} == {InvalidCommandError, type(None)}
    await peer.channel.close()


async def test_credit_that_nobody_gave_cause_for_is_harmless(server: Server, ada: Session) -> None:
    peer = await introduced(server)
    for packets in (1 << 60, 0, 5):
        await peer.channel.send(client_packet(Credit(packets)))
    await peer.channel.send(client_packet(Ping(1)))
    assert await peer.until(Pong) == Pong(1)
    await peer.channel.close()


# -- slow ones -------------------------------------------------------------------------------


async def test_who_reads_nothing_but_keeps_talking_is_let_go_and_holds_up_nobody(
    server: Server, ada: Session
) -> None:
    peer = await introduced(server, "Sloth")
    sloth = next(i for i, row in server.state().participants.items() if row.name == "Sloth")
    server.sessions["main"].members._members[sloth].outbox._budget_bytes = 100_000
    talking = asyncio.create_task(_talk(peer))
    events = ada.events()
    for number in range(80):
        await ada.create("sources", "Specimen", Payload=bytes([number]) * 60_000)
        if sloth not in server.sessions["main"].members._members:
            break
    async with asyncio.timeout(WITHIN_S):
        while server.state().participant(sloth).connected:
            await anext(events)
    await ada.chat("and on it goes")
    await asyncio.gather(talking, return_exceptions=True)


async def _talk(peer: Peer) -> None:
    """Show signs of life until the connection ends."""
    for number in range(10_000):
        await peer.channel.send(client_packet(Ping(number)))
        await asyncio.sleep(0.05)


async def test_a_client_that_is_told_nonsense_ends_with_an_error(server: Server) -> None:
    accepted: list[Channel] = []
    listener = await MemoryTransport().listen("memory://liar", accepted.append, None)
    joining = asyncio.create_task(connect("memory://liar"))
    while not accepted:
        await asyncio.sleep(0)
    await accepted[0].send(b"\xff\xff")
    with pytest.raises(RemoteProtocolError):
        await joining
    await listener.close()


async def test_who_was_turned_away_is_counted_by_the_reason(server: Server, ada: Session) -> None:
    assert server.turned_away == {}
    for _ in range(2):
        channel = await MemoryTransport().connect(server.addresses[0], None)
        await channel.send(b"\xff" * 10)
        while await channel.receive() is not None:
            pass  # the goodbye, and the end
        await channel.close()
    assert server.turned_away == {"protocol.remote": 2}
