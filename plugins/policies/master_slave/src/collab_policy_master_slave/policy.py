"""Who may do what when one participant has the master's right."""

from __future__ import annotations

from collab_kernel.errors import (
    NotAllowedError,
    NotMasterError,
    RefusedError,
    UnknownParticipantError,
)
from collab_kernel.spi import (
    Action,
    Edit,
    FollowEveryone,
    ParticipantId,
    PolicyRow,
    Promote,
    Put,
    Redo,
    Role,
    SetHome,
    State,
    Table,
    Undo,
)

GRACE_S = 10.0
"""How long a master whose connection broke keeps the right."""

_MASTER = "master"

_STEERING: dict[type, str] = {
    Edit: "change the pipeline",
    Undo: "undo",
    Redo: "redo",
    SetHome: "set the view that everybody starts from",
}
"""Only the master's, whatever the role."""

_DIRECTING: dict[type, str] = {
    Promote: "hand over the master's right",
    FollowEveryone: "let everyone follow somebody",
}
"""The master's, and an owner's always."""


class MasterSlavePolicy:
    """One participant steers; everything else is open to all.

    The right is the row "master" of the policy table. The first participant gets it. When the
    master leaves, the one who has been here longest gets it; when the master's connection
    breaks, only after `GRACE_S`, or at once if somebody joins and finds nobody connected.
    """

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        """Why `actor` may not do `action` now; None: they may."""
        name = state.name_of(actor)
        role = state.participant(actor).role
        if type(action) in _STEERING:
            what = _STEERING[type(action)]
        elif type(action) in _DIRECTING and role is not Role.OWNER:
            what = _DIRECTING[type(action)]
        else:
            return None
        if role is Role.VIEWER:
            return NotAllowedError(name, what, "viewers look; they never steer")
        if state.master == actor:
            return None
        master = state.name_of(state.master) if state.master is not None else None
        return NotMasterError(name, what, master)

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        """Give the right to the longest-present participant that may hold it, when its holder
        is gone, or lost for longer than the grace, or lost while nobody else was here."""
        holder = state.participants.get(state.master) if state.master is not None else None
        if holder is not None and holder.role is Role.VIEWER:
            holder = None  # named by another policy, under which the session was stored
        eligible = [id for id in state.present if self._may_hold(state, id)]
        if holder is not None and holder.connected:
            return ()
        if holder is not None and not eligible:
            return ()  # nobody to take over: it waits where it is
        if holder is not None and now_s - holder.lost_at_s <= GRACE_S:
            found_nobody = all(
                state.participant(id).joined_at_s > holder.lost_at_s for id in state.present
            )
            if not found_nobody:
                return ()
        return self._hand_over(state, eligible[0] if eligible else None)

    def on_request(self, state: State, actor: ParticipantId, request: Promote) -> tuple[Put, ...]:
        """Hand the right to whom the master names. Raises RefusedError if they can't hold it."""
        row = state.participant(request.participant)
        if not row.connected:
            raise UnknownParticipantError(f"{row.name} is not here now")
        if not self._may_hold(state, request.participant):
            raise NotAllowedError(row.name, "steer", "viewers look; they never steer")
        return self._hand_over(state, request.participant)

    def _may_hold(self, state: State, participant: ParticipantId) -> bool:
        return state.participant(participant).role is not Role.VIEWER

    def _hand_over(self, state: State, to: ParticipantId | None) -> tuple[Put, ...]:
        before = state.table(Table.POLICY).get(_MASTER)
        after = PolicyRow((to,)) if to is not None else None
        return () if before == after else (Put(Table.POLICY, _MASTER, before, after),)
