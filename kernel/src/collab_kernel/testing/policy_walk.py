"""A session under a policy, from a seed: people come, go, get lost and ask for the right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from collab_kernel.core.commands import Create, Request
from collab_kernel.core.decide import Rules
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.state import Role, State, Table
from collab_kernel.core.stimuli import Ask, Begin, Join, Leave, Lose, Stimulus, Tick
from collab_kernel.core.values import COUNTER_BITS
from collab_kernel.errors import RefusedError
from collab_kernel.spi import (
    AcceptProposal,
    Action,
    Chat,
    Command,
    DeclineRequest,
    Edit,
    FollowEveryone,
    Lock,
    Mute,
    ParticipantId,
    PlacePin,
    Policy,
    Promote,
    Propose,
    Put,
    Remove,
    RequestRight,
    RightRequest,
    WithdrawRequest,
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

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        rows = self.policy.on_request(state, actor, request)
        return self._noted(f"on_request({actor}, {request})", state, rows)

    def _noted(self, asked: str, state: State, rows: tuple[Put, ...]) -> tuple[Put, ...]:
        self.written.append((asked, state, rows))
        return rows


def walk(policy: Policy, seed: int, steps: int) -> Iterator[Moment]:
    """Every state that a session comes to within so many stimuli."""
    random, witness = Random(seed), Witness(policy)
    session = Session(Rules(witness, definitions()), Limits(SEATS))
    session.step(Tick(1_000.0))
    session.step(Begin("walk"))
    for n in range(steps):
        stimulus, before = _stimulus(random, session), session.state
        session.step(stimulus)
        if session.state is before and not any(rows for _, _, rows in witness.written):
            continue
        told = f"seed {seed}, step {n} ({stimulus})"
        yield Moment(policy, session.state, session.now_s, tuple(witness.written), told)
        witness.written.clear()


def _stimulus(random: Random, session: Session) -> Stimulus:
    """What happens next, mostly while some are here and none is bored."""
    state = session.state
    present, chance = list(state.present), random.random()
    lost = [id for id in state.participants if id not in present]
    if chance < (0.15 if present else 0.4) or not state.participants:
        role = random.choice((Role.OWNER, Role.COLLABORATOR, Role.COLLABORATOR, Role.VIEWER))
        return Join(0, random.choice(("", "Ada", "Bob")), role)
    if chance < (0.21 if present else 0.6) and lost:
        role = random.choice((Role.OWNER, Role.OWNER, Role.VIEWER))  # it may have become less
        return Join(0, role=role, resume=random.choice(lost))
    if chance < 0.33 or not present:
        return Tick(session.now_s + random.choice((0.1, 0.1, 3.0, 9.9, 10.1, 100_000.0)))
    if chance < 0.36:
        return Begin("walk")  # the server was started again
    if chance < 0.41:
        return Leave(random.choice(sorted(state.participants)))
    if chance < 0.47:
        return Lose(random.choice(present))
    actor = state.master if state.master in present and chance < 0.7 else random.choice(present)
    assert actor is not None
    number = session.decided(actor) + 1
    return Ask(actor, Request(number, _command(random, state, actor)))


def _command(random: Random, state: State, actor: ParticipantId) -> Command:
    somebody = random.choice((*state.present, *state.participants, 4_711))
    proposals = state.table(Table.PROPOSALS)
    new = (actor << COUNTER_BITS) + state.table(Table.COUNTERS).get(actor, 0) + 1
    steering: tuple[Command, ...] = (
        *[Promote(somebody), Promote(random.choice(state.requests or (somebody,)))] * 2,
        *[DeclineRequest(random.choice(state.requests or (somebody,)))] * 2,
        FollowEveryone(somebody),
        Mute(somebody, chat=True),
        Remove(somebody),
        Lock(random.random() < 0.3),
        *[Edit((Create(new, "views", "RenderView"),))] * 2,
        AcceptProposal(max(proposals, default=0)),
    )
    asking: tuple[Command, ...] = (
        *[RequestRight()] * 5,
        WithdrawRequest(),
        Chat("hello"),
        Propose((Create(new, "views", "RenderView"),), "another view"),
        PlacePin("here", (0.0, 0.0, 0.0), max(state.proxies, default=0)),
    )
    steers = state.master in (actor, None)
    return random.choice(steering if steers == (random.random() < 0.8) else asking)
