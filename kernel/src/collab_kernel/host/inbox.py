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

    def next(self) -> Stimulus | Mark:
        """What is next, of what waits: one of each source, then one more of each, and so on."""
        source = next(iter(self._queues))
        queue = self._queues.pop(source)
        if len(queue) > 1:
            self._queues[source] = queue  # behind the others now
        self._taken.set()
        return queue.popleft()

    async def room(self, source: ParticipantId) -> None:
        """Return when little of `source` waits."""
        while len(self._queues.get(source, ())) > MAX_WAITING:
            self._taken.clear()
            await self._taken.wait()

    def waits(self, source: ParticipantId) -> bool:
        """Whether anything of `source` waits."""
        return source in self._queues
