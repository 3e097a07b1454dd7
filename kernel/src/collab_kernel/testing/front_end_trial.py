"""A server in a thread of its own, and a front end's client in a process of its own."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from collab_kernel.client import Session, connect
from collab_kernel.errors import (
    AddressError,
    CollabError,
    PluginError,
    ProtocolError,
    TransportError,
)
from collab_kernel.plugins import load
from collab_kernel.server import Server
from collab_kernel.spi import ClientOptions, FrontEndSpec, ParticipantRow
from collab_kernel.testing.catalogue import definitions

T = TypeVar("T")

USAGE, REFUSED, CANNOT_CONNECT, PLUGIN = 2, 3, 4, 5
"""What the command line exits with for each sort of error."""

POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Ended:
    """How a client has ended."""

    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"exit code {self.code}, stdout {self.stdout!r:.80}, stderr {self.stderr!r:.300}"


def spec_of(module: str, name: str) -> FrontEndSpec:
    """The front end that an entry module offers. Raises AssertionError if there is none."""
    offered = importlib.import_module(module).collab_front_ends()
    found = [spec for spec in offered if name in ("", spec.name)]
    assert len(found) == 1, f"{module} offers {[s.name for s in offered]}: say which by `name`"
    spec: FrontEndSpec = found[0]
    return spec


class FrontEndTrial:
    """For the length of a `with` block: a session that clients join by its address.

    transport: where to listen; "" takes any installed transport that has ports.
    """

    def __init__(self, folder: Path, transport: str = "", multi_clients: bool = True) -> None:
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._guests: list[Session] = []
        if not transport:
            schemes = [spec.scheme for spec in load().transports() if spec.default_port]
            assert schemes, "no transport with ports is installed: name one by `transport`"
            transport = f"{schemes[-1]}://127.0.0.1:0"
        self._server = Server(
            [transport], renderer=None, catalogue=definitions(), multi_clients=multi_clients
        )

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._server.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for guest in self._guests:
            self._run(guest.close())
        self._run(self._server.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def address(self) -> str:
        return self._server.addresses[0]

    @property
    def people(self) -> list[ParticipantRow]:
        """Whom the session knows: here, or lost."""
        return [row for _, row in sorted(self._server.state().participants.items())]

    def join(self, name: str) -> None:
        """Let somebody else take part."""
        self._guests.append(self._run(connect(self.address, name)))

    def left(self, limit_s: float) -> None:
        """Wait until nobody is known any more. Raises AssertionError."""
        until_s = time.monotonic() + limit_s
        while self.people:
            assert time.monotonic() < until_s, f"{limit_s:g} s later the session has {self.people}"
            time.sleep(POLL_S)

    def script(self, text: str, name: str = "script.py") -> str:
        """Write a script; where it is."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


class Client:
    """A front end's client that runs in another process."""

    def __init__(self, module: str, name: str, options: ClientOptions, folder: Path) -> None:
        command = ["-m", "collab_kernel.testing.front_end_trial", module, name]
        self._process = subprocess.Popen(
            [sys.executable, *command, json.dumps(asdict(options))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def ended(self, limit_s: float) -> Ended:
        """How it has ended. Raises AssertionError, and ends it, when that takes too long."""
        try:
            out, err = self._process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
            raise AssertionError(
                f"it still runs after {limit_s:g} s; stderr {err!r:.300}"
            ) from None
        return Ended(self._process.returncode, out, err)

    @property
    def running(self) -> bool:
        return self._process.poll() is None


def start(module: str, name: str, options: dict[str, Any]) -> int:
    """Run a client as the command line does; its exit code."""
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    client = spec_of(module, name).client
    assert client is not None
    try:
        return client(ClientOptions(**given))
    except CollabError as error:
        print(f"collab: {error}", file=sys.stderr)
        match error:
            case AddressError():
                return USAGE
            case TransportError() | ProtocolError():
                return CANNOT_CONNECT
            case PluginError():
                return PLUGIN
            case _:
                return REFUSED


if __name__ == "__main__":
    sys.exit(start(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
