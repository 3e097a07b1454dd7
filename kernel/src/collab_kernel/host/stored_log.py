"""A session of a store, read from outside: also while a server writes it, and changing nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.core.queries import LogEntry
from collab_kernel.core.state import State
from collab_kernel.core.undo import remember
from collab_kernel.errors import (
    CollabError,
    StoreError,
    UnknownRevisionError,
    UnknownSessionError,
)
from collab_kernel.host.logbook import Logbook
from collab_kernel.spi import Store, StoredSession
from collab_kernel.wire.rows import decode_event
from collab_kernel.wire.stored import decode_snapshot

P = ParamSpec("P")
T = TypeVar("T")

UNFINISHED = "\x1f"
"""What the name of a session begins with as long as it is being made: no name that may be chosen
does."""

AT_ONCE = 250
"""Events that are read in one go, so that a long log never lies in memory whole."""


def called(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A store's answer. Whatever it raises is a StoreError."""
    try:
        return call(*args, **kwargs)
    except StoreError:
        raise
    except Exception as error:
        raise StoreError(f"the store failed: {type(error).__name__}: {error}") from error


def sessions_of(store: Store) -> list[StoredSession]:
    """The sessions that there are, without what is being made, or was by somebody who was killed
    over it. Raises StoreError."""
    return [s for s in called(store.sessions) if not s.name.startswith(UNFINISHED)]


def stored_session(store: Store, name: str) -> StoredSession:
    """What the store knows of a session; of its first one, unless it is named.

    Raises UnknownSessionError that says which there are.
    """
    found = sessions_of(store)
    if not name and found:
        return next((s for s in found if not s.archived), found[0])
    for session in found:
        if session.name == name:
            return session
    there = ", ".join(repr(s.name) for s in found)
    raise UnknownSessionError(
        f"the store has no session {name!r}; it has {there}"
        if found and name
        else "the store has no session: `collab serve --store` and `collab sessions new` make one"
    )


class StoredLog:
    """Every call blocks. session: as it was when this was made; what comes later is not read.

    Raises UnknownSessionError.
    """

    def __init__(self, store: Store, name: str = "") -> None:
        self._store = store
        self.session = stored_session(store, name)

    def check(self, revision: int) -> None:
        """Raises UnknownRevisionError unless it can be shown how things were at `revision`."""
        first, last = self.session.forgotten or 1, self.session.revision
        if not last:
            raise UnknownRevisionError(f"nothing has happened in session {self.session.name!r} yet")
        if not first <= revision <= last:
            why = f" (what came before {first} is forgotten)" if first > 1 else ""
            raise UnknownRevisionError(
                f"session {self.session.name!r} has no revision {revision}: it has {first} to "
                f"{last}{why}"
            )

    def events(self, after: int = 0, until: int | None = None) -> Iterator[tuple[Event, bytes]]:
        """The events behind revision `after`, or the first that is not forgotten, up to `until`,
        each with its bytes. Raises StoreError for what can't be read."""
        revision = max(after, self.session.forgotten)
        last = self.session.revision if until is None else min(until, self.session.revision)
        name, at_once = self.session.name, AT_ONCE
        while revision < last:
            most = min(at_once, last - revision)
            try:
                found = called(self._store.read, name, revision, most)
            except StoreError:
                if most == 1:
                    raise
                at_once = 1  # what comes before the damage can still be read
                continue
            if not found:
                raise StoreError(f"the log of session {name!r} ends behind event {revision}")
            for data in found[:most]:
                yield self._decoded(data, revision + 1), data
                revision += 1

    def told(self, after: int = 0, until: int | None = None) -> Iterator[tuple[Event, LogEntry]]:
        """As `events`, each with what people read of it. Raises StoreError."""
        first = max(after, self.session.forgotten)
        state, book = self.state(first), Logbook(kept=1)
        for event, _ in self.events(first, until):
            book.add(event, state)
            [entry] = book.newest(event.revision - 1, 1).entries
            yield event, entry

    def _decoded(self, data: bytes, revision: int) -> Event:
        try:
            event = decode_event(data)
            if event.revision != revision:
                raise StoreError(f"event {event.revision} is there")
        except CollabError as error:  # a log is untrusted input too
            raise self._unreadable(revision - 1, error) from error
        return event

    def _unreadable(self, behind: int, error: CollabError) -> StoreError:
        return StoreError(
            f"the log of session {self.session.name!r} can't be read behind event {behind}: {error}"
        )

    def state(self, at: int) -> State:
        """The state at a revision, with what undo needs; nothing at 0.

        Raises UnknownRevisionError, or StoreError for what can't be read.
        """
        if at:
            self.check(at)
        state = self._nearest(at)
        for event, _ in self.events(state.revision, at):
            try:
                state = remember(evolve(state, event), event)
            except CollabError as error:
                raise self._unreadable(state.revision, error) from error
        return state

    def _nearest(self, at: int) -> State:
        """The state of the last snapshot up to `at`."""
        found = called(self._store.load_snapshot, self.session.name, at)
        if found is None:
            return State()
        try:
            state = decode_snapshot(found[1])
        except CollabError as error:
            raise StoreError(
                f"the snapshot of session {self.session.name!r} at revision {found[0]} can't be "
                f"used: {error}"
            ) from error
        if state.revision != found[0]:
            raise StoreError(f"the snapshot of revision {found[0]} is of {state.revision}")
        return state

    def content(self, sha256: bytes) -> bytes:
        """What a large value consists of. Raises StoreError if it is not there."""
        data = called(self._store.load_blob, self.session.name, sha256)
        if data is None:
            raise StoreError(
                f"session {self.session.name!r} names the content {sha256.hex():.12}..., and the "
                "store does not have it"
            )
        return data
