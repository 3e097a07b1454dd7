"""For whom pictures are made first."""

from collab_kernel.core.precedence import GOES_ON_S, Precedence
from collab_kernel.core.values import SERVER

ADA, BOB, CID = 1, 2, 3


def test_one_change_leaves_room_for_as_many_as_there_is() -> None:
    precedence = Precedence()
    precedence.changed(ADA, 5.0)
    assert precedence.first == ADA
    assert precedence.lets(BOB, [{CID}], 5.0)


def test_while_a_change_goes_on_one_picture_at_a_time_is_for_others() -> None:
    precedence = Precedence()
    precedence.changed(ADA, 5.0)
    precedence.changed(ADA, 5.1)
    assert precedence.lets(BOB, [], 5.1)
    assert precedence.lets(BOB, [{ADA, BOB}], 5.1)
    assert not precedence.lets(BOB, [{ADA}, {CID}], 5.1)
    assert precedence.lets(ADA, [{BOB}, {CID}], 5.1)


def test_what_has_come_to_rest_leaves_room_again() -> None:
    precedence = Precedence()
    precedence.changed(ADA, 5.0)
    precedence.changed(ADA, 5.1)
    assert not precedence.lets(BOB, [{CID}], 5.1 + 0.9 * GOES_ON_S)
    assert precedence.lets(BOB, [{CID}], 5.1 + GOES_ON_S)


def test_changes_far_apart_do_not_go_on() -> None:
    precedence = Precedence()
    for time_s in (5.0, 5.0 + GOES_ON_S, 5.0 + 2 * GOES_ON_S):
        precedence.changed(ADA, time_s)
        assert precedence.lets(BOB, [{CID}], time_s)


def test_where_several_make_changes_the_last_one_is_first_and_nobody_goes_on() -> None:
    precedence = Precedence()
    precedence.changed(ADA, 5.0)
    precedence.changed(ADA, 5.1)
    precedence.changed(BOB, 5.2)
    assert precedence.first == BOB
    assert precedence.lets(ADA, [{CID}], 5.2)
    precedence.changed(BOB, 5.3)
    assert not precedence.lets(ADA, [{CID}], 5.3)


def test_where_nobody_goes_first_who_sees_it_nobody_waits() -> None:
    precedence = Precedence()
    for time_s in (5.0, 5.1, 5.2):
        precedence.changed(SERVER, time_s)
        assert precedence.lets(BOB, [{CID}], time_s)
