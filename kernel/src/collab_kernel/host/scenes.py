"""What was drawn for one is not worked out for another: scenes and their contents, remembered.

Everybody who draws a view asks for the same scene and the same contents when something has changed.
The renderer is asked once; whoever comes while it works waits for that answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.scene import MAX_SCENE_BYTES, DescribeScene, FetchGeometry
from collab_kernel.core.values import ParticipantId

KEPT_BYTES = MAX_SCENE_BYTES
"""Contents of a session's that are kept, the ones longest unused going first."""

KEPT_SCENES = 16
"""Views, and sizes that they were asked for with."""

Put = Callable[[Query, ParticipantId], Awaitable[Answer]]


@dataclass(slots=True, eq=False)
class _Coming:
    """An answer that does not exist yet. waiting: how many want it."""

    answer: asyncio.Task[Answer]
    waiting: int = 0


class Scenes:
    """The answers to `DescribeScene` and `FetchGeometry` of one session.

    ask: puts a question to the renderer. Raises what that does.
    """

    def __init__(self, ask: Put) -> None:
        self._ask = ask
        self._changes = 0
        self._scenes: OrderedDict[DescribeScene, Answer] = OrderedDict()
        """As of now."""
        self._contents: OrderedDict[bytes, Answer] = OrderedDict()
        self._coming: dict[Hashable, _Coming] = {}

    @property
    def size_bytes(self) -> int:
        """Of the contents that are kept."""
        return sum(len(answer.data) for answer in self._contents.values())

    def changed(self) -> None:
        """The renderer gets something new: what is asked from now on has to show it."""
        self._changes += 1
        self._scenes.clear()

    def learned(self) -> None:
        """The renderer has executed something. What it answers after that shows it."""
        self._scenes.clear()

    async def scene(self, query: DescribeScene, by: ParticipantId) -> Answer:
        """At a state no older than now."""
        if (known := self._scenes.get(query)) is not None:
            return known
        changes = self._changes
        answer = await self._once((query, changes), query, by)
        if changes == self._changes:
            self._scenes[query] = answer
            self._scenes.move_to_end(query)
            while len(self._scenes) > KEPT_SCENES:
                self._scenes.popitem(last=False)
        return answer

    async def content(self, query: FetchGeometry, by: ParticipantId) -> Answer:
        if (known := self._contents.get(query.sha256)) is not None:
            self._contents.move_to_end(query.sha256)
            return known
        answer = await self._once(query, query, by)
        self._contents[query.sha256] = answer
        while self.size_bytes > KEPT_BYTES:
            self._contents.popitem(last=False)
        return answer

    async def _once(self, key: Hashable, query: Query, by: ParticipantId) -> Answer:
        """The answer to a question that others may ask, too: it is taken back when the last of
        them does not want it any more."""
        coming = self._coming.get(key)
        if coming is None:
            coming = _Coming(asyncio.ensure_future(self._ask(query, by)))
            self._coming[key] = coming
            coming.answer.add_done_callback(lambda _: self._came(key, coming))
        coming.waiting += 1
        try:
            return await asyncio.shield(coming.answer)
        finally:
            coming.waiting -= 1
            if not coming.waiting and not coming.answer.done():
                coming.answer.cancel()
                self._forget(key, coming)  # whoever asks from now on asks anew

    def _came(self, key: Hashable, coming: _Coming) -> None:
        self._forget(key, coming)
        if not coming.answer.cancelled():
            coming.answer.exception()  # whoever waited has it; that nobody did is no news

    def _forget(self, key: Hashable, coming: _Coming) -> None:
        if self._coming.get(key) is coming:
            del self._coming[key]

    async def close(self) -> None:
        """Nobody waits any more."""
        answers = [coming.answer for coming in self._coming.values()]
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)
