"""Messages of client and server, as packets of one; packets join by concatenation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from collab_kernel.core.commands import Request
from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import (
    AnswerPart,
    BlobPart,
    BlobStored,
    CancelQuestion,
    ClientMessage,
    Credit,
    FramePart,
    FrameShown,
    Goodbye,
    Hello,
    LookingBack,
    Ping,
    Pong,
    Question,
    Replied,
    ServerMessage,
    SnapshotSlice,
    TypeInfo,
    Watch,
    Welcome,
)
from collab_kernel.core.presence import Gone, Shown
from collab_kernel.core.widgets import Widget
from collab_kernel.errors import InvalidCommandError
from collab_kernel.wire import commands, facts, operations, pictures, rows
from collab_proto.v1 import wire_pb2 as pb

_EVENT_FIELD = pb.ServerMessage.DESCRIPTOR.fields_by_name["event"].number
_MESSAGES_FIELD = pb.ServerPacket.DESCRIPTOR.fields_by_name["messages"].number


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def event_packet(event: bytes) -> bytes:
    """The packet of an event that is encoded already: for the journal, say."""
    return field(_MESSAGES_FIELD, field(_EVENT_FIELD, event))


# -- from the server -----------------------------------------------------------------------


def server_packet(message: ServerMessage) -> bytes:
    """A packet of one message."""
    packet = pb.ServerPacket()
    m = packet.messages.add()
    match message:
        case Event():
            rows.fill_event(m.event, message)
        case Shown(participant, proxy, serial, values):
            m.presence.participant, m.presence.proxy = participant, proxy
            m.presence.serial = serial
            operations.fill_named(m.presence.values, values)
        case Gone(participant):
            m.presence.participant, m.presence.gone = participant, True
        case Derived():
            facts.fill_derived(m.derived, message)
        case Progress():
            facts.fill_progress(m.progress, message)
        case Replied(request, revision, error):
            m.reply.request, m.reply.revision = request, revision
            if error is not None:
                facts.fill_failure(m.reply.failure, error)
        case AnswerPart():
            facts.fill_part(m.answer, message)
        case BlobStored(sha256, stored_bytes, error):
            m.blob_stored.sha256, m.blob_stored.stored_bytes = sha256, stored_bytes
            if error is not None:
                facts.fill_failure(m.blob_stored.failure, error)
        case FramePart():
            pictures.fill_part(m.frame, message)
        case SnapshotSlice():
            rows.fill_slice(m.snapshot, message)
        case Credit(packets):
            m.credit.packets = packets
        case Ping(serial):
            m.ping.serial = serial
        case Pong(serial):
            m.pong.serial = serial
        case Goodbye(error):
            facts.fill_failure(m.goodbye.failure, error)
        case Welcome():
            _fill_welcome(m.welcome, message)
        case _:
            assert_never(message)
    return packet.SerializeToString()


def _fill_welcome(m: pb.Welcome, welcome: Welcome) -> None:
    m.protocol = welcome.protocol
    m.participant = welcome.participant
    m.session = welcome.session
    m.collaborative = welcome.collaborative
    m.server = welcome.server
    m.heartbeat_s = welcome.heartbeat_s
    m.renderer = welcome.renderer
    m.capabilities.extend(welcome.capabilities)
    m.resume_key, m.resumed = welcome.resume_key, welcome.resumed
    m.decided, m.max_blob_bytes = welcome.decided, welcome.max_blob_bytes
    if (past := welcome.looking_back) is not None:
        m.looking_back.revision, m.looking_back.until = past.revision, past.until
        m.looking_back.author, m.looking_back.time_s = past.author, past.time_s
    for info in welcome.types:
        described = m.types.add(
            group=info.group,
            type=info.type,
            label=info.label,
            file_extensions=info.file_extensions,
        )
        for widget in info.widgets:
            added = described.widgets.add(kind=widget.kind)
            for function, property in widget.properties:
                added.properties.add(function=function, property=property)


def server_messages(packet: bytes, with_before: bool = True) -> Iterator[ServerMessage]:
    """The messages of a packet; kinds that this version doesn't know are passed over.

    with_before: whether events say what was there before each change.

    Raises RemoteProtocolError if it is no packet.
    """
    with rows.refusing_garbage():
        messages = [
            _read_server(m, with_before) for m in pb.ServerPacket.FromString(packet).messages
        ]
    return (m for m in messages if m is not None)


def _read_server(m: pb.ServerMessage, with_before: bool) -> ServerMessage | None:
    match m.WhichOneof("kind"):
        case "event":
            return rows.read_event(m.event, with_before)
        case "presence":
            p = m.presence
            if p.gone:
                return Gone(p.participant)
            return Shown(p.participant, p.proxy, p.serial, operations.read_named(p.values))
        case "derived":
            return facts.read_derived(m.derived)
        case "progress":
            return facts.read_progress(m.progress)
        case "reply":
            failed = m.reply.HasField("failure")
            error = facts.read_failure(m.reply.failure) if failed else None
            return Replied(m.reply.request, m.reply.revision, error)
        case "answer":
            return facts.read_part(m.answer)
        case "blob_stored":
            stored = m.blob_stored
            failed = stored.HasField("failure")
            error = facts.read_failure(stored.failure) if failed else None
            return BlobStored(stored.sha256, stored.stored_bytes, error)
        case "frame":
            return pictures.read_part(m.frame)
        case "snapshot":
            return rows.read_slice(m.snapshot)
        case "credit":
            return Credit(m.credit.packets)
        case "ping":
            return Ping(m.ping.serial)
        case "pong":
            return Pong(m.pong.serial)
        case "goodbye":
            return Goodbye(facts.read_failure(m.goodbye.failure))
        case "welcome":
            return _read_welcome(m.welcome)
        case _:
            return None


def _read_welcome(m: pb.Welcome) -> Welcome:
    return Welcome(
        m.protocol,
        m.participant,
        m.session,
        m.collaborative,
        m.server,
        tuple(map(_read_type, m.types)),
        m.heartbeat_s,
        m.renderer,
        tuple(m.capabilities),
        m.resume_key,
        m.resumed,
        m.decided,
        m.max_blob_bytes,
        _read_past(m.looking_back) if m.HasField("looking_back") else None,
    )


def _read_past(m: pb.LookingBack) -> LookingBack:
    return LookingBack(m.revision, m.until, m.author, m.time_s)


def _read_type(m: pb.TypeInfo) -> TypeInfo:
    widgets = tuple(
        Widget(w.kind, tuple((p.function, p.property) for p in w.properties)) for w in m.widgets
    )
    return TypeInfo(m.group, m.type, m.label, tuple(m.file_extensions), widgets)


# -- from a client -------------------------------------------------------------------------


def client_packet(message: ClientMessage) -> bytes:
    """A packet of one message. Raises InvalidCommandError for a number or a text that no
    message can carry."""
    packet = pb.ClientPacket()
    try:
        _fill_client(packet.messages.add(), message)
    except (ValueError, TypeError) as error:
        raise InvalidCommandError(f"{type(message).__name__} can't be sent: {error}") from None
    return packet.SerializeToString()


def _fill_client(m: pb.ClientMessage, message: ClientMessage) -> None:
    match message:
        case Request():
            commands.fill_request(m.command, message)
        case Shown(_, proxy, serial, values):
            m.presence.proxy, m.presence.serial = proxy, serial
            operations.fill_named(m.presence.values, values)
        case Question():
            facts.fill_question(m.query, message)
        case CancelQuestion(number):
            m.cancel_query.query = number
        case BlobPart(sha256, size_bytes, offset, data):
            b = m.blob_part
            b.sha256, b.size_bytes, b.offset, b.data = sha256, size_bytes, offset, data
        case Watch():
            pictures.fill_watch(m.watch, message)
        case FrameShown(view, serial):
            m.frame_shown.view, m.frame_shown.serial = view, serial
        case Credit(packets):
            m.credit.packets = packets
        case Ping(serial):
            m.ping.serial = serial
        case Pong(serial):
            m.pong.serial = serial
        case Goodbye(error):
            facts.fill_failure(m.goodbye.failure, error)
        case Hello():
            h = m.hello
            h.protocol_minimum = message.protocol_minimum
            h.protocol_maximum = message.protocol_maximum
            h.session, h.name, h.token = message.session, message.name, message.token
            h.front_end, h.connect_id = message.front_end, message.connect_id
            h.capabilities.extend(message.capabilities)
            h.resume_participant = message.resume_participant
            h.resume_key = message.resume_key
            h.seen_revision, h.answered = message.seen_revision, message.answered
        case _:
            assert_never(message)


def client_messages(packet: bytes) -> Iterator[ClientMessage]:
    """The messages of a packet; kinds that this version doesn't know are passed over.

    Raises RemoteProtocolError if it is no packet.
    """
    with rows.refusing_garbage():
        messages = [_read_client(m) for m in pb.ClientPacket.FromString(packet).messages]
    return (m for m in messages if m is not None)


def _read_client(m: pb.ClientMessage) -> ClientMessage | None:
    match m.WhichOneof("kind"):
        case "command":
            return commands.read_request(m.command)
        case "presence":
            p = m.presence
            return Shown(0, p.proxy, p.serial, operations.read_named(p.values))
        case "query":
            return facts.read_question(m.query)
        case "cancel_query":
            return CancelQuestion(m.cancel_query.query)
        case "blob_part":
            b = m.blob_part
            return BlobPart(b.sha256, b.size_bytes, b.offset, b.data)
        case "watch":
            return pictures.read_watch(m.watch)
        case "frame_shown":
            return FrameShown(m.frame_shown.view, m.frame_shown.serial)
        case "credit":
            return Credit(m.credit.packets)
        case "ping":
            return Ping(m.ping.serial)
        case "pong":
            return Pong(m.pong.serial)
        case "goodbye":
            return Goodbye(facts.read_failure(m.goodbye.failure))
        case "hello":
            h = m.hello
            return Hello(
                h.protocol_minimum,
                h.protocol_maximum,
                h.session,
                h.name,
                h.front_end,
                h.token,
                tuple(h.capabilities),
                h.connect_id,
                h.resume_participant,
                h.resume_key,
                h.seen_revision,
                h.answered,
            )
        case _:
            return None
