"""Values are well formed, or are refused; equal ones are equal bytes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_kernel.core.values import (
    EMPTY_INPUTS,
    EMPTY_PROXIES,
    MAX_VALUE_BYTES,
    Blob,
    Input,
    Kind,
    Value,
    checked_id,
    guess,
    is_large,
    size_bytes,
    value_of,
)
from collab_kernel.errors import InvalidValueError

SMALLEST, LARGEST = -(1 << 63), (1 << 63) - 1


def test_nan_is_no_value() -> None:
    with pytest.raises(InvalidValueError, match="NaN"):
        value_of(Kind.DOUBLE, [math.nan])


def test_negative_zero_is_stored_as_zero() -> None:
    [zero] = value_of(Kind.DOUBLE, [-0.0]).elements
    assert math.copysign(1.0, zero) == 1.0  # type: ignore[arg-type]


def test_infinities_are_values() -> None:
    assert value_of(Kind.DOUBLE, [math.inf, -math.inf]).elements == (math.inf, -math.inf)


@pytest.mark.parametrize("number", [SMALLEST, LARGEST, 0])
def test_an_integer_fills_64_bits(number: int) -> None:
    assert value_of(Kind.INT, [number]).elements == (number,)


@pytest.mark.parametrize("number", [SMALLEST - 1, LARGEST + 1, 10**400])
def test_an_integer_beyond_64_bits_is_refused(number: int) -> None:
    with pytest.raises(InvalidValueError, match="64 bits"):
        value_of(Kind.INT, [number])


def test_an_integer_too_large_for_a_double_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="too large"):
        value_of(Kind.DOUBLE, [10**400])


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (Kind.INT, 3.0, 3),
        (Kind.INT, True, 1),
        (Kind.DOUBLE, 3, 3.0),
        (Kind.BOOL, 1, True),
        (Kind.BOOL, 0.0, False),
        (Kind.PROXY, Input(7), 7),
        (Kind.INPUT, 7, Input(7, 0)),
    ],
)
def test_an_element_is_converted_where_nothing_is_lost(
    kind: Kind, given: object, stored: object
) -> None:
    [element] = value_of(kind, [given]).elements
    assert (element, type(element)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Kind.INT, 0.5),
        (Kind.INT, "3"),
        (Kind.INT, math.inf),
        (Kind.DOUBLE, "0.5"),
        (Kind.DOUBLE, True),
        (Kind.STRING, b"text"),
        (Kind.STRING, 3),
        (Kind.BOOL, 2),
        (Kind.BOOL, "true"),
        (Kind.PROXY, -1),
        (Kind.PROXY, 1 << 53),
        (Kind.PROXY, True),
        (Kind.PROXY, Input(7, 1)),
        (Kind.INPUT, Input(7, -1)),
        (Kind.INPUT, Input(7, 1 << 16)),
        (Kind.INPUT, "Sphere1"),
        (Kind.BYTES, "text"),
        (Kind.BYTES, bytearray(b"text")),
    ],
)
def test_an_element_of_another_kind_is_refused(kind: Kind, given: object) -> None:
    with pytest.raises(InvalidValueError):
        value_of(kind, [given])


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate_is_no_text(text: str) -> None:
    with pytest.raises(InvalidValueError, match="Unicode"):
        value_of(Kind.STRING, [text])


def test_no_bytes_and_empty_bytes_are_one_value() -> None:
    assert value_of(Kind.BYTES, []) == value_of(Kind.BYTES, [b""]) == Value(Kind.BYTES, (b"",))


def test_bytes_are_one_element() -> None:
    with pytest.raises(InvalidValueError, match="one element"):
        value_of(Kind.BYTES, [b"a", b"b"])


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        (Kind.BYTES, [bytes(MAX_VALUE_BYTES)]),
        (Kind.STRING, ["ä" * (MAX_VALUE_BYTES // 2)]),
        (Kind.DOUBLE, [0.5] * MAX_VALUE_BYTES),
    ],
)
def test_a_value_above_64_kib_is_large(kind: Kind, elements: list[object]) -> None:
    assert is_large(value_of(kind, elements))


def test_a_value_of_just_64_kib_is_not_nor_is_one_that_names_its_content() -> None:
    assert not is_large(value_of(Kind.BYTES, [bytes(MAX_VALUE_BYTES - 5)]))
    assert is_large(value_of(Kind.BYTES, [bytes(MAX_VALUE_BYTES - 4)]))
    assert not is_large(Value(Kind.BYTES, blob=Blob(bytes(32), 1 << 30)))


def test_the_text_of_a_refusal_stays_short() -> None:
    with pytest.raises(InvalidValueError) as caught:
        value_of(Kind.INT, ["\x00" * 60_000])
    assert len(str(caught.value)) < 200


@given(st.lists(st.integers(SMALLEST, LARGEST) | st.floats(allow_nan=False)))
def test_taking_a_value_again_changes_nothing(elements: list[float]) -> None:
    once = value_of(Kind.DOUBLE, elements)
    assert value_of(Kind.DOUBLE, once.elements) == once


@pytest.mark.parametrize("bad", [-1, 1 << 53, True, 1.0, "7", None])
def test_an_id_is_an_integer_of_53_bits(bad: object) -> None:
    with pytest.raises(InvalidValueError, match="id"):
        checked_id(bad)
    assert checked_id((1 << 53) - 1) == (1 << 53) - 1


def test_references_are_what_proxies_and_inputs_name() -> None:
    assert Value(Kind.PROXY, (3, 4)).references == (3, 4)
    assert Value(Kind.INPUT, (Input(3, 1), Input(5))).references == (3, 5)
    assert Value(Kind.INT, (3,)).references == ()
    assert EMPTY_PROXIES.references == EMPTY_INPUTS.references == ()


def test_a_single_element_is_plain() -> None:
    assert Value(Kind.INT, (3,)).plain == 3
    assert Value(Kind.INT, (3, 4)).plain == (3, 4)
    assert Value(Kind.PROXY).plain == ()


# -- guessing what a Python object means -----------------------------------------------------


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        (True, Value(Kind.BOOL, (True,))),
        (3, Value(Kind.INT, (3,))),
        (0.5, Value(Kind.DOUBLE, (0.5,))),
        ("text", Value(Kind.STRING, ("text",))),
        (b"data", Value(Kind.BYTES, (b"data",))),
        (Input(3), Value(Kind.INPUT, (Input(3),))),
        ((1, 2), Value(Kind.INT, (1, 2))),
        ((1, 2.5), Value(Kind.DOUBLE, (1.0, 2.5))),
        (["a", "b"], Value(Kind.STRING, ("a", "b"))),
        ((x for x in (1, 2)), Value(Kind.INT, (1, 2))),
        ((), Value(Kind.INT)),
    ],
)
def test_a_plain_object_is_the_value_it_most_naturally_is(plain: object, value: Value) -> None:
    assert guess(plain) == value


@pytest.mark.parametrize("plain", [None, object(), {"a": 1}.get, ("a", 1), (1, "a"), [[1], [2]]])
def test_what_is_no_value_is_refused(plain: object) -> None:
    with pytest.raises(InvalidValueError):
        guess(plain)


@given(st.lists(st.builds(Input, st.integers(0, (1 << 53) - 1), st.integers(0, (1 << 16) - 1))))
def test_the_size_is_an_upper_bound_of_what_the_wire_takes(inputs: list[Input]) -> None:
    from collab_kernel.wire.values import fill_value
    from collab_proto.v1 import values_pb2

    value = Value(Kind.INPUT, tuple(inputs))
    message = values_pb2.Value()
    fill_value(message, value)
    assert message.ByteSize() <= size_bytes(value) + 16
