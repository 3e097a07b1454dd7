"""What happened: an event is one accepted command, and changes are all it does.

All consequences of a command are worked out in `decide` and written down here, so that
`evolve` knows none of them, and the inverse of an event is its changes turned round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypeAlias, TypeGuard

from collab_kernel.core.state import Key, Row, Table
from collab_kernel.core.values import ParticipantId, ProxyId, Value


class EventKind(IntEnum):
    """What sort of command it was; numbers as on the wire."""

    EDIT = 1
    UNDO = 2
    REDO = 3
    PEOPLE = 4
    RIGHT = 5
    CHAT = 6
    HOME = 7
    SYSTEM = 8


@dataclass(frozen=True, slots=True)
class Put:
    """The row at `key` of `table` was `before` and is `after`; None is no row."""

    table: int
    key: Key
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class SetValue:
    """A property's value was `before` and is `after`; None is no value (no proxy)."""

    proxy: ProxyId
    property: str
    before: Value | None
    after: Value | None


Change: TypeAlias = Put | SetValue


@dataclass(frozen=True, slots=True)
class Event:
    """One accepted command. Seen by its author, it is the acknowledgement of `request`."""

    revision: int
    author: ParticipantId
    request: int
    kind: EventKind
    label: str
    undo_set: int
    time_s: float
    changes: tuple[Change, ...]


def is_deletion(change: Change) -> TypeGuard[Put]:
    """Whether the change takes a proxy out."""
    return isinstance(change, Put) and change.table == Table.PROXIES and change.after is None


def inverse(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes that take these back."""
    return tuple(
        Put(c.table, c.key, c.after, c.before)
        if isinstance(c, Put)
        else SetValue(c.proxy, c.property, c.after, c.before)
        for c in reversed(changes)
    )


Spot: TypeAlias = tuple[int, Key]
"""A table and a key in it."""


def spot(change: Change) -> Spot:
    """Where a change changes something."""
    if isinstance(change, SetValue):
        return Table.VALUES, (change.proxy, change.property)
    return change.table, change.key


def merge(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The same, with one change a spot; what ended as it began is left out."""
    merged: dict[Spot, Change] = {}
    for change in changes:
        first = merged.get(spot(change))
        merged[spot(change)] = replace(change, before=first.before) if first else change
    return tuple(c for c in merged.values() if c.before != c.after)


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """What undoing (or redoing) one entry of the history takes: its changes, merged."""

    entry: int
    """Key of its row in the history: the revision of its first event."""
    author: ParticipantId
    undo_set: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class UndoLog:
    """The undoable past, oldest first, and what was undone of it, latest last."""

    done: tuple[UndoEntry, ...] = ()
    undone: tuple[UndoEntry, ...] = ()
