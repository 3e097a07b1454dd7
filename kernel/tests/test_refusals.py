"""Each refusal is typed, says why and what is allowed, and leaves all as it was."""

from collections.abc import Callable, Iterator

import pytest

from collab_kernel.core.commands import (
    Chat,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Follow,
    FollowEveryone,
    Promote,
    Redo,
    Register,
    Rename,
    Set,
    SetHome,
    Undo,
)
from collab_kernel.core.edit import MAX_OPERATIONS
from collab_kernel.core.state import FollowTarget
from collab_kernel.core.values import COUNTER_BITS, Input, Value, guess
from collab_kernel.errors import (
    CollabError,
    FollowCycleError,
    InputCycleError,
    InvalidCommandError,
    InvalidValueError,
    NameTakenError,
    NothingToUndoError,
    NotMasterError,
    ProxyInUseError,
    RefusedError,
    UndoConflictError,
    UnknownParticipantError,
    UnknownPropertyError,
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
    elsewhere = {"NotAllowedError", "VetoedError", "SessionFullError"}
    hosts = {"SessionLockedError", "UnknownSessionError", "MultiServerError", "ForeignProxyError"}
    known = {cls.__name__ for cls in RefusedError.__subclasses__()}
    assert known == {cls.__name__ for cls in tried} | elsewhere | hosts
