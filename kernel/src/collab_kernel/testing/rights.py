"""Who may do what under the master/slave policy: the design's table, said a second time, so that
the policy can't err alone."""

from __future__ import annotations

from collab_kernel.core.commands import (
    AcceptProposal,
    BringEveryone,
    CancelWork,
    Chat,
    Command,
    DeclineProposal,
    DeclineRequest,
    Edit,
    FollowEveryone,
    GoTo,
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
    RequestRight,
    SetConnectId,
    SetHome,
    Undo,
)
from collab_kernel.core.state import MuteRow, Role, State, Table
from collab_kernel.core.values import SERVER, ParticipantId

GRACE_S = 10.0
"""How long a lost master keeps the right."""

STEERING = (Edit, Undo, Redo, SetHome, GoTo, Play, Pause)
DIRECTING = (
    Promote,
    DeclineRequest,
    FollowEveryone,
    BringEveryone,
    AcceptProposal,
    DeclineProposal,
    RemovePin,
    Remove,
    Lock,
    SetConnectId,
    Mute,
    CancelWork,
)
SAYING = (Chat, PlacePin, Propose)


def entitled(state: State, actor: ParticipantId, command: Command, look_only: bool) -> bool:
    """Whether the master/slave table lets `actor` ask for this."""
    role = state.participant(actor).role
    directs = state.master == actor or role is Role.OWNER
    if role is Role.VIEWER:
        directs = False
    match command:
        case RemovePin(number):
            own = state.table(Table.PINS).get(number)
        case DeclineProposal(number):
            own = state.table(Table.PROPOSALS).get(number)
        case _:
            own = None
    if own is not None and own.author == actor:
        return True
    if isinstance(command, Remove):
        row = state.participants.get(command.participant)
        if row is not None and row.role is Role.OWNER and role is not Role.OWNER:
            return False
    if isinstance(command, STEERING):
        return state.master == actor and role is not Role.VIEWER
    if isinstance(command, DIRECTING):
        return directs
    if isinstance(command, Chat) and not directs and any(m.chat for m in _mutes(state, actor)):
        return False
    if role is Role.VIEWER:
        return not isinstance(command, RequestRight) and not (
            look_only and isinstance(command, SAYING)
        )
    return True


def pointing(state: State, actor: ParticipantId, look_only: bool) -> bool:
    """Whether others may see what `actor` points at."""
    role = state.participant(actor).role
    if look_only and role is Role.VIEWER:
        return False
    directs = role is Role.OWNER or (state.master == actor and role is not Role.VIEWER)
    return directs or not any(mute.pointers for mute in _mutes(state, actor))


def _mutes(state: State, actor: ParticipantId) -> list[MuteRow]:
    """Those that are about `actor`."""
    rows = state.table(Table.MUTES)
    return [rows[key] for key in (SERVER, actor) if key in rows]
