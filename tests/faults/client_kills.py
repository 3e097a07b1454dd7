"""Clients are killed again and again while eight of them work, and the others go on."""

from __future__ import annotations

import asyncio
import itertools
import logging
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from collab_kernel.client import Session, connect
from collab_kernel.testing.rights import GRACE_S

from .place import WIRES, placed
from .record import LATE_S, Record, counted
from .server_kills import agree
from .work import Told, Work
from .workers import Worker, started

log = logging.getLogger(__name__)

NAMES = ("Ada", "Bob", "Cyd", "Dee", "Eli", "Fay")
SPARED = ("Gus", "Hal")
WITHIN_S = 60.0
WORK_S = (0.0, 0.3)
"""For how long a client works before it is killed, at least and at most."""

PAUSE_S = 0.1
CHECK_EVERY = 20
MASTERS = 0.03
"""How often it is the one who steers, beside the first."""


class Crowd:
    """Six clients that are killed, in processes of their own; and two here, that are not."""

    def __init__(self, seed: int, urls: tuple[str, ...], told: Told, spared: list[Session]) -> None:
        self._seed = seed
        self._urls = itertools.cycle(urls)
        self._lives = itertools.count(1)
        self._told = told
        self.spared = spared
        self.workers: dict[str, Worker] = {}
        self.noticed_s: list[float] = []
        self.masters = 0

    async def enter(self, name: str) -> None:
        life = f"{self._seed} {name} {next(self._lives)}"
        self.workers[name] = worker = await started(
            life, PAUSE_S, self._told, [(name, next(self._urls))]
        )
        await worker.joined()

    async def kill(self, name: str) -> None:
        """Kill one; the others are at work meanwhile, and see that it is lost."""
        worker = self.workers.pop(name)
        [id] = worker.ids
        watcher = self.spared[0]
        await watcher.catch_up()
        self.masters += watcher.state.master == id
        began_s = time.monotonic()
        await worker.kill()
        events = watcher.events()
        async with asyncio.timeout(WITHIN_S):
            while _is_here(watcher, id):
                await anext(events)
        self.noticed_s.append(time.monotonic() - began_s)

    def steering(self) -> str | None:
        """The one of them who steers."""
        master = self.spared[0].state.master
        return next((n for n, worker in self.workers.items() if master in worker.ids), None)


def _is_here(watcher: Session, id: int) -> bool:
    row = watcher.state.participants.get(id)
    return row is not None and row.connected


async def perform(kills: int, seed: int, folder: Path) -> list[str]:
    """So many kills; what was seen, for people. Raises AssertionError for what is wrong."""
    random, told = Random(seed), Told()
    async with AsyncExitStack() as stack:
        store = folder / "work.collab"
        place = await stack.enter_async_context(placed(store, "--renderer", "none"))
        urls = place.urls
        spared = [
            await stack.enter_async_context(await connect(url, name))
            for name, url in zip(SPARED, urls[1:], strict=True)
        ]
        record = Record(store)
        crowd = Crowd(seed, urls, told, spared)
        stop = asyncio.Event()
        works = [Work(one, Random(f"{seed} {one.id}"), told) for one in spared]
        working = [asyncio.create_task(work.until(stop, (0.0, 2 * PAUSE_S))) for work in works]
        try:
            await asyncio.gather(*(crowd.enter(name) for name in NAMES))
            for number in range(kills):
                await asyncio.sleep(random.uniform(*WORK_S))
                victim = random.choice(NAMES)
                if number == kills // 2 or random.random() < MASTERS:
                    victim = crowd.steering() or victim
                await crowd.kill(victim)
                await asyncio.gather(*(one.catch_up() for one in spared))  # they are heard
                if number % CHECK_EVERY == CHECK_EVERY - 1:
                    await record.read_on(told)
                    log.info("%d of %d", number + 1, kills)
                await crowd.enter(victim)
            async with asyncio.timeout(GRACE_S + LATE_S):
                events = spared[0].events()
                while not _is_here(spared[0], spared[0].state.master or 0):
                    await anext(events)  # somebody steers again
            for worker in crowd.workers.values():
                await worker.dismiss()
            stop.set()
            await asyncio.gather(*working)
            assert all(one.lost is None for one in spared), "somebody else was lost"
            await agree(spared)
            told.samples += [(one.revision, one.digest()) for one in spared]
            await record.read_on(told)
            record.check_whole()
        finally:
            for task in working:
                task.cancel()
            for worker in crowd.workers.values():
                await worker.abandon()
        for one in spared:
            await one.close()
        await place.stop()
    assert not told.unknown, f"nobody said what became of {told.unknown}"
    return [
        f"{kills} kills of clients ({crowd.masters} of them while it steered), "
        f"{len(NAMES) + len(SPARED)} participants over {', '.join(WIRES)}, seed {seed}:",
        f"{record.acknowledged} acknowledged commands, every one is there, none twice, none by "
        f"half; {len(told.refused)} refused ({counted(told.refused)}), none of them is there",
        f"the others saw it after {statistics.median(crowd.noticed_s):.3f} s (median), "
        f"{max(crowd.noticed_s):.3f} s at most; the right passed on {record.successions} times "
        f"after the grace time and {record.handovers} times by a promotion",
        f"{record.state.revision} events; {record.compared} digests of mirrors compared with the "
        "log",
    ]
