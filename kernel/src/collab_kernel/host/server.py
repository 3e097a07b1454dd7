"""A server at work: listeners, the connections they bring, and the sessions behind them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from collab_kernel.core.messages import (
    MAX_CLIENT_PACKET_BYTES,
    ClientMessage,
    Hello,
)
from collab_kernel.core.peer import (
    HELLO_WITHIN_S,
    MAX_HELLO_BYTES,
    Capability,
    Terms,
    Throttle,
    negotiate,
)
from collab_kernel.core.stimuli import Join
from collab_kernel.errors import (
    BusyError,
    CollabError,
    GoodbyeError,
    LocalProtocolError,
    RemoteProtocolError,
    UnknownSessionError,
    WrongConnectIdError,
)
from collab_kernel.host.addresses import Place
from collab_kernel.host.admission import (
    Admission,
    Admitted,
    Door,
    note_admission,
    note_onlooker,
    note_refusal,
)
from collab_kernel.host.answers import Answers
from collab_kernel.host.context import about
from collab_kernel.host.counters import ServerCounters
from collab_kernel.host.farewell import Farewell
from collab_kernel.host.link import Link
from collab_kernel.host.onlooker import Onlooker
from collab_kernel.host.session import HostedSession
from collab_kernel.host.site import Site
from collab_kernel.host.visitor import Visitor
from collab_kernel.plugins import made
from collab_kernel.spi import Channel, FileServer, Listener, Proxied, Security
from collab_kernel.wire.packets import client_messages, server_packet

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE_S, LAST_PAUSE_S = 0.25, 5.0
"""Between two attempts to reach a client that waits for us."""

WIRE_LIMIT_BYTES = 2 * MAX_CLIENT_PACKET_BYTES
"""What a wire takes of a client in one go: a little too much gets a reason, far too much is cut
off, and strangers hold no more than this."""

GUESSES_PER_S, GUESSES_BURST_S = 2.0, 5.0
"""Wrong connect ids, in all sessions, from everybody."""

GUESS_WITHIN_S = 5.0
"""For so long a newcomer waits for their turn to say the connect id, at most: who hears nothing
for ten seconds goes away."""

MAX_HALF_OPEN = 500
"""Connections that have said nothing yet; and as many that wait for their token's check."""


@dataclass(frozen=True, slots=True)
class _Guest:
    """Who may come in. behind: what they said behind their hello already."""

    session: HostedSession
    hello: Hello
    terms: Terms
    admitted: Admitted
    behind: Sequence[ClientMessage]


class ServerHost:
    """Accepts connections and introduces them to their sessions.

    page: where the files of a web page lie, for transports that serve files; may block.
    site: where that page is seen.
    """

    def __init__(
        self,
        sessions: dict[str, HostedSession],
        answers: Answers,
        admission: Admission,
        page: Callable[[], Path | None],
        site: Site,
        counters: ServerCounters,
    ) -> None:
        self.sessions = sessions
        self.pages: list[str] = []
        """Where the web page is to be seen, for browsers."""
        self._page = page
        self._site = site
        self.is_proxied = False
        """Whether a listener is there that can stand behind a proxy."""
        self._admission = admission
        self._counters = counters
        self._silent: dict[Link[ClientMessage], asyncio.Timeout] = {}
        self._signing_on = 0
        now_s = asyncio.get_running_loop().time()
        self._guesses = Throttle(now_s, GUESSES_PER_S, math.inf, GUESSES_BURST_S)
        self._ready = asyncio.Event()
        self._dialling: list[asyncio.Task[None]] = []
        self._answers = answers
        self._listeners: list[Listener] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, place: Place, security: Security | None) -> str:
        """Accept at `place`; the real address. Raises AddressError."""
        door = Door(place.spec.scheme, self._site.trusts(place), security is not None)

        def accept(channel: Channel) -> None:
            task = asyncio.create_task(self._serve(channel, door))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

        secured = replace(place, encrypted=security is not None)
        transport = made(place.spec, place.spec.create)
        folder = None
        if isinstance(transport, FileServer):
            folder = await asyncio.to_thread(self._page)
            if folder is not None:
                transport.serve_files(folder)
        if isinstance(transport, Proxied):
            transport.stand_at(self._site.base_path, self._site.behind_proxy)
            self.is_proxied = True
        listener = await transport.listen(secured.address, accept, security, WIRE_LIMIT_BYTES)
        self._listeners.append(listener)
        if folder is not None:
            scheme = "https" if secured.encrypted else "http"
            here = urlsplit(listener.address).netloc
            self.pages.append(f"{scheme}://{here}{self._site.base_path}/")
        return listener.address

    def dial(self, place: Place, security: Security | None) -> None:
        """Keep a connection to a client that waits for this server: for servers that nobody
        can reach. What comes over it is treated as from a listener."""
        self._dialling.append(asyncio.create_task(self._dial(place, security)))

    async def _dial(self, place: Place, security: Security | None) -> None:
        door = Door(place.spec.scheme, place.local, security is not None)
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                transport = made(place.spec, place.spec.create)
                channel = await transport.connect(place.address, security, WIRE_LIMIT_BYTES)
            except CollabError as error:
                log.info("%s: %s", place.address, error)
            else:
                pause_s = FIRST_PAUSE_S
                await self._serve(channel, door)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LAST_PAUSE_S)

    def admit(self) -> None:
        """Let in who comes from here on, and who has waited."""
        self._ready.set()

    async def close(self, farewell: Farewell) -> None:
        """Let nobody in any more, tell everybody, end every connection, stop accepting: within
        seconds, also where peers read nothing."""
        self._ready.clear()
        async with asyncio.TaskGroup() as closing:
            for session in self.sessions.values():
                closing.create_task(session.close(farewell))
        for task in self._dialling:
            task.cancel()
        await asyncio.gather(*self._dialling, return_exceptions=True)
        if self._connections:
            _, left = await asyncio.wait(self._connections, timeout=2.0)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await asyncio.gather(*(listener.close() for listener in self._listeners))
        self._admission.close()
        self._answers.close()

    # -- one connection --------------------------------------------------------------------

    async def _serve(self, channel: Channel, door: Door) -> None:
        """From the first byte to the last. Whatever goes wrong here is this peer's alone."""
        reason: CollabError | None = None
        traffic = self._counters.traffic_of(door.transport)
        traffic.connections += 1
        link: Link[ClientMessage] = Link(
            channel, client_messages, server_packet, MAX_CLIENT_PACKET_BYTES, traffic
        )
        try:
            if not self._ready.is_set() and len(self._connections) > MAX_HALF_OPEN:
                raise BusyError("too many others wait to be let in: try again later")
            await self._ready.wait()
            guest = await self._introduce(link, door)
            await self._take_part(link, guest, door)
        except GoodbyeError:
            pass
        except CollabError as error:
            reason = error
        except Exception:
            log.exception("serving %s failed", channel.peer)
            reason = LocalProtocolError("the server failed to serve this connection: see its log")
        finally:
            if reason is not None:
                self._counters.turned_away[reason.code] += 1
                note_refusal(channel.peer, door, reason)
            await link.close(reason)

    async def _introduce(self, link: Link[ClientMessage], door: Door) -> _Guest:
        """Everything before anybody is let in, bounded in number, size and time."""
        packet = await self._first_packet(link)
        link.took(len(packet))
        hello, *behind = self._hello(packet)
        terms = negotiate(hello)
        session = self._session(hello.session, door)
        session.members.check_resume(hello)
        if self._signing_on >= MAX_HALF_OPEN:
            raise BusyError("too many others are being let in: try again later")
        self._signing_on += 1
        try:
            admitted = await self._admission.identify(hello, session.name, link.channel.peer, door)
        finally:
            self._signing_on -= 1
        return _Guest(session, hello, terms, admitted, behind)

    async def _first_packet(self, link: Link[ClientMessage]) -> bytes:
        """Where too many are silent already, whoever has been it for longest makes room: a crowd
        that never speaks keeps out nobody who does."""
        if len(self._silent) >= MAX_HALF_OPEN:
            with contextlib.suppress(RuntimeError):  # its time is up anyway
                self._silent.pop(next(iter(self._silent))).reschedule(0.0)
        try:
            async with asyncio.timeout(HELLO_WITHIN_S) as deadline:
                self._silent[link] = deadline
                return await link.packet()
        except TimeoutError:
            if link not in self._silent:
                raise BusyError("no hello came, and others wait to be let in") from None
            raise RemoteProtocolError(f"no hello came within {HELLO_WITHIN_S:g} s") from None
        finally:
            self._silent.pop(link, None)

    def _hello(self, packet: bytes) -> tuple[Hello, *tuple[ClientMessage, ...]]:
        """The hello, and what came behind it in the same packet, which is dealt with once its
        sender is let in."""
        if len(packet) > MAX_HELLO_BYTES:
            raise RemoteProtocolError(
                f"a hello, with all that is in its packet, takes at most {MAX_HELLO_BYTES} bytes"
            )
        messages = tuple(client_messages(packet))
        if not messages or not isinstance(messages[0], Hello):
            raise RemoteProtocolError("the first message must be a hello")
        return (messages[0], *messages[1:])

    def _session(self, name: str, door: Door) -> HostedSession:
        """Which there are is told where nobody needs a token to know."""
        if not name:
            return next(iter(self.sessions.values()))
        if name not in self.sessions:
            there = ", ".join(map(repr, self.sessions))
            told = f"; there is {there}" if self._admission.tells(door) else ""
            raise UnknownSessionError(f"there is no session {name!r} here{told}")
        return self.sessions[name]

    async def _take_part(self, link: Link[ClientMessage], guest: _Guest, door: Door) -> None:
        session, hello = guest.session, guest.hello
        who = guest.admitted.identity
        join = Join(
            0,
            hello.name or who.name,
            who.role,
            hello.front_end,
            door.transport,
            hello.resume_participant,
            hello.connect_id,
        )
        if Capability.ASK in guest.terms.capabilities:
            await self._answer(link, guest, door, join)
        if session.state.door.connect_id and not hello.resume_participant:
            participant = await self._guess(partial(session.join, link, join, hello, guest.terms))
        else:
            participant = await session.join(link, join, hello, guest.terms)
        if not hello.resume_participant:
            try:
                await self._admission.count(guest.admitted)
            except BaseException:
                session.part(participant, link, lost=False)
                raise
        about(session.name, participant)
        row = session.state.participants.get(participant)
        if row is not None:
            role = row.role.name.lower()
            note_admission(link.channel.peer, door, session.name, participant, row.name, role)
        visitor = Visitor(self._answers, session, participant, link, guest.admitted)
        lost = True
        try:
            await link.run(visitor.handle, visitor.pause, guest.behind)
        except GoodbyeError:
            lost = False
            raise
        finally:
            session.part(participant, link, lost)
            await visitor.close()

    async def _answer(
        self, link: Link[ClientMessage], guest: _Guest, door: Door, join: Join
    ) -> NoReturn:
        """Whoever only asks: what holds for joining holds for them, and they take no seat."""
        session = guest.session
        onlooker = Onlooker(self._answers, session, link, replace(join, resume=0), guest.admitted)

        async def welcome() -> None:
            onlooker.welcome(guest.terms)

        await (self._guess(welcome) if session.state.door.connect_id else welcome())
        await self._admission.count(guest.admitted)
        note_onlooker(link.channel.peer, door, session.name, join.name, join.role.name.lower())
        about(session.name)
        await onlooker.run(guest.behind)
        raise AssertionError("a link never ends quietly")

    async def _guess(self, join: Callable[[], Awaitable[T]]) -> T:
        """Join by a connect id, which may be a guess: they are taken in turns, so that trying
        many at once is no faster. Those that are right count nothing.

        Raises BusyError if too many guess, and what `join` raises.
        """
        delay_s = self._guesses.delay_s(asyncio.get_running_loop().time(), 1, 0)
        wrong = False
        try:
            if delay_s > GUESS_WITHIN_S:
                raise BusyError("too many try connect ids: try again later")
            await asyncio.sleep(delay_s)
            return await join()
        except WrongConnectIdError:
            wrong = True
            raise
        finally:
            if not wrong:
                self._guesses.give_back(1)
