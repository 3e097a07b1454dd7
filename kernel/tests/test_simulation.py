"""Everybody does as they like, from a seed; the promises of the design hold after each step."""

from collections import Counter

import pytest

from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.testing.simulator import World

SEEDS = range(20)
COMMANDS = 300


def wandered(seed: int, commands: int = COMMANDS) -> World:
    with World(seed, ["ann", "bob", "cid"], "ann", loss=0.03) as world:
        world.wander(commands)
    return world


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_holds_whatever_is_done_and_in_whatever_order_it_arrives(seed: int) -> None:
    world = wandered(seed)
    for player in world.players.values():
        assert player.mirror.state.revision == world.revision


def test_the_simulation_tries_everything_and_more_is_accepted_than_refused() -> None:
    accepted, refused = Counter[str](), Counter[str]()
    for seed in range(8):
        world = wandered(seed)
        accepted += world.accepted
        refused += world.refused
    commands = {"Edit", "Undo", "Redo", "SetHome", "Chat", "Rename", "Promote", "Follow"}
    assert commands | {"FollowEveryone"} == set(accepted)
    assert accepted.total() > refused.total()
    assert {"store", "refused.not_master", "refused.input_cycle"} <= set(refused)


def test_one_seed_is_one_story() -> None:
    assert wandered(5, 100).journal == wandered(5, 100).journal
    assert wandered(5, 100).journal != wandered(6, 100).journal


def test_a_failure_tells_its_seed() -> None:
    with pytest.raises(AssertionError, match="broken") as caught, World(41, ["ann"]):
        raise AssertionError("broken")
    assert "seed=41" in caught.value.__notes__[0]


def test_the_simulation_sees_a_mirror_that_folds_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(state: object, event: Event) -> object:
        if len(event.changes) == 3:
            event = Event(event.revision, 0, 0, event.kind, "", 0, 0.0, event.changes[:-1])
        return evolve(state, event)  # type: ignore[arg-type]

    monkeypatch.setattr("collab_kernel.core.mirror.evolve", forgetful)
    with pytest.raises(AssertionError, match="sees another state"):
        wandered(1)
