"""The room for large values is the session's: nobody takes it by what no value ever has."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collab_kernel.client import Proxy, Session, Set, connect
from collab_kernel.core.commands import Create
from collab_kernel.core.events import Change, Put, SetValue
from collab_kernel.core.state import ProposalRow, State, Table
from collab_kernel.core.values import Blob, Kind, ParticipantId, Value, value_of
from collab_kernel.errors import InvalidCommandError, UnknownBlobError, UploadRefusedError
from collab_kernel.host.blobs import KEPT_FOR_S, LARGEST_AT_ONCE, TIDIED_EVERY_S, Blobs
from collab_kernel.server import Server
from collab_kernel.spi import apply
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.blobs import encode_content

MAX_BYTES = 100_000
ADA, BOB, EVE = 1, 2, 3


class Room:
    """The contents of a session whose state is of proposals and of one proxy's values."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.state = State()
        self.blobs = Blobs(MAX_BYTES, lambda: self.now_s)

    async def upload(self, owner: ParticipantId, number: int) -> Value:
        """The value that names what was uploaded: nearly as large as may be."""
        data = content(number)
        sha256 = hashlib.sha256(data).digest()
        with self.blobs.reserved(owner, len(data)):
            await self.blobs.keep(owner, sha256, data)
        return Value(Kind.BYTES, blob=Blob(sha256, len(data)))

    def put(self, change: Change) -> None:
        self.blobs.bring([change])
        self.state = apply(self.state, [change])

    def propose(self, author: ParticipantId, number: int, value: Value) -> None:
        row = ProposalRow(author, "x", "y", 1.0, (Create(7, "a", "b", None, (("c", value),)),), ())
        self.put(Put(Table.PROPOSALS, number, None, row))

    def withdraw(self, number: int) -> None:
        row = self.state.table(Table.PROPOSALS)[number]
        self.put(Put(Table.PROPOSALS, number, row, None))

    async def wait(self, for_s: float) -> None:
        self.now_s += for_s
        await self.blobs.tidy(self.state)

    def has(self, value: Value) -> bool:
        assert value.blob is not None
        return value.blob.sha256 in self.blobs


def content(number: int) -> bytes:
    return encode_content(value_of(Kind.BYTES, [number.to_bytes(4, "big") + bytes(98_000)]))


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    yield room
    room.blobs.close()


# -- what nothing names ----------------------------------------------------------------------


async def test_what_is_only_asked_for_is_forgotten_in_time(room: Room) -> None:
    value = await room.upload(EVE, 1)
    assert value.blob is not None
    for _ in range(2):
        assert room.blobs.content(value.blob.sha256) == content(1)
        assert room.blobs.facts(value.blob.sha256) is not None
        room.blobs.stored_bytes(value.blob.sha256)
        await room.wait(KEPT_FOR_S / 2)
    with pytest.raises(UnknownBlobError):
        room.blobs.content(value.blob.sha256)


async def test_what_will_go_soon_is_not_said_to_be_there_and_comes_once_more(room: Room) -> None:
    value = await room.upload(EVE, 1)
    assert value.blob is not None
    assert room.blobs.stored_bytes(value.blob.sha256) == value.blob.size_bytes
    await room.wait(KEPT_FOR_S - 10.0)
    assert room.blobs.stored_bytes(value.blob.sha256) == 0
    await room.upload(BOB, 1)
    assert room.blobs.stored_bytes(value.blob.sha256) == value.blob.size_bytes
    await room.wait(KEPT_FOR_S - 10.0)
    assert room.has(value)


async def test_what_many_have_uploaded_and_nothing_names_makes_room_for_the_next(
    room: Room,
) -> None:
    first, *rest = [await room.upload(100 + n, n) for n in range(LARGEST_AT_ONCE)]
    room.put(SetValue(7, "b", None, rest[0]))
    last = await room.upload(ADA, 99)
    assert [room.has(value) for value in (first, *rest, last)] == [False, *[True] * len(rest), True]


# -- what is only proposed -------------------------------------------------------------------


async def test_what_one_proposes_counts_as_ones_own_until_a_value_has_it(room: Room) -> None:
    one, two = await room.upload(EVE, 1), await room.upload(EVE, 2)
    room.propose(EVE, 1, one)
    room.propose(EVE, 2, two)
    with pytest.raises(UploadRefusedError, match="withdraw a proposal"):
        await room.upload(EVE, 3)
    await room.upload(BOB, 3)  # that is nobody else's matter
    room.put(SetValue(7, "c", None, one))
    await room.upload(EVE, 4)
    assert room.has(one)
    assert room.has(two)


async def test_what_was_withdrawn_makes_room_again(room: Room) -> None:
    one, two = await room.upload(EVE, 1), await room.upload(EVE, 2)
    room.propose(EVE, 1, one)
    room.propose(EVE, 2, two)
    room.withdraw(1)
    await room.wait(TIDIED_EVERY_S)
    await room.upload(EVE, 3)
    assert not room.has(one)


async def test_what_a_value_had_and_somebody_only_proposes_now_is_the_proposers(
    room: Room,
) -> None:
    values = [await room.upload(ADA, n) for n in (1, 2)]
    for n, value in enumerate(values):
        room.put(SetValue(7, "c", values[n - 1] if n else None, value))
        room.propose(EVE, n, value)
    room.put(SetValue(7, "c", values[1], None))
    await room.wait(TIDIED_EVERY_S)
    await room.upload(ADA, 3)
    with pytest.raises(UploadRefusedError, match="withdraw a proposal"):
        await room.upload(EVE, 4)


async def test_what_a_value_has_is_the_sessions_even_where_somebody_proposes_it(
    room: Room,
) -> None:
    values = [await room.upload(ADA, n) for n in (1, 2)]
    for n, value in enumerate(values):
        room.put(SetValue(n, "c", None, value))
        room.propose(EVE, n, value)
    await room.wait(TIDIED_EVERY_S)
    await room.upload(EVE, 3)


async def test_what_is_on_its_way_into_the_log_is_kept_while_the_rest_is_tidied(
    room: Room,
) -> None:
    """The state that is tidied by does not know it yet."""
    await room.wait(TIDIED_EVERY_S)
    value = await room.upload(EVE, 1)
    await room.wait(TIDIED_EVERY_S - 1.0)
    room.blobs.bring([SetValue(7, "c", None, value)])
    await room.wait(1.0)
    for number in (2, 3):
        await room.upload(EVE, number)
    assert room.has(value)


async def test_a_log_that_was_read_back_has_everything_where_it_was(room: Room) -> None:
    held, proposed = await room.upload(EVE, 1), await room.upload(EVE, 2)
    room.put(SetValue(7, "c", None, held))
    room.propose(EVE, 1, proposed)
    again = Room()
    contents = {
        value.blob: room.blobs.content(value.blob.sha256)
        for value in (held, proposed)
        if value.blob
    }

    async def load(sha256: bytes) -> bytes:
        return next(data for blob, data in contents.items() if blob.sha256 == sha256)

    await again.blobs.restore(room.state, load)
    again.state = room.state
    await again.upload(EVE, 3)
    await again.upload(EVE, 4)
    assert not again.has(Value(Kind.BYTES, blob=Blob(hashlib.sha256(content(3)).digest(), 1)))
    assert again.has(held)
    assert again.has(proposed)
    again.blobs.close()


# -- with a server ---------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    options: dict[str, Any] = {"renderer": None, "catalogue": definitions()}
    async with Server(
        ["memory://room:0"], multi_clients=True, max_blob_bytes=MAX_BYTES, **options
    ) as server:
        yield server


def large(number: int) -> Value:
    return value_of(Kind.BYTES, [number.to_bytes(4, "big") + bytes(98_000)])


async def _set(session: Session, thing: Proxy, number: int) -> None:
    await session.proxy_of(thing.id).set(Payload=number.to_bytes(4, "big") + bytes(98_000))


async def test_proposals_that_are_refused_take_no_room(server: Server) -> None:
    ada, eve = [await connect(server.addresses[0], name) for name in ("Ada", "Eve")]
    thing = await ada.create("sources", "Specimen")
    await eve.catch_up()
    small = thing["Payload"]
    blobs = server.sessions["main"].blobs
    for number in range(2 * LARGEST_AT_ONCE):
        there_and_back = (
            Set(thing.id, (("Payload", large(number)),)),
            Set(thing.id, eve.values({"Payload": small})),
        )
        with pytest.raises(InvalidCommandError, match="would change nothing"):
            await eve.propose(*there_and_back)
        assert blobs.size_bytes <= 2 * MAX_BYTES
    await _set(ada, thing, 99)
    for session in (ada, eve):
        await session.close()
