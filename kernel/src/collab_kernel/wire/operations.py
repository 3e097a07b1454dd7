"""What commands and rows are made of: named values, targets, links, operations; to protobuf
and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from collab_kernel.core.commands import (
    Annotate,
    Connect,
    Create,
    Delete,
    Disconnect,
    Link,
    NamedValues,
    Operation,
    Register,
    Select,
    Set,
    Unlink,
)
from collab_kernel.core.events import SetValue
from collab_kernel.core.state import FollowTarget, LinkEnd, LinkKind, LinkRow
from collab_kernel.core.values import Input
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.values import fill_value, read_value
from collab_proto.v1 import session_pb2 as pb


def fill_named(messages: Any, values: NamedValues) -> None:
    """`messages`: a repeated field of NamedValue."""
    for name, value in values:
        message = messages.add()
        message.property = name
        fill_value(message.value, value)


def read_named(messages: Iterable[pb.NamedValue]) -> NamedValues:
    return tuple((m.property, read_value(m.value)) for m in messages)


def fill_target(message: pb.FollowTarget, target: FollowTarget) -> None:
    message.kind = int(target.kind)  # type: ignore[assignment]
    message.participant = target.participant
    message.chosen = target.chosen


def read_target(message: pb.FollowTarget) -> FollowTarget:
    return FollowTarget(FollowTarget.Kind(message.kind), message.participant, message.chosen)


def read_vector(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Three numbers. Raises RemoteProtocolError if they are not."""
    if len(numbers) != 3:
        raise RemoteProtocolError(f"{len(numbers)} numbers are no place: there are three to one")
    x, y, z = numbers
    return (x, y, z)


def fill_set_value(message: pb.SetValue, change: SetValue) -> None:
    message.proxy = change.proxy
    message.property = change.property
    if change.before is not None:
        fill_value(message.before, change.before)
    if change.after is not None:
        fill_value(message.after, change.after)


def read_set_value(message: pb.SetValue, with_before: bool = True) -> SetValue:
    return SetValue(
        message.proxy,
        message.property,
        read_value(message.before) if with_before and message.HasField("before") else None,
        read_value(message.after) if message.HasField("after") else None,
    )


def fill_link(message: pb.LinkRow, link: LinkRow) -> None:
    message.kind = int(link.kind)  # type: ignore[assignment]
    for end in link.ends:
        message.ends.add(proxy=end.proxy, property=end.property)


def read_link(message: pb.LinkRow) -> LinkRow:
    ends = tuple(LinkEnd(m.proxy, m.property) for m in message.ends)
    return LinkRow(LinkKind(message.kind), ends)


def fill_operation(message: pb.Operation, operation: Operation) -> None:
    match operation:
        case Create(id, group, type, name, values, owner):
            m = message.create
            m.proxy, m.group, m.type, m.owner = id, group, type, owner
            if name is not None:
                m.name = name
            fill_named(m.values, values)
        case Set(proxy, values):
            message.set.proxy = proxy
            fill_named(message.set.values, values)
        case Connect(proxy, property, element):
            c = message.connect
            c.proxy, c.property, c.element, c.port = proxy, property, element.proxy, element.port
        case Disconnect(proxy, property, element):
            d = message.disconnect
            d.proxy, d.property, d.element, d.port = proxy, property, element.proxy, element.port
        case Register(proxy, name):
            message.register.proxy, message.register.name = proxy, name
        case Delete(proxy):
            message.delete.proxy = proxy
        case Link(name, kind, ends):
            message.link.name = name
            fill_link(message.link.link, LinkRow(kind, ends))
        case Annotate(proxy, key, text):
            message.annotate.proxy, message.annotate.key = proxy, key
            if text is not None:
                message.annotate.text = text
        case Unlink(name):
            message.unlink.SetInParent()
            message.unlink.name = name
        case Select(source, selection):
            s = message.select
            s.proxy, s.port, s.selection = source.proxy, source.port, selection
        case _:
            assert_never(operation)


def read_operation(message: pb.Operation) -> Operation:
    match message.WhichOneof("kind"):
        case "create":
            m = message.create
            name = m.name if m.HasField("name") else None
            return Create(m.proxy, m.group, m.type, name, read_named(m.values), m.owner)
        case "set":
            return Set(message.set.proxy, read_named(message.set.values))
        case "connect":
            c = message.connect
            return Connect(c.proxy, c.property, Input(c.element, c.port))
        case "disconnect":
            d = message.disconnect
            return Disconnect(d.proxy, d.property, Input(d.element, d.port))
        case "register":
            return Register(message.register.proxy, message.register.name)
        case "delete":
            return Delete(message.delete.proxy)
        case "link":
            link = read_link(message.link.link)
            return Link(message.link.name, link.kind, link.ends)
        case "annotate":
            a = message.annotate
            return Annotate(a.proxy, a.key, a.text if a.HasField("text") else None)
        case "unlink":
            return Unlink(message.unlink.name)
        case "select":
            s = message.select
            return Select(Input(s.proxy, s.port), s.selection)
        case other:
            raise RemoteProtocolError(f"operation {other!r} is unknown here")
