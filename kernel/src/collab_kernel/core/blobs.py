"""Which contents of large values a session still needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collab_kernel.core.commands import Create, NamedValues, Operation, Set
from collab_kernel.core.events import Change, SetValue
from collab_kernel.core.state import ProposalRow, Row, State, Table
from collab_kernel.core.values import Value


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


def in_state(state: State) -> set[Value]:
    """The large values that the state, its undo log or a proposal names. Takes as long as the
    state is large; nothing changes in a state, so it can be called in a thread."""
    found: set[Value] = set()
    for table in (Table.VALUES, Table.PROPOSALS):
        for row in state.table(table).values():
            found.update(_of_row(table, row))
    if state.undo is not None:
        for entry in (*state.undo.done, *state.undo.undone):
            for change in entry.merged.values():
                if isinstance(change, SetValue):
                    found.update(large([change.before, change.after]))
    return found


def _of_row(table: int, row: Row) -> Iterator[Value]:
    if table == Table.VALUES:
        yield from large([row])
    elif table == Table.PROPOSALS and isinstance(row, ProposalRow):
        for operation in row.operations:
            yield from large(value for _, value in _values(operation))
        for change in row.replaces:
            yield from large([change.before, change.after])


def _values(operation: Operation) -> NamedValues:
    return operation.values if isinstance(operation, Create | Set) else ()
