"""A server with a store is started anew: whom and what the new one knows, and that it keeps no
secret that it need not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from immutables import Map

from collab_kernel.client import Back, Reconnecting, Session, connect
from collab_kernel.core.commands import Chat, Play, Propose, Set
from collab_kernel.core.effects import Admit, Effect, Persist, Reply
from collab_kernel.core.events import Event, EventKind, Put
from collab_kernel.core.messages import Replied
from collab_kernel.core.presence import Presence
from collab_kernel.core.state import ParticipantRow, State, Table
from collab_kernel.core.stimuli import Quarantine
from collab_kernel.errors import (
    InvariantError,
    NotMasterError,
    ServerAwayError,
    StoreError,
    UnknownSessionError,
    WrongConnectIdError,
)
from collab_kernel.host.memory_store import MemoryStore
from collab_kernel.host.resumption import MAX_STORED, Resumption
from collab_kernel.server import Server
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.restarts import restart
from collab_kernel.testing.rights import GRACE_S
from collab_kernel.testing.simulator import World
from collab_kernel.testing.toy import TOY
from collab_kernel.wire.packets import server_messages

WITHIN_S = 20.0
ADDRESS = "memory://again"


def a_server(store: Any, **options: Any) -> Server:
    chosen: dict[str, Any] = {"renderer": None, "catalogue": definitions(), "multi_clients": True}
    return Server([ADDRESS], store=store, **chosen | options)


async def back(session: Session, notices: Any) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not isinstance(await anext(notices), Back):
            pass


@asynccontextmanager
async def restarted(
    store: MemoryStore, *names: str, again: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[tuple[list[Session], Any]]:
    """People in a session, and what starts the server anew and waits until all are back."""
    servers = [a_server(store, **options)]
    await servers[0].__aenter__()
    people = [await connect(ADDRESS, name) for name in names]

    async def restart() -> Server:
        listening = [(one, one.notices()) for one in people]
        await servers.pop().__aexit__(None, None, None)
        server = a_server(store, **options | (again or {}))
        servers.append(server)
        await server.__aenter__()
        await asyncio.gather(*(back(one, notices) for one, notices in listening))
        return server

    try:
        yield people, restart
    finally:
        for one in people:
            await one.close()
        for server in servers:
            await server.__aexit__(None, None, None)


# -- people ----------------------------------------------------------------------------------


async def test_everybody_is_back_with_just_what_they_have_missed() -> None:
    async with restarted(MemoryStore(), "Ada", "Bob") as ([ada, bob], restart):
        sphere = await ada.create("sources", "SphereSource", name="Ball")
        await ada.chat("good night")
        events, notices, before = bob.events(), bob.notices(), ada.revision
        await bob.reached(before)
        await restart()
        async with asyncio.timeout(WITHIN_S):
            heard = [await anext(events) for _ in range(3)]
            notice = await anext(notices)
            assert isinstance(notice, Reconnecting)
            assert isinstance(notice.reason, ServerAwayError)
            assert isinstance(await anext(notices), Back)  # and nothing was skipped
            await ada.reached(before + 3)
        assert [event.revision for event in heard] == [before + 1, before + 2, before + 3]
        assert heard[0].label == "Session 'main' goes on"
        assert (ada.id, bob.id, ada.me.is_master) == (1, 2, True)
        await sphere.set(Radius=2)
        await ada.undo()
        await ada.undo()
        async with asyncio.timeout(WITHIN_S):
            await bob.reached(ada.revision)
        assert bob.proxy("sources", "Ball") is None
        assert bob.digest() == ada.digest()


async def test_nobody_counts_as_lost_before_the_server_is_back() -> None:
    """Else the time until then would count against the grace of whoever steers."""
    store = MemoryStore()
    async with restarted(store, "Ada", "Bob", renderer=TOY) as ([ada, bob], restart):
        await bob.reached(ada.revision)
        await restart()
        labels = [entry.label for entry in (await ada.read_log()).entries]
        assert not [label for label in labels if "was lost" in label or "left" in label]
        assert "Bob joined" in labels  # also of what was before


def test_who_was_lost_while_they_steered_has_the_grace_time_once_the_server_is_back() -> None:
    """The network went first, say, and then the server; they come back later than others do."""
    with World(1, ["ann", "bob"], "ann") as world:
        ann, bob = world["ann"].id, world["bob"].id
        world.lose("ann")
        world.tick(3.0)
        restart(world, world.revision, down_s=60.0)
        world.resume("bob")
        world.tick(GRACE_S - 0.5)
        assert world.state.master == ann
        world.tick(1.0)
        assert world.state.master == bob


async def test_what_else_is_in_the_state_is_there_again() -> None:
    async with restarted(MemoryStore(), "Ada", "Bob") as ([ada, bob], restart):
        ball = await ada.create("sources", "SphereSource")
        await bob.reached(ada.revision)
        rounder = Set(ball.id, bob.values({"Radius": 3.0}))
        await bob.begin(Propose((rounder,), "rounder"))
        hosted = (await restart()).sessions["main"]
        hosted.put(Quarantine(ball.id, "it kills"))
        await ada.begin(Play((0.0, 1.0), 0.001))
        await restart()
        assert [row.text for row in ada.state.table(Table.PROPOSALS).values()] == ["rounder"]
        assert ada.state.table(Table.QUARANTINE)[ball.id] == "it kills"
        assert not ada.state.time.playing  # nobody was there to see it


async def test_a_connect_id_is_asked_for_as_before_and_kept_as_a_hash() -> None:
    store = MemoryStore()
    async with restarted(store, "Ada") as ([ada], restart):
        await ada.set_connect_id("sesame")
        await ada.set_connect_id("open sesame")  # which is no event: one is asked for already
        kept = store._sessions["main"]
        everything = [*kept.log, *kept.records.values()]
        assert kept.records["door"]
        assert not [data for data in everything if b"sesame" in data]
        await restart()
        for wrong in ("", "sesame"):
            with pytest.raises(WrongConnectIdError):
                await connect(ADDRESS, "Eve", connect_id=wrong)
        async with await connect(ADDRESS, "Bob", connect_id="open sesame"):
            pass
        await ada.set_connect_id("")
        await restart()
        async with await connect(ADDRESS, "Cyd"):
            pass


async def test_a_connect_id_that_the_server_is_started_with_counts() -> None:
    again = {"connect_id": "new"}
    async with restarted(MemoryStore(), "Ada", again=again) as (_, restart):
        await restart()
        with pytest.raises(WrongConnectIdError):
            await connect(ADDRESS, "Eve")


async def test_the_key_to_come_back_by_is_in_no_store() -> None:
    store = MemoryStore()
    async with restarted(store, "Ada") as ([ada], _):
        key = ada._connection._hello.resume_key
        kept = store._sessions["main"]
        assert kept.records["participant/1"]
        assert key.encode() not in b"".join([*kept.log, *kept.records.values()])


async def test_who_has_left_is_not_known_any_more() -> None:
    store = MemoryStore()
    async with restarted(store, "Ada", "Bob") as ([_, bob], _restart):
        await bob.close()
        async with await connect(ADDRESS, "Cyd"):
            assert set(store.load_records("main")) == {"participant/1", "participant/3"}


# -- requests --------------------------------------------------------------------------------


def joined(seat: int, *ids: int) -> Admit:
    state = State()
    rows = state.tables
    people = {id: ParticipantRow(f"user {id}") for id in ids}
    for id, row in people.items():
        rows = rows.set(Table.PARTICIPANTS, rows.get(Table.PARTICIPANTS, rows).set(id, row))
    state = State(1, rows)
    return Admit(seat, ids[-1], state, Presence(), Any)  # type: ignore[arg-type]


def done(author: int, request: int, revision: int) -> Persist:
    return Persist(Event(revision, author, request, EventKind.CHAT, "", 0, 0.0, ()))


def refused(author: int, request: int) -> Reply:
    return Reply(author, request, 1, NotMasterError("bob", "promote", "ann"))


def kept(*batches: list[Effect]) -> dict[str, bytes]:
    """What a store has of participant 1 after these batches."""
    resumption, records = Resumption(), {}
    resumption.new_key(1)
    for batch in batches:
        fresh = resumption.records(batch)
        records |= fresh
        resumption.lasts(fresh)
        for effect in batch:
            if isinstance(effect, Reply):
                resumption.decided(1, effect.request, 1, b"packet of %d" % effect.request)
            elif isinstance(effect, Persist):
                resumption.decided(1, effect.event.request, effect.event.revision)
    return records


def known(records: dict[str, bytes], decided: int = 1_000_000) -> list[int]:
    """The requests of which a new server knows the reply; its log says that they were decided up
    to a number."""
    resumption, state = Resumption(), joined(1, 1).state
    tables = state.tables.set(Table.REQUESTS, Map({1: decided}))
    resumption.restore(records, State(1, tables))
    found = []
    for packet in resumption.outcomes(1, 0):
        for message in server_messages(packet) if b"packet" not in packet else ():
            assert isinstance(message, Replied)
            assert isinstance(message.error, NotMasterError)
            found.append(message.request)
        if b"packet" in packet:
            found.append(int(packet.rpartition(b" ")[2]))
    return found


def test_a_refusal_lasts_from_the_next_command_on_that_is_done() -> None:
    """Up to that one nothing is decided again; and what comes behind it is."""
    assert kept([refused(1, 1)]) == {}
    assert known(kept([refused(1, 1), done(1, 2, 1), refused(1, 3)])) == [1]
    assert known(kept([refused(1, 1)], [done(1, 2, 1)], [refused(1, 3)])) == [1]
    assert known(kept([refused(1, 1)], [done(1, 2, 1)], [refused(1, 3), done(1, 4, 2)])) == [1, 3]


def test_what_will_be_decided_anew_has_no_answer_yet() -> None:
    """Else whoever comes back is told what became of it before, and then it becomes of it what it
    may now."""
    records = kept([refused(1, 1), done(1, 2, 1)], [refused(1, 3), joined(7, 1)])
    assert known(records, decided=2) == [1]


def test_whoever_accepts_a_proposal_is_told_so_after_a_restart_too() -> None:
    """The event is its author's, so there the answer is a reply."""
    noted = (Put(Table.REQUESTS, 1, None, 5),)
    accepted = Persist(Event(3, 2, 0, EventKind.EDIT, "", 0, 0.0, noted))
    records = kept([refused(1, 4), accepted, Reply(1, 5, 3)])
    assert set(records) == {"participant/1"}
    resumption = Resumption()
    resumption.restore(
        records, State(1, joined(1, 1).state.tables.set(Table.REQUESTS, Map({1: 5})))
    )
    told = [m for packet in resumption.outcomes(1, 3) for m in server_messages(packet)]
    assert [(m.request, m.error is None) for m in told] == [(4, False), (5, True)]  # type: ignore[union-attr]


def test_answers_come_in_the_order_of_asking_after_a_restart_too() -> None:
    """Else whoever breaks off in the middle is told some of them again."""
    records = kept([done(1, 1, 1), refused(1, 2), done(1, 3, 2), refused(1, 4), done(1, 5, 3)])
    resumption = Resumption()
    resumption.restore(
        records, State(1, joined(1, 1).state.tables.set(Table.REQUESTS, Map({1: 5})))
    )
    for number, revision in ((1, 1), (3, 2), (5, 3)):  # as the log says
        resumption.decided(1, number, revision)
    told = [m for packet in resumption.outcomes(1, 1) for m in server_messages(packet)]
    assert [m.request for m in told] == [2, 3, 4, 5]  # type: ignore[union-attr]


def test_a_command_that_is_done_writes_no_record_unless_something_was_not() -> None:
    assert kept([done(1, 1, 1)], [done(1, 2, 2)]) == {}
    resumption = Resumption()
    resumption.new_key(1)
    resumption.decided(1, 1, 1, b"no")
    first = resumption.records([done(1, 2, 2)])
    assert set(first) == {"participant/1"}
    assert set(resumption.records([done(1, 2, 2)])) == set(first)  # that one did not last
    resumption.lasts(first)
    assert resumption.records([done(1, 3, 3)]) == {}


def test_of_very_many_refusals_the_latest_last() -> None:
    many = [refused(1, number) for number in range(1, 3 * MAX_STORED)]
    assert known(kept([*many, done(1, 3 * MAX_STORED, 1)]))[-1] == 3 * MAX_STORED - 1
    assert len(known(kept([*many, done(1, 3 * MAX_STORED, 1)]))) == MAX_STORED


@pytest.mark.parametrize("key", ["participant/x", "participant/", "participant/1"])
def test_a_side_record_that_makes_no_sense_is_a_store_error(key: str) -> None:
    with pytest.raises(StoreError, match=f"the side record '{key}' can't be read"):
        Resumption().restore({key: b"\xff\xff\xff"}, joined(1, 1).state)


# -- sessions --------------------------------------------------------------------------------


async def test_all_sessions_go_on_but_those_that_are_archived() -> None:
    store = MemoryStore()
    for name in ("b", "away", "a"):
        store.open(name)
    store.archive("away")
    async with a_server(store) as server:
        assert list(server.sessions) == ["b", "a"]
        async with await connect(ADDRESS, "Ada") as ada:
            assert ada.name == "b"
        with pytest.raises(UnknownSessionError):
            await connect(ADDRESS, "Ada", session="away")
    with pytest.raises(StoreError, match="archived"):
        async with a_server(store, sessions=["away"]):
            pass
    async with a_server(MemoryStore()) as server:
        assert list(server.sessions) == ["main"]


async def test_who_took_the_default_session_comes_back_to_it_when_another_is() -> None:
    store = MemoryStore()
    store.open("one")
    again = {"sessions": ["two", "one"]}
    async with restarted(store, "Ada", again=again) as ([ada], restart):
        await ada.chat("here")
        await restart()
        assert ada.name == "one"
        assert [row.text for row in ada.chat_history] == ["here"]


async def test_a_store_is_named_as_on_the_command_line() -> None:
    for wrong in ("memory", ":x", "memory:"):
        with pytest.raises(StoreError, match="write NAME:LOCATION"):
            async with a_server(wrong):
                pass


async def test_a_session_that_fails_ends_for_everybody_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore()
    async with a_server(store) as server, await connect(ADDRESS, "Ada") as ada:
        hosted = server.sessions["main"]

        async def fails(*_: object) -> list[bytes]:
            raise RuntimeError("a bug")

        monkeypatch.setattr(hosted._journal, "append", fails)
        with pytest.raises(InvariantError, match="what was acknowledged is in the store"):
            async with asyncio.timeout(WITHIN_S):
                await ada.chat("hello?")
        with pytest.raises(InvariantError, match="needs the server to be started anew"):
            await connect(ADDRESS, "Bob")
        with pytest.raises(InvariantError):
            await hosted.command(Chat("hello?"))
        async with asyncio.timeout(WITHIN_S):
            assert "a bug" in str(await server.failure())
    assert "its loop has failed" in caplog.text
