"""The page about clusters is true: its commands run as they stand, in their order, on loopback.

Names of other machines become 127.0.0.1, the port one that is free, TOKEN the token that was
printed, and a client is given a script where a person would type. What a cluster has and this
machine has not is stood in for: `ssh` by a program that forwards a port as `ssh -L` does and runs
nothing elsewhere, `sbatch` and `srun` by ones that run what they are given, here and at once.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs/cluster.md"
PORT = "11111"
"""What the page says; the default port of ZMQ, too."""

PROGRAMS = ("collab", "ssh", "sbatch")
SOON_S = 60.0

SSH = """
import argparse, asyncio, re

parser = argparse.ArgumentParser()
parser.add_argument("-N", action="store_true", required=True)
parser.add_argument("-L", dest="forward", required=True)
parser.add_argument("-J", dest="jump")
parser.add_argument("host", choices=["login-node", "compute-node"])
asked = parser.parse_args()
port, far_port = re.fullmatch(r"(\\d+):localhost:(\\d+)", asked.forward).groups()

async def copy(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()

async def forward(reader, writer):
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", int(far_port))
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer), return_exceptions=True)

async def main():
    async with await asyncio.start_server(forward, "127.0.0.1", int(port)) as server:
        print("forwarding", flush=True)
        await server.serve_forever()

asyncio.run(main())
"""

SBATCH = """
import os, re, subprocess, sys

*options, script = sys.argv[1:]
for option in options:
    kept, *given = re.fullmatch(r"--export=(.+)", option)[1].split(",")
    assert kept == "ALL"
    os.environ.update(pair.split("=", 1) for pair in given)
first, *lines = open(script)
assert first.startswith("#!"), "sbatch takes scripts only"
[asked] = [line.split()[1:] for line in lines if line.startswith("#SBATCH ")]
assert all(re.fullmatch(r"--[a-z-]+=\\S+", option) for option in asked)
sys.exit(subprocess.run(["bash", script]).returncode)
"""

SRUN = '#!/bin/sh\necho $$ > step.pid\nexec "$@"\n'

GRID = """<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian">
<UnstructuredGrid><Piece NumberOfPoints="4" NumberOfCells="1">
<Points><DataArray type="Float32" NumberOfComponents="3" format="ascii">
0 0 0  1 0 0  0 1 0  0 0 1</DataArray></Points>
<Cells><DataArray type="Int64" Name="connectivity" format="ascii">0 1 2 3</DataArray>
<DataArray type="Int64" Name="offsets" format="ascii">4</DataArray>
<DataArray type="UInt8" Name="types" format="ascii">10</DataArray></Cells>
</Piece></UnstructuredGrid></VTKFile>
"""

SCRIPT = """
from collab.collaboration import *
from collab.simple import *

[data] = GetSources().values()
data.UpdatePipeline()
print("seen:", GetUserLabel(), data.GetDataInformation().GetNumberOfCells())
"""


def sections() -> dict[str, list[str]]:
    """The indented blocks under each heading that has any, in order."""
    found: dict[str, list[str]] = {}
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        found[heading] = [
            re.sub(r"^ {4}", "", block, flags=re.MULTILINE)
            for block in re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)
        ]
    return found


class Command:
    """One that was started: what it says is kept, line by line."""

    def __init__(self, process: subprocess.Popen[str], lines: Any) -> None:
        self.process = process
        self.output, self.errors = lines(process.stdout), lines(process.stderr)

    def says(self, text: str) -> str:
        """The line with `text`, once it is there."""
        line = self.output.wait_for(text)
        assert line is not None, f"no {text!r} came: {self.errors.join()}"
        return str(line)

    def ended(self) -> str:
        """What it printed; it has to end well, and by itself."""
        assert self.process.wait(SOON_S) == 0, self.errors.join()
        return str(self.output.join())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.output.join()
        self.errors.join()


class Cluster:
    """One folder in which everybody works, and the commands that were started there."""

    def __init__(self, folder: Path, lines: Any) -> None:
        self.folder = folder
        self.seen: list[str] = []
        """What each client's script printed."""
        self._lines = lines
        self._token = ""
        self._far = self._near = 0
        self._servers: list[Command] = []
        self._tunnel: Command | None = None
        self._waiting: Command | None = None
        self._commands: list[Command] = []
        programs = folder / "bin"
        programs.mkdir()
        for name, text in (
            ("ssh", f"#!{sys.executable}{SSH}"),
            ("sbatch", f"#!{sys.executable}{SBATCH}"),
            ("srun", SRUN),
        ):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        (folder / "data.vtu").write_text(GRID)
        (folder / "look.py").write_text(SCRIPT)
        path = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        self._environment = os.environ | {"PATH": os.pathsep.join(path)}

    # -- a command of the page -------------------------------------------------------------

    def run(self, line: str) -> None:
        """Do what a line says, as far as whoever typed it waits."""
        words = shlex.split(line, comments=True)
        assert words, f"{line!r} is no command"
        assert words[0] in PROGRAMS, f"{line!r}: this test knows {PROGRAMS}"
        match words:
            case ["ssh", *_]:
                self._forward(words)
            case ["sbatch", *_]:
                self._serve(words)
            case ["collab", "serve", *_]:
                self._serve(words)
            case ["collab", "client", *_]:
                self._join(words)
            case _:
                said = self._start(words).ended()
                if words[1:3] == ["token", "new"]:
                    self._token = said.strip()

    def _forward(self, words: list[str]) -> None:
        if self._tunnel is not None:
            self._tunnel.end()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._near = free.getsockname()[1]
        page, mine = f"{PORT}:localhost:{PORT}", f"{self._near}:localhost:{self._far}"
        assert page in words
        self._tunnel = self._start([word.replace(page, mine) for word in words])
        self._tunnel.says("forwarding")

    def _serve(self, words: list[str]) -> None:
        script = self.folder / "job.sh"
        if words[0] == "sbatch":
            script.write_text(self._local(script.read_text()))
        words = ["zmq://127.0.0.1:0" if word == "zmq" else self._local(word) for word in words]
        server = self._start(words)
        self._servers.append(server)
        if "--transport" in words:
            self._far = int(server.says("Accepting connection").rpartition(":")[2])
            server.says("Ctrl-C ends it.")
        else:
            assert self._waiting is not None, "a client waits before a server dials"
            self.seen.append(self._waiting.ended())
            self._waiting = None

    def _join(self, words: list[str]) -> None:
        if "--reverse" not in words:
            near = [f"localhost:{self._near}" if w == "localhost" else w for w in words]
            client = self._start([*map(self._local, near), "--run", "look.py"])
            self.seen.append(client.ended())
            return
        self._far = 0  # it picks one
        self._waiting = self._start([*map(self._local, words), "--run", "look.py"])
        line = self._waiting.errors.wait_for("waiting for a server")
        assert line is not None, self._waiting.errors.join()
        self._far = int(line.rpartition(":")[2])

    def _local(self, text: str) -> str:
        """`text` with this machine in the place of any other."""
        text = re.sub(r"(?<=://)(login-node|laptop|0\.0\.0\.0)(?=:)", "127.0.0.1", text)
        return text.replace(f":{PORT}", f":{self._far}").replace("TOKEN", self._token)

    def _start(self, words: list[str]) -> Command:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            words, stdout=pipe, stderr=pipe, text=True, cwd=self.folder, env=self._environment
        )
        self._commands.append(Command(process, self._lines))
        return self._commands[-1]

    # -- the end ---------------------------------------------------------------------------

    def stop_servers(self) -> None:
        """SIGTERM to each, as who started it, or the scheduler, sends it; all end well."""
        for server in self._servers:
            step = self.folder / "step.pid"
            number = int(step.read_text()) if step.exists() else server.process.pid
            os.kill(number, signal.SIGTERM)
            server.ended()

    def close(self) -> None:
        for command in self._commands:
            command.end()


@pytest.fixture
def cluster(tmp_path: Path, line_reader: Any) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path, line_reader)
    yield cluster
    cluster.close()


@pytest.mark.parametrize("heading", sections())
def test_the_commands_of_a_section_bring_people_to_the_data(heading: str, cluster: Cluster) -> None:
    blocks = sections()[heading]
    commands = [
        line for block in blocks if not block.startswith("#!") for line in block.split("\n")
    ]
    for block in blocks:
        if block.startswith("#!"):
            (cluster.folder / "job.sh").write_text(block)
    for line in filter(None, commands):
        cluster.run(line)
    joined = [line for line in commands if line.startswith("collab client")]
    assert joined
    names = ["Ada" if "--token" in line else "User 1" for line in joined]
    assert [said.splitlines()[-1] for said in cluster.seen] == [f"seen: {n} 1" for n in names]
    cluster.stop_servers()


def test_the_page_has_all_three_ways() -> None:
    assert list(sections()) == ["An SSH tunnel", "The server dials out", "In a batch job"]


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh is installed")
def test_the_tunnels_are_what_ssh_understands(tmp_path: Path) -> None:
    """-G: it says what it would do, and connects to nobody."""
    text = PAGE.read_text(encoding="utf-8")
    lines = re.findall(r"^ {4}(ssh .*)$", text, re.MULTILINE)
    assert lines
    for line in lines:
        _, *words = shlex.split(line, comments=True)
        command = ["ssh", "-F", "none", "-G", *words]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert f"localforward {PORT} [localhost]:{PORT}" in told
        assert ("proxyjump login-node" in told) == ("-J" in words)
