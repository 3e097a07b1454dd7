"""What participants can ask of a session.

A command is carried out whole or not at all, and becomes at most one event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from collab_kernel.core.state import FollowTarget, LinkEnd, LinkKind
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


@dataclass(frozen=True, slots=True)
class Link:
    """Keep the ends equal from here on; now they become what the first one is."""

    name: str
    kind: LinkKind
    ends: tuple[LinkEnd, ...]


@dataclass(frozen=True, slots=True)
class Unlink:
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """Let the proxy `selection` say what is selected of the data at `source`; 0: nothing."""

    source: Input
    selection: ProxyId = 0


@dataclass(frozen=True, slots=True)
class Annotate:
    """Note a text about a proxy under a key; None takes it away."""

    proxy: ProxyId
    key: str
    text: str | None


Operation: TypeAlias = (
    Create | Set | Connect | Disconnect | Register | Delete | Link | Unlink | Select | Annotate
)


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


@dataclass(frozen=True, slots=True)
class SetColour:
    """Be shown in this colour: "#rrggbb"."""

    colour: str


@dataclass(frozen=True, slots=True)
class RequestRight:
    """Ask for the master's right."""


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Ask for the right no more."""


@dataclass(frozen=True, slots=True)
class DeclineRequest:
    """Take the request of `participant` out of the queue."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Remove:
    """Put a participant out of the session, and tell them why."""

    participant: ParticipantId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """Let nobody in any more, or (False) again."""

    locked: bool = True


@dataclass(frozen=True, slots=True)
class SetConnectId:
    """Let in only who gives this connect id; "": nobody has to give one."""

    connect_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mute:
    """Whether `participant` (0: everyone who may not mute) is kept from chat and pointers."""

    participant: ParticipantId
    chat: bool = False
    pointers: bool = False


@dataclass(frozen=True, slots=True)
class BringEveryone:
    """Give everybody one's own look at `view`, once."""

    view: ProxyId


@dataclass(frozen=True, slots=True)
class CancelWork:
    """Give up what the renderer works at; 0: whatever it is."""

    proxy: ProxyId = 0


@dataclass(frozen=True, slots=True)
class Propose:
    """Let others see a change set that whoever steers may accept."""

    operations: tuple[Operation, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class AcceptProposal:
    """Carry out a proposal. anyway: also if what it replaces has changed since."""

    proposal: int
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class DeclineProposal:
    """Take a proposal off the table; its author may, too."""

    proposal: int


@dataclass(frozen=True, slots=True)
class PlacePin:
    """Leave a note at `position` (world coordinates). values: how one looks at `view`."""

    text: str
    position: tuple[float, float, float]
    view: ProxyId
    values: NamedValues = ()


@dataclass(frozen=True, slots=True)
class RemovePin:
    pin: int


@dataclass(frozen=True, slots=True)
class GoTo:
    """Show everything at this simulation time."""

    time: float


@dataclass(frozen=True, slots=True)
class Play:
    """Go through `steps` (rising) from the current time on, `speed` of them a second.

    Steps are left out rather than shown late. Past the last one: the first again, with `loop`.
    """

    steps: tuple[float, ...]
    speed: float = 10.0
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop playing, at the time that is shown."""


RightRequest: TypeAlias = Promote | RequestRight | WithdrawRequest | DeclineRequest
"""What a policy carries out itself: see `Policy.on_request`."""

Command: TypeAlias = (
    Edit
    | Undo
    | Redo
    | SetHome
    | Chat
    | Rename
    | SetColour
    | RightRequest
    | Follow
    | FollowEveryone
    | BringEveryone
    | Remove
    | Lock
    | SetConnectId
    | Mute
    | CancelWork
    | Propose
    | AcceptProposal
    | DeclineProposal
    | PlacePin
    | RemovePin
    | GoTo
    | Play
    | Pause
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
    """Tell one's own values of `proxy` (0: the session): a camera, a pointer, by name."""

    proxy: ProxyId
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskQuery:
    """Ask for a picture, for data, for an update. `kind` is the query's name on the wire."""

    kind: str


Action: TypeAlias = Command | ShowPresence | AskQuery
"""What a policy is asked about."""
