"""A step that fails has changed nothing, and costs whoever ran into it."""

import pytest

from collab_kernel.core.decide import Rules
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.stimuli import Begin, Join, Leave, Lose, Show, Tick
from collab_kernel.core.values import Kind, Value
from collab_kernel.host.stepping import MAX_TRIES, Steps
from collab_kernel.spi import Action, ParticipantId, Put, RefusedError, RightRequest, State
from collab_kernel.testing.catalogue import definitions


class Flaky:
    """Fails while it is told to."""

    fails = False

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        return None

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        if self.fails:
            raise ZeroDivisionError("a bug in the policy")
        return ()

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        return ()


@pytest.fixture
def policy() -> Flaky:
    return Flaky()


@pytest.fixture
def session(policy: Flaky) -> Session:
    session = Session(Rules(policy, definitions()), Limits(seats=9))
    for stimulus in (
        Begin("main"),
        Join(1, "Ann"),
        Join(2, "Bob"),
        Show(2, 0, 1, (("Typing", Value(Kind.BOOL, (True,))),)),
    ):
        session.step(stimulus)
    return session


@pytest.mark.parametrize("stimulus", [Lose(2), Leave(2), Join(3, resume=2)], ids=repr)
def test_a_step_that_fails_has_changed_nothing(
    session: Session, policy: Flaky, stimulus: Lose | Leave | Join
) -> None:
    steps, before = Steps(session, "main"), session.mark
    policy.fails = True
    steps.step(stimulus)
    assert session.mark == before


def test_parting_with_somebody_is_tried_again_but_not_for_ever(
    session: Session, policy: Flaky
) -> None:
    steps = Steps(session, "main")
    policy.fails = True
    for _ in range(MAX_TRIES - 1):
        steps.put_off = []
        steps.step(Lose(2))
        assert steps.put_off == [Lose(2)]
    steps.put_off = []
    steps.step(Lose(2))
    assert not steps.put_off


def test_time_that_can_not_be_stepped_stands_still(session: Session, policy: Flaky) -> None:
    steps = Steps(session, "main")
    steps.step(Tick(1.0))
    assert not steps.stalled
    policy.fails = True
    steps.step(Tick(2.0))
    assert steps.stalled
