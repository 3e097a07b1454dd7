"""What lies in deploy/ does what it says, as far as that can be run here: its commands, one by one,
in a fresh environment. Images, units and jobs are not started; deploy/README.md says so."""

import asyncio
import configparser
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from collab_cli.stopping import STOP_WITHIN_S
from collab_kernel.client import connect

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "install")
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall")
WEB = "plugins/front_ends/web"
"""Its page is built by Node, before: it is not installed anew here."""

SOON_S = 60.0
READY = "Ctrl-C ends it."


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, each with what follows it; lines that go on are one."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2]) for line in lines]


def of(name: str) -> list[str]:
    """What the Dockerfile's instruction says, each time."""
    return [rest for instruction, rest in instructions() if instruction == name]


def installed_folders() -> list[str]:
    """What the image installs, relative to the repository."""
    [line] = [line for line in of("RUN") if "pip install" in line]
    words = shlex.split(line.partition("pip install")[2])
    return [word.removeprefix("/src/") for word in words if word.startswith("/src/")]


class Place:
    """A machine in small: a fresh environment, and folders in the place of the system's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / "opt"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self.venv)], check=True)
        [packages] = self.venv.glob("lib/python*/site-packages")
        # Everything of others comes by a .pth file; ours is installed here, and found first.
        others = sysconfig.get_paths()["purelib"]
        (packages / "others.pth").write_text(f"import site; site.addsitedir({others!r})\n")

    def install(self, folders: list[str]) -> None:
        paths = [str(ROOT / path) for path in folders]
        command = [str(self.venv / "bin/python"), *PIP, *OFFLINE, *paths]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def here(self, text: str, ports: dict[str, int] | None = None) -> str:
        """A command line with this place's folders and free ports."""
        for theirs, ours in (
            ("/opt/collab", self.venv),
            ("/etc/collab", self.folder / "etc"),
            ("/var/lib/collab", self.folder / "lib"),
            ("%S/collab", self.folder / "lib"),
            ("/srv/data", self.folder / "data"),
        ):
            ours.mkdir(exist_ok=True)
            text = text.replace(theirs, str(ours))
        for port, free in (ports or {}).items():
            text = text.replace(f":{port}", f":{free}")
        return text


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("deployed"))
    place.install([path for path in installed_folders() if path != WEB])
    return place


class Running:
    """A command that was started: what it says is kept."""

    def __init__(self, command: list[str], lines: Any, **options: Any) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, **options)
        self.output, self.errors = lines(self.process.stdout), lines(self.process.stderr)

    def says(self, text: str) -> str:
        line = self.output.wait_for(text)
        assert line is not None, f"no {text!r} came: {self.errors.join()}"
        return str(line)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(SOON_S)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.output.join()
        self.errors.join()


@pytest.fixture
def start(line_reader: Any) -> Iterator[Any]:
    started: list[Running] = []

    def run(command: list[str], **options: Any) -> Running:
        started.append(Running(command, line_reader, **options))
        return started[-1]

    yield run
    for running in started:
        running.end()


def health(port: int) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON_S)
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


async def said(url: str, text: str = "", token: str = "") -> list[str]:
    """What was said in a session, and say something."""
    async with await connect(url, "Ada", token=token or None) as ada:
        found = [row.text for row in ada.chat_history]
        if text:
            await ada.chat(text)
    return found


# -- the image -------------------------------------------------------------------------------


def test_the_image_installs_every_distribution_of_the_repository() -> None:
    required = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    every = re.findall(r"^-e \./(\S+)$", required, re.MULTILINE)
    assert sorted(installed_folders()) == sorted(every)


def test_what_the_image_installs_is_what_runs(place: Place) -> None:
    script = "import collab_kernel, collab_metrics_prometheus; print(collab_kernel.__file__)"
    ran = subprocess.run(
        [str(place.venv / "bin/python"), "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    assert Path(ran.stdout.strip()).is_relative_to(place.venv)


def test_the_image_starts_a_server_that_is_well(
    place: Place, start: Any, hold_port: Callable[[], int]
) -> None:
    """Its volume has what the README asks for."""
    ports = {"8080": hold_port(), "9464": hold_port()}
    [entry], [command], [check] = of("ENTRYPOINT"), of("CMD"), of("HEALTHCHECK")
    words = [place.here(word, ports) for word in (*json.loads(entry), *json.loads(command))]
    words = [word.replace("0.0.0.0", "127.0.0.1") for word in words]
    volume = place.folder / "lib"
    certificate = trustme.CA().issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(volume / "cert.pem")
    certificate.private_key_pem.write_to_path(volume / "key.pem")
    token = [str(place.venv / "bin/collab"), *"token new --token-file".split()]
    subprocess.run([*token, str(volume / "tokens.toml")], check=True, capture_output=True)
    server = start(words, cwd=place.here("/srv/data"))
    server.says(READY)
    assert "wss://" in server.says("Accepting connection(s): ")
    _, _, health_check = check.partition("CMD ")
    subprocess.run([place.here(w, ports) for w in json.loads(health_check)], check=True)
    assert server.stop() == 0
    assert of("STOPSIGNAL") == ["SIGTERM"]
    (volume / "work.collab").unlink()


# -- the unit --------------------------------------------------------------------------------


def unit() -> dict[str, str]:
    text = (DEPLOY / "collab.service").read_text(encoding="utf-8")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(re.sub(r"\\\n\s*", "", text))
    return dict(parser["Service"])


async def test_the_units_server_goes_on_after_it_was_stopped(
    place: Place, start: Any, hold_port: Callable[[], int]
) -> None:
    ports = {port: hold_port() for port in ("11111", "8080", "9464")}
    words = shlex.split(place.here(unit()["ExecStart"], ports))
    token_file = place.folder / "etc/tokens.toml"
    made = subprocess.run(
        [str(place.venv / "bin/collab"), "token", "new", "--token-file", str(token_file)],
        check=True,
        capture_output=True,
        text=True,
    )
    url = f"zmq://127.0.0.1:{ports['11111']}"
    token = made.stdout.strip()
    for before in ([], ["hello"]):
        server = start(words, cwd=place.folder / "data")
        await asyncio.to_thread(server.says, READY)
        assert health(ports["9464"]) == (200, {"status": "ok", "troubles": []})
        assert await said(url, "hello", token) == before
        assert await asyncio.to_thread(server.stop) == 0
    assert all(json.loads(line)["level"] for line in server.errors.join().splitlines())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_has_nothing_against_the_unit(place: Place, tmp_path: Path) -> None:
    text = (DEPLOY / "collab.service").read_text(encoding="utf-8")
    copy = tmp_path / "collab.service"
    copy.write_text(text.replace("/opt/collab", str(place.venv)))
    read = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    about_ours = [line for line in read.stderr.splitlines() if "collab" in line]
    assert (read.returncode, about_ours) == (0, [])


def test_the_unit_gives_the_server_the_time_that_it_may_take_to_stop() -> None:
    assert int(unit()["TimeoutStopSec"]) > STOP_WITHIN_S
    assert unit()["KillMode"] == "mixed", "the renderer ends with the server, not before"


# -- the batch script ------------------------------------------------------------------------

SRUN = '#!/bin/sh\necho $$ > step.pid\nexec "$@"\n'
SCONTROL = '#!/bin/sh\necho "$@" >> scontrol.said\n'


@pytest.fixture
def cluster(
    place: Place, tmp_path: Path, hold_port: Callable[[], int]
) -> tuple[Path, dict[str, str]]:
    """A folder as the README has it, and an environment with stand-ins for Slurm's commands."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    path = [str(programs), str(place.venv / "bin"), os.environ["PATH"]]
    subprocess.run(
        [str(place.venv / "bin/collab"), "keys", "--out", "client"], cwd=tmp_path, check=True
    )
    token = [str(place.venv / "bin/collab"), *"token new --token-file tokens.toml".split()]
    subprocess.run(token, cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "data.vtu").write_bytes(b"")
    return tmp_path, os.environ | {
        "PATH": os.pathsep.join(path),
        "SLURM_JOB_ID": "7",
        "COLLAB_CLIENT": f"zmq+curve://127.0.0.1:{hold_port()}",
    }


def test_a_job_whose_time_is_over_puts_itself_back_into_the_queue(
    cluster: tuple[Path, dict[str, str]], start: Any
) -> None:
    folder, environment = cluster
    for times in (1, 2):  # the second one finds the session that the first one left
        job = start(["bash", str(DEPLOY / "collab.slurm")], cwd=folder, env=environment)
        job.says(READY)
        os.kill(int((folder / "step.pid").read_text()), signal.SIGTERM)
        assert job.process.wait(SOON_S) == 0, job.errors.join()
        assert (folder / "scontrol.said").read_text() == "requeue 7\n" * times
        assert (folder / "work.collab").exists()


def test_a_job_that_can_not_start_is_not_tried_again(
    cluster: tuple[Path, dict[str, str]], start: Any
) -> None:
    folder, environment = cluster
    (folder / "client.key").unlink()
    job = start(["bash", str(DEPLOY / "collab.slurm")], cwd=folder, env=environment)
    assert job.process.wait(SOON_S) != 0
    assert not (folder / "scontrol.said").exists()


def test_slurm_tells_the_job_before_its_time_is_over() -> None:
    script = (DEPLOY / "collab.slurm").read_text(encoding="utf-8")
    options = re.findall(r"^#SBATCH (--\S+)$", script, re.MULTILINE)
    [ahead_s] = [int(o.rpartition("@")[2]) for o in options if o.startswith("--signal=TERM@")]
    assert ahead_s > STOP_WITHIN_S
    assert "--requeue" in options
