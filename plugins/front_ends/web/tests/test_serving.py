"""`collab serve` with the page installed."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from collab_front_end_web import collab_front_ends
from collab_kernel.errors import BrokenPluginError

WEBSOCKET = ("--transport", "websocket://127.0.0.1:0", "--renderer", "none")
ADDRESS = "In a browser: "

Serve = Callable[..., Any]


@pytest.fixture(autouse=True)
def built() -> None:
    [spec] = collab_front_ends()
    assert spec.files is not None
    try:
        spec.files()
    except BrokenPluginError as error:
        pytest.skip(str(error))


def test_serve_names_the_address_at_which_the_page_is(serve: Serve) -> None:
    server = serve(*WEBSOCKET)
    address = server.wait_for(ADDRESS).removeprefix(ADDRESS)
    assert address.startswith("http://127.0.0.1:")
    with urlopen(address) as answer:
        assert b"<title>Collab</title>" in answer.read()


def test_open_opens_that_address_in_the_users_browser(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "browser.py"
    note.write_text("import sys\nprint('opened', sys.argv[1])\n")
    monkeypatch.setenv("BROWSER", f"{sys.executable} {note} %s")
    server = serve(*WEBSOCKET, "--open")
    address = server.wait_for(ADDRESS).removeprefix(ADDRESS)
    assert server.wait_for("opened ") == f"opened {address}"


def test_open_says_so_where_no_page_is_served(serve: Serve) -> None:
    server = serve("--renderer", "none", "--open")
    assert not any(ADDRESS in line for line in server.lines)
    _, errors = server.stop()
    assert "--open: no page is served" in errors
