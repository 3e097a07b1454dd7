"""What a server keeps in a store beside the events, to bytes and back: snapshots with what can be
undone, and side records. All of it is untrusted when it is read again."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from immutables import Map

from collab_kernel.core.events import Change, SetValue, UndoEntry, UndoLog, spot
from collab_kernel.core.state import State
from collab_kernel.errors import RemoteProtocolError, StoreError
from collab_kernel.wire.operations import fill_set_value, read_set_value
from collab_kernel.wire.rows import fill_slice, gathered, read_slice, refusing_garbage, slices
from collab_kernel.wire.tables import fill_put, read_put
from collab_proto.v1 import session_pb2, store_pb2

SNAPSHOT_FORMAT = 1

FAST = 1
"""zlib's level: rows are very alike, so that more work gains little."""


MAX_SNAPSHOT_BYTES = 1 << 30
"""Before it is packed: what packs well must not take all memory when it is read, and protobuf reads
no more than twice this. No larger one is written, either: the log is still there."""


# -- snapshots -----------------------------------------------------------------------------


def snapshot_parts(state: State) -> Iterator[bytes]:
    """The whole of `state` and of its undo log, in parts that take a few milliseconds each; joined
    they are what `decode_snapshot` reads. Raises StoreError for what that would not."""
    packer = zlib.compressobj(FAST)
    size_bytes = 0
    for message in _messages(state):
        data = message.SerializeToString()
        size_bytes += len(data)
        if size_bytes > MAX_SNAPSHOT_BYTES:
            raise StoreError(f"the state is too large: a snapshot has {MAX_SNAPSHOT_BYTES} bytes")
        yield packer.compress(data)
    yield packer.flush()


def _messages(state: State) -> Iterator[store_pb2.StoredSnapshot]:
    yield store_pb2.StoredSnapshot(format=SNAPSHOT_FORMAT)
    for part in slices(state):
        message = store_pb2.StoredSnapshot()
        fill_slice(message.slices.add(), part)
        yield message
    log = state.undo or UndoLog()
    for entry in log.done:
        message = store_pb2.StoredSnapshot()
        _fill_entry(message.done.add(), entry)
        yield message
    for entry in log.undone:
        message = store_pb2.StoredSnapshot()
        _fill_entry(message.undone.add(), entry)
        yield message


def encode_snapshot(state: State) -> bytes:
    return b"".join(snapshot_parts(state))


def decode_snapshot(data: bytes) -> State:
    """Raises RemoteProtocolError if `data` is no snapshot that this version can read."""
    with _refusing_garbage():
        message = store_pb2.StoredSnapshot.FromString(_unpacked(data))
        if message.format != SNAPSHOT_FORMAT:
            raise RemoteProtocolError(
                f"it is of format {message.format}, and this version reads {SNAPSHOT_FORMAT}"
            )
        parts = [read_slice(part) for part in message.slices]
        if not parts or not parts[-1].last:
            raise RemoteProtocolError("its end is missing")
        done, undone = map(_read_entries, (message.done, message.undone))
        state = gathered(parts)
    return replace(state, undo=UndoLog(done, undone) if done or undone else None)


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(data, MAX_SNAPSHOT_BYTES + 1)
    if len(found) > MAX_SNAPSHOT_BYTES:
        raise RemoteProtocolError(f"it unpacks to more than {MAX_SNAPSHOT_BYTES} bytes")
    if not unpacker.eof:
        raise RemoteProtocolError("its end is missing")
    return found


@contextmanager
def _refusing_garbage() -> Iterator[None]:
    with refusing_garbage():
        try:
            yield
        except (zlib.error, KeyError, TypeError, OverflowError) as error:
            raise RemoteProtocolError(f"it can't be understood: {error!r}") from None


def _fill_entry(message: store_pb2.StoredEntry, entry: UndoEntry) -> None:
    message.entry, message.author, message.undo_set = entry.entry, entry.author, entry.undo_set
    message.size_bytes = entry.size_bytes
    for change in entry.merged.values():
        if isinstance(change, SetValue):
            fill_set_value(message.changes.add().set_value, change)
        else:
            fill_put(message.changes.add().put, change)


def _read_entries(messages: Iterable[store_pb2.StoredEntry]) -> tuple[UndoEntry, ...]:
    return tuple(
        UndoEntry(
            m.entry,
            m.author,
            m.undo_set,
            Map((spot(change), change) for change in map(_read_change, m.changes)),
            m.size_bytes,
        )
        for m in messages
    )


def _read_change(message: session_pb2.Change) -> Change:
    if message.HasField("set_value"):
        return read_set_value(message.set_value)
    return read_put(message.put)


# -- side records --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredParticipant:
    """key_hash: SHA-256.  outcomes: (request, revision, packet of the reply)."""

    key_hash: bytes
    outcomes: tuple[tuple[int, int, bytes], ...] = ()


def encode_participant(kept: StoredParticipant) -> bytes:
    message = store_pb2.StoredParticipant(key_hash=kept.key_hash)
    for request, revision, packet in kept.outcomes:
        message.outcomes.add(request=request, revision=revision, packet=packet)
    return message.SerializeToString()


def decode_participant(data: bytes) -> StoredParticipant:
    """Raises RemoteProtocolError, as all that read here do."""
    with refusing_garbage():
        message = store_pb2.StoredParticipant.FromString(data)
    outcomes = tuple((m.request, m.revision, m.packet) for m in message.outcomes)
    return StoredParticipant(message.key_hash, outcomes)


def encode_door(connect_id_hash: bytes) -> bytes:
    """b"" where there is nothing to be kept."""
    return store_pb2.StoredDoor(connect_id_hash=connect_id_hash).SerializeToString()


def decode_door(data: bytes) -> bytes:
    with refusing_garbage():
        return store_pb2.StoredDoor.FromString(data).connect_id_hash


def encode_blob_use(revision: int) -> bytes:
    return store_pb2.StoredBlob(revision=revision).SerializeToString()


def decode_blob_use(data: bytes) -> int:
    with refusing_garbage():
        return store_pb2.StoredBlob.FromString(data).revision
