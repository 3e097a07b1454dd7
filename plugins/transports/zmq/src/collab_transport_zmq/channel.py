"""One connection, seen from either side.

ZeroMQ says neither hello nor goodbye, so this does. A message of the kernel's is a message of
one frame; two frames, the first empty, are one of ours:

    DEALER: hello    ROUTER: welcome     the channel is open
    either: end      the other: ended    it is closed, and everything before it has arrived

Whatever else comes is somebody else's and is dropped. Who vanishes without an end is noticed when
the connection breaks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import zmq

from collab_kernel.errors import ConnectionLostError
from collab_kernel.network import check_size

from .loop_socket import LoopSocket

HELLO, WELCOME, END, ENDED = b"collab/1 hello", b"welcome", b"end", b"ended"

INBOX_BYTES = 64 << 20
"""What may wait unread. The kernel's credits allow far less: who exceeds it ignores them."""

GOODBYE_S = 2.0
# How long to wait before a full queue is tried again. A socket can tell when one of its peers has
# room, and not which.
_RETRY_S = (0.001, 0.032)
# What an empty message counts in an inbox.
_FRAME_BYTES = 64


class ZmqChannel:
    """peer: an address.  wire: the socket.  prefix: the frames that lead through it to the peer.

    overflow: called when too much is unread.  release: called when all is over, perhaps twice.
    """

    def __init__(
        self,
        peer: str,
        wire: LoopSocket,
        prefix: tuple[bytes, ...],
        *,
        overflow: Callable[[], None],
        release: Callable[[], None],
    ) -> None:
        self.peer = peer
        self._wire, self._prefix = wire, prefix
        self._overflow, self._release = overflow, release
        self._inbox: deque[bytes] = deque()
        self._unread_bytes = 0
        self._news = asyncio.Event()
        # Senders that wait for room go on in the order in which they came.
        self._turn = asyncio.Lock()
        # Over: nothing more comes in and nothing can be sent. Parted: the peer is done with it.
        self._over = False
        self._parted = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None

    async def send(self, data: bytes) -> None:
        check_size(data)
        if self._turn.locked() or not self._sent((data,)):
            async with self._turn:
                await _until(lambda: self._sent((data,)))

    async def receive(self) -> bytes | None:
        while not self._inbox:
            if self._over:
                return None
            self._news.clear()
            await self._news.wait()
        data = self._inbox.popleft()
        self._unread_bytes -= len(data) + _FRAME_BYTES
        if self._unread_bytes < INBOX_BYTES:
            self._wire.resume()
        return data

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self._end()
        self._forget_unread()
        try:
            async with asyncio.timeout(GOODBYE_S):
                await _until(lambda: self._parted.is_set() or self.tell(END))
                await self._parted.wait()
        except TimeoutError:
            pass  # it does not read, and learns of the end when it does
        self._release()

    # -- called by whoever owns the wire ---------------------------------------------------

    def deliver(self, frames: Sequence[bytes]) -> None:
        """Take what came from the peer."""
        if len(frames) == 1:
            self._take(frames[0])
        elif list(frames) == [b"", END]:
            self._end()
            self.tell(ENDED)
            self._part()
        elif list(frames) == [b"", ENDED] and self._closing is not None:
            self._part()

    def lost(self) -> None:
        """The connection is gone; what has arrived can still be read."""
        self._end()
        self._part()

    def cut(self) -> None:
        """End it on our own account, for a peer that sends more than is ever read."""
        self._end()
        self._forget_unread()
        self.tell(END)
        self._part()

    def tell(self, word: bytes) -> bool:
        """Send a message of our own now; False if the queue is full."""
        try:
            self._wire.send((*self._prefix, b"", word))
        except zmq.Again:
            return False
        except zmq.ZMQError:
            self.lost()
        return True

    # -- inside ----------------------------------------------------------------------------

    def _sent(self, frames: tuple[bytes]) -> bool:
        """Send now; False if the queue is full."""
        if self._over:
            raise ConnectionLostError(f"the channel with {self.peer} is closed")
        try:
            self._wire.send((*self._prefix, *frames))
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            self.lost()
            raise ConnectionLostError(f"{self.peer} is gone") from error
        return True

    def _take(self, data: bytes) -> None:
        if self._over:
            return
        self._inbox.append(data)
        self._unread_bytes += len(data) + _FRAME_BYTES
        self._news.set()
        if self._unread_bytes > INBOX_BYTES:
            self._overflow()

    def _end(self) -> None:
        self._over = True
        self._news.set()

    def _part(self) -> None:
        self._parted.set()
        self._release()

    def _forget_unread(self) -> None:
        self._inbox.clear()
        self._unread_bytes = 0
        self._wire.resume()


async def _until(done: Callable[[], bool]) -> None:
    pause_s, longest_s = _RETRY_S
    while not done():
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, longest_s)
