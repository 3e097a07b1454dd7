"""The page that a front end brings reaches the transports that serve files, and no other does."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab_kernel import hookimpl
from collab_kernel.host.page import page_of
from collab_kernel.plugins import Plugins, load
from collab_kernel.server import Server
from collab_kernel.spi import Accept, FrontEndSpec, Listener, TransportSpec
from collab_kernel.testing import MemoryTransport


class Pages:
    """A plugin with a front end for each pair of name and files."""

    def __init__(self, **pages: Callable[[], Any] | None) -> None:
        self._specs = [FrontEndSpec(name, files=files) for name, files in pages.items()]

    @hookimpl
    def collab_front_ends(self) -> list[FrontEndSpec]:
        return self._specs


class FileTransport(MemoryTransport):
    """Notes what it is told, in order."""

    def __init__(self, told: list[object]) -> None:
        self._told = told

    def serve_files(self, folder: Path) -> None:
        self._told.append(folder)

    async def listen(self, address: str, accept: Accept, *rest: Any) -> Listener:
        self._told.append("listen")
        return await super().listen(address.replace("files", "memory"), accept, *rest)


def plugins(**pages: Callable[[], Any] | None) -> Plugins:
    return load(points=(), extra=[Pages(**pages)])


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("hello")
    return tmp_path


async def test_the_page_reaches_the_transport_that_serves_files_before_it_listens(
    page: Path,
) -> None:
    told: list[object] = []

    class Everything(Pages):
        @hookimpl
        def collab_transports(self) -> list[TransportSpec]:
            return [TransportSpec("files", lambda: FileTransport(told))]

    offered = load(extra=[Everything(paper=lambda: page)])
    async with Server(["files://page", "memory://beside"], renderer=None, plugins=offered):
        assert told == [page, "listen"]


def test_without_a_page_there_is_none() -> None:
    assert page_of(plugins()) is None
    assert page_of(plugins(paper=None)) is None


def test_of_several_pages_the_first_is_served_and_the_log_says_how_to_choose(
    page: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (page / "other").mkdir()
    (page / "other/index.html").touch()
    assert page_of(plugins(second=lambda: page / "other", first=lambda: page)) == page
    [line] = [record.getMessage() for record in caplog.records]
    for due in ("'first'", "'second'", "COLLAB_PLUGINS"):
        assert due in line


def _fails() -> Path:
    raise OSError("no such volume")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (_fails, "no such volume"),
        (lambda: None, "TypeError"),
        (lambda: Path("nowhere"), "there is no nowhere/index.html"),
    ],
)
def test_a_page_that_is_no_good_is_a_line_in_the_log_and_the_next_is_served(
    files: Callable[[], Any], reason: str, page: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert page_of(plugins(broken=files, fine=lambda: page)) == page
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "'broken'" in record.getMessage()
    assert reason in record.getMessage()
