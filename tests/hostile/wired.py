"""A server in this process, at the end of a real wire, for inputs that come one by one."""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from collab_kernel.client import Session, connect
from collab_kernel.core.messages import Goodbye, Ping, Pong, Welcome
from collab_kernel.server import Locks, Role, Server, TokenFile
from collab_kernel.wire.packets import client_packet
from collab_kernel.wire.rows import digest

from .machine import SENDERS
from .packets import fate, shuts_out
from .stage import PLUGINS, SOON_S, Peer

RENEW_EVERY = 1_000
"""Inputs, after which another server takes over: what the inputs make stays."""

CHECK_EVERY = 50


class Failures(logging.Handler):
    """What a server logs as an error is one of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


class Wired:
    """Each input comes from a newcomer, while Ada is there, whose wire is another."""

    def __init__(self, wire: str) -> None:
        self._wire = wire
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._numbers = itertools.count()
        self._failures = Failures()
        logging.getLogger().addHandler(self._failures)
        self._runner.run(self._start())

    def take(self, data: bytes) -> None:
        """Take in one input, as `Machine.take` does, but for those that would shut out Ada.

        Raises AssertionError.
        """
        if shuts_out(data[1:]):
            return
        number = next(self._numbers)
        if number and number % RENEW_EVERY == 0:
            self._runner.run(self._stack.aclose())
            self._runner.run(self._start())
        self._runner.run(self._take(data))
        if number % CHECK_EVERY == 0:
            self._runner.run(self._agree())
        assert not self._failures.found, self._failures.found[0]

    def close(self) -> None:
        self._runner.run(self._agree())
        self._runner.run(self._stack.aclose())
        self._runner.close()
        logging.getLogger().removeHandler(self._failures)

    async def _start(self) -> None:
        folder = self._stack.enter_context(TemporaryDirectory())
        tokens = TokenFile(Path(folder, "tokens.toml"))
        owner = tokens.new(Role.OWNER)
        server = Server(
            [f"{self._wire}://127.0.0.1:0", "memory://wired"],
            renderer=None,
            multi_clients=True,
            max_clients=1000,
            locks=Locks(token_file=tokens.path),
            plugins=PLUGINS,
        )
        self._server = await self._stack.enter_async_context(server)
        ada = await connect("memory://wired", "Ada", token=owner, plugins=PLUGINS)
        self._ada: Session = await self._stack.enter_async_context(ada)
        await self._ada.create("sources", "SphereSource")

    async def _take(self, data: bytes) -> None:
        sender = SENDERS[data[0] % len(SENDERS)] if data else SENDERS[0]
        transport = PLUGINS.transport(self._wire).create()
        peer = Peer(await transport.connect(self._server.addresses[0], None))
        try:
            async with asyncio.timeout(SOON_S):
                if sender == "a stranger":
                    await self._stranger(peer, data[1:])
                else:
                    await self._member(peer, data[1:], sender == "the master")
        finally:
            await peer.close()

    async def _stranger(self, peer: Peer, packet: bytes) -> None:
        """Is let in, or told why not."""
        await peer.send(packet)
        while not isinstance(message := await peer.message(), Goodbye | Welcome):
            assert message is not None, "the end came without a reason"

    async def _member(self, peer: Peer, packet: bytes, master: bool) -> None:
        """Goes on, unless the packet ends the connection."""
        await peer.join()
        await self._ada.reached(self._server.state().revision)
        await self._ada.promote(peer.participant if master else self._ada.id)
        await peer.send(packet)
        if fate(packet) is None:
            await peer.send(client_packet(Ping(1 << 40)))
            while (message := await peer.message()) != Pong(1 << 40):
                assert message is not None, "the end came, without a reason"
                assert not isinstance(message, Goodbye), message
        else:
            while await peer.message() is not None:
                pass

    async def _agree(self) -> None:
        """Who has been there all the while sees what there is."""
        async with asyncio.timeout(SOON_S):
            await self._ada.catch_up()
            while self._ada.revision != self._server.state().revision:
                await self._ada.reached(self._server.state().revision)
        assert self._ada.lost is None
        assert self._ada.digest() == digest(self._server.state())
