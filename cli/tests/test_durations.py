"""Durations and options that need another one: nothing that is given is passed over in silence."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from collab_cli.durations import duration_s, seconds, some_seconds

Collab = Callable[..., subprocess.CompletedProcess[str]]

COMMAND = click.Command("x")
CONTEXT, OPTION = click.Context(COMMAND), click.Option(["--x"])


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [("90", 90.0), ("90s", 90.0), ("5m", 300.0), ("2h", 7200.0), ("7d", 604_800.0), ("0.5", 0.5)],
)
def test_a_duration_is_a_number_with_or_without_a_unit(text: str, expected_s: float) -> None:
    assert duration_s(text) == seconds(CONTEXT, OPTION, text) == expected_s


@pytest.mark.parametrize("text", ["", "m", "5 m", "-1", "5w", "1e9", "nan", "9" * 30, "٣"])
def test_what_is_no_duration_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(click.BadParameter, match="30m, 24h and 7d"):
        seconds(CONTEXT, OPTION, text)


def test_what_was_not_given_is_not_taken_for_none_at_all() -> None:
    assert seconds(CONTEXT, OPTION, None) == 0.0
    assert some_seconds(CONTEXT, OPTION, None) is None
    with pytest.raises(click.BadParameter, match="has to last"):
        some_seconds(CONTEXT, OPTION, "0m")


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        (("serve", "--link-expires", "2h"), "--link-expires needs --token-file"),
        (("client", "--session", "plans"), "--session is for a server: name its URL"),
        (("client", "--token", "a.b", "--run", "x.py"), "--token is for a server"),
        (("client", "--connect-id", "sesame"), "--connect-id is for a server"),
    ],
)
def test_an_option_that_would_do_nothing_says_what_it_needs(
    collab: Collab, arguments: tuple[str, ...], needs: str
) -> None:
    ended = collab(*arguments)
    assert ended.returncode == 2
    assert needs in ended.stderr


def test_when_the_server_is_back_may_be_said_in_minutes(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    store = f"sqlite:{tmp_path / 'work.collab'}"
    server = serve("--renderer", "none", "--store", store, "--back-in", "5m")
    code, errors = server.stop()
    assert (code, errors) == (0, "")
