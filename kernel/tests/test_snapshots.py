"""A snapshot and what follows it are as good as the whole log; what nobody wants any more goes."""

import asyncio
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab_kernel.core.events import Event, EventKind, SetValue
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import State
from collab_kernel.core.undo import remember
from collab_kernel.core.values import Kind, Value
from collab_kernel.errors import RemoteProtocolError, ResumeFailedError, StoreError
from collab_kernel.host import snapshots as module
from collab_kernel.host.journal import Journal
from collab_kernel.host.memory_store import MemoryStore
from collab_kernel.host.snapshots import FOR_EVER, History, kept_of
from collab_kernel.testing.restarts import restart
from collab_kernel.testing.simulator import World
from collab_kernel.wire import stored
from collab_kernel.wire.blobs import blob_of, encode_content
from collab_kernel.wire.rows import decode_event, digest
from collab_kernel.wire.stored import decode_snapshot, encode_snapshot


def folded(state: State, events: Sequence[bytes]) -> State:
    for data in events:
        event = decode_event(data)
        state = remember(evolve(state, event), event)
    return state


def rows_of(state: State) -> dict[int, dict[object, object]]:
    """All rows, those of the history among them; a table without any is none."""
    return {table: dict(rows) for table, rows in state.tables.items() if rows}


@settings(max_examples=12)
@given(st.integers(0, 1 << 32), st.floats(0, 1))
def test_a_snapshot_with_what_follows_is_the_whole_log(seed: int, where: float) -> None:
    with World(seed, ["ann", "bob"], "ann") as world:
        world.wander(120)
    at = round(where * len(world.journal))
    before = folded(State(), world.journal[:at])
    restored = decode_snapshot(encode_snapshot(before))
    assert (restored.revision, restored.undo) == (before.revision, before.undo)
    assert rows_of(restored) == rows_of(before)
    whole, state = folded(State(), world.journal), folded(restored, world.journal[at:])
    assert (state.revision, digest(state)) == (whole.revision, digest(whole))
    assert (rows_of(state), state.users, state.undo) == (rows_of(whole), whole.users, whole.undo)
    assert digest(whole) == world.digest()


@pytest.mark.parametrize("seed", range(6))
def test_every_promise_holds_over_servers_that_end_and_go_on_from_a_snapshot(seed: int) -> None:
    chance = Random(seed)
    with World(seed, ["ann", "bob", "cid"], "ann") as world:
        for _ in range(4):
            world.wander(60)
            restart(world, chance.randrange(len(world.journal) + 1))
            for name in list(world.players):
                with suppress(ResumeFailedError):  # lost for too long before
                    world.resume(name, snapshot=chance.random() < 0.3)
        world.settle()
        world.check()
        world.check_replay()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        zlib.compress(b"\xff\xff"),
        zlib.compress(b""),
        encode_snapshot(State())[:-5],
        zlib.compress(b"\x08\x02" + zlib.decompress(encode_snapshot(State()))[2:]),
        zlib.compress(b"\x08\x01"),
        encode_snapshot(State())[:-1],
    ],
    ids=[
        "nothing",
        "garbage",
        "no message",
        "empty",
        "cut off",
        "a newer one",
        "without an end",
        "without the last byte",
    ],
)
async def test_what_is_no_snapshot_is_an_error_that_says_so(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_snapshot(data)
    store = MemoryStore()
    store.save_snapshot("main", store.open("main"), 3, data)
    with pytest.raises(StoreError, match="the snapshot of session 'main' at revision 3 can't be"):
        await Journal("main", store).open()


def test_a_snapshot_that_unpacks_to_more_than_it_may_is_neither_read_nor_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that can't be read would be worse than none; and a file from elsewhere takes no memory
    that it does not have itself."""
    with World(1, ["ann", "bob"], "ann") as world:
        world.wander(60)
    state = folded(State(), world.journal)
    packed = encode_snapshot(state)
    size = len(zlib.decompress(packed))
    monkeypatch.setattr(stored, "MAX_SNAPSHOT_BYTES", size)
    assert decode_snapshot(packed).revision == state.revision
    assert encode_snapshot(state) == packed
    monkeypatch.setattr(stored, "MAX_SNAPSHOT_BYTES", size - 1)
    with pytest.raises(RemoteProtocolError, match="unpacks to more"):
        decode_snapshot(packed)
    with pytest.raises(StoreError, match="too large"):
        encode_snapshot(state)


async def test_a_snapshot_of_another_revision_than_it_says_is_not_used() -> None:
    store = MemoryStore()
    store.save_snapshot("main", store.open("main"), 3, encode_snapshot(State(revision=4)))
    with pytest.raises(StoreError, match="it is of revision 4"):
        await Journal("main", store).open()


async def test_what_is_forgotten_and_in_no_snapshot_is_not_made_up() -> None:
    store = MemoryStore()
    journal = Journal("main", store)
    await journal.open()
    await written(journal, 1, 10)
    store._sessions["main"].forgotten = 5
    del store._sessions["main"].log[:5]
    with pytest.raises(StoreError, match=r"behind event 5: .* no snapshot stands for it"):
        await Journal("main", store).open()


# -- when --------------------------------------------------------------------------------------


class Counting(MemoryStore):
    """A store that notes what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_events = 0

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        found = super().read(session, after_revision, most)
        self.read_events += len(found)
        return found


def chat(revision: int, text: str = "x") -> Event:
    return Event(revision, 0, 0, EventKind.CHAT, text, 0, float(revision), ())


async def written(journal: Journal, first: int, last: int) -> State:
    """Write events, a snapshot whenever one is due; the state they lead to."""
    state = State(revision=first - 1)
    for revision in range(first, last + 1):
        await journal.append([chat(revision)])
        state = replace(state, revision=revision)
        journal.settled(state)
        if journal._saving is not None:
            await journal._saving
    return state


async def test_opening_reads_no_more_of_a_long_log_than_of_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EVERY_EVENTS", 50)
    monkeypatch.setattr("collab_kernel.host.journal.TAIL", 60)
    counts = []
    for length in (240, 2_040):
        store = Counting()
        journal = Journal("main", store)
        await journal.open()
        await written(journal, 1, length)
        store.read_events = 0
        heard: list[int] = []
        state = await Journal("main", store).open(lambda e, _, h=heard: h.append(e.revision))
        assert state.revision == length
        assert heard == list(range(length - 59, length + 1))
        assert len(store.read("main", 0)) == length
        counts.append(store.read_events - length)
    assert counts[0] == counts[1] <= 61


async def test_events_go_on_while_a_snapshot_is_written_and_one_that_fails_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "EVERY_EVENTS", 5)

    class Full(MemoryStore):
        full = True

        def save_snapshot(self, *args: object) -> None:
            if self.full:
                raise StoreError("the disk is full")
            super().save_snapshot(*args)  # type: ignore[arg-type]

    store = Full()
    journal = Journal("main", store)
    await journal.open()
    await written(journal, 1, 5)
    assert "no snapshot could be kept: the disk is full" in caplog.text
    assert store.load_snapshot("main") is None
    await written(journal, 6, 9)
    assert store.load_snapshot("main") is None  # it is not tried again at once
    store.full = False
    await written(journal, 10, 10)
    assert store.load_snapshot("main") is not None
    assert (await Journal("main", store).open()).revision == 10


# -- what goes ---------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 40), min_size=1, max_size=400))
def test_of_many_snapshots_few_are_kept_and_the_newest_two_among_them(steps: list[int]) -> None:
    kept: list[int] = []
    revision = 0
    for step in steps:
        revision += step
        kept = sorted(kept_of([*kept, revision], 0))
    made = [sum(steps[: n + 1]) for n in range(len(steps))]
    assert set(made[-2:]) <= set(kept) <= set(made)
    assert made[0] in kept
    assert len(kept) <= 60


async def compacted(monkeypatch: pytest.MonkeyPatch, history: History) -> MemoryStore:
    monkeypatch.setattr(module, "EVERY_EVENTS", 10)
    store = MemoryStore()
    journal = Journal("main", store, history=history)
    await journal.open()
    await written(journal, 1, 100)
    return store


async def test_the_history_is_kept_as_long_as_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.time", lambda: 100.0)
    for history, due in ((FOR_EVER, 0), (History(events=35), 60), (History(age_s=35.0), 60)):
        store = await compacted(monkeypatch, history)
        [session] = store.sessions()
        assert session.forgotten == due
        assert min(store.snapshots("main")) == (due or 10)
        assert (await Journal("main", store).open()).revision == 100


async def test_a_content_goes_when_neither_a_snapshot_nor_an_event_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EVERY_EVENTS", 10)
    store = MemoryStore()
    contents = {}
    values = []
    for number in range(3):
        data = encode_content(Value(Kind.DOUBLE, (float(number),) * 10_000))
        blob = blob_of(data)
        contents[blob.sha256] = data
        values.append(Value(Kind.DOUBLE, (), blob))
    old, replaced, late = (v.blob.sha256 for v in values if v.blob is not None)
    journal = Journal("main", store, history=History(events=15))
    await journal.open()
    state = State()

    async def write(*changes: SetValue, bring: Sequence[bytes] = ()) -> None:
        nonlocal state
        event = Event(state.revision + 1, 0, 0, EventKind.SYSTEM, "", 0, 0.0, changes)
        await journal.append([event], {sha256: contents[sha256] for sha256 in bring})
        state = evolve(state, event)
        journal.settled(state)
        if journal._saving is not None:
            await journal._saving

    await write(SetValue(1, "kept", None, values[0]), bring=[old])
    await write(SetValue(1, "changed", None, values[1]), bring=[replaced])
    await write(SetValue(1, "changed", values[1], None))
    for _ in range(30):
        await write()
    assert store.sessions()[0].forgotten > 3
    assert store.load_blob("main", old) is not None
    assert store.load_blob("main", replaced) is None
    await write(SetValue(1, "changed", None, values[2]), bring=[late])
    await write(SetValue(1, "changed", values[2], values[1]), bring=[replaced])
    assert store.load_blob("main", replaced) == contents[replaced]  # it came again
    again = Journal("main", store, history=History(events=15))
    state = await again.open()
    assert await again.blob(replaced) == contents[replaced]
    assert set(again._uses) == {old, replaced, late}


async def test_a_content_that_could_not_be_taken_away_goes_with_a_later_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EVERY_EVENTS", 1)

    class Stuck(MemoryStore):
        stuck = True
        kept = 0

        def forget(self, *arguments: Any) -> None:  # type: ignore[override]
            if self.stuck:
                self.kept += len(arguments[-1])
                raise StoreError("not now")
            super().forget(*arguments)

    store = Stuck()
    data = encode_content(Value(Kind.DOUBLE, (1.0,) * 10_000))
    value = Value(Kind.DOUBLE, (), blob_of(data))
    assert value.blob is not None
    journal = Journal("main", store, history=History(events=0))
    state = await journal.open()

    async def write(*changes: SetValue, contents: dict[bytes, bytes] | None = None) -> None:
        nonlocal state
        event = Event(state.revision + 1, 0, 0, EventKind.SYSTEM, "", 0, 0.0, changes)
        await journal.append([event], contents or {})
        state = evolve(state, event)
        journal.settled(state)
        if journal._saving is not None:
            await journal._saving

    await write(SetValue(1, "x", None, value), contents={value.blob.sha256: data})
    await write(SetValue(1, "x", value, None))
    for _ in range(30):
        await write()
    assert store.kept > 1, "it was tried again, and stayed"
    assert store.load_blob("main", value.blob.sha256) == data
    store.stuck = False
    for _ in range(30):
        await write()
    assert store.load_blob("main", value.blob.sha256) is None
    assert not store.load_records("main")


async def test_what_is_named_again_while_it_is_about_to_go_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its event is on its way into the store when the snapshot before it is made."""
    monkeypatch.setattr(module, "EVERY_EVENTS", 1)
    store = MemoryStore()
    data = encode_content(Value(Kind.DOUBLE, (1.0,) * 10_000))
    blob = blob_of(data)
    value = Value(Kind.DOUBLE, (), blob)
    journal = Journal("main", store, history=History(events=0))
    await journal.open()
    first = Event(1, 0, 0, EventKind.SYSTEM, "", 0, 0.0, (SetValue(1, "x", None, value),))
    await journal.append([first], {blob.sha256: data})
    gone = Event(2, 0, 0, EventKind.SYSTEM, "", 0, 0.0, (SetValue(1, "x", value, None),))
    await journal.append([gone])
    state = evolve(evolve(State(), first), gone)
    journal.settled(state)
    assert journal._saving is not None
    event = Event(3, 0, 0, EventKind.SYSTEM, "", 0, 0.0, (SetValue(1, "x", None, value),))
    await asyncio.gather(journal.append([event], {blob.sha256: data}), journal._saving)
    assert store.load_blob("main", blob.sha256) == data
