"""Which servers a script works with."""

from __future__ import annotations

from collections.abc import Callable

from collab.client import client
from collab.connection import Connection
from collab.constructors import Namespace, keep_in_step
from collab_kernel.client import RECONNECT_S
from collab_kernel.desk import BUILTIN_URL
from collab_kernel.errors import AddressError

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 11111
"""ParaView's."""


def Connect(
    host: str | None = None,
    port: int | None = None,
    *,
    name: str | None = None,
    session: str = "",
    token: str | None = None,
    tls: str | None = None,
    connect_id: str | int = "",
    reconnect_s: float = RECONNECT_S,
    ns: Namespace | None = None,
) -> Connection:
    """Take part in a session of a server, and work with it from now on.

    host: a host name (`zmq://host:port`, port 11111 unless given), "host:port", or a URL as
    the server printed it. Without host and port: a private built-in session.
    name: how the others see you.  session: on that server; its first one by default.
    token: what the server's owner gave out.  tls: for an encrypted transport, the file with
    the certificates to trust (PEM), or with the server's public key (CURVE).
    connect_id: where the session asks for one.
    reconnect_s: when the connection breaks, calls wait for so long until it stands again.
    ns: `globals()`, to have its constructors there.
    Raises MultiServerError for a second server unless `enableMultiServer()` (or
    `--multi-servers`) allows it; SessionFullError, ConnectionLostError, AddressError...
    """
    connection = client.connect(
        _url(host, port), name, session, token, tls, str(connect_id), reconnect_s
    )
    keep_in_step(ns, connection)
    return connection


def _url(host: str | None, port: int | None) -> str | None:
    if host == BUILTIN_URL or (host is None and port is None):
        return None
    host = host or DEFAULT_HOST
    if ":" in host and not host.endswith("]"):
        if port is not None:
            raise AddressError(f"{host!r} is an address already: leave out port={port}")
        return host
    return f"zmq://{host}:{DEFAULT_PORT if port is None else port}"


def ReverseConnect(
    port: int | str = DEFAULT_PORT,
    ns: Namespace | None = None,
    *,
    connect_id: str | int = "",
    listening: Callable[[str], None] = lambda address: None,
) -> Connection:
    """Wait until a server dials in (`collab serve --reverse`), and work with it from now on.

    port: of this machine, where only servers of this machine reach it; or a URL to wait at.
    ns: `globals()`, to have its constructors there.  connect_id: where the session asks for one.
    listening: called with the address, once a server can come.  Raises as `Connect`.
    """
    url = port if isinstance(port, str) else f"zmq://127.0.0.1:{port}"
    connection = client.wait(url, connect_id=str(connect_id), listening=listening)
    keep_in_step(ns, connection)
    return connection


def Disconnect(ns: Namespace | None = None) -> None:
    """Leave the active server; one that remains becomes active, and its constructors are those
    in `ns` (`globals()`)."""
    client.disconnect()
    keep_in_step(ns, client.current)


def SetActiveConnection(
    connection: Connection | None = None, ns: Namespace | None = None
) -> Connection:
    """Work with another of the open connections; `ns` (`globals()`) gets its constructors.

    Without one: the active connection, a built-in session on first use. Raises
    MultiServerError if it was closed.
    """
    if connection is None:
        connection = client.chosen()
    client.activate(connection)
    keep_in_step(ns, connection)
    return connection


def GetActiveConnection() -> Connection:
    """The server that the script works with; on first use, a built-in session."""
    return client.chosen()


def enableMultiServer(multi_servers: bool = True) -> None:
    """Allow several servers at once, as `collab client --multi-servers` does."""
    client.desk.multi_servers = bool(multi_servers)
