"""Who only asks: nobody hears of them, and they may ask what they could if they had joined."""

from __future__ import annotations

from collab_kernel.core import people
from collab_kernel.core.draft import Draft
from collab_kernel.core.state import State
from collab_kernel.core.stimuli import Join
from collab_kernel.core.values import ParticipantId


def as_if_joined(state: State, join: Join, seats: int, now_s: float) -> tuple[State, ParticipantId]:
    """`state` as it would be, and who they would be in it. Where seats are for one, it has to be
    free; of several, whoever only asks takes none. Raises RefusedError as joining does."""
    draft = Draft(state)
    room = seats if seats == 1 else len(state.present) + 1
    id = people.join(draft, join.name, join.role, join.front_end, join.transport, room, now_s)
    return draft.state, id
