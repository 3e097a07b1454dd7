"""The fold: state and event make the next state. Total and generic: it puts what the event says.

Mirrors, the renderer and a store's replay all use it, so that equal logs are equal states.
"""

from __future__ import annotations

from collections.abc import Iterable

from immutables import Map

from collab_kernel.core.events import Change, Event, spot
from collab_kernel.core.state import _EMPTY, _NO_USERS, Key, Row, State, Table
from collab_kernel.core.values import ProxyId, Value


def evolve(state: State, event: Event) -> State:
    """`state` after `event`."""
    after = apply(state, event.changes)
    tables = after.tables
    if event.request and event.author in after.participants:
        tables = _put(tables, Table.REQUESTS, event.author, event.request)
    return State(event.revision, tables, after.users, state.undo)


def apply(state: State, changes: Iterable[Change]) -> State:
    """`state` with `changes` made, at the same revision."""
    tables, users = state.tables, state.users
    for change in changes:
        table, key = spot(change)
        if table == Table.VALUES:
            before = tables.get(table, _EMPTY).get(key)
            users = _reindex(users, key, before, change.after)
        tables = _put(tables, table, key, change.after)
    return State(state.revision, tables, users, state.undo)


def _put(
    tables: Map[int, Map[Key, Row]], table: int, key: Key, row: Row | None
) -> Map[int, Map[Key, Row]]:
    rows = tables.get(table, _EMPTY)
    if row is not None:
        return tables.set(table, rows.set(key, row))
    return tables.set(table, rows.delete(key)) if key in rows else tables


def _reindex(
    users: Map[ProxyId, Map[tuple[ProxyId, str], None]],
    user: tuple[ProxyId, str],
    before: Value | None,
    after: Value | None,
) -> Map[ProxyId, Map[tuple[ProxyId, str], None]]:
    """Keep `State.users` in step with one value."""
    old = set(before.references) if before else set()
    new = set(after.references) if after else set()
    for gone in old - new:
        left = users.get(gone, _NO_USERS)
        left = left.delete(user) if user in left else left
        users = users.set(gone, left) if left else users.delete(gone)
    for fresh in new - old:
        users = users.set(fresh, users.get(fresh, _NO_USERS).set(user, None))
    return users
