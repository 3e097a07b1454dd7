"""Where one stands, what waits for one, and values that one types: in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from collab_kernel.client import Session, connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]

WEBSOCKET = ("--multi-clients", "--transport", "websocket://127.0.0.1:0")
ADDRESS = "In a browser: "
POINT = """# vtk DataFile Version 3.0
a point
ASCII
DATASET POLYDATA
POINTS 1 float
{} 0 0
VERTICES 1 2
1 0
"""


def page_of(server: Any) -> str:
    return str(server.wait_for(ADDRESS).removeprefix(ADDRESS))


async def reached(session: Session, holds: Callable[[], bool]) -> None:
    """Return once it is true of the session."""
    events = session.events()
    while not holds():
        await anext(events)


async def overlap(one: Any, other: Any) -> bool:
    a, b = await one.bounding_box(), await other.bounding_box()
    return bool(
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )


async def test_the_past_says_so_and_offers_no_change(
    serve: Serve, browse: Browse, tmp_path: Path
) -> None:
    store = f"sqlite:{tmp_path}/work.collab"
    now = serve(*WEBSOCKET, "--store", store)
    async with await connect(now.url, "Ada") as ada:
        ball = await ada.create("sources", "SphereSource", "Ball")
        await ada.show(ball)
        revision = ada.revision
    assert now.stop() == (0, "")
    then = serve(*WEBSOCKET, "--store", store, "--at", str(revision))
    eve = await browse(page_of(then))
    await eve.named("Eve")
    told = eve.page.get_by_role("status").filter(has_text="This is the session as it was")
    text = await told.inner_text()
    assert f"at revision {revision} (Ada, " in text
    assert text.endswith("Nothing can be changed here.")
    await eve.page.get_by_role("treeitem", name="Ball").click()
    assert await eve.page.get_by_role("textbox", name="Radius").is_disabled()
    await eve.press("People and chat")
    await eve.page.get_by_role("tab", name="Proposals").click()
    await eve.sees("No proposals waited then.")
    await eve.page.get_by_role("tab", name="Pins").click()
    assert await eve.button("Place a pin").get_attribute("aria-disabled") == "true"
    for never in ("Propose a change", "Ask to steer", "Bring everyone here"):
        assert await eve.button(never).count() == 0, never


async def test_nothing_that_is_said_covers_rows_or_what_another_card_says(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("sphere")
    await ada.picture_other_than(empty)
    async with await connect(server.url, "Bob") as bob:
        said = ada.page.get_by_text("You steer — the others see your view")
        await said.wait_for()
        picture = ada.page.locator("canvas").first
        assert await overlap(said, picture)
        await ada.press("Split to the right")
        await ada.page.get_by_role("button", name="Spreadsheet").click()
        await ada.page.get_by_role("grid").wait_for()
        await ada.page.locator("footer").get_by_text("You steer").wait_for()
        assert await said.count() == 1, "it is said once"

        await bob.request_master()
        asks = ada.page.get_by_role("status").filter(has_text="Bob asks to steer")
        await asks.get_by_role("button", name="Grant").click()
        toast = ada.page.get_by_text("Bob steers now")
        await toast.wait_for()
        shown = await toast.bounding_box()
        views = await ada.page.locator("[data-views]").bounding_box()
        aside = shown["x"] + shown["width"] / 2 - views["x"] - views["width"] / 2
        assert abs(aside) < 24, "in the middle of the views, and not of the window"
        await ada.button("Propose a change").first.click()
        card = ada.page.get_by_role("form", name="Your proposal")
        await card.wait_for()
        assert not await overlap(toast, card)


async def test_a_list_takes_a_range_and_a_reader_another_file(
    serve: Serve, browse: Browse, tmp_path: Path
) -> None:
    for number in range(3):
        (tmp_path / f"p{number}.vtk").write_text(POINT.format(number))
    server = serve(*WEBSOCKET, cwd=tmp_path)
    page = await browse(page_of(server))
    await page.named("Ada")
    async with await connect(server.url, "Bob") as bob:
        await page.add("wavelet")
        await page.sees("Wavelet1")
        await page.add("contour")
        await page.sees("Contour1")
        await page.button("Add a range…").click()
        box = page.page.get_by_role("textbox", name="Values to add to Isosurfaces")
        await box.fill("100:200:x")
        await box.press("Enter")
        await page.page.get_by_role("alert").filter(has_text="is no range").wait_for()
        await box.fill("100:200:5")
        await page.press("Replace")
        await page.sees("1–10 of 21")
        await page.press("Those behind")
        field = page.page.get_by_role("textbox", name="Isosurfaces 12")
        assert await field.input_value() == "155"
        await field.fill("156")
        await field.press("Enter")
        wanted = [100.0 + 5 * n for n in range(21)]
        wanted[11] = 156.0
        contour = bob.proxy("filters", "Contour1")
        await reached(bob, lambda: list(contour["ContourValues"]) == wanted)

        await page.page.get_by_role("button", name="Open a file").first.click()
        await page.page.get_by_role("button", name="p0.vtk").click()
        await page.button("Hide p0.vtk").wait_for()
        await page.page.get_by_role("button", name="Browse for").click()
        choice = page.page.get_by_role("dialog", name="Choose a file")
        await choice.get_by_role("button", name="p1.vtk").click()
        await choice.wait_for(state="hidden")
        reader = bob.proxy("sources", "p0.vtk")
        await reached(bob, lambda: list(reader["FileNames"]) == ["p1.vtk"])
