"""The server of a `World` is killed, and another one goes on from what lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_kernel.core.session import Session

if TYPE_CHECKING:
    from collab_kernel.testing.simulator import World


def restart(world: World, at: int, down_s: float = 0.0) -> None:
    """Go on from a snapshot of revision `at` and the events behind it, `down_s` later. Everybody
    is cut off, and what became of requests behind the last one that made an event is forgotten."""
    for player in world.players.values():
        player.cut()
    before = world.session
    state = world.lasting.taken_up(at)
    assert state.revision == before.state.revision, "another revision is there than there was"
    assert state.undo == before.state.undo, "another past is there than there was"
    world.take_up(Session(before.rules, before.limits, state), before.now_s + down_s)
