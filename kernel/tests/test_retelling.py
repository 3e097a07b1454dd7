"""What happened in one session, told again in another: by commands, to the same end."""

import json
from typing import Any

import pytest

from collab_kernel.core.evolve import evolve
from collab_kernel.core.pipeline import pipeline_of
from collab_kernel.core.retelling import Retelling, everything
from collab_kernel.core.state import State
from collab_kernel.testing.player import Player
from collab_kernel.testing.simulator import World
from collab_kernel.wire.rows import decode_event
from collab_kernel.wire.statefile import encode_pipeline


def made(state: State) -> dict[str, Any]:
    """What a state consists of, in whatever order it was made."""
    text: dict[str, Any] = json.loads(encode_pipeline(pipeline_of(state), {}))
    for proxy in text["proxies"]:
        proxy["properties"] = unnamed(proxy["properties"])
    ordered = sorted(text["proxies"], key=lambda proxy: (proxy["group"], proxy["name"]))
    selected = sorted(text["selections"], key=json.dumps)
    return text | {"proxies": ordered, "selections": selected}


def unnamed(within: Any) -> Any:
    """Without the names of sub-proxies, which may stay where undo took them away."""
    if isinstance(within, list):
        return [unnamed(each) for each in within]
    if isinstance(within, dict):
        return {key: unnamed(each) for key, each in within.items() if key != "name"}
    return within


def roots(state: State) -> set[tuple[str, str]]:
    """The names of all that belongs to nobody."""
    return {(row.group, row.name) for row in state.proxies.values() if not row.owner}


def tell(player: Player, retelling: Retelling, event: Any, after: State) -> None:
    world = player.world
    for command in retelling.commands(event, after, world.state, player.new_id):
        player.ask(command)


@pytest.mark.parametrize("seed", range(10))
def test_a_log_told_again_ends_where_it_ended(seed: int) -> None:
    with World(seed, ["ann", "bob"], "ann") as there:
        there.wander(250)
        log = [decode_event(data) for data in there.journal]
        end = there.state
    with World(seed, ["eve"], "eve") as here:
        retelling, state = Retelling(), State()
        for event in log:
            state = evolve(state, event)
            tell(here["eve"], retelling, event, state)
        here.check_replay()
        assert len(here.state.proxies) == len(end.proxies)
        assert roots(here.state) == roots(end)
        assert made(here.state)["proxies"] == made(end)["proxies"]
        assert made(here.state)["selections"] == made(end)["selections"]


@pytest.mark.parametrize("seed", range(6))
def test_it_can_begin_in_the_middle_with_what_is_there(seed: int) -> None:
    with World(seed, ["ann", "bob"], "ann") as there:
        there.wander(250)
        log = [decode_event(data) for data in there.journal]
        end = there.state
    with World(seed, ["eve"], "eve") as here:
        eve = here["eve"]
        retelling, state = Retelling(), State()
        half = len(log) // 2
        for event in log[:half]:
            state = evolve(state, event)
        tell(eve, retelling, everything(state), state)
        assert made(here.state)["proxies"] == made(state)["proxies"]
        for event in log[half:]:
            state = evolve(state, event)
            tell(eve, retelling, event, state)
        assert made(here.state)["proxies"] == made(end)["proxies"]
