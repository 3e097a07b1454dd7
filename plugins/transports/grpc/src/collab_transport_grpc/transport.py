"""Who listens and who connects: each channel is one call of one method, with raw messages."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import grpc
import grpc.aio

from collab_kernel.errors import AddressError, ConnectionLostError
from collab_kernel.spi import Accept, Channel, Listener, Security

from .channel import MESSAGE_BYTES, GrpcChannel

SERVICE, METHOD = "collab.v1.Transport", "Carry"
CONNECT_S = 5.0
RELEASE_S = 0.3

_ADDRESS = re.compile(
    r"(?P<scheme>grpcs?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+|\*):(?P<port>[0-9]{1,5})"
)
_REASONS = {
    errno.EADDRINUSE: "the address is in use",
    errno.EADDRNOTAVAIL: "it is no address of this machine",
    errno.EACCES: "this port needs more rights",
}
_OPTIONS = (
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    # A connection whose other end has vanished is dropped, also by a side that only waits.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.http2.max_pings_without_data", 0),
)
_SERVER_OPTIONS = (
    *_OPTIONS,
    # Or else two servers share a port, and each gets some of the clients.
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 15_000),
    ("grpc.server_handshake_timeout_ms", 10_000),
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

    async def listen(self, address: str, accept: Accept, security: Security | None) -> Listener:
        scheme, host, port = _parsed(address, security)
        everywhere = host in ("*", "0.0.0.0", "::")
        ip = await _ip("0.0.0.0" if host == "*" else host, address)
        credentials = None
        if scheme == "grpcs":
            credentials = await asyncio.to_thread(_server_credentials, address, security)
        listener = GrpcListener(accept)
        try:
            port = listener.bind(_place(ip, port), credentials)
        except RuntimeError as error:
            await listener.close()
            raise AddressError(f"cannot listen at {address}: {_why_not(ip, port)}") from error
        await listener.start(scheme, _place(await _own_name() if everywhere else host, port))
        return listener

    async def connect(self, address: str, security: Security | None) -> Channel:
        scheme, host, port = _parsed(address, security)
        if port == 0:
            raise AddressError(f"{address} names no port to connect to")
        await _ip(host, address)
        target = f"dns:///{_place(host, port)}"
        if scheme == "grpcs":
            credentials = await asyncio.to_thread(_client_credentials, address, security)
            wire = grpc.aio.secure_channel(target, credentials, _CLIENT_OPTIONS)
        else:
            wire = grpc.aio.insecure_channel(target, _CLIENT_OPTIONS)
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

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self._loop = asyncio.get_running_loop()
        self._channels: set[GrpcChannel] = set()
        self._closing: asyncio.Task[None] | None = None
        # No serializers: messages are bytes here already.
        method: grpc.RpcMethodHandler[bytes, bytes]
        method = grpc.stream_stream_rpc_method_handler(self._carry)
        service = grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})
        self._server = grpc.aio.server(handlers=[service], options=_SERVER_OPTIONS)

    def bind(self, place: str, credentials: grpc.ServerCredentials | None) -> int:
        """The real port. Raises RuntimeError."""
        if credentials is None:
            return self._server.add_insecure_port(place)
        return self._server.add_secure_port(place, credentials)

    async def start(self, scheme: str, place: str) -> None:
        self._scheme, self.address = scheme, f"{scheme}://{place}"
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


def _parsed(address: str, security: Security | None) -> tuple[str, str, int]:
    """Scheme, host, port; the scheme says whether it is encrypted."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 0xFFFF:
        raise AddressError(f"{address!r} is no address here: grpc://HOST:PORT or grpcs://HOST:PORT")
    scheme = match["scheme"] if security is None else "grpcs"
    return scheme, match["host"].strip("[]"), int(match["port"])


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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


def _why_not(ip: str, port: int) -> str:
    """Why nobody can listen there: gRPC does not say."""
    try:
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        with socket.create_server((ip, port), family=family):
            return "gRPC refuses"
    except OSError as error:
        return _REASONS.get(error.errno or 0, str(error.strerror))


def _reason(error: grpc.aio.AioRpcError, address: str) -> str:
    details = error.details() or ""
    if "CERTIFICATE_VERIFY_FAILED" in details or "Verification" in details:
        return f"the certificate of {address} is not to be trusted: {details}"
    if "refused" in details:
        return f"nobody listens at {address}"
    return f"cannot connect to {address}: {details}"


def _server_credentials(address: str, security: Security | None) -> grpc.ServerCredentials:
    if security is None or security.certificate_file is None or security.key_file is None:
        raise AddressError(f"{address} needs a certificate and its key")
    certificate, key = _content(security.certificate_file), _content(security.key_file)
    try:
        # gRPC would say only that it failed, and after a client has come.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(security.certificate_file, security.key_file, password="")
    except (ssl.SSLError, ValueError) as error:
        files = f"{security.certificate_file} and {security.key_file}"
        raise AddressError(f"{files} are no certificate and its key: {error}") from error
    return grpc.ssl_server_credentials([(key, certificate)])


def _client_credentials(address: str, security: Security | None) -> grpc.ChannelCredentials:
    authority = security.authority_file if security is not None else None
    authority = authority or ssl.get_default_verify_paths().cafile
    if not authority:  # then gRPC brings its own
        return grpc.ssl_channel_credentials()
    certificates = _content(authority)
    try:
        ssl.create_default_context(cafile=authority)
    except ssl.SSLError as error:
        raise AddressError(f"{authority} holds no certificate: {error}") from error
    return grpc.ssl_channel_credentials(certificates)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise AddressError(f"cannot read {file}: {error.strerror}") from error
