"""Events, snapshots and the digest over all rows of a state, to bytes and back."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from google.protobuf.message import DecodeError

from collab_kernel.core.events import Event, EventKind, Put, SetValue
from collab_kernel.core.evolve import apply
from collab_kernel.core.messages import SnapshotSlice
from collab_kernel.core.state import Key, Row, State, Table
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.operations import fill_set_value, read_set_value
from collab_kernel.wire.tables import codec, fill_put, read_put
from collab_proto.v1 import session_pb2 as pb

# -- events --------------------------------------------------------------------------------


def fill_event(message: pb.Event, event: Event) -> None:
    message.revision = event.revision
    message.author = event.author
    message.request = event.request
    message.kind = int(event.kind)  # type: ignore[assignment]
    message.label = event.label
    message.undo_set = event.undo_set
    message.time_s = event.time_s
    for change in event.changes:
        if isinstance(change, SetValue):
            fill_set_value(message.changes.add().set_value, change)
        else:
            fill_put(message.changes.add().put, change)


_KINDS: dict[int, EventKind] = {int(kind): kind for kind in EventKind}
"""A kind that only a newer server knows changes nothing about what the event does."""


def read_event(message: pb.Event, with_before: bool = True) -> Event:
    """with_before: also what was there before; folding needs only what comes after."""
    return Event(
        message.revision,
        message.author,
        message.request,
        _KINDS.get(message.kind, EventKind.SYSTEM),
        message.label,
        message.undo_set,
        message.time_s,
        tuple([_read_change(c, with_before) for c in message.changes]),
    )


def _read_change(message: pb.Change, with_before: bool) -> Put | SetValue:
    if message.HasField("set_value"):
        return read_set_value(message.set_value, with_before)
    return read_put(message.put, with_before)


def encode_event(event: Event) -> bytes:
    """The event as a journal keeps it and as every participant gets it."""
    message = pb.Event()
    fill_event(message, event)
    return message.SerializeToString()


def decode_event(data: bytes) -> Event:
    """Raises RemoteProtocolError if `data` is no event."""
    with refusing_garbage():
        return read_event(pb.Event.FromString(data))


@contextmanager
def refusing_garbage() -> Iterator[None]:
    """What can't be read is the sender's fault: RemoteProtocolError."""
    try:
        yield
    except (DecodeError, ValueError) as error:
        raise RemoteProtocolError(f"the message can't be understood: {error}") from None


# -- snapshots and the digest --------------------------------------------------------------


def rows(state: State, tables: Iterable[int] | None = None) -> Iterator[tuple[int, Key, Row]]:
    """Every row, table by table."""
    for table in sorted(state.tables if tables is None else tables):
        for key, row in state.table(table).items():
            yield table, key, row


def fill_slice(message: pb.Snapshot, part: SnapshotSlice) -> None:
    message.revision = part.revision
    message.last = part.last
    for table, key, row in part.rows:
        how = codec(table)
        message.rows.add(
            table=table,
            key=how.encode_key(key),
            row=how.encode_row(row),
        )


def read_slice(message: pb.Snapshot) -> SnapshotSlice:
    decoded = []
    for m in message.rows:
        how = codec(m.table)
        decoded.append((int(m.table), how.decode_key(m.key), how.decode_row(m.row)))
    return SnapshotSlice(message.revision, tuple(decoded), message.last)


def slices(state: State) -> Iterator[SnapshotSlice]:
    """The whole of `state`, in slices that take a few milliseconds and fit a packet each.

    Rows are cut off at 128 KiB: the largest row (a value of 64 KiB) still fits behind.
    """
    taken: list[tuple[int, Key, Row]] = []
    size = 0
    for table, key, row in rows(state):
        taken.append((table, key, row))
        how = codec(table)
        size += len(how.encode_key(key)) + len(how.encode_row(row)) + 16
        if size > 128 * 1024:
            yield SnapshotSlice(state.revision, tuple(taken), last=False)
            taken, size = [], 0
    yield SnapshotSlice(state.revision, tuple(taken), last=True)


def gathered(parts: Iterable[SnapshotSlice]) -> State:
    """The state that slices make together."""
    changes: list[Put | SetValue] = []
    revision = 0
    for part in parts:
        revision = part.revision
        for table, key, row in part.rows:
            if table == Table.VALUES:
                proxy, property = key
                changes.append(SetValue(proxy, property, None, row))
            else:
                changes.append(Put(table, key, None, row))
    return replace(apply(State(), changes), revision=revision)


_LENGTH = struct.Struct(">I")


def digest(state: State) -> str:
    """SHA-256 (hexadecimal) over all rows but the undo history's: see session.proto."""
    total = hashlib.sha256()
    for table in sorted(state.tables):
        if table == Table.HISTORY:
            continue
        how = codec(table)
        encoded = sorted(
            (how.encode_key(key), how.encode_row(row)) for key, row in state.table(table).items()
        )
        for key, row in encoded:
            for part in (_LENGTH.pack(table), _LENGTH.pack(len(key)), key):
                total.update(part)
            total.update(_LENGTH.pack(len(row)))
            total.update(row)
    return total.hexdigest()
