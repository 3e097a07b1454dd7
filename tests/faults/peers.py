"""Participants in processes of their own, which are stopped, slowed down or killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

SOON_S = 60.0

_MEMBER = """
import asyncio, signal, sys
from collab_kernel.client import connect

async def flood(session, kind, going):
    number = 0
    while True:
        await going.wait()
        number += 1
        if kind == "commands":
            await asyncio.gather(*(session.rename(f"Flood {number}.{n}") for n in range(20)))
        elif kind == "presence":
            for n in range(200):
                session.views[0].point((n / 200, 0.5))
            await asyncio.sleep(0.001)
        elif kind == "questions":
            await asyncio.gather(*(session.read_log(0, 1000) for _ in range(20)))

async def main():
    url, name, kind = sys.argv[1:]
    going = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, going.set)
    loop.add_signal_handler(signal.SIGUSR2, going.clear)
    async with await connect(url, name) as session:
        print("in", flush=True)
        await flood(session, kind, going)

asyncio.run(main())
"""


class Member:
    """A participant in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def freeze(self) -> None:
        """Let it stand still: it neither reads nor says goodbye."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def begin(self) -> None:
        """Let it flood, until `rest`."""
        self._process.send_signal(signal.SIGUSR1)

    def rest(self) -> None:
        self._process.send_signal(signal.SIGUSR2)


@asynccontextmanager
async def member(url: str, name: str, flood: str = "") -> AsyncIterator[Member]:
    """Somebody who is in, and comes back; ended, whatever became of them. flood: what it says more
    of than it should between `begin` and `rest`: "commands", "presence", "questions"."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _MEMBER, url, name, flood, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SOON_S):
            assert (await process.stdout.readline()).strip() == b"in"
        yield Member(process)
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()
