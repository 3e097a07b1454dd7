"""Who listens and who connects: each channel is one call of one method, with raw messages."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from typing import Any
from urllib.parse import unquote

import grpc
import grpc.aio

from collab_kernel.errors import ConnectionLostError
from collab_kernel.network import (
    certificate_of,
    client_context,
    content,
    parse,
    place,
    server_context,
)
from collab_kernel.spi import MAX_MESSAGE_BYTES, Accept, Channel, Listener, Security

from .channel import GrpcChannel

log = logging.getLogger(__name__)

TLS = "grpcs"
SERVICE, METHOD = "collab.v1.Transport", "Carry"
CONNECT_S = 5.0
RELEASE_S = 0.3
HANDSHAKE_MS = 10_000
MAX_CONNECTIONS = 1_000

_LIMIT = "grpc.max_receive_message_length"
_OPTIONS = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # A connection whose other end has vanished is dropped, also by a side that only waits.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.http2.max_pings_without_data", 0),
)
_SERVER_OPTIONS = (
    *_OPTIONS,
    # Or else two servers share a port, and each gets some of the clients.
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 15_000),
    ("grpc.server_handshake_timeout_ms", HANDSHAKE_MS),
    # A connection that carries no call: ours has one from its first moment to its last.
    ("grpc.max_connection_idle_ms", HANDSHAKE_MS),
    ("grpc.max_allowed_incoming_connections", MAX_CONNECTIONS),
)
_CLIENT_OPTIONS = (
    *_OPTIONS,
    # A connection for each channel: a peer that does not read holds up itself only.
    ("grpc.use_local_subchannel_pool", 1),
    # As every other transport, to where it was told.
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
)


class GrpcTransport:
    """Messages over gRPC, in the clear or encrypted by TLS."""

    async def listen(
        self,
        address: str,
        accept: Accept,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Listener:
        where = parse(address, "grpc", TLS, security)
        [ip, *_] = await where.ips()
        credentials = None
        if where.scheme == TLS:
            credentials = await asyncio.to_thread(_server_credentials, address, security)
        listener = GrpcListener(accept, max_message_bytes)
        try:
            port = listener.bind(place(ip, where.port), credentials)
        except RuntimeError as error:
            await listener.close()
            raise where.refusal(*_why_not(ip, where.port)) from error
        await listener.start(where.scheme, await where.reached_at(port))
        return listener

    async def connect(
        self,
        address: str,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Channel:
        where = parse(address, "grpc", TLS, security)
        where.check_port()
        await where.ips()
        target = f"dns:///{place(where.host, where.port)}"
        options = (*_CLIENT_OPTIONS, (_LIMIT, max_message_bytes))
        if where.scheme == TLS:
            credentials = await asyncio.to_thread(_client_credentials, security)
            wire = grpc.aio.secure_channel(target, credentials, options)
        else:
            wire = grpc.aio.insecure_channel(target, options)
        method: grpc.aio.StreamStreamMultiCallable[bytes, bytes]
        method = wire.stream_stream(f"/{SERVICE}/{METHOD}")
        call = method()
        try:
            async with asyncio.timeout(CONNECT_S):
                await call.wait_for_connection()
        except TimeoutError as error:
            await wire.close()
            reason = f"nobody answers at {address} within {CONNECT_S:g} s"
            raise ConnectionLostError(reason) from error
        except grpc.aio.AioRpcError as error:
            await wire.close()
            raise ConnectionLostError(_reason(error, address)) from error
        except BaseException:
            await wire.close()
            raise
        return GrpcChannel(address, call, done_writing=call.done_writing, release=wire.close)


class GrpcListener:
    """A server with one method, and the channels of those that called it."""

    address = ""

    def __init__(self, accept: Accept, max_message_bytes: int) -> None:
        self._accept = accept
        self._loop = asyncio.get_running_loop()
        self._channels: set[GrpcChannel] = set()
        self._closing: asyncio.Task[None] | None = None
        service = _Service(self._carry)
        options = (*_SERVER_OPTIONS, (_LIMIT, max_message_bytes))
        self._server = grpc.aio.server(handlers=[service], options=options)

    def bind(self, ip_and_port: str, credentials: grpc.ServerCredentials | None) -> int:
        """The real port. Raises RuntimeError."""
        if credentials is None:
            return self._server.add_insecure_port(ip_and_port)
        return self._server.add_secure_port(ip_and_port, credentials)

    async def start(self, scheme: str, address: str) -> None:
        self._scheme, self.address = scheme, address
        await self._server.start()

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await asyncio.gather(*[channel.close() for channel in self._channels])
        await self._server.stop(RELEASE_S)

    async def _carry(self, _: object, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        """One call, from its beginning to its end."""
        if self._closing is not None:
            return
        await context.send_initial_metadata(())
        peer = unquote(context.peer()).partition(":")[2]
        channel = GrpcChannel(f"{self._scheme}://{peer}", context)
        self._channels.add(channel)
        # In a turn of its own: if it fails, that is no failure of the call's.
        self._loop.call_soon(self._accept, channel)
        try:
            await channel.ended()
        finally:
            self._channels.discard(channel)


class _Service(grpc.GenericRpcHandler):
    """Our one method. Who calls another gets the answer that gRPC gives, and a line in the log."""

    def __init__(self, carry: Any) -> None:
        # No serializers: messages are bytes here already.
        self._ours: grpc.RpcMethodHandler[bytes, bytes]
        self._ours = grpc.stream_stream_rpc_method_handler(carry)
        self._other: grpc.RpcMethodHandler[bytes, bytes]
        self._other = grpc.stream_stream_rpc_method_handler(_turn_away)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        ours = handler_call_details.method == f"/{SERVICE}/{METHOD}"
        return self._ours if ours else self._other


async def _turn_away(_: object, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
    log.info("%s called a method that is not here", unquote(context.peer()).partition(":")[2])
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")


def _why_not(ip: str, port: int) -> tuple[int | None, str | None]:
    """The system's error where nobody can listen, and its text: gRPC does not say."""
    try:
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        with socket.create_server((ip, port), family=family):
            return None, "gRPC refuses"
    except OSError as error:
        return error.errno, error.strerror


def _reason(error: grpc.aio.AioRpcError, address: str) -> str:
    details = error.details() or ""
    if "CERTIFICATE_VERIFY_FAILED" in details or "Verification" in details:
        return f"the certificate of {address} is not to be trusted: {details}"
    if "refused" in details:
        return f"nobody listens at {address}"
    return f"cannot connect to {address}: {details}"


def _server_credentials(address: str, security: Security | None) -> grpc.ServerCredentials:
    server_context(address, security)  # gRPC would say only that it failed, and to a client
    certificate, key = map(content, certificate_of(address, security))
    return grpc.ssl_server_credentials([(key, certificate)])


def _client_credentials(security: Security | None) -> grpc.ChannelCredentials:
    authority = security.authority_file if security is not None else None
    authority = authority or ssl.get_default_verify_paths().cafile
    if not authority:  # then gRPC brings its own
        return grpc.ssl_channel_credentials()
    client_context(authority)
    return grpc.ssl_channel_credentials(content(authority))
