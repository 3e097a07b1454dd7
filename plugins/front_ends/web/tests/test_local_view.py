"""Pictures that the page draws itself, in a browser whose graphics card is emulated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from collab_kernel.client import connect
from collab_proto.v1 import wire_pb2 as pb

Browse = Callable[..., Any]
Serve = Callable[..., Any]

WEBSOCKET = "websocket://127.0.0.1:0"

ALIKE = 2.0
"""How far the page's picture may be from the server's, which is a JPEG, on the average of 255."""


@pytest.fixture
def switches() -> tuple[str, ...]:
    return (
        "--no-sandbox",
        "--disable-quic",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
    )


class Wire:
    """What goes over a page's connections, by kind."""

    def __init__(self, page: Any) -> None:
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        page.page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", lambda data: self._count(self.sent, pb.ClientPacket, data))
        socket.on("framereceived", lambda data: self._count(self.received, pb.ServerPacket, data))

    def _count(self, kinds: Counter[str], packet: Any, data: bytes) -> None:
        for message in packet.FromString(data).messages:
            kinds[message.WhichOneof("kind")] += 1
            if message.WhichOneof("kind") == "query":
                kinds[message.query.WhichOneof("kind")] += 1

    def clear(self) -> None:
        self.sent.clear()
        self.received.clear()


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


async def choose(page: Any, who: str) -> None:
    """Say who draws, and wait for their first picture."""
    frame = await page.page.get_attribute("canvas", "data-frame")
    await page.page.get_by_role("button", name="Where pictures are drawn").click()
    await page.page.get_by_role("radio", name=who, exact=True).click()
    await page.page.keyboard.press("Escape")
    await page.next_frame(frame)


async def drawn_by(page: Any, who: str) -> None:
    """Return when pictures are "local" or "remote"."""
    await page.page.get_by_role("button", name=f"Where pictures are drawn: {who}").wait_for()
    await page.drawn()


@pytest.mark.alone  # a page that is late with a picture of its own asks the server for one
async def test_the_page_draws_what_the_server_would_and_asks_it_nothing_while_one_turns_it(
    serve: Serve, browse: Browse
) -> None:
    server = serve("--multi-clients", "--policy", "shared", "--transport", WEBSOCKET)
    ada = await browse("about:blank")
    wire = Wire(ada)
    await ada.page.goto(server.wait_for("In a browser: ").removeprefix("In a browser: "))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("sphere")
    await drawn_by(ada, "local")
    await ada.picture_that(lambda picture: difference(picture, empty) > ALIKE)

    await choose(ada, "On the server")
    await drawn_by(ada, "remote")
    assert wire.received["frame"] > 0
    there = await ada.picture_that(lambda picture: difference(picture, empty) > ALIKE)

    await choose(ada, "Automatic")
    await drawn_by(ada, "local")
    still = await ada.picture_that(lambda picture: difference(picture, there) <= ALIKE)
    revision = await ada.page.get_attribute(".shell", "data-revision")
    wire.clear()
    box = await ada.page.locator("canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 8, box["y"] + box["height"] / 2
    await ada.page.mouse.move(x, y)
    await ada.page.mouse.down()
    await ada.page.mouse.move(x + 300, y + 90, steps=8)
    await ada.page.mouse.up()
    turned = await ada.picture_that(lambda picture: difference(picture, still) > ALIKE / 4)
    await ada.page.wait_for_function(  # the camera has come to rest, and is the home camera
        "seen => document.querySelector('.shell').dataset.revision !== seen", arg=revision
    )
    assert wire.sent["presence"] > 0
    assert not wire.sent["query"] + wire.sent["watch"] + wire.sent["frame_shown"], wire.sent
    assert not wire.received["frame"] + wire.received["answer"], wire.received

    async with await connect(server.url, "Cid") as cid:
        await cid.proxy("sources", "Sphere1").set(Radius=0.25)
        smaller = await ada.picture_that(lambda picture: difference(picture, turned) > ALIKE)
    assert wire.sent["describe_scene"] > 0
    assert wire.sent["fetch_geometry"] > 0
    assert not wire.sent["watch"] + wire.received["frame"], wire

    await choose(ada, "On the server")
    await drawn_by(ada, "remote")
    await ada.picture_that(lambda picture: difference(picture, smaller) <= ALIKE)


async def test_without_graphics_the_server_draws_and_the_menu_says_why(
    serve: Serve, browse: Browse
) -> None:
    server = serve("--multi-clients", "--transport", WEBSOCKET)
    ada = await browse("about:blank")
    await ada.page.add_init_script(
        "delete window.WebGL2RenderingContext;"
        "HTMLCanvasElement.prototype.getContext = (get => function (kind, ...rest) {"
        "return kind === 'webgl2' ? null : get.call(this, kind, ...rest) })"
        "(HTMLCanvasElement.prototype.getContext)"
    )
    await ada.page.goto(server.wait_for("In a browser: ").removeprefix("In a browser: "))
    await ada.named("Ada")
    empty = await ada.picture()
    await ada.add("sphere")
    await ada.picture_other_than(empty)
    await drawn_by(ada, "remote")
    await ada.page.get_by_role("button", name="Where pictures are drawn").click()
    await ada.sees("This browser has no WebGL 2")
