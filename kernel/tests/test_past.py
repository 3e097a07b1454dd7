"""A stored session, looked at from outside: as it was, happening once more, and gone on from."""

import asyncio
import contextlib
from typing import Any

import pytest

from collab_kernel.client import connect
from collab_kernel.core.events import Event, EventKind
from collab_kernel.core.messages import LookingBack
from collab_kernel.errors import (
    NameTakenError,
    NotMasterError,
    PastError,
    StoreError,
    UnknownRevisionError,
    UnknownSessionError,
)
from collab_kernel.server import MemoryStore, Server
from collab_kernel.stored import (
    LogEntry,
    Pace,
    Past,
    Replay,
    StoredLog,
    fork,
    retell,
    sessions_of,
    state_file,
)
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.rows import digest
from collab_kernel.wire.stored import encode_snapshot

WITHIN_S = 20.0


def serving(store: MemoryStore | None = None, **options: Any) -> Server:
    return Server(
        ["memory://past:0"],
        renderer=None,
        catalogue=definitions(),
        multi_clients=True,
        store=store,
        **options,
    )


@pytest.fixture
async def store() -> MemoryStore:
    """A session in which Ada and Bob have done something."""
    store = MemoryStore()
    async with serving(store) as server, await connect(server.addresses[0], "Ada") as ada:
        assert ada.looking_back is None, "it is of now"
        ball = await ada.create("sources", "SphereSource", "Ball", Radius=2.0)
        await ada.show(ball)
        await ada.create("sources", "Specimen", "Big", Weights=[float(n) for n in range(20_000)])
        await ada.chat("look at that")
        async with await connect(server.addresses[0], "Bob") as bob:
            await ada.promote(bob.id)
            await bob.catch_up()
            await bob.proxies[ball.id].set(Radius=3.0)
            await bob.go_to_time(1.5)
            await bob.lock()
        await ada.catch_up()
    return store


async def test_the_state_at_every_revision_is_what_it_was(store: MemoryStore) -> None:
    log = StoredLog(store)
    states = [log.state(n) for n in range(log.session.revision + 1)]
    assert [s.revision for s in states] == list(range(log.session.revision + 1))
    assert len({digest(s) for s in states}) > len(states) // 2
    assert "Ball" in state_file(log, states[-1])
    with pytest.raises(UnknownRevisionError, match=f"has 1 to {log.session.revision}"):
        log.state(log.session.revision + 1)
    with pytest.raises(UnknownRevisionError):
        log.check(0)
    with pytest.raises(UnknownSessionError, match=r"no session 'other'; it has 'main'"):
        StoredLog(store, "other")
    with pytest.raises(UnknownSessionError, match="collab sessions new"):
        StoredLog(MemoryStore())


async def test_a_damaged_log_is_an_error_that_says_where(store: MemoryStore) -> None:
    log = StoredLog(store)
    store._sessions["main"].log[4] = b"\xff\xff"
    assert log.state(4).revision == 4
    with pytest.raises(StoreError, match="'main' can't be read behind event 4"):
        log.state(5)
    store._sessions["main"].log[4] = store._sessions["main"].log[3]
    with pytest.raises(StoreError, match="event 4 is there"):
        list(log.told())


async def test_the_past_is_looked_at_and_nobody_changes_it(store: MemoryStore) -> None:
    log = StoredLog(store)
    at = next(e.revision for e, entry in log.told() if "Radius" in entry.label) - 1
    before = store.sessions()
    async with (
        serving(past=Past(log, at)) as server,
        await connect(server.addresses[0], "Eve") as eve,
    ):
        ball = eve.proxy("sources", "Ball")
        assert ball is not None
        assert ball["Radius"] == 2.0, "it was changed later"
        assert [row.text for row in eve.chat_history] == ["look at that"]
        people = eve.state.participants.values()
        assert {p.name: p.connected for p in people} == {
            "Ada": False,
            "Bob": False,
            "Eve": True,
        }
        assert len(await eve.fetch_value(eve.proxy("sources", "Big"), "Weights")) == 20_000
        for attempt in (
            ball.set(Radius=9.0),
            eve.undo(),
            eve.go_to_time(3.0),
            eve.lock(),
            eve.request_master(),
        ):
            with pytest.raises(PastError, match=rf"revision {at}.*--fork") as refused:
                await attempt
            assert refused.value.revision == at
        assert eve.me.role == "viewer", "so front ends offer no changes"
        told = [entry for _, entry in log.told(at - 1, at)]
        assert eve.looking_back == LookingBack(at, 0, told[0].author_name, told[0].time_s)
        await eve.chat("how it was!")
        await eve.rename("Eva")
        assert eve.state.master is None
        assert ball["Radius"] == 2.0
    assert store.sessions() == before, "nothing was written"


async def test_a_locked_session_can_be_looked_at_all_the_same(store: MemoryStore) -> None:
    log = StoredLog(store)
    locked = next(e.revision for e, entry in log.told() if "locked" in entry.label)
    async with (
        serving(past=Past(log, locked)) as server,
        await connect(server.addresses[0], "Eve") as eve,
    ):
        assert eve.locked_by == ""


async def test_a_session_happens_once_more_for_who_is_there_to_watch(store: MemoryStore) -> None:
    log = StoredLog(store)
    past = Past(log, 1, log.session.revision)
    told: list[str] = []
    async with serving(past=past) as server:
        [hosted] = server.sessions.values()
        replay = asyncio.create_task(
            Replay(past, Pace(1_000.0)).run(
                hosted, lambda entry: told.append(f"{entry.author_name}: {entry.label}")
            )
        )
        await asyncio.sleep(0)
        assert told == [], "it waits for somebody to come"
        async with await connect(server.addresses[0], "Eve") as eve:
            assert eve.proxy("sources", "Ball") is None, "it has not happened yet"
            assert eve.looking_back is not None
            assert (eve.looking_back.revision, eve.looking_back.until) == (1, past.until)
            events = eve.events()
            await asyncio.wait_for(replay, WITHIN_S)
            await eve.catch_up()
            ball = eve.proxy("sources", "Ball")
            assert ball is not None
            assert ball["Radius"] == 3.0
            assert len(await eve.fetch_value(eve.proxy("sources", "Big"), "Weights")) == 20_000
            assert [p.name for p in eve.participants] == ["Eve"], "the people of then are not here"
            assert [(c.author_name, c.text) for c in eve.chat_history] == [("Ada", "look at that")]
            assert eve.state.time.time == 1.5
            assert eve.locked_by == ""
            with pytest.raises(PastError):
                await ball.set(Radius=9.0)
            seen = [await anext(events) for _ in range(len(told))]
            assert "Bob: Set Radius of Ball" in [event.label for event in seen]
            assert "Bob: Set Radius of Ball" in told
            then = {e.time_s for e, _ in log.events()}
            assert {event.time_s for event in seen} <= then, "the times are those of then"
            past_state = log.state(log.session.revision)
            assert dict(eve.state.proxies) == dict(past_state.proxies)


def test_the_pace_is_that_of_the_log_times_the_speed_and_no_pause_is_endless() -> None:
    def at(time_s: float) -> Event:
        return Event(1, 0, 0, EventKind.EDIT, "", 0, time_s, ())

    pace = Pace(4.0, 10.0)
    waits = [pace.wait_s(at(t)) for t in (100.0, 102.0, 102.0, 101.0, 90_000.0)]
    assert waits == [0.0, 0.5, 0.0, 0.0, 10.0]
    endless = Pace(2.0, 0.0)
    assert [endless.wait_s(at(t)) for t in (0.0, 100.0)] == [0.0, 50.0]


async def test_a_log_is_told_again_in_a_session_that_is_served_by_whoever_steers_there(
    store: MemoryStore,
) -> None:
    log = StoredLog(store)
    last = log.session.revision
    told: list[LogEntry] = []
    async with serving() as server:
        url = server.addresses[0]
        async with await connect(url, "Eve") as eve, await connect(url, "Joe") as joe:
            with pytest.raises(NotMasterError):
                await retell(joe, log, 0, last, Pace(1_000.0), told.append)
            assert told == []
            await retell(eve, log, 0, last, Pace(1_000.0), told.append)
            ball, big = eve.proxy("sources", "Ball"), eve.proxy("sources", "Big")
            assert ball is not None
            assert big is not None
            assert ball["Radius"] == 3.0
            assert len(await eve.fetch_value(big, "Weights")) == 20_000
            assert eve.history[-1].label == "Bob: Set Radius of Ball"
            assert {row.author_name for row in eve.history} == {"Eve"}
            assert [c.text for c in eve.chat_history] == ["Ada: look at that"]
            assert eve.state.time.time == 1.5
            assert [v.name for v in eve.views] == ["RenderView1"], "the one that was idle made room"
            assert eve.locked_by == "", "whoever locked then does not lock now"
    assert "Set Radius of Ball" in [entry.label for entry in told]


async def test_it_is_told_again_from_a_revision_on(store: MemoryStore) -> None:
    log = StoredLog(store)
    at = next(e.revision for e, entry in log.told() if "Radius" in entry.label) - 1
    async with serving() as server, await connect(server.addresses[0], "Eve") as eve:
        await eve.create("sources", "SphereSource", "Ball")
        await retell(eve, log, at, at + 1, Pace(1_000.0), lambda entry: None)
        again = eve.proxy("sources", "Ball (2)")
        assert again is not None
        assert again["Radius"] == 3.0
        assert len(eve.views) == 2


# -- going on --------------------------------------------------------------------------------


async def test_a_fork_goes_on_from_a_revision_and_the_original_stays(store: MemoryStore) -> None:
    log = StoredLog(store)
    at = next(e.revision for e, entry in log.told() if "Radius" in entry.label)
    original = [data for _, data in log.events()]
    fork(store, log, at, "what if")
    assert [data for _, data in StoredLog(store, "main").events()] == original
    forked = StoredLog(store, "what if")
    assert [data for _, data in forked.events()][:at] == original[:at]
    assert forked.session.revision == at + 1
    async with (
        serving(store, sessions=["what if"]) as server,
        await connect(server.addresses[0], "Eve") as eve,
    ):
        assert eve.name == eve.state.session.name == "what if"
        assert eve.me.is_master
        ball = eve.proxy("sources", "Ball")
        assert ball is not None
        assert ball["Radius"] == 3.0
        await eve.undo()
        assert ball["Radius"] == 2.0, "what was done before can be undone here"
        await ball.set(Radius=9.0)
        assert len(await eve.fetch_value(eve.proxy("sources", "Big"), "Weights")) == 20_000
    assert [data for _, data in StoredLog(store, "main").events()] == original


async def test_a_fork_that_can_not_be_leaves_nothing_behind(store: MemoryStore) -> None:
    log = StoredLog(store)
    with pytest.raises(UnknownRevisionError):
        fork(store, log, 10_000, "other")
    with pytest.raises(NameTakenError, match="'main' already"):
        fork(store, log, 3, "main")
    store._sessions["main"].log[4] = b"\xff\xff"
    with pytest.raises(StoreError):
        fork(store, log, 8, "other")
    assert [s.name for s in store.sessions()] == ["main"]


class Killed(BaseException):
    """The process ends."""


class Doomed:
    """A store that is killed at its so-manieth call: nothing can be done after that."""

    def __init__(self, store: MemoryStore, calls: int) -> None:
        self._store, self._left = store, calls

    def __getattr__(self, name: str) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return getattr(self._store, name)


def test_a_fork_that_is_killed_is_there_whole_or_not_at_all(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab_kernel.host.forking.AT_ONCE", 3)
    log = StoredLog(store)
    last = log.session.revision
    calls = 0
    while not any(session.name == "other" for session in sessions_of(store)):
        assert [session.name for session in sessions_of(store)] == ["main"]
        calls += 1
        doomed: Any = Doomed(store, calls)
        with contextlib.suppress(Killed):
            fork(doomed, log, last, "other")
    assert calls > 6
    assert StoredLog(store, "other").session.revision == last + 1
    assert len(store.sessions()) == 2, "what was left of those before it is gone"


async def test_a_fork_of_what_is_partly_forgotten_begins_with_a_snapshot(
    store: MemoryStore,
) -> None:
    log = StoredLog(store)
    last = log.session.revision
    epoch = store.open("main")
    store.save_snapshot("main", epoch, 6, encode_snapshot(log.state(6)))
    full = digest(log.state(last))
    store.forget("main", epoch, 6)
    short = StoredLog(store)
    with pytest.raises(UnknownRevisionError, match="before 6 is forgotten"):
        short.state(5)
    assert digest(short.state(last)) == full
    fork(store, short, last, "other")
    forked = StoredLog(store, "other")
    assert forked.session.forgotten == 6
    assert digest(forked.state(last)) == full
