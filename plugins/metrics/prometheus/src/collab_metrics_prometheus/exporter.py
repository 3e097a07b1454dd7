"""An HTTP server in threads of its own, which asks the event loop for what it shows."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import socket
import threading
from collections.abc import Coroutine
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from collab_kernel.errors import AddressError
from collab_kernel.network import is_loopback, place, server_context, split
from collab_kernel.spi import Admits, Health, Measured, Metric, Security

from .exposition import exposition

log = logging.getLogger(__name__)

AT_ONCE = 16
WITHIN_S = 5.0
"""For anything to come of a request, for its answer to be taken, for the event loop to say what is
shown."""

ALTOGETHER_S = 20.0
"""For all of it: whoever sends a byte now and then must not keep others out for ever."""

ENDS_WITHIN_S = 0.05
"""How long it may take until whoever closes the server is heard."""

T = TypeVar("T")


class PrometheusExporter:
    """`collab_kernel.spi.MetricsExporter` for `/metrics` and `/healthz`."""

    def __init__(self) -> None:
        self._server: _Server | None = None

    async def start(
        self, address: str, measured: Measured, admits: Admits | None, security: Security | None
    ) -> str:
        _, host, port = split(address)
        loop = asyncio.get_running_loop()
        try:
            self._server = await asyncio.to_thread(
                _Server, host, port or 0, loop, measured, admits, security
            )
        except OSError as error:
            in_use = error.errno == errno.EADDRINUSE
            reason = "the address is in use" if in_use else error.strerror or str(error)
            raise AddressError(f"metrics can't be served at {address}: {reason}") from error
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(ENDS_WITHIN_S,), name="metrics", daemon=True).start()
        return place(host, self._server.server_address[1])

    async def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.shutdown)
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop,
        measured: Measured,
        admits: Admits | None,
        security: Security | None,
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._loop = loop
        self._measured = measured
        self._admits = admits
        self._free = threading.Semaphore(AT_ONCE)
        self.local_names_only = is_loopback(host)
        super().__init__((host, port), _Request)
        if security is not None:
            # The handshake is the first thing that a request's own thread does.
            self.socket = server_context(place(host, port), security).wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    # -- threads ---------------------------------------------------------------------------

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        late = threading.Timer(ALTOGETHER_S, _cut, (request,))
        late.daemon = True
        late.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            late.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up, speaks no TLS or takes too long is nobody's concern."""
        log.debug("a request from %s ended early", client_address, exc_info=True)

    # -- what is asked of the event loop ---------------------------------------------------

    def metrics(self) -> tuple[Metric, ...]:
        """Raises TimeoutError."""

        async def read() -> tuple[Metric, ...]:
            return tuple(self._measured.metrics())

        return self._on_loop(read())

    def health(self) -> Health:
        async def read() -> Health:
            return self._measured.health()

        try:
            return self._on_loop(read())
        except TimeoutError:
            return Health(("the server does not answer",))

    def admitted(self, token: str) -> bool:
        """Raises TimeoutError."""
        if self._admits is None:
            return True
        admits = self._admits

        async def ask() -> bool:
            return await admits(token)

        return bool(token) and self._on_loop(ask())

    def _on_loop(self, asked: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(asked, self._loop)
        try:
            return future.result(WITHIN_S)
        finally:
            future.cancel()


def _cut(request: socket.socket) -> None:
    """End a connection under whoever reads from it."""
    with contextlib.suppress(OSError):  # it has ended meanwhile
        socket.socket.shutdown(request, socket.SHUT_RDWR)  # TLS has a say of its own otherwise


class _Request(BaseHTTPRequestHandler):
    server: _Server
    timeout = WITHIN_S
    server_version = "collab"
    sys_version = ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.server.local_names_only and not self._names_loopback():
            self._say(HTTPStatus.MISDIRECTED_REQUEST, b"ask by a name of the loopback address\n")
        elif path == "/healthz":
            self._say_health()
        elif path == "/metrics":
            self._say_metrics()
        else:
            self._say(HTTPStatus.NOT_FOUND, b"there is /metrics and /healthz\n")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _names_loopback(self) -> bool:
        try:
            return is_loopback(split(self.headers.get("Host", ""))[1])
        except AddressError:
            return False

    def _say_health(self) -> None:
        health = self.server.health()
        said = {"status": "ok" if health.ok else "trouble", "troubles": list(health.troubles)}
        status = HTTPStatus.OK if health.ok else HTTPStatus.SERVICE_UNAVAILABLE
        self._say(status, json.dumps(said).encode() + b"\n", "application/json")

    def _say_metrics(self) -> None:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            if not self.server.admitted(token.strip() if scheme.lower() == "bearer" else ""):
                self._say(HTTPStatus.UNAUTHORIZED, b"bring a token: Authorization: Bearer TOKEN\n")
                return
            metrics = self.server.metrics()
        except TimeoutError:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, b"the server does not answer\n")
            return
        text, content_type = exposition(metrics, self.headers.get("Accept", ""))
        self._say(HTTPStatus.OK, text, content_type)

    def _say(self, status: HTTPStatus, body: bytes, content_type: str = "text/plain") -> None:
        self.send_response(status)
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
