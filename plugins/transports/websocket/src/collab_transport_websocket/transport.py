"""Who listens and who connects. The listener is an HTTP server too, for what stands beside it."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import sys
from collections.abc import Collection
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.http11 import Request, Response

from collab_kernel.errors import AddressError, ConnectionLostError
from collab_kernel.network import (
    Endpoint,
    client_context,
    is_loopback,
    join,
    parse,
    place,
    server_context,
)
from collab_kernel.spi import MAX_MESSAGE_BYTES, Accept, Channel, Listener, Security

from .channel import GOODBYE_S, WebsocketChannel
from .pages import Answer, Pages, for_method, redirect, text
from .proxy import forwarded_host, forwarded_peer

TLS = "wss"
SESSION, HEALTH = "/ws", "/healthz"
_BASE_PATH = re.compile(r"[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")
NO_PAGE = "no front end with a page is installed beside this server: collab-front-end-web is one"
CONNECT_S = 5.0
HANDSHAKE_S = 10.0
STALL_S = 10.0
"""In which whoever loads a file has to take CHUNK_BYTES of it."""

CHUNK_BYTES = 1 << 16
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
        self._folder: Path | None = None
        self._base_path, self._behind_proxy = "", False

    def serve_files(self, folder: Path) -> None:
        self._folder = folder

    def stand_at(self, base_path: str, behind_proxy: bool) -> None:
        self._base_path, self._behind_proxy = base_path, behind_proxy

    async def listen(
        self,
        address: str,
        accept: Accept,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Listener:
        where = _parsed(address, security)
        [ip, *_] = await where.ips()
        tls: dict[str, Any] = {}
        if where.scheme == TLS:
            context = await asyncio.to_thread(server_context, address, security)
            tls = {"ssl": context, "ssl_handshake_timeout": HANDSHAKE_S}
        pages = None if self._folder is None else await asyncio.to_thread(Pages, self._folder)
        listener = WebsocketListener(
            accept,
            self.allowed_origins,
            pages,
            loopback=is_loopback(ip),
            base_path=self._base_path,
            behind_proxy=self._behind_proxy,
        )
        try:
            server = await serve(
                listener.carry,
                ip,
                where.port,
                # As many as may shake hands: where the queue of a port overflows, the system leaves
                # whoever comes in the belief that they are connected.
                backlog=MAX_HANDSHAKES,
                process_request=listener.answer,
                create_connection=listener.connection,  # type: ignore[arg-type]  # or a wrapper
                # The listener's: the library's would end the loading of a file, too.
                open_timeout=None,
                server_header=None,
                max_size=max_message_bytes,
                **tls,
                **_OPTIONS,
            )
        except OSError as error:
            raise where.refusal(error.errno, error.strerror) from error
        port = server.sockets[0].getsockname()[1]
        listener.start(server, where.scheme, await where.reached_at(port))
        return listener

    async def connect(
        self,
        address: str,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Channel:
        server, base_path = _apart(address)
        where = _parsed(server, security)
        where.check_port()
        await where.ips()
        context = None
        if where.scheme == TLS:
            authority = security.authority_file if security is not None else None
            context = await asyncio.to_thread(client_context, authority)
        scheme = "ws" if context is None else "wss"
        uri = f"{join(scheme, where.host, where.port)}{base_path}{SESSION}"
        try:
            async with asyncio.timeout(CONNECT_S):
                connection = await connect(
                    uri,
                    ssl=context,
                    proxy=None,
                    open_timeout=None,
                    max_size=max_message_bytes,
                    **_OPTIONS,
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

    def __init__(
        self,
        accept: Accept,
        allowed_origins: Collection[str],
        pages: Pages | None,
        *,
        loopback: bool,
        base_path: str = "",
        behind_proxy: bool = False,
    ) -> None:
        self._accept, self._allowed_origins = accept, allowed_origins
        self._pages, self._loopback = pages, loopback
        self._base_path, self._behind_proxy = base_path, behind_proxy
        self._loop = asyncio.get_running_loop()
        self._connections: WeakSet[ServerConnection] = WeakSet()
        self._shaking: dict[ServerConnection, asyncio.TimerHandle] = {}
        """Who is not let in yet, and when that has to end unless a request comes."""
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
        """Beyond MAX_HANDSHAKES, whoever has been there for longest has to go."""
        if len(self._shaking) >= MAX_HANDSHAKES:
            self._drop(next(iter(self._shaking)), "no request came, and others wait")
        late = f"no request came within {HANDSHAKE_S:g} s"
        self._shaking[connection] = self._loop.call_later(HANDSHAKE_S, self._drop, connection, late)

    def _drop(self, connection: ServerConnection, reason: str) -> None:
        self.went(connection, reason)
        connection.transport.abort()

    def went(self, connection: ServerConnection, reason: str) -> None:
        """Before it was let in; who was given another answer has that."""
        timer = self._shaking.pop(connection, None)
        if timer is None:
            return
        timer.cancel()
        if connection.request is None or self._path(connection.request) == SESSION:
            answer = connection.response
            if answer is None or answer.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                _LOG.warning("%s: %s", self._peer(connection), reason)

    async def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What a request gets; None: the session, or what has been sent already."""
        if (timer := self._shaking.get(connection)) is not None:
            timer.cancel()
        path, headers = self._path(request), request.headers
        if path == HEALTH:
            return connection.respond(HTTPStatus.OK, "ok")
        if path != SESSION:
            await self._give(connection, self._file(request))
            return None
        origins, hosts = headers.get_all("Origin"), self._hosts(headers)
        if all(self._welcome(origin, hosts) for origin in origins):
            return None
        return connection.respond(HTTPStatus.FORBIDDEN, "pages of this origin may not connect\n")

    def _path(self, request: Request) -> str:
        """What is asked for, as if all of it were below `/`. The session and the health are where
        they are without a base path, too: for programs that come by no proxy."""
        path = request.path.partition("?")[0]
        below = path.removeprefix(self._base_path) if path.startswith(f"{self._base_path}/") else ""
        return below or (path if path in (SESSION, HEALTH) else "")

    def _hosts(self, headers: Headers) -> list[str]:
        """The names by which this server was asked."""
        forwarded = forwarded_host(headers) if self._behind_proxy else None
        return headers.get_all("Host") if forwarded is None else [forwarded]

    def _peer(self, connection: ServerConnection) -> str:
        request = connection.request
        if self._behind_proxy and request is not None:
            forwarded = forwarded_peer(request.headers)
            if forwarded is not None:
                return forwarded
        host, port, *_ = connection.remote_address or ("somebody", None)
        return place(host, port)

    def _welcome(self, origin: str, hosts: list[str]) -> bool:
        """Whether a page of `origin` may connect: browsers let every page try."""
        if origin in self._allowed_origins:
            return True
        place = _place(origin)
        return self._own(place) and [place] == [host.lower() for host in hosts]

    def _own(self, place: str) -> bool:
        """Whether `place`, as HOST[:PORT], may be this listener's. Any name can be made to lead to
        this machine, so a listener for this machine only takes none but its own. Behind a proxy
        it has the proxy's name, whatever that is, and lets nobody in who brings no token."""
        if self._behind_proxy:
            return bool(place)
        try:
            name = urlsplit(f"//{place}").hostname or ""
        except ValueError:
            return False
        return not self._loopback or is_loopback(name)

    # -- the page --------------------------------------------------------------------------

    def _file(self, request: Request) -> Answer:
        """The answer to a request for a file."""
        hosts = [host.lower() for host in self._hosts(request.headers)]
        allowed = {_place(origin) for origin in self._allowed_origins}
        if len(hosts) != 1 or not (self._own(hosts[0]) or hosts[0] in allowed):
            reason = "this server does not answer to that name"
            return for_method(request.method, text(HTTPStatus.MISDIRECTED_REQUEST, reason))
        path, _, query = request.path.partition("?")
        if self._base_path and path == self._base_path:  # else links on the page lead beside it
            return for_method(request.method, redirect(f"{path}/{'?' * bool(query)}{query}"))
        path = self._path(request)
        if self._pages is None or not path:
            reason = NO_PAGE if self._pages is None and path == "/" else "nothing is here"
            return for_method(request.method, text(HTTPStatus.NOT_FOUND, reason))
        headers = {
            name: ", ".join(request.headers.get_all(name))
            for name in ("Accept-Encoding", "If-None-Match")
        }
        return self._pages.answer(request.method, path, headers)

    async def _give(self, connection: ServerConnection, answer: Answer) -> None:
        """Send an answer and end the connection: the library's own way cuts off who is slow."""
        transport = connection.transport
        head = Response(answer.status, answer.status.phrase, Headers(answer.headers))
        head.headers["Date"] = formatdate(usegmt=True)
        head.headers["Connection"] = "close"
        transport.pause_reading()  # nothing that comes behind a request is a frame
        body = memoryview(answer.body)
        try:
            transport.write(head.serialize())
            for start in range(0, len(body), CHUNK_BYTES):
                async with asyncio.timeout(STALL_S):
                    await connection.drain()
                if transport.is_closing():
                    break
                transport.write(body[start : start + CHUNK_BYTES])
            transport.close()
            async with asyncio.timeout(STALL_S):
                await connection.wait_closed()
        except (OSError, RuntimeError):
            # Gone, or too slow (a TimeoutError is an OSError); or something has come with the
            # request all the same, and the library has ended this side for it.
            transport.abort()
            await connection.wait_closed()

    async def carry(self, connection: ServerConnection) -> None:
        """One connection, from the end of its handshake to its end."""
        self._shaking.pop(connection, None)  # its timer ended when the request came
        channel = WebsocketChannel(f"{self._scheme}://{self._peer(connection)}", connection)
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


def _place(origin: str) -> str:
    """The HOST[:PORT] of an origin; "" if it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _parsed(address: str, security: Security | None) -> Endpoint:
    return parse(address, "websocket", TLS, security, "ws")


def _apart(address: str) -> tuple[str, str]:
    """The server of an address, and the path below which a proxy has it. Raises AddressError."""
    scheme, mark, rest = address.partition("://")
    place, slash, path = rest.partition("/")
    if slash and not _BASE_PATH.fullmatch(path):
        raise AddressError(f"{address!r} is no address: /{path} is no path like /x")
    return f"{scheme}{mark}{place}", f"{slash}{path}"


def _reason(error: Exception, address: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {address} is not to be trusted: {error.verify_message}"
    if isinstance(error, InvalidStatus):
        return f"no session is at {address}: it answers {error.response.status_code}"
    if isinstance(error, OSError) and "Connect call failed" in str(error):
        return f"nobody listens at {address}"
    return f"cannot connect to {address}: {error}"
