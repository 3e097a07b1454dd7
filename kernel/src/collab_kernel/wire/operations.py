"""Commands and their operations, to protobuf and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from collab_kernel.core.commands import (
    Chat,
    Command,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Follow,
    FollowEveryone,
    NamedValues,
    Operation,
    Promote,
    Redo,
    Register,
    Rename,
    Request,
    Set,
    SetHome,
    Sync,
    Undo,
)
from collab_kernel.core.values import Input
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.rows import fill_target, read_target
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
        case other:
            raise RemoteProtocolError(f"operation {other!r} is unknown here")


def fill_request(message: pb.Command, request: Request) -> None:
    message.request = request.number
    message.label = request.label
    message.undo_set = request.undo_set
    _fill_command(message, request.command)


def _fill_command(message: pb.Command, command: Command | Sync) -> None:
    match command:
        case Edit(operations):
            message.edit.SetInParent()
            for operation in operations:
                fill_operation(message.edit.operations.add(), operation)
        case Undo(mine):
            message.undo.SetInParent()
            message.undo.mine = mine
        case Redo():
            message.redo.SetInParent()
        case Chat(text):
            message.chat.SetInParent()
            message.chat.text = text
        case Rename(name):
            message.rename.SetInParent()
            message.rename.name = name
        case Promote(participant):
            message.promote.SetInParent()
            message.promote.participant = participant
        case Follow(target):
            fill_target(message.follow.target, target)
        case FollowEveryone(participant):
            message.follow_everyone.SetInParent()
            message.follow_everyone.participant = participant
        case Sync():
            message.sync.SetInParent()
        case SetHome(proxy, values):
            message.set_home.proxy = proxy
            fill_named(message.set_home.values, values)
        case _:
            assert_never(command)


def read_request(message: pb.Command) -> Request:
    return Request(message.request, _read_command(message), message.label, message.undo_set)


def _read_command(message: pb.Command) -> Command | Sync:
    match message.WhichOneof("kind"):
        case "edit":
            return Edit(tuple(map(read_operation, message.edit.operations)))
        case "undo":
            return Undo(message.undo.mine)
        case "redo":
            return Redo()
        case "chat":
            return Chat(message.chat.text)
        case "rename":
            return Rename(message.rename.name)
        case "promote":
            return Promote(message.promote.participant)
        case "follow":
            return Follow(read_target(message.follow.target))
        case "follow_everyone":
            return FollowEveryone(message.follow_everyone.participant)
        case "sync":
            return Sync()
        case "set_home":
            return SetHome(message.set_home.proxy, read_named(message.set_home.values))
        case other:
            raise RemoteProtocolError(f"command {other!r} is unknown here")
