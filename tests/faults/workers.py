"""Processes of participants at work, as whoever has started them knows them."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.crowd.processes import ended, gather_lines

from .work import Told

ROOT = Path(__file__).resolve().parents[2]
LINE_BYTES = 1 << 20
SOON_S = 120.0


class Worker:
    """One process. ids: who its participants are, in order."""

    def __init__(self, process: asyncio.subprocess.Process, told: Told) -> None:
        self.process = process
        self.ids: list[int] = []
        self._told = told
        self._joined = asyncio.Event()
        self._left = False
        self._errors: list[str] = []
        self._complaining = asyncio.create_task(gather_lines(process.stderr, self._errors))
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            if not raw.endswith(b"\n"):
                break  # it was killed in the middle of a word
            news = json.loads(raw)
            if "joined" in news:
                self.ids = news["joined"]
                self._joined.set()
            elif "left" in news:
                self._left = True
            elif "ended" in news:
                self._errors += news["ended"]
            else:
                self._told.acknowledged.update(news["acknowledged"])
                self._told.refused.update(news["refused"])
                self._told.unknown.update(news["unknown"])
                self._told.samples += [(revision, digest) for revision, digest in news["samples"]]
        self._joined.set()

    async def joined(self) -> None:
        async with asyncio.timeout(SOON_S):
            await self._joined.wait()
        assert self.ids, "a client did not come in: " + "\n".join(self._errors)

    async def kill(self) -> None:
        """SIGKILL, whatever it does; everything that it has said was heard when this returns."""
        self.process.send_signal(signal.SIGKILL)
        await self._gone(-signal.SIGKILL)

    async def dismiss(self) -> None:
        """Let its participants leave."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(SOON_S):
            await self._gone(0)
        assert self._left

    async def _gone(self, code: int) -> None:
        assert await self.process.wait() == code, "\n".join(self._errors)
        await asyncio.gather(self._reading, self._complaining)
        assert not self._errors, "a client said: " + "\n".join(self._errors)

    async def abandon(self) -> None:
        """Leave no process behind, whatever has happened."""
        await ended(self.process)
        await asyncio.gather(self._reading, self._complaining)


async def started(
    seed: str, pause_s: float, told: Told, places: Sequence[tuple[str, str]]
) -> Worker:
    """A process whose participants come in, and work. places: names and addresses."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.faults.worker", seed, str(pause_s)),
        *(f"{name}={url}" for name, url in places),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
        cwd=ROOT,  # where -m finds it
    )
    return Worker(process, told)


@asynccontextmanager
async def at_work(
    seed: str, pause_s: float, told: Told, *places: tuple[str, str]
) -> AsyncIterator[Worker]:
    """A process at work, that is ended whatever has happened."""
    worker = await started(seed, pause_s, told, places)
    try:
        await worker.joined()
        yield worker
    finally:
        await worker.abandon()
