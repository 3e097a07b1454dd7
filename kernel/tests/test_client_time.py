"""Going to a time and playing, by the public client: the same time for everyone."""

import asyncio

import pytest

from collab_kernel.client import Session
from collab_kernel.errors import InvalidCommandError, InvalidValueError, NotMasterError
from collab_kernel.testing.toy import TOY

from .conftest import WITHIN_S, Meet, until_shown


async def until_paused(session: Session) -> None:
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while session.playing:
            await anext(events)


async def test_going_to_a_time_is_an_event_for_all_and_nobodys_to_undo(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    entries = ada.history
    revision = await ada.go_to_time(1.5)
    await company.agree()
    assert (ada.time, bob.time, bob.revision) == (1.5, 1.5, revision)
    assert ada.history == entries
    assert (await company.join("Cyd")).time == 1.5
    with pytest.raises(NotMasterError):
        await bob.go_to_time(2.0)
    with pytest.raises(InvalidValueError, match="finite"):
        await ada.go_to_time(float("nan"))


async def test_playing_shows_the_same_time_to_everyone_and_its_end_is_one_event(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    before = await ada.play([0.0, 1.0, 2.0, 3.0], speed=200.0)
    await bob.reached(before)
    assert ada.playing
    await until_paused(bob)
    await company.agree()
    assert (ada.time, bob.time, ada.playing) == (3.0, 3.0, False)
    assert ada.revision == before + 1


async def test_while_it_plays_the_current_time_is_presence(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    revision = await ada.play([0.0, 1.0, 2.0], speed=100.0, loop=True)
    await bob.reached(revision)
    for step in (1.0, 2.0, 0.0, 1.0):
        await until_shown(bob, lambda step=step: bob.time == step)  # type: ignore[misc]
    assert bob.revision == revision
    late = await company.join("Cyd")
    assert late.playing
    assert late.time in (0.0, 1.0, 2.0)


async def test_pausing_stops_everybody_at_the_time_that_is_shown(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await ada.play([0.0, 1.0, 2.0, 3.0], speed=100.0, loop=True)
    await until_shown(bob, lambda: bob.time == 2.0)
    with pytest.raises(NotMasterError):
        await bob.pause()
    await ada.pause()
    await company.agree()
    assert not bob.playing
    assert ada.time == bob.time
    assert bob.time in (0.0, 1.0, 2.0, 3.0)
    await ada.pause()  # nothing to do


async def test_the_steps_of_the_data_are_played_unless_others_are_given(meet: Meet) -> None:
    company = await meet("Ada", "Bob", renderer=TOY)
    ada, bob = company.sessions
    assert ada.time_steps == ()
    with pytest.raises(InvalidValueError, match="time steps to play"):
        await ada.play()
    moving = await ada.create("sources", "TimeSource")
    await ada.show(moving)
    information = await moving.update()
    assert information.bounds[0] == -0.5
    assert ada.time_steps == (0.0, 1.0, 2.0, 3.0)
    await ada.play(speed=100.0)
    await until_paused(bob)
    await ada.reached(bob.revision)
    assert bob.time == 3.0
    assert (await moving.update()).bounds[0] == 2.5


async def test_pictures_and_data_are_those_of_the_time_that_is_gone_to(meet: Meet) -> None:
    company = await meet("Ada", "Bob", renderer=TOY)
    ada, bob = company.sessions
    moving = await ada.create("sources", "TimeSource")
    await ada.show(moving)
    left = []
    for time in (2.0, 0.0, 3.0):
        await ada.go_to_time(time)
        left.append((await moving.update()).bounds[0])
    assert left == [1.5, -0.5, 2.5]
    await company.agree()
    assert (await bob.proxies[moving.id].update()).bounds[0] == 2.5


async def test_what_can_not_be_played_is_refused(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    for steps, speed in (([1.0, 0.0], 10.0), ([0.0, 1.0], 0.0), ([0.0, 1.0], 1e9)):
        with pytest.raises((InvalidValueError, InvalidCommandError)):
            await ada.play(steps, speed=speed)
    assert not ada.playing
