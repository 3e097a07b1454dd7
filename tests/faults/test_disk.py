"""The disk is full while people work: what can't last is refused, the rest can be read, and nothing
that was acknowledged is missing; when there is room it goes on."""

import asyncio
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import connect
from collab_kernel.errors import StoreError

Serve = Callable[..., Any]

WITHIN_S = 60.0
ROOM_BYTES, NO_ROOM_BYTES = 1_000_000, 1
"""What any file of the server may take until the disk is full; and from then on, since a store may
make room by tidying up."""


async def test_a_full_disk_costs_what_can_not_last_and_nothing_else(
    serve: Serve, tmp_path: Path
) -> None:
    arguments = ("--store", f"sqlite:{tmp_path / 'work.collab'}", "--multi-clients")
    server = serve("--renderer", "none", *arguments)
    async with asyncio.timeout(WITHIN_S):
        ada, bob = await connect(server.url, "Ada"), await connect(server.url, "Bob")
        _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, most))
        said: list[str] = []

        async def talk() -> None:
            while True:
                text = f"{len(said)} {'x' * 8_000}"
                await ada.chat(text)
                said.append(text)

        with pytest.raises(StoreError, match="nothing is written until"):
            await talk()
        assert said
        await bob.reached(ada.revision)
        assert (ada.revision, ada.digest()) == (bob.revision, bob.digest())
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (NO_ROOM_BYTES, most))
        for _ in range(3):
            with pytest.raises(StoreError):
                await bob.chat("x" * 8_000)
        with pytest.raises(StoreError):
            await connect(server.url, "Cyd", reconnect_s=0.0)
        assert (await ada.read_log()).entries  # it can be asked
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, most))
        await bob.chat("there is room")
        said.append("there is room")
        await ada.reached(bob.revision)
        await ada.close()
        await bob.close()
    _, errors = await asyncio.to_thread(server.stop, signal.SIGKILL)
    assert errors.count("nothing is written until") == 1  # said once, not for every attempt
    again = serve("--renderer", "none", *arguments)
    async with asyncio.timeout(WITHIN_S), await connect(again.url, "Dan") as dan:
        assert [row.text for row in dan.chat_history] == said[-500:]
