"""The renderer is killed again and again while people edit and ask for pictures, and comes back."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import statistics
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random

from collab_kernel.client import Proxy, Session, connect
from collab_kernel.core.commands import Set
from collab_kernel.core.state import Table
from collab_kernel.errors import RendererError
from collab_kernel.server import Server

from .place import WIRES, placed
from .record import Record
from .server_kills import agree
from .work import Told

log = logging.getLogger(__name__)

SIZE_PX = (160, 120)
WITHIN_S = 120.0
WORK_S = (0.0, 0.6)
"""For how long they work before a kill, at least and at most."""

SPARED = "memory://spared:0"

RADII, VALUES = (2.0, 8.0), (60.0, 260.0)


class Scene:
    """A wavelet's isosurfaces and a sphere, which change."""

    def __init__(self, session: Session, wavelet: Proxy, contour: Proxy, sphere: Proxy) -> None:
        self.session = session
        self._wavelet, self._contour, self._sphere = wavelet, contour, sphere

    @classmethod
    async def made(cls, session: Session) -> Scene:
        wavelet = await session.create("sources", "RTAnalyticSource")
        contour = await session.create("filters", "Contour", Input=wavelet, ContourValues=[150.0])
        sphere = await session.create("sources", "SphereSource", Radius=6.0, ThetaResolution=24)
        for source in (contour, sphere):
            await session.show(source)
        await session.views[0].reset_camera()
        return cls(session, wavelet, contour, sphere)

    async def change(self, random: Random, label: str = "") -> int:
        """One edit of all three; the same one from equal chance."""
        wavelet, contour, sphere = (
            {"Maximum": random.uniform(240.0, 260.0)},
            {"ContourValues": sorted(random.uniform(*VALUES) for _ in range(2))},
            {"Radius": random.uniform(*RADII)},
        )
        values = self.session.values
        return await self.session.edit(
            Set(self._wavelet.id, values(wavelet)),
            Set(self._contour.id, values(contour)),
            Set(self._sphere.id, values(sphere)),
            label=label,
        )

    async def pixels(self) -> bytes:
        async with asyncio.timeout(WITHIN_S):
            return (await self.session.views[0].render(*SIZE_PX, "raw")).data


class People:
    """Ada edits, Bob and Cyd look; nobody waits for the renderer but for pictures."""

    def __init__(self, scene: Scene, lookers: list[Session], random: Random) -> None:
        self._scene, self._lookers, self._random = scene, lookers, random
        self._numbers = itertools.count(1)
        self.told = Told()
        self.pictures = self.refused = 0
        self.edits_s: list[float] = []

    async def work(self, stop: asyncio.Event) -> None:
        await asyncio.gather(self._edit(stop), *(self._look(one, stop) for one in self._lookers))

    async def _edit(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            mark = f"#Ada/{self._scene.session.id}/{next(self._numbers)}"
            began_s = time.perf_counter()
            self.told.acknowledged[mark] = await self._scene.change(self._random, mark)
            self.edits_s.append(time.perf_counter() - began_s)
            await asyncio.sleep(self._random.uniform(0.0, 0.1))

    async def _look(self, looker: Session, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                async with asyncio.timeout(WITHIN_S):
                    await looker.views[0].render(*SIZE_PX)
                self.pictures += 1
            except RendererError:  # it has died twice over this one
                self.refused += 1


async def perform(kills: int, seed: int, folder: Path) -> list[str]:
    """So many kills; what was seen, for people. Raises AssertionError for what is wrong."""
    random = Random(seed)
    async with AsyncExitStack() as stack:
        store = folder / "work.collab"
        place = await stack.enter_async_context(placed(store, "--log-level", "critical"))
        ada, *lookers = [
            await stack.enter_async_context(await connect(url, name))
            for url, name in zip(place.urls, ("Ada", "Bob", "Cyd"), strict=True)
        ]
        spared_server = await stack.enter_async_context(Server([SPARED]))
        [address] = spared_server.addresses
        spared = await stack.enter_async_context(await connect(address, "Spared"))
        ours, theirs = await Scene.made(ada), await Scene.made(spared)
        people, record = People(ours, lookers, random), Record(store)
        back_s: list[float] = []
        set_aside = 0
        for number in range(kills):
            stop = asyncio.Event()
            working = asyncio.create_task(people.work(stop))
            try:
                killed = await _kill(place.pid, random.uniform(*WORK_S))
                began_s = time.monotonic()
                stop.set()
                await working
            finally:
                working.cancel()
            set_aside += len(ada.state.table(Table.QUARANTINE))
            chance = f"{seed} {number}"
            for scene in (ours, theirs):
                await scene.change(Random(chance))
            picture = await ours.pixels()
            back_s.append(time.monotonic() - began_s)
            assert picture == await theirs.pixels(), "another picture than without a kill"
            assert killed not in place.server.renderers
            assert not ada.state.table(Table.QUARANTINE), "what has changed is still set aside"
            await agree([ada, *lookers])
            people.told.samples += [(one.revision, one.digest()) for one in (ada, *lookers)]
            await record.read_on(people.told)
            log.info("%d of %d", number + 1, kills)
        given_up = sum("No pictures" in row.text for row in ada.chat_history)
        for one in (ada, *lookers):
            await one.close()
        await place.stop()
        record.check_whole()
    return [
        f"{kills} kills of the renderer, 3 participants over {', '.join(WIRES)}, seed {seed}:",
        f"after each one the picture is, byte by byte, that of a renderer that nobody killed; it "
        f"was there {statistics.median(back_s):.2f} s after the kill (median), "
        f"{max(back_s):.2f} s at most",
        f"{people.pictures} pictures meanwhile, {people.refused} refused; proxies set aside "
        f"{set_aside} times, given up {given_up} times",
        f"{record.acknowledged} acknowledged edits, every one is there, none twice; they took "
        f"{1000 * statistics.median(people.edits_s):.1f} ms (median), "
        f"{1000 * max(people.edits_s):.0f} ms at most; {record.compared} digests of mirrors "
        "compared with the log",
    ]


async def _kill(server: int, after_s: float) -> int:
    """SIGKILL the renderer of a server at a moment that has nothing to do with ours; its pid."""
    return await asyncio.to_thread(_killed, server, after_s)


def _killed(server: int, after_s: float) -> int:
    time.sleep(after_s)
    children = Path(f"/proc/{server}/task/{server}/children")
    until_s = time.monotonic() + WITHIN_S
    while time.monotonic() < until_s:
        for child in children.read_text(encoding="ascii").split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
                return int(child)
        time.sleep(0.01)  # the next one is about to start
    raise AssertionError("there is no renderer to kill")
