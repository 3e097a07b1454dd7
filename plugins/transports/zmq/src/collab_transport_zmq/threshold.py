"""Connections that ZeroMQ has accepted and that have not said hello: it would keep them for ever.

ZeroMQ tells of connections by the number of their file descriptor, while they are open, and knows
no way to end one of many. So whoever stays silent is shut down beneath it, which it takes for the
peer's end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from collab_kernel.network import place

HELLO_WITHIN_S = 10.0
MAX_SILENT = 500

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Connection:
    """peer: its address.  timer: ends it; None while it is somebody's.  lost: tells them so."""

    fd: int
    peer: str
    timer: asyncio.TimerHandle | None = None
    lost: Callable[[], None] | None = None


class Threshold:
    """refresh: hands over what ZeroMQ has told of connections until now.

    when_empty: calls something once all messages that have come are delivered.
    """

    def __init__(
        self,
        refresh: Callable[[], None],
        when_empty: Callable[[Callable[[], None]], None],
    ) -> None:
        self._refresh, self._when_empty = refresh, when_empty
        self._loop = asyncio.get_running_loop()
        self._connections: dict[int, Connection] = {}
        # In the order of coming.
        self._silent: dict[Connection, str] = {}

    def came(self, fd: int) -> None:
        """Somebody connected. Beyond MAX_SILENT, who has been silent for longest has to go."""
        connection = Connection(fd, _peer(fd))
        self._connections[fd] = connection
        if len(self._silent) >= MAX_SILENT:
            self._hang_up(next(iter(self._silent)))
        self._wait(connection, "no hello came")

    def went(self, fd: int) -> None:
        connection = self._connections.pop(fd, None)
        if connection is not None and self._forget(connection):
            log.info("%s went, or spoke something else, before a hello", connection.peer)
        if connection is not None and connection.lost is not None:
            self._when_empty(connection.lost)

    def let_in(self, fd: int) -> Connection:
        """The connection over which a hello has come."""
        self._refresh()
        connection = self._connections.get(fd)
        if connection is None:  # it went, and its last words are still to be read
            return Connection(fd, "somebody")
        self._forget(connection)
        return connection

    def let_go(self, connection: Connection) -> None:
        """It has been dealt with: the peer hangs up, or is made to."""
        connection.lost = None
        self._refresh()
        if self._connections.get(connection.fd) is connection:
            self._wait(connection, "")

    def close(self) -> None:
        for connection in [*self._silent]:
            self._forget(connection)

    # -- inside ----------------------------------------------------------------------------

    def _wait(self, connection: Connection, reason: str) -> None:
        self._silent[connection] = reason
        connection.timer = self._loop.call_later(HELLO_WITHIN_S, self._time_is_up, connection)

    def _forget(self, connection: Connection) -> bool:
        """Whether it was waited for, and not only for its end."""
        if connection.timer is not None:
            connection.timer.cancel()
            connection.timer = None
        return bool(self._silent.pop(connection, ""))

    def _time_is_up(self, connection: Connection) -> None:
        self._refresh()
        if connection in self._silent:  # and has not gone meanwhile
            self._hang_up(connection)

    def _hang_up(self, connection: Connection) -> None:
        reason = self._silent[connection]
        self._forget(connection)
        if _shut_down(connection) and reason:
            log.info("%s was hung up on: %s", connection.peer, reason)


def _peer(fd: int) -> str:
    try:
        with socket.socket(fileno=os.dup(fd)) as ours:
            return _name(ours)
    except (OSError, ValueError):  # it is gone already
        return "somebody"


def _name(connection: socket.socket) -> str:
    host, port, *_ = connection.getpeername()
    return place(host.removeprefix("::ffff:"), port)  # of IPv4, at a socket for both


def _shut_down(connection: Connection) -> bool:
    """Whether the connection was still there. The number may be another's by now: then not."""
    try:
        with socket.socket(fileno=os.dup(connection.fd)) as ours:
            if _name(ours) == connection.peer:
                ours.shutdown(socket.SHUT_RDWR)
                return True
    except (OSError, ValueError):
        pass
    return False
