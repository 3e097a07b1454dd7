"""The table of semantics: what the master, a slave, an owner and a viewer may do."""

from dataclasses import replace
from typing import get_args

import pytest

from collab_kernel.core.commands import Create, Link, Select, Set, Unlink
from collab_kernel.core.queries import AnyQuery
from collab_kernel.core.state import FOLLOW_MASTER, LinkEnd
from collab_kernel.errors import (
    NotAllowedError,
    NotMasterError,
    RefusedError,
    UnknownParticipantError,
)
from collab_kernel.spi import (
    AcceptProposal,
    Action,
    AskQuery,
    BringEveryone,
    CancelWork,
    Chat,
    DeclineProposal,
    DeclineRequest,
    Edit,
    Follow,
    FollowEveryone,
    GoTo,
    Input,
    LinkKind,
    Lock,
    Mute,
    Pause,
    PlacePin,
    Play,
    Promote,
    Propose,
    Redo,
    Remove,
    RemovePin,
    Rename,
    RequestRight,
    Role,
    SetColour,
    SetConnectId,
    SetHome,
    ShowPresence,
    Undo,
    WithdrawRequest,
    guess,
)
from collab_kernel.testing.policy_questions import UNKNOWN
from collab_kernel.testing.simulator import World
from collab_policy_master_slave.policy import MasterSlavePolicy

POLICY = MasterSlavePolicy()

PIPELINE: tuple[Action, ...] = (
    Edit((Create(1 << 32, "sources", "SphereSource"),)),
    Edit((Set(1, (("Background", guess(1.0)),)),)),
    Edit((Link("both", LinkKind.PROXY, (LinkEnd(1), LinkEnd(2))),)),
    Edit((Unlink("both"),)),
    Edit((Select(Input(1), 2),)),
    SetHome(1, ()),
    GoTo(1.0),
    Play((0.0, 1.0)),
    Pause(),
    Undo(),
    Undo(mine=True),
    Redo(),
)
DIRECTING: tuple[Action, ...] = (
    Promote(2),
    DeclineRequest(2),
    FollowEveryone(2),
    BringEveryone(1),
    AcceptProposal(1),
    AcceptProposal(1, anyway=True),
    DeclineProposal(1),
    Lock(),
    Lock(False),
    SetConnectId("secret"),
    Mute(0, chat=True),
    Mute(2, pointers=True),
    Remove(2),
    RemovePin(1),
    CancelWork(),
)
OWN: tuple[Action, ...] = (
    ShowPresence(1, ("CameraPosition",)),
    ShowPresence(0, ("Pointer2D",)),
    Follow(FOLLOW_MASTER),
    Rename("x"),
    SetColour("#ff0000"),
    Chat("hello"),
    PlacePin("here", (0.0, 0.0, 0.0), 1),
    Propose((Create(1 << 32, "sources", "SphereSource"),)),
    WithdrawRequest(),
    *(AskQuery(q) for q in ("RenderImage", "FetchData", "FitCamera", "UpdatePipeline")),
    *(AskQuery(q) for q in ("DescribeType", "ListFiles", "FetchBlob", "StoreBlob", "ReadLog")),
    AskQuery("ServerStatus"),
    *(AskQuery(q) for q in ("Pick", "SelectOn", "FetchRows", "DescribeScene", "FetchGeometry")),
)
SLAVES: tuple[Action, ...] = (
    RequestRight(),
    AskQuery("SaveData"),
    AskQuery("Invite"),
    AskQuery("a question of tomorrow"),
)
"""A slave's, and no viewer's."""

ANN, BOB, OLGA, VIC = 1, 2, 3, 4


@pytest.fixture
def world() -> World:
    """Ann steers; Bob is a slave, Olga one who owns the session, Vic a viewer."""
    world = World(0, ["ann", "bob"], "ann", policy=POLICY)
    world.join("olga", Role.OWNER)
    world.join("vic", Role.VIEWER)
    return world


def refused(world: World, actor: int, actions: tuple[Action, ...]) -> list[Action]:
    """Those that `actor` may not do."""
    return [a for a in actions if POLICY.permits(world.state, actor, a) is not None]


def refusal(world: World, actor: int, action: Action) -> str:
    error = POLICY.permits(world.state, actor, action)
    assert isinstance(error, RefusedError)
    return str(error)


def test_every_action_is_in_the_table() -> None:
    known = {type(action) for action in PIPELINE + DIRECTING + OWN + SLAVES}
    assert known == set(get_args(Action))


def test_every_question_is_in_the_table() -> None:
    known = {action.kind for action in OWN + SLAVES if isinstance(action, AskQuery)}
    there = {query.__name__ for query in get_args(AnyQuery)} | {"StoreBlob"}
    assert known == there | {"a question of tomorrow"}


def test_what_the_policy_has_not_been_told_of_is_the_masters_alone(world: World) -> None:
    command, question = UNKNOWN
    assert refused(world, ANN, UNKNOWN) == []
    assert "bob may not do that: that needs the master's right" in refusal(world, BOB, command)
    assert refused(world, OLGA, UNKNOWN) == [command]
    assert "vic may not do that: viewers look" in refusal(world, VIC, command)
    assert "vic may not ask that: viewers look" in refusal(world, VIC, question)


# -- its lines -------------------------------------------------------------------------------


def test_the_master_may_change_the_pipeline_the_views_links_selection_and_time_undo_and_redo(
    world: World,
) -> None:
    assert refused(world, ANN, PIPELINE) == []


@pytest.mark.parametrize("slave", [BOB, OLGA])
def test_a_slave_may_not_be_it_an_owner_and_is_told_who_is_the_master(
    world: World, slave: int
) -> None:
    assert refused(world, slave, PIPELINE) == list(PIPELINE)
    for action in PIPELINE:
        error = POLICY.permits(world.state, slave, action)
        assert isinstance(error, NotMasterError)
        assert (error.actor, error.master) == (world.state.name_of(slave), "ann")
        assert "ask ann" in str(error)


def test_a_viewer_may_change_nothing_and_is_told_who_does(world: World) -> None:
    for action in PIPELINE + DIRECTING:
        error = POLICY.permits(world.state, VIC, action)
        assert isinstance(error, NotAllowedError)
        assert "viewers look; they never steer: ann does" in str(error)


def test_the_master_may_promote_direct_and_put_out(world: World) -> None:
    assert refused(world, ANN, DIRECTING) == []


def test_an_owner_may_always_promote_direct_and_put_out(world: World) -> None:
    assert refused(world, OLGA, DIRECTING) == []


def test_a_slave_may_not_promote_direct_or_put_out(world: World) -> None:
    for action in DIRECTING:
        error = POLICY.permits(world.state, BOB, action)
        assert isinstance(error, NotMasterError)
        assert (error.actor, error.master) == ("bob", "ann")


@pytest.mark.parametrize("who", [ANN, BOB, OLGA, VIC])
def test_everyone_has_own_values_follows_chats_points_pins_proposes_and_asks(
    world: World, who: int
) -> None:
    assert refused(world, who, OWN) == []


@pytest.mark.parametrize("who", [ANN, BOB, OLGA])
def test_whoever_is_no_viewer_may_ask_for_the_right_and_save_data(world: World, who: int) -> None:
    assert refused(world, who, SLAVES) == []


def test_a_viewer_may_neither_ask_for_the_right_nor_save_data(world: World) -> None:
    assert (
        refusal(world, VIC, RequestRight())
        == "vic may not ask for the right: viewers look; they never steer: ann does"
    )
    assert "vic may not save data: viewers look" in refusal(world, VIC, AskQuery("SaveData"))
    assert "vic may not invite others: viewers" in refusal(world, VIC, AskQuery("Invite"))


def test_a_stranger_may_do_nothing(world: World) -> None:
    for action in PIPELINE + DIRECTING + OWN + SLAVES:
        with pytest.raises(UnknownParticipantError):
            POLICY.permits(world.state, 99, action)


# -- what is one's own, and who is above whom ------------------------------------------------


@pytest.mark.parametrize("who", ["bob", "vic"])
def test_one_takes_back_what_one_has_proposed_and_pinned_oneself(world: World, who: str) -> None:
    view = world["ann"].create("views", "RenderView")
    one = world[who]
    one.ask(PlacePin("look", (0.0, 0.0, 0.0), view))
    one.ask(Propose((Create(one.new_id(), "sources", "SphereSource"),), "a ball"))
    pin, proposal = world.revision - 1, world.revision
    other = world["bob" if who == "vic" else "vic"]
    for command in (RemovePin(pin), DeclineProposal(proposal)):
        with pytest.raises(RefusedError):
            other.ask(command)
        assert one.ask(command) is not None


def test_nobody_removes_an_owner_but_an_owner(world: World) -> None:
    with pytest.raises(NotAllowedError, match="ann may not remove olga: only an owner removes"):
        world["ann"].ask(Remove(OLGA))
    assert "only an owner removes an owner" in refusal(world, BOB, Remove(OLGA))
    world.join("otto", Role.OWNER)
    world["otto"].ask(Remove(OLGA))
    assert OLGA not in world.state.participants


def test_who_removes_the_master_makes_the_next_one_master(world: World) -> None:
    revision = world.revision
    world["olga"].ask(Remove(ANN, "elsewhere"))
    assert (world.state.master, world.revision) == (BOB, revision + 1)  # one event


def test_an_owner_who_is_the_master_may_all_that_a_master_may(world: World) -> None:
    world["ann"].ask(Promote(OLGA))
    assert refused(world, OLGA, PIPELINE + DIRECTING + OWN + SLAVES) == []
    assert refused(world, ANN, PIPELINE + DIRECTING) == [*PIPELINE, *DIRECTING]


# -- enforced --------------------------------------------------------------------------------


def test_a_slaves_change_is_refused_by_the_server_and_changes_nothing(world: World) -> None:
    before = world.digest()
    with pytest.raises(NotMasterError, match=r"bob may not change the pipeline: .* ask ann"):
        world["bob"].create("sources", "SphereSource")
    assert world.digest() == before


def test_who_is_muted_may_not_chat_and_the_master_is_never_muted(world: World) -> None:
    world["ann"].ask(Mute(0, chat=True))
    for name in ("bob", "vic"):
        with pytest.raises(NotAllowedError, match=f"{name} may not say anything"):
            world[name].ask(Chat("hello"))
    for name in ("ann", "olga"):
        assert world[name].ask(Chat("hello")) is not None


def test_where_viewers_only_look_they_neither_chat_nor_pin_nor_propose(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world.session.rules = replace(world.session.rules, viewers_look_only=True)
    vic, bob = world["vic"], world["bob"]
    for command in (
        Chat("hello"),
        PlacePin("look", (0.0, 0.0, 0.0), view),
        Propose((Create(vic.new_id(), "sources", "SphereSource"),), "a ball"),
    ):
        with pytest.raises(NotAllowedError, match="--viewers-look-only"):
            vic.ask(command)
    assert bob.ask(Chat("hello")) is not None
    assert vic.ask(Follow(FOLLOW_MASTER)) is None  # it does already: nothing to do


def test_asking_changes_nothing_and_gives_the_same_answer(world: World) -> None:
    before = world.state
    assert refusal(world, BOB, Undo()) == refusal(world, BOB, Undo())
    assert world.state is before
