"""A page in a real browser, and when it shows what."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from collab_proto.v1 import wire_pb2 as pb

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--enable-unsafe-swiftshader",  # pages draw by themselves on any machine
)
WITHIN_MS = 60_000
KEYS_PER_S = 30.0
"""Of a key that is held."""

WATCH = """() => {
    const canvas = document.querySelector('canvas')
    const pen = new OffscreenCanvas(32, 18).getContext('2d', { willReadFrequently: true })
    const look = () => {
        pen.drawImage(canvas, 0, 0, 32, 18)
        return pen.getImageData(0, 0, 32, 18).data
    }
    const other = (one, two) => one.filter((byte, i) => Math.abs(byte - two[i]) > 24).length > 8
    const nowMs = () => performance.timeOrigin + performance.now()
    let change
    const lesson = (window.lesson = {
        pictures: 0,
        begin() {
            change = { before: look(), askedMs: 0, firstMs: 0, fullMs: 0 }
            change.seen = new Promise((resolve) => (change.resolve = resolve))
        },
        seen: () => change.seen,
    })
    const ask = ({ key }) => {
        if (change && !change.askedMs && key === 'Enter') change.askedMs = nowMs()
    }
    addEventListener('keydown', ask, true)
    new MutationObserver((mutations) => {
        if (mutations.some(({ attributeName }) => attributeName === 'data-frame')) lesson.pictures++
        if (!change || change.fullMs) return
        if (!change.firstMs && other(look(), change.before)) change.firstMs = nowMs()
        if (!change.firstMs || canvas.dataset.drawn !== 'full') return
        change.fullMs = nowMs()
        change.resolve([change.askedMs, change.firstMs, change.fullMs])
    }).observe(canvas, { attributes: true, attributeFilter: ['data-frame', 'data-drawn'] })
}"""
"""Notes when the canvas shows another picture than before, in the page's own time."""

POINTERS = """names => {
    const shown = [...document.querySelectorAll('.pointer span')].map((e) => e.textContent)
    return JSON.stringify(shown.sort()) === JSON.stringify(names)
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """When a page asked for a change (0: it didn't), and when its canvas first showed it, and in
    full: seconds of the wall clock."""

    asked_s: float
    first_s: float
    full_s: float


class Screen:
    """A page that somebody has joined with. sent, received: messages over its wire, by kind."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("crash", lambda _: self.complaints.append("the page crashed"))
        page.on("console", self._read)
        page.on("websocket", self._listen)

    def _read(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", lambda data: self._count(self.sent, pb.ClientPacket, data))
        socket.on("framereceived", lambda data: self._count(self.received, pb.ServerPacket, data))

    def _count(self, kinds: Counter[str], packet: Any, data: bytes) -> None:
        for message in packet.FromString(data).messages:
            kinds[message.WhichOneof("kind")] += 1

    async def join(self, link: str, name: str) -> None:
        """Come in, and wait for the picture, which the server draws."""
        await self.page.add_init_script("localStorage.setItem('collab.drawn', 'server')")
        await self.page.goto(link)
        await self.page.fill("#your-name", name)
        await self.page.press("#your-name", "Enter")
        await self.page.wait_for_selector("canvas[data-drawn=full]")
        await self.page.evaluate(WATCH)

    # -- what one does ---------------------------------------------------------------------

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def show(self, tab: str) -> None:
        """Open the people's side at one of its tabs."""
        button = self.page.get_by_role("button", name="People and chat", exact=True)
        if await button.count():
            await button.click()
        await self.page.get_by_role("tab", name=tab, exact=True).click()

    async def choose(self, source: str) -> None:
        await self.page.get_by_role("treeitem", name=source).click()

    @property
    def _radius(self) -> Any:
        return self.page.get_by_role("textbox", name="Radius")

    async def set_radius(self, radius: float) -> Seen:
        """Type a radius, and wait for its picture in full."""
        await self.page.evaluate("lesson.begin()")
        await self._radius.fill(f"{radius:g}")
        await self._radius.press("Enter")
        return await self.seen()

    async def hold_up(self, seconds: float) -> tuple[int, float]:
        """Raise the radius and lower it again by holding an arrow key, as one does who looks for
        the right one; how many pictures are seen meanwhile, and how many a second."""
        await self._radius.focus()
        now_s = asyncio.get_running_loop().time
        before, began_s = await self._pictures(), now_s()
        for key in ("ArrowUp", "ArrowDown"):
            until_s = now_s() + seconds / 2
            while now_s() < until_s:
                await self.page.keyboard.down(key)
                await asyncio.sleep(1 / KEYS_PER_S)
            await self.page.keyboard.up(key)
        took_s, pictures = now_s() - began_s, await self._pictures() - before
        return pictures, pictures / took_s

    async def _pictures(self) -> int:
        return int(await self.page.evaluate("lesson.pictures"))

    async def draw(self, who: str) -> None:
        """Say who draws, and wait for their picture."""
        await self.page.get_by_role("button", name="Where pictures are drawn").click()
        await self.page.get_by_role("radio", name=who, exact=True).click()
        await self.page.keyboard.press("Escape")
        await self.drawn_by("remote" if who == "On the server" else "local")

    async def drawn_by(self, whom: str) -> None:
        """Return when the picture in full is "local" or "remote"."""
        await self.page.get_by_role("button", name=f"Where pictures are drawn: {whom}").wait_for()
        await self.page.wait_for_selector("canvas[data-drawn=full]")

    async def turn(self, times: int) -> None:
        """Turn the picture by the mouse."""
        box = await self.page.locator("canvas").first.bounding_box()
        x, y = box["x"] + box["width"] / 8, box["y"] + box["height"] / 2
        await self.page.mouse.move(x, y)
        await self.page.mouse.down()
        for step in range(times):
            await self.page.mouse.move(x + 8 * (step % 40), y + 2 * (step % 40))
        await self.page.mouse.up()

    async def say(self, text: str) -> None:
        await self.show("Chat")
        field = self.page.get_by_role("textbox", name="Say something to everybody")
        await field.fill(text)
        await field.press("Enter")

    async def point(self, x: float, y: float) -> None:
        """Move the mouse to a place in the picture, 0 to 1 from the upper left."""
        box = await self.page.locator("canvas").first.bounding_box()
        await self.page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)

    # -- what one sees ---------------------------------------------------------------------

    async def begin(self) -> None:
        """Look out for a change that somebody else makes."""
        await self.page.evaluate("lesson.begin()")

    async def seen(self) -> Seen:
        """The change that was begun, once it is seen in full."""
        async with asyncio.timeout(WITHIN_MS / 1e3):
            asked_ms, first_ms, full_ms = await self.page.evaluate("lesson.seen()")
        return Seen(asked_ms / 1e3, first_ms / 1e3, full_ms / 1e3)

    async def revision(self) -> int:
        return int(await self.page.get_attribute(".shell", "data-revision"))

    async def reached(self, revision: int) -> None:
        await self.page.wait_for_function(
            "revision => Number(document.querySelector('.shell').dataset.revision) >= revision",
            arg=revision,
        )

    async def sees(self, text: str) -> None:
        await self.page.get_by_text(text).first.wait_for()

    async def queue(self) -> list[str]:
        """Who asks to steer, as the list of people says."""
        await self.show("People")
        names = self.page.get_by_label("Who asks to steer").locator(".name")
        return [str(name) for name in await names.all_inner_texts()]

    async def sees_pointers(self, names: list[str]) -> None:
        """Return when these people's pointers are shown, and no others."""
        await self.page.wait_for_function(POINTERS, arg=names)

    async def may_not_speak(self) -> bool:
        field = self.page.get_by_role("textbox", name="Say something to everybody")
        return bool(await field.is_disabled())

    async def digest(self) -> str:
        return str(await self.page.evaluate("collab.digest()"))


@asynccontextmanager
async def browser() -> AsyncIterator[Any]:
    """The machine's Chromium, without a window."""
    from playwright.async_api import async_playwright

    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise SystemExit("dev.py classroom: Chromium is missing (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        try:
            yield chromium
        finally:
            await chromium.close()


async def opened(chromium: Any, width: int, height: int) -> Screen:
    """An empty page in a window of its own."""
    context = await chromium.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(WITHIN_MS)
    return Screen(await context.new_page())
