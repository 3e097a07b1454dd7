"""The renderer's process: folds all that has arrived, executes once, answers.

Started by `renderer_process` as `python -m collab_kernel.host.renderer_child MODULE:CALLABLE
ROOTS`. It speaks over its standard input and output, and ends when that pipe does, whatever it is
doing: a killed server leaves no renderer behind.
"""

from __future__ import annotations

import importlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from typing import BinaryIO

from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import AnswerPart, CancelQuestion, Question, SnapshotSlice
from collab_kernel.core.state import State
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import CancelledQueryError, CollabError, RendererError
from collab_kernel.host.frames import framed, read_frame
from collab_kernel.host.roots import Roots
from collab_kernel.spi import Renderer
from collab_kernel.wire import pipe
from collab_kernel.wire.rows import gathered

PROGRESS_EVERY_S = 0.1


class Host:
    """What the renderer sees of its process (`spi.RendererHost`)."""

    def __init__(self, out: BinaryIO, roots: Roots) -> None:
        self._out = out
        self._roots = roots
        self._progress_s: dict[ProxyId, float] = {}
        self.giving_up = threading.Event()

    def send(self, message: pipe.FromRenderer) -> None:
        try:
            self._out.write(framed(pipe.encode_from(message)))
            self._out.flush()
        except BrokenPipeError:
            os._exit(0)  # the server is gone: there is nobody to work for

    def working(self, proxy: ProxyId) -> None:
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
        return self.giving_up.is_set()

    def file(self, name: str) -> str:
        return str(self._roots.resolve(name))

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
        self._questions: list[Question] = []

    def listen(self, stream: BinaryIO) -> None:
        """Read control messages, in a thread of its own; end the process with the pipe."""
        while (data := read_frame(stream)) is not None:
            message = pipe.decode_to(data)
            if isinstance(message, pipe.Cancel):
                self._host.giving_up.set()
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
            elif self._inbox.empty():
                self._host.giving_up.clear()
                busy = self._renderer.execute()

    def _fold(self, wait: bool) -> None:
        """Take in everything that has arrived, at once. Questions wait behind the events that
        came before them."""
        events: list[Event] = []
        while wait or not self._inbox.empty():
            wait = False
            message = self._inbox.get()
            if isinstance(message, Event):
                self._state = evolve(self._state, message)
                events.append(message)
            elif isinstance(message, SnapshotSlice):
                self._slices.append(message)
                if message.last:
                    self._state = gathered(self._slices)
                    self._slices, events = [], []
                    self._renderer.load(self._state)
            elif isinstance(message, Question):
                self._questions.append(message)
        if events:
            self._renderer.apply(self._state, events)

    def _answer(self, question: Question) -> None:
        number = question.number
        try:
            self._host.giving_up.clear()
            if number in self._cancelled:
                raise CancelledQueryError("the question was taken back")
            answer = self._renderer.query(question.query)
            part = AnswerPart(number, answer.data, True, answer)
        except CollabError as error:
            part = AnswerPart(number, last=True, error=error)
        except Exception as error:
            traceback.print_exc()
            failed = RendererError(f"the renderer failed: {type(error).__name__}: {error}")
            part = AnswerPart(number, last=True, error=failed)
        finally:
            self._cancelled -= {n for n in tuple(self._cancelled) if n <= number}
        self._host.send(part)


def main() -> None:
    """Run until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to answer
    stream = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up in the pipe
    factory, roots = sys.argv[1:]
    host = Host(out, Roots.of(roots))
    try:
        module, _, name = factory.partition(":")
        renderer: Renderer = getattr(importlib.import_module(module), name)(host)
    except Exception as error:
        known = error if isinstance(error, CollabError) else None
        text = f"the renderer can't start: {type(error).__name__}: {error}"
        host.send(pipe.Failed(known or RendererError(text)))
        return
    child = Child(renderer, host)
    threading.Thread(target=child.listen, args=(stream,), daemon=True).start()
    host.send(pipe.Ready(renderer.engine))
    child.run()


if __name__ == "__main__":
    main()
