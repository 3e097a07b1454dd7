"""The manners of a peer: versions, credits, signs of life."""

import pytest

from collab_kernel.core.messages import (
    PROTOCOL_MAXIMUM,
    PROTOCOL_MINIMUM,
    Credit,
    Hello,
    Ping,
    Pong,
)
from collab_kernel.core.outbox import WINDOW_BYTES
from collab_kernel.core.peer import (
    CREDIT_EVERY_BYTES,
    MEASURE_EVERY_S,
    Backoff,
    Liveness,
    Receipts,
    Throttle,
    negotiate,
)
from collab_kernel.errors import VersionMismatchError


def test_the_newest_version_that_both_speak_is_chosen() -> None:
    assert negotiate(Hello()).protocol == PROTOCOL_MAXIMUM
    assert negotiate(Hello(protocol_minimum=0, protocol_maximum=99)).protocol == PROTOCOL_MAXIMUM


@pytest.mark.parametrize(
    ("minimum", "maximum", "older"),
    [
        (PROTOCOL_MAXIMUM + 1, PROTOCOL_MAXIMUM + 9, "server"),
        (0, PROTOCOL_MINIMUM - 1, "client"),
        (PROTOCOL_MAXIMUM + 9, PROTOCOL_MAXIMUM, "server"),
    ],
)
def test_without_a_common_version_both_ranges_are_named_and_which_side_is_older(
    minimum: int, maximum: int, older: str
) -> None:
    ours, theirs = f"{PROTOCOL_MINIMUM} to {PROTOCOL_MAXIMUM}", f"{minimum} to {maximum}"
    text = f"the server speaks protocol versions {ours}, the client {theirs}: update the {older}"
    with pytest.raises(VersionMismatchError, match=text):
        negotiate(Hello(protocol_minimum=minimum, protocol_maximum=maximum))


def test_credit_is_given_now_and_then_and_counts_from_the_first_packet() -> None:
    receipts = Receipts()
    assert receipts.took(CREDIT_EVERY_BYTES - 1) is None
    assert receipts.took(1) == Credit(2)
    assert receipts.took(1) is None
    assert receipts.took(CREDIT_EVERY_BYTES) == Credit(4)


def test_credit_comes_before_the_window_is_used_up() -> None:
    assert 2 * CREDIT_EVERY_BYTES <= WINDOW_BYTES


def test_a_silent_peer_is_asked_and_then_taken_for_dead() -> None:
    life = Liveness(0.0, heartbeat_s=2.0, dead_after_s=10.0)
    assert life.ping(0.0) == Ping(1)  # to measure
    assert life.ping(1.9) is None
    assert (life.ping(2.0), life.ping(4.0)) == (Ping(2), Ping(3))
    assert not life.dead(10.0)
    assert life.dead(10.1)
    life.heard(10.1)
    assert not life.dead(20.0)
    assert life.ping(12.0) is None


def test_a_busy_peer_is_asked_now_and_then_to_measure_its_latency() -> None:
    life = Liveness(0.0, heartbeat_s=2.0)
    assert life.latency_s is None
    assert life.ping(0.0) == Ping(1)
    life.ponged(Pong(1), 0.25)
    assert life.latency_s == 0.25
    life.heard(MEASURE_EVERY_S - 0.1)
    assert life.ping(MEASURE_EVERY_S - 0.1) is None
    assert life.ping(MEASURE_EVERY_S) == Ping(2)
    life.ponged(Pong(1), MEASURE_EVERY_S + 5.0)  # of the question before
    assert life.latency_s == 0.25


def test_attempts_to_come_back_are_at_most_two_seconds_apart_in_the_first_minute() -> None:
    backoff = Backoff()
    pauses, since_s = [], 0.0
    while since_s < 600.0:
        pauses.append((since_s, backoff.pause_s(since_s, 0.0)))
        since_s += pauses[-1][1]
    early = [pause_s for at_s, pause_s in pauses if at_s < 60.0]
    assert early[:6] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert max(early) == 2.0
    assert max(pause_s for _, pause_s in pauses) == 30.0


def test_by_chance_they_are_up_to_a_half_closer() -> None:
    pauses = [Backoff().pause_s(0.0, chance) for chance in (0.0, 0.5, 1.0)]
    assert pauses == pytest.approx([0.1, 0.075, 0.05])


def test_a_burst_passes_and_what_goes_on_faster_waits_longer_and_longer() -> None:
    pace = Throttle(100.0, messages_per_s=50.0, burst_s=4.0)
    assert pace.delay_s(100.0, 200, 0) == 0.0
    assert pace.delay_s(100.0, 50, 0) == pytest.approx(1.0)
    assert pace.delay_s(101.0, 50, 0) == pytest.approx(1.0)
    assert pace.delay_s(200.0, 200, 0) == 0.0, "after a rest a burst passes again"


def test_what_is_given_back_counts_nothing() -> None:
    pace = Throttle(0.0, messages_per_s=1.0, burst_s=1.0)
    assert pace.delay_s(0.0, 1, 0) == 0.0
    pace.give_back(1)
    assert pace.delay_s(0.0, 1, 0) == 0.0
    assert pace.delay_s(0.0, 1, 0) == pytest.approx(1.0)
