"""The page in a real browser, beside other pages and a Python client."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Session, connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]


WEBSOCKET = "websocket://127.0.0.1:{}"

CORNER = """# vtk DataFile Version 3.0
a corner
ASCII
DATASET POLYDATA
POINTS 4 double
0 0 0  1 0 0  0 1 0  0 0 1
POLYGONS 2 8
3 0 1 2
3 0 1 3
POINT_DATA 4
SCALARS height double 1
LOOKUP_TABLE default
0 1 2 3
"""


def served(serve: Serve, port: int = 0) -> Any:
    return serve("--multi-clients", "--transport", WEBSOCKET.format(port))


def page_of(server: Any) -> str:
    line = server.wait_for("In a browser: ")
    return str(line.removeprefix("In a browser: "))


async def reached(session: Session, holds: Callable[[], Any]) -> Any:
    """What `holds` says once it is true of the session."""
    events = session.events()
    while not (found := holds()):
        await anext(events)
    return found


async def test_two_pages_and_a_script_see_each_others_changes(serve: Serve, browse: Browse) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    bob = await browse(page_of(server), width=1000)
    await bob.named("Bob")
    async with await connect(server.url, "Cid") as cid:
        assert {p.name for p in cid.participants} == {"Ada", "Bob", "Cid"}
        empty = await bob.picture()
        await ada.add("wavelet")
        await ada.sees("Wavelet1")
        await ada.add("contour")
        contour = await reached(cid, lambda: cid.proxy("filters", "Contour1"))
        seen = await bob.picture_other_than(empty)
        await bob.sees("Contour1")

        slider = ada.page.locator(".properties input[type=range]").first
        await slider.wait_for()
        before = contour["ContourValues"]
        await ada.drag(slider, 30)
        await reached(cid, lambda: contour["ContourValues"] != before)
        dragged = await bob.picture_other_than(seen)

        assert cid.state.name_of(cid.master.id) == "Ada"
        await ada.press("People and chat")
        await ada.press("What to do with Cid")
        await ada.page.get_by_role("menuitem", name="Let Cid steer").click()
        await reached(cid, lambda: cid.master.id == cid.id)
        await contour.set(ContourValues=[100.0])
        await ada.page.wait_for_function(
            "() => document.querySelector('.properties .number .field').value === '100'"
        )
        await bob.picture_other_than(dragged)

        await cid.catch_up()
        for page in (ada, bob):
            await page.page.wait_for_function(
                "revision => document.querySelector('.shell').dataset.revision === revision",
                arg=str(cid.revision),
            )
            assert await page.page.evaluate("collab.digest()") == cid.digest()


async def test_whoever_turns_the_picture_looks_alone_until_they_follow_again(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("cone")
    await ada.picture_other_than(empty)
    bob = await browse(page_of(server))
    await bob.named("Bob")
    await bob.sees("Ada steers — you follow their view")
    shared = await bob.looks_like(ada)

    await bob.drag(bob.page.locator("canvas"), 200, 60)
    await bob.sees("you look around on your own")
    await bob.picture_other_than(shared)
    assert await ada.picture_like(shared)

    await bob.page.keyboard.press("f")
    await bob.picture_like(shared)
    await ada.drag(ada.page.locator("canvas"), -150, 40)
    await ada.picture_other_than(shared)
    await bob.picture_other_than(shared)
    await bob.looks_like(ada)


async def test_what_one_may_not_do_is_off_and_says_why_until_one_is_let(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.sees("Sphere1")
    bob = await browse(page_of(server))
    await bob.named("Bob")
    await bob.sees("Ada steers: ask to steer, or propose a change")
    for name in ("Delete", "Undo: Create Sphere", "Open a file", "Hide Sphere1"):
        assert await bob.button(name).get_attribute("aria-disabled") == "true", name
    await bob.button("Delete").hover()
    tip = bob.page.get_by_role("tooltip")
    await tip.wait_for()
    assert "Ada steers" in await tip.inner_text()
    for field in await bob.page.locator(".properties .control .field").all():
        assert await field.is_disabled()

    await bob.press("Ask to steer")
    await ada.sees("asks to steer")
    await ada.press("Grant")
    await bob.sees("You steer")
    await bob.press("Hide Sphere1")
    await ada.button("Show Sphere1").wait_for()


async def test_a_file_is_opened_from_the_servers_folder_and_taken_back_in_one_step(
    serve: Serve, browse: Browse, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "corner.vtk").write_text(CORNER)
    server = serve("--multi-clients", "--transport", WEBSOCKET.format(0), cwd=tmp_path)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.page.get_by_role("button", name="Open a file").first.click()
    await ada.press("deep")
    await ada.page.get_by_role("button", name="corner.vtk").click()
    await ada.button("Hide corner.vtk").wait_for()
    opened = await ada.picture_other_than(empty)
    await ada.page.get_by_role("tab", name="Display").click()
    colour = ada.page.get_by_label("Colour by")
    await colour.wait_for()
    assert await colour.input_value() == "POINTS/height"
    await ada.page.get_by_label("Colours", exact=True).select_option("Viridis")
    await ada.picture_other_than(opened)

    await ada.press("Undo: Viridis for height")
    await ada.press("Undo: Open corner.vtk")
    await ada.sees("Nothing is here yet.")


async def test_what_one_points_at_is_seen_by_those_who_see_the_same(
    serve: Serve, browse: Browse
) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    bob = await browse(page_of(server))
    await bob.named("Bob")
    await ada.press("Show my pointer to the others")
    box = await ada.page.locator("canvas").bounding_box()
    x, y = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.3
    await ada.page.mouse.move(x, y)
    pointer = bob.page.locator(".pointer span", has_text="Ada")
    await pointer.wait_for()
    await bob.page.wait_for_function(
        "([x, y]) => { const r = document.querySelector('.pointer').getBoundingClientRect();"
        " return Math.hypot(r.left - x, r.top - y) < 3 }",
        arg=[x, y],
    )
    await ada.press("Hide my pointer from the others")
    await pointer.wait_for(state="detached")


async def test_everything_is_found_by_typing_its_name(serve: Serve, browse: Browse) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    search = ada.page.get_by_role("combobox", name="Search everything")
    for name, there in (("add cone", "Cone1"), ("add sphere", "Sphere1")):
        await ada.page.keyboard.press("Control+k")
        await search.fill(name)
        await search.press("Enter")
        await ada.page.get_by_role("treeitem", name=there, selected=True).wait_for()
    await ada.page.keyboard.press("Control+k")
    await search.fill("cone1")
    await search.press("Enter")
    await ada.page.get_by_role("treeitem", name="Cone1", selected=True).wait_for()


async def test_what_waits_for_apply_changes_nothing_before(serve: Serve, browse: Browse) -> None:
    server = served(serve)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.sees("Sphere1")
    async with await connect(server.url, "Cid") as cid:
        sphere = await reached(cid, lambda: cid.proxy("sources", "Sphere1"))
        before = sphere["Radius"]
        await ada.page.get_by_label("Apply at once").uncheck()
        radius = ada.page.get_by_role("textbox", name="Radius")
        await radius.fill("2*pi")
        await radius.press("Enter")
        await ada.button("Apply").wait_for()
        await cid.catch_up()
        assert sphere["Radius"] == before
        await ada.press("Apply")
        assert await reached(cid, lambda: sphere["Radius"] != before)
        assert sphere["Radius"] == pytest.approx(6.283185307179586)

        await radius.fill("-1")
        await radius.press("Enter")
        assert await radius.input_value() == "0"


async def test_what_others_write_is_text_and_nothing_else(serve: Serve, browse: Browse) -> None:
    server = served(serve)
    evil = "<img src=x onerror=alert(1)>"
    async with await connect(server.url, evil) as session:
        await session.create("sources", "SphereSource", "<b>bold</b>")
        await session.chat("<script>document.title = 'taken'</script>")
        page = await browse(page_of(server))
        await page.named("Ada")
        await page.sees("<b>bold</b>")
        await page.press("People and chat")
        await page.sees(evil)
        await page.page.get_by_role("tab", name="Chat").click()
        await page.sees("<script>document.title = 'taken'</script>")
        assert await page.page.title() == "Collab"
        assert await page.page.locator("main img, main b").count() == 0


async def test_a_page_whose_line_was_cut_is_who_it_was_and_what_was_done_meanwhile_is_done(
    serve: Serve, browse: Browse, line: Callable[[int], Any]
) -> None:
    server = served(serve)
    wire = line(int(page_of(server).rstrip("/").rpartition(":")[2]))
    ada = await browse(await wire.open())
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("cone")
    await ada.button("Hide Cone1").wait_for()
    await ada.picture_other_than(empty)
    async with await connect(server.url, "Bob") as bob:
        ada.may_lose_its_server()
        await wire.cut()
        await ada.sees("Reconnecting… your view is kept")
        cone = bob.proxy("sources", "Cone1")
        await ada.press("Hide Cone1")
        await bob.chat("are you there?")
        await bob.catch_up()
        [representation] = [p for p in bob.proxies.values() if p.group == "representations"]
        assert representation["Visibility"]

        await wire.open()
        await ada.page.wait_for_selector("[data-standing=joined]")
        await reached(bob, lambda: not representation["Visibility"])
        await ada.button("Show Cone1").wait_for()
        await ada.picture_like(empty)
        assert [p.name for p in bob.participants] == ["Ada", "Bob"]
        assert bob.master.name == "Ada"
        assert [row.label for row in bob.history] == ["Create Cone", "Hide Cone1"]
        await ada.press("People and chat")
        await ada.page.get_by_role("tab", name="Chat").click()
        await ada.sees("are you there?")
        assert cone.exists


async def test_a_page_whose_server_was_killed_joins_the_next_one_by_itself(
    serve: Serve, browse: Browse, hold_port: Callable[[], int]
) -> None:
    port = hold_port()
    server = served(serve, port)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    ada.may_lose_its_server()
    server.stop(signal.SIGKILL)
    await ada.sees("Reconnecting… your view is kept")
    again = served(serve, port)
    await ada.page.wait_for_selector("[data-standing=joined]")
    await ada.add("sphere")
    await ada.sees("Sphere1")
    async with await connect(again.url, "Bob") as bob:
        assert [p.name for p in bob.participants] == ["Ada", "Bob"]
        assert await asyncio.wait_for(reached(bob, lambda: bob.proxy("sources", "Sphere1")), 30)
