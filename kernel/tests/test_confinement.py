"""The operating system's limits on the renderer's process: what they are, and that they hold."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.core.queries import UpdatePipeline
from collab_kernel.errors import RendererError
from collab_kernel.host import confinement
from collab_kernel.host.confinement import Access, described, grants, ruleset, support
from collab_kernel.host.roots import Allowance, Roots
from collab_kernel.server import Server
from collab_kernel.spi import RendererSpec
from collab_kernel.testing.catalogue import definitions

VERSION, WHY_NOT = support()

PROBE = '''
"""Does what it was told to in the environment, and answers with what came of it."""

import errno, json, os, socket, subprocess, threading

from collab_kernel.spi import Answer
from collab_kernel.testing.toy import ToyRenderer


def _write(path):
    with open(path, "w") as file:
        file.write("written")


def _thread(path):
    found = []
    worker = threading.Thread(target=lambda: found.append(_come_of("read", path)))
    worker.start()
    worker.join()
    return found[0]


DEEDS = {
    "read": lambda path: open(path).read(),
    "list": lambda path: sorted(os.listdir(path)),
    "write": _write,
    "replace": lambda path: os.replace(path, path + ".new"),
    "run": lambda path: subprocess.run([path]).returncode,
    "connect": lambda port: socket.create_connection(("127.0.0.1", port)).close(),
    "signal": lambda pid: os.kill(pid, 0),
    "thread": _thread,
}


def _come_of(deed, what):
    try:
        return DEEDS[deed](what)
    except OSError as error:
        return errno.errorcode[error.errno]


def probe(host):
    """What the child calls to make its renderer."""
    deeds = json.loads(os.environ["DEEDS"])
    print(json.dumps([_come_of(*deed) for deed in deeds]), flush=True)
    os._exit(0)


class Asked(ToyRenderer):
    """Tries to read what it was told to when it is asked for anything."""

    def query(self, query):
        return Answer(data=str(_come_of("read", os.environ["READ"])).encode())
'''

Do = Callable[..., Any]

CHILD = [sys.executable, "-P", "-m", "collab_kernel.host.renderer_child"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a data directory, one to write in, and things beside them."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "a_probe.py").write_text(PROBE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"), prepend=os.pathsep)
    for name in ("data", "out"):
        (tmp_path / name).mkdir()
    for name in ("data/own", "beside", "given"):
        (tmp_path / name).write_text(name)
    (tmp_path / "data" / "link").symlink_to(tmp_path / "beside")
    return tmp_path


def come_of(deeds: list[tuple[str, object]], allowance: Allowance) -> list[Any]:
    """What comes of deeds in a child with this allowance."""
    child = subprocess.run(
        [*CHILD, "a_probe:probe", allowance.text()],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        env=os.environ | {"DEEDS": json.dumps(deeds)},
        check=False,
    )
    assert child.returncode == 0, child.stderr
    found: list[Any] = json.loads(child.stderr)
    return found


@pytest.fixture
def do(place: Path) -> Do:
    """What comes of deeds in a child that may read `data` and `given` and write below `out`."""
    roots = Roots(place / "data", (place / "given",), (place / "out",))

    def do(*deeds: tuple[str, object], confined: bool = True) -> list[Any]:
        return come_of(list(deeds), Allowance(roots, confined=confined))

    return do


confining = pytest.mark.skipif(
    not VERSION, reason=f"the operating system here can't confine a process: {WHY_NOT}"
)


# -- a real child ----------------------------------------------------------------------------


@confining
def test_a_child_reads_its_data_and_nothing_beside_it(place: Path, do: Do) -> None:
    own, given, beside = (str(place / n) for n in ("data/own", "given", "beside"))
    assert do(
        ("read", own),
        ("read", given),
        ("list", str(place / "data")),
        ("read", beside),
        ("read", str(place / "data/link")),
        ("read", str(place / "data/../beside")),
        ("list", str(place)),
        ("thread", beside),
    ) == ["data/own", "given", ["link", "own"], *["EACCES"] * 3, "EACCES", "EACCES"]


@confining
def test_a_child_writes_where_it_may_and_nowhere_else(place: Path, do: Do) -> None:
    paths = [str(place / n) for n in ("out/new", "data/new", "new", "given", "data/own")]
    deeds = [("write", path) for path in paths]
    done = do(*deeds, ("replace", paths[0]), ("replace", str(place / "data/own")))
    assert done == [None, *["EACCES"] * 4, None, "EACCES"]
    assert (place / "out/new.new").read_text() == "written"
    assert (place / "data/own").read_text() == "data/own"


@confining
def test_a_child_runs_no_program(do: Do) -> None:
    assert do(("run", "/bin/true")) == ["EACCES"]


@pytest.mark.skipif(VERSION < 4, reason="Landlock forbids TCP from version 4 on (Linux 6.7)")
def test_a_child_opens_no_tcp_connection(do: Do) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert do(("connect", port)) == ["EACCES"]
        assert do(("connect", port), confined=False) == [None]


@pytest.mark.skipif(
    VERSION < 6, reason="Landlock holds signals back from version 6 on (Linux 6.12)"
)
def test_a_child_signals_nobody_outside(do: Do) -> None:
    assert do(("signal", os.getpid())) == ["EPERM"]


@confining
def test_a_child_gains_no_privilege(do: Do) -> None:
    [status] = do(("read", "/proc/self/status"))
    assert "NoNewPrivs:\t1" in status


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="Linux only")
def test_where_memory_ends_the_child_goes_before_its_server(do: Do) -> None:
    [score] = do(("read", "/proc/self/oom_score_adj"))
    assert int(score) > int(Path("/proc/self/oom_score_adj").read_text())


def test_an_unconfined_child_may_what_its_user_may(place: Path, do: Do) -> None:
    beside = str(place / "beside")
    assert do(("read", beside), ("run", "/bin/true"), confined=False) == ["beside", 0]


@confining
def test_a_child_without_a_data_directory_reads_all_and_writes_nothing(place: Path) -> None:
    beside = str(place / "beside")
    assert come_of([("read", beside), ("write", beside)], Allowance()) == ["beside", "EACCES"]


@confining
async def test_a_server_confines_its_renderer_unless_it_is_told_not_to(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READ", str(place / "beside"))
    spec = RendererSpec("asked", definitions, "a_probe:Asked")
    for confined, came_of_it in ((True, b"EACCES"), (False, b"beside")):
        server = Server(["memory://c"], renderer=spec, data_dir=place / "data", confined=confined)
        async with server:
            assert bool(server.confinement) is confined
            answer = await server.sessions["main"].query(UpdatePipeline(1))
            assert answer.data == came_of_it


# -- what the kernel is told -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "newest", "tcp", "scopes"),
    [
        (1, Access.MAKE_SYM, 0, 0),
        (2, Access.REFER, 0, 0),
        (3, Access.TRUNCATE, 0, 0),
        (4, Access.TRUNCATE, 0b11, 0),
        (5, Access.IOCTL_DEV, 0b11, 0),
        (6, Access.IOCTL_DEV, 0b11, 0b11),
        (99, Access.IOCTL_DEV, 0b11, 0b11),
    ],
)
def test_a_version_is_told_all_that_it_knows_and_nothing_else(
    tmp_path: Path, version: int, newest: Access, tcp: int, scopes: int
) -> None:
    chosen = ruleset(version, [(str(tmp_path), ~Access(0))])
    assert chosen.handled == (newest << 1) - 1
    assert (chosen.tcp, chosen.scopes) == (tcp, scopes)
    [(_, granted)] = chosen.rules
    assert granted == chosen.handled


def test_a_display_may_be_reached_by_its_socket() -> None:
    assert ruleset(6, [], display=True).scopes == 0b10


def test_rules_are_of_paths_that_are_there_and_of_files_only_what_files_have(
    tmp_path: Path,
) -> None:
    file = tmp_path / "file"
    file.touch()
    given = [(str(file), confinement.READ), (str(tmp_path / "gone"), confinement.READ)]
    assert ruleset(3, given).rules == ((str(file), Access.READ_FILE),)


def test_nothing_is_granted_execution_and_only_writable_folders_new_files(tmp_path: Path) -> None:
    roots = Roots(tmp_path / "data", (tmp_path / "given",), (tmp_path / "out",))
    granted: dict[str, Access] = {}
    for path, access in grants(roots, "collab_kernel.testing.toy"):
        granted[path] = granted.get(path, Access(0)) | access
    assert not any(access & Access.EXECUTE for access in granted.values())
    assert [p for p, a in granted.items() if a & Access.MAKE_REG] == [str(tmp_path / "out")]
    assert granted[str(tmp_path / "data")] == granted[str(tmp_path / "given")] == confinement.READ
    assert str(Path(confinement.__file__).parents[1]) in granted
    assert "/" not in granted
    assert "/tmp" not in granted


# -- where it can't be -----------------------------------------------------------------------


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def refuse(number: int) -> None:
        def call(*_: object) -> int:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(confinement, "_call", call)

    return refuse


@pytest.mark.parametrize(
    ("number", "why"),
    [(errno.ENOSYS, "Linux 5.13"), (errno.EOPNOTSUPP, "lsm="), (errno.EPERM, "container")],
)
def test_a_system_without_landlock_says_so_and_why(
    refusing: Callable[[int], None], number: int, why: str
) -> None:
    refusing(number)
    version, reason = support()
    assert version == 0
    assert why in reason
    assert "NOT confined" in described(Roots())
    assert why in described(Roots())
    confinement.confine(Roots(), "json")  # says nothing more, and does nothing


def test_a_renderer_that_could_be_confined_and_is_not_does_not_start(
    refusing: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(errno.E2BIG)
    monkeypatch.setattr(confinement, "support", lambda: (6, ""))
    for variable in confinement._NO_CACHES:
        monkeypatch.setenv(variable, "")
    with pytest.raises(RendererError, match="--unconfined"):
        confinement.confine(Roots(), "json")


def test_people_are_told_what_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "support", lambda: (6, ""))
    text = described(Roots(Path("/data"), (Path("/a.vtu"),), (Path("/out"),)))
    assert "reads below /data and the files it was started with" in text
    assert "writes below /out" in text
    assert "no TCP" in text
    monkeypatch.setattr(confinement, "support", lambda: (3, ""))
    assert "writes nothing" in described(Roots())
    assert "free to use the network" in described(Roots())
