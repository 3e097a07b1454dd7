"""What waits to be stepped, taken in turns: whoever floods waits behind itself."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TypeAlias

from collab_kernel.core.stimuli import Show, Stimulus
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId

MAX_WAITING = 200
"""Stimuli of one participant: above this, no more is read from it."""

Mark: TypeAlias = "asyncio.Future[None]"
"""Done once everything before it was stepped."""


class Inbox:
    """Stimuli by their source, each source's in order. Presence that still waits when newer
    presence of the same proxy comes goes with that, unless something was asked for in between,
    which may speak of what was shown before it: it delays nothing else."""

    def __init__(self) -> None:
        self._queues: dict[ParticipantId, deque[Stimulus | Mark]] = {}
        self._shows: dict[ParticipantId, dict[ProxyId, Show]] = {}
        """Those that wait with nothing but such behind them, by source and proxy."""
        self._taken = asyncio.Event()
        self.merged = 0
        """Presence that never was a stimulus of its own."""

    def __bool__(self) -> bool:
        return bool(self._queues)

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def put(self, item: Stimulus | Mark, source: ParticipantId = SERVER) -> None:
        queue = self._queues.setdefault(source, deque())
        if isinstance(item, Show):
            shows = self._shows.setdefault(source, {})
            waits = shows.get(item.proxy)
            if waits is not None:
                queue.remove(waits)
                values = dict(waits.values) | dict(item.values)
                item = replace(item, values=tuple(values.items()))
                self.merged += 1
            shows[item.proxy] = item
        else:
            self._shows.pop(source, None)
        queue.append(item)

    def next(self) -> Stimulus | Mark:
        """What is next, of what waits: one of each source, then one more of each, and so on."""
        source = next(iter(self._queues))
        queue = self._queues.pop(source)
        if len(queue) > 1:
            self._queues[source] = queue  # behind the others now
        self._taken.set()
        item = queue.popleft()
        shows = self._shows.get(source, {})
        if isinstance(item, Show) and shows.get(item.proxy) is item:
            del shows[item.proxy]
        if not queue:
            self._shows.pop(source, None)
        return item

    async def room(self, source: ParticipantId) -> None:
        """Return when little of `source` waits."""
        while len(self._queues.get(source, ())) > MAX_WAITING:
            self._taken.clear()
            await self._taken.wait()

    def waits(self, source: ParticipantId) -> bool:
        """Whether anything of `source` waits."""
        return source in self._queues
