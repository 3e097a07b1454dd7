"""What this process is to its servers: one worker, one desk, one `Connection` for each."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from collab import notices
from collab.connection import Connection
from collab.worker import Worker
from collab_kernel.client import RECONNECT_S
from collab_kernel.desk import Desk, ServerConnection
from collab_kernel.errors import CollabError, MultiServerError
from collab_kernel.server import Locks


class Client:
    """The connections of this process, for synchronous code."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.desk = Desk()
        self._connections: dict[ServerConnection, Connection] = {}
        self._watching: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> list[Connection]:
        """All that are open, oldest first."""
        return [self._of(c) for c in self.desk.connections]

    @property
    def current(self) -> Connection | None:
        """The active connection; None before the first use."""
        return self._of(self.desk.active) if self.desk.active else None

    def chosen(self) -> Connection:
        """The active connection, also if it is lost; on first use, that to a new built-in
        session."""
        return self.current or self._of(self.worker.run(self._pinned(self.desk.use())))

    def active(self) -> Connection:
        """The active connection, which stands. Raises ConnectionLostError."""
        connection = self.chosen()
        connection.check_stands()
        return connection

    def connect(
        self,
        url: str | None,
        name: str | None = None,
        session: str = "",
        token: str | None = None,
        tls: str | None = None,
        connect_id: str = "",
        reconnect_s: float = RECONNECT_S,
    ) -> Connection:
        """Take part in a session at `url`, or in a new built-in one. Raises as `Desk.connect`."""
        joining = self.desk.connect(
            url,
            name=name,
            session=session,
            token=token,
            tls=tls,
            connect_id=connect_id,
            reconnect_s=reconnect_s,
        )
        return self._of(self.worker.run(self._pinned(joining)))

    def wait(
        self,
        url: str,
        session: str = "",
        token: str | None = None,
        locks: Locks | None = None,
        connect_id: str = "",
        listening: Callable[[str], None] = lambda address: None,
    ) -> Connection:
        """Take part in a session of the server that dials in at `url`. Raises as `Desk.wait`."""
        joining = self.desk.wait(
            url,
            session=session,
            token=token,
            locks=locks,
            connect_id=connect_id,
            listening=listening,
        )
        return self._of(self.worker.run(self._pinned(joining)))

    def activate(self, connection: Connection) -> None:
        """Work with `connection`. Raises MultiServerError if it is not open any more."""
        if connection not in self.connections:
            several = self.desk.multi_servers
            why = "" if several else ": without --multi-servers there is one at a time"
            raise MultiServerError(f"the connection to {connection.title} was closed{why}")
        self.worker.call(lambda: self.desk.activate(connection.server))

    def disconnect(self) -> None:
        """Close the active connection; the newest that remains becomes active."""
        self.worker.run(self.desk.disconnect())

    def close(self) -> None:
        """Leave every session and end what was started for them; then begin anew."""
        if self.worker.running:
            with contextlib.suppress(CollabError):  # the other side may be gone already
                self.worker.run(self.desk.close())
            self.worker.stop()
        self.desk = Desk()

    async def _pinned(self, joining: Coroutine[Any, Any, ServerConnection]) -> ServerConnection:
        """What `joining` leads to; the script sees the session as it is then."""
        server = await joining
        server.session.hold()
        watching = asyncio.create_task(notices.watch(server))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        return server

    def _of(self, server: ServerConnection) -> Connection:
        open = self.desk.connections
        self._connections = {s: c for s, c in self._connections.items() if s in open}
        if server not in self._connections:
            self._connections[server] = Connection(server, self.worker)
        return self._connections[server]


client = Client()
"""The one of this process: the names of `collab.simple` are functions without an object."""

atexit.register(client.close)
