"""What a client can show of its own changes before the server has decided."""

import pytest

from collab_kernel.client import Set
from collab_kernel.core.commands import Create, Edit
from collab_kernel.core.values import Kind, Value
from collab_kernel.errors import NotMasterError

from .conftest import Meet


def radius(value: float) -> tuple[tuple[str, Value], ...]:
    return (("Radius", Value(Kind.DOUBLE, (value,))),)


async def test_what_a_slave_has_shown_already_goes_back_when_it_is_refused(meet: Meet) -> None:
    ada, bob = (await meet("Ada", "Bob")).sessions
    ball = await ada.create("sources", "SphereSource", Radius=1.0)
    await bob.catch_up()
    asked = bob.begin(Edit((Set(ball.id, radius(2.0)),)))
    assert bob.ahead.value(ball.id, "Radius") == radius(2.0)[0][1]
    assert bob.state.value(ball.id, "Radius") == radius(1.0)[0][1]
    with pytest.raises(NotMasterError):
        await asked
    assert bob.ahead == bob.state


async def test_changes_of_ones_own_are_applied_again_after_each_event(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    ball = await ada.create("sources", "SphereSource", Radius=1.0)
    id = ada.new_id()
    making = ada.begin(Edit((Create(id, "sources", "SphereSource", "Second"),)))
    setting = ada.begin(Edit((Set(id, radius(3.0)), Set(ball.id, radius(4.0)))))
    assert ada.ahead.named("sources", "Second") == id
    assert ada.ahead.value(id, "Radius") == radius(3.0)[0][1]
    assert ada.ahead.revision == ada.revision
    await bob.chat("meanwhile")
    await making
    assert ada.ahead.value(ball.id, "Radius") == radius(4.0)[0][1]
    await setting
    assert ada.ahead == ada.state
    await company.agree()
    assert bob.ahead == bob.state
