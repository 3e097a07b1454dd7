"""Who may do what when everyone works at once."""

from __future__ import annotations

from collab_kernel.errors import NotAllowedError, RefusedError
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
    Table,
    Undo,
    WithdrawRequest,
    is_ones_own,
    only_looks,
    outranks,
)

_WORKING: dict[type, str] = {
    Edit: "change the pipeline",
    Undo: "undo",
    Redo: "redo",
    SetHome: "set the view that everybody starts from",
    GoTo: "go to another time",
    Play: "play",
    Pause: "pause",
    AcceptProposal: "accept a proposal",
    DeclineProposal: "decline what others propose",
    RemovePin: "remove the pins of others",
    CancelWork: "cancel what the renderer works at",
}
"""Everybody's but a viewer's."""

_DIRECTING: dict[type, str] = {
    FollowEveryone: "let everyone follow somebody",
    BringEveryone: "bring everyone here",
    Remove: "remove others",
    Lock: "lock the session",
    SetConnectId: "change the connect id",
    Mute: "mute others",
}
"""The owners'; where none is here, that of the collaborator who joined first."""

_ABOUT_THE_RIGHT: dict[type, str] = {
    Promote: "hand over the right",
    RequestRight: "ask for the right",
    WithdrawRequest: "take a request for the right back",
    DeclineRequest: "decline a request for the right",
}
"""Nobody's: there is no such right."""

_OPEN = (Chat, Follow, PlacePin, Propose, Rename, SetColour, ShowPresence)
"""Everybody's, beside the questions that only look. What is not listed in any of these is new,
and no viewer's until it is."""

_SAVE_DATA = AskQuery("SaveData")
_INVITE = AskQuery("Invite")


class SharedPolicy:
    """Whoever is no viewer may change everything; there is no master.

    What is about the people (locking, removing, muting, moving everyone's view) is directed, by
    the owners. Where no owner is here, the collaborator directs who joined first, so there is
    always somebody who can unlock a session in which somebody works.
    """

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        """Why `actor` may not do `action` now; None: they may."""
        row, kind = state.participant(actor), type(action)
        if kind in _ABOUT_THE_RIGHT:
            why = "here nobody has it alone: everyone but viewers may edit"
            return NotAllowedError(row.name, _ABOUT_THE_RIGHT[kind], why)
        if isinstance(action, _OPEN) or only_looks(action) or is_ones_own(state, actor, action):
            return None
        if row.role is Role.VIEWER:
            return _refused_to_a_viewer(row.name, action)
        if isinstance(action, Remove) and outranks(state, action.participant, actor):
            whom = state.name_of(action.participant)
            return NotAllowedError(row.name, f"remove {whom}", "only an owner removes an owner")
        what, leading = _DIRECTING.get(kind), directors(state)
        if what is None or actor in leading:
            return None
        names = " or ".join(map(state.name_of, leading)) or "an owner"
        return NotAllowedError(row.name, what, f"ask {names}, who directs here")

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        """Take out what another policy has left in a stored session: this one needs no rows."""
        rows = state.table(Table.POLICY)
        return tuple(Put(Table.POLICY, key, rows[key], None) for key in sorted(rows))

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        """Never called: `permits` permits no such request."""
        return ()


def directors(state: State) -> tuple[ParticipantId, ...]:
    """Who directs now: the owners who are here, or else who of the collaborators joined first."""
    here = [(id, state.participant(id).role) for id in state.present]
    owners = tuple(id for id, role in here if role is Role.OWNER)
    return owners or tuple(id for id, role in here if role is Role.COLLABORATOR)[:1]


def _refused_to_a_viewer(name: str, action: Action) -> RefusedError:
    if action == _SAVE_DATA:
        return NotAllowedError(name, "save data", "viewers look; they take nothing away")
    if action == _INVITE:
        return NotAllowedError(name, "invite others", "viewers look; ask whoever let you in")
    what = (_WORKING | _DIRECTING).get(type(action), "do that")
    return NotAllowedError(name, what, "viewers look; they never steer")
