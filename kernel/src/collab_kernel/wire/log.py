"""Who did what, when: to protobuf and back."""

from __future__ import annotations

from collab_kernel.core.events import EventKind
from collab_kernel.core.queries import Log, LogEntry
from collab_kernel.wire.rows import refusing_garbage
from collab_proto.v1 import wire_pb2 as pb

_KINDS: dict[int, EventKind] = {int(kind): kind for kind in EventKind}


def encode_log(log: Log) -> bytes:
    message = pb.Log(complete=log.complete)
    for entry in log.entries:
        message.entries.add(
            revision=entry.revision,
            author=entry.author,
            author_name=entry.author_name,
            kind=int(entry.kind),
            label=entry.label,
            time_s=entry.time_s,
        )
    return message.SerializeToString()


def decode_log(data: bytes) -> Log:
    """Raises RemoteProtocolError if `data` is no log."""
    with refusing_garbage():
        message = pb.Log.FromString(data)
    entries = tuple(
        LogEntry(
            e.revision,
            e.author,
            e.author_name,
            _KINDS.get(e.kind, EventKind.SYSTEM),
            e.label,
            e.time_s,
        )
        for e in message.entries
    )
    return Log(entries, message.complete)
