"""The digest stands for the shared state: all of it, and nothing else."""

import struct

import pytest

from collab_kernel.core.commands import Chat, FollowEveryone, Promote, Rename, Request, SetHome
from collab_kernel.core.definitions import Scope
from collab_kernel.core.events import Event, EventKind, Put
from collab_kernel.core.evolve import evolve
from collab_kernel.core.messages import MAX_PACKET_BYTES
from collab_kernel.core.state import ChatRow, State, Table
from collab_kernel.core.stimuli import Ask, Quarantine
from collab_kernel.core.values import Input, Kind, Value, guess
from collab_kernel.errors import InvalidValueError
from collab_kernel.testing.catalogue import SPECIMEN, definitions
from collab_kernel.testing.simulator import World
from collab_kernel.wire.packets import server_messages, server_packet
from collab_kernel.wire.rows import decode_event, digest, encode_event, gathered, slices
from collab_kernel.wire.tables import CODECS

PROPERTIES = definitions().definition(*SPECIMEN).properties

OTHER: dict[Kind, list[object]] = {
    Kind.INT: [1, 2],
    Kind.DOUBLE: [0.25, 5e-324, float("inf")],
    Kind.STRING: ["Cool", "é", "e\u0301"],
    Kind.BOOL: [True, False],
    Kind.BYTES: [b"\0", b"\0\0"],
}


@pytest.mark.parametrize("name", [p.name for p in PROPERTIES])
def test_any_change_of_any_shared_property_changes_the_digest(name: str) -> None:
    """One property of every kind and length."""
    property = definitions().definition(*SPECIMEN).property(name)
    with World(0, ["ann", "bob"], "ann") as world:
        ann = world["ann"]
        a, b = ann.create("sources", "Specimen"), ann.create("sources", "Specimen")
        specimen = ann.create("sources", "Specimen")
        other: list[object] = OTHER.get(property.kind, [])
        if property.kind in (Kind.PROXY, Kind.INPUT):
            other = [Input(a), Input(b)]
        if property.kind is Kind.INPUT:
            other.append(Input(b, 1))
        count = property.number_of_elements or 2
        seen = {world.digest(): "the default"}
        for element in other:
            try:
                value = property.accept(guess([element] * count))
            except InvalidValueError:
                continue  # out of this property's domain
            if value == world.state.value(specimen, name):
                continue
            if property.scope is Scope.OWN:
                ann.ask(SetHome(specimen, ((name, value),)))
            else:
                ann.set(specimen, **{name: [*value.elements]})
            digests = {p.mirror.state.revision: digest(p.mirror.state) for p in (ann, world["bob"])}
            assert digests == {world.revision: world.digest()}
            assert world.digest() not in seen
            seen[world.digest()] = repr(element)
        assert len(seen) > 1


def test_every_element_and_its_place_count() -> None:
    with World(0, ["ann"], "ann") as world:
        specimen = world["ann"].create("sources", "Specimen")
        seen = set()
        for values in ((), (1,), (1, 2), (2, 1), (1, 2, 0), (1, 1), (12,)):
            world["ann"].set(specimen, Counts=values)
            bare = world.state.tables.delete(Table.REQUESTS)
            seen.add(digest(State(0, bare)))
        assert len(seen) == 7


@pytest.mark.parametrize("row", range(6))
def test_people_and_what_they_say_and_do_count(row: int) -> None:
    with World(0, ["ann", "bob"], "ann") as world:
        sphere = world["ann"].create("sources", "SphereSource")
        before = world.digest()
        commands = (Chat("hello"), Rename("Anna"), Promote(2), FollowEveryone(2))
        if row < 4:
            world["ann"].ask(commands[row])
        elif row == 4:
            world.step(Quarantine(sphere, "it died twice"))
        else:
            world.lose("bob")
        assert world.digest() != before


def test_history_presence_and_facts_do_not_count() -> None:
    with World(0, ["ann", "bob"], "ann") as world:
        view = world["ann"].create("views", "RenderView")
        before = world.digest()
        world["bob"].show(view, CameraViewAngle=50)
        world.settle()
        assert world.digest() == before
        history = world.state.tables.delete(Table.HISTORY)
        assert digest(State(99, history)) == before


def test_the_order_in_which_rows_came_does_not_count() -> None:
    puts = [Put(Table.CHAT, n, None, ChatRow(1, "ann", str(n), 0.0)) for n in range(300)]
    there = evolve(State(), Event(1, 0, 0, EventKind.CHAT, "", 0, 0.0, tuple(puts)))
    back = evolve(State(), Event(1, 0, 0, EventKind.CHAT, "", 0, 0.0, tuple(puts[::-1])))
    assert digest(there) == digest(back)


def test_a_table_that_is_not_known_here_is_kept_as_bytes_and_counts() -> None:
    put = Put(99, b"key", None, b"row")
    event = decode_event(encode_event(Event(1, 0, 0, EventKind.SYSTEM, "", 0, 0.0, (put,))))
    state = evolve(State(), event)
    assert dict(state.table(99)) == {b"key": b"row"}
    assert digest(state) != digest(State())
    assert digest(gathered(slices(state))) == digest(state)
    again = evolve(
        state, Event(2, 0, 0, EventKind.SYSTEM, "", 0, 0.0, (Put(99, b"key", b"", None),))
    )
    assert digest(again) == digest(State())


def test_every_table_has_a_codec() -> None:
    assert set(CODECS) == set(Table)


# -- snapshots -------------------------------------------------------------------------------


def sent(state: State) -> tuple[State, list[int]]:
    """The state as a joiner gets it, and the sizes of the packets."""
    packets = [server_packet(part) for part in slices(state)]
    parts = [part for packet in packets for part in server_messages(packet)]
    return gathered(parts), [len(packet) for packet in packets]  # type: ignore[arg-type]


def test_slices_together_are_the_state() -> None:
    with World(3, ["ann", "bob"], "ann") as world:
        world.wander(200)
        again, _ = sent(world.state)
        assert (again.revision, digest(again)) == (world.revision, world.digest())
        assert again.users == world.state.users
        assert {t: r for t, r in again.tables.items() if r} == {
            t: r for t, r in world.state.tables.items() if r
        }


def test_an_empty_state_is_one_slice() -> None:
    state, [_] = sent(State(7))
    assert state.revision == 7


def test_every_slice_fits_a_packet_though_values_have_64_kib() -> None:
    with World(0, ["ann"], "ann") as world:
        for _ in range(8):
            world["ann"].create("sources", "Specimen", Payload=bytes(64 * 1024 - 5))
        again, sizes = sent(world.state)
        assert digest(again) == world.digest()
        assert max(sizes) <= MAX_PACKET_BYTES
        assert len(sizes) > 3


def test_every_slice_fits_a_packet_though_the_chat_is_long() -> None:
    with World(0, ["ann"], "ann") as world:
        for number in range(1, 60):
            world.step(Ask(1, Request(number, Chat("𝄞" * 8_000))))
        again, sizes = sent(world.state)
        assert digest(again) == world.digest()
        assert max(sizes) <= MAX_PACKET_BYTES


def test_ids_sort_as_numbers_and_texts_as_bytes() -> None:
    place = CODECS[Table.VALUES].encode_key
    assert place((258, "a")) == struct.pack(">Q", 258) + b"a"
    assert place((255, "z")) < place((256, "a"))
    assert place((1, "\U0001d11e")) > place((1, "\uffff"))
    assert CODECS[Table.NAMES].encode_key(("sources", "ä")) == b"sources\0\xc3\xa4"
    assert Value(Kind.INT).elements == ()
