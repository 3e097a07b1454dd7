"""Pictures of the page in its states, for the documentation and for judging them.

    python3 dev.py pictures

Starts a server of its own on a sample, and needs Chromium (Debian: apt install chromium).
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from collab_kernel.client import connect

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

COLLAB = Path(sys.executable).with_name("collab")
ADDRESS = "In a browser: "
WIDTH, HEIGHT = 1280, 720
QUALITY = 85
REST_S = 1.5
"""How long a state is left to settle: pictures in full, and no tip or highlight on the way."""


async def joined(browser: Browser, url: str, name: str, *size: int, dark: bool = True) -> Page:
    """A page on its own, whose visitor has said their name."""
    width, height = size or (WIDTH, HEIGHT)
    context = await browser.new_context(viewport={"width": width, "height": height})
    theme = "dark" if dark else "light"
    await context.add_init_script(f"localStorage.setItem('collab.theme', '{theme}')")
    page = await context.new_page()
    await page.goto(url)
    await page.fill("#your-name", name)
    await page.press("#your-name", "Enter")
    await page.wait_for_selector("canvas[data-drawn=full]")
    return page


async def add(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Add a source or a filter", exact=True).click()
    await page.get_by_role("textbox", name="Find a source or a filter").fill(name)
    await page.keyboard.press("Enter")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def tab(page: Page, name: str) -> None:
    await page.get_by_role("tab", name=name, exact=True).click()


async def turn(page: Page, dx: int, dy: int) -> None:
    """Turn the camera, by the background beside what is shown."""
    canvas = await page.locator("canvas").first.bounding_box()
    assert canvas is not None
    x, y = canvas["x"] + canvas["width"] - 120, canvas["y"] + canvas["height"] - 120
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + dx, y + dy, steps=5)
    await page.mouse.up()


async def take(page: Page, folder: Path, name: str, rest_s: float = REST_S) -> None:
    await page.mouse.move(WIDTH // 2, 5)
    await asyncio.sleep(rest_s)
    path = folder / f"page-{name}.jpg"
    await page.screenshot(path=path, type="jpeg", quality=QUALITY)
    print(f"pictures: {path}", flush=True)


async def alone(browser: Browser, url: str, folder: Path) -> Page:
    """One comes, and makes something."""
    ada = await joined(browser, url, "Ada Lovelace")
    await take(ada, folder, "empty")
    await add(ada, "wavelet")
    await ada.get_by_text("Wavelet1").first.wait_for()
    await tab(ada, "Display")
    await ada.get_by_label("Colour by").select_option(index=1)
    await add(ada, "clip")
    await ada.get_by_text("Clip1").first.wait_for()
    await tab(ada, "Properties")
    await turn(ada, 150, 90)
    await take(ada, folder, "tools")
    await ada.get_by_label("Show the plane in the view").uncheck()
    await add(ada, "contour")
    await ada.get_by_text("Contour1").first.wait_for()
    await tab(ada, "Display")
    await take(ada, folder, "alone")
    return ada


async def together(browser: Browser, url: str, folder: Path, ada: Page) -> Page:
    """Others come, talk, point, propose."""
    bob = await joined(browser, url, "Bob Kahn", 1000, 720, dark=False)
    await joined(browser, url, "Cid")
    await press(bob, "Ask to steer")
    await ada.get_by_text("asks to steer").first.wait_for()
    await tab(ada, "Properties")
    await take(ada, folder, "company")
    await take(bob, folder, "light")
    await press(ada, "People and chat")
    await take(ada, folder, "people")
    await press(ada, "Not now for Bob Kahn")
    await tab(ada, "Pins")
    await press(ada, "Place a pin")
    await ada.mouse.click(560, 330)
    await ada.get_by_role("textbox", name="Text of the pin").fill("The field is strongest here")
    await press(ada, "Place")
    await take(ada, folder, "pins")
    await bob.get_by_role("button", name="Propose a change").first.click()
    field = bob.locator(".properties .number .field").first
    await field.fill("150")
    await field.press("Enter")
    await take(bob, folder, "proposing")
    await bob.get_by_label("Title of the proposal").fill("A smaller surface")
    await press(bob, "Propose this change")
    await tab(ada, "Proposals")
    await take(ada, folder, "proposals")
    await tab(ada, "History")
    await take(ada, folder, "history")
    return bob


async def more(browser: Browser, url: str, folder: Path, ada: Page) -> None:
    """A chart and rows beside the picture, time, a tablet, and a crowd."""
    await press(ada, "Hide the people")
    await ada.get_by_role("treeitem", name="Wavelet1").click()
    await press(ada, "Split to the right")
    await ada.get_by_role("button", name="Spreadsheet").click()
    await add(ada, "plot over line")
    await take(ada, folder, "split", 2 * REST_S)
    await add(ada, "time source")
    await ada.locator(".time .count").wait_for()
    await take(ada, folder, "time")
    dan = await joined(browser, url, "Dan", 820, 1100)
    await take(dan, folder, "tablet")
    async with AsyncExitStack() as stack:
        for number in range(40):
            at = url.replace("http", "websocket", 1).rstrip("/")
            await stack.enter_async_context(await connect(at, f"Student {number + 1}"))
        await press(ada, "People and chat")
        await tab(ada, "People")
        await take(ada, folder, "crowd")


async def story(browser: Browser, url: str, folder: Path, server: subprocess.Popen[str]) -> None:
    """Every state of the page, once."""
    slow = await browser.new_page()
    await slow.route_web_socket("**", lambda _: None)  # a server that says nothing
    await slow.goto(url)
    await take(slow, folder, "loading")
    ada = await alone(browser, url, folder)
    await together(browser, url, folder, ada)
    await more(browser, url, folder, ada)
    server.kill()
    await ada.get_by_text("Reconnecting").first.wait_for()
    await take(ada, folder, "lost")


async def main(folder: Path) -> int:
    """Write the pictures into `folder`."""
    from playwright.async_api import async_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        print("pictures: Chromium is not installed (Debian: apt install chromium)", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        server = subprocess.Popen(
            [COLLAB, "serve", "--multi-clients", "--transport", "websocket://127.0.0.1:0"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=data,
        )
        try:
            assert server.stdout is not None
            lines = iter(server.stdout.readline, "")
            line = next((line for line in lines if line.startswith(ADDRESS)), None)
            if line is None:
                print("pictures: the server served no page", file=sys.stderr)
                return 1
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=program, args=["--no-sandbox", "--disable-gpu"]
                )
                await story(browser, line.removeprefix(ADDRESS).strip(), folder, server)
                await browser.close()
        finally:
            server.kill()
            server.wait()
    return 0


def renew(documents: Path, taken: Path) -> None:
    """Put the pictures that documents show in place of their older ones."""
    for old in documents.glob("page-*.jpg"):
        shutil.copyfile(taken / old.name, old)
        print(f"pictures: {old}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("pictures-output"))
    parser.add_argument("--renew", type=Path, help="a folder that has some of them already")
    options = parser.parse_args()
    code = asyncio.run(main(options.output))
    if not code and options.renew:
        renew(options.renew, options.output)
    sys.exit(code)
