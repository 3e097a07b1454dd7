"""What one steers with on the page: time, tools in the view, numbers, and the pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from collab_kernel.client import Session, connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]

WITHIN_S = 30
WEBSOCKET = "websocket://127.0.0.1:0"


@pytest.fixture
def server(serve: Serve) -> Any:
    return serve("--multi-clients", "--transport", WEBSOCKET)


async def opened(server: Any, browse: Browse, name: str, *sources: str) -> Any:
    """A page whose visitor has said their name, and has made these."""
    address = server.wait_for("In a browser: ").removeprefix("In a browser: ")
    page = await browse(address)
    await page.named(name)
    for source in sources:
        await page.add(source)
        await page.page.wait_for_function(
            "label => document.querySelector('.entry.active .name')?.textContent.startsWith(label)",
            arg=source.capitalize(),
        )
    return page


async def turn(page: Any, dx: int, dy: int) -> None:
    """Turn the camera, by the background beside what is shown."""
    box = await page.page.locator("canvas").first.bounding_box()
    x, y = box["x"] + box["width"] - 150, box["y"] + box["height"] - 150
    await page.page.mouse.move(x, y)
    await page.page.mouse.down()
    await page.page.mouse.move(x + dx, y + dy, steps=8)
    await page.page.mouse.up()


async def reached(session: Session, holds: Callable[[], Any]) -> Any:
    """What `holds` says once it is true of the session."""
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while not (found := holds()):
            await anext(events)
    return found


def of_type(session: Session, type: str) -> Any:
    """The only proxy of a type; None: there is none."""
    return next((p for p in session.proxies.values() if p.type == type), None)


def count_of(page: Any) -> Any:
    return page.page.locator(".time .count")


async def counts(page: Any, text: str) -> None:
    """Return when the bar says which step of how many is shown."""
    await page.page.wait_for_function(
        "text => document.querySelector('.time .count')?.textContent.endsWith(` · ${text}`)",
        arg=text,
    )


async def test_time_is_gone_to_and_played_for_everybody(server: Any, browse: Browse) -> None:
    ada = await opened(server, browse, "Ada", "cone")
    assert await count_of(ada).count() == 0, "nothing here changes with time"
    await ada.add("time source")
    await counts(ada, "1 / 10")
    bob = await opened(server, browse, "Bob")
    await counts(bob, "1 / 10")

    await ada.press("Next time step")
    await counts(bob, "2 / 10")
    await ada.press("Last time step")
    await counts(bob, "10 / 10")
    assert await bob.page.get_by_role("textbox", name="Time").input_value() == "1"
    field = ada.page.get_by_role("textbox", name="Time")
    await field.fill("1/3")
    await field.press("Enter")
    await counts(bob, "4 / 10")

    slider = ada.page.get_by_role("slider", name="Time step")
    await slider.focus()
    await slider.press("ArrowRight")
    await counts(bob, "5 / 10")
    await slider.press("Home")
    await counts(bob, "1 / 10")

    await ada.page.get_by_role("combobox", name="Steps a second").select_option("2")
    await ada.press("Play again and again")
    await ada.press("Play")
    await bob.button("Pause").wait_for()
    await counts(bob, "3 / 10")
    await ada.press("Pause")
    await bob.button("Play").wait_for()
    shown = await count_of(ada).inner_text()
    await counts(bob, shown)
    assert await bob.button("Play").get_attribute("aria-disabled") == "true"
    assert await bob.page.get_by_role("slider", name="Time step").is_disabled()


async def test_dragging_the_time_moves_it_for_all_while_the_mouse_is_down(
    server: Any, browse: Browse
) -> None:
    ada = await opened(server, browse, "Ada", "time")
    await counts(ada, "1 / 10")
    async with await connect(server.url, "Cid") as cid:
        box = await ada.page.get_by_role("slider", name="Time step").bounding_box()
        y = box["y"] + box["height"] / 2
        await ada.page.mouse.move(box["x"] + 8, y)
        await ada.page.mouse.down()
        await ada.page.mouse.move(box["x"] + box["width"] / 2, y, steps=4)
        await reached(cid, lambda: 0.3 < cid.time < 0.7)
        await ada.page.mouse.move(box["x"] + box["width"] - 8, y, steps=4)
        await ada.page.mouse.up()
        await reached(cid, lambda: cid.time == 1.0)


async def test_an_animation_has_a_time_even_where_no_data_has(server: Any, browse: Browse) -> None:
    ada = await opened(server, browse, "Ada", "sphere")
    assert await count_of(ada).count() == 0
    async with await connect(server.url, "Cid") as cid:
        sphere = await reached(cid, lambda: of_type(cid, "SphereSource"))
        await cid.request_master()
        await ada.press("Grant")
        await reached(cid, lambda: cid.master.id == cid.id)
        await cid.create("animation", "AnimationScene", EndTime=3.0, NumberOfFrames=4)
        await cid.create(
            "animation",
            "KeyFrameAnimationCue",
            AnimatedProxy=sphere,
            AnimatedPropertyName="Radius",
            KeyValues=[0.25, 0.5],
        )
        await counts(ada, "1 / 4")
        small = await ada.picture()
        await cid.go_to_time(3.0)
        await counts(ada, "4 / 4")
        await ada.picture_other_than(small)
        assert sphere["Radius"] == 0.5, "the value itself stays"


async def test_a_plane_is_dragged_in_the_view_for_all_and_is_one_entry_to_undo(
    server: Any, browse: Browse
) -> None:
    ada = await opened(server, browse, "Ada", "wavelet", "clip")
    bob = await opened(server, browse, "Bob")
    async with await connect(server.url, "Cid") as cid:
        clip = cid.proxy("filters", "Clip1")
        plane = await reached(cid, lambda: clip["ClipFunction"])
        before = plane["Origin"]
        entries = len(cid.history)
        seen = await bob.picture()
        x0 = bob.page.get_by_role("textbox", name="Origin 1")
        assert await x0.input_value() == "0"

        await turn(ada, 120, 60)
        await ada.drag(ada.page.locator("[data-handle=shift] .dot"), 70, 20)
        await reached(cid, lambda: plane["Origin"] != before)
        await bob.picture_other_than(seen)
        await bob.page.wait_for_function(
            "() => document.querySelector('.properties [aria-label=\"Origin 1\"]').value !== '0'"
        )
        await cid.catch_up()
        assert plane["Origin"][1:] == before[1:], "it goes along its normal"
        assert plane["Normal"] == (1.0, 0.0, 0.0)
        assert len(cid.history) == entries + 1
        await ada.page.keyboard.press("Control+z")
        await reached(cid, lambda: plane["Origin"] == before)

        handle = ada.page.get_by_role("slider", name="Plane: Turn the plane")
        await handle.focus()
        await handle.press("ArrowUp")
        await reached(cid, lambda: plane["Normal"] != (1.0, 0.0, 0.0))
        assert sum(n * n for n in plane["Normal"]) == pytest.approx(1.0, abs=1e-3)

        await ada.page.get_by_label("Show the plane in the view").uncheck()
        await handle.wait_for(state="detached")
        theirs = bob.page.get_by_role("slider", name="Plane: Turn the plane")
        assert await theirs.get_attribute("aria-disabled") == "true"
        turned = plane["Normal"]
        await bob.drag(bob.page.locator("[data-handle=normal] .dot"), 30, 30)
        await theirs.press("ArrowUp")
        await cid.catch_up()
        assert plane["Normal"] == turned, "they don't steer"


async def test_a_tool_waits_for_apply_as_its_numbers_do(server: Any, browse: Browse) -> None:
    ada = await opened(server, browse, "Ada", "sphere")
    async with await connect(server.url, "Cid") as cid:
        sphere = await reached(cid, lambda: of_type(cid, "SphereSource"))
        await ada.page.get_by_label("Apply at once").uncheck()
        await ada.drag(ada.page.locator("[data-handle=Radius] .dot"), 60)
        radius = ada.page.get_by_role("textbox", name="Radius")
        await ada.button("Apply").wait_for()
        assert float(await radius.input_value()) > 0.5
        await cid.catch_up()
        assert sphere["Radius"] == 0.5
        await ada.press("Apply")
        await reached(cid, lambda: sphere["Radius"] > 0.5)


async def test_numbers_are_calculated_stepped_and_scrubbed(server: Any, browse: Browse) -> None:
    ada = await opened(server, browse, "Ada", "sphere")
    async with await connect(server.url, "Cid") as cid:
        sphere = await reached(cid, lambda: of_type(cid, "SphereSource"))
        radius = ada.page.get_by_role("textbox", name="Radius")
        await radius.fill("sqrt(2)/2")
        await radius.press("Enter")
        await reached(cid, lambda: sphere["Radius"] == pytest.approx(0.5**0.5))
        await radius.fill("alert(1)")
        await radius.press("Enter")
        assert float(await radius.input_value()) == pytest.approx(0.5**0.5)

        await radius.fill("1")
        await radius.press("Enter")
        await reached(cid, lambda: sphere["Radius"] == 1.0)
        entries = len(cid.history)
        for key, value in (("ArrowUp", 1.1), ("Shift+ArrowUp", 2.1), ("Alt+ArrowDown", 2.09)):
            await radius.press(key)
            await reached(cid, lambda value=value: sphere["Radius"] == value)
        await cid.catch_up()
        assert len(cid.history) == entries + 3

        label = ada.page.locator(".property .label", has_text="Radius")
        await ada.drag(label, 31)
        await reached(cid, lambda: sphere["Radius"] == 3.09)
        await cid.catch_up()
        assert len(cid.history) == entries + 4, "a scrub is one entry"
        letter = ada.page.locator(".property", has_text="Center").locator(".letter").nth(1)
        await ada.drag(letter, -31)
        await reached(cid, lambda: sphere["Center"] == (0.0, -1.0, 0.0))


async def test_a_change_of_somebody_elses_is_marked_in_their_colour_and_then_fades(
    server: Any, browse: Browse
) -> None:
    async with await connect(server.url, "Ada") as ada:
        sphere = await ada.create("sources", "SphereSource", "Ball")
        bob = await opened(server, browse, "Bob")
        await bob.sees("Ball")
        colour = ada.participants[0].colour
        marked = bob.page.locator(".property.touched", has_text="Radius")
        await bob.page.evaluate(
            "() => new MutationObserver(() => {"
            " const row = document.querySelector('.property.touched');"
            " if (row) window.marked = getComputedStyle(row).getPropertyValue('--who') })"
            ".observe(document.querySelector('.properties'), { subtree: true,"
            " attributes: true, attributeFilter: ['class'] })"
        )
        await sphere.set(Radius=2.0)
        await bob.page.wait_for_function("colour => window.marked === colour", arg=colour)
        await marked.wait_for(state="detached")
        shadow = await bob.page.locator(".entry", has_text="Ball").evaluate(
            "row => getComputedStyle(row).boxShadow"
        )
        assert "2px" in shadow, "the pipeline remembers longer"


async def test_an_entry_of_the_pipeline_has_a_menu_and_takes_its_data_from_another(
    server: Any, browse: Browse
) -> None:
    ada = await opened(server, browse, "Ada", "cone", "sphere", "shrink")
    async with await connect(server.url, "Cid") as cid:
        shrink = await reached(cid, lambda: of_type(cid, "ShrinkFilter"))
        cone, sphere = (of_type(cid, f"{n}Source") for n in ("Cone", "Sphere"))
        row = ada.page.get_by_role("treeitem", name="Shrink")
        await row.click(button="right")
        await ada.page.get_by_role("menuitemradio", name="Cone").click()
        await reached(cid, lambda: shrink["Input"] == cone)
        await row.drag_to(ada.page.get_by_role("treeitem", name="Sphere"))
        await reached(cid, lambda: shrink["Input"] == sphere)

        await row.click()
        await row.press("ArrowLeft")
        await ada.page.get_by_role("treeitem", name="Sphere", selected=True).wait_for()
        await ada.page.keyboard.press("ArrowRight")
        await ada.page.get_by_role("treeitem", name="Shrink", selected=True).wait_for()
        await ada.page.keyboard.press("F2")
        await ada.page.keyboard.type("Small")
        await ada.page.keyboard.press("Enter")
        await reached(cid, lambda: shrink.name == "Small")
        await ada.page.get_by_role("treeitem", name="Small").click(button="right")
        await ada.page.get_by_role("menuitem", name="Delete").click()
        await reached(cid, lambda: not shrink.exists)
