"""What a client listens to: everything from the moment of subscribing on, none missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from collab_kernel.errors import CollabError

T = TypeVar("T")


class Subscription(AsyncIterator[T], Generic[T]):
    """An asynchronous iterator over what is put in; `close` it, or let it end."""

    def __init__(self, closed: Callable[[Subscription[T]], None]) -> None:
        self._queue: asyncio.Queue[T | None] = asyncio.Queue()
        self._closed = closed
        self._error: CollabError | None = None

    def put(self, item: T) -> None:
        self._queue.put_nowait(item)

    def end(self, error: CollabError | None) -> None:
        """Nothing more comes; with an error, the iteration raises it after the last item."""
        self._error = error
        self._queue.put_nowait(None)

    def close(self) -> None:
        """Stop listening."""
        self._closed(self)
        self._queue.put_nowait(None)

    async def __anext__(self) -> T:
        item = await self._queue.get()
        if item is None:
            self._queue.put_nowait(None)
            if self._error is not None:
                raise self._error
            raise StopAsyncIteration
        return item
