"""Everything that can reach a session from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from collab_kernel.core.commands import NamedValues, Request
from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.state import Role
from collab_kernel.core.values import ParticipantId, ProxyId


@dataclass(frozen=True, slots=True)
class Tick:
    """It is `now_s`: seconds since the epoch. The only clock there is."""

    now_s: float


@dataclass(frozen=True, slots=True)
class Begin:
    """The server takes the session up, new or stored; before anything else.

    connect_id: what a newcomer has to give; "" is what had to be given before.
    connect_id_hash: of that (see `moderation.hashed`); b"": nothing.
    now_s: what a Tick would say. One before this would find those connected who were when the
    last server ended.
    """

    name: str
    connect_id: str = field(default="", repr=False)
    connect_id_hash: bytes = field(default=b"", repr=False)
    now_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Join:
    """Somebody behind the host's connection `seat` wants to take part.

    resume: who comes back, which the host has checked; 0: somebody new. A connection of theirs
    that still seems to stand is void from here on.
    """

    seat: int
    name: str = ""
    role: Role = Role.COLLABORATOR
    front_end: str = ""
    transport: str = ""
    resume: ParticipantId = 0
    connect_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Leave:
    """A participant said goodbye."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Lose:
    """A participant's connection broke."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Ask:
    """A participant (or the server, 0) asks for a command."""

    participant: ParticipantId
    request: Request


@dataclass(frozen=True, slots=True)
class Show:
    """A participant shows its own values of a proxy."""

    participant: ParticipantId
    proxy: ProxyId
    serial: int
    values: NamedValues


@dataclass(frozen=True, slots=True)
class Learn:
    """The renderer found something out, or got further."""

    fact: Derived | Progress


@dataclass(frozen=True, slots=True)
class TimeShown:
    """The renderer shows everything at this simulation time."""

    time: float


@dataclass(frozen=True, slots=True)
class Measure:
    """How long a participant's connection takes, there and back."""

    participant: ParticipantId
    latency_s: float


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The renderer died at this proxy again and again."""

    proxy: ProxyId
    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """In a session that shows the past, what happened then happens once more. author: who it was,
    by name."""

    event: Event
    author: str


Stimulus: TypeAlias = (
    Tick
    | Begin
    | Join
    | Leave
    | Lose
    | Ask
    | Show
    | Learn
    | TimeShown
    | Measure
    | Quarantine
    | Again
)
