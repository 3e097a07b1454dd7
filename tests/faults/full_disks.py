"""The disk is full again and again while eight participants work; now and then the server is
killed then."""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from collab_kernel.client import connect
from collab_kernel.errors import StoreError

from .place import WIRES, placed
from .record import Record, counted
from .server_kills import NAMES, agree
from .small_disk import small_disk
from .work import Told, Work

log = logging.getLogger(__name__)

WITHIN_S = 120.0
WORK_S = (0.0, 0.2)
LEFT_BYTES = 60_000
"""At most, of room that is left on the full disk: so it ends at any point of a write."""

PAUSE_S = (0.0, 0.01)
KILLED = 0.4
LOG = ("--log-level", "critical")
"""That the disk is full is said, and is no finding."""


async def perform(times: int, seed: int, folder: Path) -> list[str]:
    """So often; what was seen, for people. Raises AssertionError for what is wrong."""
    random, told = Random(seed), Told()
    refused = killed = 0
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(small_disk(folder))
        store = disk.path / "work.collab"
        place = await stack.enter_async_context(placed(store, "--renderer", "none", *LOG))
        people = [
            await stack.enter_async_context(await connect(url, name))
            for name, url in zip(NAMES, itertools.cycle(place.urls), strict=False)
        ]
        works = [Work(one, Random(f"{seed} {one.id}"), told) for one in people]
        record = Record(store)
        for number in range(times):
            stop = asyncio.Event()
            working = [asyncio.create_task(work.until(stop, PAUSE_S)) for work in works]
            try:
                async with asyncio.timeout(WITHIN_S):
                    await asyncio.sleep(random.uniform(*WORK_S))
                    disk.fill(place.pid, random.randrange(LEFT_BYTES))
                    before = _not_stored(told)
                    while _not_stored(told) == before:
                        await asyncio.sleep(0.01)
                    try:
                        await people[0].chat("is there room?")
                    except StoreError:
                        refused += 1
                    assert (await people[1].read_log()).entries, "it can't be read"
                    if random.random() < KILLED:
                        await place.kill(random.uniform(*WORK_S))
                        disk.empty(place.pid)
                        await place.begin()
                        killed += 1
                    else:
                        disk.empty(place.pid)
                    await people[2].chat("there is room")  # and it goes on by itself
                    stop.set()
                    await asyncio.gather(*working)
                    await agree(people)
            finally:
                for task in working:
                    task.cancel()
            told.samples += [(one.revision, one.digest()) for one in people]
            await record.read_on(told)
            log.info("%d of %d", number + 1, times)
        record.check_whole()
        for one in people:
            await one.close()
        await place.stop()
    assert not told.unknown, f"nobody said what became of {told.unknown}"
    return [
        f"{times} times a full disk ({disk.how}), the server killed meanwhile {killed} times, "
        f"{len(people)} participants over {', '.join(WIRES)}, seed {seed}:",
        f"{record.acknowledged} acknowledged commands, every one is there, none twice; "
        f"{len(told.refused)} refused ({counted(told.refused)}), none of them is there",
        f"asked for one more thing, the full disk refused it {refused} times; the log could "
        "always be read",
        f"{record.compared} digests of mirrors compared with the log",
    ]


def _not_stored(told: Told) -> int:
    return sum(code == StoreError.code for code in told.refused.values())
