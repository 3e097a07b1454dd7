"""A session's past, to look at: as it was at a revision, or happening once more.

Nobody changes anything there. Whoever comes looks around, follows, points and talks; what they say
is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collab_kernel.core.commands import (
    Action,
    AskQuery,
    Chat,
    Follow,
    Rename,
    RightRequest,
    SetColour,
    ShowPresence,
)
from collab_kernel.core.events import Change, Event, EventKind, Put
from collab_kernel.core.standing import only_looks
from collab_kernel.core.state import ChatRow, SessionRow, State, Table, TimeRow
from collab_kernel.core.values import SERVER, ParticipantId
from collab_kernel.errors import PastError, RefusedError

_WHO_MAY = (Table.POLICY, Table.DOOR, Table.MUTES)
"""Who may do what is of the present."""

_PEOPLE = (
    *_WHO_MAY,
    Table.SESSION,
    Table.PARTICIPANTS,
    Table.REQUESTS,
    Table.CHAT,
    Table.HISTORY,
    Table.PROPOSALS,
)
"""What is not made, but said, or about people."""

_OPEN = (Chat, Follow, Rename, SetColour, ShowPresence)
_STORE_BLOB = AskQuery("StoreBlob")


@dataclass(frozen=True, slots=True)
class PastPolicy:
    """Nobody steers; all may look, follow, point and talk. revision: of what is looked at; where
    it happens once more, the last one."""

    session: str
    revision: int

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        """Why `actor` may not do `action`; None: they may."""
        if isinstance(action, _OPEN) or (only_looks(action) and action != _STORE_BLOB):
            return None
        return self._error(state, actor)

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        """Nobody has the right, and nobody gets it."""
        return ()

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        raise self._error(state, actor)

    def _error(self, state: State, actor: ParticipantId) -> PastError:
        return PastError(state.name_of(actor), "change anything", self.session, self.revision)


# -- as it was -----------------------------------------------------------------------------


def as_it_was(state: State) -> State:
    """`state` to look at: with everybody who was in it, and nobody who steers or has locked it."""
    return _without(state, _WHO_MAY)


def without_people(state: State) -> State:
    """What is made in `state`, for others to see it happen from there on: no people, and not what
    they said."""
    bare = _without(state, _PEOPLE)
    row = state.session
    tables = bare.tables
    if row != SessionRow("", ""):
        rows = state.table(Table.SESSION).set((), SessionRow(row.name, row.catalogue))
        tables = tables.set(Table.SESSION, rows)
    if bare.time.playing:
        still = bare.table(Table.TIME).set((), TimeRow(bare.time.time))
        tables = tables.set(Table.TIME, still)
    return replace(bare, tables=tables, undo=None)


def _without(state: State, tables: tuple[Table, ...]) -> State:
    left = state.tables
    for table in tables:
        if table in left:
            left = left.delete(table)
    return replace(state, tables=left)


# -- once more -----------------------------------------------------------------------------


def once_more(event: Event, author: str, state: State) -> Event | None:
    """`event` as it happens once more in `state`, by the server and with its author's name in the
    label; None if it was only about people. What was said is said again, at that time."""
    changes = tuple(_changes(event, author, state))
    if not changes:
        return None
    label = f"{author}: {event.label}" if event.author != SERVER else event.label
    revision = state.revision + 1
    return Event(revision, SERVER, 0, EventKind.SYSTEM, label, 0, event.time_s, changes)


def _changes(event: Event, author: str, state: State) -> Iterator[Change]:
    for change in event.changes:
        if not isinstance(change, Put):
            yield change
        elif change.table == Table.CHAT and isinstance(change.after, ChatRow):
            row = replace(change.after, author=SERVER)
            yield Put(Table.CHAT, state.revision + 1, None, row)
        elif change.table == Table.TIME:
            yield from _time(change, state)
        elif change.table not in _PEOPLE:
            yield change


def _time(change: Put, state: State) -> Iterator[Put]:
    """Where the time went; playing is not played, since it would not stop in step."""
    after = TimeRow(change.after.time) if isinstance(change.after, TimeRow) else None
    before = state.table(Table.TIME).get(())
    if before != after:
        yield Put(Table.TIME, (), before, after)
