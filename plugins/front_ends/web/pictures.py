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
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

COLLAB = Path(sys.executable).with_name("collab")
ADDRESS = "In a browser: "
WIDTH, HEIGHT = 1280, 720
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


async def take(page: Page, folder: Path, name: str) -> None:
    await asyncio.sleep(REST_S)
    await page.mouse.move(WIDTH // 2, 5)
    await page.screenshot(path=folder / f"page-{name}.png")
    print(f"pictures: {folder / f'page-{name}.png'}", flush=True)


async def story(browser: Browser, url: str, folder: Path, server: subprocess.Popen[str]) -> None:
    """Empty, alone, in company, light, on a tablet, and without its server."""
    ada = await joined(browser, url, "Ada Lovelace")
    await take(ada, folder, "empty")
    await add(ada, "wavelet")
    await ada.get_by_text("Wavelet1").first.wait_for()
    await ada.get_by_role("tab", name="Display").click()
    await ada.get_by_label("Colour by").select_option(index=1)
    await add(ada, "contour")
    await ada.get_by_text("Contour1").first.wait_for()
    canvas = await ada.locator("canvas").bounding_box()
    assert canvas is not None
    x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2
    await ada.mouse.move(x, y)
    await ada.mouse.down()
    await ada.mouse.move(x + 150, y + 90, steps=5)
    await ada.mouse.up()
    await take(ada, folder, "alone")

    bob = await joined(browser, url, "Bob Kahn", 1000, 720, dark=False)
    await joined(browser, url, "Cid")
    await press(bob, "Ask to steer")
    await ada.get_by_text("asks to steer").first.wait_for()
    await ada.get_by_role("tab", name="Properties").click()
    await take(ada, folder, "company")
    await take(bob, folder, "light")
    await take(await joined(browser, url, "Dan", 820, 1100), folder, "tablet")
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/pictures"))
    sys.exit(asyncio.run(main(parser.parse_args().output)))
