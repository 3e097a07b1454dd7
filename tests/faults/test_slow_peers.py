"""One participant stands still, is slow, or floods: nobody else waits for it, and the server's
memory stays bounded.

The others' latency is measured in turns, with the troublemaker at peace and at its worst, in one
run on one server; what counts is the ratio. More turns make it sharper, and -s prints it:

    COLLAB_TURNS=30 pytest tests/faults/test_slow_peers.py -s
"""

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Metric, Proxy, Session, Skipped, connect
from collab_kernel.core.outbox import BEHIND_BYTES

from .line import Line
from .peers import member

Serve = Callable[..., Any]
Change = Callable[[], Awaitable[None]]

WIRES = ("zmq", "grpc", "websocket")
WITHIN_S = 60.0
TURNS = int(os.environ.get("COLLAB_TURNS", "5"))
CHANGES = 200
"""Measured in each half of a turn."""

MOST = 1.5
"""Of the ratio. What it is on a quiet machine: docs/reliability.md; here others work, too."""

SLOW_BYTES_PER_S = 64_000
GROWTH_BYTES = 4 * BEHIND_BYTES
"""What the server may take more; what one participant leaves waiting is far more than that."""


@pytest.fixture
def server(serve: Serve) -> Any:
    places = [o for wire in WIRES for o in ("--transport", f"{wire}://127.0.0.1:0")]
    return serve("--multi-clients", "--renderer", "none", *places)


class Pair:
    """Two who work: what one changes the other sees."""

    def __init__(self, ada: Session, bob: Session, sphere: Proxy) -> None:
        self.ada, self.bob, self.sphere = ada, bob, sphere
        self._radius = 1.0

    async def change_s(self) -> float:
        """How long it takes until a change is seen."""
        self._radius += 1.0
        began_s = time.perf_counter()
        await self.bob.reached(await self.sphere.set(Radius=self._radius))
        return time.perf_counter() - began_s

    async def latency_s(self) -> float:
        """The median of some changes."""
        async with asyncio.timeout(WITHIN_S):
            return statistics.median([await self.change_s() for _ in range(CHANGES)])


@asynccontextmanager
async def pair(server: Any) -> AsyncIterator[Pair]:
    """Ada steers; both are on the same wire."""
    url = server.urls[WIRES.index("websocket")]
    async with await connect(url, "Ada") as ada, await connect(url, "Bob") as bob:
        yield Pair(ada, bob, await ada.create("sources", "SphereSource"))


async def ratio(working: Pair, worst: Change, peace: Change) -> float:
    """The latency with the troublemaker at its worst, of that with it at peace: the median over
    the turns."""
    await working.latency_s()  # everything is warm then
    found = []
    for turn in range(TURNS):
        halves = {}
        for trouble in (True, False) if turn % 2 else (False, True):
            await (worst if trouble else peace)()
            halves[trouble] = await working.latency_s()
        found.append(halves[True] / halves[False])
    await peace()
    return statistics.median(found)


def memory_bytes(server: Any) -> int:
    status = Path(f"/proc/{server.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


async def count(session: Session, name: str) -> float:
    """One of the server's counters, of all sessions."""
    metrics: tuple[Metric, ...] = (await session.server_status()).metrics
    return sum(s.value for m in metrics if m.name == name for s in m.samples)


# -- latency ---------------------------------------------------------------------------------


@pytest.mark.alone
@pytest.mark.parametrize("wire", WIRES)
async def test_one_that_stands_still_delays_nobody(server: Any, wire: str) -> None:
    url = server.urls[WIRES.index(wire)]
    async with pair(server) as working, member(url, "Frozen") as frozen:

        async def worst() -> None:
            frozen.freeze()

        async def peace() -> None:
            frozen.thaw()

        found = await ratio(working, worst, peace)
    print(f"\nstopped, over {wire}: {found:.2f} of the latency otherwise")
    assert found < MOST


@pytest.mark.alone
@pytest.mark.parametrize("wire", WIRES)
async def test_one_with_a_slow_line_delays_nobody(server: Any, wire: str) -> None:
    url = server.urls[WIRES.index(wire)]
    async with AsyncExitStack() as stack:
        working = await stack.enter_async_context(pair(server))
        line = await stack.enter_async_context(Line(int(url.rpartition(":")[2])))
        await stack.enter_async_context(member(line.url(url), "Slow"))

        async def worst() -> None:
            line.down.bytes_per_s = SLOW_BYTES_PER_S

        async def peace() -> None:
            line.down.bytes_per_s = None

        found = await ratio(working, worst, peace)
    print(f"\nat 64 kB/s, over {wire}: {found:.2f} of the latency otherwise")
    assert found < MOST


@pytest.mark.alone
@pytest.mark.parametrize("flood", ["commands", "presence", "questions"])
async def test_one_that_floods_delays_nobody(server: Any, flood: str) -> None:
    """It says more than it may in a turn, all the time; the server reads it as slowly as that is
    dealt with. It is no faster than its machine's other half allows: what it takes there is
    measured at peace too."""
    async with pair(server) as working, member(server.url, "Flood", flood) as flooding:

        async def worst() -> None:
            flooding.begin()

        async def peace() -> None:
            flooding.rest()

        found = await ratio(working, worst, peace)
    print(f"\nflooding with {flood}: {found:.2f} of the latency otherwise")
    assert found < MOST


# -- memory ----------------------------------------------------------------------------------


async def _chat(ada: Session, total_bytes: int) -> None:
    """So much for everybody to hear, as fast as it goes."""
    text = "\N{VOLCANO}" * 8_192  # 32 KiB
    for _ in range(total_bytes // (20 * 32 * 1024)):
        await asyncio.gather(*(ada.chat(text) for _ in range(20)))


async def test_what_waits_for_those_who_stand_still_is_bounded(server: Any) -> None:
    """One on each wire; what they would have to hear is many times what may wait."""
    async with AsyncExitStack() as stack:
        working = await stack.enter_async_context(pair(server))
        frozen = [
            await stack.enter_async_context(member(url, f"Frozen {n}"))
            for n, url in enumerate(server.urls)
        ]
        await _chat(working.ada, 4 * BEHIND_BYTES)  # the chat itself is kept, so far
        before = memory_bytes(server)
        for each in frozen:
            each.freeze()
        await _chat(working.ada, 12 * BEHIND_BYTES)
        assert memory_bytes(server) - before < len(frozen) * GROWTH_BYTES / 2
        assert await count(working.ada, "collab_resynced_total") >= len(frozen)
        assert await count(working.ada, "collab_let_go_total") >= 1
        assert await working.change_s() < WITHIN_S


async def test_one_that_has_fallen_behind_is_sent_the_state_and_goes_on(server: Any) -> None:
    """It keeps its connection and its place, and knows that it has missed events."""
    url = server.urls[WIRES.index("websocket")]
    async with AsyncExitStack() as stack:
        working = await stack.enter_async_context(pair(server))
        line = await stack.enter_async_context(Line(int(url.rpartition(":")[2])))
        slow = await stack.enter_async_context(await connect(line.url(url), "Slow"))
        notices = slow.notices()
        line.down.bytes_per_s = SLOW_BYTES_PER_S
        asked = asyncio.create_task(slow.rename("Slow but sure"))
        while not await count(working.ada, "collab_resynced_total"):
            await _chat(working.ada, BEHIND_BYTES)
        line.down.bytes_per_s = None
        await working.ada.catch_up()
        async with asyncio.timeout(WITHIN_S):
            while not isinstance(await anext(notices), Skipped):
                pass
            await asked
            await slow.reached(working.ada.revision)
            await working.ada.reached(slow.revision)
        assert slow.digest() == working.ada.digest()
        assert slow.me.name == "Slow but sure"
        assert line.connections == 1
