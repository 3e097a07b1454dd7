"""Which contents of large values a session still needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collab_kernel.core.commands import Create, NamedValues, Operation, Set
from collab_kernel.core.events import Change, SetValue
from collab_kernel.core.state import ProposalRow, Row, State, Table
from collab_kernel.core.values import SERVER, ParticipantId, Value


def large(values: Iterable[Value | None]) -> Iterator[Value]:
    """Those that have their content elsewhere."""
    return (value for value in values if value is not None and value.blob is not None)


def brought(changes: Iterable[Change]) -> Iterator[Value]:
    """The large values that are in state after `changes` because of them."""
    for change in changes:
        if isinstance(change, SetValue):
            yield from large([change.after])
        elif change.table == Table.PROPOSALS and change.after is not None:
            yield from _of_row(change.table, change.after)


def named_by(changes: Iterable[Change]) -> Iterator[tuple[bytes, ParticipantId]]:
    """The contents that are in state after `changes` because of them, each with whose it is:
    SERVER where a value names it, or else the author's of the proposal."""
    for change in changes:
        if isinstance(change, SetValue):
            yield from _hashes(large([change.after]), SERVER)
        elif change.table == Table.PROPOSALS and isinstance(change.after, ProposalRow):
            yield from _hashes(_of_row(change.table, change.after), change.after.author)


def _hashes(values: Iterable[Value], whose: ParticipantId) -> Iterator[tuple[bytes, ParticipantId]]:
    return ((v.blob.sha256, whose) for v in values if v.blob is not None)


def needed(state: State) -> dict[bytes, ParticipantId]:
    """The contents that the state names, each with whose it is, as `named_by` says; SERVER where
    the undo log names it too. Takes as long as `in_state`."""
    found: dict[bytes, ParticipantId] = {}
    for row in state.table(Table.PROPOSALS).values():
        for sha256, author in _hashes(_of_row(Table.PROPOSALS, row), row.author):
            found.setdefault(sha256, author)
    return found | dict(_hashes(_held(state), SERVER))


def in_state(state: State) -> set[Value]:
    """The large values that the state, its undo log or a proposal names. Takes as long as the
    state is large; nothing changes in a state, so it can be called in a thread."""
    found = _held(state)
    for row in state.table(Table.PROPOSALS).values():
        found.update(_of_row(Table.PROPOSALS, row))
    return found


def _held(state: State) -> set[Value]:
    """Those that a property has, or had, as far as can be undone."""
    found = set(large(state.table(Table.VALUES).values()))
    if state.undo is not None:
        for entry in (*state.undo.done, *state.undo.undone):
            for change in entry.merged.values():
                if isinstance(change, SetValue):
                    found.update(large([change.before, change.after]))
    return found


def _of_row(table: int, row: Row) -> Iterator[Value]:
    if table == Table.PROPOSALS and isinstance(row, ProposalRow):
        for operation in row.operations:
            yield from large(value for _, value in _values(operation))
        for change in row.replaces:
            if isinstance(change, SetValue):
                yield from large([change.before, change.after])


def _values(operation: Operation) -> NamedValues:
    return operation.values if isinstance(operation, Create | Set) else ()
