from collab_proto.v1 import session_pb2 as _session_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StoredSnapshot(_message.Message):
    __slots__ = ("format", "slices", "done", "undone")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    UNDONE_FIELD_NUMBER: _ClassVar[int]
    format: int
    slices: _containers.RepeatedCompositeFieldContainer[_session_pb2.Snapshot]
    done: _containers.RepeatedCompositeFieldContainer[StoredEntry]
    undone: _containers.RepeatedCompositeFieldContainer[StoredEntry]
    def __init__(self, format: _Optional[int] = ..., slices: _Optional[_Iterable[_Union[_session_pb2.Snapshot, _Mapping]]] = ..., done: _Optional[_Iterable[_Union[StoredEntry, _Mapping]]] = ..., undone: _Optional[_Iterable[_Union[StoredEntry, _Mapping]]] = ...) -> None: ...

class StoredEntry(_message.Message):
    __slots__ = ("entry", "author", "undo_set", "changes", "size_bytes")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    UNDO_SET_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    entry: int
    author: int
    undo_set: int
    changes: _containers.RepeatedCompositeFieldContainer[_session_pb2.Change]
    size_bytes: int
    def __init__(self, entry: _Optional[int] = ..., author: _Optional[int] = ..., undo_set: _Optional[int] = ..., changes: _Optional[_Iterable[_Union[_session_pb2.Change, _Mapping]]] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class StoredParticipant(_message.Message):
    __slots__ = ("key_hash", "outcomes")
    KEY_HASH_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    key_hash: bytes
    outcomes: _containers.RepeatedCompositeFieldContainer[StoredOutcome]
    def __init__(self, key_hash: _Optional[bytes] = ..., outcomes: _Optional[_Iterable[_Union[StoredOutcome, _Mapping]]] = ...) -> None: ...

class StoredOutcome(_message.Message):
    __slots__ = ("request", "revision", "packet")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PACKET_FIELD_NUMBER: _ClassVar[int]
    request: int
    revision: int
    packet: bytes
    def __init__(self, request: _Optional[int] = ..., revision: _Optional[int] = ..., packet: _Optional[bytes] = ...) -> None: ...

class StoredDoor(_message.Message):
    __slots__ = ("connect_id_hash",)
    CONNECT_ID_HASH_FIELD_NUMBER: _ClassVar[int]
    connect_id_hash: bytes
    def __init__(self, connect_id_hash: _Optional[bytes] = ...) -> None: ...

class StoredBlob(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...
