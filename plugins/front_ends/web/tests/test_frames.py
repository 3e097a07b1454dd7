"""Pictures in a real browser: they come as what one sees changes, as video while it moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collab_kernel.client import Camera, connect

Browse = Callable[..., Any]
Serve = Callable[..., Any]

FORMATS = """() => {
  const canvas = document.querySelector('canvas')
  window.seenFormats = new Set()
  new MutationObserver(() => {
    window.seenFormats.add(canvas.dataset.format)
  }).observe(canvas, { attributes: true, attributeFilter: ['data-frame'] })
}"""
WITHOUT_VIDEO = "delete window.VideoDecoder"


async def formats(serve: Serve, browse: Browse, script: str = "undefined") -> set[str]:
    """Of the pictures that come while somebody whom the page follows turns. script: runs before
    the page's own."""
    server = serve("--multi-clients", "--transport", "websocket://127.0.0.1:0")
    address = str(server.wait_for("In a browser: ").removeprefix("In a browser: "))
    async with await connect(server.url, "Turner") as turner:
        await turner.show(await turner.create("sources", "SphereSource"))
        page = await browse(address)
        await page.page.add_init_script(script)
        await page.page.reload()
        await page.named("Ada")
        await page.page.evaluate(FORMATS)
        before = await page.picture()
        for step in range(40):
            frame = await page.page.get_attribute("canvas", "data-frame")
            turner.views[0].camera = Camera((2.5 - step / 40, 0.5, 0.5))
            await page.next_frame(frame)
        await page.picture_other_than(before)
        return set(await page.page.evaluate("[...window.seenFormats]"))


async def test_what_moves_comes_as_video_where_the_browser_has_it(
    serve: Serve, browse: Browse
) -> None:
    assert await formats(serve, browse) == {"h264", "jpeg"}


async def test_a_browser_without_video_gets_pictures(serve: Serve, browse: Browse) -> None:
    assert await formats(serve, browse, WITHOUT_VIDEO) == {"jpeg"}
