"""Packets that are well formed and mean no good, and some that are not: one for each seed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import Any

from collab_kernel.core.commands import Lock, Remove, Request, SetConnectId
from collab_kernel.core.messages import Goodbye, Hello
from collab_kernel.errors import CollabError, RemoteProtocolError
from collab_kernel.wire.packets import client_messages
from collab_proto.v1 import session_pb2, values_pb2, wire_pb2

EDGES = (0, 1, 2, 3, 255, 2**16, 2**31 - 1, 2**32 - 1)
LARGE = (2**32, 2**32 + 1, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1)
SIGNED = (0, 1, -1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 1.0, -1e308, 5e-324, math.inf, -math.inf, math.nan)
TEXTS = (
    *(
        "",
        " ",
        "\0",
        "\x1b[2J\x07",
        "\n\r\n",
        "\u202egnp.exe",
        "\ufeff",
        "\u0301" * 50,
        "🌋" * 9_000,
    ),
    *("a" * 256, "x" * 65_536, "../../etc/passwd", "/etc/passwd\0.vtu", "%s%n{0}", "main", "Ada"),
)
GROUPS = ("sources", "filters", "views", "representations", "lookup_tables", "animation", "")
TYPES = (
    *("SphereSource", "ConeSource", "Contour", "Cut", "Plane", "ShrinkFilter", "RenderView"),
    *("PVLookupTable", "GeometryRepresentation", "XMLUnstructuredGridReader", "ProgrammableFilter"),
)
PROPERTIES = (
    *("Radius", "Center", "ThetaResolution", "Input", "ContourValues", "CutFunction", "FileName"),
    *("CameraPosition", "CameraViewAngle", "Representations", "RGBPoints", "LookupTable"),
)
COMMANDS, OPERATIONS, QUERIES = (
    tuple(field.name for field in message.DESCRIPTOR.oneofs_by_name["kind"].fields)
    for message in (session_pb2.Command, session_pb2.Operation, wire_pb2.Query)
)
MAX_PACKET_BYTES = 200_000
"""Of one of these: what is larger has a test of its own."""


def packet(seed: int, me: int, known: tuple[int, ...], numbers: Iterator[int]) -> bytes:
    """The packet of a seed. me: who sends it.  known: ids of proxies and participants that there
    are.  numbers: rising ones, for requests and for ids, which are dropped if they don't."""
    random = Random(seed)
    whole = wire_pb2.ClientPacket()
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        _fill(whole.messages.add(), _Chooser(random, me, known, numbers))
    data = whole.SerializeToString()[:MAX_PACKET_BYTES]
    return _mutated(data, random) if random.random() < 0.1 else data


def fate(data: bytes) -> type[CollabError] | None:
    """How a connection over which a participant sends this ends; None: it goes on."""
    try:
        messages = list(client_messages(data))
    except RemoteProtocolError:
        return RemoteProtocolError
    for message in messages:
        if isinstance(message, Hello):
            return RemoteProtocolError  # a second one
        if isinstance(message, Goodbye):
            return CollabError  # whatever reason it gives
    return None


def shuts_out(data: bytes) -> bool:
    """Whether a master who sends this might shut out the others of a test."""
    try:
        messages = list(client_messages(data))
    except CollabError:
        return False
    commands = [message.command for message in messages if isinstance(message, Request)]
    return any(isinstance(command, Lock | Remove | SetConnectId) for command in commands)


def _mutated(data: bytes, random: Random) -> bytes:
    """Some bytes changed, cut out or put in: invalid UTF-8, lengths that lie, unknown fields."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(changed) + 1)
        kind = random.randrange(3)
        if kind == 0:
            changed[at:at] = random.randbytes(random.randint(1, 9))
        elif kind == 1:
            del changed[at : at + random.randint(1, 9)]
        elif at < len(changed):
            changed[at] = random.randrange(256)
    return bytes(changed)


class _Chooser:
    """Values of each kind, hostile ones more often than not."""

    def __init__(
        self, random: Random, me: int, known: tuple[int, ...], numbers: Iterator[int]
    ) -> None:
        self.random = random
        self._me, self._known, self._numbers = me, known, numbers
        self.chance = random.random
        self.of = random.choice

    def number(self) -> int:
        return self.of(EDGES) if self.chance() < 0.6 else self.of(LARGE)

    def small(self) -> int:
        return self.of(EDGES)

    def id(self) -> int:
        return self.of(self._known) if self.chance() < 0.6 else self.number()

    def new_id(self) -> int:
        """One's own next, or somebody else's."""
        return (self._me << 32) + self.rising() if self.chance() < 0.9 else self.id() ^ 1

    def rising(self) -> int:
        return next(self._numbers)

    def text(self, *usual: str) -> str:
        return self.of(usual) if usual and self.chance() < 0.7 else self.of(TEXTS)

    def count(self) -> int:
        return self.of((0, 1, 1, 1, 2, 3, 6, 100, 2_000)) if self.chance() < 0.5 else 1


def _fill_value(m: values_pb2.Value, c: _Chooser) -> None:
    kind = c.of((1, 2, 3, 4, 5, 6, 7)) if c.chance() < 0.98 else c.of((0, 8, 99, -1, 2**31 - 1))
    m.kind = kind  # type: ignore[assignment]
    n = c.count()
    if kind in (1, 4) or c.chance() < 0.05:
        m.integers.extend(c.of(SIGNED) for _ in range(n))
    if kind == 2 or c.chance() < 0.05:
        m.doubles.extend(c.of(DOUBLES) for _ in range(n))
    if kind == 3 or c.chance() < 0.05:
        m.strings.extend(c.text("POINTS", "RTData") for _ in range(min(n, 3)))
    if kind in (5, 6) or c.chance() < 0.05:
        m.proxies.extend(c.id() for _ in range(n))
    if kind == 6:
        m.ports.extend(c.small() for _ in range(n if c.chance() < 0.8 else n + 1))
    if kind == 7 or c.chance() < 0.02:
        m.data = c.random.randbytes(c.of((0, 1, 1000, 65_536, 65_537)))


def _fill_named(messages: Any, c: _Chooser) -> None:
    for _ in range(c.of((0, 1, 1, 1, 2, 4))):
        m = messages.add(property=c.text(*PROPERTIES))
        _fill_value(m.value, c)


def _fill_operation(m: session_pb2.Operation, c: _Chooser) -> None:
    kind = c.of(("create", "create", *OPERATIONS, ""))
    if kind == "create":
        m.create.proxy = c.new_id() if c.chance() < 0.7 else c.id()
        m.create.group, m.create.type = c.text(*GROUPS), c.text(*TYPES)
        if c.chance() < 0.3:
            m.create.name = c.text("Sphere1")
        if c.chance() < 0.1:
            m.create.owner = m.create.proxy if c.chance() < 0.3 else c.id()
        _fill_named(m.create.values, c)
    elif kind == "set":
        m.set.proxy = c.id()
        _fill_named(m.set.values, c)
    elif kind in ("connect", "disconnect"):
        link = m.connect if kind == "connect" else m.disconnect
        link.proxy, link.property = c.id(), c.text(*PROPERTIES)
        link.element = link.proxy if c.chance() < 0.2 else c.id()  # or itself
        link.port = c.small()
    elif kind == "register":
        m.register.proxy, m.register.name = c.id(), c.text("Sphere1")
    elif kind:
        _fill_any(getattr(m, kind), c)


def _fill_command(m: session_pb2.Command, c: _Chooser) -> None:
    m.request = c.rising() if c.chance() < 0.95 else c.of(EDGES)
    m.label = c.text("") if c.chance() < 0.2 else ""
    m.undo_set = c.number() if c.chance() < 0.3 else 0
    kind = c.of(("edit", "edit", "edit", *COMMANDS))
    if kind == "edit":
        m.edit.SetInParent()
        for _ in range(c.of((0, 1, 1, 1, 2, 3, 20)) if c.chance() < 0.98 else 2_000):
            _fill_operation(m.edit.operations.add(), c)
    elif kind == "chat":
        m.chat.text = c.text("hello")
    elif kind == "rename":
        m.rename.name = c.text("Eve")
    elif kind == "promote":
        m.promote.participant = c.id()
    elif kind == "follow":
        kind_of_target: Any = c.of((0, 1, 2, 2) if c.chance() < 0.9 else (3, -1, 2**31 - 1))
        m.follow.target.kind = kind_of_target
        m.follow.target.participant = c.id()
    elif kind == "follow_everyone":
        m.follow_everyone.participant = c.id()
    elif kind == "set_home":
        m.set_home.proxy = c.id()
        _fill_named(m.set_home.values, c)
    else:
        _fill_any(getattr(m, kind), c)


def _fill_query(m: wire_pb2.Query, c: _Chooser) -> None:
    m.query = c.number()
    kind = c.of(QUERIES)
    if kind == "render_image":
        m.render_image.view, m.render_image.format = c.id(), c.text("png", "jpeg", "raw")
        m.render_image.width, m.render_image.height = c.small(), c.small()
        m.render_image.quality = c.small()
    elif kind == "update_pipeline":
        m.update_pipeline.proxy = c.id()
    elif kind == "fit_camera":
        m.fit_camera.view, m.fit_camera.aspect = c.id(), c.of(DOUBLES)
        for vector in (m.fit_camera.camera.position, m.fit_camera.camera.focal_point):
            vector.extend(c.of(DOUBLES) for _ in range(c.of((3, 3, 3, 2, 0))))
        m.fit_camera.camera.view_up.extend((0.0, 1.0, 0.0))
    elif kind == "describe_type":
        m.describe_type.type.group = c.text(*GROUPS)
        m.describe_type.type.type = c.text(*TYPES)
    else:
        _fill_any(getattr(m, kind), c)


def _fill_any(m: Any, c: _Chooser, depth: int = 0) -> None:
    """Some of the fields of a message, whichever it is."""
    m.SetInParent()
    for field in m.DESCRIPTOR.fields:
        if c.chance() < 0.2:
            continue
        if field.type == field.TYPE_MESSAGE and field.is_repeated:
            for _ in range(min(c.count(), 6) if depth < 3 else 0):
                _fill_any(getattr(m, field.name).add(), c, depth + 1)
        elif field.type == field.TYPE_MESSAGE:
            if depth < 3:
                _fill_any(getattr(m, field.name), c, depth + 1)
        elif field.is_repeated:
            getattr(m, field.name).extend(_any_scalar(field, c) for _ in range(min(c.count(), 100)))
        else:
            setattr(m, field.name, _any_scalar(field, c))


def _any_scalar(field: Any, c: _Chooser) -> Any:
    match field.cpp_type:
        case field.CPPTYPE_STRING if field.type == field.TYPE_BYTES:
            return c.random.randbytes(c.of((0, 1, 32, 1000)))
        case field.CPPTYPE_STRING:
            return c.text(*PROPERTIES)
        case field.CPPTYPE_BOOL:
            return c.chance() < 0.5
        case field.CPPTYPE_DOUBLE | field.CPPTYPE_FLOAT:
            return c.of(DOUBLES)
        case field.CPPTYPE_ENUM:
            return c.random.randrange(12)
        case field.CPPTYPE_UINT64:
            return c.id()
        case field.CPPTYPE_UINT32:
            return c.small()
        case _:
            return c.of((0, 1, -1, 2**31 - 1))


def _fill(m: wire_pb2.ClientMessage, c: _Chooser) -> None:
    chance = c.chance()
    if chance < 0.6:
        _fill_command(m.command, c)
    elif chance < 0.75:
        m.presence.participant, m.presence.proxy = c.id(), c.id()
        m.presence.serial, m.presence.gone = c.number(), c.chance() < 0.1
        _fill_named(m.presence.values, c)
    elif chance < 0.84:
        _fill_query(m.query, c)
    elif chance < 0.85:
        _fill_any(m.blob_part, c)
    elif chance < 0.86:
        _fill_any(m.watch, c) if c.chance() < 0.7 else _fill_any(m.frame_shown, c)
    elif chance < 0.88:
        m.cancel_query.query = c.number()
    elif chance < 0.92:
        m.credit.packets = c.number()
    elif chance < 0.97:
        (m.ping if c.chance() < 0.5 else m.pong).serial = c.number()
    elif chance < 0.985:
        m.hello.protocol_maximum, m.hello.name = c.small(), c.text("Eve")
    elif chance < 0.995:
        m.goodbye.failure.code = c.text("goodbye", "refused", "invariant", "refused.not_master")
        m.goodbye.failure.text = c.text("bye")[:200]
        for _ in range(c.of((0, 1, 50))):
            fact = m.goodbye.failure.facts.add(name=c.text("args", "__class__", "with_traceback"))
            fact.integer = c.of(SIGNED)
