"""One bidirectional stream, seen from either side.

Cancelling a read or a write of gRPC's ends the whole stream, so two tasks make them, with a small
buffer between each and whoever calls `send` and `receive`. A full buffer stops its task, and then
gRPC's flow control stops the peer.

A client ends its half of the stream and waits for the server's end; a server's end, the status, is
the end of both. What was sent before arrives before, on either side.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from collab_kernel.errors import ConnectionLostError
from collab_kernel.network import check_size

INBOX_BYTES, OUTBOX_BYTES = 1 << 20, 64 << 10
"""What may wait in a buffer before its writer waits too; any one message fits an empty buffer."""

GOODBYE_S = 2.0
# What an empty message counts in a buffer.
_MESSAGE_BYTES = 64


class Stream(Protocol):
    """What a call at the client and a context at the server have in common."""

    async def read(self) -> object: ...
    async def write(self, message: bytes, /) -> None: ...


class GrpcChannel:
    """peer: an address.  stream: what carries.

    done_writing: ends this half of the stream, where halves end separately.  release: called when
    all is over.
    """

    def __init__(
        self,
        peer: str,
        stream: Stream,
        *,
        done_writing: Callable[[], Awaitable[None]] | None = None,
        release: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.peer = peer
        self._stream, self._done_writing, self._release = stream, done_writing, release
        self._inbox, self._outbox = _Buffer(INBOX_BYTES), _Buffer(OUTBOX_BYTES)
        self._running = asyncio.create_task(self._run())

    async def send(self, data: bytes) -> None:
        check_size(data)
        if not await self._outbox.put(data):
            raise ConnectionLostError(f"the channel with {self.peer} is closed")

    async def receive(self) -> bytes | None:
        return await self._inbox.get()

    async def close(self) -> None:
        self._outbox.end()
        self._inbox.end(forget=True)
        # Who does not read within the deadline learns of the end when it does.
        await asyncio.wait([self._running], timeout=GOODBYE_S)
        self._running.cancel()
        await asyncio.wait([self._running])

    async def ended(self) -> None:
        """Return once nothing can be sent any more; when cancelled, let go of the stream."""
        try:
            await asyncio.wait([self._running])
        finally:
            self._running.cancel()

    # -- inside ----------------------------------------------------------------------------

    async def _run(self) -> None:
        reading, writing = (asyncio.create_task(task) for task in (self._read(), self._write()))
        try:
            await asyncio.wait([writing])
            if self._done_writing is not None:
                await asyncio.wait([reading])
        finally:
            self._outbox.end(forget=True)
            self._inbox.end()
            reading.cancel()
            writing.cancel()
            # Whatever the library says here, it says that the stream is over.
            await asyncio.gather(reading, writing, return_exceptions=True)
            if self._release is not None:
                await self._release()

    async def _read(self) -> None:
        try:
            while isinstance(data := await self._stream.read(), bytes):  # or gRPC's EOF
                await self._inbox.put(data)
        finally:
            self._inbox.end()
            self._outbox.end(forget=True)

    async def _write(self) -> None:
        try:
            while (data := await self._outbox.get()) is not None:
                await self._stream.write(data)
            if self._done_writing is not None:
                await self._done_writing()
        finally:
            self._outbox.end(forget=True)


class _Buffer:
    """Messages on their way from one task to another."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes, self._waiting_bytes = limit_bytes, 0
        self._messages: deque[bytes] = deque()
        self._ended = False
        self._readable, self._writable = asyncio.Event(), asyncio.Event()
        # Senders that wait for room go on in the order in which they came.
        self._turn = asyncio.Lock()

    async def put(self, data: bytes) -> bool:
        """Wait for room; False if nothing is taken any more."""
        async with self._turn:
            while self._waiting_bytes >= self._limit_bytes and not self._ended:
                self._writable.clear()
                await self._writable.wait()
            if self._ended:
                return False
            self._messages.append(data)
            self._waiting_bytes += len(data) + _MESSAGE_BYTES
            self._readable.set()
            return True

    async def get(self) -> bytes | None:
        """Wait for a message; None once there can be no more."""
        while not self._messages:
            if self._ended:
                return None
            self._readable.clear()
            await self._readable.wait()
        data = self._messages.popleft()
        self._waiting_bytes -= len(data) + _MESSAGE_BYTES
        self._writable.set()
        return data

    def end(self, *, forget: bool = False) -> None:
        """Take no more; what waits can still be had unless it is forgotten."""
        self._ended = True
        if forget:
            self._messages.clear()
        self._readable.set()
        self._writable.set()
