"""Who listens and who connects: one ROUTER for all that come, a DEALER for each that goes."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from contextlib import suppress
from itertools import count

import zmq
from zmq.utils.monitor import parse_monitor_message

from collab_kernel.errors import AddressError, ConnectionLostError
from collab_kernel.spi import Accept, Channel, Listener, Security

from .channel import HELLO, WELCOME, ZmqChannel
from .curve import Options, client_options, listener_options
from .loop_socket import LoopSocket

CURVE = "zmq+curve"
CONNECT_S = 5.0
RELEASE_S = 0.5

_ADDRESS = re.compile(
    r"(?P<scheme>zmq|zmq\+curve)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+|\*):(?P<port>[0-9]{1,5})"
)
_REASONS = {
    errno.EADDRINUSE: "the address is in use",
    errno.EADDRNOTAVAIL: "it is no address of this machine",
    errno.ENODEV: "it is no address of this machine",
    errno.EACCES: "this port needs more rights",
}
_NOBODY = zmq.EVENT_CLOSED | zmq.EVENT_CONNECT_RETRIED
_FOREIGN = (
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


class ZmqTransport:
    """Messages over ZeroMQ and TCP, in the clear or encrypted by CURVE."""

    async def listen(self, address: str, accept: Accept, security: Security | None) -> Listener:
        scheme, host, port = _parsed(address, security)
        options = listener_options(address, security) if scheme == CURVE else {}
        everywhere = host in ("*", "0.0.0.0", "::")
        [endpoint, *_] = await _endpoints("0.0.0.0" if host == "*" else host, port, address)
        listener = ZmqListener(accept, options)
        try:
            port = listener.bind(endpoint)
        except zmq.ZMQError as error:
            await listener.close()
            reason = _REASONS.get(error.errno or 0, error.strerror)
            raise AddressError(f"cannot listen at {address}: {reason}") from error
        name = await _own_name() if everywhere else host
        listener.address = (
            f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"
        )
        return listener

    async def connect(self, address: str, security: Security | None) -> Channel:
        scheme, host, port = _parsed(address, security)
        if port == 0:
            raise AddressError(f"{address} names no port to connect to")
        options = client_options(address, security) if scheme == CURVE else {}
        failure = ConnectionLostError(f"nobody answers at {address}")
        try:
            async with asyncio.timeout(CONNECT_S):
                for endpoint in await _endpoints(host, port, address):
                    try:
                        return await _dial(endpoint, address, options)
                    except ConnectionLostError as error:
                        failure = error
        except TimeoutError as error:
            raise ConnectionLostError(
                f"nobody answers at {address} within {CONNECT_S:g} s"
            ) from error
        raise failure


async def _dial(endpoint: str, address: str, options: Options) -> Channel:
    opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(reason: str) -> None:
        if not opened.done():
            opened.set_exception(ConnectionLostError(f"{reason} at {address}"))

    def deliver(frames: list[bytes]) -> None:
        if opened.done():
            channel.deliver(frames)
        elif frames == [b"", WELCOME]:
            opened.set_result(None)

    def notice(frames: list[bytes]) -> None:
        told = parse_monitor_message(frames)
        event = told["event"]
        if event & _NOBODY:
            fail("nobody listens")
        elif event & _FOREIGN and told["value"] == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
            fail("one side encrypts and the other does not")
        elif event & _FOREIGN and options:
            fail("the server has another key than the one it is known by")
        elif event & _FOREIGN:
            fail("somebody who speaks another protocol listens")
        else:
            fail("the connection was lost")
            wire.when_empty(channel.lost)

    wire = LoopSocket.create(zmq.DEALER, deliver, options)
    channel = ZmqChannel(address, wire, (), overflow=wire.pause, release=wire.close)
    try:
        wire.monitor(_NOBODY | _FOREIGN | zmq.EVENT_DISCONNECTED, notice)
        wire.connect(endpoint)
        wire.send((b"", HELLO))
        await opened
    except zmq.ZMQError as error:
        wire.close()
        raise ConnectionLostError(f"cannot connect to {address}: {error.strerror}") from error
    except BaseException:
        wire.close()
        raise
    return channel


class ZmqListener:
    """A ROUTER, and the channels of those that said hello to it."""

    address = ""

    def __init__(self, accept: Accept, options: Options) -> None:
        self._accept = accept
        self._loop = asyncio.get_running_loop()
        self._channels: dict[bytes, ZmqChannel] = {}
        self._numbers = count(1)
        self._endpoint = ""
        self._released = asyncio.Event()
        self._wire = LoopSocket.create(zmq.ROUTER, self._deliver, options)
        self._wire.monitor(zmq.EVENT_CLOSED, lambda _: self._released.set())
        self._closing: asyncio.Task[None] | None = None

    def bind(self, endpoint: str) -> int:
        """The real port. Raises zmq.ZMQError."""
        self._endpoint = self._wire.bind(endpoint)
        return int(self._endpoint.rpartition(":")[2])

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        # Goodbyes first: unbinding also breaks the connections that were accepted.
        await asyncio.gather(*[channel.close() for channel in self._channels.values()])
        if self._endpoint:
            self._wire.unbind(self._endpoint)
            with suppress(TimeoutError):
                # The port is free when the thread that does the work says so.
                await asyncio.wait_for(self._released.wait(), RELEASE_S)
        self._wire.close()

    def _deliver(self, frames: list[bytes]) -> None:
        identity = frames.pop(0)
        channel = self._channels.get(identity)
        if channel is not None:
            channel.deliver(frames)
        elif frames == [b"", HELLO] and self._closing is None:
            self._welcome(identity)

    def _welcome(self, identity: bytes) -> None:
        def forget() -> None:
            self._channels.pop(identity, None)

        channel = ZmqChannel(
            f"{self.address}#{next(self._numbers)}",
            self._wire,
            (identity,),
            overflow=lambda: channel.cut(),
            release=forget,
        )
        self._channels[identity] = channel
        if channel.tell(WELCOME):
            # In a turn of its own: if it fails, the messages of others are delivered all the same.
            self._loop.call_soon(self._accept, channel)
        else:
            forget()


def _parsed(address: str, security: Security | None) -> tuple[str, str, int]:
    """Scheme, host, port; the scheme says whether it is encrypted."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > 0xFFFF:
        raise AddressError(
            f"{address!r} is no address here: zmq://HOST:PORT or {CURVE}://HOST:PORT"
        )
    scheme = match["scheme"] if security is None else CURVE
    return scheme, match["host"].strip("[]"), int(match["port"])


async def _endpoints(host: str, port: int, address: str) -> list[str]:
    """Where ZeroMQ binds and connects: numbers, as it would look names up in its I/O thread."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"{address}: no host is known as {host!r}") from error
    # IPv4 first, at both ends, so that they agree on what `localhost` is.
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    places = [str(entry[4][0]) for entry in found]
    return [f"tcp://[{ip}]:{port}" if ":" in ip else f"tcp://{ip}:{port}" for ip in places]


async def _own_name() -> str:
    """This machine's name if it leads back to it, for others to use; else the loopback address."""
    name, loop = socket.gethostname(), asyncio.get_running_loop()
    try:
        async with asyncio.timeout(1.0):
            found = await loop.getaddrinfo(name, 0, family=socket.AF_INET, type=socket.SOCK_STREAM)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(found[0][4])
    except (OSError, UnicodeError):  # a TimeoutError is an OSError
        return "127.0.0.1"
    return name
