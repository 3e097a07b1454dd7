"""Where a test has waited in vain, it says what each side was waiting for."""

import asyncio

from collab_kernel.client import connect
from collab_kernel.core.commands import Chat
from collab_kernel.server import Server

from .stuck import described

WITHIN_S = 20.0


async def test_what_nobody_has_answered_is_told_with_where_each_side_stands() -> None:
    async with (
        asyncio.timeout(WITHIN_S),
        Server(["memory://stuck:0"], renderer=None, multi_clients=True) as server,
        await connect(server.addresses[0], "Ada") as ada,
    ):
        await ada.chat("first")
        asked = ada.begin(Chat("second"))
        lines = "\n".join(await described([ada], [*server.addresses, "memory://nowhere:1"]))
        assert f"client {ada.id} over {server.addresses[0]}: connected True, lost None" in lines
        assert "are done with): {2: False}" in lines
        assert "it waits at _run:" in lines
        assert f"participant {ada.id}: connected True, request " in lines
        assert "the server over memory://nowhere:1: ConnectionLostError" in lines
        await asked
