"""Who is here: names, colours, seats, chat, and how they come and go."""

from collections.abc import Iterator

import pytest

from collab_kernel.core import people
from collab_kernel.core.commands import Chat, Rename
from collab_kernel.core.people import COLOURS, MAX_CHAT_CHARACTERS, MAX_NAME_CHARACTERS
from collab_kernel.core.state import ChatRow, Table
from collab_kernel.errors import InvalidValueError, SessionFullError
from collab_kernel.testing.simulator import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        yield world
        world.settle()
        world.check()
        world.check_replay()


def names(world: World) -> list[str]:
    return [row.name for _, row in sorted(world.state.participants.items())]


def test_who_gives_no_name_is_called_by_number(world: World) -> None:
    world.join("")
    assert names(world) == ["ann", "bob", "User 3"]


def test_a_name_that_somebody_has_gets_a_number(world: World) -> None:
    for key in ("ann", "ann ", "\x07ann"):
        world.join(key)
    assert names(world) == ["ann", "bob", "ann (2)", "ann (3)", "ann (4)"]


def test_a_lost_participant_keeps_the_name(world: World) -> None:
    world.lose("bob")
    world.join("bob")
    assert names(world) == ["ann", "bob", "bob (2)"]


@pytest.mark.parametrize("name", [" ", "\x07", "\u202e", "\n", "x" * (MAX_NAME_CHARACTERS + 1)])
def test_a_name_is_short_and_visible(world: World, name: str) -> None:
    before = world.revision
    with pytest.raises(InvalidValueError):
        world.join(name)
    with pytest.raises(InvalidValueError):
        world["bob"].ask(Rename(name))
    assert world.revision == before


def test_control_characters_are_taken_out_of_a_name(world: World) -> None:
    world["bob"].ask(Rename("  B\x1b[31mob\u202e "))
    assert world.state.name_of(2) == "B[31mob"


def test_names_of_the_greatest_length_are_made_unique_too(world: World) -> None:
    for _ in range(2):
        world.join("x" * MAX_NAME_CHARACTERS)
    *_, first, second = names(world)
    assert first != second
    assert len(second) <= MAX_NAME_CHARACTERS


def test_renaming_oneself_to_what_one_is_called_is_no_event(world: World) -> None:
    assert world["bob"].ask(Rename("bob")) is None


def test_colours_are_given_in_the_order_of_joining(world: World) -> None:
    for number in range(3, len(COLOURS) + 2):
        world.join(f"number {number}")
    rows = world.state.participants
    assert [rows[i].colour for i in sorted(rows)] == [*COLOURS, COLOURS[0]]


def test_participant_numbers_are_given_once(world: World) -> None:
    world.leave("bob")
    assert world.join("bob").id == 3


# -- seats -----------------------------------------------------------------------------------


def test_a_session_of_one_says_how_to_admit_more() -> None:
    with World(0, ["ann"], seats=1) as world:
        before = world.digest()
        with pytest.raises(SessionFullError, match="--multi-clients"):
            world.join("bob")
        assert world.digest() == before


def test_a_full_session_says_how_many_seats_there_are() -> None:
    with World(0, ["ann", "bob"], seats=2) as world:
        with pytest.raises(SessionFullError, match=r"all 2 seats .*--max-clients"):
            world.join("cid")
        world.lose("bob")  # a lost participant holds no seat
        world.join("cid")


# -- coming and going ------------------------------------------------------------------------


def test_joining_leaving_and_being_lost_are_events(world: World) -> None:
    revision = world.revision
    world.join("cid")
    world.leave("cid")
    world.lose("bob")
    assert world.revision == revision + 3
    assert 3 not in world.state.participants
    row = world.state.participant(2)
    assert (row.connected, row.lost_at_s) == (False, world.session.now_s)
    assert world.state.present == (1,)


def test_who_leaves_takes_the_count_of_requests_along(world: World) -> None:
    world["bob"].ask(Chat("hello"))
    assert world.state.table(Table.REQUESTS)[2] == 1
    world.leave("bob")
    assert 2 not in world.state.table(Table.REQUESTS)


def test_who_was_lost_for_a_day_is_forgotten(world: World) -> None:
    world.lose("bob")
    world.tick(people.LOST_FOR_S - 60)
    assert 2 in world.state.participants
    world.tick(61)
    assert 2 not in world.state.participants


def test_the_longest_lost_are_forgotten_above_a_bound(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "MAX_LOST", 2)
    for key in ("cid", "dan", "eve"):
        world.join(key)
        world.lose(key)
        world.tick(1)
    world.tick(61)
    assert names(world) == ["ann", "bob", "dan", "eve"]


# -- chat ------------------------------------------------------------------------------------


def chat(world: World) -> list[ChatRow]:
    return [row for _, row in sorted(world.state.table(Table.CHAT).items())]


def test_what_is_said_is_kept_with_who_said_it_and_when(world: World) -> None:
    world["bob"].ask(Chat(" line 1\n\tline 2\x00 "))
    world["bob"].ask(Rename("Bobby"))
    assert chat(world) == [ChatRow(2, "bob", "line 1\n\tline 2", 1_000.0)]


def test_a_message_of_the_greatest_length_fits(world: World) -> None:
    world["bob"].ask(Chat("𝄞" * MAX_CHAT_CHARACTERS))
    assert len(chat(world)[0].text) == MAX_CHAT_CHARACTERS


def test_the_chat_keeps_the_newest_messages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MAX_CHAT_ROWS", 3)
    for number in range(5):
        world["bob"].ask(Chat(str(number)))
    assert [row.text for row in chat(world)] == ["2", "3", "4"]
