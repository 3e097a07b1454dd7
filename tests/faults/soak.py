"""Thirty-two participants work for long: the server's memory and descriptors, and everybody's
latency, stay what they are."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from collab_kernel.client import Session, connect

from .place import WIRES, placed
from .record import Record, counted
from .server_kills import agree
from .work import Told
from .workers import at_work

PROCESSES, EACH = 5, 6
"""So many at work, beside the two whose latency is measured."""

PAUSE_S = 1.0
"""Of each, between one thing and the next."""

MEASURE_EVERY_S = 1.0
WARM_UP = 0.25
"""This part of the time does not count for what stays the same."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """memory, descriptors: what a straight line through all samples has at the end, at most, of
    what it has at the beginning.  latency: the median of the last third, of that of the first.
    """

    memory: float = 1.15
    descriptors: float = 1.15
    latency: float = 1.5


FLAT = Bounds()


@dataclass(frozen=True, slots=True)
class Sample:
    """at_s: since the beginning.  latency_s: until the other hears what one says."""

    at_s: float
    memory_bytes: int
    descriptors: int
    latency_s: float


async def perform(minutes: float, seed: int, folder: Path, bounds: Bounds = FLAT) -> list[str]:
    """So long; what was seen, for people. Raises AssertionError for what is wrong."""
    told, samples = Told(), list[Sample]()
    async with AsyncExitStack() as stack:
        store = folder / "work.collab"
        place = await stack.enter_async_context(placed(store, "--renderer", "none"))
        urls = itertools.cycle(place.urls)
        ada = await stack.enter_async_context(await connect(place.urls[2], "Ada"))
        bob = await stack.enter_async_context(await connect(place.urls[2], "Bob"))
        record = Record(store)
        workers = [
            await stack.enter_async_context(
                at_work(
                    f"{seed} {number}",
                    PAUSE_S,
                    told,
                    *((f"Worker {number}.{n}", next(urls)) for n in range(EACH)),
                )
            )
            for number in range(PROCESSES)
        ]
        began_s = time.monotonic()
        while (at_s := time.monotonic() - began_s) < 60.0 * minutes:
            latency_s = await _latency_s(ada, bob, len(samples))
            samples.append(Sample(at_s, *_taken(place.pid), latency_s))
            if len(samples) % 20 == 0:
                await record.read_on(told)
            await asyncio.sleep(MEASURE_EVERY_S)
        for worker in workers:
            await worker.dismiss()
        await agree([ada, bob])
        told.samples += [(one.revision, one.digest()) for one in (ada, bob)]
        await record.read_on(told)
        record.check_whole()
        for one in (ada, bob):
            assert one.lost is None
            await one.close()
        await place.stop()
    assert not told.unknown, f"nobody said what became of {told.unknown}"
    return [
        f"{PROCESSES * EACH + 2} participants over {', '.join(WIRES)} for {minutes:g} minutes, "
        f"seed {seed}:",
        f"{record.acknowledged} acknowledged commands, every one is there, none twice; "
        f"{len(told.refused)} refused ({counted(told.refused)}); {record.state.revision} events; "
        f"{record.compared} digests of mirrors compared with the log",
        *flat(samples, bounds),
    ]


async def _latency_s(ada: Session, bob: Session, number: int) -> float:
    """How long what one says takes until the other sees it: the median of some."""
    found = []
    for _ in range(5):
        began_s = time.perf_counter()
        await bob.reached(await ada.chat(f"{number}"))
        found.append(time.perf_counter() - began_s)
    return statistics.median(found)


def _taken(server: int) -> tuple[int, int]:
    """What a process takes: resident bytes, open descriptors."""
    status = Path(f"/proc/{server}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024, len(list(Path(f"/proc/{server}/fd").iterdir()))


def flat(samples: Sequence[Sample], bounds: Bounds = FLAT) -> list[str]:
    """What was measured, for people. Raises AssertionError for what does not stay the same."""
    warm = samples[round(len(samples) * WARM_UP) :]
    memory = growth(warm, lambda s: s.memory_bytes)
    descriptors = growth(warm, lambda s: s.descriptors)
    third = len(warm) // 3
    first = statistics.median(s.latency_s for s in warm[:third])
    last = statistics.median(s.latency_s for s in warm[-third:])
    lines = [
        f"memory of the server {warm[0].memory_bytes / 2**20:.1f} MiB after the warm-up, "
        f"{warm[-1].memory_bytes / 2**20:.1f} MiB at the end: grown to {memory:.3f} of it",
        f"descriptors {warm[0].descriptors} and {warm[-1].descriptors}: grown to {descriptors:.3f}",
        f"latency {1000 * first:.1f} ms in the first third, {1000 * last:.1f} ms in the last: "
        f"{last / first:.2f} of it",
    ]
    assert memory <= bounds.memory, "the server's memory grows: " + "; ".join(lines)
    assert descriptors <= bounds.descriptors, "the server's descriptors grow: " + "; ".join(lines)
    assert last / first <= bounds.latency, "everybody has to wait longer: " + "; ".join(lines)
    return lines


def growth(samples: Sequence[Sample], what: Callable[[Sample], float]) -> float:
    """What the straight line that fits best has at the end, of what it has at the beginning."""
    times = [sample.at_s for sample in samples]
    line = statistics.linear_regression(times, [what(sample) for sample in samples])
    begin, end = (line.intercept + line.slope * at_s for at_s in (times[0], times[-1]))
    return end / begin
