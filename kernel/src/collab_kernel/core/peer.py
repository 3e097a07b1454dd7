"""One side of a connection, without the connection: handshake, liveness, credits.

Sans-I/O: bytes and times go in, messages to send come out. `Link` in the host drives it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from collab_kernel.core.messages import (
    PROTOCOL_MAXIMUM,
    PROTOCOL_MINIMUM,
    Credit,
    Hello,
    Ping,
    Pong,
    Welcome,
)
from collab_kernel.errors import VersionMismatchError

HEARTBEAT_S = 2.5
"""After this long in silence a peer is asked whether it is there."""

MEASURE_EVERY_S = 10.0
"""How often a peer is asked all the same, to measure how long its answer takes."""

DEAD_AFTER_S = 10.0
"""After this long in silence it is taken for dead."""

HELLO_WITHIN_S = 10.0
MAX_HELLO_BYTES = 64 * 1024
CREDIT_EVERY_BYTES = 128 * 1024


class Capability(StrEnum):
    """What a side can do beyond its protocol version. Words that it doesn't know it passes over,
    and what both have said is in force."""

    RESUME = "resume"
    """The client comes back by itself when its connection breaks, and is given a key for that."""

    FRAMES = "frames"
    """Views can be watched: pictures come as what one sees changes."""

    ASK = "ask"
    """The client only asks: it takes no seat, and nobody hears of it."""


CAPABILITIES = (Capability.RESUME, Capability.FRAMES)
"""Of whoever takes part."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides of a connection have agreed on."""

    protocol: int
    capabilities: frozenset[Capability]

    @property
    def words(self) -> tuple[str, ...]:
        """The capabilities as they are on the wire."""
        return tuple(sorted(self.capabilities))


def negotiate(hello: Hello) -> Terms:
    """At the server: the newest protocol version that both sides speak, and the capabilities
    that both have. Raises VersionMismatchError."""
    newest = min(hello.protocol_maximum, PROTOCOL_MAXIMUM)
    if newest < max(hello.protocol_minimum, PROTOCOL_MINIMUM):
        older = "client" if hello.protocol_maximum < PROTOCOL_MINIMUM else "server"
        raise VersionMismatchError(
            f"the server speaks protocol versions {PROTOCOL_MINIMUM} to {PROTOCOL_MAXIMUM}, the "
            f"client {hello.protocol_minimum} to {hello.protocol_maximum}: update the {older}"
        )
    return Terms(newest, _known(hello.capabilities))


def agreed(hello: Hello, welcome: Welcome) -> Terms:
    """At the client: what the server has chosen. Raises VersionMismatchError if that is none of
    what it was offered."""
    if not hello.protocol_minimum <= welcome.protocol <= hello.protocol_maximum:
        raise VersionMismatchError(
            f"the server chose protocol version {welcome.protocol}, the client speaks "
            f"{hello.protocol_minimum} to {hello.protocol_maximum}: update the server"
        )
    return Terms(welcome.protocol, _known(welcome.capabilities) & _known(hello.capabilities))


def _known(words: tuple[str, ...]) -> frozenset[Capability]:
    return frozenset(capability for capability in Capability if capability in words)


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
class Throttle:
    """How fast a participant may go on; so much as is due in `burst_s` may come at once.

    A peer that goes faster is read, and credited, later: it slows down by itself.
    """

    started_s: float
    messages_per_s: float = 50_000.0
    bytes_per_s: float = 32 * 1024 * 1024
    burst_s: float = 1.0
    _due_s: float = -math.inf

    def delay_s(self, now_s: float, messages: int, size_bytes: int) -> float:
        """How long to wait before reading on, after this much."""
        took_s = max(messages / self.messages_per_s, size_bytes / self.bytes_per_s)
        self._due_s = max(self._due_s, now_s - self.started_s - self.burst_s) + took_s
        return max(0.0, self._due_s - (now_s - self.started_s))

    def give_back(self, messages: int) -> None:
        """So many of those that were counted are not to be."""
        self._due_s -= messages / self.messages_per_s


@dataclass(slots=True)
class Backoff:
    """How long to wait between attempts to come back: twice as long each time, by chance a half
    less, so that not everybody knocks at once."""

    first_s: float = 0.1
    most_s: float = 2.0
    patient_after_s: float = 60.0
    most_when_patient_s: float = 30.0
    _next_s: float = 0.0

    def pause_s(self, since_s: float, chance: float) -> float:
        """The next pause. since_s: since the connection broke.  chance: 0 to 1."""
        most_s = self.most_s if since_s < self.patient_after_s else self.most_when_patient_s
        self._next_s = min(2 * self._next_s or self.first_s, most_s)
        return self._next_s * (1.0 - chance / 2)


@dataclass(slots=True)
class Liveness:
    """Whether the other side is there, and how far away. Times are of any steady clock.

    latency_s: there and back, as last measured; None: not yet.
    """

    heard_s: float
    asked: int = 0
    heartbeat_s: float = HEARTBEAT_S
    dead_after_s: float = DEAD_AFTER_S
    latency_s: float | None = None
    _asked_s: float | None = None

    def heard(self, now_s: float) -> None:
        self.heard_s = now_s

    def dead(self, now_s: float) -> bool:
        return now_s - self.heard_s > self.dead_after_s

    def ping(self, now_s: float) -> Ping | None:
        """The question to send: when it has been quiet, and now and then to measure."""
        quiet = now_s - self.heard_s >= self.heartbeat_s
        due = self._asked_s is None or now_s - self._asked_s >= MEASURE_EVERY_S
        if not (quiet or due):
            return None
        self.asked += 1
        self._asked_s = now_s
        return Ping(self.asked)

    def ponged(self, pong: Pong, now_s: float) -> None:
        """The answer to a question has come; one to an older question says nothing."""
        if pong.serial == self.asked and self._asked_s is not None:
            self.latency_s = now_s - self._asked_s
