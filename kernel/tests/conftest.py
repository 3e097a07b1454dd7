"""A server on the in-memory wire, and the people who come to it through the public client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self

import pytest

from collab_kernel.client import Role, Session, connect
from collab_kernel.server import Locks, Server, TokenFile
from collab_kernel.testing.catalogue import definitions

WITHIN_S = 20.0

Meet = Callable[..., Awaitable["Company"]]


class Company:
    """A server, and whoever came to it. tokens: of a server that wants them."""

    def __init__(self, server: Server, tokens: TokenFile | None = None) -> None:
        self.server = server
        self.tokens = tokens
        self.sessions: list[Session] = []

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self.sessions:
            await session.close()
        await self.server.__aexit__(None, None, None)

    async def join(self, name: str, role: Role = Role.COLLABORATOR, **options: Any) -> Session:
        """Let somebody in."""
        token = self.tokens.new(role) if self.tokens else None
        session = await connect(self.server.addresses[0], name, token=token, **options)
        self.sessions.append(session)
        return session

    async def agree(self) -> None:
        """Return when everybody who is here knows all that happened, and it is the same."""
        newest = self.server.state().revision
        here = [session for session in self.sessions if session.lost is None]
        async with asyncio.timeout(WITHIN_S):
            for session in here:
                await session.reached(newest)
        assert len({session.digest() for session in here}) == 1


async def until_shown(session: Session, holds: Callable[[], object]) -> None:
    """Return when what others show is as it should be."""
    news = session.presence()
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            await anext(news)


@pytest.fixture
async def meet(tmp_path: Path) -> AsyncIterator[Meet]:
    """Starts a server, without a renderer unless told otherwise, and lets people in by name.

    roles: whether they need tokens, and so may have one.
    """
    async with contextlib.AsyncExitStack() as stack:

        async def start(*names: str, roles: bool = False, **options: Any) -> Company:
            chosen: dict[str, Any] = {"multi_clients": True}
            if options.get("renderer") is None:
                chosen |= {"renderer": None, "catalogue": definitions()}
            tokens = None
            if roles:
                tokens = TokenFile(tmp_path / "tokens.toml")
                tokens.new()
                chosen["locks"] = Locks(token_file=tokens.path, require_token=True)
            server = Server(["memory://company:0"], **chosen | options)
            company = await stack.enter_async_context(Company(server, tokens))
            for name in names:
                await company.join(name)
            return company

        yield start
