"""The people's side of the page in a real browser: steering, talk, pins, proposals, links."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.server import Role, TokenFile

Browse = Callable[..., Any]
Serve = Callable[..., Any]

WEBSOCKET = ("--multi-clients", "--transport", "websocket://127.0.0.1:0")
ADDRESS = "In a browser: "
EVIL = "<img src=x onerror=alert(1)><b>bold</b>"


def page_of(server: Any) -> str:
    return str(server.wait_for(ADDRESS).removeprefix(ADDRESS))


async def reached(session: Session, holds: Callable[[], Any]) -> Any:
    """What `holds` says once it is true of the session."""
    events = session.events()
    while not (found := holds()):
        await anext(events)
    return found


async def show(page: Any, tab: str) -> None:
    """Open the people's side at one of its tabs."""
    button = page.button("People and chat")
    if await button.count():
        await button.click()
    await page.page.get_by_role("tab", name=tab, exact=True).click()


async def choose(page: Any, whom: str, deed: str) -> None:
    await page.press(f"What to do with {whom}")
    await page.page.get_by_role("menuitem", name=deed, exact=True).click()


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    path = tmp_path / "tokens.toml"
    path.touch(mode=0o600)
    return TokenFile(path)


# -- steering --------------------------------------------------------------------------------


async def test_requests_to_steer_are_granted_in_their_order(serve: Serve, browse: Browse) -> None:
    server = serve(*WEBSOCKET)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    async with (
        await connect(server.url, "Bob") as bob,
        await connect(server.url, "Cid") as cid,
    ):
        await bob.request_master()
        await cid.request_master()
        card = ada.page.get_by_role("status").filter(has_text="asks to steer")
        await card.get_by_text("Bob", exact=True).wait_for()
        await card.get_by_text("and 1 more").wait_for()
        await ada.press("Not now")
        await card.get_by_text("Cid", exact=True).wait_for()
        await reached(bob, lambda: [p.name for p in bob.requests] == ["Cid"])
        await bob.request_master()

        await show(ada, "People")
        queue = ada.page.get_by_label("Who asks to steer")
        await queue.get_by_text("2 ask to steer").wait_for()
        names = await queue.locator(".name").all_inner_texts()
        assert names == ["Cid", "Bob"]
        await queue.get_by_role("button", name="Grant it to Cid").click()
        await reached(cid, lambda: cid.master.id == cid.id)
        await ada.sees("Cid steers now")
        grant = queue.get_by_role("button", name="Grant it to Bob")
        assert await grant.get_attribute("aria-disabled") == "true"
        await grant.hover()
        tip = ada.page.get_by_role("tooltip")
        await tip.wait_for()
        assert "Cid steers, and keeps order" in await tip.inner_text()


async def test_whoever_keeps_order_removes_and_locks_and_the_others_are_told(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    bob = await browse(page_of(server))
    await bob.named("Bob")
    await show(bob, "People")
    assert await bob.button("Lock the session").get_attribute("aria-disabled") == "true"
    await bob.press("What to do with Ada")
    remove = bob.page.get_by_role("menuitem", name="Remove Ada…")
    assert await remove.get_attribute("aria-disabled") == "true"

    await show(ada, "People")
    await choose(ada, "Bob", "Remove Bob…")
    await ada.page.get_by_label("What to tell them").fill("The lesson is over")
    await ada.press("Remove")
    await bob.sees("You were removed from the session")
    await bob.sees("The lesson is over")
    await ada.press("Lock the session")
    await ada.sees("Ada has locked the session")
    await bob.press("Join again")
    await bob.sees("The session is locked")
    await ada.press("Unlock the session")
    await bob.press("Join again")
    await bob.page.wait_for_selector("[data-standing=joined]")


async def test_whom_somebody_mutes_says_nothing_and_is_told_why(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    bob = await browse(page_of(server))
    await bob.named("Bob")
    async with await connect(server.url, "Cid") as cid:
        await show(ada, "People")
        await choose(ada, "Bob", "Mute Bob in the chat")
        await reached(cid, lambda: [p for p in cid.participants if cid.muted(p.id).chat])
        await bob.sees("Ada asks for quiet")
        await show(bob, "Chat")
        say = bob.page.get_by_role("textbox", name="Say something to everybody")
        assert await say.is_disabled()
        assert "muted" in (await say.get_attribute("placeholder") or "")
        await choose(ada, "Bob", "Let Bob chat again")
        await bob.page.wait_for_function("() => !document.querySelector('.say .field').disabled")
        await say.fill("Thank you")
        await say.press("Enter")
        await reached(cid, lambda: [row.text for row in cid.chat_history] == ["Thank you"])
        await ada.page.get_by_role("tab", name="Chat").get_by_label("1 unread").wait_for()
        await show(ada, "Chat")
        await ada.sees("Thank you")
        assert await ada.page.get_by_label("1 unread").count() == 0


# -- pins ------------------------------------------------------------------------------------


async def test_a_pin_left_with_the_mouse_is_seen_by_others_who_can_go_there(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("cone")
    await ada.picture_other_than(empty)
    await ada.sees("Cone1")
    bob = await browse(page_of(server))
    await bob.named("Bob")
    shared = await bob.looks_like(ada)

    await show(ada, "Pins")
    await ada.press("Place a pin")
    box = await ada.page.locator("canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await ada.page.mouse.click(x - 30, y - 20)
    await ada.page.get_by_role("textbox", name="Text of the pin").fill("The tip")
    await ada.press("Place")
    mark = ada.page.get_by_role("button", name="Pin of Ada: The tip")
    await mark.wait_for()
    spot = await mark.bounding_box()
    assert abs(spot["x"] + spot["width"] / 2 - (x - 30)) < 2
    assert abs(spot["y"] + spot["height"] - (y - 20)) < 4
    async with await connect(server.url, "Cid") as cid:
        [pin] = cid.pins
        assert (pin.author_name, pin.text) == ("Ada", "The tip")
        assert all(abs(c) <= 0.5 for c in pin.position), "it is on the cone"

    theirs = bob.page.get_by_role("button", name="Pin of Ada: The tip")
    await theirs.wait_for()
    await bob.page.mouse.move(500, 600)
    await bob.page.mouse.down()
    await bob.page.mouse.move(660, 650, steps=8)
    await bob.page.mouse.up()
    await bob.sees("you look around on your own")
    await bob.picture_other_than(shared)
    await theirs.click()
    card = bob.page.get_by_role("group", name="Pin of Ada")
    assert await card.get_by_text("The tip").is_visible()
    remove = card.get_by_role("button", name="Remove")
    assert await remove.get_attribute("aria-disabled") == "true"
    await card.get_by_role("button", name="Go there").click()
    await bob.picture_like(shared)
    await bob.sees("you look around on your own")
    await show(ada, "Pins")
    await ada.press("Remove this pin")
    await theirs.wait_for(state="detached")


# -- proposals and history -------------------------------------------------------------------


async def test_a_viewers_proposal_is_accepted_and_stands_in_the_history_as_theirs(
    serve: Serve, browse: Browse, tokens: TokenFile
) -> None:
    server = serve(*WEBSOCKET, "--token-file", str(tokens.path))
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.add("sphere")
    await ada.sees("Sphere1")
    vic = await browse(f"{page_of(server)}#token={tokens.new(Role.VIEWER)}")
    await vic.named("Vic")
    await vic.sees("viewers don’t steer, but may propose")
    await vic.page.get_by_role("button", name="Propose a change").first.click()
    radius = vic.page.get_by_role("textbox", name="Radius")
    await radius.fill("0.8")
    await radius.press("Enter")
    card = vic.page.get_by_role("form", name="Your proposal")
    await card.get_by_text("Radius of Sphere1").wait_for()
    await vic.add("shrink")
    await card.get_by_text("Create Shrink").wait_for()
    await card.get_by_label("Title of the proposal").fill("Larger")
    await vic.press("Propose this change")
    mine = vic.page.get_by_role("article", name="Larger")
    await mine.get_by_role("button", name="Withdraw").wait_for()
    assert await mine.get_by_role("button", name="Accept").count() == 0

    await show(ada, "Proposals")
    theirs = ada.page.get_by_role("article", name="Larger")
    line = theirs.get_by_role("listitem").filter(has_text="Radius of Sphere1")
    assert await line.locator("del").inner_text() == "0.5"
    assert await line.locator("ins").inner_text() == "0.8"
    own = ada.page.get_by_role("textbox", name="Radius")
    await own.fill("0.6")
    await own.press("Enter")
    await theirs.get_by_text("Since then it has changed").wait_for()
    await theirs.get_by_role("button", name="Accept", exact=True).click()
    await theirs.get_by_role("button", name="Accept anyway").click()
    await vic.sees("Accepted: Larger")
    await vic.button("Hide Shrink1").wait_for()

    await show(ada, "History")
    newest = ada.page.get_by_role("tabpanel", name="History").locator(".entry").first
    await newest.get_by_text("Vic", exact=True).wait_for()
    await newest.get_by_role("button").first.click()
    change = newest.get_by_role("listitem").filter(has_text="Radius of Sphere1")
    assert await change.locator("del").inner_text() == "0.6"
    assert await change.locator("ins").inner_text() == "0.8"
    async with await connect(server.url, "Cid") as cid:
        assert cid.history[-1].author_name == "Vic"
        assert cid.proxy("sources", "Sphere1")["Radius"] == 0.8


async def test_undo_to_here_takes_back_all_that_came_after_and_says_where_it_stops(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    async with await connect(server.url, "Bob") as bob:
        await bob.request_master()
        await ada.press("Grant")
        await reached(bob, lambda: bob.master.id == bob.id)
        sphere = await bob.create("sources", "SphereSource", "Ball")
        for radius in (0.6, 0.7, 0.8):
            await sphere.set(Radius=radius)
        await show(ada, "History")
        entries = ada.page.locator(".entry .line")
        await ada.page.wait_for_function(
            "() => document.querySelectorAll('.entry .line').length === 5"
        )
        await entries.nth(2).click()
        here = ada.page.get_by_role("button", name="Undo to here")
        assert await here.get_attribute("aria-disabled") == "true"
        await bob.promote(next(p.id for p in bob.participants if p.name == "Ada"))
        await ada.page.wait_for_function(
            "() => !document.querySelector('.more .push').ariaDisabled"
        )
        await here.click()
        await reached(bob, lambda: [bool(r.undone_at) for r in bob.history] == [0, 0, 1, 1])
        assert sphere["Radius"] == 0.6
        mine = ada.button("Undo mine")
        assert await mine.get_attribute("aria-disabled") == "true"
        assert await mine.get_attribute("aria-description") == "You have nothing to undo"


# -- what others write -----------------------------------------------------------------------


async def test_names_pins_proposals_and_reasons_are_text_and_nothing_else(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET)
    async with (
        await connect(server.url, EVIL) as evil,
        await connect(server.url, f"{EVIL}2") as other,
    ):
        sphere = await evil.create("sources", "SphereSource", "Ball")
        view = next(p for p in evil.proxies.values() if p.group == "views")
        await evil.show(sphere)
        await evil.pin(EVIL, (0.0, 0.0, 0.0), view)
        async with other.draft(EVIL):
            await other.proxy("sources", "Ball").set(Radius=2.0)
        await other.request_master()
        page = await browse(page_of(server))
        await page.named("Ada")
        for tab in ("People", "Pins", "Proposals", "History", "Chat"):
            await show(page, tab)
            if tab in ("People", "Pins", "Proposals"):
                await page.page.get_by_role("tabpanel").get_by_text(EVIL).first.wait_for()
        await page.page.locator("button.mark").click()
        await page.page.locator(".layer .text").get_by_text(EVIL).wait_for()
        await evil.promote(other.id)
        await page.page.wait_for_selector("canvas[data-drawn=full]")
        assert await page.page.locator("main img, main b, header img, header b").count() == 0


# -- links -----------------------------------------------------------------------------------


async def test_a_join_link_hides_its_token_and_lets_in_as_its_role(
    serve: Serve, browse: Browse, tokens: TokenFile
) -> None:
    server = serve(*WEBSOCKET, "--token-file", str(tokens.path), "--require-token")
    link = server.wait_for("    viewer  ").split()[-1]
    assert link.startswith(f"{page_of(server)}#token=")
    for name in ("Vic", "Wes"):  # one link serves many
        page = await browse(link)
        await page.named(name)
        assert page.page.url == page_of(server)
        await page.sees("You joined to look")
    await page.page.reload()
    await page.page.wait_for_selector("[data-standing=joined]")
    await page.press("Share")
    await page.sees("Viewers invite nobody")
    bare = await browse(page_of(server))
    await bare.sees("This link does not let you in")
    await bare.sees("a token is needed")


async def test_an_expired_and_a_revoked_link_say_so_and_how_to_get_another(
    serve: Serve, browse: Browse, tokens: TokenFile
) -> None:
    server = serve(*WEBSOCKET, "--token-file", str(tokens.path))
    expired = tokens.new(Role.COLLABORATOR, expires_s=time.time() - 1.0)
    revoked = tokens.new(Role.COLLABORATOR)
    tokens.revoke(revoked.partition(".")[0])
    for token, words in ((expired, "has expired"), (revoked, "was revoked")):
        page = await browse(f"{page_of(server)}#token={token}")
        await page.sees(words)
        await page.sees("Ask whoever sent it for a new one")
        assert page.page.url == page_of(server)


async def test_share_makes_a_link_for_the_role_that_one_chooses_and_none_above_ones_own(
    serve: Serve, browse: Browse, tokens: TokenFile
) -> None:
    server = serve(*WEBSOCKET, "--token-file", str(tokens.path))
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.press("Share")
    card = ada.page.get_by_role("dialog", name="A link for others")
    owner = card.get_by_role("radio", name="owner")
    assert await owner.get_attribute("aria-disabled") == "true"
    await card.get_by_role("radio", name="viewer").click()
    await ada.page.wait_for_function(
        "() => document.querySelector('[aria-label=\"The link\"]')?.value.includes('#token=')"
    )
    viewer = await card.get_by_label("The link").input_value()
    vic = await browse(viewer)
    await vic.named("Vic")
    await vic.sees("You joined to look")


async def test_without_tokens_the_link_is_the_pages_address(serve: Serve, browse: Browse) -> None:
    server = serve(*WEBSOCKET)
    ada = await browse(page_of(server))
    await ada.named("Ada")
    await ada.press("Share")
    link = ada.page.get_by_label("The link", exact=True)
    await link.wait_for()
    assert await link.input_value() == page_of(server)
    assert not any("#token=" in line for line in server.lines)


async def test_a_connect_id_is_asked_for_and_is_left_in_no_address_bar(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET, "--connect-id", "4711")
    page = await browse(page_of(server))
    await page.sees("This session asks for a connect id")
    await page.page.get_by_label("Connect id").fill("4711")
    await page.press("Join again")
    await page.page.wait_for_selector("[data-standing=joined]")
    assert page.page.url == page_of(server)


# -- a crowd ---------------------------------------------------------------------------------

IN_SIGHT = """selector => [...document.querySelectorAll(selector)]
    .filter(e => e.checkVisibility({contentVisibilityAuto: true})).length"""


async def test_of_a_crowd_all_are_there_and_only_what_is_in_sight_is_drawn(
    serve: Serve, browse: Browse
) -> None:
    server = serve(*WEBSOCKET, "--renderer", "none")
    async with AsyncExitStack() as stack:
        crowd = [
            await stack.enter_async_context(await connect(server.url, f"Person {i:02}"))
            for i in range(99)
        ]
        for i in range(200):
            await crowd[i % 99].chat(f"message {i}")
        page = await browse(page_of(server))
        await page.page.fill("#your-name", "Ada")
        await page.page.press("#your-name", "Enter")
        await page.page.get_by_role("button", name="94 more people").click()
        rows = page.page.locator(".person .who")
        assert await rows.count() == 100
        assert await page.page.evaluate(IN_SIGHT, ".person .who .name") < 40
        await rows.nth(99).scroll_into_view_if_needed()
        await page.page.get_by_text("Person 98", exact=True).wait_for()

        await page.page.get_by_role("tab", name="Chat").click()
        said = page.page.locator(".said .text")
        assert await said.count() == 200
        await page.page.get_by_text("message 199", exact=True).wait_for()
        assert await page.page.evaluate(IN_SIGHT, ".said .text") < 60
