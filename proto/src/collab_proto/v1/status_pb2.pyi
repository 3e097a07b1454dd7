from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Status(_message.Message):
    __slots__ = ("server", "uptime_s", "sessions", "metrics", "troubles")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    UPTIME_S_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    TROUBLES_FIELD_NUMBER: _ClassVar[int]
    server: str
    uptime_s: float
    sessions: _containers.RepeatedCompositeFieldContainer[SessionStatus]
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    troubles: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, server: _Optional[str] = ..., uptime_s: _Optional[float] = ..., sessions: _Optional[_Iterable[_Union[SessionStatus, _Mapping]]] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ..., troubles: _Optional[_Iterable[str]] = ...) -> None: ...

class SessionStatus(_message.Message):
    __slots__ = ("name", "participants", "connected", "revision", "proxies", "renderer", "renderer_trouble", "renderer_restarts", "store", "store_trouble", "waiting")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PROXIES_FIELD_NUMBER: _ClassVar[int]
    RENDERER_FIELD_NUMBER: _ClassVar[int]
    RENDERER_TROUBLE_FIELD_NUMBER: _ClassVar[int]
    RENDERER_RESTARTS_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    STORE_TROUBLE_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    name: str
    participants: int
    connected: int
    revision: int
    proxies: int
    renderer: str
    renderer_trouble: str
    renderer_restarts: int
    store: bool
    store_trouble: str
    waiting: int
    def __init__(self, name: _Optional[str] = ..., participants: _Optional[int] = ..., connected: _Optional[int] = ..., revision: _Optional[int] = ..., proxies: _Optional[int] = ..., renderer: _Optional[str] = ..., renderer_trouble: _Optional[str] = ..., renderer_restarts: _Optional[int] = ..., store: bool = ..., store_trouble: _Optional[str] = ..., waiting: _Optional[int] = ...) -> None: ...

class Metric(_message.Message):
    __slots__ = ("name", "kind", "help", "samples")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: str
    help: str
    samples: _containers.RepeatedCompositeFieldContainer[MetricSample]
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ..., help: _Optional[str] = ..., samples: _Optional[_Iterable[_Union[MetricSample, _Mapping]]] = ...) -> None: ...

class MetricSample(_message.Message):
    __slots__ = ("labels", "value", "buckets")
    LABELS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    labels: _containers.RepeatedCompositeFieldContainer[MetricLabel]
    value: float
    buckets: _containers.RepeatedCompositeFieldContainer[MetricBucket]
    def __init__(self, labels: _Optional[_Iterable[_Union[MetricLabel, _Mapping]]] = ..., value: _Optional[float] = ..., buckets: _Optional[_Iterable[_Union[MetricBucket, _Mapping]]] = ...) -> None: ...

class MetricLabel(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class MetricBucket(_message.Message):
    __slots__ = ("bound", "count")
    BOUND_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    bound: float
    count: int
    def __init__(self, bound: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...
