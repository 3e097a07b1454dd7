"""The command line as its users meet it: real processes, exit codes, one clear line."""

import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collab_cli.serve import HEADINGS
from collab_cli.serve import serve as serve_command
from collab_kernel.host.confinement import support

Collab = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., Any]

QUIET = ("--renderer", "none")


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text.rstrip("\n")


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started and that still run."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_every_plugin_is_listed_with_kind_name_distribution_and_version(collab: Collab) -> None:
    listed = collab("plugins")
    assert listed.returncode == 0
    rows = [line.split()[:4] for line in listed.stdout.splitlines()[1:]]
    assert ["transport", "zmq", "collab-transport-zmq", "0.1.0"] in rows
    assert ["renderer", "vtk", "collab-renderer-vtk", "0.1.0"] in rows
    assert ["policy", "master-slave", "collab-policy-master-slave", "0.1.0"] in rows
    assert ["front-end", "python", "collab-front-end-python", "0.1.0"] in rows
    assert ["front-end", "web", "collab-front-end-web", "0.1.0"] in rows


def test_plugins_are_listed_by_name_as_sessions_and_tokens_are(collab: Collab) -> None:
    assert collab("plugins", "list").stdout == collab("plugins").stdout


def test_a_broken_plugin_is_a_line_that_says_why(collab: Collab, tmp_path: Path) -> None:
    info = tmp_path / "broken_thing-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-thing\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[collab]\nbroken = broken_thing\n")
    (tmp_path / "broken_thing.py").write_text("import a_library_that_is_not_there\n")

    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    listed = collab("plugins", env=environment)
    assert listed.returncode == 0
    [row] = [line for line in listed.stdout.splitlines() if "broken-thing" in line]
    assert "1.2" in row
    assert "a_library_that_is_not_there" in row
    served = collab("serve", "--transport", "broken", *QUIET, env=environment)
    assert served.returncode == 5
    assert "a_library_that_is_not_there" in one_line(served.stderr)


def test_listeners_are_announced_with_real_ports_and_an_address_to_join(serve: Serve) -> None:
    server = serve("--multi-clients", "--session", "demo", *QUIET)
    assert server.url.startswith("zmq://127.0.0.1:")
    assert not server.url.endswith(":0")
    assert any(f"collab client {server.url}" in line for line in server.lines)
    assert any("demo" in line for line in server.lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_with_exit_code_0_and_frees_the_port(
    serve: Serve, number: signal.Signals
) -> None:
    server = serve(*QUIET)
    port = int(server.url.rpartition(":")[2])
    assert server.stop(number) == (0, "")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_a_stopped_server_leaves_no_renderer_behind(serve: Serve, sample: Path) -> None:
    server = serve(str(sample))
    [child] = children_of(server.pid)
    assert server.stop() == (0, "")
    assert not runs(child)


def test_a_killed_server_leaves_no_renderer_behind(serve: Serve, sample: Path) -> None:
    server = serve(str(sample))
    [child] = children_of(server.pid)

    waiting = os.pidfd_open(child)
    server.process.kill()

    ready, _, _ = select.select([waiting], [], [], 10.0)
    os.close(waiting)
    assert ready, "the renderer outlived its server"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A small .vtp file."""
    path = tmp_path / "sphere.vtp"
    script = (
        "import sys; from vtkmodules.vtkFiltersSources import vtkSphereSource as S;"
        "from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter as W;"
        "w = W(); s = S(); w.SetInputConnection(s.GetOutputPort()); w.SetFileName(sys.argv[1]);"
        "w.Write()"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    return path


@pytest.fixture
def few_files() -> Iterator[int]:
    """As many open files as systems begin with; how many there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, hard), hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_server_opens_as_many_files_as_it_may(serve: Serve, few_files: int) -> None:
    server = serve(*QUIET)
    limits = Path(f"/proc/{server.pid}/limits").read_text()
    [line] = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert int(line.split()[3]) == few_files


def test_what_confines_the_renderer_is_told_and_where_there_is_none_nothing(
    serve: Serve, tmp_path: Path
) -> None:
    def told(server: Any) -> list[str]:
        return [line for line in server.lines if "operating system" in line]

    version, why_not = support()
    [line] = told(serve("--data-dir", str(tmp_path), "--allow-write", str(tmp_path)))
    if version:
        assert line.startswith("The renderer is confined by the operating system")
        assert f"writes below {tmp_path}" in line
    else:
        assert line == f"The renderer is NOT confined by the operating system: {why_not}."
    assert told(serve(*QUIET)) == []
    unconfined = serve("--unconfined")
    assert told(unconfined) == []
    assert "--unconfined" in unconfined.stop()[1]


def test_a_directory_to_write_in_has_to_be_there(collab: Collab, tmp_path: Path) -> None:
    served = collab("serve", "--allow-write", str(tmp_path / "nowhere"), *QUIET)
    assert served.returncode == 2
    assert "nowhere" in served.stderr


# -- wrong usage -----------------------------------------------------------------------------


def test_a_missing_file_is_one_line_and_exit_code_2(collab: Collab, tmp_path: Path) -> None:
    served = collab("serve", str(tmp_path / "nothing.vtu"))
    assert served.returncode == 2
    assert "nothing.vtu" in one_line(served.stderr)


def test_a_corrupt_file_is_one_line_that_names_it_and_exit_code_3(
    collab: Collab, tmp_path: Path
) -> None:
    path = tmp_path / "broken.vtu"
    path.write_text("this is no XML")
    served = collab("serve", "--transport", "zmq://127.0.0.1:0", str(path))
    assert served.returncode == 3
    assert "broken.vtu" in one_line(served.stderr)


def test_a_file_that_no_reader_takes_lists_the_formats_there_are(
    collab: Collab, tmp_path: Path
) -> None:
    path = tmp_path / "picture.xyz"
    path.write_text("")
    served = collab("serve", "--transport", "zmq://127.0.0.1:0", *QUIET, str(path))
    assert served.returncode == 3
    assert ".vtu" in one_line(served.stderr)


def test_a_port_in_use_is_one_line_that_names_it_and_exit_code_2(
    collab: Collab, serve: Serve
) -> None:
    server = serve(*QUIET)
    second = collab("serve", "--transport", server.url, *QUIET)
    assert second.returncode == 2
    assert server.url in one_line(second.stderr)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("zmqq", 5),
        ("carrier-pigeon", 5),
        ("zmq://127.0.0.1:99999", 2),
        ("zmq://[::1", 2),
        ("zmq://a:b:c", 2),
        ("://", 2),
    ],
)
def test_an_address_that_means_nothing_is_one_line(collab: Collab, address: str, code: int) -> None:
    served = collab("serve", "--transport", address, *QUIET)
    assert served.returncode == code
    assert one_line(served.stderr)


def test_an_unknown_transport_lists_those_there_are_and_invents_no_package(collab: Collab) -> None:
    served = collab("serve", "--transport", "carrier-pigeon", *QUIET)
    assert "zmq" in one_line(served.stderr)
    assert "pip install" not in served.stderr


def test_a_plugin_that_is_not_allowed_is_missing_for_that_reason(collab: Collab) -> None:
    served = collab(
        "serve", "--transport", "zmq", *QUIET, env=os.environ | {"COLLAB_PLUGINS": "master-slave"}
    )
    assert served.returncode == 5
    assert "COLLAB_PLUGINS allows master-slave" in one_line(served.stderr)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 65])
def test_a_session_needs_a_name_that_can_be_read(collab: Collab, name: str) -> None:
    served = collab("serve", "--session", name, *QUIET)
    assert served.returncode == 2
    assert "--session" in one_line(served.stderr)


def test_nobody_listens_beyond_loopback_without_authentication(collab: Collab) -> None:
    served = collab("serve", "--transport", "zmq://0.0.0.0:0", *QUIET)
    assert served.returncode == 2
    assert "--token-file" in one_line(served.stderr)
    assert "--insecure" in served.stderr


def test_the_traceback_is_shown_with_debug_only(collab: Collab) -> None:
    arguments = ("serve", "--transport", "carrier-pigeon", *QUIET)
    assert "Traceback" not in collab(*arguments).stderr
    assert "Traceback" in collab("--debug", *arguments).stderr


def test_a_client_that_finds_nobody_exits_with_4(collab: Collab, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = tmp_path / "script.py"
    script.write_text("")
    ended = collab("client", f"zmq://127.0.0.1:{port}", "--run", str(script))
    assert ended.returncode == 4
    assert str(port) in one_line(ended.stderr)


def test_the_help_of_serve_begins_with_what_matters_first_and_leaves_nothing_over(
    collab: Collab,
) -> None:
    text = collab("serve", "--help").stdout
    titles = re.findall(r"^(\w.*):$", text, re.M)
    assert titles[0] == "To begin with"
    assert text.index("--multi-clients ") < text.index("--store ") < text.index("--metrics ")
    options = [name for option in serve_command.params for name in option.opts if "--" in name]
    under = [name for names in HEADINGS.values() for name in names]
    assert sorted(under) == sorted(options), "each option of serve is under one heading"
    assert text.rpartition("Other options:\n")[2].split()[:2] == ["-h,", "--help"]


def test_the_commands_that_one_needs_first_are_shown_first(collab: Collab) -> None:
    lines = collab("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines][:3] == ["serve", "client", "who"]
    assert not any(line.endswith("...") for line in lines), "each says all that it has to say"


def test_history_without_a_store_is_refused(collab: Collab) -> None:
    ended = collab("serve", "--history", "30d")
    assert ended.returncode == 2
    assert "--history needs --store" in ended.stderr


def test_several_urls_need_the_flag_that_allows_them(collab: Collab) -> None:
    ended = collab("client", "zmq://127.0.0.1:1", "zmq://127.0.0.1:2")
    assert ended.returncode == 2
    assert "--multi-servers" in one_line(ended.stderr)
