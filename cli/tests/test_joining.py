"""What `collab serve` prints to send to others, and what it wants behind a proxy."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab_front_end_web import collab_front_ends
from collab_kernel.errors import BrokenPluginError
from collab_kernel.server import Role, TokenFile

Collab = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., Any]

WEBSOCKET = ("--renderer", "none", "--transport", "websocket://127.0.0.1:0")
ADDRESS = "In a browser: "


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    path = tmp_path / "tokens.toml"
    path.touch(mode=0o600)
    return TokenFile(path)


@pytest.fixture
def built() -> None:
    [spec] = collab_front_ends()
    assert spec.files is not None
    try:
        spec.files()
    except BrokenPluginError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("built")
def test_with_tokens_there_is_a_link_for_each_role_and_none_of_it_in_the_log(
    serve: Serve, tokens: TokenFile
) -> None:
    arguments = ("--token-file", str(tokens.path), "--base-path", "/x", "--log-level", "debug")
    server = serve(*WEBSOCKET, *arguments)
    page = server.wait_for(ADDRESS).removeprefix(ADDRESS)
    assert page.endswith("/x/")
    links = dict(line.split() for line in server.lines if "#token=" in line)
    assert set(links) == {"viewer", "collaborator", "owner"}
    for role, link in links.items():
        address, _, token = link.partition("#token=")
        assert address == page
        found = tokens.check(token, "main", 0.0)
        assert (found.role, found.link) == (Role[role.upper()], True)
    _, errors = server.stop()
    assert "#token=" not in errors
    assert not any(link.partition("#token=")[2] in errors for link in links.values())


@pytest.mark.usefixtures("built")
def test_without_tokens_the_pages_address_is_the_link(serve: Serve) -> None:
    server = serve(*WEBSOCKET)
    server.wait_for(ADDRESS)
    assert not any("#token=" in line for line in server.lines)


def test_a_link_lasts_for_as_long_as_one_says(collab: Collab, tokens: TokenFile) -> None:
    for text, problem in (("0h", "has to last for a while"), ("soon", "is no duration")):
        ended = collab("serve", *WEBSOCKET, "--token-file", tokens.path, "--link-expires", text)
        assert ended.returncode == 2
        assert problem in ended.stderr


def test_behind_a_proxy_a_server_wants_tokens(collab: Collab) -> None:
    ended = collab("serve", *WEBSOCKET, "--behind-proxy")
    assert ended.returncode == 2
    assert "--token-file" in ended.stderr
    assert "--insecure does without" in ended.stderr


def test_a_link_is_called_one_in_the_list_of_tokens(collab: Collab, tokens: TokenFile) -> None:
    tokens.new_link(Role.VIEWER, "main", 1.0, 0.0)
    listed = collab("token", "list", "--token-file", tokens.path)
    [row] = listed.stdout.splitlines()[1:]
    assert "viewer" in row
    assert row.endswith("(a link to send)")
