"""What two peers say to each other, beside the news that everybody is told.

The wire turns these into `collab.v1` messages and back; see `proto/` for their fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from collab_kernel.core.commands import Request
from collab_kernel.core.effects import News
from collab_kernel.core.presence import Shown
from collab_kernel.core.queries import Answer, AnyQuery
from collab_kernel.core.state import Key, Row
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.core.widgets import Widget
from collab_kernel.errors import CollabError

PROTOCOL_MINIMUM = 1
PROTOCOL_MAXIMUM = 1

MAX_PACKET_BYTES = 256 * 1024
"""What one transport message carries at most, so that nothing queues behind a big one."""

MAX_CLIENT_PACKET_BYTES = 2 * MAX_PACKET_BYTES
"""What a server takes from a client in one go."""

MAX_PART_BYTES = 64 * 1024
"""A part of an answer: small enough that events pass between two of them."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of a client. Empty session: the server's default."""

    protocol_minimum: int = PROTOCOL_MINIMUM
    protocol_maximum: int = PROTOCOL_MAXIMUM
    session: str = ""
    name: str = ""
    front_end: str = ""
    token: str = field(default="", repr=False)
    capabilities: tuple[str, ...] = ()
    connect_id: str = field(default="", repr=False)
    resume_participant: ParticipantId = 0
    """Who comes back; 0: somebody new."""
    resume_key: str = field(default="", repr=False)
    seen_revision: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type of proxy that can be created."""

    group: str
    type: str
    label: str = ""
    file_extensions: tuple[str, ...] = ()
    widgets: tuple[Widget, ...] = ()


@dataclass(frozen=True, slots=True)
class LookingBack:
    """A session shows the past: as it was at `revision`; or, where `until` is above 0, as it
    happens once more from there on to that revision.

    author, time_s: who made that revision, as they were called then, and when (seconds since the
    epoch); "" and 0: not known.
    """

    revision: int
    until: int = 0
    author: str = ""
    time_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Welcome:
    """You are `participant`; a snapshot follows, or the events that a returning client has
    missed. Empty renderer: no pipeline is executed.

    resume_key: the secret to come back with, told once.  decided: the highest request of this
    participant's that was decided.  max_blob_bytes: of a large value; 0: the server takes none.
    looking_back: what of the past the session shows; None: it is of now.
    """

    protocol: int
    participant: ParticipantId
    session: str
    collaborative: bool
    server: str
    types: tuple[TypeInfo, ...] = ()
    heartbeat_s: float = 5.0
    renderer: str = ""
    capabilities: tuple[str, ...] = ()
    resume_key: str = field(default="", repr=False)
    resumed: bool = False
    decided: int = 0
    max_blob_bytes: int = 0
    looking_back: LookingBack | None = None


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The connection ends, and why."""

    error: CollabError


@dataclass(frozen=True, slots=True)
class SnapshotSlice:
    """Some rows of the state at `revision`; `last` completes it."""

    revision: int
    rows: tuple[tuple[int, Key, Row], ...]
    last: bool


@dataclass(frozen=True, slots=True)
class Replied:
    """Request `request` made no event: refused, or (no error) nothing to do."""

    request: int
    revision: int
    error: CollabError | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A query, numbered by who asks."""

    number: int
    query: AnyQuery


@dataclass(frozen=True, slots=True)
class CancelQuestion:
    number: int


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """`data` continues the answer; the last part has all else, or the error."""

    number: int
    data: bytes = b""
    last: bool = False
    answer: Answer | None = None
    error: CollabError | None = None


@dataclass(frozen=True, slots=True)
class BlobPart:
    """A part of a large value's content: MAX_PART_BYTES, but for the last. Without data it asks
    how much of the content is there.

    sha256, size_bytes: of the whole content.
    """

    sha256: bytes
    size_bytes: int
    offset: int = 0
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class BlobStored:
    """So much of a content is there: all of it, so that it can be named, or (0) it is to be
    sent. An error: it was not taken, and why."""

    sha256: bytes
    stored_bytes: int = 0
    error: CollabError | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """From now on a picture of `view` comes whenever what one sees of it changes; with `stop`
    no more. Said again it takes the place of what was said of this view before.

    width, height: in pixels; 0: as one's own ViewSize and PixelRatio say.
    formats: that one can show, best first; none: "jpeg".
    full: never smaller or coarser while it moves.
    """

    view: ProxyId
    width: int = 0
    height: int = 0
    formats: tuple[str, ...] = ()
    full: bool = False
    stop: bool = False


@dataclass(frozen=True, slots=True)
class FrameShown:
    """The picture `serial` of a view is shown: another one may come."""

    view: ProxyId
    serial: int


@dataclass(frozen=True, slots=True)
class FrameHead:
    """What a picture is of: the state at `revision`, seen with the camera of `whose`, as that
    one's presence of this serial says (0: home values).

    still: as good as it gets, until something changes.  key: it needs no earlier one.
    """

    revision: int
    whose: ParticipantId
    presence: int
    format: str
    width: int
    height: int
    still: bool = True
    key: bool = True


@dataclass(frozen=True, slots=True)
class FramePart:
    """`data` continues the picture `serial` of a view; the last part has its head, or why there
    is none.

    ended: there is none to come, either, unless the view is watched again.
    """

    view: ProxyId
    serial: int
    data: bytes = field(default=b"", repr=False)
    last: bool = False
    head: FrameHead | None = None
    error: CollabError | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Credit:
    """How many packets the sender has taken out of its wire so far."""

    packets: int


@dataclass(frozen=True, slots=True)
class Ping:
    serial: int


@dataclass(frozen=True, slots=True)
class Pong:
    serial: int


ClientMessage: TypeAlias = (
    Hello
    | Request
    | Shown
    | Question
    | CancelQuestion
    | BlobPart
    | Watch
    | FrameShown
    | Credit
    | Ping
    | Pong
    | Goodbye
)
ServerMessage: TypeAlias = (
    Welcome
    | SnapshotSlice
    | News
    | Replied
    | AnswerPart
    | BlobStored
    | FramePart
    | Credit
    | Ping
    | Pong
    | Goodbye
)
