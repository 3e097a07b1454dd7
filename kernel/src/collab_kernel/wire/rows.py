"""Rows, keys and events, to bytes and back; and the digest over all rows of a state.

A table that this version doesn't know keeps its keys and rows as bytes, and counts in the
digest all the same. Rows of known tables are written field by field, so equal rows are equal
bytes on every mirror. One codec a table, all in one file: the digest stands on them together.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.message import DecodeError

from collab_kernel.core.events import Event, EventKind, Put, SetValue
from collab_kernel.core.evolve import apply
from collab_kernel.core.messages import SnapshotSlice
from collab_kernel.core.state import (
    ChatRow,
    FollowTarget,
    HistoryRow,
    Key,
    ParticipantRow,
    PolicyRow,
    ProxyRow,
    Role,
    Row,
    SessionRow,
    State,
    Table,
)
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.values import (
    decode_definition,
    encode_definition,
    fill_value,
    read_value,
)
from collab_proto.v1 import session_pb2 as pb
from collab_proto.v1 import values_pb2


@dataclass(frozen=True, slots=True)
class Codec:
    """How one table's keys and rows are written and read."""

    encode_key: Callable[[Any], bytes]
    decode_key: Callable[[bytes], Key]
    encode_row: Callable[[Any], bytes]
    decode_row: Callable[[bytes], Row]


# -- keys ----------------------------------------------------------------------------------

_ID = struct.Struct(">Q")


def _decode_id(key: bytes) -> int:
    if len(key) != _ID.size:
        raise RemoteProtocolError(f"a key of {len(key)} bytes is no id")
    return int(_ID.unpack(key)[0])


def _encode_pair(key: tuple[str, str]) -> bytes:
    return f"{key[0]}\0{key[1]}".encode()


def _decode_pair(key: bytes) -> tuple[str, str]:
    first, _, second = key.decode().partition("\0")
    return first, second


def _encode_place(key: tuple[int, str]) -> bytes:
    return _ID.pack(key[0]) + key[1].encode()


def _decode_place(key: bytes) -> tuple[int, str]:
    return _decode_id(key[: _ID.size]), key[_ID.size :].decode()


# -- rows ----------------------------------------------------------------------------------


def _encode_session(row: SessionRow) -> bytes:
    return pb.SessionRow(
        name=row.name, catalogue=row.catalogue, next_participant=row.next_participant
    ).SerializeToString()


def _decode_session(data: bytes) -> SessionRow:
    m = pb.SessionRow.FromString(data)
    return SessionRow(m.name, m.catalogue, m.next_participant)


def fill_target(message: pb.FollowTarget, target: FollowTarget) -> None:
    message.kind = int(target.kind)  # type: ignore[assignment]
    message.participant = target.participant
    message.chosen = target.chosen


def read_target(message: pb.FollowTarget) -> FollowTarget:
    return FollowTarget(FollowTarget.Kind(message.kind), message.participant, message.chosen)


def _encode_participant(row: ParticipantRow) -> bytes:
    m = pb.ParticipantRow(
        name=row.name,
        role=int(row.role),  # type: ignore[arg-type]
        colour=row.colour,
        front_end=row.front_end,
        transport=row.transport,
        joined_at_s=row.joined_at_s,
        connected=row.connected,
        lost_at_s=row.lost_at_s,
    )
    fill_target(m.following, row.following)
    return m.SerializeToString()


def _decode_participant(data: bytes) -> ParticipantRow:
    m = pb.ParticipantRow.FromString(data)
    return ParticipantRow(
        m.name,
        Role(m.role),
        m.colour,
        m.front_end,
        m.transport,
        read_target(m.following),
        m.joined_at_s,
        m.connected,
        m.lost_at_s,
    )


def _encode_policy(row: PolicyRow) -> bytes:
    return pb.PolicyRow(participants=row.participants, text=row.text).SerializeToString()


def _decode_policy(data: bytes) -> PolicyRow:
    m = pb.PolicyRow.FromString(data)
    return PolicyRow(tuple(m.participants), m.text)


def _encode_proxy(row: ProxyRow) -> bytes:
    return pb.ProxyRow(
        group=row.group, type=row.type, name=row.name, owner=row.owner
    ).SerializeToString()


def _decode_proxy(data: bytes) -> ProxyRow:
    m = pb.ProxyRow.FromString(data)
    return ProxyRow(m.group, m.type, m.name, m.owner)


def _encode_value(row: Any) -> bytes:
    m = values_pb2.Value()
    fill_value(m, row)
    return m.SerializeToString()


def _decode_value(data: bytes) -> Row:
    return read_value(values_pb2.Value.FromString(data))


def _encode_chat(row: ChatRow) -> bytes:
    return pb.ChatRow(
        author=row.author, author_name=row.author_name, text=row.text, time_s=row.time_s
    ).SerializeToString()


def _decode_chat(data: bytes) -> ChatRow:
    m = pb.ChatRow.FromString(data)
    return ChatRow(m.author, m.author_name, m.text, m.time_s)


def _encode_history(row: HistoryRow) -> bytes:
    return pb.HistoryRow(
        author=row.author,
        author_name=row.author_name,
        label=row.label,
        time_s=row.time_s,
        undo_set=row.undo_set,
        last_revision=row.last_revision,
        undone_at=row.undone_at,
    ).SerializeToString()


def _decode_history(data: bytes) -> HistoryRow:
    m = pb.HistoryRow.FromString(data)
    return HistoryRow(
        m.author, m.author_name, m.label, m.time_s, m.undo_set, m.last_revision, m.undone_at
    )


CODECS: dict[int, Codec] = {
    Table.SESSION: Codec(lambda key: b"", lambda key: (), _encode_session, _decode_session),
    Table.PARTICIPANTS: Codec(_ID.pack, _decode_id, _encode_participant, _decode_participant),
    Table.REQUESTS: Codec(
        _ID.pack,
        _decode_id,
        lambda row: pb.RequestRow(decided=row).SerializeToString(),
        lambda data: pb.RequestRow.FromString(data).decided,
    ),
    Table.POLICY: Codec(str.encode, bytes.decode, _encode_policy, _decode_policy),
    Table.DEFINITIONS: Codec(_encode_pair, _decode_pair, encode_definition, decode_definition),
    Table.PROXIES: Codec(_ID.pack, _decode_id, _encode_proxy, _decode_proxy),
    Table.VALUES: Codec(_encode_place, _decode_place, _encode_value, _decode_value),
    Table.NAMES: Codec(
        _encode_pair,
        _decode_pair,
        lambda row: pb.NameRow(proxy=row).SerializeToString(),
        lambda data: pb.NameRow.FromString(data).proxy,
    ),
    Table.CHAT: Codec(_ID.pack, _decode_id, _encode_chat, _decode_chat),
    Table.HISTORY: Codec(_ID.pack, _decode_id, _encode_history, _decode_history),
    Table.QUARANTINE: Codec(
        _ID.pack,
        _decode_id,
        lambda row: pb.QuarantineRow(reason=row).SerializeToString(),
        lambda data: pb.QuarantineRow.FromString(data).reason,
    ),
    Table.COUNTERS: Codec(
        _ID.pack,
        _decode_id,
        lambda row: pb.CounterRow(newest=row).SerializeToString(),
        lambda data: pb.CounterRow.FromString(data).newest,
    ),
}

_RAW = Codec(bytes, bytes, bytes, bytes)
"""Of a table that a newer peer knows and this one doesn't."""


def codec(table: int) -> Codec:
    return CODECS.get(table, _RAW)


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
            m = message.changes.add().set_value
            m.proxy = change.proxy
            m.property = change.property
            if change.before is not None:
                fill_value(m.before, change.before)
            if change.after is not None:
                fill_value(m.after, change.after)
        else:
            _fill_put(message.changes.add().put, change)


def _fill_put(message: pb.Put, put: Put) -> None:
    how = codec(put.table)
    message.table = int(put.table)  # type: ignore[assignment]
    message.key = how.encode_key(put.key)
    if put.before is not None:
        message.before = how.encode_row(put.before)
    if put.after is not None:
        message.after = how.encode_row(put.after)


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
        m = message.set_value
        return SetValue(
            m.proxy,
            m.property,
            read_value(m.before) if with_before and m.HasField("before") else None,
            read_value(m.after) if m.HasField("after") else None,
        )
    put = message.put
    how = codec(put.table)
    return Put(
        put.table,
        how.decode_key(put.key),
        how.decode_row(put.before) if with_before and put.HasField("before") else None,
        how.decode_row(put.after) if put.HasField("after") else None,
    )


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
