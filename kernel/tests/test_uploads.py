"""Whatever is uploaded, and however: it is a content as it should be, or it is refused, and what
waits and what is kept stays bounded."""

import asyncio
from collections.abc import AsyncIterator, Callable
from hashlib import sha256

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.core.messages import (
    MAX_PART_BYTES,
    BlobPart,
    BlobStored,
    Hello,
    SnapshotSlice,
    Welcome,
)
from collab_kernel.core.values import Kind, Value, value_of
from collab_kernel.errors import CollabError, UploadRefusedError
from collab_kernel.host import uploads
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.server import Server
from collab_kernel.spi import Channel
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.blobs import encode_content
from collab_kernel.wire.packets import client_packet, server_messages

WITHIN_S = 20.0
MAX_BYTES = 400_000


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(
        ["memory://uploads:0"],
        renderer=None,
        catalogue=definitions(),
        multi_clients=True,
        max_blob_bytes=MAX_BYTES,
    ) as server:
        yield server


@pytest.fixture
async def ada(server: Server) -> AsyncIterator[Session]:
    """Somebody else, whose own large value is there before and after."""
    session = await connect(server.addresses[0], "Ada")
    thing = await session.create("sources", "Specimen", Payload=bytes(100_000))
    yield session
    await thing.set(Payload=b"x" * 100_000)
    assert await session.fetch_value(thing, "Payload") == b"x" * 100_000
    assert session.lost is None
    await session.close()


class Uploader:
    """A raw connection."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    async def say(self, *parts: BlobPart) -> None:
        await self.channel.send(b"".join(map(client_packet, parts)))

    async def stored(self) -> BlobStored:
        """The next word about an upload."""
        while True:
            for message in await self.messages():
                if isinstance(message, BlobStored):
                    return message

    async def messages(self) -> list[object]:
        async with asyncio.timeout(WITHIN_S):
            packet = await self.channel.receive()
        assert packet is not None, "the server ended the connection"
        return list(server_messages(packet))

    async def refused(self, *parts: BlobPart) -> CollabError:
        """Say this, and be refused once."""
        await self.say(*parts)
        stored = await self.stored()
        assert isinstance(stored.error, UploadRefusedError)
        assert stored.stored_bytes == 0
        return stored.error

    async def taken(self, content: bytes) -> None:
        for part in parts_of(content):
            await self.say(part)
        assert await self.stored() == BlobStored(sha256(content).digest(), len(content))


@pytest.fixture
async def eve(server: Server, ada: Session) -> AsyncIterator[Uploader]:
    channel = await MemoryTransport().connect(server.addresses[0], None)
    await channel.send(client_packet(Hello(name="Eve")))
    eve = Uploader(channel)
    last = False
    while not last:
        for message in await eve.messages():
            if isinstance(message, Welcome):
                assert message.max_blob_bytes == MAX_BYTES
            last = isinstance(message, SnapshotSlice) and message.last
    yield eve
    await channel.close()


def parts_of(content: bytes) -> list[BlobPart]:
    hash, size = sha256(content).digest(), len(content)
    return [
        BlobPart(hash, size, start, content[start : start + MAX_PART_BYTES])
        for start in range(0, size, MAX_PART_BYTES)
    ]


def a_content(number: int = 0, size: int = 300_000) -> bytes:
    return encode_content(value_of(Kind.BYTES, [number.to_bytes(8, "big") + bytes(size)]))


def kept(server: Server) -> int:
    return server.sessions["main"].blobs.size_bytes


# -- in good order ---------------------------------------------------------------------------


async def test_a_content_is_asked_for_sent_and_there(server: Server, eve: Uploader) -> None:
    content, before = a_content(), kept(server)
    hash = sha256(content).digest()
    await eve.say(BlobPart(hash, len(content)))
    assert await eve.stored() == BlobStored(hash, 0)
    await eve.taken(content)
    assert kept(server) == before + len(content)
    await eve.say(BlobPart(hash, len(content)))
    assert await eve.stored() == BlobStored(hash, len(content))
    await eve.say(parts_of(content)[0])
    assert await eve.stored() == BlobStored(hash, len(content))


async def test_what_is_begun_again_is_taken_from_its_beginning(
    server: Server, eve: Uploader
) -> None:
    content, before = a_content(), kept(server)
    await eve.say(*parts_of(content)[:2])
    await eve.say(*parts_of(a_content(1))[:3])
    await eve.taken(content)
    assert kept(server) == before + len(content)


# -- in none ---------------------------------------------------------------------------------


def _with(part: BlobPart, **changes: object) -> BlobPart:
    values = {f: getattr(part, f) for f in ("sha256", "size_bytes", "offset", "data")}
    return BlobPart(**values | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: [p[1]], "not begun"),
        (lambda p: [p[0], p[2]], "was due"),
        (lambda p: [p[0], p[1], p[1]], "was due"),
        (lambda p: [_with(p[0], data=p[0].data[:-1])], "were due"),
        (lambda p: [_with(p[0], data=p[0].data + b"x")], "were due"),
        (lambda p: [*p[:-1], _with(p[-1], data=p[-1].data + b"x")], "were due"),
        (lambda p: [p[0], _with(p[1], size_bytes=p[1].size_bytes + 1)], "was due"),
        (lambda p: [_with(p[0], size_bytes=MAX_BYTES + 1)], "--max-blob"),
        (lambda p: [_with(p[0], size_bytes=(1 << 64) - 1)], "--max-blob"),
        (lambda p: [_with(p[0], size_bytes=0)], "--max-blob"),
        (lambda p: [BlobPart(p[0].sha256, MAX_BYTES + 1)], "--max-blob"),
        (lambda p: [_with(part, sha256=bytes(32)) for part in p], "another SHA-256"),
        (lambda p: [_with(part, sha256=b"short") for part in p], "another SHA-256"),
    ],
)
async def test_what_is_out_of_order_is_refused_with_a_reason_and_forgotten(
    server: Server,
    eve: Uploader,
    spoil: Callable[[list[BlobPart]], list[BlobPart]],
    says: str,
) -> None:
    before = kept(server)
    error = await eve.refused(*spoil(parts_of(a_content())))
    assert says in str(error)
    assert kept(server) == before
    await eve.taken(a_content())


async def test_what_still_comes_of_a_refused_upload_is_passed_over(
    server: Server, eve: Uploader
) -> None:
    first, *rest = parts_of(a_content())
    await eve.refused(_with(first, data=b"x"), *rest)
    await eve.taken(a_content(1))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff" * 100_000, "no value"),
        (encode_content(value_of(Kind.BYTES, [bytes(1_000)])), "sent as it is"),
        (encode_content(Value(Kind.PROXY, (1,) * 90_000)), "can't be large"),
        (encode_content(Value(Kind.BOOL, (True,) * 300_000)), "--max-blob"),
        (encode_content(Value(Kind.DOUBLE, (float("nan"),) * 9_000)), "NaN"),
        (encode_content(Value(Kind.DOUBLE, (1.0,) * 9_000 + (-0.0,))), "-0.0"),
        (a_content() + b"\x08\x07", "one way"),
        (a_content() + b"\xf8\x01\x00", "one way"),
        (b"\x08\x04" + b"\x12\xa0\x9c\x01" + b"\x04" * 20_000, "neither true nor false"),
        (a_content()[2:] + a_content()[:2], "one way"),
        (b"\x08\x03" + b"\x22\x02\xff\xff" * 20_000, "no value"),
    ],
)
async def test_a_content_that_is_no_large_value_is_refused(
    server: Server, eve: Uploader, content: bytes, says: str
) -> None:
    before = kept(server)
    error = await eve.refused(*parts_of(content))
    assert says in str(error)
    assert kept(server) == before


async def test_whoever_stops_in_the_middle_is_waited_for_a_while_only(
    server: Server, eve: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(server)
    monkeypatch.setattr(uploads, "NEXT_PART_WITHIN_S", 0.01)
    error = await eve.refused(*parts_of(a_content())[:2])
    assert "no part came" in str(error)
    assert kept(server) == before


async def test_whoever_leaves_in_the_middle_leaves_nothing_behind(
    server: Server, ada: Session, eve: Uploader
) -> None:
    before = kept(server)
    await eve.say(*parts_of(a_content())[:2])
    presence = ada.events()
    await eve.channel.close()
    async with asyncio.timeout(WITHIN_S):
        await anext(presence)
        while kept(server) != before:
            await asyncio.sleep(0)


async def test_one_participant_keeps_only_so_much_that_nothing_names(
    server: Server, eve: Uploader
) -> None:
    before = kept(server)
    for number in range(6):
        await eve.taken(a_content(number))
    assert kept(server) - before <= 2 * MAX_BYTES
    hash = sha256(a_content(5)).digest()
    await eve.say(BlobPart(hash, len(a_content(5))))
    assert (await eve.stored()).stored_bytes == len(a_content(5)), "the newest is kept"


async def test_a_session_keeps_only_so_much_and_says_what_to_do(
    server: Server, ada: Session, eve: Uploader
) -> None:
    """What is named is never given up for what comes."""
    thing = await ada.create("sources", "Specimen")

    async def fill() -> None:
        for number in range(100):
            await thing.set(Payload=number.to_bytes(8, "big") + bytes(MAX_BYTES - 100))

    with pytest.raises(UploadRefusedError, match="--max-blob"):
        await fill()
    assert kept(server) <= 32 * MAX_BYTES
    await ada.undo()
    assert await ada.fetch_value(thing, "Payload")


async def test_a_command_passes_an_upload_that_is_under_way() -> None:
    async with (
        Server(["memory://pass:0"], renderer=None, catalogue=definitions()) as server,
        await connect(server.addresses[0]) as ada,
    ):
        thing = await ada.create("sources", "Specimen")
        large = asyncio.create_task(thing.set(Payload=bytes(12_000_000)))
        while not kept(server):
            await asyncio.sleep(0)
        await thing.set(Count=7)
        assert ada._connection._link.outbox._bulk, "the upload has ended already"
        await large
