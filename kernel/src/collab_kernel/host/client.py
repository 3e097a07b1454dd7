"""A client at work: one link, one mirror, and whatever waits for an answer.

Longer than other modules on purpose: what is asked, what waits for its answer, and what is asked
again after a break are one thing.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar
from weakref import WeakSet

from collab_kernel.core.commands import Command, NamedValues, Request, Sync
from collab_kernel.core.effects import News
from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import (
    MAX_CLIENT_PACKET_BYTES,
    AnswerPart,
    BlobPart,
    BlobStored,
    CancelQuestion,
    FramePart,
    FrameShown,
    Hello,
    Question,
    Replied,
    ServerMessage,
    SnapshotSlice,
    Watch,
    Welcome,
)
from collab_kernel.core.mirror import Mirror
from collab_kernel.core.peer import CAPABILITIES, Capability, Terms, agreed
from collab_kernel.core.presence import MEASURED, SESSION, Gone, Shown
from collab_kernel.core.queries import Answer, AnyQuery, SaveData
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import (
    CollabError,
    ConnectionLostError,
    GoodbyeError,
    InvalidCommandError,
    LocalProtocolError,
    NotAllowedError,
    RemoteProtocolError,
)
from collab_kernel.host.link import Link
from collab_kernel.host.offers import Offers
from collab_kernel.host.reconnection import Back, Notice, Reconnecting, Reconnection, Skipped
from collab_kernel.host.subscription import Subscription
from collab_kernel.host.watched import Watched
from collab_kernel.spi import Channel
from collab_kernel.wire.packets import client_messages, client_packet, server_messages
from collab_kernel.wire.rows import gathered

log = logging.getLogger(__name__)

T = TypeVar("T")

JOIN_WITHIN_S = 30.0


@dataclass(slots=True)
class _Asked:
    """A question that waits. packet: that asks it.  parts: of its answer.  sent: whether the
    server may know of it."""

    answer: asyncio.Future[Answer]
    query: AnyQuery
    packet: bytes
    parts: list[bytes] = field(default_factory=list)
    sent: bool = False


class Connection:
    """A participant's connection to its session; `mirror` is what it knows of it.

    reconnection: how to come back when it breaks; everything that was asked for and shown then
    is asked for and shown again.
    """

    def __init__(self, channel: Channel, reconnection: Reconnection) -> None:
        self.mirror = Mirror()
        self.acknowledged = self.mirror.state
        """The state that the last accepted command of mine led to, or found."""
        self.welcome: Welcome
        self.terms: Terms
        self._hello = Hello()
        self._link = self._linked(channel)
        self._reconnection = reconnection
        self._dialling = False
        self._standing = False
        self._closing: set[asyncio.Task[None]] = set()
        self._leaving = False
        self._slices: list[SnapshotSlice] = []
        self._joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests: dict[int, tuple[asyncio.Future[int], bytes]] = {}
        """What has no answer yet, and the packet that asks for it."""
        self._last_request = 0
        self._questions: dict[int, _Asked] = {}
        self._question_numbers = itertools.count(1)
        self._serials = itertools.count(1)
        self.offers = Offers(self._tell, self._stream)
        self.watched = Watched(self._tell)
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._wait_numbers = itertools.count(1)
        # Weak: whoever stops iterating has stopped listening.
        self._events: WeakSet[Subscription[Event]] = WeakSet()
        self._presence: WeakSet[Subscription[Shown | Gone | Progress]] = WeakSet()
        self._derived: WeakSet[Subscription[Derived]] = WeakSet()
        self._notices: WeakSet[Subscription[Notice]] = WeakSet()
        self._task: asyncio.Task[None] | None = None
        self._error: CollabError | None = None

    @property
    def me(self) -> ParticipantId:
        return self.welcome.participant

    @property
    def lost(self) -> CollabError | None:
        """Why the connection has ended for good; None while it stands, or is made anew."""
        return self._error

    @property
    def connected(self) -> bool:
        """Whether it stands now."""
        return self._standing and self._error is None

    async def join(self, hello: Hello) -> None:
        """Take part; the mirror stands when this returns.

        Raises RefusedError, ProtocolError or ConnectionLostError.
        """
        self._hello = replace(hello, capabilities=hello.capabilities or CAPABILITIES)
        self._send(client_packet(self._hello))
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
        if Capability.ASK in self.terms.capabilities:
            future.set_exception(
                NotAllowedError("who only asks", "change anything", "connect, and take a seat")
            )
            return future
        number = self._last_request + 1
        packet = client_packet(Request(number, command, label, undo_set))
        if len(packet) > MAX_CLIENT_PACKET_BYTES:
            future.set_exception(
                InvalidCommandError(
                    f"the command takes {len(packet)} bytes: at most {MAX_CLIENT_PACKET_BYTES} "
                    "can be sent; split it up"
                )
            )
            return future
        self._last_request = number
        self._requests[number] = future, packet
        if self._standing:
            self._send(packet)
        return future

    def show(self, proxy: ProxyId, values: NamedValues) -> None:
        """Show one's own values of a proxy to the others; the mirror has them at once."""
        last = self.mirror.presence.shown.get((self.me, proxy))  # the server's, it may be
        serial = max(next(self._serials), last.serial + 1 if last else 0)
        shown = Shown(self.me, proxy, serial, values)
        self.mirror.presence = self.mirror.presence.with_shown(shown)
        if self._standing:
            self._show(proxy)

    def show_first(self, proxy: ProxyId) -> None:
        """Let what I show of a proxy arrive before what I ask for next, which else overtakes it."""
        shown = self.mirror.presence.shown.get((self.me, proxy))
        if shown is not None and self._standing:
            self._send(client_packet(shown))

    async def ask(self, query: AnyQuery) -> Answer:
        """The answer to a question. Raises what the renderer or the policy says."""
        if self._error is not None:
            raise self._error
        number = next(self._question_numbers)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        packet = client_packet(Question(number, query))
        asked = self._questions[number] = _Asked(future, query, packet)
        if self._standing:
            self._ask(asked)
        try:
            return await future
        except asyncio.CancelledError:
            if self._standing:
                self._send(client_packet(CancelQuestion(number)))
            raise
        finally:
            self._questions.pop(number, None)

    def _ask(self, asked: _Asked) -> None:
        asked.parts.clear()
        asked.sent = True
        self._send(asked.packet)

    def _send(self, packet: bytes) -> None:
        self._link.outbox.reliable(packet)
        self._link.flush()

    def _tell(self, message: BlobPart | Watch | FrameShown) -> None:
        if self._standing:
            self._send(client_packet(message))

    def _stream(self, parts: Iterator[BlobPart]) -> None:
        """Send parts behind everything else, each encoded when its turn comes."""
        self._link.outbox.bulk(map(client_packet, parts))
        self._link.flush()

    def _show(self, proxy: ProxyId) -> None:
        """Send what I show of a proxy, but for what the server has found out about me."""
        shown = self.mirror.presence.shown[self.me, proxy]
        mine = tuple(v for v in shown.values if proxy != SESSION or not MEASURED.has(v[0]))
        self._link.outbox.latest(proxy, client_packet(replace(shown, values=mine)))
        self._link.flush()

    @property
    def pending(self) -> Iterator[Command | Sync]:
        """The commands that have no answer yet, in the order of asking."""
        for _, packet in self._requests.values():
            for message in client_messages(packet):
                if isinstance(message, Request):
                    yield message.command

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
        """Every event from now on, unless a notice says which were skipped."""
        return self._subscribed(self._events)

    def presence(self) -> Subscription[Shown | Gone | Progress]:
        """What others show of themselves, and progress, from now on."""
        return self._subscribed(self._presence)

    def derived(self) -> Subscription[Derived]:
        """What the renderer finds out, from now on."""
        return self._subscribed(self._derived)

    def notices(self) -> Subscription[Notice]:
        """When the connection breaks and stands again, from now on."""
        return self._subscribed(self._notices)

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
            while True:
                try:
                    await self._link.run(self._handle)
                except CollabError as error:
                    await self._redial(error)
        except CollabError as error:
            self._end(error)
        except Exception as error:
            log.exception("the connection failed")
            self._end(LocalProtocolError(f"the client failed: {error!r}"))
        finally:
            if self._error is None:
                self._end(ConnectionLostError("the connection was closed"))

    def _linked(self, channel: Channel) -> Link[ServerMessage]:
        return Link(channel, self._read, client_packet)

    async def _redial(self, error: CollabError) -> None:
        """Connect again, and ask to be taken for who we were. Raises why there is no way back."""
        self._standing = False
        self._slices.clear()
        for asked in self._questions.values():
            if asked.sent and isinstance(asked.query, SaveData) and not asked.answer.done():
                asked.answer.set_exception(
                    ConnectionLostError(
                        f"the connection broke while {asked.query.file_name!r} was saved: it may "
                        "have been written"
                    )
                )
        if self._leaving:  # the server hung up before our goodbye was through
            raise GoodbyeError("the participant left") from error
        if not self._hello.resume_key or not self._reconnection.makes_sense(error):
            raise error
        if self._reconnection.breaks():
            _put(self._notices, Reconnecting(error))
        closing = asyncio.create_task(self._link.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        self._dialling = True
        try:
            self._link = self._linked(await self._reconnection.channel(error))
        finally:
            self._dialling = False
        hello = replace(
            self._hello,
            seen_revision=self.mirror.state.revision,
            answered=min(self._requests, default=self._last_request + 1) - 1,
        )
        self._send(client_packet(hello))

    def _welcomed(self, welcome: Welcome) -> None:
        self.terms = agreed(self._hello, welcome)
        returns = self._hello.resume_participant
        if returns and not (welcome.resumed and welcome.participant == returns):
            raise RemoteProtocolError("the server let us in as somebody else")
        self.welcome = welcome
        if welcome.resume_key:
            self._hello = replace(
                self._hello,
                session=welcome.session,  # the default one may be another by then
                resume_participant=welcome.participant,
                resume_key=welcome.resume_key,
            )
        self._standing = True
        self._reconnection.stands()
        if returns:
            self._resume(welcome.decided)

    def _resume(self, decided: int) -> None:
        """Go on where the connection broke: what was decided is answered from the server's
        memory, and the rest is sent again, under the same numbers."""
        others = {who for who, _ in self.mirror.presence.shown} - {self.me}
        for gone in map(Gone, sorted(others)):  # whoever is here is shown again
            self.mirror.fold(gone)
            _put(self._presence, gone)
        self.mirror.progress.clear()
        forgotten = [number for number in self._requests if number <= decided]
        for number, (_, packet) in self._requests.items():
            if number > decided:
                self._send(packet)
        if forgotten:
            self.begin(Sync()).add_done_callback(partial(self._give_up, forgotten))
        for asked in self._questions.values():
            if not asked.answer.done():
                self._ask(asked)
        self.offers.again()
        self.watched.again()
        for who, proxy in self.mirror.presence.shown:
            if who == self.me:
                self._show(proxy)
        _put(self._notices, Back())

    def _give_up(self, requests: list[int], synced: asyncio.Future[int]) -> None:
        """All answers that the server still had have come."""
        if synced.cancelled() or synced.exception() is not None:
            return
        error = ConnectionLostError(
            "the connection broke after this command was decided, and the server does not know "
            "the answer any more: see what there is now"
        )
        for request in requests:
            self._acknowledge(request, 0, error)

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
        elif isinstance(message, BlobStored):
            self.offers.stored(message)
        elif isinstance(message, FramePart):
            self.watched.take(message)
        elif isinstance(message, SnapshotSlice):
            self._load(message)
        elif isinstance(message, Welcome):
            self._welcomed(message)

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
            else:
                _put(self._notices, Skipped(part.revision))

    def _acknowledge(self, request: int, revision: int, error: CollabError | None = None) -> None:
        future, _ = self._requests.pop(request, (None, b""))
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
        asked = self._questions[part.number]
        asked.parts.append(part.data)
        if asked.answer.done() or not part.last:
            return
        if part.error is not None:
            asked.answer.set_exception(part.error)
        else:
            data = b"".join(asked.parts)
            asked.answer.set_result(replace(part.answer or Answer(), data=data))

    # -- the end ---------------------------------------------------------------------------

    async def close(self) -> None:
        """Say goodbye and close; idempotent."""
        if self._error is None:
            self._leaving = True
            self._link.end(GoodbyeError("the participant left"))
            if self._task is not None and not self._dialling:
                await asyncio.wait([self._task], timeout=2.0)
            self._end(ConnectionLostError("the session was closed"), quietly=True)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(self._link.close(), *self._closing)

    def _end(self, error: CollabError, quietly: bool = False) -> None:
        """Nothing more comes: whoever waits is told why, once."""
        if self._error is not None:
            return
        leaving = isinstance(error, GoodbyeError)
        self._error = ConnectionLostError("the session was closed") if leaving else error
        futures: list[asyncio.Future[Any]] = [
            self._joined,
            *(future for future, _ in self._requests.values()),
            *(future for _, _, future in self._waiting),
            *(asked.answer for asked in self._questions.values()),
        ]
        for future in futures:
            if not future.done():
                future.set_exception(self._error)
                future.exception()  # somebody may have stopped waiting: that is no leak
        self.offers.end(self._error)
        reason = None if leaving or quietly else self._error
        self.watched.end(reason)
        listeners: list[Subscription[Any]] = [
            *self._events,
            *self._presence,
            *self._derived,
            *self._notices,
        ]
        for subscription in listeners:
            subscription.end(reason)


def _put(listeners: WeakSet[Subscription[T]], item: T) -> None:
    for subscription in listeners:
        subscription.put(item)
