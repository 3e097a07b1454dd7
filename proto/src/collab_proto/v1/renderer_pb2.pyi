from collab_proto.v1 import session_pb2 as _session_pb2
from collab_proto.v1 import wire_pb2 as _wire_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ToRenderer(_message.Message):
    __slots__ = ("snapshot", "event", "query", "cancel_query", "cancel", "show_time", "content", "ping")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CANCEL_QUERY_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    SHOW_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    snapshot: _session_pb2.Snapshot
    event: _session_pb2.Event
    query: _wire_pb2.Query
    cancel_query: _wire_pb2.CancelQuery
    cancel: Cancel
    show_time: ShowTime
    content: Content
    ping: _wire_pb2.Ping
    def __init__(self, snapshot: _Optional[_Union[_session_pb2.Snapshot, _Mapping]] = ..., event: _Optional[_Union[_session_pb2.Event, _Mapping]] = ..., query: _Optional[_Union[_wire_pb2.Query, _Mapping]] = ..., cancel_query: _Optional[_Union[_wire_pb2.CancelQuery, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ..., show_time: _Optional[_Union[ShowTime, _Mapping]] = ..., content: _Optional[_Union[Content, _Mapping]] = ..., ping: _Optional[_Union[_wire_pb2.Ping, _Mapping]] = ...) -> None: ...

class Content(_message.Message):
    __slots__ = ("sha256", "data")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    data: bytes
    def __init__(self, sha256: _Optional[bytes] = ..., data: _Optional[bytes] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ("proxy",)
    PROXY_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    def __init__(self, proxy: _Optional[int] = ...) -> None: ...

class ShowTime(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: float
    def __init__(self, time: _Optional[float] = ...) -> None: ...

class FromRenderer(_message.Message):
    __slots__ = ("ready", "working", "derived", "progress", "answer", "failed", "time_shown", "pong")
    READY_FIELD_NUMBER: _ClassVar[int]
    WORKING_FIELD_NUMBER: _ClassVar[int]
    DERIVED_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    TIME_SHOWN_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    ready: Ready
    working: Working
    derived: _wire_pb2.Derived
    progress: _wire_pb2.Progress
    answer: _wire_pb2.Answer
    failed: Failed
    time_shown: TimeShown
    pong: _wire_pb2.Pong
    def __init__(self, ready: _Optional[_Union[Ready, _Mapping]] = ..., working: _Optional[_Union[Working, _Mapping]] = ..., derived: _Optional[_Union[_wire_pb2.Derived, _Mapping]] = ..., progress: _Optional[_Union[_wire_pb2.Progress, _Mapping]] = ..., answer: _Optional[_Union[_wire_pb2.Answer, _Mapping]] = ..., failed: _Optional[_Union[Failed, _Mapping]] = ..., time_shown: _Optional[_Union[TimeShown, _Mapping]] = ..., pong: _Optional[_Union[_wire_pb2.Pong, _Mapping]] = ...) -> None: ...

class Ready(_message.Message):
    __slots__ = ("engine", "video")
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    engine: str
    video: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, engine: _Optional[str] = ..., video: _Optional[_Iterable[str]] = ...) -> None: ...

class Working(_message.Message):
    __slots__ = ("proxy",)
    PROXY_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    def __init__(self, proxy: _Optional[int] = ...) -> None: ...

class Failed(_message.Message):
    __slots__ = ("failure",)
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    failure: _wire_pb2.Failure
    def __init__(self, failure: _Optional[_Union[_wire_pb2.Failure, _Mapping]] = ...) -> None: ...

class TimeShown(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: float
    def __init__(self, time: _Optional[float] = ...) -> None: ...
