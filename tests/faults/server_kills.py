"""The server is killed again and again while eight participants work, and goes on each time."""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from collab_kernel.client import Session, connect

from .place import WIRES, Place, placed
from .record import Record, counted
from .stuck import described
from .work import Told, Work

log = logging.getLogger(__name__)

NAMES = ("Ada", "Bob", "Cyd", "Dee", "Eli", "Fay", "Gus", "Hal")
WITHIN_S = 120.0
WORK_S = (0.02, 0.35)
"""For how long they work before a kill, at least and at most."""

PAUSE_S = (0.0, 0.01)
EARLY = 0.3
"""How often the next server is killed too, before it has begun or while everybody comes back."""

EARLY_S = (0.0, 1.2)
"""After its start."""


async def perform(kills: int, seed: int, folder: Path) -> list[str]:
    """So many kills; what was seen, for people. Raises AssertionError for what is wrong."""
    random, told = Random(seed), Told()
    async with AsyncExitStack() as stack:
        store = folder / "work.collab"
        place = await stack.enter_async_context(placed(store, "--renderer", "none"))
        people = [
            await stack.enter_async_context(await connect(url, name))
            for name, url in zip(NAMES, itertools.cycle(place.urls), strict=False)
        ]
        record = Record(store)
        works = [Work(one, Random(f"{seed} {one.id}"), told) for one in people]
        done = early = 0
        while done < kills:
            before = [_who(one) for one in people]
            stop = asyncio.Event()
            working = [asyncio.create_task(work.until(stop, PAUSE_S)) for work in works]
            try:
                await place.kill(random.uniform(*WORK_S))
                done += 1
                while done < kills and random.random() < EARLY:
                    await place.spawn()
                    await place.kill(random.uniform(*EARLY_S))
                    done, early = done + 1, early + 1
                await place.begin()
                stop.set()
                try:
                    async with asyncio.timeout(WITHIN_S):
                        await asyncio.gather(*working)  # all of it has its answer
                        await agree(people)
                except TimeoutError:
                    raise AssertionError(await _stuck(done, works, people, place)) from None
            finally:
                for task in working:
                    task.cancel()
            assert [_who(one) for one in people] == before, "who came back is somebody else"
            await _check(record, told, people)
            log.info("%d of %d", done, kills)
        record.check_whole()
        await _stop(place, people)
    return [
        f"{kills} kills of the server ({early} of them before everybody was back), "
        f"{len(people)} participants over {', '.join(WIRES)}, seed {seed}:",
        f"{record.acknowledged} acknowledged commands, every one is there, none twice; "
        f"{len(told.refused)} refused ({counted(told.refused)}), none of them is there; "
        f"{len(told.unknown)} without an answer",
        f"{record.state.revision} events, {record.starts} starts; the right was handed over "
        f"{record.handovers} times, and lost by absence {record.successions} times",
        f"{record.compared} digests of mirrors compared with the log; the log read from its start "
        "leads to the same state and the same history as the newest snapshot",
    ]


async def _stuck(done: int, works: list[Work], people: list[Session], place: Place) -> str:
    lines = [f"not everybody is back {WITHIN_S:g} s after kill {done}:"]
    for one, work in zip(people, works, strict=True):
        lines.append(f"{one.me.name} ({one.id}) waits for {work.waiting}")
    lines += await described(people, place.urls)
    return "\n".join([*lines, *place.server.errors])


def _who(session: Session) -> tuple[int, object]:
    return session.id, session.state.participant(session.id).role


async def _check(record: Record, told: Told, people: list[Session]) -> None:
    told.samples += [(one.revision, one.digest()) for one in people]
    compared = record.compared
    await record.read_on(told)
    assert record.compared >= compared + len(people), "the log has less than the mirrors"
    assert not told.unknown, f"nobody said what became of {told.unknown}"


async def agree(people: list[Session]) -> None:
    """Return when all mirrors are at one revision, and the same."""
    while True:
        for one in people:
            await one.catch_up()
        newest = max(one.revision for one in people)
        await asyncio.gather(*(one.reached(newest) for one in people))
        if {one.revision for one in people} == {newest}:
            break
    assert len({one.digest() for one in people}) == 1, f"mirrors differ at revision {newest}"


async def _stop(place: Place, people: list[Session]) -> None:
    for one in people:
        await one.close()
    await place.stop()
