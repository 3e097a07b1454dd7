"""When a watcher is sent a picture, and how good: fluent while it moves, in full once it rests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_kernel.core.pacing import (
    ARRIVES_WITHIN_S,
    DRAWN_WITHIN_S,
    FINE,
    MOST_UNSHOWN,
    MOVING,
    STILL,
    STILL_AFTER_S,
    Level,
    Line,
    Pacing,
    Turn,
)


class Viewer:
    """A watcher, a renderer that takes `draws_s` for a picture in full, and a line between."""

    def __init__(
        self,
        draws_s: float = 0.02,
        bytes_per_s: float = 1e9,
        round_trip_s: float = 0.001,
        fine: bool = False,
    ) -> None:
        self.now_s = 100.0
        self.draws_s, self.bytes_per_s, self.round_trip_s = draws_s, bytes_per_s, round_trip_s
        self.pacing = Pacing(Level(len(MOVING), DRAWN_WITHIN_S, 2))
        self.pacing.begins(fine)
        self.serial = 0
        self.made: list[Turn] = []
        self.arrives_s: dict[int, float] = {}
        self._line_free_s = 0.0

    def make(self) -> Turn | None:
        """The picture that is due, made and sent."""
        turn = self.pacing.turn(self.now_s)
        if turn is None:
            return None
        self.pacing.making(turn, newest=True)
        part = turn.detail.scale**2
        self.now_s += (drawn_s := self.draws_s * part)
        if not turn.still:
            self.pacing.drawing.cost(MOVING.index(turn.detail), drawn_s)
        size_bytes = round(200_000 * part * turn.detail.quality / 92)
        self.serial += 1
        self.pacing.sent(self.serial, size_bytes, self.now_s, drawn_s)
        self._line_free_s = max(self._line_free_s, self.now_s) + size_bytes / self.bytes_per_s
        self.arrives_s[self.serial] = self._line_free_s + self.round_trip_s
        self.made.append(turn)
        return turn

    def pass_time(self, seconds: float) -> None:
        """Make what becomes due meanwhile, and show what arrives."""
        until_s = self.now_s + seconds
        while True:
            if self.make() is not None:
                continue
            waiting = [*self.arrives_s.values()]
            if self.pacing.due_s is not None:
                waiting.append(self.pacing.due_s)
            next_s = min(waiting, default=until_s)
            if next_s >= until_s:
                break
            self.now_s = max(self.now_s, next_s)
            for serial, at_s in list(self.arrives_s.items()):
                if at_s <= self.now_s:
                    del self.arrives_s[serial]
                    self.pacing.shown(serial, self.now_s, self.round_trip_s)
        self.now_s = max(self.now_s, until_s)

    def turn_round(self, seconds: float) -> list[Turn]:
        """The pictures while a camera turns sixty times a second."""
        before = len(self.made)
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.pacing.changed(self.now_s, turning=True)
            self.pass_time(1 / 60)
        return self.made[before:]


def test_the_first_picture_is_small_and_followed_by_one_in_full() -> None:
    viewer = Viewer()
    viewer.pass_time(0.1)
    assert [turn.still for turn in viewer.made] == [False, True]
    assert viewer.made[0].detail.scale < viewer.made[1].detail.scale == 1.0


def test_what_rests_is_drawn_once_in_full_and_no_more() -> None:
    viewer = Viewer()
    viewer.pass_time(1.0)
    viewer.turn_round(0.5)
    assert not any(turn.still for turn in viewer.made[2:])
    made = len(viewer.made)
    viewer.pass_time(STILL_AFTER_S / 2)
    assert not any(turn.still for turn in viewer.made[made:])
    viewer.pass_time(10.0)
    assert [turn.still for turn in viewer.made[made:]][-1:] == [True]
    assert sum(turn.still for turn in viewer.made[made:]) == 1
    assert viewer.pacing.due_s is None


def test_one_change_after_rest_is_drawn_in_full_at_once_where_that_is_quick() -> None:
    quick, slow = Viewer(), Viewer(draws_s=0.5)
    for viewer in (quick, slow):
        viewer.pass_time(5.0)
        made = len(viewer.made)
        viewer.pacing.changed(viewer.now_s, turning=False)
        viewer.pass_time(5.0)
        assert [turn.still for turn in viewer.made[made:]] == (
            [True] if viewer is quick else [False, True]
        )


def test_changes_that_follow_one_another_are_drawn_as_what_moves() -> None:
    viewer = Viewer()
    viewer.pass_time(5.0)
    made = len(viewer.made)
    for _ in range(20):
        viewer.pacing.changed(viewer.now_s, turning=False)
        viewer.pass_time(0.05)
    assert sum(turn.still for turn in viewer.made[made:]) == 1, "but for the first"


def test_no_more_than_two_are_on_their_way() -> None:
    viewer = Viewer(bytes_per_s=1.0)
    viewer.turn_round(2.0)
    assert len(viewer.made) == len(viewer.arrives_s) == MOST_UNSHOWN


def test_who_shows_nothing_gets_the_newest_when_they_do_again() -> None:
    viewer = Viewer(bytes_per_s=1.0)
    viewer.turn_round(2.0)
    viewer.pacing.shown(viewer.serial, viewer.now_s, None)
    assert viewer.make() is not None


def test_a_later_picture_that_is_shown_says_it_of_all_before() -> None:
    viewer = Viewer(bytes_per_s=1.0)
    viewer.turn_round(1.0)
    viewer.pacing.shown(viewer.serial, viewer.now_s, None)
    viewer.pacing.changed(viewer.now_s, turning=True)
    assert viewer.make() is not None
    assert viewer.make() is None or len(viewer.made) <= 2 + MOST_UNSHOWN


def test_a_serial_that_was_never_sent_changes_nothing() -> None:
    viewer = Viewer(bytes_per_s=1.0)
    viewer.turn_round(1.0)
    for serial in (0, viewer.serial + 1_000):
        assert not viewer.pacing.shown(serial, viewer.now_s, None)
    viewer.pacing.changed(viewer.now_s, turning=True)
    assert viewer.make() is None
    assert viewer.pacing.shown(viewer.serial, viewer.now_s, None)
    assert not viewer.pacing.shown(viewer.serial, viewer.now_s, None), "it is shown already"


@pytest.mark.parametrize("draws_s", [0.01, 0.04, 0.09, 0.17, 0.3])
def test_what_moves_is_as_large_as_can_be_drawn_in_time(draws_s: float) -> None:
    turns = Viewer(draws_s=draws_s).turn_round(10.0)
    [detail] = {turn.detail for turn in turns[len(turns) // 2 :]}
    takes_s = draws_s * detail.scale**2
    assert takes_s <= DRAWN_WITHIN_S
    assert detail == MOVING[0] or 2.3 * takes_s > DRAWN_WITHIN_S, "it could be larger"


@pytest.mark.parametrize("bytes_per_s", [1e6, 3e5, 1e5])
def test_on_a_thin_line_what_moves_gets_as_coarse_as_it_takes(bytes_per_s: float) -> None:
    viewer = Viewer(bytes_per_s=bytes_per_s)
    turns = viewer.turn_round(20.0)
    last = turns[-1].detail
    carried_s = 200_000 * last.scale**2 * last.quality / 92 / bytes_per_s
    assert last == MOVING[-1] or carried_s <= 2 * ARRIVES_WITHIN_S
    assert last.scale < 1.0


def test_a_line_that_is_wide_again_is_used_again() -> None:
    viewer = Viewer(bytes_per_s=1e5)
    assert viewer.turn_round(10.0)[-1].detail == MOVING[-1]
    viewer.bytes_per_s = 1e8
    assert viewer.turn_round(10.0)[-1].detail == MOVING[0]


def test_on_a_thin_line_pictures_in_full_get_coarser_not_smaller() -> None:
    viewer = Viewer(bytes_per_s=1e5)
    for _ in range(10):
        viewer.pacing.changed(viewer.now_s, turning=True)
        viewer.pass_time(10.0)
    assert viewer.made[-1].detail == STILL[-1]


def test_a_long_round_trip_is_no_thin_line() -> None:
    viewer = Viewer(round_trip_s=0.3)
    assert viewer.turn_round(10.0)[-1].detail == MOVING[0]


def test_a_first_picture_that_took_long_does_not_hide_a_thin_line() -> None:
    """Its time is not taken for the line's own where the round trip is known."""
    line = Line()
    line.carried(100_000, 1.0, round_trip_s=None)
    line.carried(100_000, 1.0, round_trip_s=0.01)
    assert line.bytes_per_s < 200_000


def test_who_wants_all_in_full_gets_nothing_else() -> None:
    viewer = Viewer(draws_s=0.5, bytes_per_s=1e6, fine=True)
    assert {turn.detail for turn in viewer.turn_round(5.0)} == {FINE}
    made = len(viewer.made)
    viewer.pass_time(5.0)
    assert len(viewer.made) <= made + 1, "what is fine is not made again"


def test_a_picture_that_was_of_something_older_is_followed_by_the_newest() -> None:
    viewer = Viewer()
    viewer.pass_time(5.0)
    viewer.pacing.changed(viewer.now_s, turning=False)
    turn = viewer.pacing.turn(viewer.now_s)
    assert turn is not None
    viewer.pacing.making(turn, newest=False)
    viewer.pacing.sent(1_000, 1, viewer.now_s, 0.01)
    assert viewer.pacing.turn(viewer.now_s) is not None


def test_a_picture_that_failed_is_tried_again_when_something_changes() -> None:
    viewer = Viewer()
    turn = viewer.pacing.turn(viewer.now_s)
    assert turn is not None
    viewer.pacing.making(turn, newest=True)
    viewer.pacing.unmade()
    assert viewer.pacing.turn(viewer.now_s) is None
    assert viewer.pacing.due_s is None
    viewer.pacing.changed(viewer.now_s, turning=False)
    assert viewer.pacing.turn(viewer.now_s) is not None


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["turn", "change", "wait", "show", "renew"]),
        st.floats(0.0, 0.5),
    ),
    max_size=60,
)


@given(ACTS, st.floats(0.001, 0.3), st.floats(1e3, 1e8))
def test_whatever_happens_the_end_is_the_newest_in_full_and_then_silence(
    acts: list[tuple[str, float]], draws_s: float, bytes_per_s: float
) -> None:
    viewer = Viewer(draws_s=draws_s, bytes_per_s=bytes_per_s)
    for act, seconds in acts:
        if act in ("turn", "change"):
            viewer.pacing.changed(viewer.now_s, turning=act == "turn")
        elif act == "show":
            viewer.pacing.shown(viewer.serial, viewer.now_s, seconds)
        elif act == "wait":
            viewer.pass_time(seconds)
        viewer.make()
        assert len(viewer.pacing._unshown) <= MOST_UNSHOWN
    viewer.pass_time(10_000.0)
    assert viewer.made[-1].still
    made = len(viewer.made)
    viewer.pass_time(10_000.0)
    assert len(viewer.made) == made
    assert viewer.pacing.due_s is None
