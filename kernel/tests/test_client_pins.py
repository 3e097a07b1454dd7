"""Notes at places, by the public client; and the log, which says who did what."""

import asyncio

import pytest

from collab_kernel.client import Camera
from collab_kernel.errors import (
    InvalidValueError,
    NotMasterError,
    UnknownPinError,
    UnknownProxyError,
)

from .conftest import Meet, until_shown

SIDE = Camera(position=(9.0, 0.0, 0.0))


async def test_a_pin_has_its_text_author_place_camera_and_time_and_late_joiners_have_it(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await ada.go_to_time(2.5)
    await bob.reached(ada.revision)
    view = bob.views[0]
    view.camera = SIDE
    number = await bob.pin("  a crack\nhere ", (1, 2, 3), view)
    await company.agree()
    late = await company.join("Cyd")
    for session in (ada, late):
        [pin] = session.pins
        assert (pin.number, pin.author_name, pin.text) == (number, "Bob", "a crack\nhere")
        assert (pin.position, pin.view, pin.time) == ((1.0, 2.0, 3.0), view.id, 2.5)
        assert pin.camera == SIDE
        assert pin.time_s > 0


async def test_go_there_moves_ones_own_camera_and_nobody_elses(meet: Meet) -> None:
    company = await meet("Ada", "Bob", "Cyd")
    ada, bob, cyd = company.sessions
    ada.views[0].camera = SIDE
    number = await ada.pin("look", (0, 0, 0), ada.views[0])
    ada.views[0].camera = Camera(position=(0.0, 0.0, 5.0))
    await until_shown(cyd, lambda: cyd.views[0].camera.position == (0.0, 0.0, 5.0))
    await bob.reached(number)
    bob.go_to_pin(number)
    assert bob.views[0].camera == SIDE
    await bob.catch_up()
    assert bob.me.following is None
    assert ada.views[0].camera.position == cyd.views[0].camera.position == (0.0, 0.0, 5.0)
    with pytest.raises(UnknownPinError, match="removed"):
        bob.go_to_pin(number + 1)


async def test_ones_own_pin_can_be_removed_and_others_only_by_who_steers(meet: Meet) -> None:
    company = await meet("Ada", "Bob", "Cyd")
    ada, bob, cyd = company.sessions
    numbers = [await bob.pin(text, (0, 0, 0), bob.views[0]) for text in ("one", "two")]
    await company.agree()
    with pytest.raises(NotMasterError):
        await cyd.unpin(numbers[0])
    await bob.unpin(numbers[0])
    await ada.unpin(numbers[1])
    await company.agree()
    assert cyd.pins == ()
    with pytest.raises(UnknownPinError):
        await ada.unpin(numbers[0])


async def test_a_place_has_three_finite_coordinates_in_a_view(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    view = ada.views[0]
    for place in ((0, 0), (0, 0, 0, 0), (0, 0, float("inf"))):
        with pytest.raises(InvalidValueError):
            await ada.pin("here", place, view)
    sphere = await ada.create("sources", "SphereSource")
    with pytest.raises(InvalidValueError, match="no view"):
        await ada.pin("here", (0, 0, 0), sphere)
    with pytest.raises(UnknownProxyError):
        await ada.pin("here", (0, 0, 0), 12345)
    assert ada.pins == ()


async def test_the_log_says_who_did_what_and_when_also_of_who_has_left(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await bob.chat("hello")
    await bob.close()
    made = await ada.create("sources", "SphereSource", name="Ball")
    revision = await made.set(Radius=2)
    log = await ada.read_log()
    assert log.complete
    assert [entry.revision for entry in log.entries] == list(range(1, revision + 1))
    assert [(e.author_name, e.label) for e in log.entries][-2:] == [
        ("Ada", "Create Ball"),
        ("Ada", "Set Radius of Ball"),
    ]
    assert ("Bob", "Chat") in {(e.author_name, e.label) for e in log.entries}
    times = [entry.time_s for entry in log.entries]
    assert times == sorted(times)


async def test_of_the_log_the_newest_or_what_came_after_a_revision_can_be_asked_for(
    meet: Meet,
) -> None:
    [ada] = (await meet("Ada")).sessions
    for text in "abc":
        revision = await ada.chat(text)
    newest = await ada.read_log(most=2)
    assert [entry.revision for entry in newest.entries] == [revision - 1, revision]
    assert not newest.complete
    after = await ada.read_log(after_revision=revision - 1)
    assert [entry.revision for entry in after.entries] == [revision]


async def test_everybody_may_read_the_log_while_others_work(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    logs, _ = await asyncio.gather(bob.read_log(), ada.chat("hello"))
    assert [entry.label for entry in logs.entries[:1]] == ["Session 'main' begins"]
