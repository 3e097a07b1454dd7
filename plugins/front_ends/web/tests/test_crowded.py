"""Long lists on the page: what is far down is there, and scrolling to it is as smooth as ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from collab_kernel.client import connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]

ENTRIES = 200
PEOPLE = 100
STEPS = 30

JERKIER = 4.0
"""By how much the frames of a long list may be further apart than those of a short one, on a
machine that does other things besides. A list that is laid out anew with each step takes many
times as long."""

SCROLL = """async ([selector, steps]) => {
    const box = document.querySelector(selector)
    const frame = () => new Promise(requestAnimationFrame)
    const gaps = []
    let before = await frame()
    for (let step = 0; step <= steps; step++) {
        box.scrollTop = (box.scrollHeight - box.clientHeight) * (1 - Math.abs(1 - 2 * step / steps))
        const now = await frame()
        gaps.push(now - before)
        before = now
    }
    return gaps.reduce((sum, gap) => sum + gap) / gaps.length
}"""
"""Scroll to the end and back, a step a frame; the mean time between frames, in ms."""

TO_THE_END = """selector => {
    const box = document.querySelector(selector)
    box.scrollTop = box.scrollHeight
}"""

IN_SIGHT = """element => {
    const { left, top, height } = element.getBoundingClientRect()
    return height > 0 && element.contains(document.elementFromPoint(left + 2, top + height / 2))
}"""

TREE, LIST = ".pipeline .tree", "[role=tabpanel][aria-label=People]"


@pytest.mark.alone
async def test_two_hundred_entries_and_a_hundred_people_scroll_as_a_few_do(
    serve: Serve, browse: Browse
) -> None:
    server = serve(
        "--multi-clients", "--transport", "websocket://127.0.0.1:0", "--renderer", "none"
    )
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(await connect(server.url, "Person 000"))
        page = await browse(server.wait_for("In a browser: ").removeprefix("In a browser: "))
        await page.page.fill("#your-name", "Ada")
        await page.page.press("#your-name", "Enter")
        await page.press("People and chat")
        await page.sees("Person 000")
        short = {where: await page.page.evaluate(SCROLL, [where, STEPS]) for where in (TREE, LIST)}

        names = [f"Person {number:03}" for number in range(1, PEOPLE - 1)]
        for session in await asyncio.gather(*(connect(server.url, name) for name in names)):
            await stack.enter_async_context(session)
        balls = [f"Ball {number:03}" for number in range(ENTRIES)]
        await asyncio.gather(*(first.create("sources", "SphereSource", ball) for ball in balls))
        await page.page.get_by_role("treeitem").nth(ENTRIES - 1).wait_for(state="attached")
        assert await page.page.get_by_role("treeitem").count() == ENTRIES
        await page.page.locator(".person .who").nth(PEOPLE - 1).wait_for(state="attached")
        assert await page.page.locator(".person .who").count() == PEOPLE

        for where, name in ((TREE, f"Ball {ENTRIES - 1:03}"), (LIST, f"Person {PEOPLE - 2:03}")):
            long = await page.page.evaluate(SCROLL, [where, STEPS])
            print(f"{where}: {short[where]:.1f} ms between frames, {long:.1f} in a long list")
            assert long < short[where] * JERKIER
            await page.page.evaluate(TO_THE_END, where)
            last = page.page.locator(where).get_by_text(name, exact=True)
            await page.page.wait_for_function(IN_SIGHT, arg=await last.element_handle())
        # What one presses down there is what one meant.
        await page.page.get_by_role("treeitem", name=f"Ball {ENTRIES - 1:03}").click()
        await page.page.get_by_role("textbox", name="Radius").wait_for()
