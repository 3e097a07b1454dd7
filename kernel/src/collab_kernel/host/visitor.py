"""What a participant's connection brings: commands, presence, questions and uploads."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from functools import partial

from collab_kernel.core.commands import Request
from collab_kernel.core.messages import (
    MAX_PART_BYTES,
    AnswerPart,
    BlobPart,
    BlobStored,
    CancelQuestion,
    ClientMessage,
    FramePart,
    FrameShown,
    Hello,
    Question,
    Watch,
)
from collab_kernel.core.peer import Pace
from collab_kernel.core.presence import Shown
from collab_kernel.core.queries import Answer, ServerQuery
from collab_kernel.core.stimuli import Ask, Show
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import CollabError, InvalidCommandError, RemoteProtocolError
from collab_kernel.host.answers import Answers
from collab_kernel.host.link import Link
from collab_kernel.host.session import HostedSession
from collab_kernel.host.uploads import Uploads
from collab_kernel.host.watching import MAX_WATCHED
from collab_kernel.wire.packets import server_packet

MAX_QUESTIONS = 1_000
"""Of one participant at a time; each is asked once there is room for its answer."""

ANSWERS_AT_ONCE = 4
"""Of one participant: enough to keep the renderer and the wire busy."""

TIMES_AS_LONG, REST_AT_MOST_S = 20.0, 0.2
"""So many times as long as an answer of the server's own took, its asker has no other of it; at
most so long."""

COMMANDS_PER_S, COMMANDS_BURST_S = 50.0, 4.0
"""Of one participant who does not steer: as many as are due in the latter may come at once."""


class Visitor:
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
        self._commands = 0
        now_s = asyncio.get_running_loop().time()
        self._pace = Pace(now_s, COMMANDS_PER_S, math.inf, COMMANDS_BURST_S)
        self._questions: dict[int, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(ANSWERS_AT_ONCE)
        self._wanted: dict[ProxyId, Watch] = {}
        """What of each view is to be watched, or no more, once the commands before are stepped."""
        self._watching: asyncio.Task[None] | None = None
        permits = partial(answers.check, session, participant, "StoreBlob")
        self._uploads = Uploads(session.blobs, participant, permits, self._stored)

    def handle(self, message: ClientMessage) -> None:
        """Identity is ours to state: whatever a message says of its author is not read."""
        if isinstance(message, Request):
            self._commands += 1
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
        elif isinstance(message, Watch):
            self._watch(message)
        elif isinstance(message, FrameShown):
            self._session.watching.shown(self._participant, message)
        elif isinstance(message, Hello):
            raise RemoteProtocolError("a second hello")

    async def pause(self) -> None:
        """Return when more may come: little of this participant waits, and who does not steer
        takes their time."""
        commands, self._commands = self._commands, 0
        await self._session.room(self._participant)
        if commands and not self._answers.steers(self._session, self._participant):
            delay_s = self._pace.delay_s(asyncio.get_running_loop().time(), commands, 0)
            if delay_s:
                await asyncio.sleep(delay_s)

    def _stored(self, stored: BlobStored) -> None:
        self._link.outbox.reliable(server_packet(stored))
        self._link.flush()

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._session.watching.left(self._participant, self._link)
        await self._uploads.close()
        for task in self._questions.values():
            task.cancel()
        await asyncio.gather(*self._questions.values(), return_exceptions=True)

    def _watch(self, watch: Watch) -> None:
        if watch.view not in self._wanted and len(self._wanted) >= MAX_WATCHED:
            error = InvalidCommandError(f"at most {MAX_WATCHED} views can be watched in one go")
            part = FramePart(watch.view, 0, last=True, error=error, ended=True)
            self._link.outbox.reliable(server_packet(part))
            self._link.flush()
            return
        self._wanted[watch.view] = watch
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch_in_turn())

    async def _watch_in_turn(self) -> None:
        """A view may be made, and one's window told of, by what was said before."""
        await self._session.turn(self._participant)
        permits = partial(self._answers.check, self._session, self._participant, "RenderImage")
        wanted, self._wanted = self._wanted, {}
        for watch in wanted.values():
            self._session.watching.watch(self._participant, self._link, watch, permits)

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
                await self._answer_in_turn(question)
        except CollabError as error:
            self._reply(iter([AnswerPart(question.number, last=True, error=error)]))

    async def _answer_in_turn(self, question: Question) -> None:
        """What the server answers itself takes the time in which it would decide: whoever asks
        much of that waits, and nobody else."""
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        answer = await self._answers.answer(self._session, self._participant, question.query)
        self._reply(_parts(question.number, answer))
        if isinstance(question.query, ServerQuery):
            await asyncio.sleep(min(TIMES_AS_LONG * (now_s() - began_s), REST_AT_MOST_S))

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
