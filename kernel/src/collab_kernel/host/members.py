"""Who takes part in a session, over which connection, and what they are sent."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

from collab_kernel.core.effects import Admit, Dismiss, Effect, Expel, News, Reply
from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import ClientMessage, Hello, Replied, Welcome
from collab_kernel.core.outbox import Skippable
from collab_kernel.core.peer import Capability, Terms
from collab_kernel.core.presence import Gone, Shown
from collab_kernel.core.state import State
from collab_kernel.core.stimuli import Leave, Lose
from collab_kernel.core.values import SERVER, ParticipantId
from collab_kernel.errors import CollabError, ConnectionLostError, TakenOverError
from collab_kernel.host.counters import Counters
from collab_kernel.host.link import Link
from collab_kernel.host.resumption import Resumption
from collab_kernel.wire.packets import event_packet, server_packet
from collab_kernel.wire.rows import slices

LATENCY_STEP_S = 0.005
"""How much a connection's latency has to change to be told again; or by a fifth."""


@dataclass(frozen=True, slots=True)
class _Seat:
    """Who waits for the session's word. future: who they are, then."""

    link: Link[ClientMessage]
    hello: Hello
    terms: Terms
    future: asyncio.Future[ParticipantId]


class Members:
    """The connections of one session.

    welcome: the first message to a participant, but for what is its own.
    counters: where it is counted who falls behind.
    """

    def __init__(
        self,
        welcome: Callable[[ParticipantId, Terms], Welcome],
        counters: Counters | None = None,
    ) -> None:
        self.welcome = welcome
        self._counters = counters or Counters()
        self._links: dict[ParticipantId, Link[ClientMessage]] = {}
        """Over which each participant is connected."""
        self._members: dict[ParticipantId, Link[ClientMessage]] = {}
        """Of these, whom something is still sent to."""
        self._seats: dict[int, _Seat] = {}
        self._seat_numbers = itertools.count(1)
        self._keys: dict[int, str] = {}
        """By seat: what its participant will be told, to come back by."""
        self._resumption = Resumption()
        self._latencies: WeakKeyDictionary[Link[ClientMessage], float] = WeakKeyDictionary()
        """As last told."""
        self._renewed: WeakKeyDictionary[Link[ClientMessage], int] = WeakKeyDictionary()
        """How much each had taken when it was last sent the state anew."""
        self.onlookers: set[Link[ClientMessage]] = set()
        """Of those who only ask, and are nobody here."""
        self.departed = False
        """Whether somebody is sent nothing more, since this was set to False."""

    def __bool__(self) -> bool:
        return bool(self._members)

    # -- coming and going ------------------------------------------------------------------

    def check_resume(self, hello: Hello) -> None:
        """Raises ResumeFailedError if whoever says hello wants to come back and is not known."""
        if hello.resume_participant:
            self._resumption.check(hello.resume_participant, hello.resume_key)

    def seat(
        self, link: Link[ClientMessage], hello: Hello, terms: Terms
    ) -> tuple[int, asyncio.Future[ParticipantId]]:
        """A number for somebody who waits to be let in, and who they will be."""
        number = next(self._seat_numbers)
        future: asyncio.Future[ParticipantId] = asyncio.get_running_loop().create_future()
        self._seats[number] = _Seat(link, hello, terms, future)
        return number, future

    def records(self, effects: Iterable[Effect]) -> dict[str, bytes]:
        """The side records that have to last with the events among `effects`, for participants to
        come back even when the server was started anew."""
        for effect in effects:
            if isinstance(effect, Admit):
                seat = self._seats[effect.seat]
                new = seat.hello.resume_participant != effect.participant
                if new and Capability.RESUME in seat.terms.capabilities:
                    self._keys[effect.seat] = self._resumption.new_key(effect.participant)
        return self._resumption.records(effects)

    def lasts(self, records: Mapping[str, bytes]) -> None:
        """These side records have been made to last."""
        self._resumption.lasts(records)

    def restore(
        self, records: Mapping[str, bytes], state: State, tail: Iterable[tuple[Event, bytes]]
    ) -> None:
        """Know again whom an earlier server knew. tail: the newest events, each with its bytes.
        Raises StoreError."""
        self._resumption.restore(records, state)
        for event, encoded in tail:
            self._note(event, event_packet(encoded))

    def _note(self, event: Event, packet: bytes) -> None:
        """Keep an event for whoever misses it, and as the answer to what its author asked."""
        self._resumption.happened(event.revision, packet)
        if event.author != SERVER and event.request:
            self._resumption.decided(event.author, event.request, event.revision)

    def admit(self, admit: Admit, decided: int) -> Leave | Lose | None:
        """Let somebody in: they get the welcome, and a snapshot or what they have missed.

        decided: the highest request of theirs that was decided. Returns how they have gone, if
        they have meanwhile.
        """
        id, seat = admit.participant, self._seats.pop(admit.seat)
        link, resumed = seat.link, seat.hello.resume_participant == id
        ghost = self._links.get(id)
        self._links[id] = link
        if ghost is not None:
            ghost.end(TakenOverError("you have come back over another connection"))
        key = self._keys.pop(admit.seat, "")
        if seat.future.cancelled():
            del self._links[id]
            self._forget(id)  # what they were sent over before ends as well
            return self._lost(id) if resumed else Leave(id)
        welcome = self.welcome(id, seat.terms)
        missed = None
        if resumed:
            welcome = replace(welcome, resumed=True, decided=decided)
            missed = self._resumption.events(seat.hello.seen_revision, admit.state.revision)
        elif key:
            self._resumption.keep(admit.state.participants)
            welcome = replace(welcome, resume_key=key)
        link.outbox.reliable(server_packet(welcome))
        if missed is None:
            link.outbox.stream(server_packet(part) for part in slices(admit.state))
        else:
            link.outbox.stream(iter(missed))
        for packet in self._resumption.outcomes(id, seat.hello.answered) if resumed else ():
            link.outbox.reliable(packet)
        for news in (*admit.presence.shown.values(), *admit.derived.values()):
            link.outbox.latest(_latest_key(news), server_packet(news))
        self._members[id] = link
        seat.future.set_result(id)
        return None

    def dismiss(self, dismiss: Dismiss) -> Lose | None:
        """Tell somebody who waits that they get no seat. Returns how they have gone, if they
        meant to come back and nothing else of them is left."""
        seat = self._seats.pop(dismiss.seat)
        self._keys.pop(dismiss.seat, None)
        if not seat.future.done():
            seat.future.set_exception(dismiss.error)
        returns = seat.hello.resume_participant
        return self._lost(returns) if returns else None

    def _lost(self, participant: ParticipantId) -> Lose | None:
        """What to put in when there is neither a connection of theirs nor one to come."""
        return None if self.here(participant) else Lose(participant)

    def here(self, participant: ParticipantId) -> bool:
        """Whether there is a connection of theirs, or they wait to come back over one."""
        waiting = (seat.hello.resume_participant for seat in self._seats.values())
        return participant in self._links or participant in waiting

    def expel(self, expel: Expel) -> None:
        """End a participant's connection, and say why."""
        link = self._links.get(expel.participant)
        if link is not None:
            self._forget(expel.participant)
            link.end(expel.error)

    def parted(self, participant: ParticipantId, link: Link[ClientMessage]) -> bool:
        """`link` has ended: whether its participant is gone with it, since no other connection
        has taken over, or is about to."""
        if self._links.get(participant) is not link:
            return False
        del self._links[participant]
        self._forget(participant)
        return not self.here(participant)

    def end(self, error: CollabError) -> None:
        """End everybody's connection, also of those who wait to be let in, and say why."""
        for link in (*self._members.values(), *self.onlookers):
            link.end(error)
        for seat in self._seats.values():
            if not seat.future.done():
                seat.future.set_exception(error)

    def _forget(self, participant: ParticipantId) -> None:
        """Send nothing more to a participant."""
        self.departed = True
        self._members.pop(participant, None)

    # -- what they are sent ----------------------------------------------------------------

    def tell_event(self, event: Event, encoded: bytes) -> None:
        """Tell everybody what happened; to its author it is the answer."""
        packet = event_packet(encoded)
        self._note(event, packet)
        skippable = Skippable(packet)
        for participant, link in self._members.items():
            if participant == event.author:
                replied = Replied(event.request, event.revision)
                link.outbox.event(Skippable(packet, partial(server_packet, replied)))
            else:
                link.outbox.event(skippable)

    def tell(self, news: News, but: ParticipantId | None) -> None:
        """Tell everybody but one what is no event."""
        packet = server_packet(news)
        for participant, link in self._members.items():
            if participant == but:
                continue
            if isinstance(news, Gone):
                link.outbox.withdraw(partial(_shows, news.participant))
                link.outbox.reliable(packet)
            else:
                link.outbox.latest(_latest_key(news), packet)

    def reply(self, reply: Reply) -> None:
        """Tell one participant that its request made no event."""
        packet = server_packet(Replied(reply.request, reply.revision, reply.error))
        self._resumption.decided(reply.participant, reply.request, reply.revision, packet)
        link = self._members.get(reply.participant)
        if link is not None:
            link.outbox.reliable(packet)

    def flush(self, state: State) -> None:
        """Send what waits. Who has fallen behind is sent `state`, which all events led to that were
        told, instead of what waits; who has taken nothing of that when they have fallen behind
        again is parted with."""
        for participant, link in list(self._members.items()):
            outbox = link.outbox
            if outbox.behind and outbox.acknowledged != self._renewed.get(link):
                self._renewed[link] = outbox.acknowledged
                self._counters.resynced += 1
                outbox.renew(server_packet(part) for part in slices(state))
            elif outbox.behind or outbox.overflown:
                self._counters.let_go += 1
                self._forget(participant)
                link.end(ConnectionLostError("you fell too far behind: connect again"))
            link.flush()

    def waiting_bytes(self) -> list[int]:
        """What waits to be sent, for each."""
        return [link.outbox.waiting_bytes for link in self._members.values()]

    def measured(self) -> Iterator[tuple[ParticipantId, float]]:
        """How long connections take, where that has changed enough for anybody to care."""
        for participant, link in self._members.items():
            before, now = self._latencies.get(link, -1.0), link.latency_s
            if now is not None and abs(now - before) > max(0.2 * before, LATENCY_STEP_S):
                self._latencies[link] = now
                yield participant, now


def _shows(participant: ParticipantId, key: Hashable) -> bool:
    """Whether what a participant shows waits under this key of the latest lane."""
    return isinstance(key, tuple) and key[:2] == ("shown", participant)


def _latest_key(news: News) -> tuple[str, int, int]:
    """What replaces what in the latest lane."""
    if isinstance(news, Shown):
        return ("shown", news.participant, news.proxy)
    if isinstance(news, Derived):
        return ("derived", 0, news.proxy)
    assert isinstance(news, Progress)
    return ("progress", 0, news.proxy)
