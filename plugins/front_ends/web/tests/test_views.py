"""Views beside one another: pictures, charts and spreadsheets, the same for all, and one's own."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from collab_kernel.client import Session, connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]

WEBSOCKET = "websocket://127.0.0.1:0"


def served(serve: Serve) -> Any:
    return serve("--multi-clients", "--transport", WEBSOCKET)


def page_of(server: Any) -> str:
    line = server.wait_for("In a browser: ")
    return str(line.removeprefix("In a browser: "))


async def reached(session: Session, holds: Callable[[], Any]) -> Any:
    """What `holds` says once it is true of the session."""
    events = session.events()
    while not (found := holds()):
        await anext(events)
    return found


async def frames(page: Any, count: int) -> list[tuple[str, float, float, float, float]]:
    """Name and box (of the middle's whole) of each view, once there are so many."""
    await page.page.wait_for_selector(f".area[data-views='{count}']")
    found = await page.page.evaluate(
        "() => { const a = document.querySelector('.area').getBoundingClientRect();"
        " return [...document.querySelectorAll('.frame')].map(f => {"
        " const b = f.getBoundingClientRect(); return [f.ariaLabel, (b.x - a.x) / a.width,"
        " (b.y - a.y) / a.height, b.width / a.width, b.height / a.height] }) }"
    )
    return sorted(tuple(frame) for frame in found)


def alike(one: Any, other: Any) -> bool:
    """Whether views lie alike, but for what is between them."""
    return [f[0] for f in one] == [f[0] for f in other] and np.allclose(
        [f[1:] for f in one], [f[1:] for f in other], atol=0.02
    )


async def active(page: Any, name: str) -> None:
    """Return when a page works in the view of this name."""
    await page.page.wait_for_selector(f".frame[data-active=true][aria-label='{name}']")


async def chart_drawn(page: Any, but: str = "") -> str:
    """The number of the chart's picture, once it is another one than this."""
    await page.page.wait_for_function(
        "seen => (f => f && f !== '0' && f !== seen)"
        "(document.querySelector('.chart canvas')?.dataset.frame)",
        arg=but,
    )
    return str(await page.page.get_attribute(".chart canvas", "data-frame"))


async def chart_on(page: Any, *, light: bool) -> None:
    """Return when a page's chart, the only picture there, is drawn on light paper, or on dark."""
    seen = await chart_drawn(page)
    while ((await page.picture()).getpixel((3, 3))[0] > 128) != light:
        seen = await chart_drawn(page, seen)


def of_type(session: Session, type: str) -> list[Any]:
    return [proxy for proxy in session.proxies.values() if proxy.type == type]


def highlighted(picture: Any) -> bool:
    """Whether anything of it is drawn as selected."""
    return bool((np.abs(np.asarray(picture).astype(int) - (255, 0, 255)).max(axis=2) < 40).any())


async def cells(page: Any, row: int) -> list[str]:
    """The texts of a row that is in sight, once they are there."""
    where = f".rows [role=row][aria-rowindex='{row + 2}']"
    await page.page.wait_for_function(
        "where => { const c = document.querySelector(where + ' .cell:last-child');"
        " return c && c.textContent.trim() }",
        arg=where,
    )
    return list(await page.page.locator(f"{where} .cell").all_inner_texts())


async def test_a_line_through_data_comes_as_a_chart_beside_the_picture(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("wavelet")
    await ada.sees("Wavelet1")
    await ada.add("plot over line")
    picture, chart = sorted(await frames(ada, 2), key=lambda frame: frame[1])
    assert (picture[0], chart[0]) == ("RenderView1", "LineChartView1")
    assert picture[3] + chart[3] > 0.98
    whole = await chart_drawn(ada)
    async with await connect(server.url, "Cid") as cid:
        [layout] = of_type(cid, "ViewLayout")
        assert [view.type for view in layout["Views"]] == ["RenderView", "XYChartView"]
        line = cid.proxy("views", "LineChartView1")
        assert line["LeftAxisUseCustomRange"] is False

        await ada.drag(ada.page.locator(".chart canvas"), 80, 40)
        moved = await chart_drawn(ada, whole)
        await reached(cid, lambda: line["LeftAxisUseCustomRange"])
        low, high = line["BottomAxisRangeMinimum"], line["BottomAxisRangeMaximum"]
        assert low < 0 < high
        assert abs((high - low) - 20 * 3**0.5) < 0.1

        await active(ada, "LineChartView1")
        await ada.page.keyboard.press("r")
        await chart_drawn(ada, moved)
        await reached(cid, lambda: not line["LeftAxisUseCustomRange"])

        await ada.press("Undo: Create Plot Over Line")
        await frames(ada, 1)
        await reached(cid, lambda: len(cid.views) == 1)


async def test_a_spreadsheet_scrolls_to_the_end_and_shows_what_a_fetch_has(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("wavelet")
    await ada.sees("Wavelet1")
    await ada.press("Split to the right")
    await frames(ada, 2)
    await ada.page.get_by_role("button", name="Spreadsheet").click()
    async with await connect(server.url, "Cid") as cid:
        wavelet = cid.proxy("sources", "Wavelet1")
        data = np.load(io.BytesIO((await wavelet.fetch()).data))
        values = data["point:RTData"].reshape(-1)
        assert (await cells(ada, 0))[:2] == ["0", _text(values[0])]
        grid = ada.page.get_by_role("grid")
        assert await grid.get_attribute("aria-rowcount") == str(len(values) + 1)
        await grid.focus()
        await ada.page.keyboard.press("End")
        last = len(values) - 1
        found = await cells(ada, last)
        assert found[:2] == [str(last), _text(values[last])]
        assert found[2:5] == [_text(x) for x in data["points"][last]]
        await ada.page.mouse.wheel(0, 0)
        await grid.hover()
        await ada.page.mouse.wheel(0, -24 * 4000)
        middle = int(await grid.get_attribute("data-first") or 0)
        await ada.page.wait_for_function(
            "last => Number(document.querySelector('.rows').dataset.first) < last - 3000", arg=last
        )
        middle = int(await grid.get_attribute("data-first") or 0) + 2
        assert (await cells(ada, middle))[1] == _text(values[middle])

        await ada.page.get_by_role("columnheader", name="RTData").click()
        await ada.page.get_by_role("columnheader", name="RTData").click()
        await ada.page.wait_for_selector("[role=columnheader][aria-sort=descending]")
        top = int(np.argmax(values))
        await ada.page.wait_for_function(
            "id => document.querySelector('.rows .id')?.textContent.trim() === id", arg=str(top)
        )
        assert (await cells(ada, 0))[:2] == [str(top), _text(values[top])]


async def test_millions_of_rows_scroll_as_a_few_do(serve: Serve, browse: Browse) -> None:
    server = served(serve)
    async with await connect(server.url, "Cid") as cid:
        ada = await browse(page_of(server))
        await ada.named("Ada")
        image = await cid.create("sources", "RTAnalyticSource", WholeExtent=(0, 199, 0, 199, 0, 99))
        sheet = await cid.create("views", "SpreadSheetView")
        await cid.show(image, sheet)
        await frames(ada, 2)
        grid = ada.page.get_by_role("grid")
        await cells(ada, 0)
        assert await grid.get_attribute("aria-rowcount") == "4000001"
        await grid.focus()
        await ada.page.keyboard.press("End")
        assert (await cells(ada, 3_999_999))[0] == "3999999"
        await grid.hover()
        await ada.page.mouse.wheel(0, -240)
        await ada.page.wait_for_function(
            "() => Number(document.querySelector('.rows').dataset.first) < 3999990"
        )
        first = int(await grid.get_attribute("data-first") or 0)
        assert first > 3_999_000, "a turn of the wheel is a few rows"
        assert (await cells(ada, first + 2))[0] == str(first + 2)


async def test_a_row_that_is_pressed_is_selected_for_all(serve: Serve, browse: Browse) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("sphere")
    plain = await ada.picture_other_than(empty)
    await ada.press("Split to the right")
    await ada.page.get_by_role("button", name="Spreadsheet").click()
    await ada.page.get_by_role("radio", name="Cells").click()
    bob = await browse(page_of(server))
    await bob.named("Bob")
    async with await connect(server.url, "Cid") as cid:
        assert await cells(ada, 5) == ["5", "Triangle"]
        assert not highlighted(await ada.picture_that(lambda now: now.size != plain.size))
        await ada.page.locator(".rows [role=row][aria-rowindex='7']").click()
        sphere = cid.proxy("sources", "Sphere1")
        chosen = await reached(cid, lambda: cid.selection_of(sphere))
        assert (chosen["IDs"], chosen["FieldType"]) == ((0, 5), 0)
        await bob.page.wait_for_selector(".row.selected[aria-rowindex='7']")
        await ada.picture_that(highlighted)

        # Who follows only looks at what is selected.
        await bob.page.locator(".rows [role=row][aria-rowindex='9']").click()
        await ada.page.locator(".rows [role=row][aria-rowindex='8']").click(modifiers=["Control"])
        both = await reached(
            cid, lambda: (s := cid.selection_of(sphere)) and len(s["IDs"]) == 4 and s
        )
        assert both["IDs"] == (0, 5, 0, 6)
        assert of_type(cid, "IDSelectionSource") == [both]
        assert await ada.page.get_by_role("treeitem").count() == 1, "what selects is no data"


async def test_whoever_follows_sees_the_same_arrangement_and_may_not_change_it(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.sees("Sphere1")
    await ada.press("Split downwards")
    await ada.page.get_by_role("button", name="Spreadsheet").click()
    await active(ada, "SpreadSheetView1")
    bob = await browse(page_of(server), width=1000)
    await bob.named("Bob")
    arranged = await frames(ada, 2)
    assert alike(await frames(bob, 2), arranged)
    await active(bob, "SpreadSheetView1")

    divider = ada.page.get_by_role("separator")
    await ada.drag(divider, 0, 100)
    moved = await frames(ada, 2)
    assert not alike(moved, arranged)
    share = str(await divider.get_attribute("aria-valuenow"))
    await bob.page.wait_for_selector(f"[role=separator][aria-valuenow='{share}']")
    assert alike(await frames(bob, 2), moved)

    for name in ("Split to the right", "Split downwards", "Close SpreadSheetView1"):
        for button in await bob.button(name).all():
            assert await button.get_attribute("aria-disabled") == "true", name
            assert "Ada steers" in str(await button.get_attribute("aria-description"))
    await bob.drag(bob.page.get_by_role("separator"), 0, -150)
    assert alike(await frames(bob, 2), moved)
    assert await bob.page.get_by_role("radio", name="Cells").get_attribute("aria-disabled")


async def test_filling_ones_window_with_a_view_is_ones_own(serve: Serve, browse: Browse) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.press("Split to the right")
    await ada.page.get_by_role("button", name="Spreadsheet").click()
    bob = await browse(page_of(server))
    await bob.named("Bob")
    await frames(bob, 2)
    revision = await ada.page.get_attribute(".shell", "data-revision")
    await bob.button("Fill my window").last.click()
    [one] = await frames(bob, 1)
    assert one[0] == "SpreadSheetView1"
    assert min(one[3:]) > 0.99
    await frames(ada, 2)
    assert await ada.page.get_attribute(".shell", "data-revision") == revision
    await bob.page.keyboard.press("m")
    await frames(bob, 2)


async def test_a_view_that_is_closed_gives_its_room_away_and_comes_back_by_undo(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.sees("Sphere1")
    await ada.press("Split to the right")
    await ada.page.get_by_role("button", name="3D view a picture").click()
    await active(ada, "RenderView2")
    both = await frames(ada, 2)
    await ada.page.wait_for_function(
        "() => [...document.querySelectorAll('canvas')].every(c => c.dataset.drawn === 'full')"
    )
    async with await connect(server.url, "Cid") as cid:
        await ada.press("Close RenderView2")
        [left] = await frames(ada, 1)
        assert left[0] == "RenderView1"
        await reached(cid, lambda: len(cid.views) == 1)
        assert len(of_type(cid, "GeometryRepresentation")) == 1
        await ada.page.keyboard.press("Control+z")
        assert alike(await frames(ada, 2), both)
        await reached(cid, lambda: len(cid.views) == 2)


async def test_a_bar_that_is_dragged_onto_another_view_swaps_them_for_all(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.press("Split to the right")
    await ada.page.get_by_role("button", name="Spreadsheet").click()
    await active(ada, "SpreadSheetView1")
    picture, sheet = await frames(ada, 2)
    assert picture[1] < sheet[1]
    bar = ada.page.locator(".frame[aria-label=RenderView1] > .bar")
    await bar.drag_to(ada.page.locator(".frame[aria-label=SpreadSheetView1] > .bar"))
    await ada.page.wait_for_function(
        "() => document.querySelector('.frame[aria-label=RenderView1]').offsetLeft > 100"
    )
    picture, sheet = await frames(ada, 2)
    assert picture[1] > sheet[1]
    bob = await browse(page_of(server))
    await bob.named("Bob")
    assert alike(await frames(bob, 2), (picture, sheet))


async def test_a_narrow_window_shows_one_view_at_a_time_and_each_can_be_chosen(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.press("Split to the right")
    await ada.page.get_by_role("button", name="Spreadsheet").click()
    await active(ada, "SpreadSheetView1")
    bob = await browse(page_of(server), width=420)
    await bob.page.wait_for_selector(".frame[aria-label=SpreadSheetView1]")
    [one] = await frames(bob, 1)
    assert one[3] > 0.99
    await bob.page.get_by_label("View", exact=True).select_option("RenderView1")
    await bob.page.wait_for_selector(".frame[aria-label=RenderView1]")
    await bob.drawn()
    await ada.page.locator(".frame[aria-label=RenderView1] .tools").click()
    await active(ada, "RenderView1")
    await ada.page.get_by_role("grid").click()
    await bob.page.wait_for_selector(".frame[aria-label=SpreadSheetView1]")


async def test_keys_look_along_axes_and_a_card_says_which_there_are(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("cone")
    from_front = await ada.picture_other_than(empty)
    await ada.page.keyboard.press("x")
    along = await ada.picture_other_than(from_front)
    await ada.page.keyboard.press("y")
    await ada.picture_other_than(along)
    await ada.page.keyboard.press("?")
    await ada.sees("Keyboard shortcuts")
    card = await ada.page.get_by_role("dialog", name="Keyboard shortcuts").inner_text()
    for text in ("Look along +X", "Shift+Z", "Show everything"):
        assert text in card
    await ada.page.keyboard.press("Escape")
    await ada.page.keyboard.press("Control+k")
    await ada.page.get_by_role("combobox", name="Search everything").fill("along −Z")
    await ada.page.keyboard.press("Enter")
    await ada.page.get_by_role("dialog", name="Search").wait_for(state="hidden")


def _text(number: Any) -> str:
    """As the page writes a number: seven digits, and no more."""
    return np.format_float_positional(float(f"{float(number):.7g}"), trim="-")


async def test_layouts_are_tabs_which_whoever_steers_adds_names_and_closes(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("wavelet")
    await ada.sees("Wavelet1")
    bob = await browse(page_of(server))
    await bob.named("Bob")
    tabs = [page.page.get_by_role("navigation", name="Layouts") for page in (ada, bob)]
    assert not await tabs[0].count()
    await ada.page.keyboard.press("Control+k")
    await ada.page.get_by_role("combobox", name="Search everything").fill("Add a layout")
    await ada.page.keyboard.press("Enter")
    await ada.page.get_by_role("button", name="Line chart").click()
    await chart_on(ada, light=False)
    await chart_on(bob, light=False)  # who follows comes along
    await ada.press("Light")
    await chart_on(ada, light=True)
    await chart_on(bob, light=False)  # whose theme is their own

    why = await bob.button("Add a layout").get_attribute("aria-description")
    assert "Ada" in str(why)
    await ada.press("Rename or close the layout")
    await ada.page.get_by_role("menuitem", name="Rename").click()
    await ada.page.get_by_label("Name of the layout").fill("Along a line")
    await ada.page.keyboard.press("Enter")
    await tabs[1].get_by_role("button", name="Along a line").click()
    await tabs[0].get_by_role("button", name="Layout #1").click()
    await active(bob, "RenderView1")
    await tabs[0].get_by_role("button", name="Along a line").click()
    await ada.press("Rename or close the layout")
    await ada.page.get_by_role("menuitem", name="Close it and its views").click()
    await active(bob, "RenderView1")
    await tabs[1].wait_for(state="detached")
    async with await connect(server.url, "Cid") as cid:
        assert [view.type for view in cid.views] == ["RenderView"]
