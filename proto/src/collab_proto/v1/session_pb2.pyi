from collab_proto.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Table(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TABLE_UNSPECIFIED: _ClassVar[Table]
    TABLE_SESSION: _ClassVar[Table]
    TABLE_PARTICIPANTS: _ClassVar[Table]
    TABLE_REQUESTS: _ClassVar[Table]
    TABLE_POLICY: _ClassVar[Table]
    TABLE_DEFINITIONS: _ClassVar[Table]
    TABLE_PROXIES: _ClassVar[Table]
    TABLE_VALUES: _ClassVar[Table]
    TABLE_NAMES: _ClassVar[Table]
    TABLE_CHAT: _ClassVar[Table]
    TABLE_HISTORY: _ClassVar[Table]
    TABLE_QUARANTINE: _ClassVar[Table]
    TABLE_COUNTERS: _ClassVar[Table]
    TABLE_LINKS: _ClassVar[Table]
    TABLE_SELECTIONS: _ClassVar[Table]
    TABLE_TIME: _ClassVar[Table]
    TABLE_PROPOSALS: _ClassVar[Table]
    TABLE_PINS: _ClassVar[Table]
    TABLE_DOOR: _ClassVar[Table]
    TABLE_MUTES: _ClassVar[Table]
    TABLE_ANNOTATIONS: _ClassVar[Table]

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_EDIT: _ClassVar[EventKind]
    EVENT_KIND_UNDO: _ClassVar[EventKind]
    EVENT_KIND_REDO: _ClassVar[EventKind]
    EVENT_KIND_PEOPLE: _ClassVar[EventKind]
    EVENT_KIND_RIGHT: _ClassVar[EventKind]
    EVENT_KIND_CHAT: _ClassVar[EventKind]
    EVENT_KIND_HOME: _ClassVar[EventKind]
    EVENT_KIND_SYSTEM: _ClassVar[EventKind]
    EVENT_KIND_TIME: _ClassVar[EventKind]
    EVENT_KIND_PROPOSAL: _ClassVar[EventKind]
    EVENT_KIND_PIN: _ClassVar[EventKind]
TABLE_UNSPECIFIED: Table
TABLE_SESSION: Table
TABLE_PARTICIPANTS: Table
TABLE_REQUESTS: Table
TABLE_POLICY: Table
TABLE_DEFINITIONS: Table
TABLE_PROXIES: Table
TABLE_VALUES: Table
TABLE_NAMES: Table
TABLE_CHAT: Table
TABLE_HISTORY: Table
TABLE_QUARANTINE: Table
TABLE_COUNTERS: Table
TABLE_LINKS: Table
TABLE_SELECTIONS: Table
TABLE_TIME: Table
TABLE_PROPOSALS: Table
TABLE_PINS: Table
TABLE_DOOR: Table
TABLE_MUTES: Table
TABLE_ANNOTATIONS: Table
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_EDIT: EventKind
EVENT_KIND_UNDO: EventKind
EVENT_KIND_REDO: EventKind
EVENT_KIND_PEOPLE: EventKind
EVENT_KIND_RIGHT: EventKind
EVENT_KIND_CHAT: EventKind
EVENT_KIND_HOME: EventKind
EVENT_KIND_SYSTEM: EventKind
EVENT_KIND_TIME: EventKind
EVENT_KIND_PROPOSAL: EventKind
EVENT_KIND_PIN: EventKind

class SessionRow(_message.Message):
    __slots__ = ("name", "catalogue", "next_participant")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    name: str
    catalogue: str
    next_participant: int
    def __init__(self, name: _Optional[str] = ..., catalogue: _Optional[str] = ..., next_participant: _Optional[int] = ...) -> None: ...

class ParticipantRow(_message.Message):
    __slots__ = ("name", "role", "colour", "front_end", "transport", "following", "connected", "lost_at_s", "joined_at_s")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    FRONT_END_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    FOLLOWING_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    LOST_AT_S_FIELD_NUMBER: _ClassVar[int]
    JOINED_AT_S_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: _values_pb2.Role
    colour: str
    front_end: str
    transport: str
    following: FollowTarget
    connected: bool
    lost_at_s: float
    joined_at_s: float
    def __init__(self, name: _Optional[str] = ..., role: _Optional[_Union[_values_pb2.Role, str]] = ..., colour: _Optional[str] = ..., front_end: _Optional[str] = ..., transport: _Optional[str] = ..., following: _Optional[_Union[FollowTarget, _Mapping]] = ..., connected: bool = ..., lost_at_s: _Optional[float] = ..., joined_at_s: _Optional[float] = ...) -> None: ...

class FollowTarget(_message.Message):
    __slots__ = ("kind", "participant", "chosen")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_MASTER: _ClassVar[FollowTarget.Kind]
        KIND_NOBODY: _ClassVar[FollowTarget.Kind]
        KIND_PARTICIPANT: _ClassVar[FollowTarget.Kind]
    KIND_MASTER: FollowTarget.Kind
    KIND_NOBODY: FollowTarget.Kind
    KIND_PARTICIPANT: FollowTarget.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    kind: FollowTarget.Kind
    participant: int
    chosen: bool
    def __init__(self, kind: _Optional[_Union[FollowTarget.Kind, str]] = ..., participant: _Optional[int] = ..., chosen: bool = ...) -> None: ...

class RequestRow(_message.Message):
    __slots__ = ("decided",)
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    decided: int
    def __init__(self, decided: _Optional[int] = ...) -> None: ...

class CounterRow(_message.Message):
    __slots__ = ("newest",)
    NEWEST_FIELD_NUMBER: _ClassVar[int]
    newest: int
    def __init__(self, newest: _Optional[int] = ...) -> None: ...

class PolicyRow(_message.Message):
    __slots__ = ("participants", "text")
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    participants: _containers.RepeatedScalarFieldContainer[int]
    text: str
    def __init__(self, participants: _Optional[_Iterable[int]] = ..., text: _Optional[str] = ...) -> None: ...

class ProxyRow(_message.Message):
    __slots__ = ("group", "type", "name", "owner")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    group: str
    type: str
    name: str
    owner: int
    def __init__(self, group: _Optional[str] = ..., type: _Optional[str] = ..., name: _Optional[str] = ..., owner: _Optional[int] = ...) -> None: ...

class NameRow(_message.Message):
    __slots__ = ("proxy",)
    PROXY_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    def __init__(self, proxy: _Optional[int] = ...) -> None: ...

class ChatRow(_message.Message):
    __slots__ = ("author", "author_name", "text", "time_s")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    author: int
    author_name: str
    text: str
    time_s: float
    def __init__(self, author: _Optional[int] = ..., author_name: _Optional[str] = ..., text: _Optional[str] = ..., time_s: _Optional[float] = ...) -> None: ...

class HistoryRow(_message.Message):
    __slots__ = ("author", "author_name", "label", "time_s", "undo_set", "last_revision", "undone_at")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_NAME_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    UNDO_SET_FIELD_NUMBER: _ClassVar[int]
    LAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    UNDONE_AT_FIELD_NUMBER: _ClassVar[int]
    author: int
    author_name: str
    label: str
    time_s: float
    undo_set: int
    last_revision: int
    undone_at: int
    def __init__(self, author: _Optional[int] = ..., author_name: _Optional[str] = ..., label: _Optional[str] = ..., time_s: _Optional[float] = ..., undo_set: _Optional[int] = ..., last_revision: _Optional[int] = ..., undone_at: _Optional[int] = ...) -> None: ...

class QuarantineRow(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class LinkRow(_message.Message):
    __slots__ = ("kind", "ends")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[LinkRow.Kind]
        KIND_PROPERTY: _ClassVar[LinkRow.Kind]
        KIND_PROXY: _ClassVar[LinkRow.Kind]
        KIND_CAMERA: _ClassVar[LinkRow.Kind]
        KIND_VIEW: _ClassVar[LinkRow.Kind]
    KIND_UNSPECIFIED: LinkRow.Kind
    KIND_PROPERTY: LinkRow.Kind
    KIND_PROXY: LinkRow.Kind
    KIND_CAMERA: LinkRow.Kind
    KIND_VIEW: LinkRow.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENDS_FIELD_NUMBER: _ClassVar[int]
    kind: LinkRow.Kind
    ends: _containers.RepeatedCompositeFieldContainer[LinkEnd]
    def __init__(self, kind: _Optional[_Union[LinkRow.Kind, str]] = ..., ends: _Optional[_Iterable[_Union[LinkEnd, _Mapping]]] = ...) -> None: ...

class LinkEnd(_message.Message):
    __slots__ = ("proxy", "property")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    property: str
    def __init__(self, proxy: _Optional[int] = ..., property: _Optional[str] = ...) -> None: ...

class SelectionRow(_message.Message):
    __slots__ = ("selection",)
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    selection: int
    def __init__(self, selection: _Optional[int] = ...) -> None: ...

class TimeRow(_message.Message):
    __slots__ = ("time", "playing", "steps", "speed", "loop")
    TIME_FIELD_NUMBER: _ClassVar[int]
    PLAYING_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    time: float
    playing: bool
    steps: _containers.RepeatedScalarFieldContainer[float]
    speed: float
    loop: bool
    def __init__(self, time: _Optional[float] = ..., playing: bool = ..., steps: _Optional[_Iterable[float]] = ..., speed: _Optional[float] = ..., loop: bool = ...) -> None: ...

class ProposalRow(_message.Message):
    __slots__ = ("author", "author_name", "text", "time_s", "operations", "replaces", "replaces_rows")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    REPLACES_ROWS_FIELD_NUMBER: _ClassVar[int]
    author: int
    author_name: str
    text: str
    time_s: float
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    replaces: _containers.RepeatedCompositeFieldContainer[SetValue]
    replaces_rows: _containers.RepeatedCompositeFieldContainer[Put]
    def __init__(self, author: _Optional[int] = ..., author_name: _Optional[str] = ..., text: _Optional[str] = ..., time_s: _Optional[float] = ..., operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ..., replaces: _Optional[_Iterable[_Union[SetValue, _Mapping]]] = ..., replaces_rows: _Optional[_Iterable[_Union[Put, _Mapping]]] = ...) -> None: ...

class PinRow(_message.Message):
    __slots__ = ("author", "author_name", "text", "time_s", "position", "view", "values", "time")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    author: int
    author_name: str
    text: str
    time_s: float
    position: _containers.RepeatedScalarFieldContainer[float]
    view: int
    values: _containers.RepeatedCompositeFieldContainer[NamedValue]
    time: float
    def __init__(self, author: _Optional[int] = ..., author_name: _Optional[str] = ..., text: _Optional[str] = ..., time_s: _Optional[float] = ..., position: _Optional[_Iterable[float]] = ..., view: _Optional[int] = ..., values: _Optional[_Iterable[_Union[NamedValue, _Mapping]]] = ..., time: _Optional[float] = ...) -> None: ...

class DoorRow(_message.Message):
    __slots__ = ("locked_by", "connect_id")
    LOCKED_BY_FIELD_NUMBER: _ClassVar[int]
    CONNECT_ID_FIELD_NUMBER: _ClassVar[int]
    locked_by: str
    connect_id: bool
    def __init__(self, locked_by: _Optional[str] = ..., connect_id: bool = ...) -> None: ...

class AnnotationRow(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class MuteRow(_message.Message):
    __slots__ = ("chat", "pointers")
    CHAT_FIELD_NUMBER: _ClassVar[int]
    POINTERS_FIELD_NUMBER: _ClassVar[int]
    chat: bool
    pointers: bool
    def __init__(self, chat: bool = ..., pointers: bool = ...) -> None: ...

class Put(_message.Message):
    __slots__ = ("table", "key", "before", "after")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    table: Table
    key: bytes
    before: bytes
    after: bytes
    def __init__(self, table: _Optional[_Union[Table, str]] = ..., key: _Optional[bytes] = ..., before: _Optional[bytes] = ..., after: _Optional[bytes] = ...) -> None: ...

class SetValue(_message.Message):
    __slots__ = ("proxy", "property", "before", "after")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    property: str
    before: _values_pb2.Value
    after: _values_pb2.Value
    def __init__(self, proxy: _Optional[int] = ..., property: _Optional[str] = ..., before: _Optional[_Union[_values_pb2.Value, _Mapping]] = ..., after: _Optional[_Union[_values_pb2.Value, _Mapping]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("put", "set_value")
    PUT_FIELD_NUMBER: _ClassVar[int]
    SET_VALUE_FIELD_NUMBER: _ClassVar[int]
    put: Put
    set_value: SetValue
    def __init__(self, put: _Optional[_Union[Put, _Mapping]] = ..., set_value: _Optional[_Union[SetValue, _Mapping]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("revision", "author", "request", "kind", "label", "undo_set", "time_s", "changes")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    UNDO_SET_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    revision: int
    author: int
    request: int
    kind: EventKind
    label: str
    undo_set: int
    time_s: float
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    def __init__(self, revision: _Optional[int] = ..., author: _Optional[int] = ..., request: _Optional[int] = ..., kind: _Optional[_Union[EventKind, str]] = ..., label: _Optional[str] = ..., undo_set: _Optional[int] = ..., time_s: _Optional[float] = ..., changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ...) -> None: ...

class NamedValue(_message.Message):
    __slots__ = ("property", "value")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    property: str
    value: _values_pb2.Value
    def __init__(self, property: _Optional[str] = ..., value: _Optional[_Union[_values_pb2.Value, _Mapping]] = ...) -> None: ...

class CreateProxy(_message.Message):
    __slots__ = ("proxy", "group", "type", "name", "values", "owner")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    group: str
    type: str
    name: str
    values: _containers.RepeatedCompositeFieldContainer[NamedValue]
    owner: int
    def __init__(self, proxy: _Optional[int] = ..., group: _Optional[str] = ..., type: _Optional[str] = ..., name: _Optional[str] = ..., values: _Optional[_Iterable[_Union[NamedValue, _Mapping]]] = ..., owner: _Optional[int] = ...) -> None: ...

class SetProperties(_message.Message):
    __slots__ = ("proxy", "values")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    values: _containers.RepeatedCompositeFieldContainer[NamedValue]
    def __init__(self, proxy: _Optional[int] = ..., values: _Optional[_Iterable[_Union[NamedValue, _Mapping]]] = ...) -> None: ...

class ConnectProxy(_message.Message):
    __slots__ = ("proxy", "property", "element", "port")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    property: str
    element: int
    port: int
    def __init__(self, proxy: _Optional[int] = ..., property: _Optional[str] = ..., element: _Optional[int] = ..., port: _Optional[int] = ...) -> None: ...

class DisconnectProxy(_message.Message):
    __slots__ = ("proxy", "property", "element", "port")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    property: str
    element: int
    port: int
    def __init__(self, proxy: _Optional[int] = ..., property: _Optional[str] = ..., element: _Optional[int] = ..., port: _Optional[int] = ...) -> None: ...

class RegisterProxy(_message.Message):
    __slots__ = ("proxy", "name")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    name: str
    def __init__(self, proxy: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class DeleteProxy(_message.Message):
    __slots__ = ("proxy",)
    PROXY_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    def __init__(self, proxy: _Optional[int] = ...) -> None: ...

class LinkProxies(_message.Message):
    __slots__ = ("name", "link")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    name: str
    link: LinkRow
    def __init__(self, name: _Optional[str] = ..., link: _Optional[_Union[LinkRow, _Mapping]] = ...) -> None: ...

class UnlinkProxies(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class SelectData(_message.Message):
    __slots__ = ("proxy", "port", "selection")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    port: int
    selection: int
    def __init__(self, proxy: _Optional[int] = ..., port: _Optional[int] = ..., selection: _Optional[int] = ...) -> None: ...

class AnnotateProxy(_message.Message):
    __slots__ = ("proxy", "key", "text")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    key: str
    text: str
    def __init__(self, proxy: _Optional[int] = ..., key: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("create", "set", "connect", "disconnect", "register", "delete", "link", "unlink", "select", "annotate")
    CREATE_FIELD_NUMBER: _ClassVar[int]
    SET_FIELD_NUMBER: _ClassVar[int]
    CONNECT_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    UNLINK_FIELD_NUMBER: _ClassVar[int]
    SELECT_FIELD_NUMBER: _ClassVar[int]
    ANNOTATE_FIELD_NUMBER: _ClassVar[int]
    create: CreateProxy
    set: SetProperties
    connect: ConnectProxy
    disconnect: DisconnectProxy
    register: RegisterProxy
    delete: DeleteProxy
    link: LinkProxies
    unlink: UnlinkProxies
    select: SelectData
    annotate: AnnotateProxy
    def __init__(self, create: _Optional[_Union[CreateProxy, _Mapping]] = ..., set: _Optional[_Union[SetProperties, _Mapping]] = ..., connect: _Optional[_Union[ConnectProxy, _Mapping]] = ..., disconnect: _Optional[_Union[DisconnectProxy, _Mapping]] = ..., register: _Optional[_Union[RegisterProxy, _Mapping]] = ..., delete: _Optional[_Union[DeleteProxy, _Mapping]] = ..., link: _Optional[_Union[LinkProxies, _Mapping]] = ..., unlink: _Optional[_Union[UnlinkProxies, _Mapping]] = ..., select: _Optional[_Union[SelectData, _Mapping]] = ..., annotate: _Optional[_Union[AnnotateProxy, _Mapping]] = ...) -> None: ...

class Edit(_message.Message):
    __slots__ = ("operations",)
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    def __init__(self, operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ...) -> None: ...

class Undo(_message.Message):
    __slots__ = ("mine",)
    MINE_FIELD_NUMBER: _ClassVar[int]
    mine: bool
    def __init__(self, mine: bool = ...) -> None: ...

class Redo(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Chat(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class Rename(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class Promote(_message.Message):
    __slots__ = ("participant",)
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    participant: int
    def __init__(self, participant: _Optional[int] = ...) -> None: ...

class Follow(_message.Message):
    __slots__ = ("target",)
    TARGET_FIELD_NUMBER: _ClassVar[int]
    target: FollowTarget
    def __init__(self, target: _Optional[_Union[FollowTarget, _Mapping]] = ...) -> None: ...

class FollowEveryone(_message.Message):
    __slots__ = ("participant",)
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    participant: int
    def __init__(self, participant: _Optional[int] = ...) -> None: ...

class SetHome(_message.Message):
    __slots__ = ("proxy", "values")
    PROXY_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    values: _containers.RepeatedCompositeFieldContainer[NamedValue]
    def __init__(self, proxy: _Optional[int] = ..., values: _Optional[_Iterable[_Union[NamedValue, _Mapping]]] = ...) -> None: ...

class SetColour(_message.Message):
    __slots__ = ("colour",)
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    colour: str
    def __init__(self, colour: _Optional[str] = ...) -> None: ...

class RequestRight(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WithdrawRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DeclineRequest(_message.Message):
    __slots__ = ("participant",)
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    participant: int
    def __init__(self, participant: _Optional[int] = ...) -> None: ...

class Remove(_message.Message):
    __slots__ = ("participant", "reason")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    participant: int
    reason: str
    def __init__(self, participant: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class Lock(_message.Message):
    __slots__ = ("locked",)
    LOCKED_FIELD_NUMBER: _ClassVar[int]
    locked: bool
    def __init__(self, locked: bool = ...) -> None: ...

class SetConnectId(_message.Message):
    __slots__ = ("connect_id",)
    CONNECT_ID_FIELD_NUMBER: _ClassVar[int]
    connect_id: str
    def __init__(self, connect_id: _Optional[str] = ...) -> None: ...

class Mute(_message.Message):
    __slots__ = ("participant", "chat", "pointers")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    CHAT_FIELD_NUMBER: _ClassVar[int]
    POINTERS_FIELD_NUMBER: _ClassVar[int]
    participant: int
    chat: bool
    pointers: bool
    def __init__(self, participant: _Optional[int] = ..., chat: bool = ..., pointers: bool = ...) -> None: ...

class BringEveryone(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: int
    def __init__(self, view: _Optional[int] = ...) -> None: ...

class CancelWork(_message.Message):
    __slots__ = ("proxy",)
    PROXY_FIELD_NUMBER: _ClassVar[int]
    proxy: int
    def __init__(self, proxy: _Optional[int] = ...) -> None: ...

class Propose(_message.Message):
    __slots__ = ("operations", "text")
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    text: str
    def __init__(self, operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ..., text: _Optional[str] = ...) -> None: ...

class AcceptProposal(_message.Message):
    __slots__ = ("proposal", "anyway")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    ANYWAY_FIELD_NUMBER: _ClassVar[int]
    proposal: int
    anyway: bool
    def __init__(self, proposal: _Optional[int] = ..., anyway: bool = ...) -> None: ...

class DeclineProposal(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: int
    def __init__(self, proposal: _Optional[int] = ...) -> None: ...

class PlacePin(_message.Message):
    __slots__ = ("text", "position", "view", "values")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    text: str
    position: _containers.RepeatedScalarFieldContainer[float]
    view: int
    values: _containers.RepeatedCompositeFieldContainer[NamedValue]
    def __init__(self, text: _Optional[str] = ..., position: _Optional[_Iterable[float]] = ..., view: _Optional[int] = ..., values: _Optional[_Iterable[_Union[NamedValue, _Mapping]]] = ...) -> None: ...

class RemovePin(_message.Message):
    __slots__ = ("pin",)
    PIN_FIELD_NUMBER: _ClassVar[int]
    pin: int
    def __init__(self, pin: _Optional[int] = ...) -> None: ...

class GoTo(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: float
    def __init__(self, time: _Optional[float] = ...) -> None: ...

class Play(_message.Message):
    __slots__ = ("steps", "speed", "loop")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedScalarFieldContainer[float]
    speed: float
    loop: bool
    def __init__(self, steps: _Optional[_Iterable[float]] = ..., speed: _Optional[float] = ..., loop: bool = ...) -> None: ...

class Pause(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Sync(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Command(_message.Message):
    __slots__ = ("request", "label", "undo_set", "edit", "undo", "redo", "chat", "rename", "promote", "follow", "follow_everyone", "set_home", "sync", "set_colour", "request_right", "withdraw_request", "decline_request", "remove", "lock", "set_connect_id", "mute", "bring_everyone", "cancel_work", "propose", "accept_proposal", "decline_proposal", "place_pin", "remove_pin", "go_to", "play", "pause")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    UNDO_SET_FIELD_NUMBER: _ClassVar[int]
    EDIT_FIELD_NUMBER: _ClassVar[int]
    UNDO_FIELD_NUMBER: _ClassVar[int]
    REDO_FIELD_NUMBER: _ClassVar[int]
    CHAT_FIELD_NUMBER: _ClassVar[int]
    RENAME_FIELD_NUMBER: _ClassVar[int]
    PROMOTE_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_EVERYONE_FIELD_NUMBER: _ClassVar[int]
    SET_HOME_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    SET_COLOUR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_RIGHT_FIELD_NUMBER: _ClassVar[int]
    WITHDRAW_REQUEST_FIELD_NUMBER: _ClassVar[int]
    DECLINE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    LOCK_FIELD_NUMBER: _ClassVar[int]
    SET_CONNECT_ID_FIELD_NUMBER: _ClassVar[int]
    MUTE_FIELD_NUMBER: _ClassVar[int]
    BRING_EVERYONE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_WORK_FIELD_NUMBER: _ClassVar[int]
    PROPOSE_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    DECLINE_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    PLACE_PIN_FIELD_NUMBER: _ClassVar[int]
    REMOVE_PIN_FIELD_NUMBER: _ClassVar[int]
    GO_TO_FIELD_NUMBER: _ClassVar[int]
    PLAY_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    request: int
    label: str
    undo_set: int
    edit: Edit
    undo: Undo
    redo: Redo
    chat: Chat
    rename: Rename
    promote: Promote
    follow: Follow
    follow_everyone: FollowEveryone
    set_home: SetHome
    sync: Sync
    set_colour: SetColour
    request_right: RequestRight
    withdraw_request: WithdrawRequest
    decline_request: DeclineRequest
    remove: Remove
    lock: Lock
    set_connect_id: SetConnectId
    mute: Mute
    bring_everyone: BringEveryone
    cancel_work: CancelWork
    propose: Propose
    accept_proposal: AcceptProposal
    decline_proposal: DeclineProposal
    place_pin: PlacePin
    remove_pin: RemovePin
    go_to: GoTo
    play: Play
    pause: Pause
    def __init__(self, request: _Optional[int] = ..., label: _Optional[str] = ..., undo_set: _Optional[int] = ..., edit: _Optional[_Union[Edit, _Mapping]] = ..., undo: _Optional[_Union[Undo, _Mapping]] = ..., redo: _Optional[_Union[Redo, _Mapping]] = ..., chat: _Optional[_Union[Chat, _Mapping]] = ..., rename: _Optional[_Union[Rename, _Mapping]] = ..., promote: _Optional[_Union[Promote, _Mapping]] = ..., follow: _Optional[_Union[Follow, _Mapping]] = ..., follow_everyone: _Optional[_Union[FollowEveryone, _Mapping]] = ..., set_home: _Optional[_Union[SetHome, _Mapping]] = ..., sync: _Optional[_Union[Sync, _Mapping]] = ..., set_colour: _Optional[_Union[SetColour, _Mapping]] = ..., request_right: _Optional[_Union[RequestRight, _Mapping]] = ..., withdraw_request: _Optional[_Union[WithdrawRequest, _Mapping]] = ..., decline_request: _Optional[_Union[DeclineRequest, _Mapping]] = ..., remove: _Optional[_Union[Remove, _Mapping]] = ..., lock: _Optional[_Union[Lock, _Mapping]] = ..., set_connect_id: _Optional[_Union[SetConnectId, _Mapping]] = ..., mute: _Optional[_Union[Mute, _Mapping]] = ..., bring_everyone: _Optional[_Union[BringEveryone, _Mapping]] = ..., cancel_work: _Optional[_Union[CancelWork, _Mapping]] = ..., propose: _Optional[_Union[Propose, _Mapping]] = ..., accept_proposal: _Optional[_Union[AcceptProposal, _Mapping]] = ..., decline_proposal: _Optional[_Union[DeclineProposal, _Mapping]] = ..., place_pin: _Optional[_Union[PlacePin, _Mapping]] = ..., remove_pin: _Optional[_Union[RemovePin, _Mapping]] = ..., go_to: _Optional[_Union[GoTo, _Mapping]] = ..., play: _Optional[_Union[Play, _Mapping]] = ..., pause: _Optional[_Union[Pause, _Mapping]] = ...) -> None: ...

class SnapshotRow(_message.Message):
    __slots__ = ("table", "key", "row")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    table: Table
    key: bytes
    row: bytes
    def __init__(self, table: _Optional[_Union[Table, str]] = ..., key: _Optional[bytes] = ..., row: _Optional[bytes] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("revision", "rows", "last")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    revision: int
    rows: _containers.RepeatedCompositeFieldContainer[SnapshotRow]
    last: bool
    def __init__(self, revision: _Optional[int] = ..., rows: _Optional[_Iterable[_Union[SnapshotRow, _Mapping]]] = ..., last: bool = ...) -> None: ...
