"""Stories of a `World`: told again from a list of acts, and made short where one ends badly."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collab_kernel.testing.acts import Act
from collab_kernel.testing.simulator import World
from collab_kernel.testing.stage import MOMENT_S

LOSS = 0.03
SEATS = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """How the world of a seed begins: every other one has viewers who only look."""

    seed: int

    def world(self) -> World:
        world = World(
            self.seed,
            ["ann", "bob", "cid"],
            "ann",
            seats=SEATS,
            loss=LOSS,
            look_only=self.seed % 2 == 1,
        )
        world.tick(MOMENT_S)
        return world


@dataclass(frozen=True, slots=True)
class Failure:
    """How a story ended. kind: equal for failures that are alike.  text: for people."""

    kind: tuple[str, str, str]
    text: str
    story: tuple[Act, ...]


def failure_of(error: Exception, story: Sequence[Act]) -> Failure:
    where = traceback.extract_tb(error.__traceback__)[-1].name
    plain = re.sub(r"\W*\d[\d.]*", "#", str(error))[:40]
    name = type(error).__name__
    text = "".join(traceback.format_exception(error, limit=-4))
    return Failure((name, where, plain), text, tuple(story))


def wander(setting: Setting, commands: int) -> World | Failure:
    """So many commands of chance; the world at the end, or how it failed."""
    world = setting.world()
    try:
        with world:
            world.wander(commands)
    except Exception as error:  # whatever is raised here is a finding
        return failure_of(error, world.story)
    return world


def tell(setting: Setting, story: Sequence[Act]) -> Failure | None:
    """Let it all happen again; None if it ends well."""
    world = setting.world()
    try:
        with world:
            for act in story:
                world.act(act)
            world.end()
    except Exception as error:
        return failure_of(error, world.story)
    return None


def shorten(setting: Setting, failure: Failure) -> Failure:
    """A story that fails alike and from which no act can be left out: fewer and fewer of the
    acts are left out at once (delta debugging)."""
    again = tell(setting, failure.story)
    if again is None or again.kind != failure.kind:
        return failure  # it does not depend on what happens alone
    best = again
    size = len(best.story) // 2
    while size:
        start, found = 0, False
        while start < len(best.story):
            shorter = best.story[:start] + best.story[start + size :]
            again = tell(setting, shorter)
            if again is not None and again.kind == failure.kind:
                best, found = again, True
            else:
                start += size
        if size > 1 or not found:
            size //= 2
    return best


def script(setting: Setting, failure: Failure, show: Callable[[Act], str] = repr) -> str:
    """The story and its end, one line an act."""
    lines = [f"{setting}: {len(failure.story)} acts"]
    lines += [f"{n:4}  {show(act)}" for n, act in enumerate(failure.story, 1)]
    return "\n".join([*lines, failure.text.rstrip()])
