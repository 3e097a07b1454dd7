"""What the deaths of a renderer lead to, and when a watchdog ends it: pure, with given times."""

import os

from hypothesis import given
from hypothesis import strategies as st

from collab_kernel.host.deaths import (
    DEATHS_TO_GIVE_UP,
    LAST_PAUSE_S,
    STARTS_TO_GIVE_UP,
    STEADY_S,
    Consequence,
    Deaths,
)
from collab_kernel.host.watchdog import (
    Cause,
    RendererLimits,
    Verdict,
    Watchdog,
    resident_bytes,
)

DIED, HUNG, MEMORY = Cause.DIED, Cause.HUNG, Cause.MEMORY
SPHERE, CONE = 11, 12


def test_the_second_death_at_a_proxy_puts_it_aside_and_says_what_both_were() -> None:
    deaths = Deaths()
    assert deaths.died(SPHERE, DIED, True, 0.0) == Consequence()
    assert deaths.died(CONE, HUNG, True, 0.0) == Consequence()
    died = "the renderer died twice while it worked at this proxy"
    assert deaths.died(SPHERE, DIED, True, 0.0) == Consequence(quarantine=died)
    mixed = "the renderer hung and then ran out of memory while it worked at this proxy"
    assert deaths.died(CONE, MEMORY, True, 0.0) == Consequence(quarantine=mixed)
    assert deaths.died(CONE, MEMORY, True, 0.0) == Consequence()  # it counts anew


def test_a_proxy_that_was_survived_has_a_clean_slate() -> None:
    deaths = Deaths()
    deaths.died(SPHERE, DIED, True, 0.0)
    deaths.survived(SPHERE)
    assert deaths.died(SPHERE, DIED, True, 0.0) == Consequence()


def test_deaths_at_nothing_are_followed_by_longer_and_longer_pauses_and_the_end() -> None:
    deaths = Deaths()
    pauses = [deaths.died(0, DIED, True, 0.1).pause_s for _ in range(DEATHS_TO_GIVE_UP)]
    *waited, last = pauses
    assert last is None
    assert waited[0] == 0.0
    known = [pause for pause in waited if pause is not None]
    assert known == sorted(set(known))
    assert max(known) == LAST_PAUSE_S


def test_one_that_lives_for_a_while_begins_a_new_row() -> None:
    deaths = Deaths()
    for _ in range(3 * DEATHS_TO_GIVE_UP):
        assert deaths.died(0, DIED, True, STEADY_S) == Consequence()


def test_processes_that_never_do_anything_are_given_up_sooner() -> None:
    deaths = Deaths()
    pauses = [deaths.died(0, DIED, False, 0.0).pause_s for _ in range(STARTS_TO_GIVE_UP)]
    assert [pause is None for pause in pauses] == [False] * (STARTS_TO_GIVE_UP - 1) + [True]


@given(st.lists(st.tuples(st.sampled_from((0, SPHERE)), st.booleans()), max_size=60))
def test_short_lives_come_to_an_end_whatever_they_were_at(lives: list[tuple[int, bool]]) -> None:
    deaths, at_nothing = Deaths(), 0
    for proxy, useful in lives:
        then = deaths.died(proxy, DIED, useful, 0.0)
        at_nothing += not proxy
        if then.pause_s is None:
            at_nothing = 0
        assert at_nothing < DEATHS_TO_GIVE_UP


# -- the watchdog ----------------------------------------------------------------------------


def test_who_says_nothing_is_asked_and_then_ended() -> None:
    dog = Watchdog(RendererLimits(silent_s=8.0), 0.0)
    seen: list[tuple[float, bool, bool]] = []
    for step in range(20):
        now_s = step / 2
        seen.append((now_s, dog.verdict(now_s, 0) is not None, dog.asks(now_s)))
    assert [now_s for now_s, _, asked in seen if asked] == [2.0]
    assert next(now_s for now_s, ended, _ in seen if ended) == 8.5
    assert dog.verdict(10.0, 0) == Verdict(HUNG, "there was no sign of life for 8 s")


def test_every_word_is_a_sign_of_life() -> None:
    dog = Watchdog(RendererLimits(silent_s=1.0), 0.0)
    for step in range(100):
        assert dog.verdict(step / 10, 0) is None
        dog.asks(step / 10)
        dog.heard(step / 10)


def test_when_it_is_the_server_that_stood_still_nothing_is_held_against_the_renderer() -> None:
    dog = Watchdog(RendererLimits(silent_s=1.0), 0.0)
    assert dog.asks(0.5)
    assert dog.verdict(3600.0, 0) is None


def test_without_limits_nobody_is_asked_or_ended() -> None:
    dog = Watchdog(RendererLimits(silent_s=0.0), 0.0)
    for step in range(1000):
        assert not dog.asks(step / 2)
        assert dog.verdict(step / 2, 1 << 50) is None


def test_more_memory_than_allowed_is_the_end() -> None:
    dog = Watchdog(RendererLimits(memory_bytes=100 << 20), 0.0)
    assert dog.verdict(0.1, 100 << 20) is None
    assert dog.verdict(0.2, (100 << 20) + 1) == Verdict(MEMORY, "it took more than 100 MiB")


def test_the_memory_of_a_process_is_measured_and_of_none_is_nothing() -> None:
    assert 1 << 20 < resident_bytes(os.getpid()) < 1 << 40
    assert resident_bytes(-1) == 0
