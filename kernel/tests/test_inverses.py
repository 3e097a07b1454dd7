"""Every event can be taken back; whoever doesn't know a table has the same digest all the same."""

import typing
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from collab_kernel.core.commands import BringEveryone, CancelWork, Command
from collab_kernel.core.effects import Persist
from collab_kernel.core.events import Event, Put, inverse
from collab_kernel.core.evolve import apply, evolve
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.state import Role, State, Table
from collab_kernel.core.stimuli import Ask, Begin, Join, Leave, Lose, Quarantine, Stimulus, Tick
from collab_kernel.core.values import COUNTER_BITS
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.simulator import Rules, default_policy
from collab_kernel.testing.whims import Whims
from collab_kernel.wire import tables
from collab_kernel.wire.rows import decode_event, digest, encode_event

NEW_TABLES = range(Table.LINKS, Table.MUTES + 1)
SEEDS = st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=12)


@contextmanager
def ignorant(of: int) -> Iterator[None]:
    """A version that doesn't know a table."""
    known = {table: codec for table, codec in tables.CODECS.items() if table != of}
    with patch.object(tables, "CODECS", known):
        yield


class Inverses(RuleBasedStateMachine):
    """At first three people; one more command from each seed, mostly of whoever steers."""

    seen: typing.ClassVar[set[type]] = set()
    """What made an event that was taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.catalogue = definitions()
        self.session = Session(Rules(default_policy(), self.catalogue), Limits(9))
        self.counters = dict.fromkeys(range(1, 99), 0)
        self.numbers = dict.fromkeys(range(1, 99), 0)
        self.seats = 0
        self.mirrors = dict.fromkeys(NEW_TABLES, State())
        self.step(Tick(1_000.0))
        self.step(Begin("inverses"))
        for _ in range(3):
            self.enter(Role.COLLABORATOR)

    def step(self, stimulus: Stimulus) -> None:
        state = self.session.state
        for effect in self.session.step(stimulus):
            if isinstance(effect, Persist):
                self.take_back(state, effect.event)
                if isinstance(stimulus, Ask):
                    self.seen.add(type(stimulus.request.command))
                state = evolve(state, effect.event)
                self.show(effect.event)

    def take_back(self, state: State, event: Event) -> None:
        after = evolve(state, event)
        request = state.table(Table.REQUESTS).get(event.author)
        noted = after.table(Table.REQUESTS).get(event.author)
        whose = (Put(Table.REQUESTS, event.author, noted, request),)
        back = apply(apply(after, whose), inverse(event.changes))
        assert digest(back) == digest(state)
        assert back.users == state.users
        assert back.table(Table.HISTORY) == state.table(Table.HISTORY)

    def show(self, event: Event) -> None:
        """Tell those who don't know all tables."""
        data = encode_event(event)
        for table, state in self.mirrors.items():
            with ignorant(table):
                self.mirrors[table] = evolve(state, decode_event(data))

    @rule(seeds=SEEDS)
    def ask(self, seeds: list[int]) -> None:
        for seed in seeds:
            chance, state = Random(seed), self.session.state
            steers = state.master in state.present and chance.random() < 0.6
            me = state.master if steers and state.master else chance.choice(state.present)
            self.numbers[me] += 1

            def new_id(me: int = me) -> int:
                self.counters[me] += 1
                return (me << COUNTER_BITS) + self.counters[me]

            whims = Whims(chance, self.catalogue)
            self.step(Ask(me, whims.request(self.numbers[me], state, me, new_id)))

    @rule(role=st.sampled_from(Role))
    def enter(self, role: Role) -> None:
        self.seats += 1
        self.step(Join(self.seats, "", role))

    @rule(which=st.integers(0, 9), lost=st.booleans())
    def go(self, which: int, lost: bool) -> None:
        here = self.session.state.present
        if len(here) > 1:
            id = here[which % len(here)]
            self.step(Lose(id) if lost else Leave(id))

    @rule(seconds=st.sampled_from((0.1, 11.0)))
    def wait(self, seconds: float) -> None:
        self.step(Tick(self.session.now_s + seconds))

    @rule(which=st.integers(0, 9))
    def die(self, which: int) -> None:
        proxies = sorted(self.session.state.proxies)
        if proxies:
            self.step(Quarantine(proxies[which % len(proxies)], "it died twice"))

    @invariant()
    def those_who_do_not_know_a_table_have_the_same_digest(self) -> None:
        expected = digest(self.session.state)
        for table, state in self.mirrors.items():
            with ignorant(table):
                assert digest(state) == expected


def test_taking_an_event_back_leads_to_the_state_before_it_whatever_the_command() -> None:
    Inverses.seen.clear()
    how = settings(max_examples=40, stateful_step_count=40, derandomize=True, database=None)
    run_state_machine_as_test(Inverses, settings=how)  # type: ignore[no-untyped-call]
    eventless = {BringEveryone, CancelWork}
    assert Inverses.seen == set(typing.get_args(Command)) - eventless
