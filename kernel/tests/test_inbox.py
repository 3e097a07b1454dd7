"""What waits to be decided: in turns, in order, and presence never in the way."""

from hypothesis import given
from hypothesis import strategies as st

from collab_kernel.core.commands import Chat, Request
from collab_kernel.core.stimuli import Ask, Show, Stimulus
from collab_kernel.core.values import Kind, Value
from collab_kernel.host.inbox import Inbox

ANN, BOB = 1, 2


def ask(who: int, number: int) -> Ask:
    return Ask(who, Request(number, Chat("hello")))


def show(who: int, serial: int, proxy: int = 7, **values: int) -> Show:
    named = tuple((name, Value(Kind.INT, (number,))) for name, number in values.items())
    return Show(who, proxy, serial, named)


def taken(inbox: Inbox) -> list[Stimulus]:
    found = []
    while inbox:
        item = inbox.next()
        assert isinstance(item, Stimulus)
        found.append(item)
    return found


def test_each_source_has_its_turn_and_keeps_its_order() -> None:
    inbox = Inbox()
    for number in (1, 2, 3):
        inbox.put(ask(ANN, number), ANN)
    inbox.put(ask(BOB, 1), BOB)
    assert len(inbox) == 4
    assert taken(inbox) == [ask(ANN, 1), ask(BOB, 1), ask(ANN, 2), ask(ANN, 3)]


def test_presence_that_waits_goes_with_what_comes_newer_of_the_same_proxy() -> None:
    inbox = Inbox()
    inbox.put(show(ANN, 1, x=1, y=1), ANN)
    inbox.put(show(ANN, 1, proxy=8, x=5), ANN)
    inbox.put(show(ANN, 2, y=2, z=2), ANN)
    assert inbox.merged == 1
    assert taken(inbox) == [show(ANN, 1, proxy=8, x=5), show(ANN, 2, x=1, y=2, z=2)]


def test_presence_overtakes_nothing_that_is_asked_for_nor_is_overtaken_by_it() -> None:
    """A command may speak of what its author showed before it: "bring everyone here", say."""
    inbox = Inbox()
    came = [show(ANN, 1, x=1), ask(ANN, 1), show(ANN, 2, x=2), ask(ANN, 2), show(ANN, 3, x=3)]
    for item in came:
        inbox.put(item, ANN)
    assert inbox.next() == came[0]
    inbox.put(show(ANN, 4, y=4), ANN)
    assert taken(inbox) == [*came[1:4], show(ANN, 4, x=3, y=4)]


def test_a_flood_of_presence_takes_the_room_of_one() -> None:
    inbox = Inbox()
    for serial in range(10_000):
        inbox.put(show(ANN, serial, x=serial), ANN)
    inbox.put(ask(ANN, 1), ANN)
    assert taken(inbox) == [show(ANN, 9_999, x=9_999), ask(ANN, 1)]
    assert not len(inbox)


def test_what_was_taken_is_not_brought_back() -> None:
    inbox = Inbox()
    inbox.put(show(ANN, 1, x=1), ANN)
    assert taken(inbox) == [show(ANN, 1, x=1)]
    inbox.put(show(ANN, 2, y=2), ANN)
    assert taken(inbox) == [show(ANN, 2, y=2)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from((ANN, BOB)),
            st.sampled_from("ask show next".split()),
            st.sampled_from((7, 8)),
            st.sampled_from("xyz"),
        ),
        max_size=60,
    )
)
def test_whatever_comes_and_goes_every_request_is_taken_and_the_newest_values_are_shown(
    acts: list[tuple[int, str, int, str]],
) -> None:
    inbox, seen, asked = Inbox(), dict[tuple[int, int, str], int](), list[Stimulus]()
    wanted, wanted_asks = dict[tuple[int, int, str], int](), list[Stimulus]()

    def take(item: Stimulus) -> None:
        if isinstance(item, Show):
            for name, value in item.values:
                seen[item.participant, item.proxy, name] = int(str(value.plain))
        else:
            asked.append(item)

    for number, (who, act, proxy, name) in enumerate(acts):
        if act == "ask":
            wanted_asks.append(ask(who, number))
            inbox.put(ask(who, number), who)
        elif act == "show":
            wanted[who, proxy, name] = number
            inbox.put(show(who, number, proxy, **{name: number}), who)
        elif inbox:
            item = inbox.next()
            assert isinstance(item, Stimulus)
            take(item)
    for item in taken(inbox):
        take(item)
    assert seen == wanted
    for who in (ANN, BOB):
        mine = [a for a in asked if isinstance(a, Ask) and a.participant == who]
        assert mine == [a for a in wanted_asks if isinstance(a, Ask) and a.participant == who]
