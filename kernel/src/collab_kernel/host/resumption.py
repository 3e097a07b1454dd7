"""What lets somebody whose connection broke come back: in memory, beside the log, and never in
an event, since those everybody sees."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from collab_kernel.core.messages import Replied
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import ResumeFailedError
from collab_kernel.wire.packets import server_packet

KEY_BYTES = 24
"""Random ones: so many that a fast hash is as good as a slow one."""

MAX_OUTCOMES, MAX_OUTCOME_BYTES = 1_000, 64 * 1024
"""Of one participant; of answers that came longer ago nobody knows any more."""

MAX_EVENTS, MAX_EVENT_BYTES = 4_096, 8 * 1024 * 1024
"""Of the latest; who has missed more gets a snapshot instead."""


@dataclass(slots=True)
class _Record:
    """key_hash: SHA-256.  outcomes: (request, revision, packet of the reply or b"")."""

    key_hash: bytes
    outcomes: deque[tuple[int, int, bytes]] = field(default_factory=deque)
    size_bytes: int = 0


class Resumption:
    """Keys, the outcomes of requests, and the latest events, of one session."""

    def __init__(self) -> None:
        self._records: dict[ParticipantId, _Record] = {}
        self._events: deque[tuple[int, bytes]] = deque()
        self._events_bytes = 0

    # -- keys ------------------------------------------------------------------------------

    def new_key(self, participant: ParticipantId) -> str:
        """The secret by which this participant can come back: it is told once, and not kept."""
        key = secrets.token_urlsafe(KEY_BYTES)
        self._records[participant] = _Record(_hash(key))
        return key

    def check(self, participant: ParticipantId, key: str) -> None:
        """Raises ResumeFailedError unless this is the participant's key."""
        record = self._records.get(participant)
        if record is None or not hmac.compare_digest(record.key_hash, _hash(key)):
            raise ResumeFailedError(
                f"this server does not know participant {participant} by that key: it may have "
                "been started anew, or has forgotten them; join as somebody new"
            )

    def keep(self, participants: Container[ParticipantId]) -> None:
        """Forget everybody else."""
        self._records = {id: r for id, r in self._records.items() if id in participants}

    # -- what became of requests -----------------------------------------------------------

    def decided(
        self, participant: ParticipantId, request: int, revision: int, reply: bytes = b""
    ) -> None:
        """Keep the outcome of a request: an event, or else a reply."""
        record = self._records.get(participant)
        if record is None:
            return
        record.outcomes.append((request, revision, reply))
        record.size_bytes += len(reply)
        while len(record.outcomes) > MAX_OUTCOMES or record.size_bytes > MAX_OUTCOME_BYTES:
            record.size_bytes -= len(record.outcomes.popleft()[2])

    def outcomes(self, participant: ParticipantId, answered: int) -> Iterator[bytes]:
        """The packets of replies to what was decided after request `answered`, in order."""
        record = self._records.get(participant)
        for request, revision, reply in record.outcomes if record is not None else ():
            if request > answered:
                yield reply or server_packet(Replied(request, revision))

    # -- what happened ---------------------------------------------------------------------

    def happened(self, revision: int, packet: bytes) -> None:
        """Keep the packet of an event for those who miss it."""
        self._events.append((revision, packet))
        self._events_bytes += len(packet)
        while len(self._events) > MAX_EVENTS or self._events_bytes > MAX_EVENT_BYTES:
            self._events_bytes -= len(self._events.popleft()[1])

    def events(self, seen: int, newest: int) -> list[bytes] | None:
        """The packets of all events after revision `seen` up to `newest`; None if that can't be
        told, or nothing was seen at all."""
        if seen == newest:
            return []
        if not 0 < seen < newest or not self._events or self._events[0][0] > seen + 1:
            return None
        return [packet for revision, packet in self._events if revision > seen]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
