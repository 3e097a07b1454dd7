"""The questions of one connection that are under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from collab_kernel.core.messages import MAX_PART_BYTES, AnswerPart, ClientMessage, Question
from collab_kernel.core.queries import Answer, AnyQuery, ServerQuery
from collab_kernel.errors import CollabError, InvalidCommandError
from collab_kernel.host.link import Link
from collab_kernel.wire.packets import server_packet

MAX_QUESTIONS = 1_000
"""Of one connection at a time; each is asked once there is room for its answer."""

ANSWERS_AT_ONCE = 4
"""Of one connection: enough to keep the renderer and the wire busy."""

TIMES_AS_LONG, REST_AT_MOST_S = 20.0, 0.2
"""So many times as long as an answer of the server's own took, its asker has no other of it; at
most so long."""


class Asking:
    """Asks in turns, and sends the answers. answer: to one question, or the error it raises.
    before: awaited first, when the question has come."""

    def __init__(
        self,
        link: Link[ClientMessage],
        before: Callable[[], Awaitable[None]],
        answer: Callable[[AnyQuery], Awaitable[Answer]],
    ) -> None:
        self._link = link
        self._before = before
        self._answer_to = answer
        self._questions: dict[int, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(ANSWERS_AT_ONCE)

    def ask(self, question: Question) -> None:
        number = question.number
        if number in self._questions or len(self._questions) >= MAX_QUESTIONS:
            error = InvalidCommandError(f"at most {MAX_QUESTIONS} questions at a time")
            self._reply(iter([AnswerPart(number, last=True, error=error)]))
            return
        task = asyncio.create_task(self._answer(question))
        self._questions[number] = task
        task.add_done_callback(lambda _: self._questions.pop(number, None))

    def cancel(self, number: int) -> None:
        task = self._questions.get(number)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        for task in self._questions.values():
            task.cancel()
        await asyncio.gather(*self._questions.values(), return_exceptions=True)

    async def _answer(self, question: Question) -> None:
        try:
            await self._before()
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
        answer = await self._answer_to(question.query)
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
