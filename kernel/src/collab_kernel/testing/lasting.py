"""What of a `World` outlasts its server: the log and the side records; and what the server itself
knows beside the state, to let people come back. All of it by the host's own means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collab_kernel.core.effects import Admit, Effect, Persist, Reply
from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.core.messages import Replied
from collab_kernel.core.state import State
from collab_kernel.core.undo import remember
from collab_kernel.core.values import ParticipantId
from collab_kernel.host.journal import DOOR, door_of
from collab_kernel.host.resumption import Resumption
from collab_kernel.testing.whims import SECRET
from collab_kernel.wire.packets import server_packet
from collab_kernel.wire.rows import decode_event, encode_event
from collab_kernel.wire.stored import decode_snapshot, encode_door, encode_snapshot


class Lasting:
    """journal: every event, encoded.  states: by revision, as the journal leads to them."""

    def __init__(self) -> None:
        self.journal: list[bytes] = []
        self.states = [State()]
        self._records: dict[str, bytes] = {}
        self._resumption = Resumption()
        self._keys: dict[ParticipantId, str] = {}
        """What everybody was told, to come back by."""

    @property
    def door(self) -> bytes:
        """The hash of what newcomers have to know."""
        return door_of(self._records)

    # -- writing ---------------------------------------------------------------------------

    def write(self, effects: Iterable[Effect], connect_id_hash: bytes) -> None:
        """Let what comes of a step last, in one go, before anybody hears of it."""
        effects = list(effects)
        for effect in effects:
            if isinstance(effect, Admit) and effect.participant not in self._keys:
                self._keys[effect.participant] = self._resumption.new_key(effect.participant)
        records = self._resumption.records(effects)
        if connect_id_hash != self.door:
            records[DOOR] = encode_door(connect_id_hash)
        for effect in effects:
            if isinstance(effect, Persist):
                self._append(effect.event)
        self._records = {k: d for k, d in (self._records | records).items() if d}
        self._resumption.lasts(records)

    def _append(self, event: Event) -> None:
        data = encode_event(event)
        assert SECRET not in data, "a connect id is in an event"
        again = decode_event(data)
        assert again == event, "the event is another after a round trip"
        self.journal.append(data)
        self.states.append(remember(evolve(self.states[-1], again), again))

    def happened(self, event: Event) -> None:
        """Everybody hears of it, and to its author it is the answer."""
        if event.request:
            self._resumption.decided(event.author, event.request, event.revision)

    def replied(self, reply: Reply) -> bytes:
        """The packet of a reply, which is kept for whoever does not get it."""
        packet = server_packet(Replied(reply.request, reply.revision, reply.error))
        self._resumption.decided(reply.participant, reply.request, reply.revision, packet)
        return packet

    # -- coming back -----------------------------------------------------------------------

    def check(self, participant: ParticipantId) -> None:
        """Raises ResumeFailedError for whom the server does not know any more."""
        self._resumption.check(participant, self._keys.get(participant, ""))

    def keep(self, participants: Iterable[ParticipantId]) -> None:
        """Somebody new has come in: forget everybody who is gone."""
        self._resumption.keep(set(participants))

    def outcomes(self, participant: ParticipantId, answered: int) -> Iterator[bytes]:
        """What became of a participant's requests behind `answered`."""
        return self._resumption.outcomes(participant, answered)

    # -- another server --------------------------------------------------------------------

    def taken_up(self, at: int) -> State:
        """What another server begins with: the snapshot of revision `at`, the events behind it,
        and the side records. Nothing else of the last one is left."""
        state = decode_snapshot(encode_snapshot(self.states[at]))
        events = [decode_event(data) for data in self.journal]
        for event in events[at:]:
            state = remember(evolve(state, event), event)
        self._resumption = Resumption()
        self._resumption.restore(self._records, state)
        for event in events:
            self.happened(event)
        return state
