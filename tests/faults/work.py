"""What a participant does all day, from a seed; and what it was told came of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from collab_kernel.client import Camera, Session
from collab_kernel.core.commands import (
    Annotate,
    Chat,
    Command,
    Create,
    Delete,
    Edit,
    PlacePin,
    Promote,
    Redo,
    RemovePin,
    Rename,
    Set,
    SetColour,
    Undo,
)
from collab_kernel.core.state import Role, Table
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import CollabError, ConnectionLostError

BALL = ("sources", "SphereSource")
PAIR = "pair"
"""The annotation that says what the radius of its proxy is: both are set by one edit, so where
they differ an edit was half applied."""

MOST_BALLS = 20
MOST_PINS = 10
LONG_CHARACTERS = 6_000
"""Of a text now and then, so that messages are of more than one packet."""


@dataclass
class Told:
    """What participants were told. acknowledged: the revision, by the mark of the command.
    refused: the error's code.  unknown: nothing was heard of these.  samples: (revision, digest)
    of mirrors.
    """

    acknowledged: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    samples: list[tuple[int, str]] = field(default_factory=list)

    def taken(self) -> Told:
        """All of it; acknowledgements and samples are here no more."""
        told = Told(self.acknowledged, dict(self.refused), set(self.unknown), self.samples)
        self.acknowledged, self.samples = {}, []
        return told


class Work:
    """A participant at work. Every command is labelled in a way of its own (`mark`), and is one
    that changes something if it is accepted.

    heavy: whether it now and then says a lot at once.
    """

    def __init__(self, session: Session, random: Random, told: Told, heavy: bool = True) -> None:
        self.session = session
        self._random = random
        self._told = told
        self._heavy = heavy
        self._called = session.me.name
        self._numbers = itertools.count(1)
        self.waiting: set[str] = set()
        """What has no answer yet."""

    async def until(self, stop: asyncio.Event, pause_s: tuple[float, float]) -> None:
        """Do one thing after another, a few at once; what was begun has its answer then."""
        while not stop.is_set():
            await self.step()
            await asyncio.sleep(self._random.uniform(*pause_s))

    async def step(self) -> None:
        """One thing, or a few at once."""
        if self._random.random() < 0.3:
            self._show()
        count = self._random.choice((1, 1, 2, 5))
        await asyncio.gather(*(self._ask() for _ in range(count)))
        if self._random.random() < 0.2:
            self._told.samples.append((self.session.revision, self.session.digest()))

    async def _ask(self) -> None:
        mark = f"#{self._called}/{self.session.id}/{next(self._numbers)}"
        command = self._command(mark)
        self.waiting.add(mark)
        try:
            self._told.acknowledged[mark] = await self.session.begin(command, mark)
        except ConnectionLostError:
            self._told.unknown.add(mark)
        except CollabError as error:
            self._told.refused[mark] = error.code
        finally:
            self.waiting.remove(mark)

    def _show(self) -> None:
        for view in self.session.views:
            x, y, z = (self._random.uniform(-9.0, 9.0) for _ in range(3))
            view.camera = Camera(position=(x, y, z))
            view.point((self._random.random(), self._random.random()))

    # -- commands --------------------------------------------------------------------------

    def _command(self, mark: str) -> Command:
        random, session = self._random, self.session
        steers = session.me.is_master or random.random() < 0.03  # else it is refused
        whims: dict[Callable[[], Command], float] = {
            lambda: self._paired(): 60 if steers else 0,
            lambda: self._less(): 8 if steers else 0,
            lambda: Undo(random.random() < 0.5): 8 if steers else 0,
            Redo: 8 if steers else 0,
            lambda: self._handed_over(): 1.5 if steers else 0,
            lambda: Chat(mark + self._padding()): 30,
            lambda: Rename(mark[1:]): 4,
            lambda: SetColour(f"#{random.randrange(1 << 24):06x}"): 4,
            lambda: self._pin(mark): 10,
        }
        return random.choices(list(whims), list(whims.values()))[0]()

    def _padding(self) -> str:
        return "x" * LONG_CHARACTERS if self._heavy and self._random.random() < 0.1 else ""

    def _balls(self) -> list[ProxyId]:
        proxies = self.session.state.proxies.items()
        return [id for id, row in proxies if (row.group, row.type) == BALL]

    def _paired(self) -> Command:
        radius = self._random.uniform(0.1, 9.0)
        values = self.session.values({"Radius": radius})
        balls = self._balls()
        if not balls or (len(balls) < MOST_BALLS and self._random.random() < 0.3):
            id = self.session.new_id()
            return Edit((Create(id, *BALL, None, values), Annotate(id, PAIR, repr(radius))))
        id = self._random.choice(balls)
        return Edit((Annotate(id, PAIR, repr(radius)), Set(id, values)))

    def _less(self) -> Command:
        balls = self._balls()
        return Edit((Delete(self._random.choice(balls)),)) if balls else self._paired()

    def _handed_over(self) -> Command:
        state = self.session.state
        others = [
            id
            for id in state.present
            if id != state.master and state.participant(id).role is not Role.VIEWER
        ]
        return Promote(self._random.choice(others)) if others else self._paired()

    def _pin(self, mark: str) -> Command:
        views = self.session.views
        rows = self.session.state.table(Table.PINS)
        if len(rows) >= MOST_PINS:
            mine = sorted(n for n, row in rows.items() if row.author == self.session.id)
            return RemovePin(self._random.choice(mine)) if mine else Chat(mark)
        return PlacePin(mark, (0.0, 1.0, 2.0), views[0].id) if views else Chat(mark)
