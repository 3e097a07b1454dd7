"""What the server and its renderer process say to each other, to bytes and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import (
    AnswerPart,
    CancelQuestion,
    Ping,
    Pong,
    Question,
    SnapshotSlice,
)
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import CollabError, RemoteProtocolError
from collab_kernel.wire import facts, packets, rows
from collab_proto.v1 import renderer_pb2 as pb


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give up the work at `proxy`, if it is what is worked at."""

    proxy: ProxyId


@dataclass(frozen=True, slots=True)
class ShowTime:
    """Show everything at this simulation time; a newer one replaces one that waits."""

    time: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The renderer is there. engine: name and version of what does the work.  video: the formats
    in which it makes pictures from one another."""

    engine: str
    video: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Working:
    """About to work at `proxy` (0: idle), so that a death can be tied to it."""

    proxy: ProxyId


@dataclass(frozen=True, slots=True)
class TimeShown:
    """Everything visible has been executed at this simulation time."""

    time: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The renderer can't start or go on."""

    error: CollabError


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a large value that the next message names."""

    sha256: bytes
    data: bytes = field(repr=False)


ToRenderer: TypeAlias = (
    SnapshotSlice | Event | Question | CancelQuestion | Cancel | ShowTime | Content | Ping
)
FromRenderer: TypeAlias = (
    Ready | Working | Derived | Progress | AnswerPart | Failed | TimeShown | Pong
)


_EVENT_FIELD = pb.ToRenderer.DESCRIPTOR.fields_by_name["event"].number


def event_message(event: bytes) -> bytes:
    """The message of an event that is encoded already: for the journal, say."""
    return packets.field(_EVENT_FIELD, event)


def encode_to(message: ToRenderer) -> bytes:
    m = pb.ToRenderer()
    match message:
        case Event():
            rows.fill_event(m.event, message)
        case SnapshotSlice():
            rows.fill_slice(m.snapshot, message)
        case Question():
            facts.fill_question(m.query, message)
        case CancelQuestion(number):
            m.cancel_query.query = number
        case Cancel(proxy):
            m.cancel.proxy = proxy
            m.cancel.SetInParent()
        case ShowTime(time):
            m.show_time.time = time
            m.show_time.SetInParent()
        case Content(sha256, content):
            m.content.sha256, m.content.data = sha256, content
        case Ping(serial):
            m.ping.serial = serial
            m.ping.SetInParent()
        case _:
            assert_never(message)
    return m.SerializeToString()


def decode_to(data: bytes) -> ToRenderer:
    """Raises RemoteProtocolError."""
    with rows.refusing_garbage():
        m = pb.ToRenderer.FromString(data)
        match m.WhichOneof("kind"):
            case "event":
                return rows.read_event(m.event)
            case "snapshot":
                return rows.read_slice(m.snapshot)
            case "query":
                return facts.read_question(m.query)
            case "cancel_query":
                return CancelQuestion(m.cancel_query.query)
            case "cancel":
                return Cancel(m.cancel.proxy)
            case "show_time":
                return ShowTime(m.show_time.time)
            case "content":
                return Content(m.content.sha256, m.content.data)
            case "ping":
                return Ping(m.ping.serial)
            case other:
                raise RemoteProtocolError(f"{other!r} is unknown here")


def encode_from(message: FromRenderer) -> bytes:
    m = pb.FromRenderer()
    match message:
        case Ready(engine, video):
            m.ready.engine = engine
            m.ready.video.extend(video)
            m.ready.SetInParent()
        case Working(proxy):
            m.working.proxy = proxy
            m.working.SetInParent()
        case Derived():
            facts.fill_derived(m.derived, message)
        case Progress():
            facts.fill_progress(m.progress, message)
        case AnswerPart():
            facts.fill_part(m.answer, message)
        case Failed(error):
            facts.fill_failure(m.failed.failure, error)
        case TimeShown(time):
            m.time_shown.time = time
            m.time_shown.SetInParent()
        case Pong(serial):
            m.pong.serial = serial
            m.pong.SetInParent()
        case _:
            assert_never(message)
    return m.SerializeToString()


def decode_from(data: bytes) -> FromRenderer:
    """Raises RemoteProtocolError."""
    with rows.refusing_garbage():
        m = pb.FromRenderer.FromString(data)
        match m.WhichOneof("kind"):
            case "ready":
                return Ready(m.ready.engine, tuple(m.ready.video))
            case "working":
                return Working(m.working.proxy)
            case "derived":
                return facts.read_derived(m.derived)
            case "progress":
                return facts.read_progress(m.progress)
            case "answer":
                return facts.read_part(m.answer)
            case "failed":
                return Failed(facts.read_failure(m.failed.failure))
            case "time_shown":
                return TimeShown(m.time_shown.time)
            case "pong":
                return Pong(m.pong.serial)
            case other:
                raise RemoteProtocolError(f"{other!r} is unknown here")
