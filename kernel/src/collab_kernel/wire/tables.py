"""Keys and rows of every table, to bytes and back.

A table that this version doesn't know keeps its keys and rows as bytes, and counts in the
digest all the same. Rows of known tables are written field by field, so equal rows are equal
bytes on every mirror. One codec a table, all in one file: the digest stands on them together.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collab_kernel.core.events import Put, SetValue
from collab_kernel.core.state import (
    ChatRow,
    DoorRow,
    HistoryRow,
    Key,
    LinkRow,
    MuteRow,
    ParticipantRow,
    PinRow,
    PolicyRow,
    ProposalRow,
    ProxyRow,
    Role,
    Row,
    SessionRow,
    Table,
    TimeRow,
)
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.operations import (
    fill_link,
    fill_named,
    fill_operation,
    fill_set_value,
    fill_target,
    read_link,
    read_named,
    read_operation,
    read_set_value,
    read_target,
    read_vector,
)
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


_PORT = struct.Struct(">QI")


def _encode_port(key: tuple[int, int]) -> bytes:
    return _PORT.pack(*key)


def _decode_port(key: bytes) -> tuple[int, int]:
    if len(key) != _PORT.size:
        raise RemoteProtocolError(f"a key of {len(key)} bytes is no output port")
    proxy, port = _PORT.unpack(key)
    return int(proxy), int(port)


# -- rows ----------------------------------------------------------------------------------


def _encode_session(row: SessionRow) -> bytes:
    return pb.SessionRow(
        name=row.name, catalogue=row.catalogue, next_participant=row.next_participant
    ).SerializeToString()


def _decode_session(data: bytes) -> SessionRow:
    m = pb.SessionRow.FromString(data)
    return SessionRow(m.name, m.catalogue, m.next_participant)


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


def _encode_link(row: LinkRow) -> bytes:
    m = pb.LinkRow()
    fill_link(m, row)
    return m.SerializeToString()


def _decode_link(data: bytes) -> LinkRow:
    return read_link(pb.LinkRow.FromString(data))


def _encode_time(row: TimeRow) -> bytes:
    return pb.TimeRow(
        time=row.time, playing=row.playing, steps=row.steps, speed=row.speed, loop=row.loop
    ).SerializeToString()


def _decode_time(data: bytes) -> TimeRow:
    m = pb.TimeRow.FromString(data)
    return TimeRow(m.time, m.playing, tuple(m.steps), m.speed, m.loop)


def _encode_proposal(row: ProposalRow) -> bytes:
    m = pb.ProposalRow(
        author=row.author, author_name=row.author_name, text=row.text, time_s=row.time_s
    )
    for operation in row.operations:
        fill_operation(m.operations.add(), operation)
    for change in row.replaces:
        if isinstance(change, SetValue):
            fill_set_value(m.replaces.add(), change)
        else:
            fill_put(m.replaces_rows.add(), change)
    return m.SerializeToString()


def _decode_proposal(data: bytes) -> ProposalRow:
    m = pb.ProposalRow.FromString(data)
    return ProposalRow(
        m.author,
        m.author_name,
        m.text,
        m.time_s,
        tuple(map(read_operation, m.operations)),
        (*map(read_set_value, m.replaces), *map(read_put, m.replaces_rows)),
    )


def _encode_pin(row: PinRow) -> bytes:
    m = pb.PinRow(
        author=row.author,
        author_name=row.author_name,
        text=row.text,
        time_s=row.time_s,
        position=row.position,
        view=row.view,
        time=row.time,
    )
    fill_named(m.values, row.values)
    return m.SerializeToString()


def _decode_pin(data: bytes) -> PinRow:
    m = pb.PinRow.FromString(data)
    return PinRow(
        m.author,
        m.author_name,
        m.text,
        m.time_s,
        read_vector(m.position),
        m.view,
        read_named(m.values),
        m.time,
    )


def _encode_door(row: DoorRow) -> bytes:
    return pb.DoorRow(locked_by=row.locked_by, connect_id=row.connect_id).SerializeToString()


def _decode_door(data: bytes) -> DoorRow:
    m = pb.DoorRow.FromString(data)
    return DoorRow(m.locked_by, m.connect_id)


def _encode_mute(row: MuteRow) -> bytes:
    return pb.MuteRow(chat=row.chat, pointers=row.pointers).SerializeToString()


def _decode_mute(data: bytes) -> MuteRow:
    m = pb.MuteRow.FromString(data)
    return MuteRow(m.chat, m.pointers)


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
    Table.LINKS: Codec(str.encode, bytes.decode, _encode_link, _decode_link),
    Table.SELECTIONS: Codec(
        _encode_port,
        _decode_port,
        lambda row: pb.SelectionRow(selection=row).SerializeToString(),
        lambda data: pb.SelectionRow.FromString(data).selection,
    ),
    Table.TIME: Codec(lambda key: b"", lambda key: (), _encode_time, _decode_time),
    Table.PROPOSALS: Codec(_ID.pack, _decode_id, _encode_proposal, _decode_proposal),
    Table.PINS: Codec(_ID.pack, _decode_id, _encode_pin, _decode_pin),
    Table.DOOR: Codec(lambda key: b"", lambda key: (), _encode_door, _decode_door),
    Table.MUTES: Codec(_ID.pack, _decode_id, _encode_mute, _decode_mute),
    Table.ANNOTATIONS: Codec(
        _encode_place,
        _decode_place,
        lambda row: pb.AnnotationRow(text=row).SerializeToString(),
        lambda data: pb.AnnotationRow.FromString(data).text,
    ),
}

_RAW = Codec(bytes, bytes, bytes, bytes)
"""Of a table that a newer peer knows and this one doesn't."""


def codec(table: int) -> Codec:
    return CODECS.get(table, _RAW)


def fill_put(message: pb.Put, put: Put) -> None:
    how = codec(put.table)
    message.table = int(put.table)  # type: ignore[assignment]
    message.key = how.encode_key(put.key)
    if put.before is not None:
        message.before = how.encode_row(put.before)
    if put.after is not None:
        message.after = how.encode_row(put.after)


def read_put(message: pb.Put, with_before: bool = True) -> Put:
    how = codec(message.table)
    return Put(
        message.table,
        how.decode_key(message.key),
        how.decode_row(message.before) if with_before and message.HasField("before") else None,
        how.decode_row(message.after) if message.HasField("after") else None,
    )
