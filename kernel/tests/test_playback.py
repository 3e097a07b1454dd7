"""The simulation's time: going to one, playing through many, the same for everyone."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import GoTo, Pause, Play, Undo
from collab_kernel.core.effects import Effect, Persist, ShowTime
from collab_kernel.core.events import EventKind
from collab_kernel.core.presence import SESSION
from collab_kernel.core.state import Role
from collab_kernel.core.stimuli import Begin, Tick, TimeShown
from collab_kernel.core.values import SERVER, Value
from collab_kernel.errors import InvalidValueError, NothingToUndoError, NotMasterError
from collab_kernel.testing.simulator import World

STEPS = (0.0, 1.0, 2.0, 3.0)


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        yield world
        world.settle()
        world.check()
        world.check_replay()


def play(world: World, *steps: float, speed: float = 1.0, loop: bool = False) -> None:
    world["ann"].ask(Play(steps or STEPS, speed, loop))


def after(world: World, seconds: float) -> list[float]:
    """What the renderer is told to show when so much time has passed."""
    return times(world.step(Tick(world.session.now_s + seconds)))


def times(effects: list[Effect]) -> list[float]:
    return [effect.time for effect in effects if isinstance(effect, ShowTime)]


def draw(world: World) -> None:
    """The renderer shows what it was told to."""
    world.step(TimeShown(world.times[-1]))


def seen(world: World, who: str) -> object:
    """The time that somebody sees while it plays."""
    world.settle()
    value = world[who].mirror.presence.own(SERVER, SESSION).get("Time")
    return value.plain if isinstance(value, Value) else None


def test_going_to_a_time_is_an_event_that_all_see(world: World) -> None:
    event = world["ann"].ask(GoTo(2.5))
    assert event is not None
    assert event.kind is EventKind.TIME
    assert world["bob"].mirror.state.time.time == 2.5
    assert world.times == [2.5]


def test_the_current_time_advances_only_when_the_renderer_has_shown_the_last_one(
    world: World,
) -> None:
    play(world)
    assert world.times == [0.0]
    assert after(world, 1.0) == []
    draw(world)
    assert after(world, 0.1) == [1.0]
    assert after(world, 5.0) == []
    world.step(TimeShown(0.0))  # late, of what was shown before
    assert after(world, 1.0) == []
    draw(world)
    assert after(world, 0.0) != []


def test_steps_are_left_out_rather_than_shown_late(world: World) -> None:
    play(world)
    draw(world)
    assert after(world, 2.4) == [2.0]


def test_while_playing_the_time_is_the_servers_presence_and_no_event(world: World) -> None:
    play(world)
    revision = world.revision
    draw(world)
    after(world, 1.0)
    assert (seen(world, "ann"), seen(world, "bob")) == (1.0, 1.0)
    assert world.revision == revision
    assert world.state.time.time == 0.0


def test_pausing_writes_the_time_as_one_event(world: World) -> None:
    play(world)
    draw(world)
    after(world, 2.0)
    world["ann"].ask(Pause())
    assert (world.state.time.time, world.state.time.playing) == (2.0, False)
    assert seen(world, "bob") is None
    assert after(world, 5.0) == []


def test_reaching_the_end_writes_the_time_as_one_event(world: World) -> None:
    play(world)
    draw(world)
    assert after(world, 30.0) == [3.0]
    draw(world)
    effects = world.step(Tick(world.session.now_s + 1.0))
    assert [e.event.label for e in effects if isinstance(e, Persist)] == ["Played to the end"]
    assert (world.state.time.time, world.state.time.playing) == (3.0, False)


def test_a_loop_begins_again_with_the_first_step(world: World) -> None:
    play(world, loop=True)
    for expected in (1.0, 2.0, 3.0, 0.0, 1.0):
        draw(world)
        assert after(world, 1.0) == [expected]


def test_a_loop_of_one_step_goes_on_showing_it(world: World) -> None:
    play(world, 5.0, loop=True)
    draw(world)
    assert after(world, 3.0) == []
    assert world.state.time.playing
    assert world.state.time.time == 5.0


@pytest.mark.parametrize("speed", [0.5, 1.0, 24.0])
def test_the_speed_is_steps_a_second(world: World, speed: float) -> None:
    play(world, speed=speed)
    draw(world)
    assert world.session.due_s == pytest.approx(world.session.now_s + 1.0 / speed)
    assert after(world, 0.9 / speed) == []
    assert after(world, 0.1 / speed) == [1.0]
    assert world.session.due_s is None  # nothing is due before that is shown


def test_playing_starts_at_the_current_time_and_where_that_is_no_step_goes_on_with_the_next(
    world: World,
) -> None:
    world["ann"].ask(GoTo(1.5))
    play(world)
    assert world.times[-1] == 1.5
    assert seen(world, "bob") == 1.5
    draw(world)
    assert after(world, 1.0) == [2.0]


@pytest.mark.parametrize("time", [-1.0, 3.0, 7.0])
def test_playing_starts_at_the_first_step_where_there_is_none_left(
    world: World, time: float
) -> None:
    world["ann"].ask(GoTo(time))
    play(world)
    assert world.times[-1] == 0.0


@pytest.mark.parametrize(("time", "following"), [(0.5, 1.0), (-4.0, 0.0), (2.0, 3.0)])
def test_going_somewhere_while_it_plays_goes_on_from_there(
    world: World, time: float, following: float
) -> None:
    play(world)
    draw(world)
    world["ann"].ask(GoTo(time))
    assert world.times[-1] == time
    draw(world)
    assert after(world, 1.0) == [following]


def test_going_behind_the_end_while_it_plays_ends_it_there(world: World) -> None:
    play(world)
    world["ann"].ask(GoTo(9.0))
    draw(world)
    after(world, 1.0)
    assert (world.state.time.time, world.state.time.playing) == (9.0, False)


def test_nobody_plays_to_an_empty_room(world: World) -> None:
    play(world)
    draw(world)
    after(world, 1.0)
    world.lose("bob")
    assert world.state.time.playing
    world.lose("ann")
    assert (world.state.time.time, world.state.time.playing) == (1.0, False)


def test_a_session_that_is_taken_up_again_stands_still(world: World) -> None:
    play(world)
    world.step(Begin("world"))
    assert not world.state.time.playing


def test_a_late_joiner_sees_where_it_plays(world: World) -> None:
    play(world)
    draw(world)
    after(world, 2.0)
    world.join("cid")
    assert seen(world, "cid") == 2.0
    assert world["cid"].mirror.state.time == world.state.time


def test_whoever_comes_back_does_not_see_it_play_when_it_has_stopped(world: World) -> None:
    play(world)
    assert seen(world, "bob") == 0.0
    world.lose("bob")
    world["ann"].ask(Pause())
    world.resume("bob")
    assert seen(world, "bob") is None


def test_time_is_the_masters_and_not_undoable(world: World) -> None:
    for command in (GoTo(1.0), Play(STEPS), Pause()):
        with pytest.raises(NotMasterError, match="ann"):
            world["bob"].ask(command)
    world["ann"].ask(GoTo(1.0))
    with pytest.raises(NothingToUndoError):
        world["ann"].ask(Undo())


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (GoTo(float("nan")), "it has to be finite"),
        (Play((0.0, float("inf"))), "it has to be finite"),
        (Play(()), "1 to 4096 can be played"),
        (Play(tuple(map(float, range(5_000)))), "1 to 4096 can be played"),
        (Play((0.0, 1.0, 1.0)), "have to rise"),
        (Play(STEPS, 0.0), "above 0 and at most 240"),
        (Play(STEPS, 241.0), "above 0 and at most 240"),
        (Play(STEPS, float("nan")), "above 0 and at most 240"),
    ],
)
def test_what_can_not_be_played_is_refused(world: World, command: GoTo | Play, why: str) -> None:
    before = world.revision
    with pytest.raises(InvalidValueError, match=why):
        world["ann"].ask(command)
    assert world.revision == before


def test_going_back_to_where_playing_began_is_news_while_another_time_is_shown(
    world: World,
) -> None:
    play(world)
    draw(world)
    assert after(world, 1.0) == [1.0]
    assert world["ann"].ask(GoTo(0.0)) is not None
    assert world.times[-1] == 0.0
    assert seen(world, "bob") == 0.0


def test_playing_anew_goes_on_from_the_time_that_is_shown(world: World) -> None:
    play(world)
    draw(world)
    after(world, 2.0)
    assert seen(world, "bob") == 2.0
    play(world, speed=2.0)
    assert seen(world, "bob") == 2.0


def test_nobody_is_left_with_a_film_that_nobody_may_stop(world: World) -> None:
    world.join("vic", Role.VIEWER)
    play(world, loop=True)
    world.leave("bob")
    assert world.state.time.playing
    world.leave("ann")
    assert not world.state.time.playing


def test_only_what_plays_keeps_its_steps(world: World) -> None:
    play(world)
    world["ann"].ask(Pause())
    assert world.state.time.steps == ()
