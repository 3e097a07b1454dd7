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
from collab_kernel.core.events import Change, Put, SetValue
from collab_kernel.core.people import clean_text
from collab_kernel.core.state import ProposalRow, State, Table
from collab_kernel.core.undo import last_change_of
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
MAX_SHOWN = 3
"""Changed values that the text of a refusal names."""


def propose(
    draft: Draft,
    actor: ParticipantId,
    command: Propose,
    would_change: tuple[Change, ...],
    revision: int,
    now_s: float,
) -> None:
    """Put a change set on the table. would_change: what it would do now."""
    state = draft.state
    if not would_change:
        raise InvalidCommandError("the proposal would change nothing")
    text = clean_text(command.text, MAX_TEXT_CHARACTERS, "text of a proposal", keep="\n")
    rows = state.table(Table.PROPOSALS)
    if sum(row.author == actor for row in rows.values()) >= MAX_OF_ONE_AUTHOR:
        raise InvalidCommandError(
            f"{MAX_OF_ONE_AUTHOR} proposals of yours wait already: withdraw one first"
        )
    if len(rows) >= MAX_PROPOSALS:
        raise InvalidCommandError(f"{MAX_PROPOSALS} proposals wait already: no more fit")
    replaces = tuple(
        change
        for change in would_change
        if isinstance(change, SetValue) and change.proxy in state.proxies
    )
    size = sum(map(_operation_bytes, command.operations)) + sum(map(_change_bytes, replaces))
    if size > MAX_PROPOSAL_BYTES:
        raise InvalidCommandError(
            f"the proposal takes {size} bytes: at most {MAX_PROPOSAL_BYTES}; split it up"
        )
    for change in would_change:
        if isinstance(change, Put) and (change.table, change.key) == (Table.COUNTERS, actor):
            draft.put(Table.COUNTERS, actor, change.after)
    row = ProposalRow(actor, state.name_of(actor), text, now_s, command.operations, replaces)
    draft.put(Table.PROPOSALS, revision, row)


def _operation_bytes(operation: Operation) -> int:
    values = operation.values if isinstance(operation, Create | Set) else ()
    return 200 + sum(len(name) + size_bytes(value) for name, value in values)


def _change_bytes(change: SetValue) -> int:
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
        changed = [c for c in row.replaces if state.value(c.proxy, c.property) != c.before]
        if changed:
            lines = [_changed_since(state, change) for change in changed[:MAX_SHOWN]]
            more = f" and {len(changed) - MAX_SHOWN} more" if len(changed) > MAX_SHOWN else ""
            raise ProposalOutdatedError(
                f"since {row.author_name} proposed this, {', '.join(lines)}{more}: "
                "accept it anyway, or decline it"
            )
    return row, Edit(row.operations)


def _changed_since(state: State, change: SetValue) -> str:
    what = f"{change.property} of {state.title(change.proxy)} was changed"
    return what + last_change_of(state, change)


def take_away(number: int, row: ProposalRow) -> Put:
    """The change that takes a proposal off the table."""
    return Put(Table.PROPOSALS, number, row, None)


def decline(draft: Draft, command: DeclineProposal) -> None:
    proposal(draft.state, command.proposal)
    draft.put(Table.PROPOSALS, command.proposal, None)
