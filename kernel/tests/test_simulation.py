"""Everybody does as they like, from a seed; the promises of the design hold after each step."""

import typing
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from immutables import Map

from collab_kernel.core.commands import Action, Command, Operation, RightRequest
from collab_kernel.core.effects import Effect
from collab_kernel.core.events import Event, Put
from collab_kernel.core.evolve import evolve
from collab_kernel.core.session import Session
from collab_kernel.core.state import State, Table
from collab_kernel.core.stimuli import Begin
from collab_kernel.core.values import ParticipantId
from collab_kernel.host.resumption import Resumption
from collab_kernel.testing import simulation
from collab_kernel.testing.acts import Act, Restart, Send
from collab_kernel.testing.simulation import COMMANDS, Tally, main
from collab_kernel.testing.simulator import World
from collab_kernel.testing.story import Failure, Setting, script, shorten, tell, wander
from collab_kernel.wire.stored import StoredParticipant, decode_snapshot, encode_participant

SEEDS = range(100)
HISTORY = Table.HISTORY
BLOCK = 10


@cache
def simulated(seed: int) -> Tally:
    found = simulation.simulated(seed)
    if isinstance(found, Failure):
        pytest.fail(script(Setting(seed), shorten(Setting(seed), found)))
    return found


@cache
def all_of_it() -> Tally:
    tally = Tally()
    for seed in SEEDS:
        tally += simulated(seed)
    return tally


@pytest.mark.parametrize("first", SEEDS[::BLOCK])
def test_every_promise_holds_whatever_is_done_and_in_whatever_order_it_arrives(first: int) -> None:
    for seed in range(first, first + BLOCK):
        assert simulated(seed).commands == COMMANDS


def test_the_simulation_tries_fifty_thousand_commands_and_most_are_accepted() -> None:
    tally = all_of_it()
    assert tally.commands >= 50_000
    assert 2 * tally.accepted.total() >= tally.commands


def test_every_kind_of_command_is_one_in_a_hundred_of_those_accepted() -> None:
    accepted = all_of_it().accepted
    assert set(accepted) == {command.__name__ for command in typing.get_args(Command)}
    rare = {name: n for name, n in accepted.items() if 100 * n < accepted.total()}
    assert not rare


def test_every_kind_of_operation_is_one_in_a_hundred_of_those_carried_out() -> None:
    carried_out = all_of_it().operations
    assert set(carried_out) == {operation.__name__ for operation in typing.get_args(Operation)}
    assert not {name: n for name, n in carried_out.items() if 100 * n < carried_out.total()}


def test_what_can_be_refused_is_refused_for_every_reason_that_people_meet() -> None:
    reasons = {
        "store",
        "refused.follow_cycle",
        "refused.input_cycle",
        "refused.link",
        "refused.name_taken",
        "refused.not_allowed",
        "refused.not_master",
        "refused.proposal_outdated",
        "refused.proxy_in_use",
        "refused.resume_failed",
        "refused.session_full",
        "refused.session_locked",
        "refused.undo_conflict",
        "refused.unknown_participant",
        "refused.wrong_connect_id",
    }
    assert reasons - set(all_of_it().refused) == set()


class Anybody:
    """A policy under which all may do all."""

    def permits(self, state: State, actor: ParticipantId, action: Action) -> None:
        return None

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return ()

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        return ()


@pytest.mark.parametrize("seed", range(5))
def test_what_is_no_policys_to_promise_holds_under_any(seed: int) -> None:
    people = ["ann", "bob", "cid"]
    with World(seed, people, policy=Anybody(), loss=0.03, look_only=seed % 2 == 1) as world:
        world.wander(300)
    assert "Edit" in world.tally.accepted


# -- stories ---------------------------------------------------------------------------------


def wandered(seed: int, commands: int = 300) -> World:
    world = wander(Setting(seed), commands)
    assert isinstance(world, World)
    return world


def test_one_seed_is_one_story() -> None:
    one, again, other = wandered(5, 100), wandered(5, 100), wandered(6, 100)
    assert one.journal == again.journal
    assert one.story == again.story
    assert one.journal != other.journal


def test_a_story_can_be_told_again_without_chance() -> None:
    world = wandered(7)
    again = Setting(7).world()
    for act in world.story:
        again.act(act)
    again.end()
    assert again.journal == world.journal


def test_every_kind_of_act_happens() -> None:
    kinds = Counter(type(act) for seed in range(6) for act in wandered(seed).story)
    assert set(kinds) == set(typing.get_args(Act))


def test_a_failure_tells_its_seed() -> None:
    with pytest.raises(AssertionError, match="broken") as caught, World(41, ["ann"]):
        raise AssertionError("broken")
    assert "seed=41" in caught.value.__notes__[0]


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mirrors that don't take in all of an event."""

    def forget(state: object, event: Event) -> object:
        if len(event.changes) == 3:
            event = Event(event.revision, 0, 0, event.kind, "", 0, 0.0, event.changes[:-1])
        return evolve(state, event)  # type: ignore[arg-type]

    monkeypatch.setattr("collab_kernel.core.mirror.evolve", forget)


@pytest.mark.usefixtures("forgetful")
def test_the_simulation_sees_a_mirror_that_folds_wrong() -> None:
    failure = wander(Setting(1), 300)
    assert isinstance(failure, Failure)
    assert "sees another state" in failure.text


@pytest.mark.usefixtures("forgetful")
def test_a_story_that_ends_badly_is_made_as_short_as_can_be() -> None:
    setting = Setting(1)
    failure = wander(setting, 300)
    assert isinstance(failure, Failure)
    short = shorten(setting, failure)
    assert short.kind == failure.kind
    assert 5 * len(short.story) < len(failure.story)
    assert any(isinstance(act, Send) for act in short.story)
    for left_out in range(len(short.story)):
        rest = short.story[:left_out] + short.story[left_out + 1 :]
        other = tell(setting, rest)
        assert other is None or other.kind != short.kind


@pytest.mark.usefixtures("forgetful")
def test_a_seed_that_fails_is_printed_with_its_story() -> None:
    said: list[str] = []
    assert main(["--seeds", "1", "--commands", "300", "--jobs", "1"], said.append) == 1
    assert said[0].startswith("seed 1 fails")
    assert "Send(who=" in said[1]
    assert "sees another state" in said[1]


# -- restarts --------------------------------------------------------------------------------


def requests_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A new server knows only what it has decided itself."""
    patch.setattr(Session, "decided", lambda self, who: self._decided.get(who, 0))


def replies_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What was refused does not last with the next event of whoever was refused."""
    patch.setattr(
        Resumption,
        "_record",
        lambda self, who, _: encode_participant(StoredParticipant(self._records[who].key_hash, ())),
    )


def history_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A snapshot is without what can be undone."""

    def without(data: bytes) -> State:
        state = decode_snapshot(data)
        return State(state.revision, Map({t: r for t, r in state.tables.items() if t != HISTORY}))

    patch.setattr("collab_kernel.testing.lasting.decode_snapshot", without)


def grace_not_counted_anew(patch: pytest.MonkeyPatch) -> None:
    """Everybody counts as lost since long ago."""
    begin = Session._begin

    def _begin(self: Session, stimulus: Begin) -> list[Effect]:
        return begin(self, replace(stimulus, now_s=0.0))

    patch.setattr(Session, "_begin", _begin)


@pytest.mark.parametrize(
    "break_it", [requests_forgotten, replies_forgotten, history_forgotten, grace_not_counted_anew]
)
def test_the_simulation_sees_a_server_that_forgets(
    break_it: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch)
    found = (wander(Setting(seed), 100) for seed in range(100))
    failure = next(f for f in found if isinstance(f, Failure))
    assert any(isinstance(act, Restart) or getattr(act, "dies", False) for act in failure.story)


def test_seeds_that_hold_are_counted() -> None:
    said: list[str] = []
    assert main(["--seeds", "3:5", "--commands", "50", "--jobs", "1"], said.append) == 0
    assert said[0].startswith("2 seeds, 100 commands")
    assert said[-1].startswith("every promise held")
