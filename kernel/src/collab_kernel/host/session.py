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
from collections import deque
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
from collab_kernel.core.presence import Presence
from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.scene import DescribeScene, FetchGeometry
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
    InvariantError,
    NoRendererError,
    RefusedError,
    StoreError,
)
from collab_kernel.host.blobs import Blobs
from collab_kernel.host.context import about
from collab_kernel.host.counters import ACCEPTED, NOTHING_TO_DO, Counters
from collab_kernel.host.farewell import STOPPING, Farewell
from collab_kernel.host.inbox import Inbox, Mark
from collab_kernel.host.journal import DOOR, TAIL, Journal, door_of
from collab_kernel.host.link import Link
from collab_kernel.host.logbook import Logbook
from collab_kernel.host.members import Members
from collab_kernel.host.memory import give_back
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.host.roots import Allowance
from collab_kernel.host.scenes import Scenes
from collab_kernel.host.stepping import Steps
from collab_kernel.host.watchdog import DEFAULT_LIMITS, RendererLimits
from collab_kernel.host.watching import Watching
from collab_kernel.wire.stored import encode_door

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
    renderer_limits: past these its process is ended.
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
        renderer_limits: RendererLimits = DEFAULT_LIMITS,
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
        self.began_at = 0
        """The revision that was there when the server took the session up; 0: it is new."""
        self._door = b""
        """The hash of the connect id that would be asked for after a new start."""
        self._wake = asyncio.Event()
        self._closing = False
        self._idle = asyncio.Event()
        """Whether nothing is being stepped, nor will be."""
        self._idle.set()
        self.failure: InvariantError | None = None
        """Why the session can't go on; None: it can."""
        self._broken = asyncio.Event()
        self.counters = Counters()
        self.members = Members(welcome, self.counters)
        self.log = Logbook()
        self._began_s = time.time() - time.monotonic()
        self._requests: dict[int, asyncio.Future[int]] = {}
        self._request_numbers = itertools.count(1)
        self.scenes = Scenes(self._ask_renderer)
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
                self._renderer_tells,
                renderer_limits,
            )
        self.watching = Watching(self.renderer, lambda: (session.state, session.presence))

    @property
    def state(self) -> State:
        return self._session.state

    @property
    def presence(self) -> Presence:
        """What everybody shows of themselves."""
        return self._session.presence

    @property
    def durable(self) -> State:
        """The state that everybody was told of."""
        return self._durable

    @property
    def waiting(self) -> int:
        """How much has arrived and was not decided yet."""
        return len(self._inbox)

    @property
    def presence_merged(self) -> int:
        """Presence that newer presence replaced before it was decided."""
        return self._inbox.merged

    @property
    def store_trouble(self) -> str:
        """Why nothing lasts at the moment; "" while all is well."""
        return self._trouble

    @property
    def lasts(self) -> bool:
        """Whether the session outlives the server."""
        return self._journal.lasts

    @property
    def notices(self) -> Sequence[str]:
        """What was found damaged in the store, and what became of it."""
        return tuple(self._journal.notices)

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
        if isinstance(fact, Derived):
            self.scenes.learned()
        self.put(Learn(fact))

    def _quarantined(self, proxy: ProxyId, reason: str) -> None:
        self.put(Quarantine(proxy, reason))

    def _time_shown(self, time: float) -> None:
        self.put(TimeShown(time))

    def _renderer_tells(self, text: str) -> None:
        """Everybody hears what became of the renderer."""
        self.put(Ask(SERVER, Request(0, Chat(text[:MAX_REASON_CHARACTERS]))))

    async def join(
        self, link: Link[ClientMessage], join: Join, hello: Hello, terms: Terms
    ) -> ParticipantId:
        """Seat whoever is behind `link`, which gets the welcome, and a snapshot or what it has
        missed. Who comes back waits until all was decided that they had asked for before.

        Raises RefusedError, or InvariantError if the session has failed.
        """
        self._check_works()
        seat, future = self.members.seat(link, hello, terms)
        self.put(replace(join, seat=seat), join.resume or SERVER)
        return await future

    def as_if_joined(self, join: Join) -> tuple[State, ParticipantId]:
        """What there would be to somebody who only asks, and who they would be. Raises
        RefusedError if they may not come in, or InvariantError if the session has failed."""
        self._check_works()
        return self._session.as_if_joined(join)

    def part(self, participant: ParticipantId, link: Link[ClientMessage], lost: bool) -> None:
        """`link` has ended; unless another one has taken over, its participant is gone."""
        if self.members.parted(participant, link):
            self.put(Lose(participant) if lost else Leave(participant), participant)

    async def command(self, command: Command, label: str = "") -> int:
        """Carry out a command of the server's own; the revision it led to.

        Raises RefusedError or StoreError, or InvariantError if the session has failed.
        """
        self._check_works()
        number = next(self._request_numbers)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._requests[number] = future
        self.put(Ask(SERVER, Request(number, command, label)))
        return await future

    async def failed(self) -> InvariantError:
        """Return once the session can't go on, and why."""
        await self._broken.wait()
        assert self.failure is not None
        return self.failure

    def _check_works(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def query(self, query: Query, by: ParticipantId = SERVER) -> Answer:
        """Ask the renderer. by: who asks. Raises RendererError, NoRendererError among them."""
        if isinstance(query, DescribeScene):
            return await self.scenes.scene(query, by)
        if isinstance(query, FetchGeometry):
            return await self.scenes.content(query, by)
        return await self._ask_renderer(query, by)

    async def _ask_renderer(self, query: Query, by: ParticipantId) -> Answer:
        if self.renderer is None:
            raise NoRendererError(
                "this server runs no renderer (--renderer none): it has the proxies, but no "
                "pictures and no data"
            )
        return await self.renderer.ask(query, by)

    # -- the loop --------------------------------------------------------------------------

    async def open(self, connect_id: str = "") -> None:
        """Take over the log, and begin: newcomers have to give `connect_id`. Raises StoreError."""
        tail: deque[tuple[Event, bytes]] = deque(maxlen=TAIL)
        state = await self._journal.open(lambda *heard: tail.append(heard))
        self._session.state = self._durable = state
        self.began_at = state.revision
        for event, _ in tail:
            self.log.add(event, state)
        records = self._journal.records
        self.members.restore(records, state, tail)
        await self.blobs.restore(state, self._journal.blob)
        self._door = door_of(records)
        mark = self._session.mark
        begin = Begin(self.name, connect_id, self._door, self._now_s())
        await self._settle([begin], self._steps.step(begin), mark)

    async def run(self) -> None:
        """Step whatever arrives, until closed, cancelled, or broken by a bug."""
        about(self.name)
        timer = asyncio.create_task(self._tick())
        self._idle.clear()
        try:
            while not self._closing:
                await self._awake()
                self._wake.clear()
                await self._take()
                if self._inbox:  # one flood must not keep the wires waiting
                    self._wake.set()
                    await asyncio.sleep(0)
        except Exception as error:
            log.exception("session %s: its loop has failed", self.name)
            self._break(error)
        finally:
            timer.cancel()
            self._idle.set()

    def _break(self, error: Exception) -> None:
        """The session can't go on: end it for everybody who is there or comes, rather than leave
        them waiting."""
        last = "; what was acknowledged is in the store" if self._journal.lasts else ""
        self.failure = InvariantError(
            f"session {self.name!r} has failed, and needs the server to be started anew{last}: "
            f"this is a bug in Collab or a plugin: {error!r:.200}"
        )
        self.members.end(self.failure)
        self._fail_requests(self.failure)
        self._broken.set()

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
            records = self._records(effects)
            began_s = time.monotonic()
            encoded = await self._journal.append(events, contents, records)
            if events:
                self.counters.append_s.add(time.monotonic() - began_s)
        except StoreError as error:
            if str(error) != self._trouble:  # else it is still the same
                log.error("session %s: %s", self.name, error)
            self._trouble, self._steps.stalled = str(error), True
            self._session.rewind(mark)
            self._refuse(batch, error)
            return
        if events:
            self._trouble = ""
        self.members.lasts(records)
        self._door = self._session.connect_id_hash
        before, self._durable = self._durable, self._session.state
        by_revision = {e.revision: data for e, data in zip(events, encoded, strict=True)}
        for effect in effects:
            self._carry_out(effect, by_revision)
        self.watching.settled()
        self.members.flush(self._durable)
        self._journal.settled(self._durable)
        if self._committed is not None:
            for event in events:
                before = evolve(before, event)
                self._committed(event, before)

    def _records(self, effects: Sequence[Effect]) -> dict[str, bytes]:
        """What has to last with the events among `effects` and is in none of them."""
        records = self.members.records(effects)
        if self._session.connect_id_hash != self._door:
            records[DOOR] = encode_door(self._session.connect_id_hash)
        return records

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
        self.members.flush(self._durable)

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
            self.counters.events += 1
            if news.author != SERVER and news.request:
                self.counters.commands[ACCEPTED] += 1
            self.log.add(news, self._durable)
            self.members.tell_event(news, encoded[news.revision])
            if news.author == SERVER and news.request:
                self._answered(news.request, news.revision, None)
        else:
            self.members.tell(news, tell.but)

    def _run(self, event: Event, encoded: dict[int, bytes]) -> None:
        self.scenes.changed()
        self.watching.happened(event)
        if self.renderer is not None:
            self.renderer.send(encoded[event.revision], brought(event.changes))
            if event.kind in (EventKind.EDIT, EventKind.SYSTEM):
                self.renderer.start()

    def _reply(self, reply: Reply) -> None:
        if reply.participant == SERVER:
            self._answered(reply.request, reply.revision, reply.error)
        else:
            outcome = NOTHING_TO_DO if reply.error is None else reply.error.code
            self.counters.commands[outcome] += 1
            self.members.reply(reply)

    def _answered(self, request: int, revision: int, error: CollabError | None) -> None:
        """A command of the server's own was decided."""
        future = self._requests.pop(request, None)
        if future is not None and not future.done():
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(revision)

    def _fail_requests(self, error: CollabError) -> None:
        """Nothing of what the server itself has asked for will be decided."""
        for future in self._requests.values():
            if not future.done():
                future.set_exception(error)

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
        self.watching.time_moved()
        self.scenes.changed()
        if self.renderer is None:
            self.put(TimeShown(time))
        else:
            self.renderer.show_time(time)

    async def close(self, farewell: Farewell) -> None:
        """End the renderer, and everyone's link with a reason. What was decided is told first, and
        what comes after that is not taken in: nobody who is about to be cut off counts as lost."""
        self._closing = True
        self._wake.set()
        await self._idle.wait()
        self.members.end(farewell.error(self._journal.lasts))
        self.watching.close()
        if self.renderer is not None:
            await self.renderer.stop()
        await self.scenes.close()
        self._fail_requests(RefusedError(STOPPING))
        self._journal.close()
        self.blobs.close()
