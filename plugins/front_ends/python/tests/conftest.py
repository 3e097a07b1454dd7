"""Servers beside the script, and other participants on them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from collab.client import client
from collab.worker import Worker
from collab_kernel.client import Session, connect
from collab_kernel.desk import Desk
from collab_kernel.server import Server

T = TypeVar("T")

SOON_S = 20.0


class Served:
    """A server in a thread of its own, as far away as another process."""

    def __init__(self, **options: Any) -> None:
        self._worker = Worker()
        options.setdefault("renderer", None)
        options.setdefault("multi_clients", True)
        self._server = Server(["zmq://127.0.0.1:0"], **options)
        self._peers: list[Session] = []
        self.run(self._server.__aenter__())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._worker.run(work)

    @property
    def url(self) -> str:
        return self._server.addresses[0]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def state(self) -> Any:
        return self._server.state()

    def peer(self, name: str) -> Peer:
        """Another participant."""
        session = self.run(connect(self.url, name))
        self._peers.append(session)
        return Peer(self, session)

    def close(self) -> None:
        for session in self._peers:
            self.run(session.close())
        self.run(self._server.__aexit__(None, None, None))
        self._worker.stop()


class Peer:
    """Another participant: what it does is done when a call returns."""

    def __init__(self, served: Served, session: Session) -> None:
        self.session = session
        self.run = served.run

    def named(self, group: str, name: str) -> Any:
        found = self.session.proxy(group, name)
        assert found is not None
        return found

    def break_off(self) -> None:
        """Be gone without a word."""
        channel = self.session._connection._link.channel
        self.run(channel.close())

    def reaches(self, revision: int) -> None:
        self.run(self.session.reached(revision))


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    """Each test is a process of its own, as far as connections go."""
    client.desk = Desk()
    yield
    client.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starts servers; they end with the test."""
    started: list[Served] = []

    def start(**options: Any) -> Served:
        started.append(Served(**options))
        return started[-1]

    yield start
    client.close()
    for served in started:
        served.close()


@pytest.fixture
def dial(serve: Callable[..., Served]) -> Iterator[Callable[..., None]]:
    """Starts a server that dials in at an address, without waiting for it."""
    threads: list[threading.Thread] = []

    def start(address: str, **options: Any) -> None:
        options["reverse"] = [address]
        threads.append(threading.Thread(target=serve, kwargs=options))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


@pytest.fixture
def builtin_without_renderer() -> None:
    """Lets built-in sessions execute nothing: they start at once."""
    client.desk = Desk(renderer=None)
