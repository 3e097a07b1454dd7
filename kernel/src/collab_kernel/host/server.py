"""A server at work: listeners, the connections they bring, and the sessions behind them."""

from __future__ import annotations

import asyncio
import logging

from collab_kernel.core.commands import AskQuery, Request
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.messages import (
    MAX_PACKET_BYTES,
    MAX_PART_BYTES,
    AnswerPart,
    CancelQuestion,
    ClientMessage,
    Hello,
    Question,
)
from collab_kernel.core.peer import HELLO_WITHIN_S, MAX_HELLO_BYTES, negotiate
from collab_kernel.core.presence import Shown
from collab_kernel.core.queries import Answer, DescribeType
from collab_kernel.core.stimuli import Ask, Join, Leave, Lose, Show
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import (
    CollabError,
    GoodbyeError,
    InvalidCommandError,
    LocalProtocolError,
    RefusedError,
    RemoteProtocolError,
    UnknownSessionError,
)
from collab_kernel.host.link import Link
from collab_kernel.host.session import HostedSession
from collab_kernel.spi import Channel, Listener, Policy, Transport
from collab_kernel.wire.packets import client_messages, server_packet
from collab_kernel.wire.values import encode_definition

log = logging.getLogger(__name__)

MAX_QUESTIONS = 1_000
"""Of one participant at a time; each is asked once there is room for its answer."""

ANSWERS_AT_ONCE = 4
"""Of one participant: enough to keep the renderer and the wire busy."""

MAX_CONNECTIONS = 10_000


class ServerHost:
    """Accepts connections and introduces them to their sessions."""

    def __init__(
        self, sessions: dict[str, HostedSession], policy: Policy, catalogue: Catalogue
    ) -> None:
        self.sessions = sessions
        self._policy = policy
        self._catalogue = catalogue
        self._listeners: list[Listener] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, transport: Transport, address: str) -> str:
        """Accept at `address`; the real one. Raises AddressError."""

        def accept(channel: Channel) -> None:
            task = asyncio.create_task(self._serve(channel, address.partition("://")[0]))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

        listener = await transport.listen(address, accept, None)
        self._listeners.append(listener)
        return listener.address

    async def close(self) -> None:
        """Tell everybody, end every connection, stop accepting."""
        for session in self.sessions.values():
            await session.close()
        if self._connections:
            _, left = await asyncio.wait(self._connections, timeout=2.0)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        for listener in self._listeners:
            await listener.close()

    # -- one connection --------------------------------------------------------------------

    async def _serve(self, channel: Channel, transport: str) -> None:
        """From the first byte to the last. Whatever goes wrong here is this peer's alone."""
        reason: CollabError | None = None
        link: Link[ClientMessage] = Link(
            channel, client_messages, server_packet, 2 * MAX_PACKET_BYTES
        )
        try:
            if len(self._connections) > MAX_CONNECTIONS:
                raise RefusedError("the server has too many connections: try again later")
            async with asyncio.timeout(HELLO_WITHIN_S):
                hello = self._hello(await link.packet())
            negotiate(hello)
            session = self._session(hello.session)
            join = Join(0, hello.name, front_end=hello.front_end, transport=transport)
            await self._take_part(link, session, join)
        except TimeoutError:
            reason = RemoteProtocolError(f"no hello came within {HELLO_WITHIN_S:g} s")
        except GoodbyeError:
            pass
        except CollabError as error:
            reason = error
        except Exception:
            log.exception("serving %s failed", channel.peer)
            reason = LocalProtocolError("the server failed to serve this connection: see its log")
        finally:
            if reason is not None:
                log.info("%s: %s", channel.peer, reason)
            await link.close(reason)

    def _hello(self, packet: bytes) -> Hello:
        if len(packet) > MAX_HELLO_BYTES:
            raise RemoteProtocolError(f"a hello takes at most {MAX_HELLO_BYTES} bytes")
        first = next(iter(client_messages(packet)), None)
        if not isinstance(first, Hello):
            raise RemoteProtocolError("the first message must be a hello")
        return first

    def _session(self, name: str) -> HostedSession:
        if not name:
            return next(iter(self.sessions.values()))
        if name not in self.sessions:
            raise UnknownSessionError(
                f"there is no session {name!r} here; there is {', '.join(self.sessions)}"
            )
        return self.sessions[name]

    async def _take_part(
        self, link: Link[ClientMessage], session: HostedSession, join: Join
    ) -> None:
        participant = await session.join(link, join)
        visitor = _Visitor(self._policy, self._catalogue, session, participant, link)
        lost = True
        try:
            await link.run(visitor.handle)
        except GoodbyeError:
            lost = False
            raise
        finally:
            session.unlink(participant)
            session.put(Lose(participant) if lost else Leave(participant))
            await visitor.close()


class _Visitor:
    """One participant's messages, and the questions that are under way for it."""

    def __init__(
        self,
        policy: Policy,
        catalogue: Catalogue,
        session: HostedSession,
        participant: ParticipantId,
        link: Link[ClientMessage],
    ) -> None:
        self._policy = policy
        self._catalogue = catalogue
        self._session = session
        self._participant = participant
        self._link = link
        self._questions: dict[int, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(ANSWERS_AT_ONCE)

    def handle(self, message: ClientMessage) -> None:
        """Identity is ours to state: whatever a message says of its author is not read."""
        if isinstance(message, Request):
            self._session.put(Ask(self._participant, message))
        elif isinstance(message, Shown):
            show = Show(self._participant, message.proxy, message.serial, message.values)
            self._session.put(show)
        elif isinstance(message, Question):
            self._ask(message)
        elif isinstance(message, CancelQuestion):
            task = self._questions.get(message.number)
            if task is not None:
                task.cancel()
        elif isinstance(message, Hello):
            raise RemoteProtocolError("a second hello")

    async def close(self) -> None:
        for task in self._questions.values():
            task.cancel()
        await asyncio.gather(*self._questions.values(), return_exceptions=True)

    def _ask(self, question: Question) -> None:
        number = question.number
        if number in self._questions or len(self._questions) >= MAX_QUESTIONS:
            error = InvalidCommandError(f"at most {MAX_QUESTIONS} questions at a time")
            self._link.outbox.bulk(server_packet(AnswerPart(number, last=True, error=error)))
            self._link.flush()
            return
        task = asyncio.create_task(self._answer(question))
        self._questions[number] = task
        task.add_done_callback(lambda _: self._questions.pop(number, None))

    async def _answer(self, question: Question) -> None:
        try:
            async with self._turn:
                await self._link.room()
                parts = _parts(question.number, await self._answer_to(question))
        except CollabError as error:
            parts = [AnswerPart(question.number, last=True, error=error)]
        for part in parts:
            self._link.outbox.bulk(server_packet(part))
        self._link.flush()

    async def _answer_to(self, question: Question) -> Answer:
        query = question.query
        refusal = self._policy.permits(
            self._session.state, self._participant, AskQuery(type(query).__name__)
        )
        if refusal is not None:
            raise refusal
        if isinstance(query, DescribeType):
            definition = self._catalogue.definition(*query.type)
            data = encode_definition(definition)
            return Answer(self._session.state.revision, data, format="definition")
        return await self._session.query(query)


def _parts(number: int, answer: Answer) -> list[AnswerPart]:
    data = answer.data
    starts = range(0, len(data), MAX_PART_BYTES) if data else (0,)
    parts = [AnswerPart(number, data[start : start + MAX_PART_BYTES]) for start in starts]
    parts[-1] = AnswerPart(number, parts[-1].data, True, answer)
    return parts
