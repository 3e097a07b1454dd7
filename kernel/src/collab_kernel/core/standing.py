"""How whoever acts stands to what the action is about: what one policy asks as much as another."""

from __future__ import annotations

from collab_kernel.core.commands import Action, AskQuery, DeclineProposal, RemovePin
from collab_kernel.core.state import PinRow, ProposalRow, Role, State, Table
from collab_kernel.core.values import ParticipantId

_LOOKING = frozenset(
    {
        "RenderImage",
        "UpdatePipeline",
        "FitCamera",
        "FetchData",
        "FetchRows",
        "Pick",
        "SelectOn",
        "DescribeType",
        "FetchBlob",
        "DescribeScene",
        "FetchGeometry",
        "StoreBlob",  # no question on the wire: who proposes uploads what is proposed
        "ListFiles",
        "ReadLog",
        "ServerStatus",
    }
)


def is_ones_own(state: State, actor: ParticipantId, action: Action) -> bool:
    """Whether it takes back something that the actor has made: a pin or a proposal."""
    if isinstance(action, RemovePin):
        pin = state.table(Table.PINS).get(action.pin)
        return isinstance(pin, PinRow) and pin.author == actor
    if isinstance(action, DeclineProposal):
        proposal = state.table(Table.PROPOSALS).get(action.proposal)
        return isinstance(proposal, ProposalRow) and proposal.author == actor
    return False


def only_looks(action: Action) -> bool:
    """Whether it is a question that changes nothing and leaves nothing behind. One that is new
    some day is none of these until it is named here."""
    return isinstance(action, AskQuery) and action.kind in _LOOKING


def outranks(state: State, participant: ParticipantId, actor: ParticipantId) -> bool:
    """Whether `participant` owns the session and `actor` does not; false of somebody unknown."""
    row = state.participants.get(participant)
    owns = row is not None and row.role is Role.OWNER
    return owns and state.participant(actor).role is not Role.OWNER
