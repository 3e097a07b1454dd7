"""`collab who` and `collab log`, as their users meet them: real processes on a real session."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Session, connect

Collab = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., Any]

COLLAB = Path(sys.executable).with_name("collab")
QUIET = ("--renderer", "none", "--multi-clients")
WITHIN_S = 30.0


@pytest.fixture
def server(serve: Serve) -> Any:
    return serve(*QUIET)


@pytest.fixture
async def ada(server: Any) -> AsyncIterator[Session]:
    async with await connect(server.url, "Ada", front_end="test") as session:
        yield session


async def said(collab: Collab, *arguments: str) -> list[str]:
    """The lines of a command that ends well, run while the sessions of the test go on."""
    ended = await asyncio.to_thread(collab, *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


# -- who -------------------------------------------------------------------------------------


async def test_who_lists_everybody_with_role_right_and_whom_they_follow(
    collab: Collab, server: Any, ada: Session
) -> None:
    async with await connect(server.url, "Bob", front_end="test") as bob:
        await bob.request_master()
        bob.show_idle()
        title, head, *rows = await said(collab, "who", server.url)
        assert title == "Session 'main':"
        assert head.split() == ["NAME", "ROLE", "FOLLOWS", "WITH", "LATENCY"]
        first, second = rows
        assert first.split()[:3] == ["Ada", "collaborator", "steers"]
        assert "test over zmq" in first
        assert second.startswith("Bob")
        assert "asks for the right, away" in second
        assert re.search(r" Ada +test over zmq", second), "whom Bob follows"


async def test_who_says_by_whom_a_session_is_locked_to_those_who_get_in(
    collab: Collab, server: Any, ada: Session
) -> None:
    await ada.set_connect_id("sesame")
    refused = await asyncio.to_thread(collab, "who", server.url)
    assert refused.returncode == 3
    assert "connect id" in refused.stderr
    assert refused.stderr.count("\n") == 1
    lines = await said(collab, "who", server.url, "--connect-id", "sesame")
    assert [line.split()[0] for line in lines] == ["Session", "NAME", "Ada"]
    await ada.lock()
    locked = await asyncio.to_thread(collab, "who", server.url, "--connect-id", "sesame")
    assert locked.returncode == 3
    assert "Ada has locked" in locked.stderr


def test_who_says_that_nobody_is_there(collab: Collab, server: Any) -> None:
    ended = collab("who", server.url)
    assert ended.stdout == "Nobody is in session 'main'.\n"


@pytest.mark.parametrize("command", ["who", "log"])
def test_where_nobody_listens_the_exit_code_is_4(collab: Collab, command: str) -> None:
    ended = collab(command, "zmq://127.0.0.1:1")
    assert ended.returncode == 4
    assert ended.stderr.count("\n") == 1


# -- log -------------------------------------------------------------------------------------


async def test_log_says_who_changed_what_and_when(
    collab: Collab, server: Any, ada: Session
) -> None:
    ball = await ada.create("sources", "SphereSource", name="Ball")
    revision = await ball.set(Radius=2.0)
    lines = await said(collab, "log", server.url)
    created = next(line for line in lines if "Create Ball" in line)
    assert re.fullmatch(r" +\d+  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  Ada +  Create Ball", created)
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))
    after = await said(collab, "log", server.url, "--after", str(revision - 1))
    assert after[0].endswith("Set Radius of Ball")
    assert len(await said(collab, "log", server.url, "--most", "2")) == 2
    theirs = await said(collab, "log", server.url, "--author", "ada", "--since", "1h", "--json")
    assert [json.loads(line)["label"] for line in theirs] == ["Create Ball", "Set Radius of Ball"]
    last = await said(collab, "log", server.url, "--author", "ada", "--most", "1")
    assert len(last) == 1, "of what Ada did, not of what came last"
    assert last[0].endswith("Ada                   Set Radius of Ball")


async def test_log_follows_what_happens_until_it_is_interrupted(
    server: Any, ada: Session, line_reader: Callable[..., Any]
) -> None:
    process = subprocess.Popen(
        [str(COLLAB), "log", server.url, "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": ""},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        output, errors = line_reader(process.stdout), line_reader(process.stderr)
        assert await asyncio.to_thread(output.wait_for, "collab log joined")
        await ada.create("sources", "SphereSource", name="Ball")
        line = await asyncio.to_thread(output.wait_for, "Create Ball")
        assert line is not None
        assert "Ada" in line
        process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(process.wait, WITHIN_S) == 0
        assert errors.join() == ""
        output.join()
        revisions = [int(line.split()[0]) for line in output.lines]
        assert revisions == sorted(set(revisions)), "each once, in order"
    finally:
        process.kill()
        process.wait()


async def test_who_only_looks_on_keeps_nobody_from_steering(
    server: Any, line_reader: Callable[..., Any]
) -> None:
    process = subprocess.Popen(
        [str(COLLAB), "log", server.url, "--follow"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        output = line_reader(process.stdout)
        assert await asyncio.to_thread(output.wait_for, "collab log joined")
        async with await connect(server.url, "Ada") as ada:
            async with asyncio.timeout(WITHIN_S):
                while not ada.me.is_master:
                    await ada.reached(ada.revision + 1)
            await ada.create("sources", "SphereSource")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(WITHIN_S)
        output.join()


# -- a connect id ----------------------------------------------------------------------------


def test_a_server_can_ask_for_a_connect_id_and_a_client_gives_it(
    collab: Collab, serve: Serve, tmp_path: Path
) -> None:
    server = serve(*QUIET, "--connect-id", "4711")
    script = tmp_path / "script.py"
    script.write_text("from collab.simple import *\nprint(GetActiveView().GetXMLName())\n")
    run = ("client", server.url, "--run", str(script))
    refused = collab(*run)
    assert refused.returncode == 3
    assert "connect id" in refused.stderr
    ended = collab(*run, "--connect-id", "4711")
    assert (ended.returncode, ended.stdout) == (0, "RenderView\n")
