"""What waits to be stepped, taken in turns: whoever floods waits behind itself."""

from __future__ import annotations

import asyncio
from collections import deque

from collab_kernel.core.stimuli import Stimulus
from collab_kernel.core.values import SERVER, ParticipantId

MAX_WAITING = 200
"""Stimuli of one participant: above this, no more is read from it."""


class Inbox:
    """Stimuli by their source, each source's in order."""

    def __init__(self) -> None:
        self._queues: dict[ParticipantId, deque[Stimulus]] = {}
        self._taken = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._queues)

    def put(self, stimulus: Stimulus, source: ParticipantId = SERVER) -> None:
        self._queues.setdefault(source, deque()).append(stimulus)

    def take(self, most: int) -> list[Stimulus]:
        """Up to `most`: one of each source, then one more of each, and so on."""
        batch: list[Stimulus] = []
        while self._queues and len(batch) < most:
            source = next(iter(self._queues))
            queue = self._queues.pop(source)
            batch.append(queue.popleft())
            if queue:
                self._queues[source] = queue  # behind the others now
        self._taken.set()
        return batch

    async def room(self, source: ParticipantId) -> None:
        """Return when little of `source` waits."""
        while len(self._queues.get(source, ())) > MAX_WAITING:
            self._taken.clear()
            await self._taken.wait()
