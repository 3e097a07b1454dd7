"""A front end's page, from the plugin that offers it to a browser: one server, page and session."""

import http.client
from asyncio import to_thread
from importlib.metadata import entry_points
from pathlib import Path

from collab_kernel import hookimpl
from collab_kernel.client import connect
from collab_kernel.plugins import Plugins, load
from collab_kernel.server import Server
from collab_kernel.spi import FrontEndSpec


def plugins_without_pages(*extra: object) -> Plugins:
    """The wires and the policy, and no front end but `extra`: others that are installed have a
    page, too."""
    names = ("websocket", "grpc", "master-slave")
    return load([p for p in entry_points(group="collab") if p.name in names], extra)


def get(port: int, target: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15.0)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


async def test_the_page_of_an_installed_front_end_is_at_the_port_of_the_session(
    tmp_path: Path,
) -> None:
    (tmp_path / "index.html").write_text("a page")
    (tmp_path / "page.js").write_text("let it = 'run'")

    class Paper:
        @hookimpl
        def collab_front_ends(self) -> list[FrontEndSpec]:
            return [FrontEndSpec("paper", files=lambda: tmp_path)]

    plugins = plugins_without_pages(Paper())
    transports = ["websocket://127.0.0.1:0", "grpc://127.0.0.1:0"]
    async with Server(transports, renderer=None, plugins=plugins) as server:
        port = int(server.addresses[0].rpartition(":")[2])
        assert await to_thread(get, port, "/") == (200, b"a page")
        assert await to_thread(get, port, "/page.js") == (200, b"let it = 'run'")
        assert await to_thread(get, port, "/healthz") == (200, b"ok")
        async with await connect(server.addresses[0], "Ada", plugins=plugins) as session:
            assert session.me.name == "Ada"


async def test_without_one_the_port_says_what_to_install() -> None:
    plugins = plugins_without_pages()
    async with Server(["websocket://127.0.0.1:0"], renderer=None, plugins=plugins) as server:
        port = int(server.addresses[0].rpartition(":")[2])
        status, text = await to_thread(get, port, "/")
    assert status == 404
    assert b"collab-front-end-web" in text
