"""A server at work: listeners, the connections they bring, and the sessions behind them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from collab_kernel.core.commands import Request
from collab_kernel.core.messages import (
    MAX_CLIENT_PACKET_BYTES,
    MAX_PART_BYTES,
    AnswerPart,
    BlobPart,
    BlobStored,
    CancelQuestion,
    ClientMessage,
    Hello,
    Question,
)
from collab_kernel.core.peer import HELLO_WITHIN_S, MAX_HELLO_BYTES, Terms, negotiate
from collab_kernel.core.presence import Shown
from collab_kernel.core.queries import Answer
from collab_kernel.core.stimuli import Ask, Join, Show
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import (
    BusyError,
    CollabError,
    GoodbyeError,
    InvalidCommandError,
    LocalProtocolError,
    RemoteProtocolError,
    UnknownSessionError,
)
from collab_kernel.host.addresses import Place
from collab_kernel.host.admission import (
    Admission,
    Admitted,
    Door,
    note_admission,
    note_refusal,
)
from collab_kernel.host.answers import Answers
from collab_kernel.host.link import Link
from collab_kernel.host.session import HostedSession
from collab_kernel.host.uploads import Uploads
from collab_kernel.plugins import made
from collab_kernel.spi import Channel, FileServer, Listener, Security
from collab_kernel.wire.packets import client_messages, server_packet

log = logging.getLogger(__name__)

MAX_QUESTIONS = 1_000
"""Of one participant at a time; each is asked once there is room for its answer."""

ANSWERS_AT_ONCE = 4
"""Of one participant: enough to keep the renderer and the wire busy."""

FIRST_PAUSE_S, LAST_PAUSE_S = 0.25, 5.0
"""Between two attempts to reach a client that waits for us."""

WIRE_LIMIT_BYTES = 2 * MAX_CLIENT_PACKET_BYTES
"""What a wire takes of a client in one go: a little too much gets a reason, far too much is cut
off, and strangers hold no more than this."""

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
    """

    def __init__(
        self,
        sessions: dict[str, HostedSession],
        answers: Answers,
        admission: Admission,
        page: Callable[[], Path | None],
    ) -> None:
        self.sessions = sessions
        self.pages: list[str] = []
        """Where the web page is to be seen, for browsers."""
        self._page = page
        self._admission = admission
        self.turned_away: Counter[str] = Counter()
        """Connections that ended with a reason, by its code."""
        self._silent: dict[Link[ClientMessage], asyncio.Timeout] = {}
        self._signing_on = 0
        self._ready = asyncio.Event()
        self._dialling: list[asyncio.Task[None]] = []
        self._answers = answers
        self._listeners: list[Listener] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, place: Place, security: Security | None) -> str:
        """Accept at `place`; the real address. Raises AddressError."""
        door = Door(place.spec.scheme, place.local, security is not None)

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
        listener = await transport.listen(secured.address, accept, security, WIRE_LIMIT_BYTES)
        self._listeners.append(listener)
        if folder is not None:
            scheme = "https" if secured.encrypted else "http"
            self.pages.append(f"{scheme}://{urlsplit(listener.address).netloc}/")
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

    async def close(self) -> None:
        """Let nobody in any more, tell everybody, end every connection, stop accepting."""
        self._ready.clear()
        for session in self.sessions.values():
            await session.close()
        for task in self._dialling:
            task.cancel()
        await asyncio.gather(*self._dialling, return_exceptions=True)
        if self._connections:
            _, left = await asyncio.wait(self._connections, timeout=2.0)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        for listener in self._listeners:
            await listener.close()
        self._admission.close()
        self._answers.close()

    # -- one connection --------------------------------------------------------------------

    async def _serve(self, channel: Channel, door: Door) -> None:
        """From the first byte to the last. Whatever goes wrong here is this peer's alone."""
        reason: CollabError | None = None
        link: Link[ClientMessage] = Link(
            channel, client_messages, server_packet, MAX_CLIENT_PACKET_BYTES
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
                self.turned_away[reason.code] += 1
                note_refusal(channel.peer, door, reason)
            await link.close(reason)

    async def _introduce(self, link: Link[ClientMessage], door: Door) -> _Guest:
        """Everything before anybody is let in, bounded in number, size and time."""
        packet = await self._first_packet(link)
        link.took(len(packet))
        hello, *behind = self._hello(packet)
        terms = negotiate(hello)
        session = self._session(hello.session)
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

    def _session(self, name: str) -> HostedSession:
        if not name:
            return next(iter(self.sessions.values()))
        if name not in self.sessions:
            raise UnknownSessionError(
                f"there is no session {name!r} here; there is {', '.join(self.sessions)}"
            )
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
        participant = await session.join(link, join, hello, guest.terms)
        if not hello.resume_participant:
            try:
                await self._admission.count(guest.admitted)
            except BaseException:
                session.part(participant, link, lost=False)
                raise
        row = session.state.participants.get(participant)
        if row is not None:
            role = row.role.name.lower()
            note_admission(link.channel.peer, door, session.name, participant, row.name, role)
        visitor = _Visitor(self._answers, session, participant, link)
        lost = True
        try:
            await link.run(visitor.handle, partial(session.room, participant), guest.behind)
        except GoodbyeError:
            lost = False
            raise
        finally:
            session.part(participant, link, lost)
            await visitor.close()


class _Visitor:
    """One participant's messages, and the questions that are under way for it."""

    def __init__(
        self,
        answers: Answers,
        session: HostedSession,
        participant: ParticipantId,
        link: Link[ClientMessage],
    ) -> None:
        self._answers = answers
        self._session = session
        self._participant = participant
        self._link = link
        self._questions: dict[int, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(ANSWERS_AT_ONCE)
        permits = partial(answers.check, session, participant, "StoreBlob")
        self._uploads = Uploads(session.blobs, participant, permits, self._stored)

    def handle(self, message: ClientMessage) -> None:
        """Identity is ours to state: whatever a message says of its author is not read."""
        if isinstance(message, Request):
            self._session.put(Ask(self._participant, message), self._participant)
        elif isinstance(message, Shown):
            show = Show(self._participant, message.proxy, message.serial, message.values)
            self._session.put(show, self._participant)
        elif isinstance(message, Question):
            self._ask(message)
        elif isinstance(message, CancelQuestion):
            task = self._questions.get(message.number)
            if task is not None:
                task.cancel()
        elif isinstance(message, BlobPart):
            self._uploads.take(message)
        elif isinstance(message, Hello):
            raise RemoteProtocolError("a second hello")

    def _stored(self, stored: BlobStored) -> None:
        self._link.outbox.reliable(server_packet(stored))
        self._link.flush()

    async def close(self) -> None:
        await self._uploads.close()
        for task in self._questions.values():
            task.cancel()
        await asyncio.gather(*self._questions.values(), return_exceptions=True)

    def _ask(self, question: Question) -> None:
        number = question.number
        if number in self._questions or len(self._questions) >= MAX_QUESTIONS:
            error = InvalidCommandError(f"at most {MAX_QUESTIONS} questions at a time")
            self._reply(iter([AnswerPart(number, last=True, error=error)]))
            return
        task = asyncio.create_task(self._answer(question))
        self._questions[number] = task
        task.add_done_callback(lambda _: self._questions.pop(number, None))

    async def _answer(self, question: Question) -> None:
        try:
            await self._session.turn(self._participant)
            async with self._turn:
                await self._link.room()
                answer = await self._answers.answer(
                    self._session, self._participant, question.query
                )
                parts = _parts(question.number, answer)
        except CollabError as error:
            parts = iter([AnswerPart(question.number, last=True, error=error)])
        self._reply(parts)

    def _reply(self, parts: Iterator[AnswerPart]) -> None:
        """Send the parts of an answer, each encoded when its turn comes."""
        self._link.outbox.bulk(map(server_packet, parts))
        self._link.flush()


def _parts(number: int, answer: Answer) -> Iterator[AnswerPart]:
    data = answer.data
    last = max(0, (len(data) - 1) // MAX_PART_BYTES * MAX_PART_BYTES)
    for start in range(0, last, MAX_PART_BYTES):
        yield AnswerPart(number, data[start : start + MAX_PART_BYTES])
    yield AnswerPart(number, data[last:], True, answer)
