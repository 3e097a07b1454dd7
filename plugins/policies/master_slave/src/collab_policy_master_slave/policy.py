"""Who may do what when one participant has the master's right."""

from __future__ import annotations

from typing import assert_never

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
    Lock,
    Mute,
    ParticipantId,
    Pause,
    PlacePin,
    Play,
    Promote,
    Propose,
    Put,
    Redo,
    Remove,
    RemovePin,
    Rename,
    RequestRight,
    RightRequest,
    Role,
    SetColour,
    SetConnectId,
    SetHome,
    ShowPresence,
    State,
    Undo,
    WithdrawRequest,
    is_ones_own,
    only_looks,
    outranks,
)
from collab_policy_master_slave.right import Right, may_hold

_STEERING: dict[type, str] = {
    Edit: "change the pipeline",
    Undo: "undo",
    Redo: "redo",
    SetHome: "set the view that everybody starts from",
    GoTo: "go to another time",
    Play: "play",
    Pause: "pause",
}
"""Only the master's, whatever the role."""

_DIRECTING: dict[type, str] = {
    Promote: "hand over the master's right",
    DeclineRequest: "decline a request for the right",
    FollowEveryone: "let everyone follow somebody",
    BringEveryone: "bring everyone here",
    AcceptProposal: "accept a proposal",
    DeclineProposal: "decline what others propose",
    RemovePin: "remove the pins of others",
    Remove: "remove others",
    Lock: "lock the session",
    SetConnectId: "change the connect id",
    Mute: "mute others",
    CancelWork: "cancel what the renderer works at",
}
"""The master's, and an owner's always."""

_NEVER_VIEWERS: dict[type, str] = {
    RequestRight: "ask for the right",
    AskQuery: "ask that",
}
"""Anybody's but a viewer's."""

_OPEN = (Chat, Follow, PlacePin, Propose, Rename, SetColour, ShowPresence, WithdrawRequest)
"""Everybody's, beside the questions that only look. What is not listed in any of these is new,
and the master's alone until it is."""

_SAVE_DATA = AskQuery("SaveData")
_INVITE = AskQuery("Invite")


class MasterSlavePolicy:
    """One participant steers; all may look, talk and propose.

    The first participant has the master's right. When the master leaves, whoever of those here
    joined first gets it; when the master's connection breaks, only after `GRACE_S`, or at once
    if somebody asks for it, or joins and finds nobody here; in the last case the former master
    has it again on coming back within the grace.
    """

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        """Why `actor` may not do `action` now; None: they may."""
        name, role = state.name_of(actor), state.participant(actor).role
        if isinstance(action, _OPEN) or only_looks(action) or is_ones_own(state, actor, action):
            return None
        if isinstance(action, Remove) and outranks(state, action.participant, actor):
            whom = state.name_of(action.participant)
            return NotAllowedError(name, f"remove {whom}", "only an owner removes an owner")
        kind = type(action)
        if role is Role.VIEWER:
            return _refused_to_a_viewer(state, name, action)
        if kind in _NEVER_VIEWERS or state.master == actor:
            return None
        if role is Role.OWNER and kind in _DIRECTING:
            return None
        master = state.name_of(state.master) if state.master is not None else None
        return NotMasterError(name, _deed(kind), master)

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        """Let the right go on to somebody who may hold it, as time passes and people go."""
        return Right.of(state).settled(state, now_s).changes(state)

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        """Hand the right over, queue for it, or leave the queue. Raises RefusedError if who it
        shall go to can't hold it."""
        right = Right.of(state)
        match request:
            case Promote(participant):
                _check_can_hold(state, participant)
                right = right.handed_to(participant)
            case RequestRight():
                holder = state.participants.get(state.master or 0)
                if holder is None or not holder.connected:
                    right = right.handed_to(actor)
                elif state.master != actor:
                    right = right.requested_by(actor)
            case WithdrawRequest():
                right = right.without_request(actor)
            case DeclineRequest(participant):
                right = right.without_request(participant)
            case _:
                assert_never(request)
        return right.changes(state)


def _refused_to_a_viewer(state: State, name: str, action: Action) -> RefusedError:
    if action == _SAVE_DATA:
        return NotAllowedError(name, "save data", "viewers look; they take nothing away")
    if action == _INVITE:
        return NotAllowedError(name, "invite others", "viewers look; ask whoever let you in")
    why = f"viewers look; they never steer: {state.name_of(state.master)} does"
    return NotAllowedError(name, _deed(type(action)), why)


def _deed(kind: type) -> str:
    """What somebody wants who wants an action of this kind."""
    return (_STEERING | _DIRECTING | _NEVER_VIEWERS).get(kind, "do that")


def _check_can_hold(state: State, participant: ParticipantId) -> None:
    row = state.participant(participant)
    if not row.connected:
        raise UnknownParticipantError(f"{row.name} is not here now")
    if not may_hold(state, participant):
        raise NotAllowedError(row.name, "steer", "viewers look; they never steer")
