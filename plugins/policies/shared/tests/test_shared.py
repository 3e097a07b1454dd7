"""Everyone but a viewer edits; the owners direct, or else whoever has been here longest."""

import itertools
from typing import get_args

import pytest

from collab_kernel.core.commands import Create, Request, Set
from collab_kernel.core.decide import Rules
from collab_kernel.core.effects import Admit, Reply
from collab_kernel.core.following import followed
from collab_kernel.core.queries import AnyQuery
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.stimuli import Ask, Begin, Join, Leave, Lose, Tick
from collab_kernel.errors import NotAllowedError, UnknownParticipantError
from collab_kernel.plugins import load
from collab_kernel.spi import (
    AcceptProposal,
    Action,
    AskQuery,
    BringEveryone,
    CancelWork,
    Chat,
    Command,
    DeclineProposal,
    DeclineRequest,
    Edit,
    Follow,
    FollowEveryone,
    FollowTarget,
    GoTo,
    Lock,
    Mute,
    ParticipantId,
    Pause,
    PlacePin,
    Play,
    PolicyRow,
    Promote,
    Propose,
    Put,
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
    State,
    Table,
    Undo,
    WithdrawRequest,
    apply,
    guess,
)
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.policy_questions import UNKNOWN
from collab_policy_shared.policy import SharedPolicy, directors

POLICY = SharedPolicy()

WORKING: tuple[Action, ...] = (
    Edit(()),
    Undo(),
    Undo(mine=True),
    Redo(),
    SetHome(1, ()),
    GoTo(1.0),
    Play((0.0, 1.0)),
    Pause(),
    AcceptProposal(1),
    DeclineProposal(1),
    RemovePin(1),
    CancelWork(),
)
DIRECTING: tuple[Action, ...] = (
    FollowEveryone(2),
    BringEveryone(1),
    Remove(2),
    Lock(),
    Lock(False),
    SetConnectId("secret"),
    Mute(0, chat=True),
)
RIGHT: tuple[Command, ...] = (Promote(2), RequestRight(), WithdrawRequest(), DeclineRequest(2))
OPEN: tuple[Action, ...] = (
    ShowPresence(1),
    Follow(FollowTarget(FollowTarget.Kind.NOBODY)),
    Rename("x"),
    SetColour("#ff0000"),
    Chat("hello"),
    PlacePin("here", (0.0, 0.0, 0.0), 1),
    Propose(()),
    *(AskQuery(q) for q in ("RenderImage", "FetchData", "FitCamera", "UpdatePipeline")),
    *(AskQuery(q) for q in ("DescribeType", "ListFiles", "FetchBlob", "StoreBlob", "ReadLog")),
    AskQuery("ServerStatus"),
    *(AskQuery(q) for q in ("Pick", "SelectOn", "FetchRows", "DescribeScene", "FetchGeometry")),
)
TAKING: tuple[Action, ...] = (AskQuery("SaveData"), AskQuery("Invite"))

ANN, BOB, VIC = 1, 2, 3


class Room:
    """A session under this policy, and the numbers of those in it."""

    def __init__(self) -> None:
        self.session = Session(Rules(POLICY, definitions()), Limits(9))
        self.session.step(Tick(1_000.0))
        self.session.step(Begin("room"))
        self._made = itertools.count(1)

    @property
    def state(self) -> State:
        return self.session.state

    def join(self, name: str, role: Role, resume: ParticipantId = 0) -> ParticipantId:
        effects = self.session.step(Join(0, name, role, resume=resume))
        [admitted] = [effect for effect in effects if isinstance(effect, Admit)]
        return admitted.participant

    def ask(self, who: ParticipantId, command: Command) -> int:
        """Have a command decided; the revision afterwards. Raises the refusal."""
        number = self.session.decided(who) + 1
        for effect in self.session.step(Ask(who, Request(number, command))):
            if isinstance(effect, Reply) and effect.error is not None:
                raise effect.error
        return self.state.revision

    def creation(self, who: ParticipantId, group: str, type: str) -> Create:
        return Create((who << 32) + next(self._made), group, type)


@pytest.fixture
def room() -> Room:
    """Ann and Bob collaborate, and Vic looks."""
    room = Room()
    room.join("ann", Role.COLLABORATOR)
    room.join("bob", Role.COLLABORATOR)
    room.join("vic", Role.VIEWER)
    return room


def refused(room: Room, actor: ParticipantId, actions: tuple[Action, ...]) -> list[Action]:
    """Those that `actor` may not do."""
    return [a for a in actions if POLICY.permits(room.state, actor, a) is not None]


def directing(room: Room) -> list[str]:
    return [room.state.name_of(id) for id in directors(room.state)]


# -- who may edit ----------------------------------------------------------------------------


def test_every_action_is_in_the_tables() -> None:
    known = {type(action) for action in WORKING + DIRECTING + RIGHT + OPEN + TAKING}
    assert known == set(get_args(Action))


def test_every_question_is_in_the_tables() -> None:
    known = {action.kind for action in OPEN + TAKING if isinstance(action, AskQuery)}
    assert known == {query.__name__ for query in get_args(AnyQuery)} | {"StoreBlob"}


def test_what_the_policy_has_not_been_told_of_is_no_viewers(room: Room) -> None:
    assert refused(room, BOB, UNKNOWN) == []
    for action in UNKNOWN:
        refusal = POLICY.permits(room.state, VIC, action)
        assert isinstance(refusal, NotAllowedError)
        assert "vic may not do that: viewers look" in str(refusal)


@pytest.mark.parametrize("who", [ANN, BOB])
def test_everyone_who_is_no_viewer_may_edit(room: Room, who: ParticipantId) -> None:
    assert refused(room, who, WORKING + OPEN + TAKING) == []


def test_a_viewer_looks_and_chats_and_changes_nothing(room: Room) -> None:
    assert refused(room, VIC, OPEN) == []
    for action in WORKING + DIRECTING + TAKING:
        refusal = POLICY.permits(room.state, VIC, action)
        assert isinstance(refusal, NotAllowedError)
        assert "viewers look" in str(refusal)


def test_one_changes_what_another_has_made(room: Room) -> None:
    ball = room.creation(ANN, "sources", "SphereSource")
    room.ask(ANN, Edit((ball,)))
    room.ask(BOB, Edit((Set(ball.id, (("Radius", guess(3.0)),)),)))
    with pytest.raises(NotAllowedError, match="vic may not change the pipeline: viewers look"):
        room.ask(VIC, Edit((Set(ball.id, (("Radius", guess(4.0)),)),)))
    assert room.state.value(ball.id, "Radius") == guess(3.0)


def test_anyone_accepts_and_declines_what_a_viewer_proposes(room: Room) -> None:
    one, other = (
        room.ask(VIC, Propose((room.creation(VIC, "sources", "SphereSource"),), text))
        for text in ("one", "other")
    )
    with pytest.raises(NotAllowedError, match="viewers look"):
        room.ask(VIC, AcceptProposal(one))
    room.ask(BOB, AcceptProposal(one))
    room.ask(ANN, DeclineProposal(other))
    assert len(room.state.proxies) == 1
    assert not room.state.table(Table.PROPOSALS)


def test_a_viewer_takes_back_own_pins_and_proposals(room: Room) -> None:
    view = room.creation(ANN, "views", "RenderView")
    room.ask(ANN, Edit((view,)))
    pin = PlacePin("look", (0.0, 0.0, 0.0), view.id)
    of_vic, of_bob = room.ask(VIC, pin), room.ask(BOB, pin)
    proposal = room.ask(VIC, Propose((room.creation(VIC, "sources", "SphereSource"),), "a ball"))
    room.ask(VIC, RemovePin(of_vic))
    room.ask(VIC, DeclineProposal(proposal))
    with pytest.raises(NotAllowedError, match="vic may not remove the pins of others: viewers"):
        room.ask(VIC, RemovePin(of_bob))
    assert list(room.state.table(Table.PINS)) == [of_bob]
    assert not room.state.table(Table.PROPOSALS)


# -- there is no master ----------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_request_for_the_right_is_refused_and_says_that_everyone_may_edit(
    room: Room, role: Role
) -> None:
    eve = room.join("eve", role)
    for request in RIGHT:
        with pytest.raises(NotAllowedError, match="nobody has it alone: everyone but viewers may"):
            room.ask(eve, request)
    assert not room.state.table(Table.POLICY)


def test_nobody_is_master_and_nobody_follows_one(room: Room) -> None:
    assert room.state.master is None
    assert [followed(room.state, id) for id in room.state.participants] == [None] * 3


def test_a_session_of_another_policy_goes_on_without_its_master_and_queue(room: Room) -> None:
    rows = {"master": PolicyRow((BOB,)), "requests": PolicyRow((ANN,)), "own": PolicyRow((), "7")}
    left = apply(room.state, [Put(Table.POLICY, key, None, row) for key, row in rows.items()])
    assert not apply(left, POLICY.successor(left, 0.0)).table(Table.POLICY)
    assert POLICY.successor(State(), 0.0) == ()


# -- who directs -----------------------------------------------------------------------------


def test_where_no_owner_is_here_whoever_joined_first_directs(room: Room) -> None:
    assert directing(room) == ["ann"]
    assert refused(room, ANN, DIRECTING) == []
    for action in DIRECTING:
        refusal = POLICY.permits(room.state, BOB, action)
        assert isinstance(refusal, NotAllowedError)
        assert "ask ann, who directs here" in str(refusal)


def test_the_owners_direct_as_long_as_one_is_here(room: Room) -> None:
    olga, otto = (room.join(name, Role.OWNER) for name in ("olga", "otto"))
    assert directing(room) == ["olga", "otto"]
    with pytest.raises(NotAllowedError, match="ask olga or otto, who directs here"):
        room.ask(ANN, Lock())
    room.session.step(Lose(olga))
    room.ask(otto, Lock())
    room.session.step(Leave(otto))
    assert directing(room) == ["ann"]
    room.join("", Role.OWNER, resume=olga)
    assert directing(room) == ["olga"]


def test_a_locked_session_is_never_without_somebody_who_can_unlock_it(room: Room) -> None:
    room.ask(ANN, Lock())
    room.session.step(Lose(ANN))
    assert directing(room) == ["bob"]
    room.ask(BOB, Lock(False))
    room.session.step(Leave(BOB))
    assert directing(room) == []  # only a viewer is here
    room.join("cid", Role.COLLABORATOR)
    assert directing(room) == ["cid"]


def test_who_comes_back_directs_again_if_they_joined_first(room: Room) -> None:
    room.session.step(Begin("room"))
    room.join("", Role.COLLABORATOR, resume=BOB)
    assert directing(room) == ["bob"]
    room.join("", Role.COLLABORATOR, resume=ANN)
    assert directing(room) == ["ann"]


def test_nobody_removes_an_owner_but_an_owner(room: Room) -> None:
    olga = room.join("olga", Role.OWNER)
    room.session.step(Lose(olga))
    with pytest.raises(NotAllowedError, match="ann may not remove olga: only an owner removes"):
        room.ask(ANN, Remove(olga))
    room.ask(room.join("otto", Role.OWNER), Remove(olga))
    assert olga not in room.state.participants


def test_who_directs_is_never_muted(room: Room) -> None:
    room.ask(ANN, Mute(0, chat=True))
    room.ask(ANN, Chat("hello"))
    with pytest.raises(NotAllowedError, match="bob may not say anything: whoever directs"):
        room.ask(BOB, Chat("hello"))


def test_a_stranger_may_do_nothing(room: Room) -> None:
    for action in WORKING + DIRECTING + RIGHT + OPEN + TAKING:
        with pytest.raises(UnknownParticipantError):
            POLICY.permits(room.state, 99, action)


# -- it plugs in -----------------------------------------------------------------------------


def test_it_is_found_as_a_plugin() -> None:
    spec = load().policy("shared")
    assert spec.create is SharedPolicy
    assert spec.summary
