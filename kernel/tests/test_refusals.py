"""Each refusal is typed, says why and what is allowed, and leaves all as it was."""

from collections.abc import Callable, Iterator

import pytest

from collab_kernel.core.commands import (
    AcceptProposal,
    BringEveryone,
    CancelWork,
    Chat,
    Connect,
    Create,
    DeclineProposal,
    Delete,
    Disconnect,
    Edit,
    Follow,
    FollowEveryone,
    GoTo,
    Link,
    Lock,
    Mute,
    Pause,
    PlacePin,
    Play,
    Promote,
    Propose,
    Redo,
    Register,
    Remove,
    RemovePin,
    Rename,
    Select,
    Set,
    SetColour,
    SetConnectId,
    SetHome,
    Undo,
    Unlink,
)
from collab_kernel.core.edit import MAX_OPERATIONS
from collab_kernel.core.state import FollowTarget, LinkEnd, LinkKind
from collab_kernel.core.values import COUNTER_BITS, Input, Value, guess
from collab_kernel.errors import (
    CollabError,
    FollowCycleError,
    InputCycleError,
    InvalidCommandError,
    InvalidValueError,
    LinkError,
    NameTakenError,
    NothingToUndoError,
    NotMasterError,
    ProxyInUseError,
    RefusedError,
    UndoConflictError,
    UnknownLinkError,
    UnknownParticipantError,
    UnknownPinError,
    UnknownPropertyError,
    UnknownProposalError,
    UnknownProxyError,
    UnknownTypeError,
)
from collab_kernel.testing import invariants
from collab_kernel.testing.simulator import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob", "cid"], "ann") as world:
        yield world
        invariants.check_state(world.state)
        world.check()
        world.check_replay()


def value(*elements: object) -> Value:
    return guess(elements)


A, B = (1 << COUNTER_BITS) + 1, (1 << COUNTER_BITS) + 2
SHRINK, VIEW, UNKNOWN = B, (1 << COUNTER_BITS) + 3, 77
NEXT = (1 << COUNTER_BITS) + 4

Refused = tuple[str, Callable[[], object], type[CollabError], str]

REFUSALS: list[Refused] = [
    ("bob", lambda: Edit((Delete(A),)), NotMasterError, "ann has it"),
    ("bob", Undo, NotMasterError, "bob may not undo"),
    ("bob", Redo, NotMasterError, "bob may not redo"),
    ("bob", lambda: SetHome(VIEW, ()), NotMasterError, "ann has it"),
    ("bob", lambda: Promote(2), NotMasterError, "hand over"),
    ("bob", lambda: FollowEveryone(2), NotMasterError, "let everyone follow"),
    ("ann", lambda: Promote(99), UnknownParticipantError, "no participant 99"),
    ("ann", lambda: FollowEveryone(99), UnknownParticipantError, "no participant 99"),
    ("bob", lambda: Follow(FollowTarget(FollowTarget.Kind.PARTICIPANT, 99)),
     UnknownParticipantError, "no participant 99"),
    ("bob", lambda: Follow(FollowTarget(FollowTarget.Kind.PARTICIPANT, 2)),
     UnknownParticipantError, "themselves"),
    ("cid", lambda: Follow(FollowTarget(FollowTarget.Kind.PARTICIPANT, 2)),
     FollowCycleError, "bob follows you already"),
    ("bob", lambda: Chat(""), InvalidValueError, "chat message is empty"),
    ("bob", lambda: Chat("x" * 8193), InvalidValueError, "8193 characters"),
    ("bob", lambda: Rename("\x07"), InvalidValueError, "name is empty"),
    ("bob", lambda: Rename("x" * 65), InvalidValueError, "65 characters"),
    ("ann", lambda: Edit((Create(NEXT, "sources", "Sphere"),)), UnknownTypeError, "SphereSource"),
    ("ann", lambda: Edit((Create(NEXT, "sources", "SphereSource", "Sphere1"),)),
     NameTakenError, "Sphere1"),
    ("ann", lambda: Edit((Create(NEXT, "sources", "SphereSource", " "),)),
     InvalidValueError, "is no name"),
    ("ann", lambda: Edit((Create(NEXT, "sources", "SphereSource", "a\nb"),)),
     InvalidValueError, "is no name"),
    ("ann", lambda: Edit((Create(NEXT, "sources", "SphereSource", "x" * 256),)),
     InvalidValueError, "is no name"),
    ("ann", lambda: Edit((Create((2 << COUNTER_BITS) + 1, "sources", "SphereSource"),)),
     InvalidCommandError, "participant 1 can't create"),
    ("ann", lambda: Edit((Create(5, "sources", "SphereSource"),)),
     InvalidCommandError, "participant 1 can't create"),
    ("ann", lambda: Edit((Create(1 << 60, "sources", "SphereSource"),)),
     InvalidValueError, "no proxy id"),
    ("ann", lambda: Edit((Create(NEXT, "filters", "Clip", values=(("Nope", value(1)),)),)),
     UnknownPropertyError, "no property 'Nope'"),
    ("ann", lambda: Edit((Set(UNKNOWN, ()),)), UnknownProxyError, "no proxy 77"),
    ("ann", lambda: Edit((Set(A, (("Radius", value("wide")),)),)), InvalidValueError, "Radius"),
    ("ann", lambda: Edit((Set(A, (("Radius", value(-1)),)),)), InvalidValueError, "from 0"),
    ("ann", lambda: Edit((Set(A, (("Center", value(float("1e9"))),)),)),
     InvalidValueError, "3 doubles"),
    ("ann", lambda: Edit((Set(SHRINK, (("Input", value(Input(UNKNOWN))),)),)),
     UnknownProxyError, "Input of Shrink1: there is no proxy 77"),
    ("ann", lambda: Edit((Set(SHRINK, (("Input", value(Input(VIEW))),)),)),
     InvalidValueError, "a proxy of sources or filters"),
    ("ann", lambda: Edit((Set(SHRINK, (("Input", value(Input(A, 1))),)),)),
     InvalidValueError, "there is no port 1"),
    ("ann", lambda: Edit((Set(SHRINK, (("Input", value(Input(SHRINK))),)),)),
     InputCycleError, "Shrink1 depends on Shrink1"),
    ("ann", lambda: Edit((Connect(A, "Radius", Input(B)),)), UnknownPropertyError, "no proxies"),
    ("ann", lambda: Edit((Disconnect(A, "Nope", Input(B)),)), UnknownPropertyError, "Nope"),
    ("ann", lambda: Edit((Connect(UNKNOWN, "Input", Input(B)),)), UnknownProxyError, "77"),
    ("ann", lambda: Edit((Register(A, ""),)), InvalidValueError, "is no name"),
    ("ann", lambda: Edit((Register(UNKNOWN, "x"),)), UnknownProxyError, "77"),
    ("ann", lambda: Edit((Delete(UNKNOWN),)), UnknownProxyError, "77"),
    ("ann", lambda: Edit((Delete(A),)), ProxyInUseError, r"Shrink1 \(Input\)"),
    ("ann", lambda: Edit((Delete(A),) * (MAX_OPERATIONS + 1)), InvalidCommandError, "2001"),
    ("ann", lambda: SetHome(UNKNOWN, ()), UnknownProxyError, "77"),
    ("ann", lambda: SetHome(VIEW, (("CameraPosition", value(1)),)), InvalidValueError, "3 doubles"),
    ("ann", lambda: Undo(), UndoConflictError, "Radius of Sphere1"),
    ("ann", Redo, NothingToUndoError, "nothing to redo"),
    ("bob", lambda: GoTo(1.0), NotMasterError, "go to another time"),
    ("bob", lambda: Play((1.0,)), NotMasterError, "may not play"),
    ("bob", Pause, NotMasterError, "may not pause"),
    ("bob", lambda: Lock(), NotMasterError, "lock the session"),
    ("bob", lambda: SetConnectId("1"), NotMasterError, "connect id"),
    ("bob", lambda: Mute(3, chat=True), NotMasterError, "mute"),
    ("bob", lambda: Remove(3), NotMasterError, "remove others"),
    ("bob", lambda: BringEveryone(VIEW), NotMasterError, "bring everyone"),
    ("bob", CancelWork, NotMasterError, "cancel"),
    ("bob", lambda: AcceptProposal(1), NotMasterError, "accept a proposal"),
    ("bob", lambda: SetColour("red"), InvalidValueError, "#rrggbb"),
    ("ann", lambda: Remove(99), UnknownParticipantError, "no participant 99"),
    ("ann", lambda: Remove(1), InvalidValueError, "leave instead"),
    ("ann", lambda: Remove(2, "x" * 501), InvalidValueError, "501 characters"),
    ("ann", lambda: Mute(99, chat=True), UnknownParticipantError, "no participant 99"),
    ("ann", lambda: SetConnectId("x" * 65), InvalidValueError, "no connect id"),
    ("ann", lambda: BringEveryone(UNKNOWN), UnknownProxyError, "77"),
    ("ann", lambda: CancelWork(UNKNOWN), UnknownProxyError, "77"),
    ("bob", lambda: Propose(()), InvalidCommandError, "change nothing"),
    ("bob", lambda: Propose((Set(A, (("Radius", value(1)),)),)), InvalidCommandError, "nothing"),
    ("bob", lambda: Propose((Set(A, (("Radius", value(-1)),)),)), InvalidValueError, "from 0"),
    ("bob", lambda: Propose((Delete(A),)), ProxyInUseError, "Shrink1"),
    ("ann", lambda: AcceptProposal(9), UnknownProposalError, "no proposal 9"),
    ("ann", lambda: DeclineProposal(9), UnknownProposalError, "no proposal 9"),
    ("bob", lambda: PlacePin("", (0.0, 0.0, 0.0), VIEW), InvalidValueError, "text of a pin"),
    ("bob", lambda: PlacePin("x", (0.0, float("inf"), 0.0), VIEW), InvalidValueError, "finite"),
    ("bob", lambda: PlacePin("x", (0.0, 0.0, 0.0), UNKNOWN), UnknownProxyError, "77"),
    ("bob", lambda: PlacePin("x", (0.0, 0.0, 0.0), A), InvalidValueError, "no view"),
    ("ann", lambda: RemovePin(9), UnknownPinError, "no pin 9"),
    ("ann", lambda: GoTo(float("nan")), InvalidValueError, "finite"),
    ("ann", lambda: Play(()), InvalidValueError, "1 to 4096"),
    ("ann", lambda: Play((1.0, 1.0)), InvalidValueError, "rise"),
    ("ann", lambda: Play((1.0, 2.0), speed=0.0), InvalidValueError, "speed"),
    ("ann", lambda: Play((1.0, 2.0), speed=float("nan")), InvalidValueError, "speed"),
    ("ann", lambda: Edit((Unlink("x"),)), UnknownLinkError, "no link 'x'"),
    ("ann", lambda: Edit((Link("x", LinkKind.PROPERTY, (LinkEnd(A, "Radius"),)),)),
     LinkError, "2 to 64"),
    ("ann", lambda: Edit((Link("x", LinkKind.PROPERTY, (LinkEnd(A, "Radius"),
                                                        LinkEnd(A, "Center"))),)),
     LinkError, "can't be linked"),
    ("ann", lambda: Edit((Link("x", LinkKind.CAMERA, (LinkEnd(A), LinkEnd(VIEW))),)),
     LinkError, "no view"),
    ("ann", lambda: Edit((Link("x", LinkKind.PROXY, (LinkEnd(A, "Radius"), LinkEnd(B))),)),
     LinkError, "whole proxies"),
    ("ann", lambda: Edit((Select(Input(A, 7), B),)), InvalidValueError, "no port 7"),
    ("ann", lambda: Edit((Select(Input(A), UNKNOWN),)), UnknownProxyError, "77"),
    ("ann", lambda: Edit((Select(Input(A), A),)), InvalidValueError, "itself"),
]  # fmt: skip


def furnished(world: World) -> None:
    """A sphere, a filter on it, a view; bob follows cid by hand."""
    ann = world["ann"]
    assert ann.create("sources", "SphereSource") == A
    assert ann.create("filters", "ShrinkFilter", Input=Input(A)) == SHRINK
    assert ann.create("views", "RenderView") == VIEW
    world["bob"].ask(Follow(FollowTarget(FollowTarget.Kind.PARTICIPANT, 3)))
    ann.set(A, Radius=1)


@pytest.mark.parametrize(
    ("who", "command", "error", "text"), REFUSALS, ids=lambda v: getattr(v, "__name__", None)
)
def test_a_refusal_is_typed_says_why_and_changes_nothing(
    world: World, who: str, command: Callable[[], object], error: type[CollabError], text: str
) -> None:
    furnished(world)
    asked = command()
    if error is UndoConflictError:  # bob changes what ann did, and she takes hers back
        world["ann"].ask(Promote(world["bob"].id))
        world["bob"].set(A, Radius=3)
        world["bob"].ask(Promote(world["ann"].id))
        asked = Undo(mine=True)
    before, state = world.digest(), world.state
    with pytest.raises(error, match=text) as caught:
        world[who].ask(asked)  # type: ignore[arg-type]
    assert type(caught.value) is error
    assert world.state is state
    assert world.digest() == before


def test_every_refusal_of_the_core_is_tried() -> None:
    tried = {error for _, _, error, _ in REFUSALS}
    elsewhere = {
        "NotAllowedError",
        "VetoedError",
        "SessionFullError",
        "SessionLockedError",
        "WrongConnectIdError",
        "RemovedError",
        "ProposalOutdatedError",
        "ResumeFailedError",
        "UnknownBlobError",
        "BusyError",
        "TakenOverError",
        "UploadRefusedError",
    }
    hosts = {
        "UnknownSessionError",
        "MultiServerError",
        "ForeignProxyError",
        "PastError",
        "StateFileError",
        "UnknownRevisionError",
    }
    known = {cls.__name__ for cls in RefusedError.__subclasses__()}
    assert known == {cls.__name__ for cls in tried} | elsewhere | hosts
