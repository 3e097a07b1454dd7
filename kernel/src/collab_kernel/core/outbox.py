"""What waits to be sent to one peer: bounded, in lanes, as fast as the peer takes it.

A transport takes whatever it is given, so the bound is here: at most `window_bytes` are on
the way, and the peer's credits say what has arrived. Control messages pass always; reliable
ones keep their order; the latest lane keeps one message a key; pictures go when none of these
wait, and bulk when nothing else does, so an event never queues behind a picture, nor that behind
data. A peer that takes too long is sent the state as it is instead of the events that wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple

from collab_kernel.core.messages import MAX_PACKET_BYTES

WINDOW_BYTES = 1024 * 1024
BUDGET_BYTES = 64 * 1024 * 1024
BEHIND_BYTES = 8 * 1024 * 1024
"""What waits of events before the state is less to send, and sooner there."""

MAX_UNTOLD = 200_000
"""Packets without credit: a window full of the smallest that there are is half of this."""


class Skippable(NamedTuple):
    """A message that the state may take the place of. instead: what is said then; None: nothing."""

    message: bytes
    instead: Callable[[], bytes] | None = None


class Outbox:
    """Encoded messages in, packets out. Synchronous and without a clock."""

    def __init__(self, window_bytes: int = WINDOW_BYTES, budget_bytes: int = BUDGET_BYTES) -> None:
        self._window_bytes = window_bytes
        self._budget_bytes = budget_bytes
        self._control: dict[Hashable, bytes] = {}
        self._next_up = b""
        """It did not fit into the last packet."""
        self._reliable: deque[bytes | Skippable | Iterator[bytes]] = deque()
        self._streaming: Iterator[bytes] | None = None
        """Of the reliable lane's first, if some of it was sent."""
        self._skippable_bytes = 0
        self._latest: dict[Hashable, bytes] = {}
        self._pictures: deque[Iterator[bytes]] = deque()
        self._bulk: deque[Iterator[bytes]] = deque()
        self._in_flight: deque[int] = deque()
        self._in_flight_bytes = 0
        self.acknowledged = 0
        """Packets that the peer has taken."""
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

    def event(self, event: Skippable) -> None:
        """In order, and none missed, unless the state is sent anew."""
        self._reliable.append(event)
        self._skippable_bytes += len(event.message)
        self.waiting_bytes += len(event.message)

    def renew(self, state: Iterator[bytes]) -> None:
        """Send the state as it is instead of the events that wait and of what would have streamed;
        a stream that has begun is finished first. What else waits comes behind the state, and what
        is said instead of some events."""
        waits, self._reliable = self._reliable, deque()
        self._skippable_bytes, self.waiting_bytes = 0, len(self._next_up)
        if self._streaming is not None:
            self._reliable.append(self._streaming)
        self._reliable.append(state)
        for item in waits:
            if isinstance(item, Skippable):
                if item.instead is not None:
                    self.reliable(item.instead())
            elif isinstance(item, bytes):
                self.reliable(item)

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

    def picture(self, messages: Iterator[bytes]) -> None:
        """The parts of a picture. Whoever sends these waits until they are shown."""
        self._pictures.append(messages)

    def bulk(self, messages: Iterator[bytes]) -> None:
        """A long sequence behind everything else, made as it is sent."""
        self._bulk.append(messages)

    @property
    def pictures(self) -> int:
        """How many wait, the one among them that is sent in part."""
        return len(self._pictures)

    @property
    def busy(self) -> bool:
        """Whether enough that is large waits already."""
        return len(self._bulk) > 1

    @property
    def behind(self) -> bool:
        """Whether the peer takes what it is sent so slowly that it should be sent the state."""
        full = self._in_flight_bytes >= self._window_bytes
        return full and self._skippable_bytes > BEHIND_BYTES

    @property
    def overflown(self) -> bool:
        """Whether the peer has fallen hopelessly behind."""
        return self.waiting_bytes > self._budget_bytes or len(self._in_flight) > MAX_UNTOLD

    def forget(self) -> None:
        """Let go of what waits: it will not be sent any more."""
        self._control.clear()
        self._next_up, self._streaming = b"", None
        self._reliable.clear()
        self._latest.clear()
        self._pictures.clear()
        self._bulk.clear()
        self._skippable_bytes = self.waiting_bytes = 0

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
        if self._next_up:
            message, self._next_up = self._next_up, b""
            self.waiting_bytes -= len(message)
            return message
        while self._reliable:
            first = self._reliable[0]
            if isinstance(first, Skippable):
                self._reliable.popleft()
                self._skippable_bytes -= len(first.message)
                self.waiting_bytes -= len(first.message)
                return first.message
            if isinstance(first, bytes):
                self._reliable.popleft()
                self.waiting_bytes -= len(first)
                return first
            streamed = next(first, None)
            self._streaming = first if streamed is not None else None
            if streamed is not None:
                return streamed
            self._reliable.popleft()
        if self._latest:
            return self._latest.pop(next(iter(self._latest)))
        for lane in (self._pictures, self._bulk):
            while lane:
                part = next(lane[0], None)
                if part is not None:
                    return part
                lane.popleft()
        return None

    def _put_back(self, message: bytes) -> None:
        """Whatever its lane was, it is next."""
        self._next_up = message
        self.waiting_bytes += len(message)

    def credit(self, packets: int) -> None:
        """The peer has taken `packets` packets in all; nonsense counts are ignored."""
        while self.acknowledged < packets and self._in_flight:
            self._in_flight_bytes -= self._in_flight.popleft()
            self.acknowledged += 1
