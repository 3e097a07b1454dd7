"""A session being hosted: stimuli from everywhere go in, effects are carried out in order.

What has arrived is stepped through at once; then all events are made to last as one
transaction, and only then is anybody told. Nothing here waits for a participant.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable

from collab_kernel.core.commands import Command, Request
from collab_kernel.core.effects import (
    Admit,
    Dismiss,
    Effect,
    News,
    Persist,
    Reply,
    Run,
    Tell,
)
from collab_kernel.core.events import Event, EventKind
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import ClientMessage, Replied, Welcome
from collab_kernel.core.presence import Gone, Shown
from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.session import Session
from collab_kernel.core.state import State
from collab_kernel.core.stimuli import (
    Ask,
    Begin,
    Join,
    Learn,
    Leave,
    Quarantine,
    Show,
    Stimulus,
    Tick,
)
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId
from collab_kernel.errors import (
    ConnectionLostError,
    InvariantError,
    NoRendererError,
    RefusedError,
    StoreError,
)
from collab_kernel.host.inbox import Inbox, Mark
from collab_kernel.host.journal import Journal
from collab_kernel.host.link import Link
from collab_kernel.host.memory import give_back
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.host.roots import Roots
from collab_kernel.wire.packets import event_packet, server_packet
from collab_kernel.wire.rows import slices

log = logging.getLogger(__name__)

MAX_BATCH = 200
"""Stimuli that are stepped before the event loop gets its turn: some milliseconds."""

TICK_EVERY_S = 1.0

RENDERER_RESTS_AFTER_S = 300.0
"""How long an empty session keeps its renderer."""

Committed = Callable[[Event, State], None]


class HostedSession:
    """One session, its participants' links, its journal and its renderer.

    welcome: the first message to a participant, but for its number.
    committed: told of every durable event and the state after it.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        journal: Journal,
        welcome: Callable[[ParticipantId], Welcome],
        renderer_factory: str | None,
        roots: Roots,
        committed: Committed | None = None,
    ) -> None:
        self.name = name
        self._session = session
        self._journal = journal
        self._welcome = welcome
        self._committed = committed
        self._durable = session.state
        self._inbox = Inbox()
        self._put_off: list[Stimulus] = []
        self._wake = asyncio.Event()
        self._departed = False
        self._members: dict[ParticipantId, Link[ClientMessage]] = {}
        self._seats: dict[int, tuple[Link[ClientMessage], asyncio.Future[ParticipantId]]] = {}
        self._seat_numbers = itertools.count(1)
        self._requests: dict[int, asyncio.Future[int]] = {}
        self._request_numbers = itertools.count(1)
        self.renderer: RendererProcess | None = None
        if renderer_factory is not None:
            self.renderer = RendererProcess(
                renderer_factory, roots, lambda: self._durable, self._learned, self._quarantined
            )

    @property
    def state(self) -> State:
        return self._session.state

    @property
    def derived(self) -> dict[ProxyId, Derived]:
        return dict(self._session.derived)

    # -- what others put in ----------------------------------------------------------------

    def put(self, stimulus: Stimulus, source: ParticipantId = SERVER) -> None:
        """Take in a stimulus of a participant's or the server's own: it is stepped with
        everything else that has arrived, each source in its turn."""
        self._inbox.put(stimulus, source)
        self._wake.set()

    async def turn(self, participant: ParticipantId) -> None:
        """Return when all that a participant has asked for so far was stepped: a question never
        overtakes a command."""
        if self._inbox.waits(participant):
            mark: Mark = asyncio.get_running_loop().create_future()
            self._inbox.put(mark, participant)
            await mark

    async def room(self, participant: ParticipantId) -> None:
        """Return when little of a participant waits: before reading more from it."""
        await self._inbox.room(participant)

    def _learned(self, fact: Derived | Progress) -> None:
        self.put(Learn(fact))

    def _quarantined(self, proxy: ProxyId, reason: str) -> None:
        self.put(Quarantine(proxy, reason))

    async def join(self, link: Link[ClientMessage], join: Join) -> ParticipantId:
        """Seat whoever is behind `link`, which gets the welcome and a snapshot.

        Raises RefusedError.
        """
        seat = next(self._seat_numbers)
        future: asyncio.Future[ParticipantId] = asyncio.get_running_loop().create_future()
        self._seats[seat] = (link, future)
        self.put(Join(seat, join.name, join.role, join.front_end, join.transport))
        return await future

    def unlink(self, participant: ParticipantId) -> None:
        """Send nothing more to a participant."""
        self._departed = True
        self._members.pop(participant, None)

    async def command(self, command: Command, label: str = "") -> int:
        """Carry out a command of the server's own; the revision it led to.

        Raises RefusedError or StoreError.
        """
        number = next(self._request_numbers)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._requests[number] = future
        self.put(Ask(SERVER, Request(number, command, label)))
        return await future

    async def query(self, query: Query) -> Answer:
        """Ask the renderer. Raises RendererError, NoRendererError among them."""
        if self.renderer is None:
            raise NoRendererError(
                "this server runs no renderer (--renderer none): it has the proxies, but no "
                "pictures and no data"
            )
        return await self.renderer.ask(query)

    # -- the loop --------------------------------------------------------------------------

    async def open(self) -> None:
        """Take over the log, and begin. Raises StoreError."""
        self._session.state = self._durable = await self._journal.open()
        await self._take([Begin(self.name)])

    async def run(self) -> None:
        """Step whatever arrives, until cancelled."""
        timer = asyncio.create_task(self._tick())
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                batch, marks = self._inbox.take(MAX_BATCH)
                await self._take(batch)
                for mark in marks:
                    if not mark.done():
                        mark.set_result(None)
                if self._inbox:  # one flood must not keep the wires waiting
                    self._wake.set()
                    await asyncio.sleep(0)
        finally:
            timer.cancel()

    async def _tick(self) -> None:
        """Let time pass; and a session that has stood empty for a while need no renderer."""
        empty_s = 0.0
        while True:
            await asyncio.sleep(TICK_EVERY_S)
            self._wake.set()
            if self._departed:  # whoever had fallen behind has left much room
                self._departed = False
                give_back()
            needed = self._members or (self.renderer is not None and self.renderer.asked)
            empty_s = 0.0 if needed else empty_s + TICK_EVERY_S
            if empty_s >= RENDERER_RESTS_AFTER_S and self.renderer is not None:
                await self.renderer.rest()

    async def _take(self, batch: list[Stimulus]) -> None:
        """One batch, from its first step to the last word about it."""
        batch = [*self._put_off, *batch]
        self._put_off = []
        mark = self._session.mark
        effects = self._step(Tick(time.time()))
        for stimulus in batch:
            effects += self._step(stimulus)
        events = [e.event for e in effects if isinstance(e, Persist)]
        try:
            encoded = await self._journal.append(events)
        except StoreError as error:
            log.error("session %s: %s", self.name, error)
            self._session.rewind(mark)
            self._refuse(batch, error)
            return
        before, self._durable = self._durable, self._session.state
        by_revision = {e.revision: data for e, data in zip(events, encoded, strict=True)}
        for effect in effects:
            self._carry_out(effect, by_revision)
        for participant, link in list(self._members.items()):
            if link.outbox.overflown:
                self.unlink(participant)
                link.end(ConnectionLostError("you fell too far behind: connect again"))
            link.flush()
        if self._committed is not None:
            for event in events:
                before = evolve(before, event)
                self._committed(event, before)

    def _step(self, stimulus: Stimulus) -> list[Effect]:
        """Step one stimulus. A bug in the core or in a policy costs whoever ran into it their
        command, and nobody the session: a step that fails has changed nothing."""
        try:
            return self._session.step(stimulus)
        except Exception as error:
            log.exception("session %s: a step failed: %r", self.name, stimulus)
            failure = InvariantError(f"this is a bug in Collab or a plugin: {error!r:.200}")
            revision = self._session.state.revision
            if isinstance(stimulus, Ask):
                return [Reply(stimulus.participant, stimulus.request.number, revision, failure)]
            if isinstance(stimulus, Join):
                return [Dismiss(stimulus.seat, failure)]
            return []

    def _refuse(self, batch: list[Stimulus], error: StoreError) -> None:
        """Nothing of the batch has happened: say so to whoever asked. What nobody would ask
        again (somebody has left, say) is taken in with the next batch."""
        self._put_off = [s for s in batch if not isinstance(s, Ask | Join | Show)]
        for stimulus in batch:
            if isinstance(stimulus, Ask):
                revision = self._session.state.revision
                number = stimulus.request.number
                self._reply(Reply(stimulus.participant, number, revision, error))
            elif isinstance(stimulus, Join):
                self._dismiss(Dismiss(stimulus.seat, error))
        for link in self._members.values():
            link.flush()

    # -- effects ---------------------------------------------------------------------------

    def _carry_out(self, effect: Effect, encoded: dict[int, bytes]) -> None:
        """encoded: the events of the batch, by revision."""
        if isinstance(effect, Tell):
            self._tell(effect, encoded)
        elif isinstance(effect, Run):
            self._run(effect.event, encoded)
        elif isinstance(effect, Reply):
            self._reply(effect)
        elif isinstance(effect, Admit):
            self._admit(effect)
        elif isinstance(effect, Dismiss):
            self._dismiss(effect)

    def _tell(self, tell: Tell, encoded: dict[int, bytes]) -> None:
        news = tell.news
        if isinstance(news, Event):
            packet = event_packet(encoded[news.revision])
            for link in self._members.values():
                link.outbox.reliable(packet)
            self._acknowledge(news)
            return
        packet = server_packet(news)
        for participant, link in self._members.items():
            if participant != tell.but:
                if isinstance(news, Gone):
                    link.outbox.reliable(packet)
                else:
                    link.outbox.latest(_latest_key(news), packet)

    def _run(self, event: Event, encoded: dict[int, bytes]) -> None:
        if self.renderer is not None:
            self.renderer.send(encoded[event.revision])
            if event.kind in (EventKind.EDIT, EventKind.SYSTEM):
                self.renderer.start()

    def _reply(self, reply: Reply) -> None:
        if reply.participant == SERVER:
            future = self._requests.pop(reply.request, None)
            if future is not None and not future.done():
                if reply.error is not None:
                    future.set_exception(reply.error)
                else:
                    future.set_result(reply.revision)
            return
        link = self._members.get(reply.participant)
        if link is not None:
            message = Replied(reply.request, reply.revision, reply.error)
            link.outbox.reliable(server_packet(message))

    def _acknowledge(self, event: Event) -> None:
        """To the server itself; a participant sees its event."""
        if event.author == SERVER and event.request:
            future = self._requests.pop(event.request, None)
            if future is not None and not future.done():
                future.set_result(event.revision)

    def _admit(self, admit: Admit) -> None:
        link, future = self._seats.pop(admit.seat)
        if future.cancelled():  # gone meanwhile
            self.put(Leave(admit.participant))
            return
        link.outbox.reliable(server_packet(self._welcome(admit.participant)))
        link.outbox.stream(server_packet(part) for part in slices(admit.state))
        for news in (*admit.presence.shown.values(), *admit.derived.values()):
            link.outbox.latest(_latest_key(news), server_packet(news))
        self._members[admit.participant] = link
        future.set_result(admit.participant)

    def _dismiss(self, dismiss: Dismiss) -> None:
        _, future = self._seats.pop(dismiss.seat)
        if not future.done():
            future.set_exception(dismiss.error)

    async def close(self) -> None:
        """End the renderer, and everyone's link with a reason."""
        for link in self._members.values():
            link.end(ConnectionLostError("the server is stopping"))
        if self.renderer is not None:
            await self.renderer.stop()
        for future in self._requests.values():
            if not future.done():
                future.set_exception(RefusedError("the server is stopping"))
        self._journal.close()


def _latest_key(news: News) -> tuple[str, int, int]:
    """What replaces what in the latest lane."""
    if isinstance(news, Shown):
        return ("shown", news.participant, news.proxy)
    if isinstance(news, Derived):
        return ("derived", 0, news.proxy)
    assert isinstance(news, Progress)
    return ("progress", 0, news.proxy)
