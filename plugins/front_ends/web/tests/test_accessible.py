"""Whether everybody can use the page: what axe-core finds, and the keyboard alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]

WEBSOCKET = ("--multi-clients", "--transport", "websocket://127.0.0.1:0")
AXE = Path(__file__).parents[1] / "page" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
RUN = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map(
    ({ id, impact, help, nodes }) =>
        ({ id, impact, help, nodes: nodes.map(n => `${n.html} ${n.failureSummary}`) }))"""
THEME = "localStorage.setItem('collab.theme', '{}')"
SIZES = {"desk": (1280, 720), "tablet": (820, 1100)}
TABS = ("People", "Chat", "Pins", "Proposals", "History")


def page_of(server: Any) -> str:
    return str(server.wait_for("In a browser: ").removeprefix("In a browser: "))


async def audit(page: Any, state: str, found: dict[str, str]) -> None:
    """Add what axe-core finds serious or critical, and where first. Its program reaches the page
    through the debugger, past the page's own rules of what may run there."""
    if not await page.page.evaluate("typeof axe === 'object'"):
        if not AXE.exists():
            assert "COLLAB_REQUIRE_BROWSER" not in os.environ, f"{AXE} is not there"
            pytest.skip("axe-core is not installed (npm ci in the page's folder)")
        await page.page.evaluate(AXE.read_text(encoding="utf-8"))
    for each in await page.page.evaluate(RUN):
        if each["impact"] in GRAVE:
            for node in each["nodes"]:
                found.setdefault(f"{each['id']}: {node}", state)


async def show(page: Any, tab: str) -> None:
    button = page.button("People and chat")
    if await button.count():
        await button.click()
    await page.page.get_by_role("tab", name=tab, exact=True).click()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_serious(
    serve: Serve, browse: Browse, theme: str, size: str
) -> None:
    server = serve(*WEBSOCKET)
    page = await browse("about:blank", *SIZES[size])
    await page.page.emulate_media(reduced_motion="reduce")
    await page.page.add_init_script(THEME.format(theme))
    await page.page.goto(page_of(server))
    await page.page.wait_for_selector("#your-name")
    found: dict[str, str] = {}
    await audit(page, "asked for a name", found)
    await page.named("Ada")
    await audit(page, "empty", found)
    for dialog, opens in (
        ("A link for others", page.page.get_by_role("button", name="Share", exact=True)),
        ("Open a file", page.page.locator(".doors button").first),
        ("Search", page.page.get_by_role("button", name="Search everything")),
    ):
        await opens.click()
        await page.page.get_by_role("dialog", name=dialog).wait_for()
        await audit(page, dialog, found)
        await page.page.keyboard.press("Escape")
        await page.page.get_by_role("dialog", name=dialog).wait_for(state="hidden")
    await page.page.keyboard.press("?")
    await page.page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    await audit(page, "Keyboard shortcuts", found)
    await page.page.keyboard.press("Escape")
    if size == "tablet":
        await page.press("Show the pipeline")
    await page.add("wavelet")
    await page.sees("Wavelet1")
    await page.page.get_by_role("tab", name="Display").click()
    await page.page.get_by_label("Colour by").select_option("POINTS/RTData")
    await page.page.get_by_label("Colours", exact=True).wait_for()
    await audit(page, "colour map", found)
    await page.add("clip")
    await page.sees("Clip1")
    await page.page.get_by_role("tab", name="Properties").click()
    await audit(page, "properties", found)
    await page.page.get_by_role("tab", name="Information").click()
    await audit(page, "information", found)
    if size == "tablet":
        await page.press("Hide the pipeline")
    async with AsyncExitStack() as stack:
        crowd = [
            await stack.enter_async_context(await connect(server.url, f"Person {i}"))
            for i in range(12)
        ]
        bob = crowd[0]
        await bob.chat("Good morning")
        await bob.pin("Here", (0.0, 0.0, 0.0), bob.views[0])
        async with bob.draft("Finer"):
            await bob.proxy("filters", "Clip1").set(Invert=0)
        await bob.request_master()
        await page.sees("asks to steer")
        await audit(page, "asked", found)
        for tab in TABS:
            await show(page, tab)
            await audit(page, tab, found)
    assert not found, "\n".join(f"{state}: {what}" for what, state in found.items())


# -- the keyboard ----------------------------------------------------------------------------

FOCUSABLE = """() => {
    const all = document.querySelectorAll('button, input, select, textarea, a[href], [tabindex]')
    const STYLES = ['outlineStyle', 'outlineWidth', 'borderColor', 'boxShadow', 'backgroundColor',
        'stroke', 'strokeWidth', 'r']
    window.looks = e => [e, e.parentElement, ...e.children].map(each => getComputedStyle(each))
        .flatMap(style => STYLES.map(name => style[name])).join()
    window.reachable = new Map([...all].filter(e => e.tabIndex >= 0 && !e.disabled
        && e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        .map(e => [e, looks(e)]))
    window.reached = new Set()
    return reachable.size
}"""
REACH = """() => {
    const at = document.activeElement
    if (!reachable.has(at) || reached.has(at)) return ''
    reached.add(at)
    return looks(at) === reachable.get(at) ? at.outerHTML : ''
}"""
LEFT_OUT = """() => [...reachable.keys()].filter(e => e.isConnected && !reached.has(e))
    .map(e => e.outerHTML.slice(0, 200))"""
FOCUSED = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"


async def test_the_tab_key_reaches_everything_and_one_sees_where_it_is(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    page = await browse(page_of(server))
    await page.named("Ada")
    empty = await page.picture()
    await page.add("sphere")
    await page.picture_other_than(empty)
    await page.page.get_by_role("textbox", name="Radius").wait_for()
    await show(page, "People")
    await page.page.evaluate("document.activeElement.blur()")
    there = await page.page.evaluate(FOCUSABLE)
    assert there > 30
    unseen: set[str] = set()
    for _ in range(2 * there):  # from where it is to the end, and once around
        await page.page.keyboard.press("Tab")
        unseen.add(await page.page.evaluate(REACH))
        left_out = await page.page.evaluate(LEFT_OUT)
        if not left_out:
            break
    assert left_out == []
    assert unseen == {""}


async def test_escape_closes_what_was_opened_and_focus_goes_back(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    page = await browse(page_of(server))
    await page.named("Ada")
    await page.add("sphere")
    await page.sees("Sphere1")
    await show(page, "People")
    for opener, role, opened in (
        ("Share", "dialog", "A link for others"),
        ("Open a file", "dialog", "Open a file"),
        ("Search everything", "dialog", "Search"),
        ("Add a source or a filter", "dialog", "Add a source or a filter"),
        ("What I may do", "menu", "Ada"),
    ):
        await page.button(opener).focus()
        await page.page.keyboard.press("Enter")
        what = page.page.get_by_role(role, name=opened, exact=True)
        await what.wait_for()
        inside = await what.element_handle()
        await page.page.wait_for_function("e => e.contains(document.activeElement)", arg=inside)
        await page.page.keyboard.press("Escape")
        await what.wait_for(state="hidden")
        await page.page.wait_for_function(f"name => ({FOCUSED}) === name", arg=opener)


MOVING = """() => [...document.querySelectorAll('*')].filter(e => {
    const { transitionDuration, animationDuration } = getComputedStyle(e)
    return `${transitionDuration}, ${animationDuration}`.split(', ').some(s => parseFloat(s) > 0.01)
}).length"""


async def test_nothing_moves_by_itself_for_whoever_asks_for_that(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    page = await browse(page_of(server))
    await page.named("Ada")
    await page.add("sphere")
    await page.sees("Sphere1")
    await show(page, "People")
    assert await page.page.evaluate(MOVING)
    await page.page.emulate_media(reduced_motion="reduce")
    assert await page.page.evaluate(MOVING) == 0
