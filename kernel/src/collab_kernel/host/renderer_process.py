"""The renderer as the server sees it: a child process that may die and comes back.

It is started when first needed, gets the state as a snapshot and then every event, and is
asked questions by number, in turns (see `questions`). When it dies, another takes its place from
a snapshot of now, and the questions that were under way are asked again, once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from collab_kernel.core.blobs import large
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import AnswerPart, CancelQuestion
from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId, Value
from collab_kernel.errors import CollabError, RendererError, RendererLostError
from collab_kernel.host.frames import HEAD_BYTES, framed, length
from collab_kernel.host.questions import Questions
from collab_kernel.host.roots import Allowance
from collab_kernel.wire import pipe
from collab_kernel.wire.rows import slices

log = logging.getLogger(__name__)

START_WITHIN_S = 60.0
STOP_WITHIN_S = 2.0
DEATHS_TO_QUARANTINE = 2
CANCEL_WITHIN_S = 3.0
"""Work that is not given up by then ends with its process."""
STARTS_TO_GIVE_UP = 3
"""Deaths in a row before it had done anything: then only a new question tries again."""


@dataclass(slots=True)
class _Unwanted:
    """Work that shall be given up. by: whose wish it is."""

    proxy: ProxyId
    by: str
    deadline: asyncio.TimerHandle


class RendererProcess:
    """Keeps one renderer going.

    factory: "module:callable" of the plugin.  allowance: what it may do.  state: the session's
    state now.
    learned: called with each fact.  quarantined: called with a proxy that shall not be executed
    any more, and the reason: the renderer died at it again and again, or somebody cancelled it.
    time_shown: called with a time when everything visible has been executed at it.
    contents: those that large values name, by SHA-256.
    failed: called with the reason when it is given up, until somebody needs it again.
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
        failed: Callable[[CollabError], None] = lambda error: None,
    ) -> None:
        self._factory = factory
        self._allowance = allowance
        self._state = state
        self._learned = learned
        self._quarantined = quarantined
        self._time_shown = time_shown
        self._contents = contents
        self._failed = failed
        self._time: float | None = None
        self._working: ProxyId = 0
        self._unwanted: _Unwanted | None = None
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._questions = Questions()
        self._timer: asyncio.TimerHandle | None = None
        self._deaths: dict[ProxyId, int] = {}
        self._failed_starts = 0
        self._failure: CollabError | None = None
        self._stopping = False
        self.engine = ""
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._questions)

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
        if self._stopping:
            raise RendererLostError("the server is stopping")
        self.start()
        loop = asyncio.get_running_loop()
        asked = self._questions.add(query, by, loop.time(), loop.create_future())
        self._put_questions()
        try:
            return await asked.answer
        finally:
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
        if self._working and proxy in (0, self._working) and self._unwanted is None:
            loop = asyncio.get_running_loop()
            deadline = loop.call_later(CANCEL_WITHIN_S, self._kill)
            self._unwanted = _Unwanted(self._working, by, deadline)
            self._write(pipe.encode_to(pipe.Cancel(self._working)))

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def _settle(self, given_up: bool) -> None:
        """The work that somebody cancelled has ended, one way or the other."""
        unwanted, self._unwanted = self._unwanted, None
        if unwanted is not None:
            unwanted.deadline.cancel()
            if given_up:
                by = f" by {unwanted.by}" if unwanted.by else ""
                self._quarantined(unwanted.proxy, f"cancelled{by}")

    async def rest(self) -> None:
        """End the process, the hard way if it does not end with its pipe. `start` begins anew."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._settle(given_up=False)

    async def stop(self) -> None:
        """End the process for good: whoever still waits for an answer is told."""
        self._stopping = True
        await self.rest()
        if self._timer is not None:
            self._timer.cancel()
        for asked in self._questions.all():
            if not asked.answer.done():
                asked.answer.set_exception(RendererLostError("the server is stopping"))

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
                self._fail_all(RendererError(f"the renderer can't be used: {failed}"))
                return
            cancelled = self._unwanted is not None
            self._settle(given_up=True)
            if self._stopping:
                return
            if self._failed_starts >= STARTS_TO_GIVE_UP or self._failure is not None:
                error = self._failure or RendererError(
                    f"the renderer's process ended {self._failed_starts} times in a row before "
                    "it had done anything: see the server's log"
                )
                self._failed_starts = 0
                self._fail_all(error)
                return
            self.restarts += 1
            at = f" at {self._state().title(working)}" if working else ""
            log.warning("the renderer died%s and is started again", at)
            if not cancelled and not self._failed_starts:
                self._blame(working)

    async def _live_once(self) -> ProxyId:
        """From start to death; the proxy at which it died (0: none)."""
        self.engine = ""
        self._working = 0
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # whatever lies in the working directory is data, not code
            "-m",
            "collab_kernel.host.renderer_child",
            self._factory,
            self._allowance.text(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._process = process
        assert process.stdout is not None
        ready = useful = False
        try:
            while True:
                async with asyncio.timeout(None if ready else START_WITHIN_S):
                    head = await process.stdout.readexactly(HEAD_BYTES)
                    data = await process.stdout.readexactly(length(head))
                message = pipe.decode_from(data)
                if isinstance(message, pipe.Working):
                    self._deaths.pop(self._working, None)  # it has survived that one
                    self._working = message.proxy
                    if self._unwanted and message.proxy not in (0, self._unwanted.proxy):
                        self._settle(given_up=False)
                elif isinstance(message, pipe.Ready):
                    ready = True
                    self._welcome(message)
                elif isinstance(message, pipe.Failed):
                    self._failure = message.error
                elif isinstance(message, AnswerPart):
                    useful = True
                    self._answered(message)
                elif isinstance(message, pipe.TimeShown):
                    self._time_shown(message.time)
                else:
                    useful = True
                    self._learned(message)
                    if isinstance(message, Derived) and self._is_unwanted(message.proxy):
                        self._settle(given_up=bool(message.error))
        except asyncio.IncompleteReadError:
            pass  # it died
        except TimeoutError:
            log.warning("the renderer was not ready within %g s", START_WITHIN_S)
        finally:
            self.engine = ""
            await self._reap(process)
        # Deaths at a proxy are bounded by the quarantine; all others by this.
        self._failed_starts = 0 if useful or self._working else self._failed_starts + 1
        return self._working

    def _welcome(self, ready: pipe.Ready) -> None:
        """The state as it is now, and the questions that wait for an answer."""
        self.engine = ready.engine
        for part in slices(self._state()):
            self._write_contents(large(row for table, _, row in part.rows if table == Table.VALUES))
            self._write(pipe.encode_to(part))
        time = self._state().time.time if self._time is None else self._time
        self._write(pipe.encode_to(pipe.ShowTime(time)))
        for asked in self._questions.again(asyncio.get_running_loop().time()):
            self._write(pipe.encode_to(asked.question))
        self._put_questions()

    def _is_unwanted(self, proxy: ProxyId) -> bool:
        return self._unwanted is not None and self._unwanted.proxy == proxy

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                async with asyncio.timeout(STOP_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def _answered(self, part: AnswerPart) -> None:
        asked = self._questions.answered(part.number, asyncio.get_running_loop().time())
        self._put_questions()
        if asked is None or asked.answer.done():
            return
        if part.error is not None:
            asked.answer.set_exception(part.error)
        elif part.answer is not None:
            asked.answer.set_result(replace(part.answer, data=part.data))

    def _blame(self, proxy: ProxyId) -> None:
        """Note a death. Questions that were under way and have survived one already fail; others
        are asked again."""
        if proxy:
            self._deaths[proxy] = self._deaths.get(proxy, 0) + 1
            if self._deaths[proxy] >= DEATHS_TO_QUARANTINE:
                del self._deaths[proxy]
                self._quarantined(proxy, "the renderer died twice while it worked at this proxy")
        for asked in self._questions.sent:
            if asked.retried and not asked.answer.done():
                asked.answer.set_exception(
                    RendererLostError("the renderer died twice over this question")
                )
            asked.retried = True

    def _fail_all(self, error: CollabError) -> None:
        for asked in self._questions.all():
            if not asked.answer.done():
                asked.answer.set_exception(error)
        log.error("%s", error)
        self._failed(error)
        if self._time is not None:
            self._time_shown(self._time)
