"""What holds for the tests of every distribution, and the servers that they start."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, settings
from tests.ports import HeldPort

# The blob in the report repeats a failure anywhere. No deadline, and none is too slow: how long an
# example takes says more about what else the machine is doing than about the code.
settings.register_profile(
    "collab",
    settings(),
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("collab")

# What a script starts in its background ignores Ctrl-C, and so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)

COLLAB = Path(sys.executable).with_name("collab")
READY = "Ctrl-C ends it."
START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0


class Lines:
    """What a process says on a stream, line by line, as it comes: the pipe never fills."""

    def __init__(self, stream: IO[str]) -> None:
        self.lines: list[str] = []
        self._stream = stream
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self._stream:
            for line in self._stream:
                self._put(line.rstrip("\n"))
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _put(self, line: str) -> None:
        with self._news:
            self.lines.append(line)
            self._news.notify_all()

    def wait_for(self, text: str, since: int = 0, within_s: float = START_WITHIN_S) -> str | None:
        """The first line from number `since` that contains `text`; None if the end comes first,
        or nothing in time."""

        def found() -> str | None:
            return next((line for line in self.lines[since:] if text in line), None)

        with self._news:
            self._news.wait_for(lambda: found() is not None or self._ended, within_s)
            return found()

    def join(self) -> str:
        """Everything, once the stream has ended."""
        self._reader.join()
        return "".join(f"{line}\n" for line in self.lines)


class ServeProcess:
    """A `collab serve` of its own, on a port that it picked. Its output is kept."""

    def __init__(self, *arguments: str, cwd: Path | None = None) -> None:
        command = [str(COLLAB), "serve"]
        if not any(a.startswith("--transport") for a in arguments):
            command += ["--transport", "zmq://127.0.0.1:0"]
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env=os.environ | {"PYTHONUNBUFFERED": ""},
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.output, self.errors = Lines(self.process.stdout), Lines(self.process.stderr)

    @property
    def lines(self) -> list[str]:
        return self.output.lines

    def wait_for(self, text: str) -> str:
        """The first line that contains `text`; fails if the server ends before."""
        line = self.output.wait_for(text)
        if line is None:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no {text!r} came from the server: {self.errors.join()}")
        return line

    @property
    def urls(self) -> list[str]:
        """The addresses that were announced so far, in order."""
        mark = "Accepting connection(s): "
        return [line.removeprefix(mark) for line in self.lines if line.startswith(mark)]

    @property
    def url(self) -> str:
        return self.urls[0]

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit code and what stood on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.output.join()
        return self.process.returncode, self.errors.join()


@pytest.fixture(scope="session")
def serve_process() -> type[ServeProcess]:
    """For fixtures that keep a server for longer than a test."""
    return ServeProcess


@pytest.fixture(scope="session")
def line_reader() -> type[Lines]:
    """For tests that start other processes."""
    return Lines


@pytest.fixture
def serve() -> Iterator[Callable[..., ServeProcess]]:
    """Starts servers as a user would; those that still run at the end must end cleanly."""
    started: list[ServeProcess] = []

    def start(*arguments: str, ready: bool = True, cwd: Path | None = None) -> ServeProcess:
        server = ServeProcess(*arguments, cwd=cwd)
        started.append(server)
        if ready:
            server.wait_for(READY)
        return server

    yield start
    running = [server for server in started if server.process.poll() is None]
    for server in running:
        code, errors = server.stop()
        assert (code, errors) == (0, "")
    for server in started:
        server.stop()


@pytest.fixture
def hold_port() -> Iterator[Callable[[], int]]:
    """Finds ports for servers that end and come back at the same one in the course of a test."""
    held: list[HeldPort] = []

    def hold() -> int:
        held.append(HeldPort())
        return held[-1].number

    yield hold
    for port in held:
        port.close()


@pytest.fixture
def collab() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `collab` to its end and returns what it said."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [str(COLLAB), *arguments],
            capture_output=True,
            text=True,
            timeout=START_WITHIN_S,
            check=False,
            **options,
        )

    return run
