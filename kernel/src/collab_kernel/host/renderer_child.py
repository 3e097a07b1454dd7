"""The renderer's process: folds all that has arrived, executes once, answers.

Started by `renderer_process` as `python -m collab_kernel.host.renderer_child MODULE:CALLABLE
ALLOWANCE`. It speaks over its standard input and output, and ends when that pipe does, whatever
it is doing: a killed server leaves no renderer behind.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import BinaryIO

from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import (
    AnswerPart,
    CancelQuestion,
    Ping,
    Pong,
    Question,
    SnapshotSlice,
)
from collab_kernel.core.queries import ServerQuery
from collab_kernel.core.state import State
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import CancelledQueryError, CollabError, RendererError
from collab_kernel.host.confinement import confine
from collab_kernel.host.frames import framed, read_frame
from collab_kernel.host.roots import Allowance
from collab_kernel.host.saving import Write, save
from collab_kernel.spi import Renderer, VideoRenderer
from collab_kernel.wire import pipe
from collab_kernel.wire.blobs import whole_event, whole_slice
from collab_kernel.wire.facts import encode_selected
from collab_kernel.wire.rows import gathered
from collab_kernel.wire.scene import encode_scene
from collab_kernel.wire.spreadsheet import encode_table

PROGRESS_EVERY_S = 0.1

OOM_SCORE = 500
"""Of 1,000: as if half of the memory there is were its own."""


class Host:
    """What the renderer sees of its process (`spi.RendererHost`)."""

    def __init__(self, out: BinaryIO, allowance: Allowance) -> None:
        self._out = out
        self._allowance = allowance
        self._progress_s: dict[ProxyId, float] = {}
        self._at: ProxyId = 0
        self._unwanted: ProxyId = 0
        """What shall be given up, if it is still worked at: said by the listening thread."""

    def send(self, message: pipe.FromRenderer) -> None:
        try:
            self._out.write(framed(pipe.encode_from(message)))
            self._out.flush()
        except BrokenPipeError:
            os._exit(0)  # the server is gone: there is nobody to work for

    def working(self, proxy: ProxyId) -> None:
        self._at, self._unwanted = proxy, 0  # what was said of earlier work is void
        self.send(pipe.Working(proxy))

    def progress(self, proxy: ProxyId, fraction: float, text: str = "") -> None:
        now_s = time.monotonic()
        if fraction < 1.0 and now_s - self._progress_s.get(proxy, 0.0) < PROGRESS_EVERY_S:
            return
        if fraction < 1.0:
            self._progress_s[proxy] = now_s
        else:
            self._progress_s.pop(proxy, None)  # done: the next work is told from its start
        self.send(Progress(proxy, min(max(fraction, 0.0), 1.0), text))

    def cancelled(self) -> bool:
        return self._unwanted == self._at != 0

    def cancel(self, proxy: ProxyId) -> None:
        """Let the work at `proxy` be given up, if it is what is worked at."""
        self._unwanted = proxy

    def file(self, name: str) -> str:
        return str(self._allowance.roots.resolve(name))

    def save(self, name: str, replace: bool, write: Write) -> str:
        return save(self._allowance.roots, name, replace, write)

    def runs_code(self) -> bool:
        return self._allowance.code

    def tell(self, derived: Derived) -> None:
        self.send(derived)


class Child:
    """One renderer and its inbox, used by one thread."""

    def __init__(self, renderer: Renderer, host: Host) -> None:
        self._renderer = renderer
        self._host = host
        self._inbox: queue.SimpleQueue[pipe.ToRenderer] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._state = State()
        self._slices: list[SnapshotSlice] = []
        self._contents: dict[bytes, bytes] = {}
        """Of large values that the next event or slice names."""
        self._questions: list[Question] = []
        self._late: float | None = None
        """The time that not everything visible has been executed at yet."""

    def listen(self, stream: BinaryIO) -> None:
        """Read control messages, in a thread of its own; end the process with the pipe."""
        while (data := read_frame(stream)) is not None:
            message = pipe.decode_to(data)
            if isinstance(message, pipe.Cancel):
                self._host.cancel(message.proxy)
            elif isinstance(message, CancelQuestion):
                self._cancelled.add(message.number)
            else:
                self._inbox.put(message)
        os._exit(0)

    def run(self) -> None:
        """Fold, answer, execute; wait when there is nothing to do."""
        busy = False
        while True:
            self._fold(wait=not busy)
            busy = bool(self._questions)
            if self._questions:
                self._answer(self._questions.pop(0))
            # Who asks without a pause for pictures must not keep the time from being shown.
            if self._late is not None or (not busy and self._inbox.empty()):
                busy = self._execute() or busy

    def _execute(self) -> bool:
        """Execute one proxy; whether more is left. With the last one the time is shown."""
        more = self._renderer.execute()
        if not more and self._late is not None:
            self._host.send(pipe.TimeShown(self._late))
            self._late = None
        return more

    def _fold(self, wait: bool) -> None:
        """Take in everything that has arrived, at once. Questions wait behind the events that
        came before them."""
        events: list[Event] = []
        time: float | None = None
        while wait or not self._inbox.empty():
            wait = False
            message = self._inbox.get()
            if isinstance(message, pipe.Content):
                self._contents[message.sha256] = message.data
            elif isinstance(message, Event):
                event = whole_event(message, self._state, self._contents)
                self._contents.clear()
                self._state = evolve(self._state, event)
                events.append(event)
            elif isinstance(message, SnapshotSlice):
                self._slices.append(whole_slice(message, self._contents))
                self._contents.clear()
                if message.last:
                    self._state = gathered(self._slices)
                    self._slices, events = [], []
                    self._renderer.load(self._state)
            elif isinstance(message, Question):
                self._questions.append(message)
            elif isinstance(message, pipe.ShowTime):
                time = message.time
            elif isinstance(message, Ping):  # not by the listening thread: it never hangs
                self._host.send(Pong(message.serial))
        if events:
            self._renderer.apply(self._state, events)
        if time is not None:
            self._late = time
            self._renderer.set_time(time)

    def _answer(self, question: Question) -> None:
        number = question.number
        try:
            if number in self._cancelled:
                raise CancelledQueryError("the question was taken back")
            if isinstance(question.query, ServerQuery):
                raise RendererError("this is the server's to answer")
            answer = self._renderer.query(question.query)
            data = encode_selected(answer.selected) if answer.selected else answer.data
            data = encode_table(answer.rows) if answer.rows else data
            data = encode_scene(answer.scene) if answer.scene else data
            part = AnswerPart(number, data, True, answer)
        except CollabError as error:
            part = AnswerPart(number, last=True, error=error)
        except Exception as error:
            traceback.print_exc()
            failed = RendererError(f"the renderer failed: {type(error).__name__}: {error}")
            part = AnswerPart(number, last=True, error=failed)
        finally:
            self._cancelled -= {n for n in tuple(self._cancelled) if n <= number}
        self._host.send(part)


def die_first() -> None:
    """Where memory ends, the kernel shall end this process rather than the server's."""
    score = Path("/proc/self/oom_score_adj")
    with contextlib.suppress(OSError):  # not Linux, or it may not be said here
        score.write_text(str(max(int(score.read_text()), OOM_SCORE)))


def main() -> None:
    """Run until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to answer
    stream = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up in the pipe
    factory, text = sys.argv[1:]
    allowance = Allowance.of(text)
    host = Host(out, allowance)
    die_first()
    try:
        module, _, name = factory.partition(":")
        if allowance.confined:  # before anything that could start a thread
            confine(allowance.roots, module)
        renderer: Renderer = getattr(importlib.import_module(module), name)(host)
    except Exception as error:
        known = error if isinstance(error, CollabError) else None
        text = f"the renderer can't start: {type(error).__name__}: {error}"
        host.send(pipe.Failed(known or RendererError(text)))
        return
    child = Child(renderer, host)
    threading.Thread(target=child.listen, args=(stream,), daemon=True).start()
    video = renderer.video if isinstance(renderer, VideoRenderer) else ()
    host.send(pipe.Ready(renderer.engine, video))
    child.run()


if __name__ == "__main__":
    main()
