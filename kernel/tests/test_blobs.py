"""Large values: one content for equal values, all of their property's rules, and no more in the
log than a hash."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab_kernel.core.blobs import brought, in_state
from collab_kernel.core.commands import Create, Delete, Edit, Propose, Request, Set
from collab_kernel.core.decide import Rules, decide
from collab_kernel.core.definitions import (
    EnumerationDomain,
    PropertyDefinition,
    RangeDomain,
    Scope,
)
from collab_kernel.core.events import Event, EventKind, Put, SetValue
from collab_kernel.core.evolve import evolve
from collab_kernel.core.mirror import Mirror
from collab_kernel.core.state import ParticipantRow, State, Table
from collab_kernel.core.undo import remember
from collab_kernel.core.values import (
    MAX_VALUE_BYTES,
    Blob,
    Kind,
    Value,
    is_large,
    size_bytes,
    value_of,
)
from collab_kernel.errors import (
    InvalidValueError,
    RemoteProtocolError,
    UnknownBlobError,
)
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire import blobs as wire_blobs
from collab_kernel.wire.blobs import (
    blob_of,
    decode_content,
    encode_content,
    facts_of,
    whole_event,
    whole_slice,
)
from collab_kernel.wire.rows import decode_event, digest, encode_event, gathered, slices
from collab_kernel.wire.values import fill_value, read_value
from collab_proto.v1 import values_pb2 as pb

ELEMENTS = {
    Kind.INT: st.integers(-(1 << 63), (1 << 63) - 1),
    Kind.DOUBLE: st.floats(allow_nan=False),
    Kind.STRING: st.text(st.characters(codec="utf-8"), max_size=20),
    Kind.BOOL: st.booleans(),
}


@st.composite
def values(draw: st.DrawFn) -> Value:
    """Large values of every kind: some elements, repeated until they are large."""
    kind = draw(st.sampled_from([*ELEMENTS, Kind.BYTES]))
    if kind is Kind.BYTES:
        return value_of(kind, [draw(st.binary(max_size=50)) + bytes(MAX_VALUE_BYTES)])
    some = draw(st.lists(ELEMENTS[kind], min_size=1, max_size=20))
    once = value_of(kind, some)
    return value_of(kind, once.elements * (MAX_VALUE_BYTES // size_bytes(once) + 1))


def named(value: Value) -> Value:
    return Value(value.kind, blob=blob_of(encode_content(value)))


# -- contents --------------------------------------------------------------------------------


@settings(max_examples=30)
@given(values())
def test_a_content_is_the_value_and_its_facts_are_the_values(value: Value) -> None:
    assert is_large(value)
    content = encode_content(value)
    assert decode_content(content, named(value)) == value
    facts = facts_of(content, size_bytes(value))
    assert facts.kind is value.kind
    assert facts.size_bytes == len(content)
    assert facts.number_of_elements == len(value.elements)
    numbers = [e for e in value.elements if isinstance(e, int | float)]
    assert facts.minimum == min(numbers, default=None)
    assert facts.maximum == max(numbers, default=None)


@settings(max_examples=30)
@given(values())
def test_equal_values_have_equal_contents(value: Value) -> None:
    again = value_of(value.kind, list(value.elements))
    assert encode_content(again) == encode_content(value)
    assert named(again) == named(value)


@settings(max_examples=30)
@given(values())
def test_a_content_never_takes_more_than_the_value_is_said_to(value: Value) -> None:
    assert len(encode_content(value)) <= size_bytes(value) + 16
    with pytest.raises(InvalidValueError, match="--max-blob"):
        facts_of(encode_content(value), size_bytes(value) - 1)


@settings(max_examples=30)
@given(values(), st.data())
def test_a_content_that_was_changed_anywhere_is_another_or_none(
    value: Value, data: st.DataObject
) -> None:
    content = bytearray(encode_content(value))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RemoteProtocolError):
        decode_content(bytes(content), named(value))
    try:
        facts_of(bytes(content))
    except InvalidValueError:
        return
    other = read_value(pb.Value.FromString(bytes(content)))
    assert value_of(other.kind, other.elements) == other
    assert encode_content(other) == content


@given(st.binary(max_size=200))
def test_garbage_is_no_content(garbage: bytes) -> None:
    with pytest.raises(InvalidValueError):
        facts_of(garbage)
    with pytest.raises(RemoteProtocolError):
        decode_content(garbage, named(value_of(Kind.DOUBLE, [0.5] * 9_000)))


@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_what_is_no_number_is_found_wherever_it_stands(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_blobs, "AT_ONCE", chunk)
    for wrong, says in ((math.nan, "NaN"), (-0.0, "-0.0")):
        for at in (0, 1, 7, 8_999):
            numbers = [0.0] * 9_000
            numbers[at] = wrong
            with pytest.raises(InvalidValueError, match=says):
                facts_of(encode_content(Value(Kind.DOUBLE, tuple(numbers))))


# -- what a property takes -------------------------------------------------------------------

DOMAINS = st.sampled_from(
    [
        (),
        (RangeDomain(0.0, None),),
        (RangeDomain(None, 1.0),),
        (RangeDomain(-1.0, 1.0), RangeDomain(0.0, 0.5)),
        (EnumerationDomain(((0, "no"), (1, "yes"))),),
    ]
)


@st.composite
def properties(draw: st.DrawFn, value: Value) -> PropertyDefinition:
    """Some that take `value`, and some that are near it."""
    kind = draw(st.just(value.kind) | st.sampled_from(Kind))
    count = draw(st.sampled_from([0, 0, 1, 3, len(value.elements)]))
    scope = draw(st.sampled_from([Scope.SHARED, Scope.SHARED, Scope.OWN]))
    file_name = draw(st.sampled_from([False, False, True]))
    domains = draw(DOMAINS)
    return PropertyDefinition(
        "P", kind, Value(kind), count, domains=domains, scope=scope, file_name=file_name
    )


@settings(max_examples=100)
@given(values(), st.data())
def test_a_blob_is_accepted_where_its_elements_would_be_and_the_property_takes_blobs(
    value: Value, data: st.DataObject
) -> None:
    property = data.draw(properties(value))
    content, blob = encode_content(value), named(value)
    facts = {blob_of(content).sha256: facts_of(content)}
    try:
        fits = property.fitting(value) == value and value.kind is property.kind
    except InvalidValueError:
        fits = False
    try:
        accepted = property.accept(blob, facts.get)
    except InvalidValueError:
        assert not (fits and property.takes_blobs)
    else:
        assert fits
        assert property.takes_blobs
        assert accepted == blob
    with pytest.raises(InvalidValueError, match="P: "):
        property.accept(value)


@pytest.mark.parametrize(
    ("elements", "count", "domain", "says"),
    [
        ([0.5] * 9_000 + [1.5], 0, RangeDomain(0.0, 1.0), "1.5 is not allowed; allowed: any"),
        ([0.5] * 9_000 + [-1.5], 0, RangeDomain(0.0, None), "-1.5, 0.5 is not allowed"),
        ([0.5] * 9_000, 8_999, RangeDomain(), "9000 elements given; allowed: 8999 doubles"),
    ],
)
def test_a_blob_that_does_not_fit_is_refused_as_its_elements_would_be(
    elements: list[float], count: int, domain: RangeDomain, says: str
) -> None:
    property = PropertyDefinition("P", Kind.DOUBLE, Value(Kind.DOUBLE), count, domains=(domain,))
    content = encode_content(value_of(Kind.DOUBLE, elements))
    facts = {blob_of(content).sha256: facts_of(content)}
    with pytest.raises(InvalidValueError, match=f"P: .*{says}"):
        property.accept(Value(Kind.DOUBLE, blob=blob_of(content)), facts.get)


def test_a_blob_that_is_not_there_is_refused_and_the_text_says_what_to_do() -> None:
    property = PropertyDefinition("P", Kind.DOUBLE, Value(Kind.DOUBLE), 0)
    with pytest.raises(UnknownBlobError, match=r"P: .*0000.*upload it"):
        property.accept(Value(Kind.DOUBLE, blob=Blob(bytes(32), 1)))


# -- on the wire -----------------------------------------------------------------------------


@settings(max_examples=30)
@given(values())
def test_a_blob_crosses_the_wire_as_hash_and_length(value: Value) -> None:
    message = pb.Value()
    fill_value(message, named(value))
    data = message.SerializeToString()
    assert len(data) <= size_bytes(named(value))
    assert read_value(pb.Value.FromString(data)) == named(value)


@pytest.mark.parametrize(
    "message",
    [
        pb.Value(kind=2, blob_sha256=bytes(31), blob_bytes=1),
        pb.Value(kind=2, blob_sha256=bytes(33), blob_bytes=1),
        pb.Value(kind=2, blob_sha256=bytes(32)),
        pb.Value(kind=2, blob_bytes=1),
        pb.Value(kind=2, blob_sha256=bytes(32), blob_bytes=1, doubles=[1.0]),
        pb.Value(kind=2, blob_sha256=bytes(32), blob_bytes=1, data=b"x"),
        pb.Value(kind=5, blob_sha256=bytes(32), blob_bytes=1),
        pb.Value(kind=6, blob_sha256=bytes(32), blob_bytes=1),
        pb.Value(kind=0, blob_sha256=bytes(32), blob_bytes=1),
        pb.Value(kind=99, blob_sha256=bytes(32), blob_bytes=1),
    ],
)
def test_a_blob_that_is_half_one_is_refused(message: pb.Value) -> None:
    with pytest.raises(RemoteProtocolError):
        read_value(pb.Value.FromString(message.SerializeToString()))


# -- in state --------------------------------------------------------------------------------

MANY = value_of(Kind.DOUBLE, [n / 4 for n in range(10_240)])
MORE = value_of(Kind.DOUBLE, [n / 8 for n in range(10_240)])
CONTENTS = {blob_of(encode_content(v)).sha256: encode_content(v) for v in (MANY, MORE)}


ONE = (1 << 32) + 1
"""The first proxy of participant 1."""


class Everybody:
    """A policy for a room without rules."""

    def permits(self, state: State, actor: int, action: object) -> None:
        return None

    def successor(self, state: State, now_s: float) -> tuple[()]:
        return ()

    def on_request(self, state: State, actor: int, request: object) -> tuple[()]:
        return ()


FACTS = {sha256: facts_of(content) for sha256, content in CONTENTS.items()}


class Log:
    """A session's events, as the server itself makes them."""

    def __init__(self) -> None:
        self.rules = Rules(Everybody(), definitions(), blobs=FACTS.get)
        self.events: list[Event] = []
        ann = evolve(
            State(),
            Event(
                1,
                0,
                0,
                EventKind.PEOPLE,
                "",
                0,
                0.0,
                (Put(Table.PARTICIPANTS, 1, None, ParticipantRow("Ann")),),
            ),
        )
        self.states = [ann]

    @property
    def state(self) -> State:
        return self.states[-1]

    def ask(self, command: Any) -> Event:
        event = decide(self.state, 1, Request(0, command), self.rules, 1.0)
        assert event is not None
        self.events.append(event)
        self.states.append(remember(evolve(self.state, event), event))
        return event


def a_log() -> Log:
    log = Log()
    log.ask(Edit((Create(ONE, "sources", "Specimen", None, (("Weights", named(MANY)),)),)))
    log.ask(Edit((Set(ONE, (("Weights", named(MORE)),)),)))
    log.ask(Edit((Set(ONE, (("Weights", Value(Kind.DOUBLE, (1.0,))),)),)))
    log.ask(Edit((Set(ONE, (("Weights", named(MANY)),)),)))
    log.ask(Edit((Delete(ONE),)))
    return log


def test_mirrors_fold_values_whose_content_they_never_see() -> None:
    log, mirror = a_log(), Mirror()
    mirror.load(log.states[0])
    for event in log.events:
        mirror.fold(decode_event(encode_event(event)))
        assert digest(mirror.state) == digest(log.states[mirror.state.revision - 1])


def test_the_digest_tells_contents_apart() -> None:
    log = a_log()
    assert digest(log.states[1]) != digest(log.states[2])
    one = {Table.VALUES: log.states[1].table(Table.VALUES)}
    four = {Table.VALUES: log.states[4].table(Table.VALUES)}
    assert one == four


def test_what_an_event_brings_is_all_that_is_new_in_state() -> None:
    log = a_log()
    for event, before, after in zip(log.events, log.states, log.states[1:], strict=False):
        undo_less = [State(s.revision, s.tables) for s in (before, after)]
        assert in_state(undo_less[1]) <= in_state(undo_less[0]) | set(brought(event.changes))


def test_the_undo_log_and_proposals_need_their_contents() -> None:
    log = a_log()
    assert not in_state(State(log.state.revision, log.state.tables))
    assert in_state(log.state) == {named(MANY), named(MORE)}
    table = Log()
    event = table.ask(
        Propose((Create(ONE, "sources", "Specimen", None, (("Weights", named(MANY)),)),), "x")
    )
    assert set(brought(event.changes)) == {named(MANY)}
    assert in_state(table.state) == {named(MANY)}


def test_a_command_that_names_an_unknown_content_changes_nothing() -> None:
    log = a_log()
    stray = Value(Kind.DOUBLE, blob=Blob(bytes(32), 90_000))
    create = Create(ONE + 1, "sources", "Specimen", None, (("Weights", stray),))
    for command in (Edit((create,)), Propose((create,), "x")):
        with pytest.raises(UnknownBlobError):
            log.ask(command)


def test_a_large_value_fits_an_edit_however_many_there_are() -> None:
    """Of what an event may take only hash and length count."""
    log = Log()
    create = [
        Create(ONE + n, "sources", "Specimen", None, (("Weights", named(MANY)),))
        for n in range(1_000)
    ]
    assert len(encode_event(log.ask(Edit(tuple(create))))) < 1_000_000


# -- for the renderer ------------------------------------------------------------------------


def whole(state: State) -> dict[Any, Value]:
    return dict(state.table(Table.VALUES))


def test_whole_events_and_slices_are_as_if_values_of_any_size_fitted() -> None:
    log = a_log()
    state = log.states[0]
    for event, real in zip(log.events, log.states[1:], strict=True):
        event = whole_event(decode_event(encode_event(event)), state, CONTENTS)
        for change in event.changes:
            if isinstance(change, SetValue):
                assert change.before == state.value(change.proxy, change.property)
                assert change.after is None or change.after.blob is None
        state = evolve(state, event)
        parts = [whole_slice(part, CONTENTS) for part in slices(real)]
        assert whole(gathered(parts)) == whole(state)
    assert (
        MANY in whole(gathered([whole_slice(p, CONTENTS) for p in slices(log.states[1])])).values()
    )


def test_a_content_that_did_not_come_or_is_another_is_not_taken() -> None:
    event = a_log().events[0]
    for contents in ({}, dict.fromkeys(CONTENTS, b"x")):
        with pytest.raises(RemoteProtocolError):
            whole_event(event, State(), contents)


def test_equal_values_of_one_event_are_one_in_memory() -> None:
    changes = tuple(SetValue(n, "Weights", None, named(MANY)) for n in range(3))
    event = Event(1, 0, 0, EventKind.EDIT, "", 0, 0.0, changes)
    first, *others = whole_event(event, State(), CONTENTS).changes
    assert all(o.after is first.after for o in others if isinstance(o, SetValue))  # type: ignore[union-attr]
