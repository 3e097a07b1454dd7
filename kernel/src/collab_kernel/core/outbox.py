"""What waits to be sent to one peer: bounded, in lanes, as fast as the peer takes it.

A transport takes whatever it is given, so the bound is here: at most `window_bytes` are on
the way, and the peer's credits say what has arrived. Control messages pass always; reliable
ones keep their order; the latest lane keeps one message a key; bulk goes when nothing else
waits, so an event never queues behind a picture.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator

from collab_kernel.core.messages import MAX_PACKET_BYTES

WINDOW_BYTES = 1024 * 1024
BUDGET_BYTES = 64 * 1024 * 1024
MAX_UNTOLD = 200_000
"""Packets without credit: a window full of the smallest that there are is half of this."""


class Outbox:
    """Encoded messages in, packets out. Synchronous and without a clock."""

    def __init__(self, window_bytes: int = WINDOW_BYTES, budget_bytes: int = BUDGET_BYTES) -> None:
        self._window_bytes = window_bytes
        self._budget_bytes = budget_bytes
        self._control: dict[Hashable, bytes] = {}
        self._reliable: deque[bytes | Iterator[bytes]] = deque()
        self._latest: dict[Hashable, bytes] = {}
        self._bulk: deque[Iterator[bytes]] = deque()
        self._in_flight: deque[int] = deque()
        self._in_flight_bytes = 0
        self._acknowledged = 0
        self.waiting_bytes = 0
        """Of the reliable lane; what streams counts nothing, since it is made as it is sent."""

    # -- in --------------------------------------------------------------------------------

    def control(self, message: bytes, kind: Hashable = "") -> None:
        """Credits, pings, pongs: a few bytes that never wait for the window.

        Replaces what waits of its kind, so a peer that asks and never reads costs nothing.
        """
        self._control.pop(kind, None)
        self._control[kind] = message

    def reliable(self, message: bytes) -> None:
        """In order, none missed."""
        self._reliable.append(message)
        self.waiting_bytes += len(message)

    def stream(self, messages: Iterator[bytes]) -> None:
        """A long reliable sequence, made as it is sent; what is pushed later comes after."""
        self._reliable.append(messages)

    def latest(self, key: Hashable, message: bytes) -> None:
        """Replaces what waits under the same key."""
        self._latest[key] = message

    def withdraw(self, holds: Callable[[Hashable], bool]) -> None:
        """Let go of what waits in the latest lane under such keys: it is void by now."""
        for key in list(filter(holds, self._latest)):
            del self._latest[key]

    def bulk(self, messages: Iterator[bytes]) -> None:
        """A long sequence behind everything else, made as it is sent."""
        self._bulk.append(messages)

    @property
    def busy(self) -> bool:
        """Whether enough that is large waits already."""
        return len(self._bulk) > 1

    @property
    def overflown(self) -> bool:
        """Whether the peer has fallen hopelessly behind."""
        return self.waiting_bytes > self._budget_bytes or len(self._in_flight) > MAX_UNTOLD

    def forget(self) -> None:
        """Let go of what waits: it will not be sent any more."""
        self._control.clear()
        self._reliable.clear()
        self._latest.clear()
        self._bulk.clear()
        self.waiting_bytes = 0

    # -- out -------------------------------------------------------------------------------

    def next_packet(self) -> bytes | None:
        """The next packet to send, now on the way; None if nothing may be sent."""
        parts: list[bytes] = []
        parts += self._control.values()
        size = sum(map(len, parts))
        self._control.clear()
        if self._in_flight_bytes < self._window_bytes:
            while size < MAX_PACKET_BYTES and (message := self._next()) is not None:
                if parts and size + len(message) > MAX_PACKET_BYTES:
                    self._put_back(message)
                    break
                parts.append(message)
                size += len(message)
        if not parts:
            return None
        packet = parts[0] if len(parts) == 1 else b"".join(parts)
        self._in_flight.append(len(packet))
        self._in_flight_bytes += len(packet)
        return packet

    def _next(self) -> bytes | None:
        while self._reliable:
            first = self._reliable[0]
            if isinstance(first, bytes):
                self._reliable.popleft()
                self.waiting_bytes -= len(first)
                return first
            message = next(first, None)
            if message is not None:
                return message
            self._reliable.popleft()
        if self._latest:
            return self._latest.pop(next(iter(self._latest)))
        while self._bulk:
            message = next(self._bulk[0], None)
            if message is not None:
                return message
            self._bulk.popleft()
        return None

    def _put_back(self, message: bytes) -> None:
        """Into the head of the reliable lane: whatever its lane was, it is next."""
        self._reliable.appendleft(message)
        self.waiting_bytes += len(message)

    def credit(self, packets: int) -> None:
        """The peer has taken `packets` packets in all; nonsense counts are ignored."""
        while self._acknowledged < packets and self._in_flight:
            self._in_flight_bytes -= self._in_flight.popleft()
            self._acknowledged += 1
