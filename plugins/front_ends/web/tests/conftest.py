"""A real browser, and pages in it that must make no complaint."""

from __future__ import annotations

import asyncio
import base64
import io
import math
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image, ImageChops, ImageStat

from collab_front_end_web import collab_front_ends
from collab_kernel.errors import BrokenPluginError

REQUIRE = "COLLAB_REQUIRE_BROWSER"
"""Set where the browser's tests must not be left out."""

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-3d-apis",  # the server draws: what the page draws has tests of its own
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WITHIN_MS = 30_000
CHUNK_BYTES = 4096
QUEUED_CHUNKS = 64
"""On a line, per direction: what waits longer is not read, so that whoever sends feels it."""

BUFFER_BYTES = 64 * 1024
"""Of a line's sockets: the system's own would hide megabytes."""

NO_SERVER = "WebSocket connection to"
"""How the browser says that the server is not there: no page can keep it from saying so."""

ALIKE, OTHER = 0.5, 1.5
"""How far apart two pictures are that look alike, and that don't, on the average of 255."""


def missing() -> str:
    """Why no browser can show the page; "" if one can."""
    [spec] = collab_front_ends()
    assert spec.files is not None
    try:
        spec.files()
    except BrokenPluginError as error:
        return str(error)
    if not any(map(shutil.which, NAMES)):
        return "Chromium is not installed (Debian: apt install chromium)"
    return ""


class Page:
    """A page in a browser window of its own, and what it complained of: errors that nobody
    caught, errors and warnings on its console, its end."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._provoked: list[str] = []
        page.on("pageerror", lambda error: self._hear(str(error)))
        page.on("crash", lambda _: self._hear("the page crashed"))
        page.on("console", self._read)

    def may_lose_its_server(self) -> None:
        """From now on, the browser may say that there is none: the test sees to that."""
        self._provoked.append(NO_SERVER)

    def _read(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self._hear(message.text)

    def _hear(self, complaint: str) -> None:
        if not any(text in complaint for text in self._provoked):
            self.complaints.append(complaint)

    async def named(self, name: str) -> None:
        """Answer the question for one's name, and wait for the picture in full."""
        await self.page.fill("#your-name", name)
        await self.page.press("#your-name", "Enter")
        await self.drawn()

    async def drawn(self) -> None:
        await self.page.wait_for_selector("canvas[data-drawn=full]")

    async def picture(self) -> Image.Image:
        """What the view shows, without what lies on it."""
        url = await self.page.evaluate("document.querySelector('canvas').toDataURL()")
        data = base64.b64decode(url.partition(",")[2])
        return Image.open(io.BytesIO(data)).convert("RGB")

    async def picture_that(self, holds: Callable[[Image.Image], bool]) -> Image.Image:
        """The first full picture for which something holds; fails if none comes in time."""
        while True:
            frame = await self.page.get_attribute("canvas", "data-frame")
            if await self.page.get_attribute("canvas", "data-drawn") == "full":
                picture = await self.picture()
                if holds(picture):
                    return picture
            await self.next_frame(frame)

    async def picture_other_than(self, picture: Image.Image) -> Image.Image:
        """The first full picture that doesn't look like this one."""
        return await self.picture_that(lambda now: _difference(now, picture) > OTHER)

    async def picture_like(self, picture: Image.Image) -> Image.Image:
        """The first full picture that looks like this one."""
        return await self.picture_that(lambda now: _difference(now, picture) <= ALIKE)

    async def looks_like(self, other: Page) -> Image.Image:
        """The picture, once this page and another one show the same in full."""
        pages = (self, other)
        while True:
            frames = [await page.page.get_attribute("canvas", "data-frame") for page in pages]
            for page in pages:
                await page.drawn()
            picture = await self.picture()
            if _difference(picture, await other.picture()) <= ALIKE:
                return picture
            news = [
                asyncio.create_task(page.next_frame(frame))
                for page, frame in zip(pages, frames, strict=True)
            ]
            done, waiting = await asyncio.wait(news, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            for task in done:
                task.result()

    async def next_frame(self, seen: str | None) -> None:
        """Return when another picture is shown than the one of this number."""
        await self.page.wait_for_function(
            "seen => document.querySelector('canvas').dataset.frame !== seen", arg=seen
        )

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    async def press(self, name: str) -> None:
        await self.button(name).click()

    async def add(self, name: str) -> None:
        """Make a source or a filter, as one finds it by typing."""
        await self.press("Add a source or a filter")
        await self.page.get_by_role("textbox", name="Find a source or a filter").fill(name)
        await self.page.keyboard.press("Enter")

    async def drag(self, where: Any, dx: int, dy: int = 0) -> None:
        """Press the mouse in the middle of something, move, and let go."""
        box = await where.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await self.page.mouse.move(x, y)
        await self.page.mouse.down()
        await self.page.mouse.move(x + dx, y + dy, steps=8)
        await self.page.mouse.up()

    async def sees(self, text: str) -> None:
        """Return when a text is to be read."""
        await self.page.get_by_text(text).first.wait_for()


def _difference(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures are: 0, the same, to 255."""
    if one.size != other.size:
        return 255.0
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


class Line:
    """A line between pages and a server that can be cut, and that may be slow: what it carries
    through, and for how long, is the test's to say."""

    def __init__(
        self, to: int, port: int, bytes_per_s: float = math.inf, delay_s: float = 0.0
    ) -> None:
        self._to, self._port = to, port
        self._bytes_per_s = bytes_per_s
        self._delay_s = delay_s
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """The page's address on this line: the same one each time."""
        listening = socket.create_server(("127.0.0.1", self._port))
        _small(listening)
        self._server = await asyncio.start_server(self._carry, sock=listening)
        return f"http://127.0.0.1:{self._port}/"

    async def cut(self) -> None:
        """End what is on the line, and take nothing more until it is opened."""
        if self._server is not None:
            self._server.close()
        for end in list(self._ends):
            end.transport.abort()

    async def close(self) -> None:
        await self.cut()
        await asyncio.gather(*self._tasks)

    async def _carry(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._ends.add(back)  # what is only about to be connected is cut as well
        try:
            there, forth = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:  # the server has ended
            back.transport.abort()
            self._ends.discard(back)
            return
        self._ends.add(forth)
        await asyncio.gather(self._copy(here, forth), self._copy(there, back))
        self._ends -= {back, forth}

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED_CHUNKS)
        reading = asyncio.create_task(self._read(source, queue))
        now_s = asyncio.get_running_loop().time
        try:
            while (item := await queue.get())[1]:
                due_s, data = item
                await asyncio.sleep(max(0.0, due_s - now_s()))
                await asyncio.sleep(len(data) / self._bytes_per_s)
                sink.write(data)
                await sink.drain()
        except OSError:
            pass  # cut: the other direction ends with this one
        finally:
            reading.cancel()
            sink.close()

    async def _read(
        self, source: asyncio.StreamReader, queue: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        data = b"."
        while data:
            try:
                data = await source.read(CHUNK_BYTES)
            except OSError:
                data = b""
            await queue.put((asyncio.get_running_loop().time() + self._delay_s, data))


def _small(end: socket.socket) -> None:
    """Let the system buffer little."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)


@pytest_asyncio.fixture
async def line(hold_port: Callable[[], int]) -> AsyncIterator[Callable[..., Line]]:
    """Lines to ports; cut at the end."""
    lines: list[Line] = []

    def lay(to: int, **pace: float) -> Line:
        lines.append(Line(to, hold_port(), **pace))
        return lines[-1]

    yield lay
    for one in lines:
        await one.close()


@pytest.fixture
def switches() -> tuple[str, ...]:
    """What the browser is started with: no graphics, not even emulated ones."""
    return SWITCHES


@pytest_asyncio.fixture
async def browse(
    tmp_path: Path,
    switches: tuple[str, ...],
    line: object,  # a page that goes before its line has nothing to complain of
) -> AsyncIterator[Callable[..., Any]]:
    """Opens pages; at the end, none of them has complained."""
    reason = missing()
    if reason:
        if os.environ.get(REQUIRE):
            pytest.fail(f"{REQUIRE} is set, but {reason}")
        pytest.skip(reason)
    from playwright.async_api import async_playwright

    pages: list[Page] = []
    program = next(filter(None, map(shutil.which, NAMES)))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=switches)

        async def browse(url: str, width: int = 1280, height: int = 720) -> Page:
            context = await browser.new_context(viewport={"width": width, "height": height})
            context.set_default_timeout(WITHIN_MS)
            page = Page(await context.new_page())
            pages.append(page)
            await page.page.goto(url)
            return page

        yield browse
        await browser.close()
    assert [complaint for page in pages for complaint in page.complaints] == []
