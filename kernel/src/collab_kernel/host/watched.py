"""The views that a client watches, and the pictures that come of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from collab_kernel.core.messages import FrameHead, FramePart, FrameShown, Watch
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import CollabError


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that came. head: what it is of."""

    serial: int
    head: FrameHead
    data: bytes = field(repr=False)


class Pictures(AsyncIterator[Picture]):
    """An asynchronous iterator over the pictures of a view: the newest, as fast as they are
    taken. It raises why there is none; `close` it, or leave its `async with` block."""

    def __init__(self, watch: Watch, send: Callable[[Watch | FrameShown], None]) -> None:
        self.watch = watch
        self._send = send
        self._parts: list[bytes] = []
        self._serial = 0
        self._come: deque[Picture | CollabError | None] = deque()
        self._news = asyncio.Event()
        self._ended = False

    def take(self, part: FramePart) -> None:
        """A part has come; parts of one picture come in order."""
        if self._ended:
            acknowledge(part, self._send)
            return
        if part.serial != self._serial:
            self._parts, self._serial = [], part.serial
        self._parts.append(part.data)
        if not part.last:
            return
        if part.head is not None:
            self._put(Picture(part.serial, part.head, b"".join(self._parts)))
        elif part.error is not None:
            self._put(part.error)
            self._ended = part.ended
            if part.ended:
                self._put(None)
        self._parts = []

    def _put(self, item: Picture | CollabError | None) -> None:
        self._come.append(item)
        self._news.set()

    def again(self) -> None:
        """Over another connection: what was on its way does not come."""
        self._parts = []
        if not self._ended:
            self._send(self.watch)

    def end(self, error: CollabError | None) -> None:
        """Nothing more comes, and why."""
        if not self._ended:
            self._ended = True
            if error is not None:
                self._put(error)
            self._put(None)

    async def __anext__(self) -> Picture:
        while not self._come:
            self._news.clear()
            await self._news.wait()
        item = self._come.popleft()
        if item is None:
            self._come.append(None)
            raise StopAsyncIteration
        if isinstance(item, CollabError):
            raise item
        if not self._ended:
            self._send(FrameShown(self.watch.view, item.serial))
        return item

    def close(self) -> None:
        """Watch no more."""
        if not self._ended:
            self.give_up()
            self._send(replace(self.watch, stop=True))

    def give_up(self) -> None:
        """What has come is not taken any more: say so, and end."""
        for item in self._come:
            if isinstance(item, Picture):
                self._send(FrameShown(self.watch.view, item.serial))
        self._come.clear()
        self.end(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def acknowledge(part: FramePart, send: Callable[[Watch | FrameShown], None]) -> None:
    """Say of a picture that nobody takes that others may come."""
    if part.last and part.head is not None:
        send(FrameShown(part.view, part.serial))


class Watched:
    """send: to the server, while the connection stands."""

    def __init__(self, send: Callable[[Watch | FrameShown], None]) -> None:
        self._send = send
        self._views: dict[ProxyId, Pictures] = {}

    def begin(self, watch: Watch) -> Pictures:
        """Watch a view; what was watched of it before ends."""
        before = self._views.get(watch.view)
        if before is not None:
            before.give_up()
        pictures = self._views[watch.view] = Pictures(watch, self._send)
        self._send(watch)
        return pictures

    def take(self, part: FramePart) -> None:
        """One that nobody waits for any more was on its way."""
        pictures = self._views.get(part.view)
        if pictures is not None:
            pictures.take(part)
        else:
            acknowledge(part, self._send)

    def again(self) -> None:
        """The connection stands again."""
        for pictures in self._views.values():
            pictures.again()

    def end(self, error: CollabError | None) -> None:
        """There is no connection any more."""
        for pictures in self._views.values():
            pictures.end(error)
