"""`collab status`, and the log as JSON, as their users meet them."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from collab_cli import status
from collab_kernel.client import Metric, Sample, SessionStatus, Status, connect
from collab_kernel.spi import Health, MetricKind

Collab = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., Any]

QUIET = ("--renderer", "none", "--multi-clients")


async def said(collab: Collab, *arguments: str) -> str:
    """What a command printed that ended well."""
    ended = await asyncio.to_thread(collab, *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


async def test_status_says_how_a_server_is_and_what_it_has_done(
    collab: Collab, serve: Serve
) -> None:
    server = serve(*QUIET, "--session", "main", "--session", "other")
    async with await connect(server.url, "Ada") as ada:
        await ada.chat("hello")
        first, empty, head, main, other, *rest = (
            await said(collab, "status", server.url)
        ).splitlines()
    assert re.fullmatch(r"collab \S+, up for \d+ s: all is well", first)
    assert empty == ""
    assert head.split() == [
        *("SESSION", "PEOPLE", "REVISION", "PROXIES", "RENDERER", "STORE", "WAITING"),
    ]
    assert re.fullmatch(r"main +1 +\d+ +1 +none +none +0", main)
    assert re.fullmatch(r"other +0 +\d+ +1 +none +none +0", other)
    assert "commands  1 accepted" in rest
    assert any(re.fullmatch(r"received  .* over zmq", line) for line in rest)
    assert not any(line.startswith("store") for line in rest), "nothing is stored"


async def test_status_as_json_has_every_number_with_its_help(collab: Collab, serve: Serve) -> None:
    server = serve(*QUIET)
    found = json.loads(await said(collab, "status", "--json", server.url))
    assert (found["ok"], found["troubles"]) == (True, [])
    [main] = found["sessions"]
    assert main["name"] == "main"
    metrics = {metric["name"]: metric for metric in found["metrics"]}
    assert metrics["collab_events_total"]["help"]
    [sample] = metrics["collab_store_append_seconds"]["samples"]
    assert sample["labels"] == {"session": "main"}
    assert sample["buckets"][-1]["most"] == "inf"
    assert sample["buckets"][-1]["count"] > 0


async def test_the_log_as_json_names_session_and_participant(serve: Serve) -> None:
    server = serve(*QUIET, "--log-level", "info", "--log-format", "json")
    async with await connect(server.url, "Ada") as ada:
        line = await asyncio.to_thread(server.errors.wait_for, "admitted 'Ada'")
        said = json.loads(line)
        assert said.pop("message").startswith("admitted 'Ada' as participant")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said.pop("time"))
        assert said == {
            "level": "info",
            "logger": "collab.audit",
            "session": "main",
            "participant": ada.id,
        }
    _, errors = await asyncio.to_thread(server.stop)
    assert all(json.loads(line)["level"] for line in errors.splitlines())


def test_nothing_that_a_server_says_of_itself_talks_to_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    odd = "\x1b[2Jx\nFAKE"
    session = SessionStatus(odd, 1, 1, 1, 1, odd, odd, 0, True, odd, 0)
    sample = Sample((("outcome", odd), ("transport", odd)), 3.0)
    metrics = (Metric("collab_commands_total", MetricKind.COUNTER, odd, (sample,)),)
    status._print(Status(odd, 1.0, (session,), metrics, Health((odd,))))
    printed = capsys.readouterr().out
    assert printed.count("FAKE") >= 4
    assert all(line.isprintable() for line in printed.split("\n"))
    assert not any(line.lstrip().startswith("FAKE") for line in printed.splitlines())
