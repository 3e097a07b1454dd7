"""The thread that everything asynchronous runs in, so that scripts need not know of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

CANCEL_WITHIN_S = 5.0


class Worker:
    """One daemon thread with one event loop, started when first needed.

    The caller's own thread may run an event loop of its own (Jupyter's does): they never meet.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def running(self) -> bool:
        return self._thread is not None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns or raises; Ctrl-C cancels it and raises KeyboardInterrupt."""
        loop = self._started()
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the thread that does the work can't wait for itself")
        done: Future[T] = Future()
        tasks: list[asyncio.Task[T]] = []

        def start() -> None:
            tasks.append(loop.create_task(work))
            tasks[0].add_done_callback(partial(_pass_on, done))

        try:  # an interrupt may come at any moment: also while the loop is told to start
            loop.call_soon_threadsafe(start)
            return done.result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
            raise

    def call(self, function: Callable[[], T]) -> T:
        """What `function` returns when it is called on the event loop."""

        async def work() -> T:
            return function()

        return self.run(work())

    def stop(self) -> None:
        """End the loop and the thread, with whatever still runs there; idempotent."""
        with self._starting:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(CANCEL_WITHIN_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CANCEL_WITHIN_S)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name="collab", daemon=True
                )
                self._thread.start()
            return self._loop


def _pass_on(done: Future[T], task: asyncio.Task[T]) -> None:
    """Let who waits in another thread have what a task ended with."""
    if task.cancelled():
        done.cancel()
    elif (error := task.exception()) is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    # An executor of our own: the loop's would be shut down by a thread of its own, which can't
    # be started any more when the interpreter ends.
    executor = ThreadPoolExecutor(thread_name_prefix="collab")
    loop.set_default_executor(executor)
    try:
        loop.run_forever()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
