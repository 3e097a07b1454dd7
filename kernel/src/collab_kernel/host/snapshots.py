"""What keeps opening a session as quick as its state is large, however long its log is: snapshots
every now and then, and what of the log is kept for replaying it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from collab_kernel.core.blobs import needed
from collab_kernel.core.state import State
from collab_kernel.spi import Store
from collab_kernel.wire.rows import decode_event
from collab_kernel.wire.stored import decode_snapshot, snapshot_parts

T = TypeVar("T")

EVERY_EVENTS = 1_000
"""A snapshot is due after so many events at the earliest, and once these take as many bytes as the
last one: then opening reads twice the state at most, and writing snapshots costs no more than
writing events."""

PAUSE_S = 0.001
"""Between two parts of a snapshot that is encoded: the steps of the session go first."""


@dataclass(frozen=True, slots=True)
class History:
    """How much of the log is kept for replaying it: so many events, or those of so long. None: all
    of it. What a snapshot still needs stays in any case, so it is rather more than this."""

    events: int | None = None
    age_s: float | None = None


FOR_EVER = History()


class Called(Protocol):
    """Calls the store in its thread."""

    def __call__(self, call: Callable[..., T], *args: object) -> Awaitable[T]: ...


class Snapshots:
    """Of one session. size_bytes: of the newest one."""

    def __init__(
        self,
        session: str,
        store: Store,
        epoch: int,
        called: Called,
        history: History,
        size_bytes: int,
    ) -> None:
        self._session = session
        self._store = store
        self._epoch = epoch
        self._called = called
        self._history = history
        self._size_bytes = size_bytes
        self._events = 0
        self._events_bytes = 0

    def happened(self, events: int, size_bytes: int) -> None:
        """Count what came since the last snapshot."""
        self._events += events
        self._events_bytes += size_bytes

    @property
    def due(self) -> bool:
        return self._events >= EVERY_EVENTS and self._events_bytes >= self._size_bytes

    async def save(
        self,
        state: State,
        uses: Mapping[bytes, int],
        letting_go: Callable[[Sequence[bytes]], AbstractContextManager[None]],
    ) -> None:
        """Save a snapshot of `state`, and take away what is not kept any more. Raises StoreError.

        uses: by content, the newest event that names it.  letting_go: these contents go within
        the block, or stay if it fails.
        """
        self._events, self._events_bytes = 0, 0  # if it fails, it is tried again after as many
        data = await asyncio.to_thread(_encoded, state)
        self._size_bytes = len(data)
        await self._called(
            self._store.save_snapshot, self._session, self._epoch, state.revision, data
        )
        revisions = await self._called(self._store.snapshots, self._session)
        through = await self._through(revisions, state.revision)
        dropped = [r for r in revisions if r not in kept_of(revisions, through)]
        blobs = await self._unused(through, uses) if through else []
        if dropped or through:
            with letting_go(blobs):
                await self._called(
                    self._store.forget, self._session, self._epoch, through, dropped, blobs
                )

    async def _through(self, revisions: Sequence[int], newest: int) -> int:
        """Up to which of the snapshots nobody wants the events; 0: they are all wanted."""
        events, age_s = self._history.events, self._history.age_s
        if events is None and age_s is None:
            return 0
        for revision in sorted(revisions, reverse=True):
            if events is not None and revision > newest - events:
                continue
            if age_s is not None and not await self._is_older(revision, age_s):
                continue
            return revision
        return 0

    async def _is_older(self, revision: int, age_s: float) -> bool:
        """Whether whatever came up to `revision` is older than `age_s`."""
        following = await self._called(self._store.read, self._session, revision, 1)
        return bool(following) and decode_event(following[0]).time_s < time.time() - age_s

    async def _unused(self, through: int, uses: Mapping[bytes, int]) -> list[bytes]:
        """The contents that are needed by neither the state at `through` nor any event behind."""
        if all(revision > through for revision in uses.values()):
            return []
        found = await self._called(self._store.load_snapshot, self._session, through)
        if found is None or found[0] != through:
            return []
        there = await asyncio.to_thread(lambda: needed(decode_snapshot(found[1])))
        return [s for s, revision in uses.items() if revision <= through and s not in there]


def kept_of(revisions: Sequence[int], through: int) -> set[int]:
    """The snapshots to keep: the newest two, the one that the log begins behind, and of the others
    the fewer the older they are, so that there are some dozens at most."""
    rising = sorted(revision for revision in revisions if revision >= through)
    kept = set(rising[-2:]) | {through} & set(rising)
    newest = rising[-1] if rising else 0
    last = None
    for revision in rising:
        if last is None or revision - last >= (newest - revision) // 4:
            kept.add(revision)
            last = revision
    return kept


def _encoded(state: State) -> bytes:
    def unhurried(parts: Iterable[bytes]) -> Iterable[bytes]:
        for part in parts:
            yield part
            time.sleep(PAUSE_S)

    return b"".join(unhurried(snapshot_parts(state)))
