"""Values and definitions, to protobuf and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from collab_kernel.core.definitions import (
    ArrayDomain,
    BoundsDomain,
    Domain,
    EnumerationDomain,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
    TypeKey,
)
from collab_kernel.core.values import Blob, Element, Input, Kind, Value
from collab_kernel.errors import RemoteProtocolError
from collab_proto.v1 import values_pb2 as pb

SHA256_BYTES = 32
BLOB_KINDS = frozenset({Kind.INT, Kind.DOUBLE, Kind.STRING, Kind.BOOL, Kind.BYTES})


def fill_value(message: pb.Value, value: Value) -> None:
    kind, elements = value.kind, value.elements
    message.kind = int(kind)  # type: ignore[assignment]  # the enumeration's own number
    if value.blob is not None:
        message.blob_sha256, message.blob_bytes = value.blob.sha256, value.blob.size_bytes
    elif kind is Kind.DOUBLE:
        message.doubles.extend(elements)  # type: ignore[arg-type]
    elif kind is Kind.INT:
        message.integers.extend(elements)  # type: ignore[arg-type]
    elif kind is Kind.BOOL:
        message.integers.extend([1 if element else 0 for element in elements])
    elif kind is Kind.STRING:
        message.strings.extend(elements)  # type: ignore[arg-type]
    elif kind is Kind.PROXY:
        message.proxies.extend(elements)  # type: ignore[arg-type]
    elif kind is Kind.INPUT:
        for element in elements:
            assert isinstance(element, Input)
            message.proxies.append(element.proxy)
            message.ports.append(element.port)
    elif elements:
        message.data = elements[0]  # type: ignore[assignment]


def read_value(message: pb.Value) -> Value:
    """Raises RemoteProtocolError for a kind that this version doesn't know."""
    kind = int(message.kind)
    elements: Iterable[Element]
    if message.blob_sha256 or message.blob_bytes:
        return _read_blob(message)
    if kind == Kind.DOUBLE:
        elements = message.doubles
    elif kind == Kind.INT:
        elements = message.integers
    elif kind == Kind.BOOL:
        elements = map(bool, message.integers)
    elif kind == Kind.STRING:
        elements = message.strings
    elif kind == Kind.PROXY:
        elements = message.proxies
    elif kind == Kind.INPUT:
        if len(message.proxies) != len(message.ports):
            raise RemoteProtocolError("an input value needs as many ports as proxies")
        elements = map(Input, message.proxies, message.ports)
    elif kind == Kind.BYTES:
        elements = (message.data,)
    else:
        raise RemoteProtocolError(f"values of kind {kind} are unknown here")
    return Value(Kind(kind), tuple(elements))


_ELEMENTS = ("integers", "doubles", "strings", "proxies", "ports", "data")


def _read_blob(message: pb.Value) -> Value:
    if len(message.blob_sha256) != SHA256_BYTES or not message.blob_bytes:
        raise RemoteProtocolError("a blob needs a SHA-256 and a length")
    if int(message.kind) not in BLOB_KINDS or any(getattr(message, name) for name in _ELEMENTS):
        raise RemoteProtocolError("a value with a blob has no elements, and no references")
    return Value(Kind(message.kind), blob=Blob(message.blob_sha256, message.blob_bytes))


# -- definitions ---------------------------------------------------------------------------


def _fill_type(message: pb.TypeName, key: TypeKey) -> None:
    message.group, message.type = key


def _fill_domain(message: pb.Domain, domain: Domain) -> None:
    match domain:
        case RangeDomain(minimum, maximum):
            message.range.SetInParent()
            if minimum is not None:
                message.range.minimum = minimum
            if maximum is not None:
                message.range.maximum = maximum
        case EnumerationDomain(entries):
            message.enumeration.SetInParent()
            for value, text in entries:
                message.enumeration.entries.add(value=value, text=text)
        case ProxyTypeDomain(types):
            message.proxy_types.SetInParent()
            for key in types:
                _fill_type(message.proxy_types.types.add(), key)
        case ArrayDomain(associations, components):
            message.array.associations.extend(associations)
            message.array.components = components
            message.array.SetInParent()
        case BoundsDomain(mode):
            message.bounds.mode = mode
            message.bounds.SetInParent()
        case _:
            assert_never(domain)


def _read_domain(message: pb.Domain) -> Domain | None:
    """None for a domain that this version doesn't know: then it advises nobody."""
    match message.WhichOneof("kind"):
        case "range":
            r = message.range
            return RangeDomain(
                r.minimum if r.HasField("minimum") else None,
                r.maximum if r.HasField("maximum") else None,
            )
        case "enumeration":
            return EnumerationDomain(tuple((e.value, e.text) for e in message.enumeration.entries))
        case "proxy_types":
            return ProxyTypeDomain(tuple((t.group, t.type) for t in message.proxy_types.types))
        case "array":
            return ArrayDomain(tuple(message.array.associations), message.array.components)
        case "bounds":
            return BoundsDomain(message.bounds.mode)
        case _:
            return None


def _fill_property(message: pb.PropertyDefinition, definition: PropertyDefinition) -> None:
    message.name = definition.name
    message.label = definition.label
    message.documentation = definition.documentation
    message.kind = int(definition.kind)  # type: ignore[assignment]
    message.number_of_elements = definition.number_of_elements
    fill_value(message.default, definition.default)
    for domain in definition.domains:
        _fill_domain(message.domains.add(), domain)
    message.scope = int(definition.scope)  # type: ignore[assignment]
    message.advanced = definition.advanced
    if definition.sub_proxy is not None:
        _fill_type(message.sub_proxy, definition.sub_proxy)
    message.file_name = definition.file_name


def _read_property(message: pb.PropertyDefinition) -> PropertyDefinition:
    return PropertyDefinition(
        name=message.name,
        kind=Kind(message.kind),
        default=read_value(message.default),
        number_of_elements=message.number_of_elements,
        label=message.label,
        documentation=message.documentation,
        domains=tuple(d for d in map(_read_domain, message.domains) if d is not None),
        scope=Scope(message.scope),
        advanced=message.advanced,
        sub_proxy=(message.sub_proxy.group, message.sub_proxy.type)
        if message.HasField("sub_proxy")
        else None,
        file_name=message.file_name,
    )


def fill_definition(message: pb.ProxyDefinition, definition: ProxyDefinition) -> None:
    message.group = definition.group
    message.type = definition.type
    message.label = definition.label
    message.documentation = definition.documentation
    message.output_ports = definition.output_ports
    for property in definition.properties:
        _fill_property(message.properties.add(), property)
    message.file_extensions.extend(definition.file_extensions)


def read_definition(message: pb.ProxyDefinition) -> ProxyDefinition:
    return ProxyDefinition(
        group=message.group,
        type=message.type,
        label=message.label,
        documentation=message.documentation,
        output_ports=message.output_ports,
        properties=tuple(map(_read_property, message.properties)),
        file_extensions=tuple(message.file_extensions),
    )


def encode_definition(definition: ProxyDefinition) -> bytes:
    message = pb.ProxyDefinition()
    fill_definition(message, definition)
    return message.SerializeToString()


def decode_definition(data: bytes) -> ProxyDefinition:
    return read_definition(pb.ProxyDefinition.FromString(data))
