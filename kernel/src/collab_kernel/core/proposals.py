"""Change sets that wait for whoever steers: made by anyone, carried out or declined by them.

The ids that a proposal creates are set aside when it is made, so that accepting it later
creates just those. It is decided afresh and whole then, and its author is its author.
"""

from __future__ import annotations

from collab_kernel.core.commands import (
    AcceptProposal,
    Create,
    DeclineProposal,
    Edit,
    Operation,
    Propose,
    Set,
)
from collab_kernel.core.draft import Draft
from collab_kernel.core.events import Change, Put, SetValue, spot
from collab_kernel.core.people import clean_text
from collab_kernel.core.state import ProposalRow, State, Table
from collab_kernel.core.undo import UNDOABLE, last_change_of, what
from collab_kernel.core.values import ParticipantId, size_bytes
from collab_kernel.errors import (
    InvalidCommandError,
    ProposalOutdatedError,
    UnknownProposalError,
)

MAX_PROPOSALS = 100
MAX_OF_ONE_AUTHOR = 10
MAX_TEXT_CHARACTERS = 1_000
MAX_PROPOSAL_BYTES = 64 * 1024
MAX_PROPOSAL_WORK = 20_000
"""About as many microseconds: whoever proposes has no right to take more of others' time."""

MAX_SHOWN = 3
"""Changed values that the text of a refusal names."""


def check_room(state: State, actor: ParticipantId, operations: tuple[Operation, ...]) -> None:
    """Whether one more proposal fits, before anybody spends time on what it would do.

    Raises InvalidCommandError.
    """
    rows = state.table(Table.PROPOSALS)
    if sum(row.author == actor for row in rows.values()) >= MAX_OF_ONE_AUTHOR:
        raise InvalidCommandError(
            f"{MAX_OF_ONE_AUTHOR} proposals of yours wait already: withdraw one first"
        )
    if len(rows) >= MAX_PROPOSALS and _of_who_has_left(state) is None:
        raise InvalidCommandError(f"{MAX_PROPOSALS} proposals wait already: no more fit")
    _check_size(sum(map(_operation_bytes, operations)))


def _of_who_has_left(state: State) -> int | None:
    """The oldest proposal whose author is not in the session any more."""
    left = (
        number
        for number, row in state.table(Table.PROPOSALS).items()
        if row.author not in state.participants
    )
    return min(left, default=None)


def _check_size(size: int) -> None:
    if size > MAX_PROPOSAL_BYTES:
        raise InvalidCommandError(
            f"the proposal takes {size} bytes: at most {MAX_PROPOSAL_BYTES}; split it up"
        )


def propose(
    draft: Draft,
    actor: ParticipantId,
    command: Propose,
    would_change: tuple[Change, ...],
    revision: int,
    now_s: float,
) -> None:
    """Put a change set on the table. would_change: what it would do now.

    What somebody proposed who has left makes room where there is none.
    """
    state = draft.state
    if not would_change:
        raise InvalidCommandError("the proposal would change nothing")
    text = clean_text(command.text, MAX_TEXT_CHARACTERS, "text of a proposal", keep="\n")
    if len(state.table(Table.PROPOSALS)) >= MAX_PROPOSALS:
        draft.put(Table.PROPOSALS, _of_who_has_left(state), None)
    replaced = [c for c in would_change if _replaces(state, c)]
    replaces = tuple(sorted(replaced, key=lambda c: isinstance(c, Put)))  # as it is written
    _check_size(sum(map(_operation_bytes, command.operations)) + sum(map(_change_bytes, replaces)))
    for change in would_change:
        if isinstance(change, Put) and (change.table, change.key) == (Table.COUNTERS, actor):
            draft.put(Table.COUNTERS, actor, change.after)
    row = ProposalRow(actor, state.name_of(actor), text, now_s, command.operations, replaces)
    draft.put(Table.PROPOSALS, revision, row)


def _replaces(state: State, change: Change) -> bool:
    """Whether a change takes the place of something that is there and that undo knows."""
    if isinstance(change, SetValue):
        return change.proxy in state.proxies
    return change.table in UNDOABLE and change.before is not None


def _operation_bytes(operation: Operation) -> int:
    values = operation.values if isinstance(operation, Create | Set) else ()
    return 200 + sum(len(name) + size_bytes(value) for name, value in values)


def _change_bytes(change: Change) -> int:
    if isinstance(change, Put):
        return 500
    return 50 + sum(size_bytes(v) for v in (change.before, change.after) if v is not None)


def proposal(state: State, number: int) -> ProposalRow:
    """Raises UnknownProposalError."""
    row: ProposalRow | None = state.table(Table.PROPOSALS).get(number)
    if row is None:
        raise UnknownProposalError(
            f"there is no proposal {number}: it was accepted, declined or withdrawn"
        )
    return row


def accepted(state: State, command: AcceptProposal) -> tuple[ProposalRow, Edit]:
    """The proposal and the edit to carry out. Raises UnknownProposalError, or
    ProposalOutdatedError that says what was changed since."""
    row = proposal(state, command.proposal)
    if not command.anyway:
        changed = [c for c in row.replaces if not still(state, c)]
        if changed:
            lines = [_changed_since(state, change) for change in changed[:MAX_SHOWN]]
            more = f" and {len(changed) - MAX_SHOWN} more" if len(changed) > MAX_SHOWN else ""
            raise ProposalOutdatedError(
                f"since {row.author_name} proposed this, {', '.join(lines)}{more}: "
                "accept it anyway, or decline it"
            )
    return row, Edit(row.operations)


def still(state: State, change: Change) -> bool:
    """Whether what `change` replaces is there as its author saw it."""
    table, key = spot(change)
    return bool(state.table(table).get(key) == change.before)


def _changed_since(state: State, change: Change) -> str:
    return f"{what(state, change)} was changed{last_change_of(state, change)}"


def decline(draft: Draft, command: DeclineProposal) -> None:
    proposal(draft.state, command.proposal)
    draft.put(Table.PROPOSALS, command.proposal, None)
