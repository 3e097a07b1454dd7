"""The questions that wait for a renderer, in turns: whoever asks much waits behind itself.

What is asked while people look around and work (pictures of a window's size, picking) goes before
what may take long (data, files, huge pictures). That gets a share of the renderer's time as long
as others are at work, and all of it otherwise. Few questions are with the renderer at once, and one
of each participant's, so the order is decided late.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import assert_never

from collab_kernel.core.messages import Question
from collab_kernel.core.queries import (
    Answer,
    FetchData,
    FitCamera,
    Pick,
    Query,
    RenderImage,
    SaveData,
    SelectOn,
    UpdatePipeline,
)
from collab_kernel.core.scene import DescribeScene, FetchGeometry
from collab_kernel.core.spreadsheet import FetchRows
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import CollabError

AT_ONCE = 2
"""With the renderer: it must not wait for the next one. What may take long goes alone."""

PROMPT_PIXELS = 3840 * 2160
"""Of a picture that is one of a window; larger ones may take long."""

AT_WORK_S = 1.0
"""Whoever asked no longer ago is at work."""

HELD_BACK_S = 0.1
"""For so long what may take long waits for others who are at work, at least."""

TIMES_AS_LONG = 3.0
"""And for so many times as long as the last such question took."""

REMEMBERED_S = 60.0
"""Whoever had no turn for so long is new."""


@dataclass(slots=True, eq=False)
class Asked:
    """by: who asks; 0 is the server.  answer: cancelled when nobody wants it any more.
    number: once it is with the renderer, rising."""

    query: Query
    by: ParticipantId
    since_s: float
    long: bool
    answer: asyncio.Future[Answer]
    number: int = 0
    sent_s: float = 0.0
    retried: bool = False

    @property
    def question(self) -> Question:
        return Question(self.number, self.query)


def may_take_long(query: Query) -> bool:
    """Whether nobody shall wait for it who looks around."""
    match query:
        case RenderImage() | Pick() | SelectOn():
            return query.width * query.height > PROMPT_PIXELS
        case FetchRows():
            return bool(query.sort_by)
        case UpdatePipeline() | FitCamera() | FetchGeometry():
            return False
        case FetchData() | SaveData() | DescribeScene():
            return True
        case _:
            assert_never(query)


@dataclass(slots=True)
class _Turns:
    """Questions by who asks, each one's in order."""

    queues: dict[ParticipantId, deque[Asked]] = field(default_factory=dict)
    served: dict[ParticipantId, tuple[int, float]] = field(default_factory=dict)
    """The number and the time of each one's last question that went to the renderer."""

    def add(self, asked: Asked) -> None:
        self.queues.setdefault(asked.by, deque()).append(asked)

    def first(self, but: Collection[ParticipantId] = ()) -> Asked | None:
        """Of who has waited for the longest for their turn. but: who is passed over."""
        waiting = [by for by in self.queues if by not in but]
        if not waiting:
            return None
        return self.queues[min(waiting, key=lambda by: self.served.get(by, (0, 0.0)))][0]

    def take(self, asked: Asked) -> None:
        """It goes to the renderer."""
        self.drop(asked)
        since_s = asked.sent_s - REMEMBERED_S
        self.served = {by: turn for by, turn in self.served.items() if turn[1] > since_s}
        self.served[asked.by] = (asked.number, asked.sent_s)

    def drop(self, asked: Asked) -> bool:
        """Take it out; whether it was there."""
        queue = self.queues.get(asked.by)
        if queue is None or asked not in queue:
            return False
        queue.remove(asked)
        if not queue:
            del self.queues[asked.by]
        return True

    def all(self) -> list[Asked]:
        return [asked for queue in self.queues.values() for asked in queue]


class Questions:
    """The questions that have no answer yet. Pure: times are given, in seconds of one clock."""

    def __init__(self) -> None:
        self._prompt, self._long = _Turns(), _Turns()
        self._sent: dict[int, Asked] = {}
        self._numbers = 0
        self._at_work: dict[ParticipantId, float] = {}
        """When somebody last asked what should be prompt."""
        self._long_from_s = 0.0
        """From then on one that may take long goes even while others are at work."""

    def __len__(self) -> int:
        return sum(not asked.answer.done() for asked in self.all())

    def all(self) -> list[Asked]:
        """With the renderer, and waiting."""
        return [*self._sent.values(), *self._prompt.all(), *self._long.all()]

    @property
    def sent(self) -> list[Asked]:
        """With the renderer, in the order of their numbers."""
        return list(self._sent.values())

    def add(
        self, query: Query, by: ParticipantId, now_s: float, answer: asyncio.Future[Answer]
    ) -> Asked:
        asked = Asked(query, by, now_s, may_take_long(query), answer)
        if asked.long:
            self._long.add(asked)
        else:
            self._prompt.add(asked)
            self._at_work[by] = now_s
        return asked

    def next(self, now_s: float) -> Asked | None:
        """What goes to the renderer now, with its number; None: nothing, for now."""
        self._at_work = {w: t for w, t in self._at_work.items() if now_s - t < AT_WORK_S}
        asked = self._chosen(now_s)
        full = len(self._sent) >= (1 if asked and asked.long else AT_ONCE)
        if asked is None or full or any(sent.long for sent in self._sent.values()):
            return None
        self._numbers += 1
        asked.number, asked.sent_s = self._numbers, now_s
        (self._long if asked.long else self._prompt).take(asked)
        self._sent[asked.number] = asked
        return asked

    def _chosen(self, now_s: float) -> Asked | None:
        served = [sent.by for sent in self._sent.values()]
        prompt, long = self._prompt.first(but=served), self._long.first()
        if long is None or (prompt is None and not self._waits_for_others(long)):
            return prompt or long
        return long if now_s >= self._due_s(long) else prompt

    def _waits_for_others(self, long: Asked) -> bool:
        return any(who != long.by for who in self._at_work)

    def _due_s(self, long: Asked) -> float:
        return max(self._long_from_s, long.since_s + HELD_BACK_S)

    def due_s(self, now_s: float) -> float | None:
        """When `next` should be asked again though nothing happens: something is held back that
        nothing but time lets go."""
        long = self._long.first()
        if long is None or self._sent or self._prompt.first() is not None:
            return None
        rested_s = max((t for w, t in self._at_work.items() if w != long.by), default=now_s)
        return max(now_s, min(self._due_s(long), rested_s + AT_WORK_S))

    def answered(self, number: int, now_s: float) -> Asked | None:
        """The renderer is done with this one; None: it was not asked."""
        asked = self._sent.pop(number, None)
        if asked is not None and asked.long:
            self._long_from_s = now_s + TIMES_AS_LONG * (now_s - asked.sent_s)
        elif asked is not None:
            self._at_work[asked.by] = now_s
        return asked

    def withdrawn(self, asked: Asked) -> bool:
        """Nobody wants this one any more; whether it is with the renderer, which should know."""
        waited = (self._long if asked.long else self._prompt).drop(asked)
        return not waited and asked.number in self._sent

    def fail(self, error: CollabError) -> None:
        """None of them is answered any more."""
        for asked in self.all():
            if not asked.answer.done():
                asked.answer.set_exception(error)

    def died(self, twice: CollabError) -> None:
        """The renderer has died: of what it was asked, that which has survived a death already
        fails; the rest is to be asked again."""
        for asked in self.sent:
            if asked.retried and not asked.answer.done():
                asked.answer.set_exception(twice)
            asked.retried = True

    def again(self, now_s: float) -> list[Asked]:
        """Another renderer is there: what was with the last one goes to it first, but for what
        nobody waits for any more."""
        self._sent = {n: asked for n, asked in self._sent.items() if not asked.answer.done()}
        for asked in self._sent.values():
            asked.sent_s = now_s
        return self.sent
