"""Messages that are well formed and mean no good, by whoever has been let in: on every wire at
once, as a slave and as the master, and each kind of answer is the one that is due.

COLLAB_FUZZ says how many a wire gets; a failing example is printed as the seeds of its packets.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collab_kernel.client import Delete, Session, connect
from collab_kernel.core.messages import Goodbye, Hello, Ping, Pong
from collab_kernel.errors import CollabError, RefusedError, RemoteProtocolError
from collab_kernel.wire.packets import client_packet

from .packets import fate, packet, shuts_out
from .stage import SOON_S, WIRES, Peer, Stage

T = TypeVar("T")

INPUTS = int(os.environ.get("COLLAB_FUZZ", "1500"))
"""For each wire."""

BATCH = 25
TIDY_EVERY = 10
"""Batches, after which the mirrors are compared and what was made is deleted."""


@dataclass
class Fuzzer:
    """One wire, in a session of its own: an owner and a mirror on others, and Eve."""

    stage: Stage
    wire: str
    owner: Session
    mirror: Session
    eve: Peer | None = None
    kept: frozenset[int] = frozenset()
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    serials: itertools.count[int] = field(default_factory=lambda: itertools.count(1 << 40))

    async def batch(self, seeds: list[int], master: bool) -> None:
        """Send a packet for each seed; those that end the connection come last."""
        await self._role(master)
        assert self.eve is not None
        known = (*self.owner.state.proxies, self.owner.id, self.eve.participant)
        packets = [packet(seed, self.eve.participant, known, self.numbers) for seed in seeds]
        packets = [data for data in packets if not shuts_out(data)]
        standing = [data for data in packets if fate(data) is None]
        await self._send(standing, "the master" if master else "a slave")
        for data in packets:
            if (end := fate(data)) is not None:
                await self._end(data, end)

    async def _role(self, master: bool) -> None:
        if self.eve is None:
            peer = await self.stage.dial(self.wire)
            self.eve = await peer.join(Hello(name="Eve", session=self.wire))
        await self.owner.catch_up()
        await self.owner.promote(self.eve.participant if master else self.owner.id)

    async def _send(self, packets: list[bytes], who: str) -> None:
        assert self.eve is not None
        serial = next(self.serials)
        sending = asyncio.create_task(self.eve.send(*packets, client_packet(Ping(serial))))
        while (message := await self.eve.message()) != Pong(serial):
            assert message is not None, "the end came, without a reason"
            assert not isinstance(message, Goodbye), message
        await sending
        sent = f"fuzzed packets of {who}"
        self.stage.outcomes.add(sent, self.wire, "carried out or refused", len(packets))

    async def _end(self, data: bytes, end: type[CollabError]) -> None:
        if self.eve is None:
            peer = await self.stage.dial(self.wire)
            self.eve = await peer.join(Hello(name="Eve", session=self.wire))
        eve, self.eve = self.eve, None
        await eve.send(data)
        if end is RemoteProtocolError:
            reason = await eve.farewell()
            assert type(reason) is RemoteProtocolError
            outcome = f"goodbye {reason.code}, logged"
        else:
            while await eve.message() is not None:
                pass
            outcome = "its own goodbye, connection ended"
        await eve.close()
        self.stage.outcomes.add("fuzzed packets that end a connection", self.wire, outcome)

    async def tidy(self) -> None:
        """The mirrors agree; what the master made goes away, as far as it lets go."""
        await self.owner.promote(self.owner.id)
        await self.agree()
        for id in sorted(set(self.owner.state.proxies) - self.kept, reverse=True):
            with suppress(RefusedError):
                await self.owner.edit(Delete(id))

    async def agree(self) -> None:
        async with asyncio.timeout(SOON_S):
            await self.owner.catch_up()
            await self.mirror.reached(self.owner.revision)
            while self.mirror.revision != self.owner.revision:
                await self.owner.reached(self.mirror.revision)
                await self.mirror.reached(self.owner.revision)
        assert self.mirror.digest() == self.owner.digest()


@asynccontextmanager
async def fuzzers(stage: Stage) -> AsyncIterator[list[Fuzzer]]:
    async with AsyncExitStack() as stack:
        found = []
        for n, wire in enumerate(WIRES):
            urls = [stage.urls[WIRES[(n + i) % 3]] for i in (1, 2)]
            owner = await stack.enter_async_context(
                await connect(urls[0], "Ada", wire, stage.owner)
            )
            mirror = await stack.enter_async_context(await connect(urls[1], "Bob", wire))
            with suppress(RefusedError):
                await owner.promote(owner.id)
            await owner.create("sources", "SphereSource")
            await owner.create("filters", "Contour", Input=owner.proxy("sources", "Sphere1"))
            found.append(Fuzzer(stage, wire, owner, mirror, kept=frozenset(owner.state.proxies)))
        yield found
        for fuzzer in found:
            await fuzzer.tidy()
            if fuzzer.eve is not None:
                await fuzzer.eve.close()


@pytest.fixture
def run(stage: Stage) -> Iterator[Callable[[Coroutine[Any, Any, T]], T]]:
    """Runs a coroutine on a loop that never pauses: whoever is silent while hypothesis thinks is
    taken for dead. What fails has the end of the server's log beside it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
        except Exception as error:
            error.add_note("\n".join(stage.server.errors.lines[-20:]))
            raise

    yield run
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.mark.timeout(0 if INPUTS > 5_000 else 120)
def test_hostile_messages_are_carried_out_or_refused_and_cost_nobody_else(
    stage: Stage, run: Callable[[Coroutine[Any, Any, Any]], Any]
) -> None:
    numbers = itertools.count(1)
    stack = AsyncExitStack()
    run(stack.enter_async_context(stage.witness(*WIRES)))
    wires = run(stack.enter_async_context(fuzzers(stage)))

    async def everywhere(seeds: list[int], master: bool) -> None:
        async with asyncio.TaskGroup() as tasks:
            for fuzzer in wires:
                tasks.create_task(fuzzer.batch(seeds, master))
        if next(numbers) % TIDY_EVERY == 0:
            for fuzzer in wires:
                await fuzzer.tidy()

    @settings(
        max_examples=max(1, INPUTS // BATCH),
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        st.lists(st.integers(0, 2**64 - 1), min_size=BATCH, max_size=BATCH, unique=True),
        st.booleans(),
    )
    def fuzz(seeds: list[int], master: bool) -> None:
        run(everywhere(seeds, master))

    try:
        fuzz()
    finally:
        run(stack.aclose())
