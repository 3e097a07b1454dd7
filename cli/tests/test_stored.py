"""What a user does with a stored session: real processes on a real file."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.server import Server

Collab = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., Any]

COLLAB = Path(sys.executable).with_name("collab")
QUIET = ("--renderer", "none", "--multi-clients")
WITHIN_S = 30.0
CREATED, WIDER, LAST = 4, 6, 9
"""Revisions of the session that `work` has."""


async def do_something(store: str) -> None:
    """What Ada and Bob did in session `main` of a store."""
    async with (
        Server(["memory://stored:0"], renderer=None, multi_clients=True, store=store) as server,
        await connect(server.addresses[0], "Ada") as ada,
    ):
        ball = await ada.create("sources", "SphereSource", "Ball")
        await ada.show(ball)
        await ball.set(Radius=2.0)
        async with await connect(server.addresses[0], "Bob") as bob:
            await ada.promote(bob.id)
            await bob.catch_up()
            await bob.proxies[ball.id].set(Radius=3.0)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("done") / "work.collab"
    asyncio.run(do_something(f"sqlite:{path}"))
    return path


@pytest.fixture
def work(done: Path, tmp_path: Path) -> Path:
    """A store's file in which something was done, to oneself."""
    return Path(shutil.copy(done, tmp_path / "work.collab"))


@pytest.fixture
def store(work: Path) -> str:
    return f"sqlite:{work}"


def said(ended: subprocess.CompletedProcess[str]) -> str:
    """What a command that ends well has said."""
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def refused(ended: subprocess.CompletedProcess[str], code: int = 3) -> str:
    """The one line of a command that does not."""
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


# -- sessions --------------------------------------------------------------------------------


def test_sessions_are_listed_made_renamed_archived_and_deleted(collab: Collab, store: str) -> None:
    def sessions(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return collab("sessions", command, "--store", store, *arguments)

    head, row = said(sessions("list")).splitlines()
    assert head.split() == ["NAME", "SIZE", "REVISION", "LAST", "CHANGE", "PARTICIPANTS"]
    assert row.split()[0] == "main"
    assert said(collab("sessions", "--store", store)).splitlines() == [head, row]
    assert "--store" in refused(collab("sessions"), 2)
    assert "--store" in refused(collab("sessions", "list"), 2)
    assert "--session 'second try'" in said(sessions("new", "second try"))
    said(collab("sessions", "--store", store, "new", "third"))
    assert said(sessions("rename", "third", "third try")) == "Session 'third' is 'third try' now.\n"
    said(sessions("archive", "main"))
    assert "archived" in said(sessions("list"))
    served = refused(collab("serve", "--store", store, "--session", "main", *QUIET))
    assert "archived" in served
    said(sessions("unarchive", "main"))
    assert "archived" not in said(sessions("list"))
    said(sessions("delete", "second try", "--yes"))
    listed = json.loads(said(sessions("list", "--json")))
    assert [session["name"] for session in listed] == ["main", "third try"]
    assert [session["archived"] for session in listed] == [False, False]
    assert listed[0]["size_bytes"] > 1_000
    assert "already" in refused(sessions("new", "main"))
    assert "already" in refused(sessions("rename", "main", "third try"))
    for command in (("archive", "x"), ("unarchive", "x"), ("delete", "x"), ("rename", "x", "y")):
        assert "no session 'x'; it has 'main', 'third try'" in refused(sessions(*command))
    assert "printable" in refused(sessions("new", "a\tb"), 2)


def test_deleting_asks_first(store: str) -> None:
    command = [str(COLLAB), "sessions", "delete", "--store", store, "main"]
    no = subprocess.run(command, input="n\n", capture_output=True, text=True, check=False)
    assert "for good? [y/N]" in no.stdout
    assert no.returncode == 130
    yes = subprocess.run(command, input="y\n", capture_output=True, text=True, check=False)
    assert (yes.returncode, yes.stdout.splitlines()[-1].endswith("is deleted.")) == (0, True)


def test_while_a_server_runs_sessions_are_listed_and_not_touched(
    collab: Collab, serve: Serve, store: str, work: Path
) -> None:
    server = serve(*QUIET, "--store", store)
    listed = said(collab("sessions", "list", "--store", store))
    assert "main" in listed
    for command in (
        ("new", "other"),
        ("rename", "main", "x"),
        ("archive", "main"),
        ("delete", "main", "--yes"),
    ):
        text = refused(collab("sessions", command[0], "--store", store, *command[1:]))
        assert f"process {server.pid}" in text
        assert "stop that one first" in text
    assert "Ada" in said(collab("log", "--store", store))
    assert "Ball" in said(collab("export", "--store", store, "--to", "script"))
    assert server.stop() == (0, "")


def test_where_no_session_is_or_no_store_the_command_says_what_to_do(
    collab: Collab, tmp_path: Path, store: str
) -> None:
    none = f"sqlite:{tmp_path / 'none.collab'}"
    assert f"collab serve --store {none}" in said(collab("sessions", "list", "--store", none))
    text = refused(collab("log", "--store", none))
    assert none in text
    assert "collab sessions new" in text
    assert not (tmp_path / "none.collab").exists(), "looking makes nothing"
    assert "it has 'main'" in refused(collab("log", "--store", store, "--session", "other"))
    assert "sqlite:work.collab" in refused(collab("log", "--store", "work.collab"), 2)
    assert "no store 'sqlight'" in refused(collab("log", "--store", "sqlight:x"), 5)
    (tmp_path / "text.collab").write_text("this is no database, and never was" * 100)
    damaged = refused(collab("log", "--store", f"sqlite:{tmp_path / 'text.collab'}"))
    assert "text.collab" in damaged


# -- log -------------------------------------------------------------------------------------


def test_the_log_of_a_stored_session_is_all_that_happened_or_what_is_asked_for(
    collab: Collab, store: str
) -> None:
    def log(*arguments: str) -> list[str]:
        return said(collab("log", "--store", store, *arguments)).splitlines()

    lines = log()
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))
    assert "Ada                   Create Ball" in lines[CREATED - 1]
    bobs = log("--author", "bob")
    assert [line.split("Bob")[1].strip() for line in bobs] == ["Set Radius of Ball"]
    assert log("--author", "Bob", "--since", "1h") == bobs
    assert log("--since", "2100-01-01") == []
    assert log("--most", "2") == lines[-2:]
    assert log("--after", "5") == lines[5:]
    [entry] = map(json.loads, log("--author", "Bob", "--json"))
    assert entry["author"] == "Bob"
    assert entry["label"] == "Set Radius of Ball"
    assert entry["kind"] == "edit"
    assert "30m" in refused(collab("log", "--store", store, "--since", "soon"), 2)
    assert "--follow" in refused(collab("log", "--store", store, "--follow"), 2)


def test_a_damaged_log_is_told_up_to_where_it_is_whole(
    collab: Collab, work: Path, store: str
) -> None:
    with sqlite3.connect(work) as db:
        db.execute("UPDATE events SET data = x'00' WHERE revision = 5")
    db.close()
    ended = collab("log", "--store", store)
    assert ended.returncode == 3
    assert "event 5 of session 'main'" in ended.stderr
    assert [int(line.split()[0]) for line in ended.stdout.splitlines()] == [1, 2, 3, 4]
    whole = said(collab("export", "--store", store, "--at", "4", "--to", "script"))
    assert "Sphere(registrationName='Ball')" in whole


# -- export ----------------------------------------------------------------------------------


async def stored_radius(url: str) -> float:
    async with await connect(url, "Eve") as eve:
        ball = eve.proxy("sources", "Ball")
        assert ball is not None
        radius = ball["Radius"]
        assert isinstance(radius, float)
        return radius


def test_a_session_is_exported_as_a_state_file_that_a_server_opens(
    collab: Collab, serve: Serve, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "then.collab-state.json"
    ended = collab("export", "--store", store, "--at", str(WIDER), "-o", str(path))
    assert (ended.returncode, ended.stderr) == (0, f"Wrote {path}.\n")
    server = serve(*QUIET, str(path))
    assert asyncio.run(stored_radius(server.url)) == 2.0
    again = said(collab("export", server.url, "--to", "state"))
    assert again == path.read_text()


def test_a_session_is_exported_as_a_script_that_rebuilds_it(
    collab: Collab, serve: Serve, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "rebuild.py"
    assert collab("export", "--store", store, "-o", str(path)).returncode == 0
    assert "ball = Sphere(registrationName='Ball', Radius=3.0)" in path.read_text()
    server = serve(*QUIET)
    said(collab("client", server.url, "--run", str(path)))
    state = said(collab("export", "--store", store, "--to", "state"))
    assert said(collab("export", server.url, "--to", "state")) == state


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "--to script or --to state"),
        (("-o", "x.json"), "'x.json' ends in neither .py nor .collab-state.json"),
        (("-o", "x.py", "--to", "state"), "ends in .collab-state.json"),
        (("-o", "x.json", "--to", "script"), "ends in .py"),
        (("-o", "no/such/folder/x.py"), "can't be written"),
    ],
)
def test_an_export_that_can_not_be_says_why(
    collab: Collab, store: str, tmp_path: Path, arguments: tuple[str, ...], text: str
) -> None:
    ended = collab("export", "--store", store, *arguments, cwd=tmp_path)
    assert text in refused(ended, 2)
    assert list(tmp_path.glob("x.*")) == []


def test_a_revision_that_is_not_there_is_refused_with_those_that_are(
    collab: Collab, store: str
) -> None:
    for command in (("export", "--to", "state"), ("serve", *QUIET), ("serve", "--fork", "x")):
        text = refused(collab(*command, "--store", store, "--at", "999"))
        assert "no revision 999: it has 1 to" in text
    assert "1 to" in refused(collab("replay", "--store", store, "--to", "999"))
    assert "--store" in refused(collab("export", "--at", "3", "--to", "state"), 2)
    assert "--store" in refused(collab("serve", "--at", "3"), 2)


# -- at a revision ---------------------------------------------------------------------------


def test_a_session_is_served_as_it_was_and_nothing_changes_it(
    collab: Collab, serve: Serve, store: str, tmp_path: Path
) -> None:
    log = said(collab("log", "--store", store))
    server = serve(*QUIET, "--store", store, "--at", str(WIDER))
    assert any(f"as it was at revision {WIDER}" in line for line in server.lines)
    script = tmp_path / "change.py"
    script.write_text(
        "from collab.simple import *\n"
        "print(GetActiveConnection().looking_back.revision)\n"
        "ball = FindSource('Ball')\nprint(ball.Radius)\nball.Radius = 7\n"
    )
    ended = collab("client", server.url, "--run", str(script))
    assert (ended.returncode, ended.stdout) == (1, f"{WIDER}\n2.0\n")
    assert f"as it was at revision {WIDER} (" in said(collab("status", server.url))
    assert f"--at {WIDER} --fork NAME" in ended.stderr
    assert "PastError" in ended.stderr
    assert said(collab("log", "--store", store)) == log, "also while it is looked at"
    assert server.stop() == (0, "")
    assert said(collab("log", "--store", store)) == log


def test_a_fork_goes_on_from_a_revision_and_leaves_the_original_alone(
    collab: Collab, serve: Serve, store: str
) -> None:
    log = said(collab("log", "--store", store))
    server = serve(*QUIET, "--store", store, "--at", str(WIDER), "--fork", "what if")
    assert asyncio.run(stored_radius(server.url)) == 2.0

    async def change() -> None:
        async with await connect(server.url, "Eve") as eve:
            ball = eve.proxy("sources", "Ball")
            assert ball is not None
            await ball.set(Radius=9.0)

    asyncio.run(change())
    assert server.stop() == (0, "")
    assert said(collab("log", "--store", store, "--session", "main")) == log
    forked = said(collab("log", "--store", store, "--session", "what if"))
    assert forked.splitlines()[:WIDER] == log.splitlines()[:WIDER]
    assert f"Forked from 'main' at revision {WIDER}" in forked
    assert "already" in refused(collab("serve", "--store", store, "--fork", "what if"))


# -- replay ----------------------------------------------------------------------------------


@pytest.fixture
def watch(line_reader: Callable[..., Any], store: str) -> Iterator[Callable[..., Any]]:
    """Starts `collab replay --serve`; what it says, and its process."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[Any, subprocess.Popen[str]]:
        process = subprocess.Popen(
            [str(COLLAB), "replay", "--store", store, "--serve", "--renderer", "none", *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return line_reader(process.stdout), process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_replay_is_told_line_by_line_as_fast_as_one_likes(collab: Collab, store: str) -> None:
    log = said(collab("log", "--store", store))
    assert said(collab("replay", "--store", store, "--speed", "1000")) == log
    some = said(collab("replay", "--store", store, "--speed", "9", "--from", "3", "--to", "5"))
    assert some.splitlines() == log.splitlines()[3:5]
    wrong = collab("replay", "--store", store, "--from", "5", "--to", "3")
    assert "--from 5 is behind --to 3" in refused(wrong, 2)
    both = collab("replay", "--store", store, "--serve", "--into", "x")
    assert "name one of them" in refused(both, 2)


@pytest.mark.parametrize("transport", ["zmq", "ws"])
async def test_a_replay_is_watched_from_its_beginning_on_every_transport(
    watch: Callable[..., Any], transport: str
) -> None:
    lines, process = watch("--speed", "1000", "--transport", f"{transport}://127.0.0.1:0")
    line = await asyncio.to_thread(lines.wait_for, "Accepting connection(s): ")
    assert line is not None
    assert await asyncio.to_thread(lines.wait_for, "begins when somebody is there")
    assert not any("Create Ball" in line for line in lines.lines)
    async with await connect(line.removeprefix("Accepting connection(s): "), "Eve") as eve:
        assert await asyncio.to_thread(lines.wait_for, "That was all")
        await eve.catch_up()
        ball = eve.proxy("sources", "Ball")
        assert ball is not None
        assert ball["Radius"] == 3.0
        assert [p.name for p in eve.participants] == ["Eve"]
    process.terminate()
    assert await asyncio.to_thread(process.wait, WITHIN_S) == 0


def test_a_replay_into_a_session_that_is_served_does_it_all_again_under_their_names(
    collab: Collab, serve: Serve, store: str
) -> None:
    server = serve(*QUIET)
    said(collab("replay", "--store", store, "--speed", "1000", "--into", server.url))
    lines = said(collab("log", server.url)).splitlines()
    assert any("collab replay         Bob: Set Radius of Ball" in line for line in lines)
    state = said(collab("export", "--store", store, "--to", "state"))
    assert said(collab("export", server.url, "--to", "state")) == state


async def test_a_replay_into_a_session_where_somebody_else_steers_is_refused(
    collab: Collab, serve: Serve, store: str
) -> None:
    server = serve(*QUIET)

    async def replayed(_: Session) -> str:
        ended = await asyncio.to_thread(collab, "replay", "--store", store, "--into", server.url)
        return refused(ended)

    async with await connect(server.url, "Ada") as ada:
        assert "Ada has it" in await replayed(ada)
