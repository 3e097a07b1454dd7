"""Views that are watched and the pictures of them, to protobuf and back."""

from __future__ import annotations

from collab_kernel.core.messages import FrameHead, FramePart, Watch
from collab_kernel.wire.facts import fill_failure, read_failure
from collab_proto.v1 import wire_pb2 as pb

MAX_FORMATS = 8
"""That a client names."""


def fill_watch(m: pb.Watch, watch: Watch) -> None:
    m.view, m.width, m.height = watch.view, watch.width, watch.height
    m.formats.extend(watch.formats)
    m.full, m.stop = watch.full, watch.stop
    m.SetInParent()


def read_watch(m: pb.Watch) -> Watch:
    formats = tuple(m.formats[:MAX_FORMATS])
    return Watch(m.view, m.width, m.height, formats, m.full, m.stop)


def fill_part(m: pb.Frame, part: FramePart) -> None:
    m.view, m.serial, m.part, m.last = part.view, part.serial, part.data, part.last
    if part.error is not None:
        fill_failure(m.failure, part.error)
        m.ended = part.ended
    if part.head is not None:
        head, h = part.head, m.head
        h.revision, h.whose, h.presence = head.revision, head.whose, head.presence
        h.format, h.width, h.height = head.format, head.width, head.height
        h.still, h.key = head.still, head.key
        h.SetInParent()


def read_part(m: pb.Frame) -> FramePart:
    head = None
    if m.HasField("head"):
        h = m.head
        head = FrameHead(
            h.revision, h.whose, h.presence, h.format, h.width, h.height, h.still, h.key
        )
    error = read_failure(m.failure) if m.HasField("failure") else None
    return FramePart(m.view, m.serial, m.part, m.last, head, error, m.ended)


def needs_no_other(format: str, data: bytes) -> bool:
    """Whether a picture can be shown without those before it: of "h264" one that begins with a
    sequence parameter set, in Annex B form."""
    return format != "h264" or (data[:4] == b"\0\0\0\1" and data[4] & 31 == 7)
