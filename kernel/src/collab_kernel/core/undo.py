"""The session's history: linear, everybody's, with author, label and time on each entry.

An entry is the recorded changes of its events, merged. Undo turns them round and applies them
as a new event: no domain is asked again, no consequence worked out again, and the log never
rewinds. Where that would overwrite somebody's later work it is refused instead.
"""

from __future__ import annotations

from dataclasses import replace

from collab_kernel.core.definitions import Scope
from collab_kernel.core.events import (
    Change,
    Event,
    EventKind,
    Put,
    SetValue,
    UndoEntry,
    UndoLog,
    inverse,
    is_deletion,
    spot,
)
from collab_kernel.core.evolve import apply
from collab_kernel.core.links import missing, tied
from collab_kernel.core.state import HistoryRow, State, Table
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import InvariantError, NothingToUndoError, UndoConflictError

MAX_ENTRIES = 100

MAX_GROWN_BYTES = 4 * 1024 * 1024
"""Where an entry stops growing, so that undoing it still is one event."""

UNDOABLE = frozenset(
    {
        Table.PROXIES,
        Table.NAMES,
        Table.VALUES,
        Table.LINKS,
        Table.SELECTIONS,
        Table.ANNOTATIONS,
    }
)
"""What undo takes back. Ids stay spent and definitions known; people are nobody's to undo."""


def _undoable(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    return tuple(c for c in changes if spot(c)[0] in UNDOABLE)


# -- what decide writes down ---------------------------------------------------------------


def entry_changes(state: State, event: Event, author_name: str) -> tuple[Put, ...]:
    """The rows of the history that an edit brings: a new entry, or the last one grown; what
    was undone can't be redone any more, and the oldest falls off."""
    log = state.undo or UndoLog()
    rows = state.table(Table.HISTORY)
    dropped = [Put(Table.HISTORY, e.entry, rows.get(e.entry), None) for e in log.undone]
    if _grows(log, event):
        key = log.done[-1].entry
        before = rows[key]
        grown = replace(before, time_s=event.time_s, last_revision=event.revision)
        return (*dropped, Put(Table.HISTORY, key, before, grown))
    if len(log.done) >= MAX_ENTRIES:
        oldest = log.done[0].entry
        dropped.append(Put(Table.HISTORY, oldest, rows.get(oldest), None))
    row = HistoryRow(
        event.author, author_name, event.label, event.time_s, event.undo_set, event.revision
    )
    return (*dropped, Put(Table.HISTORY, event.revision, None, row))


def _grows(log: UndoLog, event: Event) -> bool:
    """Neighbouring events of one author and undo set are one entry."""
    return bool(
        event.undo_set
        and log.done
        and not log.undone
        and log.done[-1].size_bytes < MAX_GROWN_BYTES
        and (log.done[-1].author, log.done[-1].undo_set) == (event.author, event.undo_set)
    )


def undo(
    state: State, actor: ParticipantId, mine: bool, revision: int
) -> tuple[UndoEntry, tuple[Change, ...]]:
    """The entry to take back, and the changes that do it.

    Raises NothingToUndoError, and UndoConflictError naming who changed what since.
    """
    done = (state.undo or UndoLog()).done
    found = next((e for e in reversed(done) if not mine or e.author == actor), None)
    if found is None:
        raise NothingToUndoError("you have nothing to undo" if mine else "there is nothing to undo")
    return found, _turn(state, found, inverse(found.changes), "undone", revision)


def redo(state: State, revision: int) -> tuple[UndoEntry, tuple[Change, ...]]:
    """The entry that was undone last, and the changes that do it again. Raises as `undo`."""
    undone = (state.undo or UndoLog()).undone
    if not undone:
        raise NothingToUndoError("there is nothing to redo")
    found = undone[-1]
    return found, _turn(state, found, found.changes, "redone", revision)


def _turn(
    state: State, entry: UndoEntry, changes: tuple[Change, ...], verb: str, revision: int
) -> tuple[Change, ...]:
    row = state.table(Table.HISTORY)[entry.entry]
    changes = tuple(_at_home(state, change) for change in changes)
    for change in changes:
        if state.table(spot(change)[0]).get(spot(change)[1]) != change.before:
            raise UndoConflictError(
                f"{row.label!r} by {row.author_name} can't be {verb}: "
                f"{what(state, change)} was changed since"
                f"{last_change_of(state, change, entry.entry)}"
            )
    after = apply(state, changes)
    for change in changes:
        _check_nothing_dangles(state, after, change, row.label, verb)
    mark = replace(row, undone_at=revision if verb == "undone" else 0)
    return (*changes, Put(Table.HISTORY, entry.entry, row, mark))


def _at_home(state: State, change: Change) -> Change:
    """Home values are nobody's to undo, so whatever they are now is no conflict."""
    if isinstance(change, SetValue) and change.proxy in state.proxies:
        definition = state.definition(change.proxy)
        if definition.has(change.property):
            property = definition.property(change.property)
            if property.scope is Scope.OWN:
                return replace(change, before=state.value(change.proxy, change.property))
    return change


def what(state: State, change: Change) -> str:
    if isinstance(change, SetValue):
        return f"{change.property} of {state.title(change.proxy)}"
    match change.table:
        case Table.PROXIES:
            return state.title(change.key)
        case Table.LINKS:
            return f"the link {change.key!r}"
        case Table.ANNOTATIONS:
            return f"the annotation {change.key[1]!r} of {state.title(change.key[0])}"
        case Table.SELECTIONS:
            return f"the selection on {state.title(change.key[0])}"
        case _:
            return f"the name {change.key[-1]!r}"


def last_change_of(state: State, change: Change, after: int = 0) -> str:
    """Who changed the spot of `change` last, for texts: of the entries after `after` that the
    history still has."""
    for later in reversed((state.undo or UndoLog()).done):
        if later.entry > after and spot(change) in later.merged:
            row = state.table(Table.HISTORY)[later.entry]
            return f", by {row.author_name} at revision {row.last_revision} ({row.label})"
    return ", by something that the history does not hold"


def _check_nothing_dangles(
    state: State, after: State, change: Change, label: str, verb: str
) -> None:
    """Whatever is named must be there, whatever is gone must not be named, and a sub-proxy
    must be named by its owner."""
    problem = ""
    if isinstance(change, SetValue) and (stray := _stray(after, change)) is not None:
        problem = f"nothing would use {after.title(stray)} any more"
    if isinstance(change, SetValue) and change.after is not None:
        if any(r not in after.proxies for r in change.after.references):
            problem = f"{change.property} of {after.title(change.proxy)} would name a deleted proxy"
        elif any(after.is_upstream(change.proxy, r) for r in change.after.references):
            problem = f"{after.title(change.proxy)} would depend on itself"
    elif is_deletion(change) and (users := after.users_of(change.key)):
        names = ", ".join(after.title(user) for user, _ in users[:3])
        problem = f"{state.title(change.key)} is used by {names}"
    elif is_deletion(change) and (tie := tied(after, change.key)):
        problem = f"{state.title(change.key)} is used by {tie}"
    elif isinstance(change, Put) and (lost := missing(after, change)):
        problem = f"{what(state, change)} would name a deleted proxy, {lost}"
    if problem:
        raise UndoConflictError(f"{label!r} can't be {verb}: {problem}")


def _stray(after: State, change: SetValue) -> ProxyId | None:
    """A sub-proxy of the changed proxy that it would name no more."""
    for id in change.before.references if change.before else ():
        row = after.proxies.get(id)
        owned = row is not None and row.owner == change.proxy
        if owned and all(user != change.proxy for user, _ in after.users_of(id)):
            return id
    return None


# -- what the server remembers -------------------------------------------------------------


def remember(state: State, event: Event) -> State:
    """`state` (after `event`) with what a later undo needs. The server's only: mirrors keep
    the rows of the history without the changes."""
    log = state.undo or UndoLog()
    match event.kind:
        case EventKind.EDIT:
            changes = _undoable(event.changes)
            if not changes:
                return state
            if _grows(log, event):
                log = UndoLog((*log.done[:-1], log.done[-1].with_changes(changes)))
            else:
                new = UndoEntry(event.revision, event.author, event.undo_set)
                log = UndoLog((*_without_fallen(log, event), new.with_changes(changes)))
        case EventKind.UNDO:
            key = _marked(event)
            entry = next((e for e in log.done if e.entry == key), None)
            if entry is None:
                raise InvariantError(f"undo event {event.revision} undoes what nobody did")
            left = tuple(e for e in log.done if e.entry != key)
            log = UndoLog(left, (*log.undone, entry))
        case EventKind.REDO:
            if not log.undone:
                raise InvariantError(f"redo event {event.revision} redoes what nobody undid")
            entry = log.undone[-1]
            done = tuple(sorted((*log.done, entry), key=lambda e: e.entry))
            log = UndoLog(done, log.undone[:-1])
        case _:
            return state
    return replace(state, undo=log)


def _without_fallen(log: UndoLog, event: Event) -> tuple[UndoEntry, ...]:
    """The entries that are left: the event says which fell off."""
    fallen = {
        c.key
        for c in event.changes
        if isinstance(c, Put) and c.table == Table.HISTORY and c.after is None
    }
    if log.done and fallen == {log.done[0].entry}:
        return log.done[1:]
    return tuple(e for e in log.done if e.entry not in fallen) if fallen else log.done


def _marked(event: Event) -> int:
    """The key of the entry that an undo event marks as undone."""
    for change in event.changes:
        if isinstance(change, Put) and change.table == Table.HISTORY and change.after is not None:
            return int(change.key)
    raise InvariantError(f"undo event {event.revision} marks no entry")


def is_entry(changes: tuple[Change, ...]) -> bool:
    """Whether these changes make an entry in the history."""
    return bool(_undoable(changes))
