"""A store fails at chosen writes, also in the middle of one: what was acknowledged is there, what
was refused is not, and it all goes on."""

import asyncio
import os
import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import connect
from collab_kernel.errors import StoreError
from collab_kernel.plugins import load
from collab_kernel.server import Server

from .faulty_store import FaultyStore
from .record import Record
from .server_kills import agree
from .work import Told, Work

WITHIN_S = 120.0
ADDRESS = "memory://faulty:0"
NAMES = ("Ada", "Bob", "Cyd", "Dee")
PAUSE_S = (0.0, 0.002)


async def test_a_store_that_fails_anywhere_in_a_write_loses_nothing_and_adds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("COLLAB_SEED", random.randrange(1 << 32)))
    print(f"COLLAB_SEED={seed}")  # shown when it fails
    monkeypatch.setattr("collab_kernel.host.snapshots.EVERY_EVENTS", 50)
    path, told = tmp_path / "work.collab", Told()
    store: Any = FaultyStore(load().store("sqlite").create(str(path)), random.Random(seed))
    record = Record(path)
    options: dict[str, Any] = {"renderer": None, "multi_clients": True, "store": store}
    async with asyncio.timeout(WITHIN_S), AsyncExitStack() as stack:
        server = await stack.enter_async_context(Server([ADDRESS], **options))
        [address] = server.addresses
        people = [await stack.enter_async_context(await connect(address, n)) for n in NAMES]
        works = [Work(one, random.Random(f"{seed} {one.id}"), told) for one in people]
        for chance in (0.3, 0.0, 1.0, 0.1, 0.0) * 3:
            store.chance = chance
            stop = asyncio.Event()
            working = [asyncio.create_task(work.until(stop, PAUSE_S)) for work in works]
            await asyncio.sleep(0.4)
            stop.set()
            await asyncio.gather(*working)
            if chance == 1.0:
                store.chance = 2.0
                with pytest.raises(StoreError):
                    await people[1].chat("now?")
                assert (await people[2].read_log()).entries  # it can be read
            store.chance = 0.0
            await people[0].chat("it goes on")
            await agree(people)
            told.samples += [(one.revision, one.digest()) for one in people]
            await record.read_on(told)
        record.check_whole()
    print(f"{record.acknowledged} acknowledged, {len(told.refused)} refused; {store.failed}")
    assert {fault for name, fault in store.failed if name == "append"} == {
        "refused",
        "broken",
        "in the middle",
    }
    assert record.acknowledged > len(NAMES) * 20
