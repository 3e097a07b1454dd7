"""The manners of a peer: versions, credits, signs of life."""

import pytest

from collab_kernel.core.messages import PROTOCOL_MAXIMUM, PROTOCOL_MINIMUM, Credit, Hello, Ping
from collab_kernel.core.outbox import WINDOW_BYTES
from collab_kernel.core.peer import CREDIT_EVERY_BYTES, Liveness, Receipts, negotiate
from collab_kernel.errors import VersionMismatchError


def test_the_newest_version_that_both_speak_is_chosen() -> None:
    assert negotiate(Hello()) == PROTOCOL_MAXIMUM
    assert negotiate(Hello(protocol_minimum=0, protocol_maximum=99)) == PROTOCOL_MAXIMUM


@pytest.mark.parametrize(
    ("minimum", "maximum"),
    [
        (PROTOCOL_MAXIMUM + 1, PROTOCOL_MAXIMUM + 9),
        (0, PROTOCOL_MINIMUM - 1),
        (PROTOCOL_MAXIMUM + 9, PROTOCOL_MAXIMUM),
    ],
)
def test_without_a_common_version_both_ranges_are_named(minimum: int, maximum: int) -> None:
    text = f"{PROTOCOL_MINIMUM} to {PROTOCOL_MAXIMUM}, the other {minimum} to {maximum}"
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
    assert life.ping(1.9) is None
    assert (life.ping(2.0), life.ping(4.0)) == (Ping(1), Ping(2))
    assert not life.dead(10.0)
    assert life.dead(10.1)
    life.heard(10.1)
    assert not life.dead(20.0)
    assert life.ping(12.0) is None
