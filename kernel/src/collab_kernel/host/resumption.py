"""What lets somebody whose connection broke come back: beside the log, and never in an event, since
those everybody sees. With a store it outlasts the server, as side records: a key with the event by
which its participant joined; what became of requests that made no event with the next one that did,
since up to that one none is decided again."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from collab_kernel.core.effects import Admit, Effect, Persist, Reply
from collab_kernel.core.events import Event, Put
from collab_kernel.core.messages import Replied
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import CollabError, ResumeFailedError, StoreError
from collab_kernel.wire.packets import server_packet
from collab_kernel.wire.stored import StoredParticipant, decode_participant, encode_participant

KEY_BYTES = 24
"""Random ones: so many that a fast hash is as good as a slow one."""

MAX_OUTCOMES, MAX_OUTCOME_BYTES = 1_000, 64 * 1024
"""Of one participant; of answers that came longer ago nobody knows any more."""

MAX_STORED, MAX_STORED_BYTES = 64, 16 * 1024
"""Of these, as many of the latest outlast the server that made no event: more are hardly under way
at once."""

PARTICIPANT = "participant/"
"""What the keys of these side records begin with."""

MAX_EVENTS, MAX_EVENT_BYTES = 4_096, 8 * 1024 * 1024
"""Of the latest; who has missed more gets a snapshot instead."""


_Outcome: TypeAlias = tuple[int, int, bytes]


@dataclass(slots=True)
class _Record:
    """key_hash: SHA-256.  outcomes: (request, revision, packet of the reply or b"").

    unsaved: whether some are replies that do not outlast the server yet."""

    key_hash: bytes
    outcomes: deque[_Outcome] = field(default_factory=deque)
    size_bytes: int = 0
    unsaved: bool = False


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

    def keep(self, participants: Collection[ParticipantId]) -> None:
        """Forget everybody else, but those who come after all of these: what lets them in may have
        been made to last together with what let in the last of these.
        """
        last = max(participants)
        self._records = {
            id: r for id, r in self._records.items() if id > last or id in participants
        }

    # -- what outlasts the server ----------------------------------------------------------

    def restore(self, records: Mapping[str, bytes], state: State) -> None:
        """Take in the side records of an earlier server. What it replied behind the last request
        that made an event is decided anew, and so has no outcome yet. Raises StoreError."""
        decided = state.table(Table.REQUESTS)
        for key, data in records.items():
            if not key.startswith(PARTICIPANT):
                continue
            try:
                participant = int(key.removeprefix(PARTICIPANT))
                kept = decode_participant(data)
            except (ValueError, CollabError) as error:
                raise StoreError(f"the side record {key!r:.80} can't be read: {error}") from None
            if participant in state.participants:
                self._records[participant] = _Record(kept.key_hash)
                for outcome in kept.outcomes:
                    if outcome[0] <= decided.get(participant, 0):
                        self.decided(participant, *outcome)
                self._records[participant].unsaved = False

    def records(self, effects: Iterable[Effect]) -> dict[str, bytes]:
        """The side records that have to last with the events among `effects`: of whoever joins,
        and of those of whom more was decided than events tell."""
        replies: defaultdict[ParticipantId, list[_Outcome]] = defaultdict(list)
        found: dict[str, bytes] = {}
        last: dict[ParticipantId, int] = {}
        for effect in effects:
            if isinstance(effect, Admit):
                here = effect.state.participants
                found |= {_key(id): b"" for id in self._records if id not in here}
                if effect.participant in self._records:
                    found[_key(effect.participant)] = self._record(effect.participant, ())
            elif isinstance(effect, Reply):
                packet = server_packet(Replied(effect.request, effect.revision, effect.error))
                replies[effect.participant].append((effect.request, effect.revision, packet))
            elif isinstance(effect, Persist):
                last |= _decided_by(effect.event)
        for participant, request in last.items():
            known = self._records.get(participant)
            told = [outcome for outcome in replies[participant] if outcome[0] <= request]
            if known is not None and (known.unsaved or told):
                found[_key(participant)] = self._record(participant, told)
        return found

    def lasts(self, records: Mapping[str, bytes]) -> None:
        """These side records have been made to last."""
        for participant, record in self._records.items():
            if _key(participant) in records:
                record.unsaved = False

    def _record(self, participant: ParticipantId, replies: Sequence[_Outcome]) -> bytes:
        kept = self._records[participant]
        outcomes: deque[_Outcome] = deque()
        size_bytes = 0
        for outcome in reversed((*(o for o in kept.outcomes if o[2]), *replies)):
            size_bytes += len(outcome[2])
            if len(outcomes) >= MAX_STORED or size_bytes > MAX_STORED_BYTES:
                break
            outcomes.appendleft(outcome)
        return encode_participant(StoredParticipant(kept.key_hash, tuple(outcomes)))

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
        record.unsaved |= bool(reply)
        while len(record.outcomes) > MAX_OUTCOMES or record.size_bytes > MAX_OUTCOME_BYTES:
            record.size_bytes -= len(record.outcomes.popleft()[2])

    def outcomes(self, participant: ParticipantId, answered: int) -> Iterator[bytes]:
        """The packets of replies to what was decided after request `answered`, in order."""
        record = self._records.get(participant)
        known = record.outcomes if record is not None else ()
        for request, revision, reply in sorted(known):  # after a restart, replies came first
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


def _decided_by(event: Event) -> dict[ParticipantId, int]:
    """Up to which request of whom everything is decided, as the state says after `event`: its
    author's, and that of whoever accepted a proposal, of which the event is its author's."""
    noted = {
        change.key: change.after
        for change in event.changes
        if isinstance(change, Put) and change.table == Table.REQUESTS and change.after is not None
    }
    return noted | ({event.author: event.request} if event.request else {})


def _key(participant: ParticipantId) -> str:
    return f"{PARTICIPANT}{participant}"


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
