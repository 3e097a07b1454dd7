"""Sessions that show the past: hosted as any other, but they go on from what a store has, and write
nothing there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from collab_kernel.core.blobs import brought
from collab_kernel.core.events import Event
from collab_kernel.core.messages import LookingBack
from collab_kernel.core.past import PastPolicy, as_it_was, once_more, without_people
from collab_kernel.core.queries import LogEntry
from collab_kernel.core.state import State
from collab_kernel.core.stimuli import Again
from collab_kernel.core.values import SERVER
from collab_kernel.host.journal import Heard, Journal
from collab_kernel.host.session import HostedSession
from collab_kernel.host.stored_log import StoredLog

LONGEST_WAIT_S = 10.0


class Past:
    """A session as it was at `revision`; or, where `until` is above 0, as it happens once more
    from there on to that revision: see `Replay`."""

    def __init__(self, log: StoredLog, revision: int, until: int = 0) -> None:
        self.log = log
        self.revision = revision
        self.until = until
        self.watched = asyncio.Event()
        """Whether somebody has come to look."""

    @property
    def name(self) -> str:
        return self.log.session.name

    @property
    def policy(self) -> PastPolicy:
        return PastPolicy(self.name, self.until or self.revision)

    def journal(self) -> Journal:
        return _PastJournal(self)

    def committed(self, event: Event, state: State) -> None:
        """To be told of every event in the hosted session: nothing of it lasts."""
        if state.present:
            self.watched.set()

    def state(self) -> State:
        """What it begins with. Raises UnknownRevisionError or StoreError."""
        state = self.log.state(self.revision)
        return without_people(state) if self.until else as_it_was(state)

    def told(self) -> LookingBack:
        """What everybody is told of it who comes. Raises StoreError."""
        forgotten = self.revision <= self.log.session.forgotten
        last = None if forgotten else next(self.log.told(self.revision - 1, self.revision), None)
        if last is None:
            return LookingBack(self.revision, self.until)
        _, entry = last
        return LookingBack(self.revision, self.until, entry.author_name, entry.time_s)


class _PastJournal(Journal):
    """Begins with a state of the past, and lets nothing last."""

    def __init__(self, past: Past) -> None:
        super().__init__(past.name, None)
        self._past = past

    async def open(self, heard: Heard | None = None) -> State:
        return await asyncio.to_thread(self._past.state)

    async def blob(self, sha256: bytes) -> bytes:
        return await asyncio.to_thread(self._past.log.content, sha256)


class Pace:
    """When the events of a log are due: as they came, `speed` times as fast, and no pause longer
    than `longest_wait_s` (0: of any length)."""

    def __init__(self, speed: float = 1.0, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._speed = speed
        self._longest_wait_s = longest_wait_s
        self._last_s: float | None = None

    def wait_s(self, event: Event) -> float:
        """How long after the one before this one comes; the first at once."""
        last_s, self._last_s = self._last_s, event.time_s
        if last_s is None:
            return 0.0
        wait_s = max(0.0, event.time_s - last_s) / self._speed
        return min(wait_s, self._longest_wait_s) if self._longest_wait_s else wait_s


class Replay:
    """Lets a log happen once more in a hosted session, for who is there to watch."""

    def __init__(self, past: Past, pace: Pace) -> None:
        self._past = past
        self._pace = pace

    async def run(self, session: HostedSession, told: Callable[[LogEntry], None]) -> None:
        """Begin once somebody is there; return behind the last event. told: of each that can be
        seen. Raises StoreError."""
        await self._past.watched.wait()
        told_log = self._past.log.told(self._past.revision, self._past.until)
        while (found := await asyncio.to_thread(next, told_log, None)) is not None:
            event, entry = found
            if once_more(event, entry.author_name, session.state) is None:
                continue
            await asyncio.sleep(self._pace.wait_s(event))
            for value in brought(event.changes):
                assert value.blob is not None
                data = await asyncio.to_thread(self._past.log.content, value.blob.sha256)
                await session.blobs.keep(SERVER, value.blob.sha256, data)
            session.put(Again(event, entry.author_name))
            await session.turn(SERVER)
            told(entry)
