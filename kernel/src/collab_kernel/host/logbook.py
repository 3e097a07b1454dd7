"""Who did what, when: the events of late without their changes, for people to read."""

from __future__ import annotations

from collections import deque
from itertools import takewhile

from collab_kernel.core.events import Event, Put
from collab_kernel.core.queries import MAX_LOG_ENTRIES, Log, LogEntry
from collab_kernel.core.state import HistoryRow, Key, ParticipantRow, State, Table

KEPT = 10_000
"""Entries, some 200 bytes each."""


class Logbook:
    """The newest events of a session."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=kept)
        self._names: dict[Key, str] = {}
        """Of whoever is in the session as of the newest entry."""

    def add(self, event: Event, state: State) -> None:
        """Note an event. state: after it, or soon after it."""
        author = event.author
        people = [c for c in event.changes if isinstance(c, Put) and c.table == Table.PARTICIPANTS]
        for put in people:
            if isinstance(put.after, ParticipantRow):
                self._names[put.key] = put.after.name
        name = self._names.get(author) or _noted(event) or state.name_of(author)
        self._entries.append(
            LogEntry(event.revision, author, name, event.kind, event.label, event.time_s)
        )
        for put in people:
            if put.after is None:
                self._names.pop(put.key, None)

    def newest(self, after_revision: int, most: int) -> Log:
        """The newest entries after a revision: at most `most`, and at most 1,000."""
        most = max(1, min(most or MAX_LOG_ENTRIES, MAX_LOG_ENTRIES))
        later = takewhile(lambda e: e.revision > after_revision, reversed(self._entries))
        found = [entry for entry, _ in zip(later, range(most + 1), strict=False)]
        first = self._entries[0].revision if self._entries else 1
        complete = len(found) <= most and first <= after_revision + 1
        return Log(tuple(reversed(found[:most])), complete)


def _noted(event: Event) -> str:
    """The author's name as the event itself keeps it: also of somebody who has left, and whose
    proposal was accepted. "": it doesn't."""
    for change in event.changes:
        row = change.after
        if isinstance(row, HistoryRow) and row.author == event.author:
            return row.author_name
    return ""
