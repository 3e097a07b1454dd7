"""What may happen to pages at work: their line, their server or its renderer goes, or is slow."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Session, connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]

WEBSOCKET = "websocket://127.0.0.1:{}"
AWAY_S = 5.0
LARGE = 120
"""Half the side of a wavelet that takes a renderer a second or more."""

WITHIN_S = 60

SLOW_BYTES_PER_S = 64_000.0
SLOW_DELAY_S = 0.1
CHANGES = 8
SLOWER = 2.0
"""By how much a page may seem slower for what this machine does besides. One that waited for a slow
one would be slower ten times over: a picture takes longer than that on the slow line alone."""

DIMMED = "() => document.querySelector('canvas.dimmed') !== null"
SAME = "async digest => await collab.digest() === digest"
BRIGHT = "() => document.querySelector('canvas:not(.dimmed)') !== null"


def served(serve: Serve, port: int = 0, *arguments: str) -> Any:
    return serve("--multi-clients", "--transport", WEBSOCKET.format(port), *arguments)


def page_of(server: Any) -> str:
    return str(server.wait_for("In a browser: ").removeprefix("In a browser: "))


def port_of(server: Any) -> int:
    return int(page_of(server).rstrip("/").rpartition(":")[2])


async def reached(session: Session, holds: Callable[[], Any]) -> Any:
    """What `holds` says once it is true of the session."""
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while not (found := holds()):
            await anext(events)
    return found


async def turn(page: Any, dx: int, dy: int) -> None:
    """Turn the camera, by the background beside what is shown."""
    box = await page.page.locator("canvas").first.bounding_box()
    x, y = box["x"] + box["width"] - 150, box["y"] + box["height"] - 150
    await page.page.mouse.move(x, y)
    await page.page.mouse.down()
    await page.page.mouse.move(x + dx, y + dy, steps=8)
    await page.page.mouse.up()


class Two:
    """Ada, who steers and has a cone, and Bob, who looks at it from another side."""

    def __init__(self, ada: Any, bob: Any) -> None:
        self.pages = {"Ada": ada, "Bob": bob}
        self.ada, self.bob = ada, bob
        self._pictures: dict[str, Any] = {}
        self._digest = ""

    async def at_work(self) -> None:
        await self.ada.named("Ada")
        empty = await self.ada.picture()
        await self.ada.add("cone")
        await self.ada.picture_other_than(empty)
        await self.bob.named("Bob")
        shared = await self.bob.looks_like(self.ada)
        await turn(self.bob, 120, 90)
        await self.bob.sees("you look around on your own")
        await self.bob.picture_other_than(shared)
        await turn(self.ada, -90, 60)
        await self.ada.picture_other_than(shared)
        for name, page in self.pages.items():
            await page.drawn()
            self._pictures[name] = await page.picture()
        self._digest = await self.ada.page.evaluate("collab.digest()")

    async def keep_the_last_picture(self) -> None:
        """Fails unless both say that they come back, and show what they showed, dimmed."""
        for name, page in self.pages.items():
            await page.sees("Reconnecting… your view is kept")
            await page.page.wait_for_function(DIMMED)
            assert await page.picture() == self._pictures[name], name

    async def are_back(self) -> None:
        """Return when both have the state, the right and the camera that they had."""
        for name, page in self.pages.items():
            await page.page.wait_for_selector("[data-standing=joined]")
            await page.page.wait_for_function(BRIGHT)
            await page.picture_like(self._pictures[name])
            # Once the other one is back, too.
            await page.page.wait_for_function(SAME, arg=self._digest)
        await self.show_what_is_done()

    async def show_what_is_done(self) -> None:
        """Return when both show something that Ada does now."""
        await self.bob.sees("you look around on your own")
        assert await self.bob.button("Hide Cone1").get_attribute("aria-disabled") == "true"
        await self.ada.press("Hide Cone1")
        for name, page in self.pages.items():
            await page.button("Show Cone1").wait_for()
            await page.picture_other_than(self._pictures[name])


async def test_pages_whose_line_was_cut_for_seconds_are_back_with_state_right_and_camera(
    serve: Serve, browse: Browse, line: Callable[..., Any]
) -> None:
    server = served(serve)
    wire = line(port_of(server))
    address = await wire.open()
    two = Two(await browse(address), await browse(address))
    await two.at_work()
    for page in two.pages.values():
        page.may_lose_its_server()
    await wire.cut()
    since_s = time.monotonic()
    await two.keep_the_last_picture()
    await asyncio.sleep(max(0.0, since_s + AWAY_S - time.monotonic()))
    await two.keep_the_last_picture()
    await wire.open()
    await two.are_back()


async def test_pages_whose_server_stood_still_for_seconds_say_so_and_go_on(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    two = Two(await browse(page_of(server)), await browse(page_of(server)))
    await two.at_work()
    server.process.send_signal(signal.SIGSTOP)
    try:
        since_s = time.monotonic()
        for page in two.pages.values():
            await page.sees("The server does not answer… your view is kept")
        # What one does meanwhile is done later.
        await turn(two.bob, 20, 0)
        await turn(two.bob, -20, 0)
        await asyncio.sleep(max(0.0, since_s + AWAY_S - time.monotonic()))
    finally:
        server.process.send_signal(signal.SIGCONT)
    for page in two.pages.values():
        await page.page.get_by_text("The server does not answer").wait_for(state="detached")
    await two.are_back()


async def test_pages_whose_server_was_killed_are_who_they_were_where_it_has_a_store(
    serve: Serve, browse: Browse, hold_port: Callable[[], int], tmp_path: Path
) -> None:
    store = ("--store", f"sqlite:{tmp_path / 'work.collab'}")
    port = hold_port()
    server = served(serve, port, *store)
    two = Two(await browse(page_of(server)), await browse(page_of(server)))
    await two.at_work()
    for page in two.pages.values():
        page.may_lose_its_server()
    await asyncio.to_thread(server.stop, signal.SIGKILL)
    await two.keep_the_last_picture()
    again = await asyncio.to_thread(served, serve, port, *store)
    await two.are_back()
    async with await connect(again.url, "Cid") as cid:
        people = {p.name: p.id for p in cid.participants}
        assert people == {"Ada": 1, "Bob": 2, "Cid": 3}
        assert cid.master.name == "Ada"
        assert [row.author_name for row in cid.history] == ["Ada", "Ada"]


async def test_a_page_says_what_was_lost_where_the_server_had_no_store(
    serve: Serve, browse: Browse, hold_port: Callable[[], int]
) -> None:
    port = hold_port()
    server = served(serve, port)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("cone")
    await ada.button("Hide Cone1").wait_for()
    ada.may_lose_its_server()
    await asyncio.to_thread(server.stop, signal.SIGKILL)
    await ada.sees("Reconnecting… your view is kept")
    await asyncio.to_thread(served, serve, port)
    await ada.page.wait_for_selector("[data-standing=joined]")
    await ada.sees("The server was started anew, and what was here is gone")
    await ada.sees("Nothing is here yet.")


def children_of(pid: int) -> list[int]:
    """Processes below one, near ones first."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    near = [int(child) for task in tasks for child in task.read_text().split()]
    return near + [far for child in near for far in children_of(child)]


def renderer_of(server: Any) -> int:
    """The process that draws for a server."""
    return next(
        pid
        for pid in children_of(server.pid)
        if b"renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )


NOTICE = "The renderer died at Wavelet1 and is started again"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the renderer in /proc")
async def test_pages_whose_renderer_was_killed_are_told_and_have_their_picture(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    two = Two(await browse(page_of(server)), await browse(page_of(server)))
    await two.at_work()
    async with await connect(server.url, "Cid") as cid:
        await cid.request_master()
        await two.ada.press("Grant")
        await reached(cid, lambda: cid.master.id == cid.id)
        wavelet = await cid.create("sources", "RTAnalyticSource")
        await wavelet.set(WholeExtent=[-LARGE, LARGE] * 3)
        working = asyncio.create_task(wavelet.update())
        await two.bob.page.wait_for_selector("footer progress")
        os.kill(renderer_of(server), signal.SIGKILL)
        for page in two.pages.values():
            await page.sees(NOTICE)
        await working
        await cid.delete(wavelet)
        await cid.promote(next(p.id for p in cid.participants if p.name == "Ada"))
    await two.ada.sees("You steer")
    await two.show_what_is_done()
    code, errors = await asyncio.to_thread(server.stop)
    assert code == 0
    assert NOTICE in errors


# -- a slow line -----------------------------------------------------------------------------


@asynccontextmanager
async def steering(url: str) -> AsyncIterator[tuple[Session, Any]]:
    """A script that steers, and its cone, which the pages follow."""
    async with await connect(url, "Cid") as cid:
        cone = await cid.create("sources", "ConeSource", Resolution=6)
        await cid.show(cone)
        await cid.views[0].reset_camera()
        yield cid, cone


async def takes_s(page: Any, cone: Any) -> float:
    """From a change of the cone to a picture of it on a page: the median."""
    took: list[float] = []
    for step in range(CHANGES):
        before = await page.picture()
        start_s = time.perf_counter()
        await cone.set(Height=1.0 + (step + 1) % 2)
        await page.picture_other_than(before)
        took.append(time.perf_counter() - start_s)
    return statistics.median(took)


@pytest.mark.alone
async def test_a_page_on_a_slow_line_is_usable_and_slows_nobody(
    serve: Serve, browse: Browse, line: Callable[..., Any]
) -> None:
    server = served(serve)
    wire = line(port_of(server), bytes_per_s=SLOW_BYTES_PER_S, delay_s=SLOW_DELAY_S)
    async with steering(server.url) as (cid, cone):
        fast = await browse(page_of(server))
        await fast.named("Fay")
        await takes_s(fast, cone)  # the first pictures wait for what is used for the first time
        alone_s = await takes_s(fast, cone)

        slow = await browse("about:blank")
        slow.page.context.set_default_timeout(3 * WITHIN_S * 1000 / 2)
        await slow.page.goto(await wire.open())
        await slow.named("Sid")
        beside_s = await takes_s(fast, cone)
        print(f"change to picture: {alone_s * 1e3:.0f} ms, beside a slow one {beside_s * 1e3:.0f}")
        assert beside_s < alone_s * SLOWER

        # Their own clicks take effect, and their pictures come.
        before = await slow.picture()
        await cid.promote(next(p.id for p in cid.participants if p.name == "Sid"))
        await slow.sees("You steer")
        await slow.press("Hide Cone1")
        representation = next(p for p in cid.proxies.values() if p.group == "representations")
        await reached(cid, lambda: not representation["Visibility"])
        await slow.picture_other_than(before)
        await slow.looks_like(fast)
