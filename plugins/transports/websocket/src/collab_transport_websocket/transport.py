"""Who listens and who connects. The listener is an HTTP server too, for what stands beside it."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import re
import socket
import ssl
import sys
from collections.abc import Collection
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.http11 import Request, Response

from collab_kernel.errors import AddressError, ConnectionLostError
from collab_kernel.spi import Accept, Channel, Listener, Security

from .channel import GOODBYE_S, MESSAGE_BYTES, WebsocketChannel

SESSION, HEALTH = "/ws", "/healthz"
CONNECT_S = 5.0
HANDSHAKE_S = 10.0
RELEASE_S = 0.5

_ADDRESS = re.compile(
    r"(?P<scheme>websocket|wss?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+|\*):(?P<port>[0-9]{1,5})"
)
_REASONS = {
    errno.EADDRINUSE: "the address is in use",
    errno.EADDRNOTAVAIL: "it is no address of this machine",
    errno.EACCES: "this port needs more rights",
}


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
        secure, host, port = _parsed(address, security)
        everywhere = host in ("*", "0.0.0.0", "::")
        ip = await _ip("0.0.0.0" if host == "*" else host, address)
        tls: dict[str, Any] = {}
        if secure:
            context = await asyncio.to_thread(_server_context, address, security)
            tls = {"ssl": context, "ssl_handshake_timeout": HANDSHAKE_S}
        loopback = ipaddress.ip_address(ip).is_loopback
        listener = WebsocketListener(accept, self.allowed_origins, loopback=loopback)
        try:
            server = await serve(
                listener.carry,
                ip,
                port,
                process_request=listener.answer,
                create_connection=listener.connection,  # type: ignore[arg-type]  # or a wrapper
                open_timeout=HANDSHAKE_S,
                server_header=None,
                **tls,
                **_OPTIONS,
            )
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, error.strerror)
            raise AddressError(f"cannot listen at {address}: {reason}") from error
        port = server.sockets[0].getsockname()[1]
        place = _place(await _own_name() if everywhere else host, port)
        listener.start(server, "wss" if secure else "websocket", place)
        return listener

    async def connect(self, address: str, security: Security | None) -> Channel:
        secure, host, port = _parsed(address, security)
        if port == 0:
            raise AddressError(f"{address} names no port to connect to")
        await _ip(host, address)
        context = await asyncio.to_thread(_client_context, security) if secure else None
        uri = f"{'wss' if secure else 'ws'}://{_place(host, port)}{SESSION}"
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
        self._channels: set[WebsocketChannel] = set()
        self._closing: asyncio.Task[None] | None = None

    def start(self, server: Server, scheme: str, place: str) -> None:
        self._server, self._scheme = server, scheme
        self.address = f"{scheme}://{place}"

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
        connection = ServerConnection(*args, **options)
        self._connections.add(connection)
        return connection

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
        own = not self._loopback or _is_local(name)
        return own and [place] == [host.lower() for host in hosts]

    async def carry(self, connection: ServerConnection) -> None:
        """One connection, from the end of its handshake to its end."""
        host, port, *_ = connection.remote_address
        channel = WebsocketChannel(f"{self._scheme}://{_place(host, port)}", connection)
        self._channels.add(channel)
        # In a turn of its own: if it fails, that is no failure of the connection's.
        self._loop.call_soon(self._accept, channel)
        try:
            await connection.wait_closed()
        finally:
            self._channels.discard(channel)


def _parsed(address: str, security: Security | None) -> tuple[bool, str, int]:
    """Whether it is encrypted, host, port."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 0xFFFF:
        forms = "websocket://HOST:PORT or wss://HOST:PORT"
        raise AddressError(f"{address!r} is no address here: {forms}")
    secure = match["scheme"] == "wss" or security is not None
    return secure, match["host"].strip("[]"), int(match["port"])


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _ip(host: str, address: str) -> str:
    """A number for `host`, IPv4 if it has one. Raises AddressError."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"{address}: no host is known as {host!r}") from error
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


async def _own_name() -> str:
    """This machine's name if it leads back to it, for others to use; else the loopback address."""
    name, loop = socket.gethostname(), asyncio.get_running_loop()
    with suppress(OSError, UnicodeError):  # a TimeoutError is an OSError
        async with asyncio.timeout(1.0):
            found = await loop.getaddrinfo(name, 0, family=socket.AF_INET, type=socket.SOCK_STREAM)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(found[0][4])
        return name
    return "127.0.0.1"


def _reason(error: Exception, address: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {address} is not to be trusted: {error.verify_message}"
    if isinstance(error, InvalidStatus):
        return f"no session is at {address}: it answers {error.response.status_code}"
    if isinstance(error, OSError) and "Connect call failed" in str(error):
        return f"nobody listens at {address}"
    return f"cannot connect to {address}: {error}"


def _server_context(address: str, security: Security | None) -> ssl.SSLContext:
    if security is None or security.certificate_file is None or security.key_file is None:
        raise AddressError(f"{address} needs a certificate and its key")
    certificate, key = _readable(security.certificate_file), _readable(security.key_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError) as error:
        reason = f"{certificate} and {key} are no certificate and its key: {error}"
        raise AddressError(reason) from error
    return context


def _client_context(security: Security | None) -> ssl.SSLContext:
    authority = security.authority_file if security is not None else None
    try:
        return ssl.create_default_context(cafile=_readable(authority) if authority else None)
    except ssl.SSLError as error:
        raise AddressError(f"{authority} holds no certificate: {error}") from error


def _readable(file: str) -> str:
    """The file, after a look: the errors of ssl do not name it."""
    try:
        with Path(file).open("rb"):
            return file
    except OSError as error:
        raise AddressError(f"cannot read {file}: {error.strerror}") from error
