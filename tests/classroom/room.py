"""The server of a class, what it uses, and everybody who has come in."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crowd.processes import Serving, ended, gather_lines, serving

from collab_kernel.client import Session, connect
from collab_kernel.server import Role, TokenFile

from .screen import Screen, browser, opened

ROOT = Path(__file__).resolve().parents[2]
LINE_BYTES = 1 << 22
SOON_S = 120.0

TEACHER_PX, STUDENT_PX = (1280, 720), (1100, 760)
"""Of the browsers' windows."""

SIZES_PX = ((1280, 720), (960, 720), (854, 480), (390, 844))
"""Of those who look on: two screens, a tablet and a telephone."""

MAY_STEER = 10
"""Of those who look on, at most: the rest are viewers, the last of them always."""

SPHERE = "Ball"
RESOLUTION = 200
"""80,000 triangles."""
SMALL, LARGE = 0.3, 0.5
"""Radii: a picture of the one is seen to be no picture of the other."""


class RefusedOrderError(Exception):
    """One of the audience was refused what they were told to do. code: the error's."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(f"{code}: {why}")


class Audience:
    """The process of those who look on. names: theirs, in order; those who may steer first."""

    def __init__(self, process: asyncio.subprocess.Process, names: Sequence[str]) -> None:
        self.process = process
        self.names = names
        self.ids: list[int] = []
        self.errors: list[str] = []
        self._reading = asyncio.create_task(gather_lines(process.stderr, self.errors))
        self._turn = asyncio.Lock()

    async def do(self, order: str, **arguments: Any) -> Any:
        """Have something done, and return what came of it. Raises RefusedOrderError."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self._turn, asyncio.timeout(SOON_S):
            self.process.stdin.write((json.dumps({"do": order} | arguments) + "\n").encode())
            raw = await self.process.stdout.readline()
        if not raw:
            await self._reading
            raise AssertionError("the audience has ended: " + "\n".join(self.errors))
        answer = json.loads(raw)
        if "refused" in answer:
            raise RefusedOrderError(answer["refused"], answer["why"])
        return answer["is"]

    async def close(self) -> None:
        await ended(self.process)
        await self._reading


@dataclass
class Room:
    """teacher, student: the pages; the teacher's comes first, and steers."""

    server: Serving
    url: str
    tokens: TokenFile
    teacher: Screen
    student: Screen
    audience: Audience
    others: int
    _given: dict[Role, str] = field(default_factory=dict)

    def token(self, role: Role) -> str:
        if role not in self._given:
            self._given[role] = self.tokens.new(role)
        return self._given[role]

    def link(self, role: Role) -> str:
        page = self.url.replace("websocket", "http", 1)
        return f"{page}/#token={self.token(role)}"

    async def let_in_teacher(self) -> None:
        """There is something to look at already."""
        await self.teacher.join(self.link(Role.COLLABORATOR), "Teacher")
        await self.teacher.choose(SPHERE)

    async def let_in_class(self) -> None:
        """Everybody looks at what the teacher sees."""
        await self.student.join(self.link(Role.VIEWER), "Student")
        people = [
            (name, self.token(role), SIZES_PX[number % len(SIZES_PX)])
            for number, (name, role) in enumerate(self._onlookers())
        ]
        self.audience.ids = await self.audience.do("join", url=self.url, people=people)
        await self.audience.do("watch")
        await self.audience.do("has_seen", revision=1)

    def _onlookers(self) -> list[tuple[str, Role]]:
        may, names = self.may_steer, self.audience.names
        roles = [Role.COLLABORATOR] * may + [Role.VIEWER] * (len(names) - may)
        return list(zip(names, roles, strict=True))

    @property
    def may_steer(self) -> int:
        """How many of those who look on: the first ones."""
        return min(MAY_STEER, self.others - 1)

    def used_s(self) -> tuple[float, float]:
        """Seconds of a core that the server and its renderer have used so far."""
        pid = self.server.process.pid
        return cpu_s(pid), sum(map(cpu_s, self.server.renderers))


def cpu_s(pid: int) -> float:
    """Seconds of a core that a process has used so far, all of its threads together."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    fields = after_name.split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def prepare(session: Session, resolution: int) -> None:
    """What the class looks at."""
    sphere = await session.create(
        "sources", "SphereSource", SPHERE, ThetaResolution=resolution, PhiResolution=resolution
    )
    await session.show(sphere)
    await sphere.set(Radius=LARGE)


@asynccontextmanager
async def held(folder: Path, others: int, resolution: int = RESOLUTION) -> AsyncIterator[Room]:
    """A room with something to look at, where nobody has come in yet. folder: for its tokens.
    others: how many will look on beside the two pages.  resolution: of the sphere.
    """
    path = folder / "tokens.toml"
    path.touch(mode=0o600)
    tokens = TokenFile(path)
    guarded = ("--token-file", str(path), "--require-token")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(*guarded, transports=("websocket",)))
        [url] = server.urls
        async with await connect(url, "Preparing", token=tokens.new()) as session:
            await prepare(session, resolution)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.classroom.audience"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            cwd=ROOT,  # where -m finds it
        )
        audience = Audience(process, [f"Viewer {n + 1:02}" for n in range(others)])
        stack.push_async_callback(audience.close)
        chromium = await stack.enter_async_context(browser())
        teacher, student = [await opened(chromium, *size) for size in (TEACHER_PX, STUDENT_PX)]
        room = Room(server, url, tokens, teacher, student, audience, others)
        yield room
        assert not audience.errors, "\n".join(audience.errors)
        complaints = [*teacher.complaints, *student.complaints]
        assert not complaints, f"a page complained: {complaints}"
