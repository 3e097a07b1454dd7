"""What happened: an event is one accepted command, and changes are all it does.

All consequences of a command are worked out in `decide` and written down here, so that
`evolve` knows none of them, and the inverse of an event is its changes turned round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TypeAlias, TypeGuard

from immutables import Map

from collab_kernel.core.state import Key, Row, Table
from collab_kernel.core.values import ParticipantId, ProxyId, Value, size_bytes


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
    TIME = 9
    PROPOSAL = 10
    PIN = 11


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


def change_bytes(change: Change) -> int:
    """About how much a change takes: its values, and something for the rest."""
    if not isinstance(change, SetValue):
        return 100
    return 100 + sum(size_bytes(v) for v in (change.before, change.after) if v is not None)


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """What undoing (or redoing) one entry of the history takes: its changes, one a spot."""

    entry: int
    """Key of its row in the history: the revision of its first event."""
    author: ParticipantId
    undo_set: int
    merged: Map[Spot, Change] = field(default_factory=Map)
    size_bytes: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """What it does, in an order that is the same everywhere."""
        changes = (c for c in self.merged.values() if c.before != c.after)
        return tuple(sorted(changes, key=lambda c: (spot(c)[0], repr(spot(c)[1]))))

    def with_changes(self, changes: Iterable[Change]) -> UndoEntry:
        """Grown by what came after: it costs what is new, however much there is already."""
        merged, size = self.merged, self.size_bytes
        for change in changes:
            first = merged.get(spot(change))
            grown = replace(change, before=first.before) if first else change
            merged = merged.set(spot(change), grown)
            size += change_bytes(change)
        return replace(self, merged=merged, size_bytes=size)


@dataclass(frozen=True, slots=True)
class UndoLog:
    """The undoable past, oldest first, and what was undone of it, latest last."""

    done: tuple[UndoEntry, ...] = ()
    undone: tuple[UndoEntry, ...] = ()
