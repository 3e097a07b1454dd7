"""A ZeroMQ socket on the event loop.

Not zmq.asyncio: that makes a future and two callbacks for every message; measured here it takes
about twice as long. A ZeroMQ socket has one file descriptor that becomes readable when something,
anything, has happened to it, and that says nothing more: so whoever is woken takes all there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count

import zmq

LINGER_MS = 1000
HEARTBEAT_MS = 30_000
# Messages that are taken before others have their turn on the loop.
_TURN = 256
_NOBLOCK = int(zmq.NOBLOCK)
_monitors = count(1)

Deliver = Callable[[list[bytes]], None]


@cache
def _context() -> zmq.Context[zmq.Socket[bytes]]:
    # Never terminated: that would wait, at exit, for what peers do not read.
    return zmq.Context()


class LoopSocket:
    """Hands each message that comes to `deliver`, on the event loop it was made on."""

    def __init__(self, socket: zmq.Socket[bytes], deliver: Deliver) -> None:
        self.closed = False
        self._socket, self._deliver = socket, deliver
        self._loop = asyncio.get_running_loop()
        self._paused = self._looking = False
        self._emptied: list[Callable[[], None]] = []
        self._monitor: LoopSocket | None = None
        self._first: zmq.Frame | None = None
        self._receive = self._routed if socket.type == zmq.ROUTER else socket.recv_multipart
        self._fd = int(socket.getsockopt(zmq.FD))
        self._loop.add_reader(self._fd, self.drain)
        # What came before the descriptor was watched wakes nobody.
        self._look_again()

    @classmethod
    def create(
        cls,
        kind: int,
        deliver: Deliver,
        limit_bytes: int,
        options: Mapping[int, int | bytes] | None = None,
    ) -> LoopSocket:
        """A DEALER or a ROUTER that neither queues without bounds nor connects again.

        limit_bytes: of a frame; more ends the connection that brings it.  options: more of
        the socket's, such as its keys.
        """
        socket = _context().socket(kind)
        for option, value in (options or {}).items():
            socket.setsockopt(option, value)
        socket.setsockopt(zmq.MAXMSGSIZE, limit_bytes)
        socket.setsockopt(zmq.LINGER, LINGER_MS)
        socket.setsockopt(zmq.IPV6, 1)
        # A connection that broke has lost messages, so it is over. A day rather than -1, which
        # would also drop what had arrived and was not read.
        socket.setsockopt(zmq.RECONNECT_IVL, 86_400_000)
        # A connection whose other end has vanished is dropped, also by a side that only waits.
        socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        if kind == zmq.ROUTER:
            # To a peer that is gone: an error instead of silence.
            socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
            # With a domain ZeroMQ hangs up on the protocol of its first versions, for which it
            # would take almost anything that is sent here: an HTTP request, say.
            socket.setsockopt_string(zmq.ZAP_DOMAIN, "collab")
        return cls(socket, deliver)

    def bind(self, endpoint: str) -> str:
        """The endpoint with its real port. Raises zmq.ZMQError."""
        self._socket.bind(endpoint)
        return self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def unbind(self, endpoint: str) -> None:
        self._socket.unbind(endpoint)

    def connect(self, endpoint: str) -> None:
        self._socket.connect(endpoint)

    def monitor(self, events: int, deliver: Deliver) -> None:
        """Tell `deliver` of these events, before anything is bound or connected."""
        address = f"inproc://monitor-{next(_monitors)}"
        self._socket.monitor(address, events)
        told = _context().socket(zmq.PAIR)
        # Without a limit: at one, ZeroMQ's own thread would wait here, with a lock in its hands.
        told.setsockopt(zmq.RCVHWM, 0)
        told.setsockopt(zmq.LINGER, 0)
        told.connect(address)
        self._monitor = LoopSocket(told, deliver)

    def refresh(self) -> None:
        """Deliver what the monitor has told until now."""
        if self._monitor is not None:
            self._monitor.drain()

    @property
    def source(self) -> int:
        """The file descriptor of the connection over which the last message came, at a ROUTER."""
        assert self._first is not None
        return int(self._first.get("__fd"))

    def send(self, frames: Sequence[bytes]) -> None:
        """Queue one message. Raises zmq.Again if the peer's queue is full, or zmq.ZMQError."""
        self._socket.send_multipart(frames, _NOBLOCK)
        # Sending looks after incoming news too, which then wakes nobody.
        if not self._looking:
            self._look_again()

    def pause(self) -> None:
        """Deliver nothing until `resume`: the peer's messages stay in its queue and in ours."""
        self._paused = True

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self._loop.call_soon(self.drain)

    def when_empty(self, emptied: Callable[[], None]) -> None:
        """Call `emptied` once what has arrived is delivered."""
        self._emptied.append(emptied)
        self._loop.call_soon(self.drain)

    def close(self) -> None:
        """Deliver nothing any more; what was sent goes on its way for LINGER_MS at most."""
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._fd)
        if self._monitor is not None:
            self._socket.monitor(None, 0)
            self._monitor.close()
        self._socket.close()

    def _look_again(self) -> None:
        self._looking = True
        self._loop.call_soon(self._look)

    def _look(self) -> None:
        self._looking = False
        if not self.closed and int(self._socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
            self.drain()

    def _routed(self, flags: int) -> list[bytes]:
        """A message at a ROUTER, whose first frame also knows its connection."""
        self._first = self._socket.recv(flags, copy=False)
        return [self._first.bytes, *self._socket.recv_multipart()]

    def drain(self) -> None:
        receive = self._receive
        for _ in range(_TURN):
            if self.closed or self._paused:
                return
            try:
                frames = receive(_NOBLOCK)
            except zmq.Again:
                waiting, self._emptied = self._emptied, []
                for emptied in waiting:
                    emptied()
                return
            self._deliver(frames)
        self._look_again()
