"""`collab serve --store`: what lasts, what is said about it, and what can't be."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from collab_cli.lasting import history_of
from collab_kernel.server import History

Serve = Callable[..., Any]
Collab = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("text", "history"),
    [
        ("all", History()),
        ("100000", History(events=100_000)),
        ("0", History(events=0)),
        ("30d", History(age_s=30 * 24 * 3600.0)),
    ],
)
def test_how_much_history_is_kept_is_a_number_of_events_or_days(
    text: str, history: History
) -> None:
    assert history_of(text) == history


@pytest.mark.parametrize("text", ["", "x", "-1", "30h", "1.5", "1" * 13])
def test_what_is_no_history_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(click.BadParameter, match="100000, 30d, all"):
        history_of(text)


def test_a_session_goes_on_and_a_second_server_is_told_who_has_it(
    serve: Serve, collab: Collab, tmp_path: Path
) -> None:
    store = ("--renderer", "none", "--store", f"sqlite:{tmp_path / 'work.collab'}")
    first = serve(*store)
    assert not [line for line in first.lines if "goes on" in line]
    second = collab("serve", "--transport", "zmq://127.0.0.1:0", *store)
    assert (second.returncode, second.stdout) == (3, "")
    assert f"open in another server (process {first.pid} on " in second.stderr
    assert second.stderr.count("\n") == 1
    first.stop(signal.SIGKILL)
    again = serve(*store)
    assert "Session 'main' goes on at revision 2." in again.lines


def test_what_was_found_damaged_is_printed_and_the_session_goes_on(
    serve: Serve, tmp_path: Path
) -> None:
    path = tmp_path / "work.collab"
    store = ("--renderer", "none", "--store", f"sqlite:{path}")
    serve(*store).stop(signal.SIGKILL)
    log = path.with_name("work.collab-wal")
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 1
    log.write_bytes(data)
    again = serve(*store)
    code, errors = again.stop()
    assert code == 0
    assert "was cut off" in errors
    [aside] = [p for p in tmp_path.glob("*.damaged-*") if not p.name.endswith("-wal")]
    assert str(aside) in errors
