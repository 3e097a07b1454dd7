"""What waits to be stepped, taken in turns: whoever floods waits behind itself."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias

from collab_kernel.core.stimuli import Stimulus
from collab_kernel.core.values import SERVER, ParticipantId

MAX_WAITING = 200
"""Stimuli of one participant: above this, no more is read from it."""

Mark: TypeAlias = "asyncio.Future[None]"
"""Done once everything before it was stepped."""


class Inbox:
    """Stimuli by their source, each source's in order."""

    def __init__(self) -> None:
        self._queues: dict[ParticipantId, deque[Stimulus | Mark]] = {}
        self._taken = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._queues)

    def put(self, item: Stimulus | Mark, source: ParticipantId = SERVER) -> None:
        self._queues.setdefault(source, deque()).append(item)

    def take(self, most: int) -> tuple[list[Stimulus], list[Mark]]:
        """Up to `most` stimuli: one of each source, then one more of each, and so on; and the
        marks that were passed."""
        batch: list[Stimulus] = []
        marks: list[Mark] = []
        while self._queues and len(batch) < most:
            source = next(iter(self._queues))
            queue = self._queues.pop(source)
            item = queue.popleft()
            if isinstance(item, asyncio.Future):
                marks.append(item)
            else:
                batch.append(item)
            if queue:
                self._queues[source] = queue  # behind the others now
        self._taken.set()
        return batch, marks

    async def room(self, source: ParticipantId) -> None:
        """Return when little of `source` waits."""
        while len(self._queues.get(source, ())) > MAX_WAITING:
            self._taken.clear()
            await self._taken.wait()

    def waits(self, source: ParticipantId) -> bool:
        """Whether anything of `source` waits."""
        return source in self._queues
