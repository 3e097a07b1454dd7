"""What a policy is asked about: one action of every kind, and some that make no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

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
    FollowTarget,
    GoTo,
    Lock,
    Mute,
    ParticipantId,
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
    SetColour,
    SetConnectId,
    SetHome,
    ShowPresence,
    State,
    Table,
    Undo,
    WithdrawRequest,
)

STRANGER: ParticipantId = 4_711

STEERING: tuple[Action, ...] = (
    Edit(()),
    Undo(),
    Undo(mine=True),
    Redo(),
    SetHome(1, ()),
    GoTo(1.0),
    Play((0.0, 1.0)),
    Pause(),
    Promote(1),
    RequestRight(),
    DeclineRequest(1),
    AcceptProposal(1),
    FollowEveryone(1),
    BringEveryone(1),
    Remove(1),
    Lock(),
    Lock(False),
    SetConnectId("secret"),
    Mute(0, chat=True),
    Mute(1, pointers=True),
    AskQuery("SaveData"),
    AskQuery("Invite"),
)
"""What no viewer may ever do."""


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """A command that is not there yet."""


UNKNOWN: tuple[Action, ...] = (cast(Action, Tomorrow()), AskQuery("a question of tomorrow"))
"""What no policy has been told of."""

ACTIONS: tuple[Action, ...] = (
    *STEERING,
    Promote(STRANGER),
    DeclineRequest(STRANGER),
    FollowEveryone(STRANGER),
    Remove(STRANGER),
    Mute(STRANGER),
    WithdrawRequest(),
    CancelWork(),
    Propose(()),
    DeclineProposal(1),
    PlacePin("here", (0.0, 0.0, 0.0), 1),
    RemovePin(1),
    Chat("hello"),
    Rename("Ada"),
    SetColour("#4e79a7"),
    Follow(FollowTarget(FollowTarget.Kind.NOBODY)),
    ShowPresence(1, ("CameraPosition",)),
    ShowPresence(0),
    AskQuery("RenderImage"),
    AskQuery("a question of tomorrow"),
)
"""One of every kind, and some that make no sense."""


def actions_at(state: State) -> tuple[Action, ...]:
    """All of `ACTIONS`, and some about what is there."""
    pins, proposals = state.table(Table.PINS), state.table(Table.PROPOSALS)
    return (
        *ACTIONS,
        *(RemovePin(pin) for pin in sorted(pins)[-2:]),
        *(DeclineProposal(proposal) for proposal in sorted(proposals)[-2:]),
    )
