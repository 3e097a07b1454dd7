"""What a session and its host remember of somebody whose connection broke, and for how long."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import Chat, Promote, Rename
from collab_kernel.core.messages import Replied
from collab_kernel.core.people import LOST_FOR_S, MAX_LOST
from collab_kernel.core.state import Role
from collab_kernel.core.stimuli import Join, Tick
from collab_kernel.errors import ResumeFailedError, SessionFullError
from collab_kernel.host.resumption import (
    MAX_EVENT_BYTES,
    MAX_EVENTS,
    MAX_OUTCOME_BYTES,
    MAX_OUTCOMES,
    Resumption,
)
from collab_kernel.testing.simulator import World
from collab_kernel.wire.packets import server_messages, server_packet


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        yield world
        world.settle()
        world.check()
        world.check_replay()


# -- in the session --------------------------------------------------------------------------


def test_who_comes_back_has_everything_but_the_seat_kept(world: World) -> None:
    world["bob"].ask(Rename("Robert"))
    before = world.state.participant(2)
    world.lose("bob")
    world.tick(3600)
    world.resume("bob")
    assert world.state.participant(2) == before
    assert world.state.session.next_participant == 3


def test_what_was_on_its_way_is_carried_out_once(world: World) -> None:
    bob = world["bob"]
    bob.send(Chat("arrived"))
    world.take(bob)
    bob.send(Chat("under way"))
    world.lose("bob")
    world.resume("bob")
    world.settle()
    bob.ask(Chat("afterwards"))
    said = [row.text for _, row in sorted(world.state.table(9).items())]
    assert said == ["arrived", "under way", "afterwards"]


def test_a_refused_request_that_comes_again_is_not_decided_again(world: World) -> None:
    bob = world["bob"]
    number = bob.send(Promote(2))
    packet = bob.going[-1]
    world.take(bob)
    assert world.session.decided(2) == number
    world["ann"].ask(Promote(2))
    world["ann"].ask(Rename("Anna"))
    bob.ask(Promote(1))
    revision = world.revision
    bob.going.append(packet)
    world.take(bob)
    assert (world.revision, world.state.master) == (revision, 1)


def test_a_day_later_nobody_is_waited_for(world: World) -> None:
    world.lose("bob")
    world.tick(LOST_FOR_S + 61)
    with pytest.raises(ResumeFailedError, match="join anew"):
        world.resume("bob")
    assert 2 not in world.state.participants


def test_of_very_many_who_are_lost_the_first_is_forgotten(world: World) -> None:
    world.lose("bob")
    for number in range(MAX_LOST):
        world.tick(0.001)
        world.join(f"passer-by {number}")
        world.lose(f"passer-by {number}")
    world.tick(61)
    assert len(world.state.participants) == MAX_LOST + 1
    with pytest.raises(ResumeFailedError):
        world.resume("bob")


def test_who_comes_back_needs_a_seat() -> None:
    with World(0, ["ann", "bob"], seats=2) as world:
        world.lose("bob")
        world.join("cid")
        with pytest.raises(SessionFullError):
            world.resume("bob")
        world.lose("cid")
        world.resume("bob")


def test_a_connection_that_was_not_noticed_to_be_dead_holds_no_second_seat() -> None:
    with World(0, ["ann", "bob"], seats=2) as world:
        world.step(Join(9, resume=2))
        assert world.state.present == (1, 2)


def test_a_role_can_shrink_on_the_way_back_and_never_grows(world: World) -> None:
    roles = []
    for role in (Role.OWNER, Role.VIEWER, Role.OWNER):
        world.lose("bob")
        world.resume("bob", role)
        roles.append(world.state.participant(2).role)
    assert roles == [Role.COLLABORATOR, Role.VIEWER, Role.VIEWER]


def test_what_the_session_knows_of_requests_goes_with_their_author(world: World) -> None:
    world["bob"].ask(Chat("hello"))
    world.leave("bob")
    world.step(Tick(world.session.now_s + 61))
    assert world.session.decided(2) == 0
    assert set(world.session._decided) <= {1}


# -- at the host -----------------------------------------------------------------------------


def test_outcomes_are_told_again_from_the_first_without_an_answer() -> None:
    memory = Resumption()
    memory.new_key(1)
    refusal = server_packet(Replied(2, 7, SessionFullError("no")))
    memory.decided(1, 1, 7)
    memory.decided(1, 2, 7, refusal)
    memory.decided(1, 3, 8)
    memory.decided(2, 1, 8)  # nobody who could come back
    assert list(memory.outcomes(1, 1)) == [refusal, server_packet(Replied(3, 8))]
    assert list(memory.outcomes(1, 3)) == []
    assert list(memory.outcomes(2, 0)) == []


def test_outcomes_are_bounded_in_number_and_in_bytes() -> None:
    memory = Resumption()
    for participant, reply in ((1, b""), (2, bytes(1_000))):
        memory.new_key(participant)
        for number in range(5_000):
            memory.decided(participant, number + 1, 1, reply)
    first = next(memory.outcomes(1, 0))
    assert list(server_messages(first)) == [Replied(5_001 - MAX_OUTCOMES, 1)]
    assert len(list(memory.outcomes(2, 0))) == MAX_OUTCOME_BYTES // 1_000


def test_events_are_kept_in_bounds_and_told_without_a_gap() -> None:
    memory = Resumption()
    assert memory.events(0, 0) == []
    assert memory.events(3, 3) == []
    assert memory.events(3, 5) is None
    for revision in range(1, MAX_EVENTS + 11):
        memory.happened(revision, b"%d" % revision)
    newest = MAX_EVENTS + 10
    assert memory.events(newest - 2, newest) == [b"%d" % (newest - 1), b"%d" % newest]
    assert len(memory.events(10, newest) or ()) == MAX_EVENTS
    assert memory.events(9, newest) is None
    assert memory.events(newest + 1, newest) is None
    for revision in range(newest + 1, newest + 11):
        memory.happened(revision, bytes(MAX_EVENT_BYTES // 4))
    assert len(memory.events(newest + 6, newest + 10) or ()) == 4
    assert memory.events(newest + 5, newest + 10) is None


def test_who_has_seen_nothing_gets_a_snapshot_also_where_all_events_are_kept() -> None:
    memory = Resumption()
    memory.happened(1, b"1")
    assert memory.events(0, 1) is None


def test_keys_of_those_who_are_gone_are_forgotten() -> None:
    memory = Resumption()
    keys = {id: memory.new_key(id) for id in (1, 2, 4)}
    memory.keep({2})
    memory.check(2, keys[2])
    memory.check(4, keys[4])  # who is about to come in
    for id, key in ((1, keys[1]), (2, keys[1]), (3, "")):
        with pytest.raises(ResumeFailedError):
            memory.check(id, key)
