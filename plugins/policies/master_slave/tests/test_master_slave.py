"""Who steers: the first, then whom the right is handed to, then who has been here longest."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.following import followed
from collab_kernel.core.stimuli import Begin, Join, Leave
from collab_kernel.errors import NotAllowedError, NotMasterError, UnknownParticipantError
from collab_kernel.plugins import load
from collab_kernel.spi import FollowTarget, Promote, RequestRight, Role, State, Table
from collab_kernel.testing.simulator import World
from collab_policy_master_slave.policy import MasterSlavePolicy
from collab_policy_master_slave.right import GRACE_S

POLICY = MasterSlavePolicy()


def world_of(*people: tuple[str, Role]) -> World:
    world = World(0, policy=POLICY)
    for name, role in people:
        world.join(name, role)
    return world


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob", "cid"], "ann", policy=POLICY) as world:
        yield world
        world.settle()
        world.check()


def master(world: World) -> str | None:
    state = world.state
    return None if state.master is None else state.name_of(state.master)


# -- who is the master -----------------------------------------------------------------------


def test_the_first_participant_is_the_master(world: World) -> None:
    assert master(world) == "ann"


def test_a_viewer_who_comes_first_is_not(world: World) -> None:
    world = world_of(("eve", Role.VIEWER))
    assert master(world) is None
    world.join("ann")
    assert master(world) == "ann"


def test_the_master_hands_the_right_to_whom_they_like(world: World) -> None:
    world["ann"].ask(Promote(3))
    assert master(world) == "cid"
    with pytest.raises(NotMasterError, match="cid has it: ask cid"):
        world["ann"].ask(Promote(1))


def test_an_owner_hands_it_on_without_holding_it() -> None:
    world = world_of(("ann", Role.COLLABORATOR), ("eve", Role.OWNER))
    world["eve"].ask(Promote(2))
    assert master(world) == "eve"


def test_it_goes_to_nobody_who_may_not_hold_it_or_is_not_here(world: World) -> None:
    world.join("eve", Role.VIEWER)
    world.lose("cid")
    with pytest.raises(NotAllowedError, match="eve may not steer"):
        world["ann"].ask(Promote(4))
    with pytest.raises(UnknownParticipantError, match="cid is not here now"):
        world["ann"].ask(Promote(3))
    with pytest.raises(UnknownParticipantError):
        world["ann"].ask(Promote(99))
    assert master(world) == "ann"


def test_when_the_master_leaves_who_joined_first_is_master_at_once(world: World) -> None:
    world["ann"].ask(Promote(3))
    world.leave("cid")
    assert master(world) == "ann"
    revision = world.revision
    world.leave("ann")
    assert (master(world), world.revision) == ("bob", revision + 1)  # one event


def test_viewers_are_passed_over() -> None:
    world = world_of(("ann", Role.COLLABORATOR), ("eve", Role.VIEWER), ("bob", Role.OWNER))
    world.leave("ann")
    assert master(world) == "bob"
    world.leave("bob")
    assert master(world) is None


# -- the grace time --------------------------------------------------------------------------


def test_a_lost_master_keeps_the_right_for_the_grace_time(world: World) -> None:
    world.lose("ann")
    world.tick(GRACE_S)
    assert master(world) == "ann"
    world.tick(0.1)
    assert master(world) == "bob"


def test_a_joiner_who_finds_somebody_here_waits_for_the_grace_time_too(world: World) -> None:
    world.lose("ann")
    world.tick(1)
    world.join("dan")
    assert master(world) == "ann"


def test_a_joiner_who_finds_nobody_connected_is_master_at_once(world: World) -> None:
    for name in ("bob", "cid", "ann"):
        world.lose(name)
        world.tick(0.5)
    world.join("dan")
    assert master(world) == "dan"


def test_a_viewer_here_is_somebody_and_takes_nothing_over(world: World) -> None:
    world.join("eve", Role.VIEWER)
    for name in ("bob", "cid", "ann"):
        world.lose(name)
    world.tick(1)
    assert master(world) == "ann"
    world.join("dan")
    assert master(world) == "ann"  # dan found eve
    world.tick(GRACE_S)
    assert master(world) == "dan"


def test_while_nobody_may_take_over_the_right_waits_where_it_is(world: World) -> None:
    for name in ("bob", "cid", "ann"):
        world.lose(name)
    world.tick(3600)
    assert master(world) == "ann"
    world.join("dan")
    assert master(world) == "dan"


def test_others_who_are_lost_change_nothing(world: World) -> None:
    world.lose("bob")
    world.tick(3600)
    assert master(world) == "ann"


def test_a_joiner_who_finds_only_a_viewer_waits_for_the_grace_time(world: World) -> None:
    for name in ("bob", "cid", "ann"):
        world.lose(name)
    world.tick(1)
    world.join("eve", Role.VIEWER)
    world.tick(1)
    world.join("dan")
    assert master(world) == "ann"


def test_a_joiner_whom_all_others_leave_waits_for_the_grace_time(world: World) -> None:
    world.lose("ann")
    world.tick(1)
    world.join("dan")
    world.tick(1)
    world.leave("bob")
    world.leave("cid")
    assert master(world) == "ann"
    world.tick(GRACE_S)
    assert master(world) == "dan"


def test_a_joiner_who_comes_as_the_last_one_is_lost_is_master_at_once(world: World) -> None:
    for name in ("bob", "cid", "ann"):
        world.lose(name)
    world.join("dan")  # at the same time
    assert master(world) == "dan"


def test_a_joiner_who_finds_the_master_waits_though_it_is_lost_at_the_same_time() -> None:
    world = world_of(("ann", Role.COLLABORATOR))
    world.join("dan")
    world.lose("ann")  # dan is the only one here, and has joined just now
    assert master(world) == "ann"
    world.tick(GRACE_S)
    assert master(world) == "ann"
    world.tick(0.1)
    assert master(world) == "dan"


def test_a_joiner_who_found_nobody_and_is_lost_at_once_leaves_the_next_one_the_same(
    world: World,
) -> None:
    for name in ("bob", "cid", "ann"):
        world.lose(name)
    world.join("dan")
    world.lose("dan")
    world.join("eve")
    assert master(world) == "eve"


def test_who_had_joined_and_comes_back_at_the_same_time_has_found_somebody() -> None:
    world = world_of(("ann", Role.COLLABORATOR), ("bob", Role.COLLABORATOR))
    world.lose("ann")
    world.lose("bob")
    world.step(Join(99, resume=2))
    assert master(world) == "ann"


def test_somebody_who_comes_back_and_finds_nobody_waits_for_the_grace_time(world: World) -> None:
    """Unlike a joiner: after a restart of the server everybody comes back within a moment."""
    world.step(Begin("world"))
    world.tick(1)
    world.step(Join(99, resume=2))
    assert master(world) == "ann"
    world.step(Join(99, resume=1))
    assert master(world) == "ann"


def test_the_master_who_comes_back_in_time_has_never_lost_the_right(world: World) -> None:
    world.lose("ann")
    world.tick(GRACE_S)
    world.step(Join(99, resume=1))
    world.tick(3600)
    assert master(world) == "ann"


def test_the_master_who_comes_back_too_late_is_a_slave(world: World) -> None:
    world.lose("ann")
    world.tick(GRACE_S + 0.1)
    world.step(Join(99, resume=1))
    assert master(world) == "bob"


def test_the_master_who_comes_back_as_a_viewer_has_lost_the_right(world: World) -> None:
    world.lose("ann")
    world.step(Join(99, role=Role.VIEWER, resume=1))
    assert master(world) == "bob"


# -- the former holder -----------------------------------------------------------------------


def replaced(world: World) -> None:
    """Ann is lost like everybody, and dan joins and finds nobody."""
    for name in ("bob", "cid", "ann"):
        world.lose(name)
    world.tick(1)
    world.join("dan")
    assert master(world) == "dan"


def test_the_former_holder_who_resumes_within_the_grace_takes_the_right_back(world: World) -> None:
    replaced(world)
    world.tick(GRACE_S - 1)
    world.step(Join(99, resume=1))
    assert master(world) == "ann"
    assert set(world.state.table(Table.POLICY)) == {"master"}


def test_the_former_holder_who_resumes_after_the_grace_does_not(world: World) -> None:
    replaced(world)
    world.tick(GRACE_S - 0.9)
    assert set(world.state.table(Table.POLICY)) == {"master"}
    world.step(Join(99, resume=1))
    assert master(world) == "dan"


def test_others_who_resume_do_not_take_the_right_from_who_has_joined(world: World) -> None:
    replaced(world)
    world.step(Join(99, resume=2))
    assert master(world) == "dan"


def test_the_former_holder_takes_it_back_from_an_heir_of_the_joiner_too(world: World) -> None:
    replaced(world)
    world.join("eve")
    world.leave("dan")
    assert master(world) == "eve"
    world.step(Join(99, resume=1))
    assert master(world) == "ann"


def test_the_former_holder_comes_before_a_joiner_who_was_lost_as_well(world: World) -> None:
    replaced(world)
    world.lose("dan")
    world.tick(1)
    world.join("eve")
    assert master(world) == "eve"
    world.step(Join(99, resume=4))
    assert master(world) == "eve"
    world.step(Join(99, resume=1))
    assert master(world) == "ann"


def test_what_the_joiner_has_handed_on_is_not_taken_back(world: World) -> None:
    replaced(world)
    world.join("eve")
    world["dan"].ask(Promote(world["eve"].id))
    world.step(Join(99, resume=1))
    assert master(world) == "eve"


def test_a_former_holder_who_comes_back_as_a_viewer_takes_nothing_back(world: World) -> None:
    replaced(world)
    world.step(Join(99, role=Role.VIEWER, resume=1))
    assert master(world) == "dan"
    world.tick(1)
    world.lose("dan")
    assert world.state.master == 4


# -- the order of joining --------------------------------------------------------------------


def test_who_comes_back_counts_from_when_they_first_joined(world: World) -> None:
    world.lose("bob")
    world.tick(3600)
    world.step(Join(99, resume=2))
    assert world.state.present == (1, 2, 3)
    world.leave("ann")
    assert master(world) == "bob"


def test_who_joins_anew_stands_behind_all_who_are_here(world: World) -> None:
    world.leave("bob")
    world.join("bob")
    world.leave("ann")
    assert master(world) == "cid"


def test_whoever_comes_back_first_is_master_where_the_master_left_nobody_behind(
    world: World,
) -> None:
    world.lose("bob")
    world.lose("cid")
    world.leave("ann")
    assert master(world) is None
    world.step(Join(99, resume=3))
    assert master(world) == "cid"
    world.step(Join(99, resume=2))
    assert master(world) == "cid"


def test_a_master_who_leaves_while_lost_keeps_no_right(world: World) -> None:
    id = world.lose("ann")
    world.step(Leave(id))
    assert master(world) == "bob"


def test_there_is_one_master_at_every_moment(world: World) -> None:
    """And at most one event for each thing that happens."""
    for happening in (Leave(1), Join(9, "dan"), Leave(2), Leave(3), Leave(4)):
        revision = world.revision
        world.step(happening)
        assert world.revision == revision + 1
        assert (world.state.master in world.state.present) == bool(world.state.present)


# -- around it -------------------------------------------------------------------------------


def test_a_new_master_is_followed_by_those_who_followed_the_old(world: World) -> None:
    rows = {id: row.following for id, row in world.state.participants.items()}
    assert {target.kind for target in rows.values()} == {FollowTarget.Kind.MASTER}
    assert [followed(world.state, id) for id in (1, 2, 3)] == [None, 1, 1]
    world["ann"].ask(Promote(3))
    assert {id: row.following for id, row in world.state.participants.items()} == rows
    assert [followed(world.state, id) for id in (1, 2, 3)] == [3, 3, None]


def state_rows(world: World) -> dict[str, tuple[int, ...]]:
    return {key: row.participants for key, row in world.state.table(Table.POLICY).items()}


def test_the_right_is_in_four_rows_and_no_more_changes_than_has_to(world: World) -> None:
    replaced(world)
    world.join("eve")
    world["eve"].ask(RequestRight())
    assert state_rows(world) == {"master": (4,), "former": (1,), "requests": (5,)}
    world.lose("eve")
    world.lose("dan")
    assert state_rows(world) == {"master": (4,), "former": (1,), "last": (5,)}
    assert POLICY.successor(world.state, world.session.now_s) == ()
    assert POLICY.successor(State(), 0.0) == ()


def test_it_is_found_as_a_plugin() -> None:
    spec = load().policy("master-slave")
    assert spec.create is MasterSlavePolicy
    assert spec.summary
