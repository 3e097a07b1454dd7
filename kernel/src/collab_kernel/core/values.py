"""Values of properties: a kind and its elements, immutable and always well formed.

NaN is refused and -0.0 stored as 0.0, so equal values are equal bytes on every mirror.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from collab_kernel.errors import InvalidValueError

ProxyId: TypeAlias = int
ParticipantId: TypeAlias = int

SERVER: ParticipantId = 0
"""The author of what the server does by itself."""

ID_BITS = 53
"""Ids are exact in every language's double."""

COUNTER_BITS = 32
"""An id is participant * 2**32 + counter, so that creating needs no round trip."""

MAX_VALUE_BYTES = 64 * 1024
"""A value above this is too large for an event, which names its content as a `Blob` instead."""


class Kind(IntEnum):
    """What the elements of a value are; numbers as on the wire."""

    INT = 1
    DOUBLE = 2
    STRING = 3
    BOOL = 4
    PROXY = 5
    INPUT = 6
    BYTES = 7


@dataclass(frozen=True, slots=True)
class Input:
    """An output port of a proxy, as the input of another."""

    proxy: ProxyId
    port: int = 0


Element: TypeAlias = int | float | str | bool | Input | bytes


@dataclass(frozen=True, slots=True)
class Blob:
    """What stands for the elements of a large value: the SHA-256 and the length of its content,
    which is the encoded value. Equal values have equal blobs."""

    sha256: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class BlobFacts:
    """What was found out about a blob's content when it came, once.

    minimum, maximum: of its numbers; None where they are none.
    """

    kind: Kind
    size_bytes: int
    number_of_elements: int
    minimum: float | None = None
    maximum: float | None = None


BlobLookup: TypeAlias = Callable[[bytes], BlobFacts | None]
"""The facts about the content of this SHA-256; None: it is not there."""


def no_blobs(sha256: bytes) -> BlobFacts | None:
    """Where nothing large is kept."""
    return None


@dataclass(frozen=True, slots=True)
class Value:
    """`elements` are of `kind`: bytes have one element, all others any number.

    A value whose `size_bytes` is above MAX_VALUE_BYTES has a `blob` instead, and no elements,
    wherever it is in state, events and commands; one below never has. References are never
    that many.
    """

    kind: Kind
    elements: tuple[Element, ...] = ()
    blob: Blob | None = None

    @property
    def references(self) -> tuple[ProxyId, ...]:
        """The proxies that the value names, in order."""
        if self.kind is Kind.PROXY:
            return self.elements  # type: ignore[return-value]  # proxy elements are ids
        if self.kind is Kind.INPUT:
            return tuple(e.proxy for e in self.elements if isinstance(e, Input))
        return ()

    @property
    def plain(self) -> Element | tuple[Element, ...]:
        """The only element, or all of them as a tuple."""
        return self.elements[0] if len(self.elements) == 1 else self.elements


EMPTY_PROXIES = Value(Kind.PROXY)
EMPTY_INPUTS = Value(Kind.INPUT)


def checked_id(number: object, what: str = "id") -> int:
    """`number` as an id: an integer of 0 to 2**53 - 1. Raises InvalidValueError."""
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << ID_BITS:
        raise InvalidValueError(f"{number!r:.60} is no {what}: it must be an integer below 2**53")
    return number


def _integer(element: object) -> int:
    if isinstance(element, bool):
        return int(element)
    if isinstance(element, float) and element.is_integer():
        element = int(element)
    if not isinstance(element, int):
        raise InvalidValueError(f"{element!r:.60} is no integer")
    if not -(1 << 63) <= element < 1 << 63:
        raise InvalidValueError("the integer does not fit 64 bits")
    return element


def _double(element: object) -> float:
    if isinstance(element, bool) or not isinstance(element, int | float):
        raise InvalidValueError(f"{element!r:.60} is no number")
    try:
        number = float(element)
    except OverflowError:
        raise InvalidValueError("the integer is too large for a double") from None
    if math.isnan(number):
        raise InvalidValueError("NaN is no value: use a finite number or an infinity")
    return number + 0.0  # -0.0 becomes 0.0


def _string(element: object) -> str:
    if not isinstance(element, str):
        raise InvalidValueError(f"{element!r:.60} is no text")
    try:
        element.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidValueError(f"{element!r:.60} is no valid Unicode text") from None
    return element


def _bool(element: object) -> bool:
    if isinstance(element, bool):
        return element
    if isinstance(element, int | float) and element in (0, 1):
        return bool(element)
    raise InvalidValueError(f"{element!r:.60} is neither true (1) nor false (0)")


def _proxy(element: object) -> ProxyId:
    if isinstance(element, Input) and element.port == 0:
        return checked_id(element.proxy, "proxy id")
    return checked_id(element, "proxy id")


def _input(element: object) -> Input:
    if isinstance(element, Input):
        checked_id(element.proxy, "proxy id")
        if not 0 <= element.port < 1 << 16:
            raise InvalidValueError(f"{element.port!r} is no output port")
        return element
    return Input(checked_id(element, "proxy id"))


def _bytes(element: object) -> bytes:
    if not isinstance(element, bytes):
        raise InvalidValueError(f"{element!r:.40} are no bytes")
    return element


_COERCE: dict[Kind, Callable[[object], Element]] = {
    Kind.INT: _integer,
    Kind.DOUBLE: _double,
    Kind.STRING: _string,
    Kind.BOOL: _bool,
    Kind.PROXY: _proxy,
    Kind.INPUT: _input,
    Kind.BYTES: _bytes,
}


def value_of(kind: Kind, elements: Iterable[object]) -> Value:
    """A value of `kind`, however large; numbers are converted where nothing is lost.

    Raises InvalidValueError for an element of another kind, or NaN.
    """
    coerce = _COERCE[kind]
    value = Value(kind, tuple(coerce(e) for e in elements))
    if kind is Kind.BYTES and len(value.elements) != 1:
        if value.elements:
            raise InvalidValueError("bytes are one element: join them")
        value = Value(kind, (b"",))  # on the wire no bytes and empty bytes are the same
    return value


NUMBER_BYTES, TEXT_BYTES = 11, 5
"""What `size_bytes` counts for a number, and beside the length of a text or bytes."""

BLOB_BYTES = 48


def size_bytes(value: Value) -> int:
    """About how much the elements, or their blob, take on the wire: an upper bound."""
    if value.blob is not None:
        return BLOB_BYTES
    return sum(
        len(e.encode()) + TEXT_BYTES
        if isinstance(e, str)
        else len(e) + TEXT_BYTES
        if isinstance(e, bytes)
        else NUMBER_BYTES
        for e in value.elements
    )


def is_large(value: Value) -> bool:
    """Whether the elements are too large for an event."""
    return size_bytes(value) > MAX_VALUE_BYTES


def guess(plain: object) -> Value:
    """The value that a plain Python object most naturally is; the server has the last word.

    A sequence is a value of many elements. An empty one has no kind of its own and is sent
    as integers, which every kind accepts when it is empty.
    Raises InvalidValueError for what is neither text, number, bool, bytes, Input nor a
    sequence of one kind of them.
    """
    if isinstance(plain, str | bytes | bool | int | float | Input):
        elements: tuple[object, ...] = (plain,)
    elif isinstance(plain, Iterable):
        elements = tuple(plain)
    else:
        raise InvalidValueError(f"{plain!r:.60} is no value of a property")
    if not elements:
        return Value(Kind.INT)
    of_first = {bool: Kind.BOOL, str: Kind.STRING, bytes: Kind.BYTES, Input: Kind.INPUT}
    numbers = Kind.INT if all(isinstance(e, int) for e in elements) else Kind.DOUBLE
    return value_of(of_first.get(type(elements[0]), numbers), elements)
