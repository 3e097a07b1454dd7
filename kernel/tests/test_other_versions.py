"""The other side is older or newer: what it does not know passes, and where that can't be, both
sides say which of them to update."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from google.protobuf.message import Message

from collab_kernel.client import Session, connect
from collab_kernel.core import peer
from collab_kernel.core.messages import Hello, Welcome
from collab_kernel.core.peer import Capability, agreed, negotiate
from collab_kernel.errors import VersionMismatchError
from collab_kernel.host.client import Connection
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.host.reconnection import Reconnection
from collab_kernel.server import MemoryStore, Server
from collab_kernel.spi import Channel
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.packets import field, server_packet
from collab_proto.v1 import session_pb2, wire_pb2

WITHIN_S = 15.0
UNKNOWN_FIELD, UNKNOWN_KIND, UNKNOWN_TABLE, UNKNOWN_EVENT = 1_000, 900, 99, 77


def from_the_future(packet: bytes, kind: type[Message]) -> bytes:
    """`packet` as a newer peer would send it: fields that nobody knows yet in every message, at
    every depth, and a message of an unknown kind before and behind each."""
    read = kind.FromString(packet)
    out = b""
    stranger = field(1, field(UNKNOWN_KIND, b"news of tomorrow"))
    for message in read.messages:  # type: ignore[attr-defined]
        if message.WhichOneof("kind") == "event":
            message.event.kind = UNKNOWN_EVENT
        _grow(message)
        out += stranger + field(1, message.SerializeToString()) + stranger
    return out


def _grow(message: Message) -> None:
    for descriptor, value in message.ListFields():
        if isinstance(value, Message):
            _grow(value)
        elif descriptor.message_type is not None:
            for element in value:
                _grow(element)
    message.MergeFromString(field(UNKNOWN_FIELD, b"what nobody knows yet"))


class Future:
    """A channel at whose one end, or at both, sits a version of tomorrow."""

    def __init__(self, inner: Channel, client: bool, server: bool) -> None:
        self.inner, self.peer = inner, inner.peer
        self.client, self.server = client, server
        self.grown = 0

    async def send(self, data: bytes) -> None:
        self.grown += self.client
        await self.inner.send(from_the_future(data, wire_pb2.ClientPacket) if self.client else data)

    async def receive(self) -> bytes | None:
        data = await self.inner.receive()
        if data is None or not self.server:
            return data
        self.grown += 1
        return from_the_future(data, wire_pb2.ServerPacket)

    async def close(self) -> None:
        await self.inner.close()


async def never() -> Channel:
    raise AssertionError("nobody dials again")


async def join(server: Server, hello: Hello, client: bool, newer: bool) -> tuple[Session, Future]:
    address = server.addresses[0]
    channel = Future(await MemoryTransport().connect(address, None), client, newer)
    connection = Connection(channel, Reconnection(never, 0.0))
    async with asyncio.timeout(WITHIN_S):
        await connection.join(hello)
    return Session(connection, address), channel


def a_server(store: MemoryStore | None = None) -> Server:
    return Server(
        ["memory://versions:0"],
        renderer=None,
        catalogue=definitions(),
        multi_clients=True,
        store=store,
    )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Whose log a newer server has written to: a kind of event and a table nobody knows."""
    store = MemoryStore()
    async with a_server(store) as server, await connect(server.addresses[0]) as first:
        await first.create("sources", "SphereSource", "Old")
    log = store._sessions["main"].log
    event = session_pb2.Event(revision=len(log) + 1, kind=UNKNOWN_EVENT, label="Tomorrow")
    put = event.changes.add().put
    put.table, put.key, put.after = UNKNOWN_TABLE, b"key", b"a row of tomorrow's"
    log.append(event.SerializeToString())
    async with a_server(store) as server:
        yield server


async def _work_together(older: Session, server: Server) -> None:
    """Do a bit of everything, beside somebody of the server's own version."""
    async with await connect(server.addresses[0], "Witness") as witness:
        events = older.events()
        sphere = await older.create("sources", "SphereSource", Radius=2.0)
        await sphere.set(Radius=3.0)
        await older.chat("hello from another time")
        await older.undo()
        assert (await older.definition("filters", "AppendPolyData")).type == "AppendPolyData"
        await witness.chat("hello")
        for session in (older, witness):
            await session.catch_up()
        newest = max(older.revision, witness.revision)
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(older.reached(newest), witness.reached(newest))
        assert (older.revision, older.digest()) == (witness.revision, witness.digest())
        assert sphere["Radius"] == 2.0
        assert dict(older.state.table(UNKNOWN_TABLE)) == {b"key": b"a row of tomorrow's"}
        seen = await anext(events)
        assert seen.changes


async def test_a_client_of_the_version_before_works_on_a_newer_server(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "PROTOCOL_MAXIMUM", 2)
    older, channel = await join(server, Hello(name="Old"), client=False, newer=True)
    assert older._connection.welcome.protocol == older._connection.terms.protocol == 1
    await _work_together(older, server)
    assert channel.grown > 5
    await older.close()


async def test_a_newer_client_works_on_a_server_of_the_version_before(server: Server) -> None:
    hello = Hello(name="New", protocol_maximum=2, capabilities=("telepathy",))
    newer, channel = await join(server, hello, client=True, newer=False)
    assert newer._connection.welcome.protocol == newer._connection.terms.protocol == 1
    await _work_together(newer, server)
    assert channel.grown > 5
    await newer.close()


async def test_two_of_the_newer_version_speak_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "PROTOCOL_MAXIMUM", 2)
    new, _ = await join(server, Hello(protocol_maximum=2), client=True, newer=True)
    assert new._connection.terms.protocol == 2
    await new.close()


@pytest.mark.parametrize(
    ("ours", "theirs", "older"), [((2, 3), (1, 1), "client"), ((1, 1), (2, 3), "server")]
)
async def test_without_a_common_version_both_sides_say_which_one_to_update(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    ours: tuple[int, int],
    theirs: tuple[int, int],
    older: str,
) -> None:
    caplog.set_level(logging.INFO, "collab.audit")
    text = (
        f"the server speaks protocol versions {ours[0]} to {ours[1]}, the client {theirs[0]} to "
        f"{theirs[1]}: update the {older}"
    )
    async with a_server() as server:
        monkeypatch.setattr(peer, "PROTOCOL_MINIMUM", ours[0])
        monkeypatch.setattr(peer, "PROTOCOL_MAXIMUM", ours[1])
        with pytest.raises(VersionMismatchError, match=text):
            await join(server, Hello(*theirs), client=False, newer=False)
        [line] = [r.getMessage() for r in caplog.records if "refused" in r.getMessage()]
        assert VersionMismatchError.code in line
        assert text in line
        assert not server.state().participants


async def test_a_server_that_chooses_what_nobody_offered_is_refused() -> None:
    accepted: asyncio.Queue[Channel] = asyncio.Queue()
    listener = await MemoryTransport().listen("memory://chooser", accepted.put_nowait, None)
    joining = asyncio.create_task(connect("memory://chooser"))
    async with asyncio.timeout(WITHIN_S):
        there = await accepted.get()
        await there.send(server_packet(Welcome(9, 1, "main", True, "a liar")))
        with pytest.raises(VersionMismatchError, match="chose protocol version 9,"):
            await joining
    await listener.close()


def test_what_both_sides_can_is_in_force_and_unknown_words_pass() -> None:
    terms = negotiate(Hello(capabilities=("telepathy", "resume", "", "frames")))
    assert terms.capabilities == {Capability.RESUME, Capability.FRAMES}
    assert terms.words == ("frames", "resume")
    assert negotiate(Hello(capabilities=("RESUME", "telepathy"))).words == ()


def test_a_client_counts_on_nothing_that_it_did_not_offer() -> None:
    welcome = Welcome(1, 1, "main", True, "", capabilities=("resume", "telepathy"))
    assert agreed(Hello(capabilities=("resume",)), welcome).words == ("resume",)
    assert agreed(Hello(), welcome).words == ()
