"""Who listens and who connects. The listener is an HTTP server too, for what stands beside it."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
from collections.abc import Collection
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.http11 import Request, Response

from collab_kernel.errors import ConnectionLostError
from collab_kernel.network import (
    MESSAGE_BYTES,
    Endpoint,
    client_context,
    is_loopback,
    join,
    parse,
    place,
    server_context,
)
from collab_kernel.spi import Accept, Channel, Listener, Security

from .channel import GOODBYE_S, WebsocketChannel

TLS = "wss"
SESSION, HEALTH = "/ws", "/healthz"
CONNECT_S = 5.0
HANDSHAKE_S = 10.0
MAX_HANDSHAKES = 500
RELEASE_S = 0.5


class _Log(logging.LoggerAdapter[logging.Logger]):
    """What strangers do at the port is a line for who asks, not an error with a traceback."""

    def log(self, level: int, msg: object, *args: object, **options: Any) -> None:
        if options.pop("exc_info", None):
            msg, args = "%s: %r", (msg, sys.exception())
        level = logging.INFO if level >= logging.WARNING else logging.DEBUG
        super().log(level, msg, *args, **options)


_LOG = _Log(logging.getLogger(__name__), {})
_OPTIONS: dict[str, Any] = {
    "compression": None,
    "max_size": MESSAGE_BYTES,
    # Frames that may wait unread: what the kernel's credits allow, and more.
    "max_queue": 256,
    # Whether the peer is there is the kernel's question.
    "ping_interval": None,
    "close_timeout": GOODBYE_S,
    "logger": _LOG,
}


class WebsocketTransport:
    """Messages over WebSocket, in the clear or encrypted by TLS.

    allowed_origins: web pages from elsewhere that may connect, as `https://HOST[:PORT]`. Those
    that came from the listener's own address may anyway, and so may whoever is no browser.
    """

    def __init__(self, allowed_origins: Collection[str] = ()) -> None:
        self.allowed_origins = allowed_origins

    async def listen(self, address: str, accept: Accept, security: Security | None) -> Listener:
        where = _parsed(address, security)
        [ip, *_] = await where.ips()
        tls: dict[str, Any] = {}
        if where.scheme == TLS:
            context = await asyncio.to_thread(server_context, address, security)
            tls = {"ssl": context, "ssl_handshake_timeout": HANDSHAKE_S}
        listener = WebsocketListener(accept, self.allowed_origins, loopback=is_loopback(ip))
        try:
            server = await serve(
                listener.carry,
                ip,
                where.port,
                process_request=listener.answer,
                create_connection=listener.connection,  # type: ignore[arg-type]  # or a wrapper
                open_timeout=HANDSHAKE_S,
                server_header=None,
                **tls,
                **_OPTIONS,
            )
        except OSError as error:
            raise where.refusal(error.errno, error.strerror) from error
        port = server.sockets[0].getsockname()[1]
        listener.start(server, where.scheme, await where.reached_at(port))
        return listener

    async def connect(self, address: str, security: Security | None) -> Channel:
        where = _parsed(address, security)
        where.check_port()
        await where.ips()
        context = None
        if where.scheme == TLS:
            authority = security.authority_file if security is not None else None
            context = await asyncio.to_thread(client_context, authority)
        scheme = "ws" if context is None else "wss"
        uri = f"{join(scheme, where.host, where.port)}{SESSION}"
        try:
            async with asyncio.timeout(CONNECT_S):
                connection = await connect(
                    uri, ssl=context, proxy=None, open_timeout=None, **_OPTIONS
                )
        except TimeoutError as error:
            reason = f"nobody answers at {address} within {CONNECT_S:g} s"
            raise ConnectionLostError(reason) from error
        except (OSError, EOFError, WebSocketException) as error:
            raise ConnectionLostError(_reason(error, address)) from error
        return WebsocketChannel(address, connection)


class WebsocketListener:
    """A server, and the channels of those that connected to it."""

    address = ""

    def __init__(self, accept: Accept, allowed_origins: Collection[str], *, loopback: bool) -> None:
        self._accept, self._allowed_origins = accept, allowed_origins
        self._loopback = loopback
        self._loop = asyncio.get_running_loop()
        self._connections: WeakSet[ServerConnection] = WeakSet()
        self._shaking: dict[ServerConnection, None] = {}
        self._channels: set[WebsocketChannel] = set()
        self._closing: asyncio.Task[None] | None = None

    def start(self, server: Server, scheme: str, address: str) -> None:
        self._server, self._scheme, self.address = server, scheme, address

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self._server.close(close_connections=False)
        await asyncio.gather(*[channel.close() for channel in self._channels])
        for connection in self._connections:
            # What still shakes hands has longer than a close may take. TLS comes before this.
            if hasattr(connection, "transport"):
                connection.transport.abort()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), RELEASE_S)

    # -- called by the server --------------------------------------------------------------

    def connection(self, *args: Any, **options: Any) -> ServerConnection:
        connection = _Connection(self, *args, **options)
        self._connections.add(connection)
        return connection

    def came(self, connection: ServerConnection) -> None:
        """Beyond MAX_HANDSHAKES, whoever shakes hands for longest has to go."""
        if len(self._shaking) >= MAX_HANDSHAKES:
            longest = next(iter(self._shaking))
            self.went(longest, "no request came, and others wait")
            longest.transport.abort()
        self._shaking[connection] = None

    def went(self, connection: ServerConnection, reason: str) -> None:
        """Before it was let in; who was given another answer has that."""
        if connection in self._shaking:
            del self._shaking[connection]
            answer = connection.response
            if answer is None or answer.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                _LOG.warning("%s: %s", _peer(connection), reason)

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What a request gets; None: the session."""
        path = request.path.partition("?")[0]
        if path == HEALTH:
            return connection.respond(HTTPStatus.OK, "ok")
        if path != SESSION:
            return connection.respond(HTTPStatus.NOT_FOUND, "nothing is here\n")
        origins, hosts = request.headers.get_all("Origin"), request.headers.get_all("Host")
        if all(self._welcome(origin, hosts) for origin in origins):
            return None
        return connection.respond(HTTPStatus.FORBIDDEN, "pages of this origin may not connect\n")

    def _welcome(self, origin: str, hosts: list[str]) -> bool:
        """Whether a page of `origin` may connect: browsers let every page try."""
        if origin in self._allowed_origins:
            return True
        try:
            place, name = urlsplit(origin).netloc.lower(), urlsplit(origin).hostname or ""
        except ValueError:
            return False
        # Any name can be made to lead to this machine, so a listener for this machine only takes
        # none but its own.
        own = not self._loopback or is_loopback(name)
        return own and [place] == [host.lower() for host in hosts]

    async def carry(self, connection: ServerConnection) -> None:
        """One connection, from the end of its handshake to its end."""
        self._shaking.pop(connection, None)
        channel = WebsocketChannel(f"{self._scheme}://{_peer(connection)}", connection)
        self._channels.add(channel)
        # In a turn of its own: if it fails, that is no failure of the connection's.
        self._loop.call_soon(self._accept, channel)
        try:
            await connection.wait_closed()
        finally:
            self._channels.discard(channel)


class _Connection(ServerConnection):
    """Tells its listener when somebody comes and goes, before any of their words is read."""

    def __init__(self, listener: WebsocketListener, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._listener.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        reason = self.protocol.handshake_exc or exc or "no request came"
        self._listener.went(self, str(reason))
        super().connection_lost(exc)


def _peer(connection: ServerConnection) -> str:
    host, port, *_ = connection.remote_address or ("somebody", None)
    return place(host, port)


def _parsed(address: str, security: Security | None) -> Endpoint:
    return parse(address, "websocket", TLS, security, "ws")


def _reason(error: Exception, address: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {address} is not to be trusted: {error.verify_message}"
    if isinstance(error, InvalidStatus):
        return f"no session is at {address}: it answers {error.response.status_code}"
    if isinstance(error, OSError) and "Connect call failed" in str(error):
        return f"nobody listens at {address}"
    return f"cannot connect to {address}: {error}"
