"""Who listens and who connects: one ROUTER for all that come, a DEALER for each that goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import zmq
from zmq.utils.monitor import parse_monitor_message

from collab_kernel.errors import ConnectionLostError
from collab_kernel.network import join, parse
from collab_kernel.spi import MAX_MESSAGE_BYTES, Accept, Channel, Listener, Security

from .channel import HELLO, WELCOME, ZmqChannel
from .curve import OVERHEAD_BYTES, Options, client_options, listener_options
from .loop_socket import LoopSocket
from .threshold import Threshold

CURVE = "zmq+curve"
CONNECT_S = 5.0
RELEASE_S = 0.5

_NOBODY = zmq.EVENT_CLOSED | zmq.EVENT_CONNECT_RETRIED
_FOREIGN = (
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


class ZmqTransport:
    """Messages over ZeroMQ and TCP, in the clear or encrypted by CURVE."""

    async def listen(
        self,
        address: str,
        accept: Accept,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Listener:
        place = parse(address, "zmq", CURVE, security)
        options = listener_options(address, security) if place.scheme == CURVE else {}
        [ip, *_] = await place.ips()
        listener = ZmqListener(accept, options, _on_wire(max_message_bytes, options))
        try:
            port = listener.bind(join("tcp", ip, place.port))
        except zmq.ZMQError as error:
            await listener.close()
            raise place.refusal(error.errno, error.strerror) from error
        listener.address = await place.reached_at(port)
        return listener

    async def connect(
        self,
        address: str,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Channel:
        place = parse(address, "zmq", CURVE, security)
        place.check_port()
        options = client_options(address, security) if place.scheme == CURVE else {}
        failure = ConnectionLostError(f"nobody answers at {address}")
        try:
            async with asyncio.timeout(CONNECT_S):
                for ip in await place.ips():
                    try:
                        endpoint = join("tcp", ip, place.port)
                        limit_bytes = _on_wire(max_message_bytes, options)
                        return await _dial(endpoint, address, options, limit_bytes)
                    except ConnectionLostError as error:
                        failure = error
        except TimeoutError as error:
            raise ConnectionLostError(
                f"nobody answers at {address} within {CONNECT_S:g} s"
            ) from error
        raise failure


def _on_wire(message_bytes: int, options: Options) -> int:
    return message_bytes + OVERHEAD_BYTES if options else message_bytes


async def _dial(endpoint: str, address: str, options: Options, limit_bytes: int) -> Channel:
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

    wire = LoopSocket.create(zmq.DEALER, deliver, limit_bytes, options)
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

    def __init__(self, accept: Accept, options: Options, limit_bytes: int) -> None:
        self._accept = accept
        self._loop = asyncio.get_running_loop()
        self._channels: dict[bytes, ZmqChannel] = {}
        self._endpoint = ""
        self._released = asyncio.Event()
        self._wire = LoopSocket.create(zmq.ROUTER, self._deliver, limit_bytes, options)
        self._threshold = Threshold(self._wire.refresh, self._wire.when_empty)
        self._wire.monitor(
            zmq.EVENT_CLOSED | zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED, self._notice
        )
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
        self._threshold.close()
        self._wire.close()

    def _notice(self, frames: list[bytes]) -> None:
        told = parse_monitor_message(frames)
        if told["event"] == zmq.EVENT_ACCEPTED:
            self._threshold.came(told["value"])
        elif told["event"] == zmq.EVENT_DISCONNECTED:
            self._threshold.went(told["value"])
        else:
            self._released.set()

    def _deliver(self, frames: list[bytes]) -> None:
        identity = frames.pop(0)
        channel = self._channels.get(identity)
        if channel is not None:
            channel.deliver(frames)
        elif frames == [b"", HELLO] and self._closing is None:
            self._welcome(identity)

    def _welcome(self, identity: bytes) -> None:
        connection = self._threshold.let_in(self._wire.source)

        def forget() -> None:
            if self._channels.pop(identity, None) is not None:
                self._threshold.let_go(connection)

        channel = ZmqChannel(
            f"{self.address.partition('://')[0]}://{connection.peer}",
            self._wire,
            (identity,),
            overflow=lambda: channel.cut(),
            release=forget,
        )
        self._channels[identity] = channel
        connection.lost = channel.lost
        if channel.tell(WELCOME):
            # In a turn of its own: if it fails, the messages of others are delivered all the same.
            self._loop.call_soon(self._accept, channel)
        else:
            forget()
