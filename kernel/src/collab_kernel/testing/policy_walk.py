"""A session under a policy, from a seed: people come, go, get lost and ask for the right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from collab_kernel.core.commands import Request
from collab_kernel.core.decide import Rules
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.state import Role, State
from collab_kernel.core.stimuli import Ask, Begin, Join, Leave, Lose, Stimulus, Tick
from collab_kernel.errors import RefusedError
from collab_kernel.spi import (
    Action,
    Chat,
    Command,
    Edit,
    FollowEveryone,
    ParticipantId,
    Policy,
    Promote,
    Put,
)
from collab_kernel.testing.catalogue import definitions

SEATS = 6

Written: TypeAlias = tuple[str, State, tuple[Put, ...]]
"""What the policy was asked, the state then, and the rows that it answered with."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a walk has come to. policy: the one that was asked all the way."""

    policy: Policy
    state: State
    now_s: float
    written: tuple[Written, ...]
    """Since the moment before."""
    told: str

    def __str__(self) -> str:
        return self.told


@dataclass
class Witness:
    """Hands every question on, and remembers what was written."""

    policy: Policy
    written: list[Written] = field(default_factory=list)

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        return self.policy.permits(state, actor, action)

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return self._noted("successor", state, self.policy.successor(state, now_s))

    def on_request(self, state: State, actor: ParticipantId, request: Promote) -> tuple[Put, ...]:
        rows = self.policy.on_request(state, actor, request)
        return self._noted(f"on_request({actor}, {request})", state, rows)

    def _noted(self, asked: str, state: State, rows: tuple[Put, ...]) -> tuple[Put, ...]:
        self.written.append((asked, state, rows))
        return rows


def walk(policy: Policy, seed: int, steps: int) -> Iterator[Moment]:
    """Every state that a session comes to within so many stimuli, the first one empty."""
    random, witness = Random(seed), Witness(policy)
    session = Session(Rules(witness, definitions()), Limits(SEATS))
    session.step(Tick(1_000.0))
    session.step(Begin("walk"))
    numbers: dict[ParticipantId, int] = {}
    for n in range(steps):
        stimulus = _stimulus(random, session, numbers)
        session.step(stimulus)
        told = f"seed {seed}, step {n} ({stimulus})"
        yield Moment(policy, session.state, session.now_s, tuple(witness.written), told)
        witness.written.clear()


def _stimulus(random: Random, session: Session, numbers: dict[ParticipantId, int]) -> Stimulus:
    """What happens next, mostly while some are here and none is bored."""
    state = session.state
    present, chance = list(state.present), random.random()
    if chance < 0.25 or not state.participants:
        role = random.choice((Role.OWNER, Role.COLLABORATOR, Role.COLLABORATOR, Role.VIEWER))
        return Join(0, random.choice(("", "Ada", "Bob")), role)
    if chance < 0.45:
        return Tick(session.now_s + random.choice((0.1, 3.0, 9.9, 10.1, 3_600.0, 100_000.0)))
    if chance < 0.48:
        return Begin("walk")  # the server was started again
    if chance < 0.56:
        return Leave(random.choice(sorted(state.participants)))
    if not present:
        return Tick(session.now_s + 1.0)
    if chance < 0.64:
        return Lose(random.choice(present))
    actor = state.master if state.master in present and chance < 0.9 else random.choice(present)
    assert actor is not None
    numbers[actor] = numbers.get(actor, 0) + 1
    return Ask(actor, Request(numbers[actor], _command(random, state)))


def _command(random: Random, state: State) -> Command:
    somebody = random.choice((*state.participants, 4_711))
    choices: tuple[Any, ...] = (Promote, Promote, FollowEveryone)
    if random.random() < 0.7:
        command: Command = random.choice(choices)(somebody)
        return command
    return random.choice((Chat("hello"), Edit(())))
