"""One client at several servers: which connections a process holds, and which is active.

Without `multi_servers` a desk holds one connection. The built-in session, a private server in
this process, is made on first use and counts for nothing: the first server replaces it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from collab_kernel.client import RECONNECT_S, Session, connect, wait_for_server
from collab_kernel.core.definitions import Catalogue
from collab_kernel.errors import MultiServerError, UnknownPluginError
from collab_kernel.plugins import Plugins, load
from collab_kernel.server import DEFAULT_CATALOGUE, Locks, Server

BUILTIN_URL = "builtin:"

_builtin_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False, slots=True)
class ServerConnection:
    """A session that this client takes part in. url: as given; "builtin:" is in this process."""

    number: int
    url: str
    session: Session
    _resources: contextlib.AsyncExitStack = field(repr=False)

    @property
    def builtin(self) -> bool:
        return self.url == BUILTIN_URL

    @property
    def lost(self) -> bool:
        """Whether it has ended."""
        return self.session.lost is not None


class Desk:
    """The connections of one client process.

    multi_servers: allow any number at once; may be switched on at any time.
    name: what others see, unless a connection is made under another one.
    renderer: of built-in sessions; None executes no pipeline.
    """

    def __init__(
        self,
        multi_servers: bool = False,
        *,
        name: str = "",
        renderer: str | None = DEFAULT_CATALOGUE,
        plugins: Plugins | None = None,
    ) -> None:
        self.multi_servers = multi_servers
        self.name = name
        self._renderer = renderer
        self._plugins = plugins
        self._connections: list[ServerConnection] = []
        self._active: ServerConnection | None = None
        self._numbers = itertools.count(1)
        self._turn = asyncio.Lock()

    @property
    def connections(self) -> tuple[ServerConnection, ...]:
        """All that are open, oldest first."""
        return tuple(self._connections)

    @property
    def active(self) -> ServerConnection | None:
        """The one that is worked with; None before the first use."""
        return self._active

    def activate(self, connection: ServerConnection) -> None:
        """Work with `connection`. Raises MultiServerError if it is not open any more."""
        self._check_open(connection)
        self._active = connection

    async def use(self) -> ServerConnection:
        """The active connection, or a new built-in session.

        Raises UnknownPluginError or RendererError where no built-in session can be made.
        """
        async with self._turn:
            if self._active is None:
                self._add(await self._open(None, self.name))
            assert self._active is not None
            return self._active

    async def connect(
        self,
        url: str | None = None,
        *,
        name: str | None = None,
        session: str = "",
        token: str | None = None,
        tls: str | None = None,
        connect_id: str = "",
        reconnect_s: float = RECONNECT_S,
    ) -> ServerConnection:
        """Take part in a session of the server at `url`, or (None) in a new built-in one, and
        make it active.

        reconnect_s: for how long it is tried to come back when the connection breaks. Raises
        MultiServerError if this client may hold one server and has it, and all that
        `collab_kernel.client.connect` raises; then everything is as before.
        """
        name = self.name if name is None else name
        return await self._replace(
            lambda: self._open(url, name, session, token, tls, connect_id, reconnect_s)
        )

    async def wait(
        self,
        url: str,
        *,
        session: str = "",
        token: str | None = None,
        locks: Locks | None = None,
        connect_id: str = "",
        listening: Callable[[str], None] = lambda address: None,
        reconnect_s: float = RECONNECT_S,
    ) -> ServerConnection:
        """Take part in a session of the server that dials in at `url`, and make it active.

        listening: called with the real address.  reconnect_s: as of `connect`. Raises as that
        does.
        """

        async def joined() -> ServerConnection:
            found = await wait_for_server(
                url,
                self.name,
                session,
                token,
                locks=locks,
                connect_id=connect_id,
                plugins=self._plugins,
                listening=listening,
                reconnect_s=reconnect_s,
            )
            stack = contextlib.AsyncExitStack()
            stack.push_async_callback(found.close)
            return ServerConnection(next(self._numbers), url, found, stack)

        return await self._replace(joined)

    async def _replace(self, opened: Callable[[], Awaitable[ServerConnection]]) -> ServerConnection:
        """Open one more connection, instead of the one there is unless several are allowed."""
        async with self._turn:
            gone = [] if self.multi_servers else list(self._connections)
            held = [c for c in gone if not c.builtin and not c.lost]
            if held:
                raise MultiServerError(
                    f"this client is connected to {held[0].url}: disconnect first, or allow "
                    "several servers at once with --multi-servers (in a script: "
                    "enableMultiServer())"
                )
            self._add(await opened())
            for connection in gone:
                await self._close(connection)
            assert self._active is not None
            return self._active

    async def disconnect(self, connection: ServerConnection | None = None) -> None:
        """Close `connection` (the active one); the newest that remains becomes active.

        Does nothing when there is none. Raises MultiServerError if it is not open any more.
        """
        async with self._turn:
            connection = connection or self._active
            if connection is not None:
                self._check_open(connection)
                await self._close(connection)

    async def close(self) -> None:
        """Close every connection, and what was started for it."""
        async with self._turn:
            while self._connections:
                await self._close(self._connections[-1])

    # -- one connection --------------------------------------------------------------------

    async def _open(
        self,
        url: str | None,
        name: str,
        session: str = "",
        token: str | None = None,
        tls: str | None = None,
        connect_id: str = "",
        reconnect_s: float = 0.0,
    ) -> ServerConnection:
        async with contextlib.AsyncExitStack() as stack:
            address = url
            if address is None:  # what is in this process breaks with it
                address, reconnect_s = await stack.enter_async_context(self._builtin()), 0.0
            joined = await connect(
                address,
                name,
                session,
                token,
                tls,
                connect_id=connect_id,
                reconnect_s=reconnect_s,
                plugins=self._plugins,
            )
            stack.push_async_callback(joined.close)
            return ServerConnection(
                next(self._numbers), url or BUILTIN_URL, joined, stack.pop_all()
            )

    @contextlib.asynccontextmanager
    async def _builtin(self) -> AsyncIterator[str]:
        """The address of a private server that nobody else in this process listens on."""
        address = f"memory://builtin-{next(_builtin_numbers)}"
        # Nobody but this process takes part: it may do there what it may do anyway.
        server = Server(
            [address],
            renderer=self._renderer,
            plugins=self._plugins,
            allow_write=["/"],
            allow_code=True,
            confined=False,
        )
        async with server:
            yield server.addresses[0]

    def _add(self, connection: ServerConnection) -> None:
        self._connections.append(connection)
        self._active = connection

    async def _close(self, connection: ServerConnection) -> None:
        self._connections.remove(connection)
        if self._active is connection:
            self._active = self._connections[-1] if self._connections else None
        await connection._resources.aclose()

    def _check_open(self, connection: ServerConnection) -> None:
        if connection not in self._connections:
            raise MultiServerError(
                f"the connection to {connection.url} was closed"
                + ("" if self.multi_servers else ": without --multi-servers there is one at a time")
            )


def builtin_catalogue(plugins: Plugins | None = None) -> Catalogue:
    """What a built-in session offers, without starting one; nothing where no renderer is
    installed. Raises RendererError."""
    try:
        return (plugins or load()).renderer(DEFAULT_CATALOGUE).definitions()
    except UnknownPluginError:
        return Catalogue("", ())
