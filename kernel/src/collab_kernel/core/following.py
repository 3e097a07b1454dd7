"""Whose view a participant sees. Nobody copies cameras: everyone resolves the same rows.

A link is chosen by hand, or comes by default (the master) or from the master (everyone -> X).
Only links chosen by hand can be refused for closing a circle; any other link that lies on a
circle is inert while it does. So the links in force never form one.
"""

from __future__ import annotations

from collab_kernel.core.state import FOLLOW_MASTER, FollowTarget, State
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import FollowCycleError, UnknownParticipantError


def _link(state: State, participant: ParticipantId) -> ParticipantId | None:
    """Whom the participant's row names, in force or not; never itself."""
    row = state.participants.get(participant)
    if row is None:
        return None
    match row.following.kind:
        case FollowTarget.Kind.NOBODY:
            named = None
        case FollowTarget.Kind.MASTER:
            named = state.master
        case FollowTarget.Kind.PARTICIPANT:
            named = row.following.participant
    return named if named in state.participants and named != participant else None


def followed(state: State, participant: ParticipantId) -> ParticipantId | None:
    """Whom `participant` follows now; None: nobody."""
    target = _link(state, participant)
    if target is None or state.participants[participant].following.chosen:
        return target
    seen: set[ParticipantId] = set()
    walker: ParticipantId | None = target
    while walker is not None and walker not in seen:
        if walker == participant:
            return None  # inert: this link lies on a circle and was not chosen
        seen.add(walker)
        walker = _link(state, walker)
    return target


def chain(state: State, participant: ParticipantId) -> tuple[ParticipantId, ...]:
    """The participant, whom it follows, whom that one follows, and so on to the last."""
    links = [participant]
    while (target := followed(state, links[-1])) is not None and target not in links:
        links.append(target)
    return tuple(links)


def leader(state: State, participant: ParticipantId) -> ParticipantId:
    """Whose own values `participant` sees: the last in the chain."""
    return chain(state, participant)[-1]


def check_choice(state: State, participant: ParticipantId, target: FollowTarget) -> None:
    """Raises UnknownParticipantError, or FollowCycleError for a circle of hand-made links."""
    if target.kind is not FollowTarget.Kind.PARTICIPANT:
        return
    row = state.participant(target.participant)
    if target.participant == participant or not row.connected:
        raise UnknownParticipantError(
            "nobody can follow themselves: follow(None) lets you look around on your own"
            if target.participant == participant
            else f"{row.name} is not here now"
        )
    walker = target.participant
    while True:
        following = state.participant(walker).following
        if not (following.chosen and following.kind is FollowTarget.Kind.PARTICIPANT):
            return
        walker = following.participant
        if walker not in state.participants:
            return
        if walker == participant:
            raise FollowCycleError(
                f"{row.name} follows you already, directly or through others: "
                "one of you has to lead"
            )


def without(state: State, gone: ParticipantId) -> dict[ParticipantId, FollowTarget]:
    """The new targets of those who follow `gone`: the master."""
    return {
        id: FOLLOW_MASTER
        for id, row in state.participants.items()
        if row.following.kind is FollowTarget.Kind.PARTICIPANT and row.following.participant == gone
    }
