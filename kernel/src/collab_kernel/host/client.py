"""A client at work: one link, one mirror, and whatever waits for an answer."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar
from weakref import WeakSet

from collab_kernel.core.commands import Command, NamedValues, Request, Sync
from collab_kernel.core.effects import News
from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import (
    MAX_CLIENT_PACKET_BYTES,
    AnswerPart,
    CancelQuestion,
    Hello,
    Question,
    Replied,
    ServerMessage,
    SnapshotSlice,
    Welcome,
)
from collab_kernel.core.mirror import Mirror
from collab_kernel.core.presence import Gone, Shown
from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import (
    CollabError,
    ConnectionLostError,
    GoodbyeError,
    InvalidCommandError,
    LocalProtocolError,
    RemoteProtocolError,
)
from collab_kernel.host.link import Link
from collab_kernel.host.subscription import Subscription
from collab_kernel.spi import Channel
from collab_kernel.wire.packets import client_packet, server_messages
from collab_kernel.wire.rows import gathered

log = logging.getLogger(__name__)

T = TypeVar("T")

JOIN_WITHIN_S = 30.0


class Connection:
    """A participant's connection to its session; `mirror` is what it knows of it."""

    def __init__(self, channel: Channel) -> None:
        self.mirror = Mirror()
        self.acknowledged = self.mirror.state
        """The state that the last accepted command of mine led to, or found."""
        self.welcome: Welcome
        self._link: Link[ServerMessage] = Link(channel, self._read, client_packet)
        self._slices: list[SnapshotSlice] = []
        self._joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests: dict[int, asyncio.Future[int]] = {}
        self._request_numbers = itertools.count(1)
        self._questions: dict[int, tuple[asyncio.Future[Answer], list[bytes]]] = {}
        self._question_numbers = itertools.count(1)
        self._serials = itertools.count(1)
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._wait_numbers = itertools.count(1)
        # Weak: whoever stops iterating has stopped listening.
        self._events: WeakSet[Subscription[Event]] = WeakSet()
        self._presence: WeakSet[Subscription[Shown | Gone | Progress]] = WeakSet()
        self._derived: WeakSet[Subscription[Derived]] = WeakSet()
        self._task: asyncio.Task[None] | None = None
        self._error: CollabError | None = None

    @property
    def me(self) -> ParticipantId:
        return self.welcome.participant

    @property
    def lost(self) -> CollabError | None:
        """Why the connection has ended; None while it stands."""
        return self._error

    async def join(self, hello: Hello) -> None:
        """Take part; the mirror stands when this returns.

        Raises RefusedError, ProtocolError or ConnectionLostError.
        """
        self._link.outbox.reliable(client_packet(hello))
        self._link.flush()
        self._task = asyncio.create_task(self._run())
        try:
            async with asyncio.timeout(JOIN_WITHIN_S):
                await self._joined
        except TimeoutError:
            await self.close()
            raise ConnectionLostError(
                f"{self._link.channel.peer} did not let us join within {JOIN_WITHIN_S:g} s"
            ) from None
        except BaseException:
            await self.close()
            raise

    # -- what a client says ----------------------------------------------------------------

    def begin(
        self, command: Command | Sync, label: str = "", undo_set: int = 0
    ) -> asyncio.Future[int]:
        """Send a command now; the future is the revision it led to, or its refusal."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self._error is not None:
            future.set_exception(self._error)
            return future
        number = next(self._request_numbers)
        packet = client_packet(Request(number, command, label, undo_set))
        if len(packet) > MAX_CLIENT_PACKET_BYTES:
            future.set_exception(
                InvalidCommandError(
                    f"the command takes {len(packet)} bytes: at most {MAX_CLIENT_PACKET_BYTES} "
                    "can be sent; split it up"
                )
            )
            return future
        self._requests[number] = future
        self._link.outbox.reliable(packet)
        self._link.flush()
        return future

    def show(self, proxy: ProxyId, values: NamedValues) -> None:
        """Show one's own values of a proxy to the others; the mirror has them at once."""
        shown = Shown(self.me, proxy, next(self._serials), values)
        self.mirror.fold(shown)
        merged = self.mirror.presence.shown[self.me, proxy]
        self._link.outbox.latest(proxy, client_packet(merged))
        self._link.flush()

    async def ask(self, query: Query) -> Answer:
        """The answer to a question. Raises what the renderer or the policy says."""
        if self._error is not None:
            raise self._error
        number = next(self._question_numbers)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._questions[number] = (future, [])
        self._link.outbox.reliable(client_packet(Question(number, query)))
        self._link.flush()
        try:
            return await future
        except asyncio.CancelledError:
            self._link.outbox.reliable(client_packet(CancelQuestion(number)))
            self._link.flush()
            raise
        finally:
            self._questions.pop(number, None)

    # -- what a client waits for -----------------------------------------------------------

    async def reached(self, revision: int) -> None:
        """Return when the mirror has folded `revision`. Raises ConnectionLostError."""
        if self.mirror.state.revision >= revision:
            return
        if self._error is not None:
            raise self._error
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (revision, next(self._wait_numbers), future))
        await future

    def events(self) -> Subscription[Event]:
        """Every event from now on."""
        return self._subscribed(self._events)

    def presence(self) -> Subscription[Shown | Gone | Progress]:
        """What others show of themselves, and progress, from now on."""
        return self._subscribed(self._presence)

    def derived(self) -> Subscription[Derived]:
        """What the renderer finds out, from now on."""
        return self._subscribed(self._derived)

    def _subscribed(self, listeners: WeakSet[Subscription[T]]) -> Subscription[T]:
        subscription = Subscription[T](listeners.discard)
        if self._error is not None:
            subscription.end(self._error)
        else:
            listeners.add(subscription)
        return subscription

    # -- what arrives ----------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._link.run(self._handle)
        except CollabError as error:
            self._end(error)
        except Exception as error:
            log.exception("the connection failed")
            self._end(LocalProtocolError(f"the client failed: {error!r}"))
        finally:
            if self._error is None:
                self._end(ConnectionLostError("the connection was closed"))

    def _read(self, packet: bytes) -> Iterator[ServerMessage]:
        """What was before a change costs as much to read as the change: only for who listens."""
        return server_messages(packet, with_before=bool(self._events))

    def _handle(self, message: ServerMessage) -> None:
        if isinstance(message, Event):
            self._fold(message)
            if message.author == self.me:
                self._acknowledge(message.request, message.revision)
            self._wake_up(message.revision)
            _put(self._events, message)
        elif isinstance(message, Derived):
            self._fold(message)
            _put(self._derived, message)
        elif isinstance(message, Shown | Gone | Progress):
            self._fold(message)
            _put(self._presence, message)
        elif isinstance(message, Replied):
            self._acknowledge(message.request, message.revision, message.error)
        elif isinstance(message, AnswerPart):
            self._gather(message)
        elif isinstance(message, SnapshotSlice):
            self._load(message)
        elif isinstance(message, Welcome):
            self.welcome = message

    def _fold(self, news: News) -> None:
        if not self._joined.done() and isinstance(news, Event):
            raise RemoteProtocolError("an event came before the snapshot")
        self.mirror.fold(news)

    def _load(self, part: SnapshotSlice) -> None:
        self._slices.append(part)
        if part.last:
            self.mirror.load(gathered(self._slices))
            self._slices = []
            self._wake_up(part.revision)
            if not self._joined.done():
                self._joined.set_result(None)

    def _acknowledge(self, request: int, revision: int, error: CollabError | None = None) -> None:
        future = self._requests.pop(request, None)
        if future is not None and not future.done():
            if error is not None:
                future.set_exception(error)
            else:
                self.acknowledged = self.mirror.state
                future.set_result(revision)

    def _wake_up(self, revision: int) -> None:
        while self._waiting and self._waiting[0][0] <= revision:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)

    def _gather(self, part: AnswerPart) -> None:
        if part.number not in self._questions:
            return  # it was cancelled
        future, parts = self._questions[part.number]
        parts.append(part.data)
        if future.done() or not part.last:
            return
        if part.error is not None:
            future.set_exception(part.error)
        else:
            future.set_result(replace(part.answer or Answer(), data=b"".join(parts)))

    # -- the end ---------------------------------------------------------------------------

    async def close(self) -> None:
        """Say goodbye and close; idempotent."""
        if self._error is None:
            self._link.end(GoodbyeError("the participant left"))
            if self._task is not None:
                await asyncio.wait([self._task], timeout=2.0)
            self._end(ConnectionLostError("the session was closed"), quietly=True)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._link.close()

    def _end(self, error: CollabError, quietly: bool = False) -> None:
        """Nothing more comes: whoever waits is told why, once."""
        if self._error is not None:
            return
        leaving = isinstance(error, GoodbyeError)
        self._error = ConnectionLostError("the session was closed") if leaving else error
        futures: list[asyncio.Future[Any]] = [
            self._joined,
            *self._requests.values(),
            *(future for _, _, future in self._waiting),
            *(future for future, _ in self._questions.values()),
        ]
        for future in futures:
            if not future.done():
                future.set_exception(self._error)
                future.exception()  # somebody may have stopped waiting: that is no leak
        reason = None if leaving or quietly else self._error
        listeners: list[Subscription[Any]] = [*self._events, *self._presence, *self._derived]
        for subscription in listeners:
            subscription.end(reason)


def _put(listeners: WeakSet[Subscription[T]], item: T) -> None:
    for subscription in listeners:
        subscription.put(item)
