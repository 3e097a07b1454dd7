"""What can happen in a `World`, as data: a list of acts is a story that can be told again.

Participants go by the names that they came in with. An act of somebody who is not there, or
about something that is not, does nothing: so any part of a story is a story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from collab_kernel.core.commands import NamedValues, Request
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.state import Role
from collab_kernel.core.values import ProxyId


@dataclass(frozen=True, slots=True)
class Enter:
    """Somebody new wants to take part. fails: the log does not last (so wherever it says so)."""

    who: str
    role: Role = Role.COLLABORATOR
    connect_id: str = ""
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody says goodbye."""

    who: str
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """A connection breaks: what is on the way is lost. The server has not noticed yet."""

    who: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The server notices that a connection is broken."""

    who: str


@dataclass(frozen=True, slots=True)
class Return:
    """Somebody comes back. snapshot: they missed too much to be told all of it.  again: they
    send all again that they have no answer to."""

    who: str
    role: Role = Role.COLLABORATOR
    snapshot: bool = False
    again: bool = False
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """A command sets out."""

    who: str
    request: Request


@dataclass(frozen=True, slots=True)
class Flash:
    """Own values set out: a camera, a pointer."""

    who: str
    proxy: ProxyId
    values: NamedValues


@dataclass(frozen=True, slots=True)
class Arrive:
    """The server takes in the oldest messages of somebody, in one go. dies: it is killed when
    what comes of it has lasted, before anybody hears of it, and started again."""

    who: str
    count: int = 1
    fails: bool = False
    dies: bool = False


@dataclass(frozen=True, slots=True)
class Hear:
    """The oldest messages to somebody arrive."""

    who: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Deafen:
    """Somebody reads nothing for a while, or (False) reads on."""

    who: str
    deaf: bool = True


@dataclass(frozen=True, slots=True)
class Drop:
    """Presence that is on the way to somebody gets lost."""

    who: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The server has measured a connection."""

    who: str
    latency_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes."""

    seconds: float
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Find:
    """The renderer finds something out, or gets further."""

    fact: Derived | Progress


@dataclass(frozen=True, slots=True)
class Draw:
    """The renderer shows the time that it was told to show, or (late) an older one."""

    late: bool = False


@dataclass(frozen=True, slots=True)
class Die:
    """The renderer has died at a proxy again and again."""

    proxy: ProxyId


@dataclass(frozen=True, slots=True)
class Restart:
    """The server is killed, and another one goes on, `down_s` later. behind: so many events lie
    behind the snapshot that it reads; None: all of them."""

    down_s: float = 0.0
    behind: int | None = None


@dataclass(frozen=True, slots=True)
class Suppose:
    """What if whoever steers undid and redid now? Nothing comes of it."""


Act: TypeAlias = (
    Enter
    | Part
    | Break
    | Notice
    | Return
    | Send
    | Flash
    | Arrive
    | Hear
    | Deafen
    | Drop
    | Measured
    | Wait
    | Find
    | Draw
    | Die
    | Restart
    | Suppose
)
