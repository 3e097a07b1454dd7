"""Lets an act happen in a `World`: to whom it names, if they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from collab_kernel.core.stimuli import Join, Learn, Lose, Measure, Quarantine, TimeShown
from collab_kernel.errors import RefusedError, ResumeFailedError, StoreError
from collab_kernel.testing.acts import (
    Act,
    Arrive,
    Break,
    Deafen,
    Die,
    Draw,
    Drop,
    Enter,
    Find,
    Flash,
    Hear,
    Measured,
    Notice,
    Part,
    Restart,
    Return,
    Send,
    Suppose,
    Wait,
)
from collab_kernel.testing.hindsight import check_undo
from collab_kernel.testing.player import Player
from collab_kernel.testing.restarts import restart

if TYPE_CHECKING:
    from collab_kernel.testing.simulator import World

MOMENT_S = 0.001


def enact(world: World, act: Act) -> None:
    """Let it happen; whether the promises hold is another question."""
    match act:
        case Enter():
            _enter(world, act)
        case Wait(seconds, fails):
            world.tick(seconds, fails)
        case Find(fact):
            world.step(Learn(fact))
        case Draw(late):
            _draw(world, late)
        case Die(proxy):
            world.step(Quarantine(proxy, "it died twice"))
        case Restart(down_s, behind):
            at = 0 if behind is None else max(0, world.revision - behind)
            restart(world, at, down_s)
        case Suppose():
            check_undo(world.session)
        case Return():
            _return(world, act)
        case _:
            player = world.players.get(act.who)
            if player is not None:
                _enact_of(world, player, act)


def _enact_of(
    world: World,
    player: Player,
    act: Send | Flash | Arrive | Hear | Deafen | Drop | Measured | Part | Break | Notice,
) -> None:
    match act:
        case Send(_, request):
            if player.connected:
                player.put(request)
        case Flash():
            _flash(player, act)
        case Arrive(_, count, fails, dies):
            world.take(player, fails, count, dies)
            if dies:
                restart(world, world.revision)
        case Hear(_, count):
            if not player.deaf:
                player.deliver(count)
        case Deafen(_, deaf):
            player.deaf = deaf
        case Drop():
            if player.showing:
                player.showing.popitem()
        case Measured(_, latency_s):
            world.step(Measure(player.id, latency_s))
        case Part(who, fails):
            if player.connected:
                world.leave(who, fails)
        case Break():
            player.cut()
        case Notice():
            if not player.connected:
                world.step(Lose(player.id))
        case _:
            assert_never(act)


def _enter(world: World, act: Enter) -> None:
    if act.who not in world.players:
        try:
            world.join(act.who, act.role, act.connect_id, act.fails)
        except (RefusedError, StoreError) as error:
            world.tally.refuse(error)
        world.tick(MOMENT_S)  # so that whoever goes next goes later than they came


def _return(world: World, act: Return) -> None:
    """Whom the session has forgotten is turned away, and has to come in anew."""
    player = world.players.get(act.who)
    if player is None:
        stranger = world.strangers.get(act.who)
        if stranger is not None:
            effects = world.step(Join(0, act.who, act.role, resume=stranger))
            assert len(effects) == 1, "a stranger came back"
    elif not player.connected:
        try:
            world.resume(act.who, act.role, act.snapshot, act.again, act.fails)
        except ResumeFailedError as error:
            world.tally.refuse(error)
            world.strangers[act.who] = world.players.pop(act.who).id
        except (RefusedError, StoreError) as error:
            world.tally.refuse(error)


def _flash(player: Player, act: Flash) -> None:
    """What the player sees to be nonsense by now is not sent."""
    if player.connected:
        try:
            player.flash(act.proxy, act.values)
        except RefusedError:
            return


def _draw(world: World, late: bool) -> None:
    """The renderer shows the newest time that it was told to, and is done with all before; or
    says only now that it has shown the oldest of them."""
    if world.times:
        time = world.times[0] if late else world.times[-1]
        world.times = world.times[1:] if late else []
        world.step(TimeShown(time))
        playhead = world.session.playhead
        stuck = playhead is not None and not late and not playhead.shown
        assert not stuck, "what was to be shown is, and playing does not go on"
