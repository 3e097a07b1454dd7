"""Participants at work in a process of their own, which says by lines of JSON what they were told.

    python -m tests.faults.worker SEED PAUSE_S NAME=URL...

It works until its stdin ends; then all of them leave.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from random import Random
from typing import Any

from collab_kernel.client import connect
from collab_kernel.errors import CollabError

from .work import Told, Work


def say(**news: Any) -> None:
    """Tell whoever has started this, at once."""
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


async def work(works: list[Work], told: Told, stop: asyncio.Event, pause_s: float) -> None:
    """Let each do one thing after another, and tell what came of each."""

    async def one(each: Work) -> None:
        while not stop.is_set():
            await each.step()
            tell(told)
            await asyncio.sleep(pause_s)

    async with asyncio.TaskGroup() as tasks:
        for each in works:
            tasks.create_task(one(each))


def tell(told: Told) -> None:
    """Say what came of commands since the last time."""
    if told.acknowledged or told.refused or told.unknown or told.samples:
        say(
            acknowledged=told.acknowledged,
            refused=told.refused,
            unknown=sorted(told.unknown),
            samples=told.samples,
        )
    for each in (told.acknowledged, told.refused, told.unknown, told.samples):
        each.clear()


async def main(seed: str, pause_s: float, places: list[tuple[str, str]]) -> None:
    told, stop = Told(), asyncio.Event()
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(await connect(url, n)) for n, url in places]
        say(joined=[one.id for one in people])
        works = [Work(one, Random(f"{seed} {one.id}"), told) for one in people]
        working = asyncio.create_task(work(works, told, stop, pause_s))
        orders = asyncio.create_task(_end_of_orders())
        await asyncio.wait((working, orders), return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        try:
            await working
        except* CollabError as errors:
            say(ended=[f"{type(e).__name__}: {e}" for e in errors.exceptions])
        for one in people:
            await one.catch_up()
            told.samples.append((one.revision, one.digest()))
        tell(told)
    say(left=True)


async def _end_of_orders() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    asyncio.run(
        main(
            sys.argv[1],
            float(sys.argv[2]),
            [(n, u) for n, _, u in (a.partition("=") for a in sys.argv[3:])],
        )
    )
