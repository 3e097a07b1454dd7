"""What there is at once when a server is started, and what comes behind it."""

import asyncio
import sys
from pathlib import Path

import click
import pytest

from collab_cli.main import COMMANDS, collab
from collab_kernel.client import Session, connect
from collab_kernel.core.queries import RenderImage
from collab_kernel.errors import InvalidValueError, RendererLostError
from collab_kernel.host.opening import AHEAD, draw_ahead
from collab_kernel.server import Server

HELP = """
import sys
from collab_cli.main import main
sys.argv[1:] = ["--help"]
try:
    main()
finally:
    print("imported", *sys.modules)
"""


def test_the_list_of_commands_says_of_each_what_its_own_help_says() -> None:
    context = click.Context(collab)
    for name, later in COMMANDS.items():
        command = collab.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert later.summary == (command.help or "").replace("\b", "").split("\n\n")[0].strip()


async def test_the_list_of_commands_imports_none_and_no_library_of_a_plugin() -> None:
    python = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HELP, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await python.communicate()
    imported = set(said.decode().rpartition("imported")[2].split())
    assert {"collab_cli.main", "collab_transport_zmq"} <= imported
    assert not imported & {"collab_cli.serve", "asyncio", "zmq", "websockets", "vtkmodules"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A file that some reader takes; without a renderer nothing reads it."""
    path = tmp_path / "field.vti"
    path.touch()
    return path


async def test_who_comes_while_files_are_still_opened_is_let_in_once_they_are(table: Path) -> None:
    before: list[int] = []
    coming: list[asyncio.Task[Session]] = []

    def listening() -> None:
        before.append(len(server.state().proxies))
        coming.append(asyncio.create_task(connect(server.addresses[0], "Ada")))

    server = Server(["memory://starting:0"], renderer=None, files=[table], listening=listening)
    async with server, await coming[0] as ada:
        assert before == [1]  # the view
        assert ada.proxy("sources", "field.vti") is not None


async def test_a_file_that_nothing_reads_ends_a_server_before_anybody_hears_of_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "song.mp3"
    path.touch()
    heard: list[str] = []
    server = Server(
        ["memory://starting:0"],
        renderer=None,
        files=[path],
        listening=lambda: heard.extend(server.addresses),
    )
    with pytest.raises(InvalidValueError, match=r"song\.mp3"):
        await server.__aenter__()
    assert not heard


async def test_the_first_view_is_drawn_before_anybody_looks_and_a_failure_is_not_the_servers(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Server(["memory://starting:0"], renderer=None, files=[table]) as server:
        session = server.sessions["main"]
        asked: list[RenderImage] = []

        async def query(query: RenderImage) -> None:
            asked.append(query)
            if len(asked) > len(AHEAD):
                raise RendererLostError("the renderer died")

        monkeypatch.setattr(session, "query", query)
        await draw_ahead(session)
        assert not asked  # nobody is there to draw

        with monkeypatch.context() as there:
            there.setattr(session, "renderer", object())
            await draw_ahead(session)
            assert [one.quality for one in asked] == list(AHEAD)
            assert {one.view for one in asked} == {min(session.state.proxies)}
            await draw_ahead(session)
