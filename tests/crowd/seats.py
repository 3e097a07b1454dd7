"""Who is in the crowd, and what the conductor knows of them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from .processes import gather_lines
from .score import Score

TRANSPORTS = ("zmq", "grpc", "websocket")

FIRST, SECOND = 0, 1
"""The servers."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a member of the crowd sits: by server, the transport, and whether a cable lies
    between."""

    name: str
    places: dict[int, tuple[str, bool]]


SEATS = (
    Seat("Ada", {FIRST: ("zmq", False)}),
    Seat("Bob", {FIRST: ("grpc", False)}),
    Seat("Cyd", {FIRST: ("websocket", False)}),
    Seat("Dee", {FIRST: ("zmq", True)}),
    Seat("Eli", {FIRST: ("grpc", True)}),
    Seat("Fay", {FIRST: ("websocket", True)}),
    Seat("Gus", {SECOND: ("zmq", True), FIRST: ("websocket", True)}),
    Seat("Hal", {SECOND: ("zmq", False)}),
)
"""In the order of joining: Ada is the master of the first server, Gus of the second."""


class Member:
    """A member's process, as the conductor knows it. ids: who it is, by server."""

    def __init__(
        self,
        seat: Seat,
        process: asyncio.subprocess.Process,
        score: Score,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self.seat = seat
        self.process = process
        self.ids: dict[int, int] = {}
        self.errors: list[str] = []
        self.disturbed = True
        """Whether something is done to it: it comes in, to begin with."""
        self.may_end = False
        self._knocks: list[str] = []
        self._score = score
        self._news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._errors = tasks.create_task(gather_lines(process.stderr, self.errors))
        self._reading = tasks.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            if not raw.endswith(b"\n"):
                break  # it was killed in the middle of a word
            self._hear(json.loads(raw))
        if not self.may_end:
            await self._errors
            raise AssertionError(f"{self.seat.name} has ended: " + "\n".join(self.errors))

    def _hear(self, news: dict[str, Any]) -> None:
        if "mark" in news:
            self._score.claims[news["place"]].append(news)
            outcome = next(o for o in ("revision", "refused", "unknown") if o in news)
            self._score.outcomes[news["kind"], outcome] += 1
        elif "at" in news:
            self._score.samples[news["place"]].append((news["at"], news["digest"]))
        elif "picture" in news:
            self._score.counts["pictures" if news["picture"] else "pictures refused"] += 1
        elif "resumed" in news:
            self._score.counts["resumes"] += 1
            assert self.ids[news["resumed"]] == news["id"], "who came back is somebody else"
        elif "knocks" in news:
            self._knocks.append(news["error"])
        elif "removed" in news:
            self._score.removed[news["removed"]].append(news["id"])
        else:
            if "joined" in news:
                self.ids[news["joined"]] = news["id"]
            self._news.put_nowait(news)

    def tell(self, **order: Any) -> None:
        assert self.process.stdin is not None
        if not self.process.stdin.is_closing():
            self.process.stdin.write((json.dumps(order) + "\n").encode())

    async def hear(self, what: str, within_s: float) -> dict[str, Any]:
        """The next news of a kind; other kinds are passed over."""
        try:
            async with asyncio.timeout(within_s):
                while what not in (news := await self._news.get()):
                    pass
        except TimeoutError:
            raise AssertionError(
                f"{self.seat.name} did not say {what!r} within {within_s:g} s, and knocked "
                f"{len(self._knocks)} times, at last: {self._knocks[-1:]}"
            ) from None
        return news

    async def gone(self) -> None:
        """Return when it has ended, and everything it said was heard."""
        await self.process.wait()
        await asyncio.gather(self._reading, self._errors)
        assert not self.errors, f"{self.seat.name} complained: " + "\n".join(self.errors)
