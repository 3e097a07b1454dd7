"""The contents of large values: to bytes and back, and what a server has to know of them.

A content is the encoded `Value` with its elements, and there is one way to write it, so that
equal values have equal hashes on every mirror.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

from google.protobuf.message import DecodeError

from collab_kernel.core.blobs import large
from collab_kernel.core.events import Event, SetValue
from collab_kernel.core.messages import SnapshotSlice
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import (
    MAX_VALUE_BYTES,
    NUMBER_BYTES,
    TEXT_BYTES,
    Blob,
    BlobFacts,
    Kind,
    Value,
)
from collab_kernel.errors import InvalidValueError, RemoteProtocolError
from collab_kernel.wire.values import BLOB_KINDS, fill_value, read_value
from collab_proto.v1 import values_pb2 as pb

T = TypeVar("T")

AT_ONCE = 4096
"""Elements that are looked at in one go: between two of these other threads get their turn."""

_REPEATED = {
    Kind.INT: "integers",
    Kind.BOOL: "integers",
    Kind.DOUBLE: "doubles",
    Kind.STRING: "strings",
}


def blob_of(content: bytes) -> Blob:
    return Blob(sha256(content).digest(), len(content))


def encode_content(value: Value) -> bytes:
    """The content of the blob that stands for `value`, whose elements are here."""
    message = pb.Value()
    fill_value(message, value)
    return message.SerializeToString(deterministic=True)


def decode_content(content: bytes, value: Value) -> Value:
    """`value`, a large one, with its elements. Raises RemoteProtocolError if `content` is not
    what its blob stands for."""
    if blob_of(content) != value.blob:
        raise RemoteProtocolError("the content of a large value is not the one it names")
    try:
        whole = read_value(pb.Value.FromString(content))
    except DecodeError as error:
        raise RemoteProtocolError(f"the content of a large value can't be read: {error}") from None
    if whole.blob is not None or whole.kind is not value.kind:
        raise RemoteProtocolError("the content of a large value is of another kind")
    return whole


def whole_event(event: Event, state: State, contents: Mapping[bytes, bytes]) -> Event:
    """`event` as it would be if values of any size fitted: with what it brings from `contents`,
    and what was there before from `state`. Raises RemoteProtocolError."""
    if not any(isinstance(c, SetValue) and list(large([c.before, c.after])) for c in event.changes):
        return event
    decode = _decoder(contents)
    changes = tuple(
        replace(c, before=state.value(c.proxy, c.property), after=c.after and decode(c.after))
        if isinstance(c, SetValue)
        else c
        for c in event.changes
    )
    return replace(event, changes=changes)


def whole_slice(part: SnapshotSlice, contents: Mapping[bytes, bytes]) -> SnapshotSlice:
    """`part` as it would be if values of any size fitted. Raises RemoteProtocolError."""
    decode = _decoder(contents)
    rows = tuple((t, key, decode(row) if t == Table.VALUES else row) for t, key, row in part.rows)
    return replace(part, rows=rows)


def _decoder(contents: Mapping[bytes, bytes]) -> Callable[[Value], Value]:
    """Equal values are one in memory."""
    known: dict[Value, Value] = {}

    def decode(value: Value) -> Value:
        if value.blob is None:
            return value
        if value not in known:
            known[value] = decode_content(contents.get(value.blob.sha256, b""), value)
        return known[value]

    return decode


def facts_of(content: bytes, max_bytes: int | None = None) -> BlobFacts:
    """What is known of a content, after all that would be checked of a small value. Takes long:
    call it in a thread.

    max_bytes: of the value, as `size_bytes` counts. Raises InvalidValueError for what is not
    the one way to write a value that is large, and not too large.
    """
    try:
        message = pb.Value.FromString(content)
    except DecodeError:
        raise InvalidValueError("the content is no value") from None
    if int(message.kind) not in BLOB_KINDS:
        raise InvalidValueError(f"a value of kind {message.kind} can't be large")
    kind = Kind(message.kind)
    _check_writing(message, kind, content)
    count, size = 1, 0
    low = high = None
    if kind is Kind.STRING:
        count = len(message.strings)
        for texts in _chunks(message.strings):
            size += sum(len(text.encode()) + TEXT_BYTES for text in texts)
    elif kind is Kind.BYTES:
        size = len(message.data) + TEXT_BYTES
    else:
        numbers = message.doubles if kind is Kind.DOUBLE else message.integers
        count, size = len(numbers), NUMBER_BYTES * len(numbers)
        low, high = _extremes(numbers) if numbers else (0.0, 0.0)
        if kind is Kind.BOOL and not 0 <= low <= high <= 1:
            raise InvalidValueError("the content has numbers that are neither true nor false")
    if size <= MAX_VALUE_BYTES:
        raise InvalidValueError(
            f"the value takes {size} bytes: up to {MAX_VALUE_BYTES} it is sent as it is"
        )
    if max_bytes is not None and size > max_bytes:
        raise too_large(size, max_bytes)
    return BlobFacts(kind, len(content), count, low, high)


def _check_writing(message: pb.Value, kind: Kind, content: bytes) -> None:
    """Raises InvalidValueError unless `content` is how `message` is written, and no more."""
    again = pb.Value(kind=message.kind)
    if kind is Kind.BYTES:
        again.data = message.data
    else:
        getattr(again, _REPEATED[kind]).extend(getattr(message, _REPEATED[kind]))
    if again.SerializeToString(deterministic=True) != content:
        raise InvalidValueError("the content is not written in the one way that a value is")


def too_large(size_bytes: int, max_bytes: int) -> InvalidValueError:
    return InvalidValueError(
        f"the value takes {size_bytes} bytes: this server takes at most {max_bytes} (--max-blob)"
    )


def _extremes(numbers: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest. Raises InvalidValueError for NaN and -0.0."""
    low = high = numbers[0]
    for chunk in _chunks(numbers):
        if any(map(math.isnan, chunk)):
            raise InvalidValueError("NaN is no value: use a finite number or an infinity")
        if 0.0 in chunk and any(math.copysign(1.0, n) < 0 for n in chunk if n == 0.0):
            raise InvalidValueError("-0.0 is written as 0.0")
        low, high = min(low, *chunk), max(high, *chunk)
    return low, high


def _chunks(elements: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(elements), AT_ONCE):
        yield elements[start : start + AT_ONCE]
