"""Everything that a session can want done. Within a step: Persist, Tell, Run, Reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from immutables import Map

from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.presence import Gone, Presence, Shown
from collab_kernel.core.state import State
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import CollabError

News: TypeAlias = Event | Shown | Gone | Derived | Progress
"""What everybody is told."""


@dataclass(frozen=True, slots=True)
class Persist:
    """Make the event last before anything else is done."""

    event: Event


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell every participant, but the one that told us."""

    news: News
    but: ParticipantId | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Hand the event to the renderer."""

    event: Event


@dataclass(frozen=True, slots=True)
class Reply:
    """Tell one participant that its request made no event: refused, or nothing to do."""

    participant: ParticipantId
    request: int
    revision: int
    error: CollabError | None = None


@dataclass(frozen=True, slots=True)
class Admit:
    """Whoever waits at `seat` is `participant` from here on, and starts from this."""

    seat: int
    participant: ParticipantId
    state: State
    presence: Presence
    derived: Map[ProxyId, Derived]


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Whoever waits at `seat` gets no place, and why."""

    seat: int
    error: CollabError


@dataclass(frozen=True, slots=True)
class Expel:
    """End a participant's connection, and tell them why."""

    participant: ParticipantId
    error: CollabError


@dataclass(frozen=True, slots=True)
class ShowTime:
    """Let the renderer show everything at this simulation time, and say when it does."""

    time: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """Let the renderer give up what it works at. proxy 0: whatever it is.  by: for texts."""

    proxy: ProxyId
    by: str


Effect: TypeAlias = Persist | Tell | Run | Reply | Admit | Dismiss | Expel | ShowTime | Cancel
"""Closed: a host matches every one of them."""
