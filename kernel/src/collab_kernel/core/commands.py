"""What participants can ask of a session.

A command is carried out whole or not at all, and becomes at most one event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from collab_kernel.core.state import FollowTarget
from collab_kernel.core.values import Input, ParticipantId, ProxyId, Value

NamedValues: TypeAlias = tuple[tuple[str, Value], ...]


# -- operations of an edit: what a change set is made of -----------------------------------


@dataclass(frozen=True, slots=True)
class Create:
    """Make a proxy. `id` is participant * 2**32 + a counter of the participant's own.

    Without a name the next free one of its type is taken. With an owner it is a sub-proxy,
    which has no name and which its owner must name when the edit is through.
    """

    id: ProxyId
    group: str
    type: str
    name: str | None = None
    values: NamedValues = ()
    owner: ProxyId = 0


@dataclass(frozen=True, slots=True)
class Set:
    proxy: ProxyId
    values: NamedValues


@dataclass(frozen=True, slots=True)
class Connect:
    """Append `element` to a repeatable proxy or input property; once is enough."""

    proxy: ProxyId
    property: str
    element: Input


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Take `element` out of a proxy or input property."""

    proxy: ProxyId
    property: str
    element: Input


@dataclass(frozen=True, slots=True)
class Register:
    """Give a proxy another registered name."""

    proxy: ProxyId
    name: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a proxy and the sub-proxies made with it."""

    proxy: ProxyId


Operation: TypeAlias = Create | Set | Connect | Disconnect | Register | Delete


# -- commands ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edit:
    """Change the pipeline: all of the operations, in order, or none."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the last entry of the history, or the last of one's own."""

    mine: bool = False


@dataclass(frozen=True, slots=True)
class Redo:
    """Do again what was undone last."""


@dataclass(frozen=True, slots=True)
class SetHome:
    """Set the home value of own properties: what anyone without their own starts from."""

    proxy: ProxyId
    values: NamedValues


@dataclass(frozen=True, slots=True)
class Chat:
    text: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Call oneself `name`; made unique visibly."""

    name: str


@dataclass(frozen=True, slots=True)
class Promote:
    """Hand the master's right to `participant`."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Follow:
    target: FollowTarget


@dataclass(frozen=True, slots=True)
class FollowEveryone:
    """Set everybody's follow target to `participant`."""

    participant: ParticipantId


Command: TypeAlias = (
    Edit | Undo | Redo | SetHome | Chat | Rename | Promote | Follow | FollowEveryone
)


@dataclass(frozen=True, slots=True)
class Sync:
    """Change nothing: the reply says that everything asked for before was decided, and told."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command on its way: numbered by its author from 1, decided in order."""

    number: int
    command: Command | Sync
    label: str = ""
    undo_set: int = 0


# -- what is no command but is asked of the policy all the same -----------------------------


@dataclass(frozen=True, slots=True)
class ShowPresence:
    """Tell one's own values of `proxy`: a camera, a pointer."""

    proxy: ProxyId


@dataclass(frozen=True, slots=True)
class AskQuery:
    """Ask for a picture, for data, for an update. `kind` is the query's name on the wire."""

    kind: str


Action: TypeAlias = Command | ShowPresence | AskQuery
"""What a policy is asked about."""
