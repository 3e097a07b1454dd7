"""The log lasts in order and without a gap, for one writer; what it holds is not trusted."""

from collections.abc import Sequence

import pytest

from collab_kernel.core.commands import Undo
from collab_kernel.core.events import Event, EventKind, Put, UndoLog
from collab_kernel.core.state import Table
from collab_kernel.errors import StoreError
from collab_kernel.host.journal import Journal
from collab_kernel.host.memory_store import MemoryStore
from collab_kernel.testing.simulator import World
from collab_kernel.wire.rows import decode_event, digest, encode_event


def an_event(revision: int, *changes: Put, kind: EventKind = EventKind.SYSTEM) -> Event:
    return Event(revision, 0, 0, kind, "", 0, 0.0, changes)


async def opened(store: MemoryStore, session: str = "main") -> Journal:
    journal = Journal(session, store)
    await journal.open()
    return journal


async def test_what_was_written_is_read_again() -> None:
    with World(4, ["ann", "bob"], "ann") as world:
        world.wander(150)
    store = MemoryStore()
    journal = await opened(store)
    events = [decode_event(data) for data in world.journal]
    assert await journal.append(events[:50]) == world.journal[:50]
    await journal.append(events[50:])
    state = await Journal("main", store).open()
    assert (state.revision, digest(state)) == (world.revision, world.digest())
    assert state.undo == world.state.undo


async def test_undo_works_on_what_was_done_before_a_restart() -> None:
    with World(0, ["ann"], "ann") as world:
        sphere = world["ann"].create("sources", "SphereSource")
        world["ann"].set(sphere, Radius=2)
        store = MemoryStore()
        await (await opened(store)).append([decode_event(d) for d in world.journal])
        world.session.state = await Journal("main", store).open()
        world["ann"].ask(Undo())
        assert world.state.value(sphere, "Radius").plain == 0.5  # type: ignore[union-attr]


async def test_sessions_do_not_mix() -> None:
    store = MemoryStore()
    one, other = await opened(store, "one"), await opened(store, "other")
    await one.append([an_event(1)])
    await other.append([an_event(1), an_event(2)])
    assert (await Journal("one", store).open()).revision == 1


@pytest.mark.parametrize("first", [1, 3, 4])
async def test_a_gap_is_refused(first: int) -> None:
    journal = await opened(MemoryStore())
    await journal.append([an_event(1)])
    with pytest.raises(StoreError, match=f"event {first} does not follow event 1"):
        await journal.append([an_event(first)])


async def test_who_was_taken_over_can_not_write_any_more() -> None:
    store = MemoryStore()
    first, second = await opened(store), await opened(store)
    with pytest.raises(StoreError, match="somebody else has taken over"):
        await first.append([an_event(1)])
    await second.append([an_event(1)])
    with pytest.raises(StoreError):
        store.save_snapshot("main", 1, 1, b"")


async def test_without_a_store_events_are_encoded_and_that_is_all() -> None:
    journal = Journal("main", None)
    assert (await journal.open()).revision == 0
    assert await journal.append([an_event(7)]) == [encode_event(an_event(7))]
    assert await journal.append([]) == []


def test_a_snapshot_is_kept() -> None:
    store = MemoryStore()
    assert store.load_snapshot("main") is None
    epoch = store.open("main")
    store.save_snapshot("main", epoch, 5, b"rows")
    assert store.load_snapshot("main") == (5, b"rows")
    store.close()


class Log(MemoryStore):
    """A store with a log of our choice."""

    def __init__(self, *events: bytes) -> None:
        super().__init__()
        self._events = events

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        return self._events[after_revision:][:most]


MARK = Put(Table.HISTORY, 99, None, None)

CORRUPT = {
    "garbage": [b"\xff\xff"],
    "cut off": [encode_event(an_event(1))[:-1] + b"\x99"],
    "a gap": [encode_event(an_event(1)), encode_event(an_event(3))],
    "twice": [encode_event(an_event(1)), encode_event(an_event(1))],
    "an undo of nothing": [encode_event(an_event(1, kind=EventKind.UNDO))],
    "an undo of what is not there": [encode_event(an_event(1, MARK, kind=EventKind.UNDO))],
    "a redo of nothing": [encode_event(an_event(1, kind=EventKind.REDO))],
}


@pytest.mark.parametrize("events", CORRUPT.values(), ids=CORRUPT)
async def test_a_log_that_makes_no_sense_is_a_store_error_that_says_where(
    events: list[bytes],
) -> None:
    with pytest.raises(StoreError, match="the log of session 'main' can't be read behind event"):
        await Journal("main", Log(*events)).open()


@pytest.mark.parametrize("error", [OSError("disk full"), KeyError("row"), StoreError("no")])
async def test_whatever_a_store_raises_is_a_store_error(error: Exception) -> None:
    class Broken(MemoryStore):
        def append(self, *_: object) -> None:
            raise error

        def read(self, *_: object) -> Sequence[bytes]:
            raise error

    with pytest.raises(StoreError):
        await Journal("main", Broken()).open()
    with pytest.raises(StoreError):
        await Journal("main", Broken()).append([an_event(1)])


def test_an_empty_history_is_nothing_to_undo() -> None:
    assert UndoLog() == UndoLog((), ())
