"""One server, the wires that lead to it, and people on it who must notice nothing."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.core.messages import (
    Credit,
    Goodbye,
    Hello,
    ServerMessage,
    SnapshotSlice,
    Welcome,
)
from collab_kernel.errors import CollabError, ConnectionLostError
from collab_kernel.plugins import load
from collab_kernel.server import Role, TokenFile
from collab_kernel.spi import Channel
from collab_kernel.wire.packets import client_packet, server_messages

WIRES = ("zmq", "grpc", "websocket")
HELLO_WITHIN_S = 10.0
"""The deadline that the server gives to whoever has not been let in."""

SOON_S = 20.0
CREDIT_EVERY = 20
"""Packets, none of them very large."""

GROWTH_BYTES = 30 * 1024 * 1024
"""What a server may take more after an attack than before: allocators keep some."""

PLUGINS = load()


class Outcomes:
    """What was sent, on which wire, what came of it, and how often."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, sent: str, wire: str, outcome: str, times: int = 1) -> None:
        self._counts[sent, wire, outcome] += times

    def __str__(self) -> str:
        rows = [
            (sent, wire, str(count), outcome)
            for (sent, wire, outcome), count in sorted(self._counts.items())
        ]
        rows.insert(0, ("INPUT", "WIRE", "COUNT", "OUTCOME"))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [
            "  ".join([*(t.ljust(w) for t, w in zip(row, widths, strict=False)), row[3]])
            for row in rows
        ]
        return "\n".join(lines)


class Peer:
    """A connection that says whatever it is told to, read message by message."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._read: list[ServerMessage] = []
        self.participant = 0
        self.packets = 0

    async def send(self, *packets: bytes) -> None:
        for packet in packets:
            await self.channel.send(packet)

    async def message(self, within_s: float = SOON_S) -> ServerMessage | None:
        """The next message; None at the end."""
        async with asyncio.timeout(within_s):
            while not self._read:
                packet = await self.channel.receive()
                if packet is None:
                    return None
                self._read = list(server_messages(packet))
                self.packets += 1
                if self.packets % CREDIT_EVERY == 0:
                    with suppress(ConnectionLostError):  # there may still be something to read
                        await self.send(client_packet(Credit(self.packets)))
        return self._read.pop(0)

    async def until(self, kind: type) -> Any:
        """The next message of a kind. Raises the reason for a goodbye that comes first."""
        while not isinstance(message := await self.message(), kind):
            if isinstance(message, Goodbye):
                raise message.error
            assert message is not None, f"the end came before {kind.__name__}"
        return message

    async def farewell(self, within_s: float = SOON_S) -> CollabError:
        """The reason that the server gives before the end, which comes next."""
        while not isinstance(message := await self.message(within_s), Goodbye):
            assert message is not None, "the end came without a reason"
        while (more := await self.message()) is not None:
            assert not isinstance(more, Goodbye)
        return message.error

    async def join(self, hello: Hello | None = None) -> Peer:
        """Take part, and read the snapshot."""
        await self.send(client_packet(hello or Hello(name="Eve")))
        self.participant = (await self.until(Welcome)).participant
        while not (await self.until(SnapshotSlice)).last:
            pass
        return self

    async def close(self) -> None:
        await self.channel.close()


class Witness:
    """Somebody who works all the while: `ada` changes the pipeline, `bob` sees it."""

    def __init__(self, ada: Session, bob: Session) -> None:
        self.ada, self.bob = ada, bob
        self.trips = 0
        self.slowest_s = 0.0
        self.authors: set[int] = set()
        """Of every event meanwhile."""
        self._events = ada.events()
        self._numbers = itertools.count(1)

    async def work(self) -> None:
        """Change something, until cancelled; each change is seen on another wire."""
        sphere = await self.ada.create("sources", "SphereSource")
        while True:
            began_s = time.monotonic()
            radius = float(next(self._numbers))
            revision = await sphere.set(Radius=radius)
            await self.bob.reached(revision)
            self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
            assert self.bob.proxy_of(sphere.id)["Radius"] == radius
            self.trips += 1
            await asyncio.sleep(0.01)

    async def watch(self) -> None:
        """Note who changes anything, until cancelled."""
        async for event in self._events:
            self.authors.add(event.author)

    async def agrees(self) -> None:
        """Both mirrors, and the one of a newcomer, have the same digest at one revision."""
        async with asyncio.timeout(SOON_S), await connect(self.bob.url, "Newcomer") as newcomer:
            newest = max(newcomer.revision, self.ada.revision)
            mirrors = (self.ada, self.bob, newcomer)
            for mirror in mirrors:
                await mirror.reached(newest)
            assert len({m.digest() for m in mirrors if m.revision == newest}) <= 1
            await self.ada.catch_up()
            await asyncio.gather(*(m.reached(self.ada.revision) for m in mirrors))
            assert len({(m.revision, m.digest()) for m in mirrors}) == 1
        assert (self.ada.lost, self.bob.lost) == (None, None)


class Stage:
    """The server, and what happened there."""

    def __init__(self, server: Any, tokens: TokenFile, outcomes: Outcomes) -> None:
        self.server = server
        self.tokens = tokens
        self.outcomes = outcomes
        self.owner = tokens.new(Role.OWNER)
        self.urls = dict(zip(WIRES, server.urls, strict=True))

    def port(self, wire: str) -> int:
        return int(self.urls[wire].rpartition(":")[2])

    async def dial(self, wire: str) -> Peer:
        """A connection that has said nothing yet."""
        transport = PLUGINS.transport(wire).create()
        return Peer(await transport.connect(self.urls[wire], None))

    async def join(self, wire: str, name: str) -> Session:
        """Take part, as soon as the wire lets anybody in: gRPC has a bound of its own."""
        async with asyncio.timeout(2 * SOON_S):
            while True:
                with suppress(ConnectionLostError):
                    return await connect(self.urls[wire], name)

    # -- what the server says, has and takes -----------------------------------------------

    def mark(self) -> int:
        """Where the log stands."""
        return len(self.server.errors.lines)

    def said(self, text: str, since: int) -> list[str]:
        """The lines of the log with `text`, from `since` on."""
        return [line for line in self.server.errors.lines[since:] if text in line]

    async def logs(self, text: str, since: int, times: int = 1) -> str:
        """The line with `text`, the last of so many, once it is there."""
        errors, line = self.server.errors, ""
        for _ in range(times):
            found = await asyncio.to_thread(errors.wait_for, text, since, SOON_S)
            assert found is not None, f"no {text!r} among {errors.lines[since:]}"
            line = str(found)
            since = errors.lines.index(line, since) + 1
        return line

    @property
    def memory_bytes(self) -> int:
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    @property
    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.server.pid}/fd").iterdir()))

    async def files_return(self, most: int) -> None:
        """Return when the server has at most this many files open: nothing tells when."""
        async with asyncio.timeout(SOON_S):
            while self.open_files > most:
                await asyncio.sleep(0.05)

    async def memory_returns(self, before_bytes: int) -> None:
        """Return when the server takes little more than before: nothing tells when."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON_S):
                while self.memory_bytes > before_bytes + GROWTH_BYTES:
                    await asyncio.sleep(0.05)
        grown = self.memory_bytes - before_bytes
        assert grown < GROWTH_BYTES, f"the server takes {grown >> 20} MiB more than before"

    # -- others ----------------------------------------------------------------------------

    @asynccontextmanager
    async def witness(self, *attacked: str, session: str = "") -> AsyncIterator[Witness]:
        """Two people on (where it can be) other wires, at work until the block ends.

        At the end they have not been held up, nothing was lost, and all agree.
        """
        others = [wire for wire in WIRES if wire not in attacked] or list(WIRES)
        ada_at, bob_at = (self.urls[others[0]], self.urls[others[-1]])
        memory_bytes, since = self.memory_bytes, self.mark()
        async with (
            await connect(ada_at, "Ada", session, self.owner) as ada,
            await connect(bob_at, "Bob", session) as bob,
        ):
            await ada.reached(bob.revision)
            witness = Witness(ada, bob)
            if not ada.me.is_master:
                await ada.promote(ada.id)
            working = asyncio.create_task(witness.work())
            watching = asyncio.create_task(witness.watch())
            try:
                yield witness
                trips = witness.trips
                async with asyncio.timeout(SOON_S):
                    while witness.trips < trips + 3:
                        await asyncio.wait([working], timeout=0.01)
                        if working.done():
                            working.result()
            finally:
                working.cancel()
                watching.cancel()
                await asyncio.gather(working, watching, return_exceptions=True)
            if not session:
                await witness.agrees()
        assert witness.slowest_s < 5.0, f"a change took {witness.slowest_s:.1f} s"
        await self.memory_returns(memory_bytes)
        assert not [line for line in self.server.errors.lines[since:] if "INFO" not in line]


@asynccontextmanager
async def refusal(stage: Stage) -> AsyncIterator[None]:
    """What happens in here is a line in the log, with a reason, and no more."""
    since = stage.mark()
    yield
    await stage.logs("collab.audit: refused", since)
    found = stage.said("collab.audit: refused", since)
    assert len(found) == 1, found


async def gone(reader: asyncio.StreamReader, within_s: float) -> float:
    """Seconds until the server has hung up."""
    began_s = time.monotonic()
    try:
        async with asyncio.timeout(within_s):
            while await reader.read(1 << 16):
                pass
    except ConnectionError:
        pass
    except TimeoutError:
        pytest.fail(f"still connected after {within_s:g} s")
    return time.monotonic() - began_s
