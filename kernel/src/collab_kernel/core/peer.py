"""One side of a connection, without the connection: handshake, liveness, credits.

Sans-I/O: bytes and times go in, messages to send come out. `Link` in the host drives it.
"""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.core.messages import (
    PROTOCOL_MAXIMUM,
    PROTOCOL_MINIMUM,
    Credit,
    Hello,
    Ping,
)
from collab_kernel.errors import VersionMismatchError

HEARTBEAT_S = 2.5
"""After this long in silence a peer is asked whether it is there."""

DEAD_AFTER_S = 10.0
"""After this long in silence it is taken for dead."""

HELLO_WITHIN_S = 10.0
MAX_HELLO_BYTES = 64 * 1024
CREDIT_EVERY_BYTES = 128 * 1024


def negotiate(hello: Hello) -> int:
    """The newest protocol version that both sides speak. Raises VersionMismatchError."""
    newest = min(hello.protocol_maximum, PROTOCOL_MAXIMUM)
    if newest < max(hello.protocol_minimum, PROTOCOL_MINIMUM):
        raise VersionMismatchError(
            f"this side speaks protocol versions {PROTOCOL_MINIMUM} to {PROTOCOL_MAXIMUM}, the "
            f"other {hello.protocol_minimum} to {hello.protocol_maximum}: update the older one"
        )
    return newest


@dataclass(slots=True)
class Receipts:
    """Counts what was taken in, and says when to tell the sender."""

    packets: int = 0
    untold_bytes: int = 0

    def took(self, size_bytes: int) -> Credit | None:
        """One more packet; the credit to send, now and then."""
        self.packets += 1
        self.untold_bytes += size_bytes
        if self.untold_bytes < CREDIT_EVERY_BYTES:
            return None
        self.untold_bytes = 0
        return Credit(self.packets)


@dataclass(slots=True)
class Pace:
    """How fast a participant may go on; a second's worth may come at once.

    A peer that goes faster is read, and credited, later: it slows down by itself.
    """

    started_s: float
    messages_per_s: float = 50_000.0
    bytes_per_s: float = 32 * 1024 * 1024
    _due_s: float = 0.0

    def delay_s(self, now_s: float, messages: int, size_bytes: int) -> float:
        """How long to wait before reading on, after this much."""
        took_s = max(messages / self.messages_per_s, size_bytes / self.bytes_per_s)
        self._due_s = max(self._due_s, now_s - self.started_s - 1.0) + took_s
        return max(0.0, self._due_s - (now_s - self.started_s))


@dataclass(slots=True)
class Liveness:
    """Whether the other side is there. Times are of any steady clock."""

    heard_s: float
    asked: int = 0
    heartbeat_s: float = HEARTBEAT_S
    dead_after_s: float = DEAD_AFTER_S

    def heard(self, now_s: float) -> None:
        self.heard_s = now_s

    def dead(self, now_s: float) -> bool:
        return now_s - self.heard_s > self.dead_after_s

    def ping(self, now_s: float) -> Ping | None:
        """The question to send, when it has been quiet."""
        if now_s - self.heard_s < self.heartbeat_s:
            return None
        self.asked += 1
        return Ping(self.asked)
