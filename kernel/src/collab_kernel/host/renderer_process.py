"""The renderer as the server sees it: a child process that may die and comes back.

It is started when first needed, gets the state as a snapshot and then every event, and is
asked questions by number, in turns (see `questions`). When it dies, or is ended because it hangs
or takes too much memory (see `watchdog`), another takes its place from a snapshot of now, and the
questions that were under way are asked again, once. What its deaths lead to: see `deaths`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from collab_kernel.core.blobs import large
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import AnswerPart, CancelQuestion, Ping, Pong
from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId, Value
from collab_kernel.errors import CollabError, RendererError, RendererLostError
from collab_kernel.host.child import reap, spawn
from collab_kernel.host.counters import ANSWER_BOUNDS_S, Histogram
from collab_kernel.host.deaths import Deaths
from collab_kernel.host.frames import HEAD_BYTES, framed, length
from collab_kernel.host.questions import Asked, Questions
from collab_kernel.host.roots import Allowance
from collab_kernel.host.unwanted import Unwanted
from collab_kernel.host.watchdog import (
    DEFAULT_LIMITS,
    Cause,
    RendererLimits,
    Verdict,
    Watchdog,
    resident_bytes,
)
from collab_kernel.wire import pipe
from collab_kernel.wire.rows import slices

log = logging.getLogger(__name__)

START_WITHIN_S = 60.0
RETRY_AFTER_S = 10.0
"""Once it is given up, a change tries again at once, and a question after so long."""


class RendererProcess:
    """Keeps one renderer going.

    factory: "module:callable" of the plugin.  allowance: what it may do.  state: the session's
    state now.
    learned: called with each fact.  quarantined: called with a proxy that shall not be executed
    any more, and the reason: the renderer died at it again and again, or somebody cancelled it.
    time_shown: called with a time when everything visible has been executed at it.
    contents: those that large values name, by SHA-256.
    tell: called with what everybody should hear of: a death and where, that there are no pictures
    any more, that there are pictures again.
    limits: past these it is ended.
    """

    def __init__(
        self,
        factory: str,
        allowance: Allowance,
        state: Callable[[], State],
        learned: Callable[[Derived | Progress], None],
        quarantined: Callable[[ProxyId, str], None],
        time_shown: Callable[[float], None],
        contents: Callable[[Iterable[Value]], Mapping[bytes, bytes]],
        tell: Callable[[str], None] = lambda text: None,
        limits: RendererLimits = DEFAULT_LIMITS,
    ) -> None:
        self._factory = factory
        self._allowance = allowance
        self._state = state
        self._learned = learned
        self._quarantined = quarantined
        self._time_shown = time_shown
        self._contents = contents
        self._tell = tell
        self._limits = limits
        self._verdict: Verdict | None = None
        self._time: float | None = None
        self._working: ProxyId = 0
        self._unwanted = Unwanted(self._kill, quarantined)
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._questions = Questions()
        self._timer: asyncio.TimerHandle | None = None
        self._deaths = Deaths()
        self._useful = False
        self._ready_s: float | None = None
        self._failure: CollabError | None = None
        self._given_up_s = 0.0
        self._stopping = False
        self.engine = ""
        self.video: tuple[str, ...] = ()
        """The formats in which the last one that was ready makes pictures from one another."""
        self.restarts = 0
        self.answer_s = Histogram(ANSWER_BOUNDS_S)
        self.answers: Counter[str] = Counter()
        """By the kind of the question."""
        self.trouble = ""
        """Why there are no pictures, from when it is given up until it has done something again."""

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._questions)

    @property
    def waiting(self) -> int:
        """How many questions have no answer yet."""
        return len(self._questions)

    @property
    def condition(self) -> str:
        """What it is doing, in a word for people."""
        if self._task is None:
            return "resting"
        if self._task.done():
            return "given up"
        if not self.engine:
            return "starting"
        return "working" if self._working else "ready"

    # -- what the server wants -------------------------------------------------------------

    def start(self) -> None:
        """Start the process unless it runs already."""
        if not self._stopping and (self._task is None or self._task.done()):
            self._failure = None
            self._task = asyncio.create_task(self._run())

    def send(self, event: bytes, values: Iterable[Value]) -> None:
        """Hand on an encoded event and the contents of the large `values` that it brings; one
        that nobody runs for yet is in the snapshot later."""
        if self.engine:
            self._write_contents(values)
            self._write(pipe.event_message(event))

    def _write_contents(self, values: Iterable[Value]) -> None:
        """What the next message names: the process keeps it no longer than until then."""
        for sha256, content in self._contents(values).items():
            self._write(pipe.encode_to(pipe.Content(sha256, content)))

    async def ask(self, query: Query, by: ParticipantId = SERVER) -> Answer:
        """The renderer's answer, at a state no older than now. by: who asks. Raises
        RendererError."""
        asked = self.begin(query, by)
        try:
            return await asked.answer
        finally:
            self.end(asked)

    def begin(self, query: Query, by: ParticipantId = SERVER) -> Asked:
        """Ask without waiting; `end` it, whatever comes. As long as it has no number it may be
        changed into another question that takes no longer. Raises RendererError."""
        if self._stopping:
            raise RendererLostError("the server is stopping")
        loop = asyncio.get_running_loop()
        given_up = self.trouble and self._task is not None and self._task.done()
        if given_up and loop.time() - self._given_up_s < RETRY_AFTER_S:
            raise RendererError(f"no pictures: {self.trouble}")
        self.start()
        asked = self._questions.add(query, by, loop.time(), loop.create_future())
        self._put_questions()
        return asked

    def end(self, asked: Asked) -> None:
        """It was answered, or nobody wants to know any more."""
        if not asked.answer.done():
            asked.answer.cancel()
        if self._questions.withdrawn(asked):
            self._write(pipe.encode_to(CancelQuestion(asked.number)))
        self._put_questions()

    def _put_questions(self) -> None:
        """Put those to the renderer whose turn it is, if it is ready."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self.engine:
            return
        while (asked := self._questions.next(loop.time())) is not None:
            self._write(pipe.encode_to(asked.question))
        due_s = self._questions.due_s(loop.time())
        if due_s is not None:
            self._timer = loop.call_at(due_s, self._put_questions)

    def show_time(self, time: float) -> None:
        """Let everything be shown at a simulation time; `time_shown` is called when it is. Of
        several that wait, only the newest is shown. Where the renderer was given up nothing shows
        anything, so nobody has to wait for it."""
        self._time = time
        if self._task is not None and self._task.done():
            self._time_shown(time)
            return
        self.start()
        self._write(pipe.encode_to(pipe.ShowTime(time)))

    def cancel(self, proxy: ProxyId = 0, by: str = "") -> None:
        """Give up the work at `proxy` (0: whatever it is), if it is what is worked at.

        It is then left out until it, or something that it is made from, changes: nobody wants
        to wait for it again just because a process was started again. The renderer is asked
        first; where it can't stop, its process is ended.
        """
        if self._working and proxy in (0, self._working) and not self._unwanted:
            self._unwanted.begin(self._working, by)
            self._write(pipe.encode_to(pipe.Cancel(self._working)))

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def rest(self) -> None:
        """End the process, the hard way if it does not end with its pipe. `start` begins anew."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._unwanted.settle(given_up=False)

    async def stop(self) -> None:
        """End the process for good: whoever still waits for an answer is told."""
        self._stopping = True
        await self.rest()
        if self._timer is not None:
            self._timer.cancel()
        self._questions.fail(RendererLostError("the server is stopping"))

    def _write(self, data: bytes) -> None:
        """To the process that is ready, if there is one: a new one starts from a snapshot."""
        if self.engine and self._process and self._process.stdin:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(framed(data))

    # -- the process -----------------------------------------------------------------------

    async def _run(self) -> None:
        """Start it, and start it again whenever it dies."""
        while True:
            try:
                working = await self._live_once()
            except (CollabError, OSError) as failed:
                self._give_up(RendererError(f"the renderer can't be used: {failed}"))
                return
            cancelled = bool(self._unwanted)
            self._unwanted.settle(given_up=True)
            if self._stopping:
                return
            pause_s = 0.0 if cancelled else self._bury(working)
            if self._failure is not None or pause_s is None:
                self._give_up(
                    self._failure
                    or RendererError(
                        "the renderer's process ended several times in a row with no proxy to "
                        "blame for it: see the server's log"
                    )
                )
                return
            self.restarts += 1
            await asyncio.sleep(pause_s)

    def _bury(self, working: ProxyId) -> float | None:
        """A process has died that nobody wanted to end: say so, and see what follows from it.
        How long to wait with the next start; None: there shall be none."""
        verdict = self._verdict or Verdict(Cause.DIED, "")
        now_s = asyncio.get_running_loop().time()
        lived_s = 0.0 if self._ready_s is None else now_s - self._ready_s
        then = self._deaths.died(working, verdict.cause, self._useful, lived_s)
        at = f" at {self._state().title(working)}" if working else ""
        why = f" ({verdict.text})" if verdict.text else ""
        text = f"The renderer {verdict.cause}{at}{why}"
        if then.pause_s is not None:
            text += " and is started again"
        log.warning("%s", text)
        if working or verdict.cause is not Cause.DIED:
            self._tell(f"{text}.")
        if then.quarantine:
            self._quarantined(working, then.quarantine)
        if working or self._useful:
            self._questions.died(RendererLostError("the renderer died twice over this question"))
        return then.pause_s

    async def _live_once(self) -> ProxyId:
        """From start to death; the proxy at which it died (0: none)."""
        self.engine = ""
        self._working, self._useful = 0, False
        self._verdict = self._ready_s = None
        process = await spawn(self._factory, self._allowance)
        self._process = process
        assert process.stdout is not None
        now_s = asyncio.get_running_loop().time
        dog = Watchdog(self._limits, now_s())
        watching = asyncio.create_task(self._watch(process.pid, dog))
        try:
            while True:
                async with asyncio.timeout(START_WITHIN_S if self._ready_s is None else None):
                    head = await process.stdout.readexactly(HEAD_BYTES)
                    data = await process.stdout.readexactly(length(head))
                dog.heard(now_s())
                message = pipe.decode_from(data)
                if isinstance(message, Pong):
                    pass  # that it came is all it says
                elif isinstance(message, pipe.Working):
                    self._deaths.survived(self._working)
                    self._working = message.proxy
                    self._unwanted.working(message.proxy)
                elif isinstance(message, pipe.Ready):
                    self._ready_s = now_s()
                    self._welcome(message)
                elif isinstance(message, pipe.Failed):
                    self._failure = message.error
                elif isinstance(message, AnswerPart):
                    self._is_useful()
                    self._answered(message)
                elif isinstance(message, pipe.TimeShown):
                    self._time_shown(message.time)
                else:
                    self._is_useful()
                    self._learned(message)
                    if isinstance(message, Derived):
                        self._unwanted.learned(message)
        except asyncio.IncompleteReadError:
            pass  # it died
        except TimeoutError:
            log.warning("the renderer was not ready within %g s", START_WITHIN_S)
        finally:
            self.engine = ""
            watching.cancel()
            await reap(process)
        return self._working

    def _is_useful(self) -> None:
        """It has done something: whatever was wrong is over."""
        self._useful = True
        if self.trouble:
            self.trouble = ""
            self._tell("There are pictures again.")

    async def _watch(self, pid: int, dog: Watchdog) -> None:
        """End the process once it is past its limits."""
        now_s = asyncio.get_running_loop().time
        while self._verdict is None:
            await asyncio.sleep(dog.every_s)
            taken_bytes = resident_bytes(pid) if self._limits.memory_bytes else 0
            self._verdict = dog.verdict(now_s(), taken_bytes)
            if self.engine and dog.asks(now_s()):
                self._write(pipe.encode_to(Ping(0)))
        self._kill()

    def _welcome(self, ready: pipe.Ready) -> None:
        """The state as it is now, and the questions that wait for an answer."""
        self.engine, self.video = ready.engine, ready.video
        for part in slices(self._state()):
            self._write_contents(large(row for table, _, row in part.rows if table == Table.VALUES))
            self._write(pipe.encode_to(part))
        time = self._state().time.time if self._time is None else self._time
        self._write(pipe.encode_to(pipe.ShowTime(time)))
        for asked in self._questions.again(asyncio.get_running_loop().time()):
            self._write(pipe.encode_to(asked.question))
        self._put_questions()

    def _answered(self, part: AnswerPart) -> None:
        now_s = asyncio.get_running_loop().time()
        asked = self._questions.answered(part.number, now_s)
        if asked is not None:
            self.answer_s.add(now_s - asked.since_s)
            self.answers[type(asked.query).__name__] += 1
        self._put_questions()
        if asked is None or asked.answer.done():
            return
        if part.error is not None:
            asked.answer.set_exception(part.error)
        elif part.answer is not None:
            asked.answer.set_result(replace(part.answer, data=part.data))

    def _give_up(self, error: CollabError) -> None:
        """There are no pictures until somebody tries again: say so, once for each reason."""
        self._questions.fail(error)
        log.error("%s", error)
        self._given_up_s = asyncio.get_running_loop().time()
        if str(error) != self.trouble:
            self.trouble = str(error)
            self._tell(f"No pictures: {error}")
        if self._time is not None:
            self._time_shown(self._time)
