"""A session being hosted: stimuli from everywhere go in, effects are carried out in order.

What has arrived is stepped through at once; then all events are made to last as one
transaction, and only then is anybody told. Nothing here waits for a participant.

Longer than other modules on purpose: what goes in, what lasts and what comes out are one thing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from collab_kernel.core.blobs import brought
from collab_kernel.core.commands import Chat, Command, Request
from collab_kernel.core.effects import (
    Admit,
    Cancel,
    Dismiss,
    Effect,
    Expel,
    Persist,
    Reply,
    Run,
    ShowTime,
    Tell,
)
from collab_kernel.core.events import Event, EventKind
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import ClientMessage, Hello, Welcome
from collab_kernel.core.peer import Terms
from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.session import Mark as Rewind
from collab_kernel.core.session import Session
from collab_kernel.core.state import State
from collab_kernel.core.stimuli import (
    Ask,
    Begin,
    Join,
    Learn,
    Leave,
    Lose,
    Measure,
    Quarantine,
    Show,
    Stimulus,
    Tick,
    TimeShown,
)
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId
from collab_kernel.errors import (
    CollabError,
    NoRendererError,
    RefusedError,
    ServerStoppedError,
    StoreError,
)
from collab_kernel.host.blobs import Blobs
from collab_kernel.host.inbox import Inbox, Mark
from collab_kernel.host.journal import Journal
from collab_kernel.host.link import Link
from collab_kernel.host.logbook import Logbook
from collab_kernel.host.members import Members
from collab_kernel.host.memory import give_back
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.host.roots import Allowance
from collab_kernel.host.stepping import Steps

log = logging.getLogger(__name__)

MAX_BATCH, BATCH_S = 200, 0.005
"""So many stimuli, for so long, are stepped before the event loop gets its turn."""

MAX_REASON_CHARACTERS = 500

TICK_EVERY_S = 1.0

RENDERER_RESTS_AFTER_S = 300.0
"""How long an empty session keeps its renderer."""

Committed = Callable[[Event, State], None]


class HostedSession:
    """One session, its participants' links, its large values, its journal and its renderer.

    welcome: the first message to a participant, but for what is its own.
    committed: told of every durable event and the state after it.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        journal: Journal,
        welcome: Callable[[ParticipantId, Terms], Welcome],
        renderer_factory: str | None,
        allowance: Allowance,
        blobs: Blobs,
        committed: Committed | None = None,
    ) -> None:
        self.name = name
        self.blobs = blobs
        self._session = session
        self._journal = journal
        self._committed = committed
        self._durable = session.state
        self._inbox = Inbox()
        self._steps = Steps(session, name)
        self._trouble = ""
        """Why nothing lasts at the moment."""
        self._wake = asyncio.Event()
        self.members = Members(welcome)
        self.log = Logbook()
        self._began_s = time.time() - time.monotonic()
        self._requests: dict[int, asyncio.Future[int]] = {}
        self._request_numbers = itertools.count(1)
        self._renderer_trouble = ""
        self.renderer: RendererProcess | None = None
        if renderer_factory is not None:
            self.renderer = RendererProcess(
                renderer_factory,
                allowance,
                lambda: self._durable,
                self._learned,
                self._quarantined,
                self._time_shown,
                blobs.contents,
                self._renderer_fails,
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

    def _time_shown(self, time: float) -> None:
        self.put(TimeShown(time))

    def _renderer_fails(self, error: CollabError) -> None:
        """There are no pictures any more: everybody is told, once for each reason."""
        if str(error) != self._renderer_trouble:
            self._renderer_trouble = str(error)
            text = f"No pictures: {error}"[:MAX_REASON_CHARACTERS]
            self.put(Ask(SERVER, Request(0, Chat(text))))

    async def join(
        self, link: Link[ClientMessage], join: Join, hello: Hello, terms: Terms
    ) -> ParticipantId:
        """Seat whoever is behind `link`, which gets the welcome, and a snapshot or what it has
        missed. Who comes back waits until all was decided that they had asked for before.

        Raises RefusedError.
        """
        seat, future = self.members.seat(link, hello, terms)
        self.put(replace(join, seat=seat), join.resume or SERVER)
        return await future

    def part(self, participant: ParticipantId, link: Link[ClientMessage], lost: bool) -> None:
        """`link` has ended; unless another one has taken over, its participant is gone."""
        if self.members.parted(participant, link):
            self.put(Lose(participant) if lost else Leave(participant), participant)

    async def command(self, command: Command, label: str = "") -> int:
        """Carry out a command of the server's own; the revision it led to.

        Raises RefusedError or StoreError.
        """
        number = next(self._request_numbers)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._requests[number] = future
        self.put(Ask(SERVER, Request(number, command, label)))
        return await future

    async def query(self, query: Query, by: ParticipantId = SERVER) -> Answer:
        """Ask the renderer. by: who asks. Raises RendererError, NoRendererError among them."""
        if self.renderer is None:
            raise NoRendererError(
                "this server runs no renderer (--renderer none): it has the proxies, but no "
                "pictures and no data"
            )
        return await self.renderer.ask(query, by)

    # -- the loop --------------------------------------------------------------------------

    async def open(self, connect_id: str = "") -> None:
        """Take over the log, and begin: newcomers have to give `connect_id`. Raises StoreError."""
        self._session.state = self._durable = await self._journal.open()
        await self.blobs.restore(self._durable, self._journal.blob)
        self.put(Begin(self.name, connect_id))
        await self._take()

    async def run(self) -> None:
        """Step whatever arrives, until cancelled."""
        timer = asyncio.create_task(self._tick())
        try:
            while True:
                await self._awake()
                self._wake.clear()
                await self._take()
                if self._inbox:  # one flood must not keep the wires waiting
                    self._wake.set()
                    await asyncio.sleep(0)
        finally:
            timer.cancel()

    def _now_s(self) -> float:
        """Seconds since the epoch, on a clock that nobody sets: durations are measured by it."""
        return self._began_s + time.monotonic()

    async def _awake(self) -> None:
        """Return when something has arrived, or a step is due that is played."""
        due_s = self._session.due_s
        if due_s is None or self._steps.stalled:
            await self._wake.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due_s - self._now_s())):
                await self._wake.wait()

    async def _tick(self) -> None:
        """Let time pass; and a session that has stood empty for a while need no renderer."""
        empty_s = 0.0
        while True:
            await asyncio.sleep(TICK_EVERY_S)
            self._wake.set()
            for participant, latency_s in self.members.measured():
                self.put(Measure(participant, latency_s))
            if self.members.departed:  # whoever had fallen behind has left much room
                self.members.departed = False
                give_back()
            needed = self.members or (self.renderer is not None and self.renderer.asked)
            empty_s = 0.0 if needed else empty_s + TICK_EVERY_S
            if empty_s >= RENDERER_RESTS_AFTER_S and self.renderer is not None:
                await self.renderer.rest()
            await self.blobs.tidy(self._durable)

    async def _take(self) -> None:
        """Step a batch of what waits, and tell what came of it."""
        mark = self._session.mark
        self._steps.stalled = False
        effects = self._steps.step(Tick(self._now_s()))
        batch = [s for s in self._steps.put_off if not self._is_outdated(s)]
        self._steps.put_off = []
        for stimulus in batch:
            effects += self._steps.step(stimulus)
        marks: list[Mark] = []
        until_s = time.monotonic() + BATCH_S
        while self._inbox and len(batch) < MAX_BATCH:
            item = self._inbox.next()
            if isinstance(item, asyncio.Future):
                marks.append(item)
                continue
            batch.append(item)
            effects += self._steps.step(item)
            if time.monotonic() >= until_s:
                break
        await self._settle(batch, effects, mark)
        for passed in marks:
            if not passed.done():
                passed.set_result(None)

    async def _settle(
        self, batch: Sequence[Stimulus], effects: Sequence[Effect], mark: Rewind
    ) -> None:
        """Make the events of a batch last, and then tell of it; or else none of it has happened.
        mark: where the session stood before."""
        events = [e.event for e in effects if isinstance(e, Persist)]
        try:
            contents = self.blobs.bring(c for e in events for c in e.changes)
            encoded = await self._journal.append(events, contents)
        except StoreError as error:
            if str(error) != self._trouble:  # else it is still the same
                log.error("session %s: %s", self.name, error)
            self._trouble, self._steps.stalled = str(error), True
            self._session.rewind(mark)
            self._refuse(batch, error)
            return
        if events:
            self._trouble = ""
        before, self._durable = self._durable, self._session.state
        by_revision = {e.revision: data for e, data in zip(events, encoded, strict=True)}
        for effect in effects:
            self._carry_out(effect, by_revision)
        self.members.flush()
        if self._committed is not None:
            for event in events:
                before = evolve(before, event)
                self._committed(event, before)

    def _is_outdated(self, stimulus: Stimulus) -> bool:
        """Whether it says that somebody has gone who is back by now."""
        return isinstance(stimulus, Leave | Lose) and self.members.here(stimulus.participant)

    def _refuse(self, batch: Sequence[Stimulus], error: StoreError) -> None:
        """Nothing of the batch has happened: say so to whoever asked. What nobody would ask
        again (somebody has left, say) is taken in with the next batch."""
        self._steps.put_off = [s for s in batch if not isinstance(s, Ask | Join | Show)]
        for stimulus in batch:
            if isinstance(stimulus, Ask):
                revision = self._session.state.revision
                number = stimulus.request.number
                self._reply(Reply(stimulus.participant, number, revision, error))
            elif isinstance(stimulus, Join):
                self._dismiss(Dismiss(stimulus.seat, error))
        self.members.flush()

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
        elif isinstance(effect, Expel):
            self.members.expel(effect)
        elif isinstance(effect, ShowTime):
            self._show_time(effect.time)
        elif isinstance(effect, Cancel) and self.renderer is not None:
            self.renderer.cancel(effect.proxy, effect.by)

    def _tell(self, tell: Tell, encoded: dict[int, bytes]) -> None:
        news = tell.news
        if isinstance(news, Event):
            self.log.add(news, self._durable)
            self.members.tell_event(news, encoded[news.revision])
            if news.author == SERVER and news.request:
                self._answered(news.request, news.revision, None)
        else:
            self.members.tell(news, tell.but)

    def _run(self, event: Event, encoded: dict[int, bytes]) -> None:
        if self.renderer is not None:
            self.renderer.send(encoded[event.revision], brought(event.changes))
            if event.kind in (EventKind.EDIT, EventKind.SYSTEM):
                self.renderer.start()

    def _reply(self, reply: Reply) -> None:
        if reply.participant == SERVER:
            self._answered(reply.request, reply.revision, reply.error)
        else:
            self.members.reply(reply)

    def _answered(self, request: int, revision: int, error: CollabError | None) -> None:
        """A command of the server's own was decided."""
        future = self._requests.pop(request, None)
        if future is not None and not future.done():
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(revision)

    def _admit(self, admit: Admit) -> None:
        gone = self.members.admit(admit, self._session.decided(admit.participant))
        if gone is not None:
            self.put(gone, admit.participant)

    def _dismiss(self, dismiss: Dismiss) -> None:
        gone = self.members.dismiss(dismiss)
        if gone is not None:
            self.put(gone, gone.participant)

    def _show_time(self, time: float) -> None:
        """Without a renderer there is nothing to wait for."""
        if self.renderer is None:
            self.put(TimeShown(time))
        else:
            self.renderer.show_time(time)

    async def close(self) -> None:
        """End the renderer, and everyone's link with a reason."""
        self.members.end(ServerStoppedError("the server is stopping"))
        if self.renderer is not None:
            await self.renderer.stop()
        for future in self._requests.values():
            if not future.done():
                future.set_exception(RefusedError("the server is stopping"))
        self._journal.close()
        self.blobs.close()
