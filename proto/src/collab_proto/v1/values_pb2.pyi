from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ValueKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VALUE_KIND_UNSPECIFIED: _ClassVar[ValueKind]
    VALUE_KIND_INT: _ClassVar[ValueKind]
    VALUE_KIND_DOUBLE: _ClassVar[ValueKind]
    VALUE_KIND_STRING: _ClassVar[ValueKind]
    VALUE_KIND_BOOL: _ClassVar[ValueKind]
    VALUE_KIND_PROXY: _ClassVar[ValueKind]
    VALUE_KIND_INPUT: _ClassVar[ValueKind]
    VALUE_KIND_BYTES: _ClassVar[ValueKind]

class Scope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_SHARED: _ClassVar[Scope]
    SCOPE_OWN: _ClassVar[Scope]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_OWNER: _ClassVar[Role]
    ROLE_COLLABORATOR: _ClassVar[Role]
    ROLE_VIEWER: _ClassVar[Role]
VALUE_KIND_UNSPECIFIED: ValueKind
VALUE_KIND_INT: ValueKind
VALUE_KIND_DOUBLE: ValueKind
VALUE_KIND_STRING: ValueKind
VALUE_KIND_BOOL: ValueKind
VALUE_KIND_PROXY: ValueKind
VALUE_KIND_INPUT: ValueKind
VALUE_KIND_BYTES: ValueKind
SCOPE_SHARED: Scope
SCOPE_OWN: Scope
ROLE_UNSPECIFIED: Role
ROLE_OWNER: Role
ROLE_COLLABORATOR: Role
ROLE_VIEWER: Role

class Value(_message.Message):
    __slots__ = ("kind", "integers", "doubles", "strings", "proxies", "ports", "data", "blob_sha256", "blob_bytes")
    KIND_FIELD_NUMBER: _ClassVar[int]
    INTEGERS_FIELD_NUMBER: _ClassVar[int]
    DOUBLES_FIELD_NUMBER: _ClassVar[int]
    STRINGS_FIELD_NUMBER: _ClassVar[int]
    PROXIES_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    BLOB_SHA256_FIELD_NUMBER: _ClassVar[int]
    BLOB_BYTES_FIELD_NUMBER: _ClassVar[int]
    kind: ValueKind
    integers: _containers.RepeatedScalarFieldContainer[int]
    doubles: _containers.RepeatedScalarFieldContainer[float]
    strings: _containers.RepeatedScalarFieldContainer[str]
    proxies: _containers.RepeatedScalarFieldContainer[int]
    ports: _containers.RepeatedScalarFieldContainer[int]
    data: bytes
    blob_sha256: bytes
    blob_bytes: int
    def __init__(self, kind: _Optional[_Union[ValueKind, str]] = ..., integers: _Optional[_Iterable[int]] = ..., doubles: _Optional[_Iterable[float]] = ..., strings: _Optional[_Iterable[str]] = ..., proxies: _Optional[_Iterable[int]] = ..., ports: _Optional[_Iterable[int]] = ..., data: _Optional[bytes] = ..., blob_sha256: _Optional[bytes] = ..., blob_bytes: _Optional[int] = ...) -> None: ...

class RangeDomain(_message.Message):
    __slots__ = ("minimum", "maximum")
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    minimum: float
    maximum: float
    def __init__(self, minimum: _Optional[float] = ..., maximum: _Optional[float] = ...) -> None: ...

class EnumerationEntry(_message.Message):
    __slots__ = ("value", "text")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    value: int
    text: str
    def __init__(self, value: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class EnumerationDomain(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[EnumerationEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[EnumerationEntry, _Mapping]]] = ...) -> None: ...

class TypeName(_message.Message):
    __slots__ = ("group", "type")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    group: str
    type: str
    def __init__(self, group: _Optional[str] = ..., type: _Optional[str] = ...) -> None: ...

class ProxyTypeDomain(_message.Message):
    __slots__ = ("types",)
    TYPES_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedCompositeFieldContainer[TypeName]
    def __init__(self, types: _Optional[_Iterable[_Union[TypeName, _Mapping]]] = ...) -> None: ...

class ArrayDomain(_message.Message):
    __slots__ = ("associations", "components")
    ASSOCIATIONS_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    associations: _containers.RepeatedScalarFieldContainer[str]
    components: int
    def __init__(self, associations: _Optional[_Iterable[str]] = ..., components: _Optional[int] = ...) -> None: ...

class BoundsDomain(_message.Message):
    __slots__ = ("mode",)
    MODE_FIELD_NUMBER: _ClassVar[int]
    mode: str
    def __init__(self, mode: _Optional[str] = ...) -> None: ...

class Domain(_message.Message):
    __slots__ = ("range", "enumeration", "proxy_types", "array", "bounds")
    RANGE_FIELD_NUMBER: _ClassVar[int]
    ENUMERATION_FIELD_NUMBER: _ClassVar[int]
    PROXY_TYPES_FIELD_NUMBER: _ClassVar[int]
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    range: RangeDomain
    enumeration: EnumerationDomain
    proxy_types: ProxyTypeDomain
    array: ArrayDomain
    bounds: BoundsDomain
    def __init__(self, range: _Optional[_Union[RangeDomain, _Mapping]] = ..., enumeration: _Optional[_Union[EnumerationDomain, _Mapping]] = ..., proxy_types: _Optional[_Union[ProxyTypeDomain, _Mapping]] = ..., array: _Optional[_Union[ArrayDomain, _Mapping]] = ..., bounds: _Optional[_Union[BoundsDomain, _Mapping]] = ...) -> None: ...

class PropertyDefinition(_message.Message):
    __slots__ = ("name", "label", "documentation", "kind", "number_of_elements", "default", "domains", "scope", "advanced", "sub_proxy", "file_name")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTATION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_OF_ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    DOMAINS_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ADVANCED_FIELD_NUMBER: _ClassVar[int]
    SUB_PROXY_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    label: str
    documentation: str
    kind: ValueKind
    number_of_elements: int
    default: Value
    domains: _containers.RepeatedCompositeFieldContainer[Domain]
    scope: Scope
    advanced: bool
    sub_proxy: TypeName
    file_name: bool
    def __init__(self, name: _Optional[str] = ..., label: _Optional[str] = ..., documentation: _Optional[str] = ..., kind: _Optional[_Union[ValueKind, str]] = ..., number_of_elements: _Optional[int] = ..., default: _Optional[_Union[Value, _Mapping]] = ..., domains: _Optional[_Iterable[_Union[Domain, _Mapping]]] = ..., scope: _Optional[_Union[Scope, str]] = ..., advanced: bool = ..., sub_proxy: _Optional[_Union[TypeName, _Mapping]] = ..., file_name: bool = ...) -> None: ...

class ProxyDefinition(_message.Message):
    __slots__ = ("group", "type", "label", "documentation", "output_ports", "properties", "file_extensions")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTATION_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PORTS_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    FILE_EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    group: str
    type: str
    label: str
    documentation: str
    output_ports: int
    properties: _containers.RepeatedCompositeFieldContainer[PropertyDefinition]
    file_extensions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, group: _Optional[str] = ..., type: _Optional[str] = ..., label: _Optional[str] = ..., documentation: _Optional[str] = ..., output_ports: _Optional[int] = ..., properties: _Optional[_Iterable[_Union[PropertyDefinition, _Mapping]]] = ..., file_extensions: _Optional[_Iterable[str]] = ...) -> None: ...
