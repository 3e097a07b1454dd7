"""Who steers: the first, then whom the right is handed to, then who has been here longest."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import (
    AskQuery,
    Chat,
    Edit,
    Follow,
    FollowEveryone,
    Promote,
    Redo,
    Rename,
    SetHome,
    ShowPresence,
    Undo,
)
from collab_kernel.core.state import FOLLOW_MASTER
from collab_kernel.errors import (
    NotAllowedError,
    NotMasterError,
    RefusedError,
    UnknownParticipantError,
)
from collab_kernel.plugins import load
from collab_kernel.spi import Action, Role, State, Table
from collab_kernel.testing.simulator import World
from collab_policy_master_slave.policy import GRACE_S, MasterSlavePolicy

POLICY = MasterSlavePolicy()

STEERING: tuple[Action, ...] = (Edit(()), Undo(), Redo(), SetHome(1, ()))
DIRECTING: tuple[Action, ...] = (Promote(1), FollowEveryone(1))
OPEN: tuple[Action, ...] = (
    Chat("hello"),
    Rename("x"),
    Follow(FOLLOW_MASTER),
    ShowPresence(1),
    AskQuery("RenderImage"),
)


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


# -- who may what ----------------------------------------------------------------------------

ALLOWED: dict[tuple[Role, bool], tuple[tuple[Action, ...], tuple[Action, ...]]] = {
    (Role.OWNER, True): (STEERING + DIRECTING + OPEN, ()),
    (Role.OWNER, False): (DIRECTING + OPEN, STEERING),
    (Role.COLLABORATOR, True): (STEERING + DIRECTING + OPEN, ()),
    (Role.COLLABORATOR, False): (OPEN, STEERING + DIRECTING),
}


@pytest.mark.parametrize(("role", "is_master"), ALLOWED)
def test_the_table_of_rights_holds(role: Role, is_master: bool) -> None:
    world = world_of(("ann", Role.COLLABORATOR), ("eve", role))
    if is_master:
        world["ann"].ask(Promote(2))
    yes, no = ALLOWED[role, is_master]
    assert [POLICY.permits(world.state, 2, a) for a in yes] == [None] * len(yes)
    refusals = [POLICY.permits(world.state, 2, a) for a in no]
    assert [type(r) for r in refusals] == [NotMasterError] * len(no)
    for refusal in refusals:
        assert isinstance(refusal, NotMasterError)
        assert (refusal.actor, refusal.master) == ("eve", "ann")


def test_a_viewer_looks_and_never_steers() -> None:
    world = world_of(("ann", Role.COLLABORATOR), ("eve", Role.VIEWER))
    for action in STEERING + DIRECTING:
        refusal = POLICY.permits(world.state, 2, action)
        assert isinstance(refusal, NotAllowedError)
        assert "viewers look" in str(refusal)
    assert [POLICY.permits(world.state, 2, a) for a in OPEN] == [None] * len(OPEN)


def test_every_command_is_in_the_table() -> None:
    known = {type(action) for action in STEERING + DIRECTING + OPEN}
    from typing import get_args

    assert known == set(get_args(Action))


def test_asking_changes_nothing_and_gives_the_same_answer(world: World) -> None:
    before = world.state
    answers = [POLICY.permits(world.state, 2, Undo()) for _ in range(2)]
    assert isinstance(answers[0], RefusedError)
    assert str(answers[0]) == str(answers[1])
    assert world.state is before


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


def test_the_successor_changes_the_one_row_of_its_table(world: World) -> None:
    world.lose("ann")
    puts = POLICY.successor(world.state, world.session.now_s + GRACE_S + 1)
    assert [(put.table, put.key) for put in puts] == [(Table.POLICY, "master")]
    assert puts[0].after.participants == (2,)  # type: ignore[union-attr]
    assert POLICY.successor(world.state, world.session.now_s) == ()
    assert POLICY.successor(State(), 0.0) == ()


def test_it_is_found_as_a_plugin() -> None:
    spec = load().policy("master-slave")
    assert spec.create is MasterSlavePolicy
    assert spec.summary
