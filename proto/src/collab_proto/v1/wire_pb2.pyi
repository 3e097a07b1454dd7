from collab_proto.v1 import session_pb2 as _session_pb2
from collab_proto.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Hello(_message.Message):
    __slots__ = ("protocol_minimum", "protocol_maximum", "session", "name", "front_end", "token", "capabilities", "connect_id", "resume_participant", "resume_key", "seen_revision", "answered")
    PROTOCOL_MINIMUM_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    FRONT_END_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    CONNECT_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    RESUME_KEY_FIELD_NUMBER: _ClassVar[int]
    SEEN_REVISION_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    protocol_minimum: int
    protocol_maximum: int
    session: str
    name: str
    front_end: str
    token: str
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    connect_id: str
    resume_participant: int
    resume_key: str
    seen_revision: int
    answered: int
    def __init__(self, protocol_minimum: _Optional[int] = ..., protocol_maximum: _Optional[int] = ..., session: _Optional[str] = ..., name: _Optional[str] = ..., front_end: _Optional[str] = ..., token: _Optional[str] = ..., capabilities: _Optional[_Iterable[str]] = ..., connect_id: _Optional[str] = ..., resume_participant: _Optional[int] = ..., resume_key: _Optional[str] = ..., seen_revision: _Optional[int] = ..., answered: _Optional[int] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("protocol", "participant", "session", "collaborative", "server", "capabilities", "types", "heartbeat_s", "renderer", "resume_key", "resumed", "decided", "max_blob_bytes", "looking_back")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    COLLABORATIVE_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_S_FIELD_NUMBER: _ClassVar[int]
    RENDERER_FIELD_NUMBER: _ClassVar[int]
    RESUME_KEY_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    MAX_BLOB_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOOKING_BACK_FIELD_NUMBER: _ClassVar[int]
    protocol: int
    participant: int
    session: str
    collaborative: bool
    server: str
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    types: _containers.RepeatedCompositeFieldContainer[TypeInfo]
    heartbeat_s: float
    renderer: str
    resume_key: str
    resumed: bool
    decided: int
    max_blob_bytes: int
    looking_back: LookingBack
    def __init__(self, protocol: _Optional[int] = ..., participant: _Optional[int] = ..., session: _Optional[str] = ..., collaborative: bool = ..., server: _Optional[str] = ..., capabilities: _Optional[_Iterable[str]] = ..., types: _Optional[_Iterable[_Union[TypeInfo, _Mapping]]] = ..., heartbeat_s: _Optional[float] = ..., renderer: _Optional[str] = ..., resume_key: _Optional[str] = ..., resumed: bool = ..., decided: _Optional[int] = ..., max_blob_bytes: _Optional[int] = ..., looking_back: _Optional[_Union[LookingBack, _Mapping]] = ...) -> None: ...

class LookingBack(_message.Message):
    __slots__ = ("revision", "until", "author", "time_s")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    revision: int
    until: int
    author: str
    time_s: float
    def __init__(self, revision: _Optional[int] = ..., until: _Optional[int] = ..., author: _Optional[str] = ..., time_s: _Optional[float] = ...) -> None: ...

class TypeInfo(_message.Message):
    __slots__ = ("group", "type", "label", "file_extensions", "widgets")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    FILE_EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    WIDGETS_FIELD_NUMBER: _ClassVar[int]
    group: str
    type: str
    label: str
    file_extensions: _containers.RepeatedScalarFieldContainer[str]
    widgets: _containers.RepeatedCompositeFieldContainer[Widget]
    def __init__(self, group: _Optional[str] = ..., type: _Optional[str] = ..., label: _Optional[str] = ..., file_extensions: _Optional[_Iterable[str]] = ..., widgets: _Optional[_Iterable[_Union[Widget, _Mapping]]] = ...) -> None: ...

class Widget(_message.Message):
    __slots__ = ("kind", "properties")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    kind: str
    properties: _containers.RepeatedCompositeFieldContainer[WidgetProperty]
    def __init__(self, kind: _Optional[str] = ..., properties: _Optional[_Iterable[_Union[WidgetProperty, _Mapping]]] = ...) -> None: ...

class WidgetProperty(_message.Message):
    __slots__ = ("function", "property")
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    function: str
    property: str
    def __init__(self, function: _Optional[str] = ..., property: _Optional[str] = ...) -> None: ...

class Goodbye(_message.Message):
    __slots__ = ("failure",)
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    failure: Failure
    def __init__(self, failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("code", "text", "facts")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    code: str
    text: str
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    def __init__(self, code: _Optional[str] = ..., text: _Optional[str] = ..., facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ...) -> None: ...

class Fact(_message.Message):
    __slots__ = ("name", "integer", "text", "number")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INTEGER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    name: str
    integer: int
    text: str
    number: float
    def __init__(self, name: _Optional[str] = ..., integer: _Optional[int] = ..., text: _Optional[str] = ..., number: _Optional[float] = ...) -> None: ...

class Reply(_message.Message):
    __slots__ = ("request", "revision", "failure")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    request: int
    revision: int
    failure: Failure
    def __init__(self, request: _Optional[int] = ..., revision: _Optional[int] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class Presence(_message.Message):
    __slots__ = ("participant", "proxy", "serial", "values", "gone")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    PROXY_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    GONE_FIELD_NUMBER: _ClassVar[int]
    participant: int
    proxy: int
    serial: int
    values: _containers.RepeatedCompositeFieldContainer[_session_pb2.NamedValue]
    gone: bool
    def __init__(self, participant: _Optional[int] = ..., proxy: _Optional[int] = ..., serial: _Optional[int] = ..., values: _Optional[_Iterable[_Union[_session_pb2.NamedValue, _Mapping]]] = ..., gone: bool = ...) -> None: ...

class ArrayInformation(_message.Message):
    __slots__ = ("name", "association", "type", "components", "tuples", "minimum", "maximum")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ASSOCIATION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    TUPLES_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    name: str
    association: str
    type: str
    components: int
    tuples: int
    minimum: _containers.RepeatedScalarFieldContainer[float]
    maximum: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., association: _Optional[str] = ..., type: _Optional[str] = ..., components: _Optional[int] = ..., tuples: _Optional[int] = ..., minimum: _Optional[_Iterable[float]] = ..., maximum: _Optional[_Iterable[float]] = ...) -> None: ...

class DataInformation(_message.Message):
    __slots__ = ("type", "bounds", "points", "cells", "memory_bytes", "arrays", "time_steps", "extent")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    ARRAYS_FIELD_NUMBER: _ClassVar[int]
    TIME_STEPS_FIELD_NUMBER: _ClassVar[int]
    EXTENT_FIELD_NUMBER: _ClassVar[int]
    type: str
    bounds: _containers.RepeatedScalarFieldContainer[float]
    points: int
    cells: int
    memory_bytes: int
    arrays: _containers.RepeatedCompositeFieldContainer[ArrayInformation]
    time_steps: _containers.RepeatedScalarFieldContainer[float]
    extent: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, type: _Optional[str] = ..., bounds: _Optional[_Iterable[float]] = ..., points: _Optional[int] = ..., cells: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., arrays: _Optional[_Iterable[_Union[ArrayInformation, _Mapping]]] = ..., time_steps: _Optional[_Iterable[float]] = ..., extent: _Optional[_Iterable[int]] = ...) -> None: ...

class Derived(_message.Message):
    __slots__ = ("proxy", "revision", "ports", "failure")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    revision: int
    ports: _containers.RepeatedCompositeFieldContainer[DataInformation]
    failure: Failure
    def __init__(self, proxy: _Optional[int] = ..., revision: _Optional[int] = ..., ports: _Optional[_Iterable[_Union[DataInformation, _Mapping]]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("proxy", "fraction", "text")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    fraction: float
    text: str
    def __init__(self, proxy: _Optional[int] = ..., fraction: _Optional[float] = ..., text: _Optional[str] = ...) -> None: ...

class Camera(_message.Message):
    __slots__ = ("position", "focal_point", "view_up", "view_angle", "parallel_scale", "parallel_projection")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    FOCAL_POINT_FIELD_NUMBER: _ClassVar[int]
    VIEW_UP_FIELD_NUMBER: _ClassVar[int]
    VIEW_ANGLE_FIELD_NUMBER: _ClassVar[int]
    PARALLEL_SCALE_FIELD_NUMBER: _ClassVar[int]
    PARALLEL_PROJECTION_FIELD_NUMBER: _ClassVar[int]
    position: _containers.RepeatedScalarFieldContainer[float]
    focal_point: _containers.RepeatedScalarFieldContainer[float]
    view_up: _containers.RepeatedScalarFieldContainer[float]
    view_angle: float
    parallel_scale: float
    parallel_projection: bool
    def __init__(self, position: _Optional[_Iterable[float]] = ..., focal_point: _Optional[_Iterable[float]] = ..., view_up: _Optional[_Iterable[float]] = ..., view_angle: _Optional[float] = ..., parallel_scale: _Optional[float] = ..., parallel_projection: bool = ...) -> None: ...

class RenderImage(_message.Message):
    __slots__ = ("view", "width", "height", "format", "quality", "camera", "own_values", "stream", "key")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    OWN_VALUES_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    view: int
    width: int
    height: int
    format: str
    quality: int
    camera: Camera
    own_values: _containers.RepeatedCompositeFieldContainer[_session_pb2.NamedValue]
    stream: int
    key: bool
    def __init__(self, view: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., format: _Optional[str] = ..., quality: _Optional[int] = ..., camera: _Optional[_Union[Camera, _Mapping]] = ..., own_values: _Optional[_Iterable[_Union[_session_pb2.NamedValue, _Mapping]]] = ..., stream: _Optional[int] = ..., key: bool = ...) -> None: ...

class UpdatePipeline(_message.Message):
    __slots__ = ("proxy",)
    PROXY_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    def __init__(self, proxy: _Optional[int] = ...) -> None: ...

class FitCamera(_message.Message):
    __slots__ = ("view", "camera", "aspect")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    ASPECT_FIELD_NUMBER: _ClassVar[int]
    view: int
    camera: Camera
    aspect: float
    def __init__(self, view: _Optional[int] = ..., camera: _Optional[_Union[Camera, _Mapping]] = ..., aspect: _Optional[float] = ...) -> None: ...

class FetchData(_message.Message):
    __slots__ = ("proxy", "port")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    port: int
    def __init__(self, proxy: _Optional[int] = ..., port: _Optional[int] = ...) -> None: ...

class SaveData(_message.Message):
    __slots__ = ("proxy", "port", "file_name", "replace", "options")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    port: int
    file_name: str
    replace: bool
    options: _containers.RepeatedCompositeFieldContainer[_session_pb2.NamedValue]
    def __init__(self, proxy: _Optional[int] = ..., port: _Optional[int] = ..., file_name: _Optional[str] = ..., replace: bool = ..., options: _Optional[_Iterable[_Union[_session_pb2.NamedValue, _Mapping]]] = ...) -> None: ...

class ListFiles(_message.Message):
    __slots__ = ("path", "all")
    PATH_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    path: str
    all: bool
    def __init__(self, path: _Optional[str] = ..., all: bool = ...) -> None: ...

class FileEntry(_message.Message):
    __slots__ = ("name", "is_folder", "size_bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    IS_FOLDER_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    is_folder: bool
    size_bytes: int
    def __init__(self, name: _Optional[str] = ..., is_folder: bool = ..., size_bytes: _Optional[int] = ...) -> None: ...

class FileList(_message.Message):
    __slots__ = ("entries", "complete")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[FileEntry]
    complete: bool
    def __init__(self, entries: _Optional[_Iterable[_Union[FileEntry, _Mapping]]] = ..., complete: bool = ...) -> None: ...

class Pick(_message.Message):
    __slots__ = ("view", "x", "y", "width", "height", "camera")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    view: int
    x: float
    y: float
    width: int
    height: int
    camera: Camera
    def __init__(self, view: _Optional[int] = ..., x: _Optional[float] = ..., y: _Optional[float] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., camera: _Optional[_Union[Camera, _Mapping]] = ...) -> None: ...

class SelectOn(_message.Message):
    __slots__ = ("view", "rectangle", "association", "through", "width", "height", "camera")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    RECTANGLE_FIELD_NUMBER: _ClassVar[int]
    ASSOCIATION_FIELD_NUMBER: _ClassVar[int]
    THROUGH_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    view: int
    rectangle: _containers.RepeatedScalarFieldContainer[float]
    association: str
    through: bool
    width: int
    height: int
    camera: Camera
    def __init__(self, view: _Optional[int] = ..., rectangle: _Optional[_Iterable[float]] = ..., association: _Optional[str] = ..., through: bool = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., camera: _Optional[_Union[Camera, _Mapping]] = ...) -> None: ...

class SelectedData(_message.Message):
    __slots__ = ("data", "frustum", "complete")
    DATA_FIELD_NUMBER: _ClassVar[int]
    FRUSTUM_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    data: _containers.RepeatedCompositeFieldContainer[SelectedIds]
    frustum: _containers.RepeatedScalarFieldContainer[float]
    complete: bool
    def __init__(self, data: _Optional[_Iterable[_Union[SelectedIds, _Mapping]]] = ..., frustum: _Optional[_Iterable[float]] = ..., complete: bool = ...) -> None: ...

class SelectedIds(_message.Message):
    __slots__ = ("representation", "proxy", "port", "block", "ids")
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    representation: int
    proxy: int
    port: int
    block: int
    ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, representation: _Optional[int] = ..., proxy: _Optional[int] = ..., port: _Optional[int] = ..., block: _Optional[int] = ..., ids: _Optional[_Iterable[int]] = ...) -> None: ...

class FetchRows(_message.Message):
    __slots__ = ("proxy", "port", "association", "block", "first", "count", "columns", "sort_by", "component", "descending")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ASSOCIATION_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    SORT_BY_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    DESCENDING_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    port: int
    association: str
    block: int
    first: int
    count: int
    columns: _containers.RepeatedScalarFieldContainer[str]
    sort_by: str
    component: int
    descending: bool
    def __init__(self, proxy: _Optional[int] = ..., port: _Optional[int] = ..., association: _Optional[str] = ..., block: _Optional[int] = ..., first: _Optional[int] = ..., count: _Optional[int] = ..., columns: _Optional[_Iterable[str]] = ..., sort_by: _Optional[str] = ..., component: _Optional[int] = ..., descending: bool = ...) -> None: ...

class Rows(_message.Message):
    __slots__ = ("total", "ids", "columns", "names", "block", "blocks")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    total: int
    ids: _containers.RepeatedScalarFieldContainer[int]
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    names: _containers.RepeatedScalarFieldContainer[str]
    block: int
    blocks: _containers.RepeatedCompositeFieldContainer[Block]
    def __init__(self, total: _Optional[int] = ..., ids: _Optional[_Iterable[int]] = ..., columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., names: _Optional[_Iterable[str]] = ..., block: _Optional[int] = ..., blocks: _Optional[_Iterable[_Union[Block, _Mapping]]] = ...) -> None: ...

class Column(_message.Message):
    __slots__ = ("name", "type", "components", "numbers", "integers", "texts")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    INTEGERS_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    components: int
    numbers: _containers.RepeatedScalarFieldContainer[float]
    integers: _containers.RepeatedScalarFieldContainer[int]
    texts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., components: _Optional[int] = ..., numbers: _Optional[_Iterable[float]] = ..., integers: _Optional[_Iterable[int]] = ..., texts: _Optional[_Iterable[str]] = ...) -> None: ...

class Block(_message.Message):
    __slots__ = ("index", "name", "rows")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    index: int
    name: str
    rows: int
    def __init__(self, index: _Optional[int] = ..., name: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...

class ReadLog(_message.Message):
    __slots__ = ("after_revision", "most")
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    after_revision: int
    most: int
    def __init__(self, after_revision: _Optional[int] = ..., most: _Optional[int] = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("revision", "author", "author_name", "kind", "label", "time_s")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    revision: int
    author: int
    author_name: str
    kind: _session_pb2.EventKind
    label: str
    time_s: float
    def __init__(self, revision: _Optional[int] = ..., author: _Optional[int] = ..., author_name: _Optional[str] = ..., kind: _Optional[_Union[_session_pb2.EventKind, str]] = ..., label: _Optional[str] = ..., time_s: _Optional[float] = ...) -> None: ...

class Log(_message.Message):
    __slots__ = ("entries", "complete")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[LogEntry]
    complete: bool
    def __init__(self, entries: _Optional[_Iterable[_Union[LogEntry, _Mapping]]] = ..., complete: bool = ...) -> None: ...

class Invite(_message.Message):
    __slots__ = ("role",)
    ROLE_FIELD_NUMBER: _ClassVar[int]
    role: _values_pb2.Role
    def __init__(self, role: _Optional[_Union[_values_pb2.Role, str]] = ...) -> None: ...

class Invitation(_message.Message):
    __slots__ = ("token", "expires_s", "role")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_S_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    token: str
    expires_s: float
    role: _values_pb2.Role
    def __init__(self, token: _Optional[str] = ..., expires_s: _Optional[float] = ..., role: _Optional[_Union[_values_pb2.Role, str]] = ...) -> None: ...

class FetchBlob(_message.Message):
    __slots__ = ("sha256",)
    SHA256_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    def __init__(self, sha256: _Optional[bytes] = ...) -> None: ...

class BlobPart(_message.Message):
    __slots__ = ("sha256", "size_bytes", "offset", "data")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    size_bytes: int
    offset: int
    data: bytes
    def __init__(self, sha256: _Optional[bytes] = ..., size_bytes: _Optional[int] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class BlobStored(_message.Message):
    __slots__ = ("sha256", "stored_bytes", "failure")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    STORED_BYTES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    stored_bytes: int
    failure: Failure
    def __init__(self, sha256: _Optional[bytes] = ..., stored_bytes: _Optional[int] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class DescribeScene(_message.Message):
    __slots__ = ("view", "max_bytes")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    view: int
    max_bytes: int
    def __init__(self, view: _Optional[int] = ..., max_bytes: _Optional[int] = ...) -> None: ...

class FetchGeometry(_message.Message):
    __slots__ = ("sha256",)
    SHA256_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    def __init__(self, sha256: _Optional[bytes] = ...) -> None: ...

class ServerStatus(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Query(_message.Message):
    __slots__ = ("query", "render_image", "update_pipeline", "fit_camera", "fetch_data", "describe_type", "fetch_blob", "pick", "select_on", "save_data", "list_files", "read_log", "describe_scene", "fetch_geometry", "fetch_rows", "server_status", "invite")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    RENDER_IMAGE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_PIPELINE_FIELD_NUMBER: _ClassVar[int]
    FIT_CAMERA_FIELD_NUMBER: _ClassVar[int]
    FETCH_DATA_FIELD_NUMBER: _ClassVar[int]
    DESCRIBE_TYPE_FIELD_NUMBER: _ClassVar[int]
    FETCH_BLOB_FIELD_NUMBER: _ClassVar[int]
    PICK_FIELD_NUMBER: _ClassVar[int]
    SELECT_ON_FIELD_NUMBER: _ClassVar[int]
    SAVE_DATA_FIELD_NUMBER: _ClassVar[int]
    LIST_FILES_FIELD_NUMBER: _ClassVar[int]
    READ_LOG_FIELD_NUMBER: _ClassVar[int]
    DESCRIBE_SCENE_FIELD_NUMBER: _ClassVar[int]
    FETCH_GEOMETRY_FIELD_NUMBER: _ClassVar[int]
    FETCH_ROWS_FIELD_NUMBER: _ClassVar[int]
    SERVER_STATUS_FIELD_NUMBER: _ClassVar[int]
    INVITE_FIELD_NUMBER: _ClassVar[int]
    query: int
    render_image: RenderImage
    update_pipeline: UpdatePipeline
    fit_camera: FitCamera
    fetch_data: FetchData
    describe_type: DescribeType
    fetch_blob: FetchBlob
    pick: Pick
    select_on: SelectOn
    save_data: SaveData
    list_files: ListFiles
    read_log: ReadLog
    describe_scene: DescribeScene
    fetch_geometry: FetchGeometry
    fetch_rows: FetchRows
    server_status: ServerStatus
    invite: Invite
    def __init__(self, query: _Optional[int] = ..., render_image: _Optional[_Union[RenderImage, _Mapping]] = ..., update_pipeline: _Optional[_Union[UpdatePipeline, _Mapping]] = ..., fit_camera: _Optional[_Union[FitCamera, _Mapping]] = ..., fetch_data: _Optional[_Union[FetchData, _Mapping]] = ..., describe_type: _Optional[_Union[DescribeType, _Mapping]] = ..., fetch_blob: _Optional[_Union[FetchBlob, _Mapping]] = ..., pick: _Optional[_Union[Pick, _Mapping]] = ..., select_on: _Optional[_Union[SelectOn, _Mapping]] = ..., save_data: _Optional[_Union[SaveData, _Mapping]] = ..., list_files: _Optional[_Union[ListFiles, _Mapping]] = ..., read_log: _Optional[_Union[ReadLog, _Mapping]] = ..., describe_scene: _Optional[_Union[DescribeScene, _Mapping]] = ..., fetch_geometry: _Optional[_Union[FetchGeometry, _Mapping]] = ..., fetch_rows: _Optional[_Union[FetchRows, _Mapping]] = ..., server_status: _Optional[_Union[ServerStatus, _Mapping]] = ..., invite: _Optional[_Union[Invite, _Mapping]] = ...) -> None: ...

class DescribeType(_message.Message):
    __slots__ = ("type",)
    TYPE_FIELD_NUMBER: _ClassVar[int]
    type: _values_pb2.TypeName
    def __init__(self, type: _Optional[_Union[_values_pb2.TypeName, _Mapping]] = ...) -> None: ...

class CancelQuery(_message.Message):
    __slots__ = ("query",)
    QUERY_FIELD_NUMBER: _ClassVar[int]
    query: int
    def __init__(self, query: _Optional[int] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("query", "part", "last", "revision", "failure", "head")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    query: int
    part: bytes
    last: bool
    revision: int
    failure: Failure
    head: AnswerHead
    def __init__(self, query: _Optional[int] = ..., part: _Optional[bytes] = ..., last: bool = ..., revision: _Optional[int] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., head: _Optional[_Union[AnswerHead, _Mapping]] = ...) -> None: ...

class AnswerHead(_message.Message):
    __slots__ = ("format", "width", "height", "camera", "derived", "values", "hit")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    DERIVED_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    HIT_FIELD_NUMBER: _ClassVar[int]
    format: str
    width: int
    height: int
    camera: Camera
    derived: Derived
    values: _containers.RepeatedCompositeFieldContainer[_session_pb2.NamedValue]
    hit: Hit
    def __init__(self, format: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., camera: _Optional[_Union[Camera, _Mapping]] = ..., derived: _Optional[_Union[Derived, _Mapping]] = ..., values: _Optional[_Iterable[_Union[_session_pb2.NamedValue, _Mapping]]] = ..., hit: _Optional[_Union[Hit, _Mapping]] = ...) -> None: ...

class Hit(_message.Message):
    __slots__ = ("representation", "proxy", "port", "block", "point", "cell", "position", "association", "array", "numbers", "text")
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    POINT_FIELD_NUMBER: _ClassVar[int]
    CELL_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ASSOCIATION_FIELD_NUMBER: _ClassVar[int]
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    representation: int
    proxy: int
    port: int
    block: int
    point: int
    cell: int
    position: _containers.RepeatedScalarFieldContainer[float]
    association: str
    array: str
    numbers: _containers.RepeatedScalarFieldContainer[float]
    text: str
    def __init__(self, representation: _Optional[int] = ..., proxy: _Optional[int] = ..., port: _Optional[int] = ..., block: _Optional[int] = ..., point: _Optional[int] = ..., cell: _Optional[int] = ..., position: _Optional[_Iterable[float]] = ..., association: _Optional[str] = ..., array: _Optional[str] = ..., numbers: _Optional[_Iterable[float]] = ..., text: _Optional[str] = ...) -> None: ...

class Credit(_message.Message):
    __slots__ = ("packets",)
    PACKETS_FIELD_NUMBER: _ClassVar[int]
    packets: int
    def __init__(self, packets: _Optional[int] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("serial",)
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    serial: int
    def __init__(self, serial: _Optional[int] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("serial",)
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    serial: int
    def __init__(self, serial: _Optional[int] = ...) -> None: ...

class Watch(_message.Message):
    __slots__ = ("view", "width", "height", "formats", "full", "stop")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    FULL_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    view: int
    width: int
    height: int
    formats: _containers.RepeatedScalarFieldContainer[str]
    full: bool
    stop: bool
    def __init__(self, view: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., formats: _Optional[_Iterable[str]] = ..., full: bool = ..., stop: bool = ...) -> None: ...

class FrameShown(_message.Message):
    __slots__ = ("view", "serial")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    view: int
    serial: int
    def __init__(self, view: _Optional[int] = ..., serial: _Optional[int] = ...) -> None: ...

class Frame(_message.Message):
    __slots__ = ("view", "serial", "part", "last", "head", "failure", "ended")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    view: int
    serial: int
    part: bytes
    last: bool
    head: FrameHead
    failure: Failure
    ended: bool
    def __init__(self, view: _Optional[int] = ..., serial: _Optional[int] = ..., part: _Optional[bytes] = ..., last: bool = ..., head: _Optional[_Union[FrameHead, _Mapping]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., ended: bool = ...) -> None: ...

class FrameHead(_message.Message):
    __slots__ = ("revision", "whose", "presence", "format", "width", "height", "still", "key")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    WHOSE_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    STILL_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    revision: int
    whose: int
    presence: int
    format: str
    width: int
    height: int
    still: bool
    key: bool
    def __init__(self, revision: _Optional[int] = ..., whose: _Optional[int] = ..., presence: _Optional[int] = ..., format: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., still: bool = ..., key: bool = ...) -> None: ...

class ClientMessage(_message.Message):
    __slots__ = ("hello", "command", "presence", "query", "cancel_query", "credit", "ping", "pong", "goodbye", "blob_part", "watch", "frame_shown")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CANCEL_QUERY_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    BLOB_PART_FIELD_NUMBER: _ClassVar[int]
    WATCH_FIELD_NUMBER: _ClassVar[int]
    FRAME_SHOWN_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    command: _session_pb2.Command
    presence: Presence
    query: Query
    cancel_query: CancelQuery
    credit: Credit
    ping: Ping
    pong: Pong
    goodbye: Goodbye
    blob_part: BlobPart
    watch: Watch
    frame_shown: FrameShown
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., command: _Optional[_Union[_session_pb2.Command, _Mapping]] = ..., presence: _Optional[_Union[Presence, _Mapping]] = ..., query: _Optional[_Union[Query, _Mapping]] = ..., cancel_query: _Optional[_Union[CancelQuery, _Mapping]] = ..., credit: _Optional[_Union[Credit, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ..., blob_part: _Optional[_Union[BlobPart, _Mapping]] = ..., watch: _Optional[_Union[Watch, _Mapping]] = ..., frame_shown: _Optional[_Union[FrameShown, _Mapping]] = ...) -> None: ...

class ServerMessage(_message.Message):
    __slots__ = ("welcome", "snapshot", "event", "reply", "presence", "derived", "progress", "answer", "credit", "ping", "pong", "goodbye", "blob_stored", "frame")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    DERIVED_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    BLOB_STORED_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    snapshot: _session_pb2.Snapshot
    event: _session_pb2.Event
    reply: Reply
    presence: Presence
    derived: Derived
    progress: Progress
    answer: Answer
    credit: Credit
    ping: Ping
    pong: Pong
    goodbye: Goodbye
    blob_stored: BlobStored
    frame: Frame
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., snapshot: _Optional[_Union[_session_pb2.Snapshot, _Mapping]] = ..., event: _Optional[_Union[_session_pb2.Event, _Mapping]] = ..., reply: _Optional[_Union[Reply, _Mapping]] = ..., presence: _Optional[_Union[Presence, _Mapping]] = ..., derived: _Optional[_Union[Derived, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., credit: _Optional[_Union[Credit, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ..., blob_stored: _Optional[_Union[BlobStored, _Mapping]] = ..., frame: _Optional[_Union[Frame, _Mapping]] = ...) -> None: ...

class ClientPacket(_message.Message):
    __slots__ = ("messages",)
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[ClientMessage]
    def __init__(self, messages: _Optional[_Iterable[_Union[ClientMessage, _Mapping]]] = ...) -> None: ...

class ServerPacket(_message.Message):
    __slots__ = ("messages",)
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[ServerMessage]
    def __init__(self, messages: _Optional[_Iterable[_Union[ServerMessage, _Mapping]]] = ...) -> None: ...
