"""What a session is at one revision: tables of rows, immutable.

Nothing folds in place: a change shares everything it leaves alone with the state before it,
so that one step costs the same at ten proxies and at a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from immutables import Map

from collab_kernel.core.definitions import ProxyDefinition
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId, Value
from collab_kernel.errors import UnknownParticipantError, UnknownProxyError

if TYPE_CHECKING:
    from collab_kernel.core.commands import NamedValues, Operation
    from collab_kernel.core.events import Change, UndoLog

Key: TypeAlias = Any
"""What a row is found by; its type depends on the table (see `Table`)."""

Row: TypeAlias = Any
"""A row's dataclass, or bytes in a table that this version doesn't know."""


class Table(IntEnum):
    """The tables, their keys and rows; numbers as on the wire."""

    SESSION = 1  # () -> SessionRow
    PARTICIPANTS = 2  # ParticipantId -> ParticipantRow
    REQUESTS = 3  # ParticipantId -> int: the highest request that made an event
    POLICY = 4  # str -> PolicyRow
    DEFINITIONS = 5  # (group, type) -> ProxyDefinition
    PROXIES = 6  # ProxyId -> ProxyRow
    VALUES = 7  # (ProxyId, property) -> Value
    NAMES = 8  # (group, name) -> ProxyId
    CHAT = 9  # revision -> ChatRow
    HISTORY = 10  # entry -> HistoryRow; the only table that the digest leaves out
    QUARANTINE = 11  # ProxyId -> str: the reason
    COUNTERS = 12  # ParticipantId -> int: the counter of the newest proxy it made
    LINKS = 13  # name -> LinkRow
    SELECTIONS = 14  # (ProxyId, output port) -> ProxyId of what selects there
    TIME = 15  # () -> TimeRow
    PROPOSALS = 16  # revision -> ProposalRow
    PINS = 17  # revision -> PinRow
    DOOR = 18  # () -> DoorRow
    MUTES = 19  # ParticipantId (0: everyone) -> MuteRow
    ANNOTATIONS = 20  # (ProxyId, key) -> str


MAX_OWNERS = 8
"""How deep sub-proxies of sub-proxies go."""


class Role(IntEnum):
    """What a participant may ever do; who steers now is the policy's."""

    OWNER = 1
    COLLABORATOR = 2
    VIEWER = 3


@dataclass(frozen=True, slots=True)
class FollowTarget:
    """Whose camera a participant sees: the master's, nobody's, or `participant`'s."""

    kind: Kind
    participant: ParticipantId = 0
    chosen: bool = False
    """By hand, rather than by default or by the master."""

    class Kind(IntEnum):
        MASTER = 0
        NOBODY = 1
        PARTICIPANT = 2


FOLLOW_MASTER = FollowTarget(FollowTarget.Kind.MASTER)


@dataclass(frozen=True, slots=True)
class SessionRow:
    name: str
    catalogue: str
    next_participant: ParticipantId = 1


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    name: str
    role: Role = Role.COLLABORATOR
    colour: str = "#888888"
    front_end: str = ""
    transport: str = ""
    following: FollowTarget = FOLLOW_MASTER
    joined_at_s: float = 0.0
    connected: bool = True
    lost_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """What a policy remembers under a key of its own; the key "master" names who steers."""

    participants: tuple[ParticipantId, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class ProxyRow:
    group: str
    type: str
    name: str = ""
    """Registered name; empty for a sub-proxy."""
    owner: ProxyId = 0
    """The proxy whose sub-proxy this is; 0: none."""


@dataclass(frozen=True, slots=True)
class ChatRow:
    author: ParticipantId
    author_name: str
    text: str
    time_s: float


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One entry of the history; its key is the revision of its first event."""

    author: ParticipantId
    author_name: str
    label: str
    time_s: float
    undo_set: int
    last_revision: int
    undone_at: int = 0
    """The revision that undid it; 0: it stands."""


class LinkKind(IntEnum):
    """What a link keeps equal."""

    PROPERTY = 1
    """One property of each end."""
    PROXY = 2
    """Every shared property that the ends have in common, but what they are connected to."""
    CAMERA = 3
    """Each participant's own values of the views: their own client sees to it."""
    VIEW = 4
    """Both of the last two."""


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """property: "" in links of whole proxies."""

    proxy: ProxyId
    property: str = ""


@dataclass(frozen=True, slots=True)
class LinkRow:
    kind: LinkKind
    ends: tuple[LinkEnd, ...]


@dataclass(frozen=True, slots=True)
class TimeRow:
    """The simulation's time; while it plays, the current one is the server's presence.

    speed: steps per second.  steps: what is played, rising.
    """

    time: float = 0.0
    playing: bool = False
    steps: tuple[float, ...] = ()
    speed: float = 0.0
    loop: bool = False


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A change set that somebody proposes; its key is the revision that brought it.

    replaces: what it would change of what was there, as the author saw it.
    """

    author: ParticipantId
    author_name: str
    text: str
    time_s: float
    operations: tuple[Operation, ...]
    replaces: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class PinRow:
    """A note at a place; its key is the revision that brought it.

    position: world coordinates.  values: the view's own values as the author looked at it.
    time: the simulation's.
    """

    author: ParticipantId
    author_name: str
    text: str
    time_s: float
    position: tuple[float, float, float]
    view: ProxyId
    values: NamedValues = ()
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class DoorRow:
    """Who may join. locked_by: a name; "" is open.  connect_id: whether one has to be given
    (which is in no event: the server keeps it)."""

    locked_by: str = ""
    connect_id: bool = False


@dataclass(frozen=True, slots=True)
class MuteRow:
    chat: bool = False
    pointers: bool = False


_EMPTY: Map[Key, Row] = Map()
_NO_USERS: Map[tuple[ProxyId, str], None] = Map()


@dataclass(frozen=True, slots=True)
class State:
    """Everything that participants share, as of `revision`."""

    revision: int = 0
    tables: Map[int, Map[Key, Row]] = field(default_factory=Map)
    users: Map[ProxyId, Map[tuple[ProxyId, str], None]] = field(default_factory=Map)
    """By proxy: the (proxy, property) pairs whose value names it. An index of VALUES."""
    undo: UndoLog | None = None
    """What undo needs; kept by the server only, so never compared."""

    def table(self, table: int) -> Map[Key, Row]:
        return self.tables.get(table, _EMPTY)

    # -- session and people --------------------------------------------------------------

    @property
    def session(self) -> SessionRow:
        row = self.table(Table.SESSION).get((), None)
        return row if isinstance(row, SessionRow) else SessionRow("", "")

    @property
    def participants(self) -> Mapping[ParticipantId, ParticipantRow]:
        return self.table(Table.PARTICIPANTS)

    def participant(self, id: ParticipantId) -> ParticipantRow:
        """Raises UnknownParticipantError."""
        row: ParticipantRow | None = self.participants.get(id)
        if row is None:
            raise UnknownParticipantError(f"there is no participant {id} in this session")
        return row

    @property
    def present(self) -> tuple[ParticipantId, ...]:
        """Connected participants, in the order of joining."""
        return tuple(sorted(i for i, row in self.participants.items() if row.connected))

    @property
    def master(self) -> ParticipantId | None:
        row = self.table(Table.POLICY).get("master")
        return row.participants[0] if isinstance(row, PolicyRow) and row.participants else None

    @property
    def requests(self) -> tuple[ParticipantId, ...]:
        """Who asks for the right, in the order of asking."""
        row = self.table(Table.POLICY).get("requests")
        return row.participants if isinstance(row, PolicyRow) else ()

    @property
    def time(self) -> TimeRow:
        row = self.table(Table.TIME).get(())
        return row if isinstance(row, TimeRow) else TimeRow()

    @property
    def door(self) -> DoorRow:
        row = self.table(Table.DOOR).get(())
        return row if isinstance(row, DoorRow) else DoorRow()

    def muted(self, participant: ParticipantId) -> MuteRow:
        """What a participant may not do: because of a mute of their own, or of everyone's."""
        own = self.table(Table.MUTES).get(participant, MuteRow())
        all = self.table(Table.MUTES).get(SERVER, MuteRow())
        return MuteRow(own.chat or all.chat, own.pointers or all.pointers)

    def name_of(self, participant: ParticipantId | None) -> str:
        """For texts: a participant's name, "the server" for 0, "nobody" for None."""
        if participant is None:
            return "nobody"
        row = self.participants.get(participant)
        return row.name if row else "the server" if participant == 0 else f"User {participant}"

    # -- proxies ---------------------------------------------------------------------------

    @property
    def proxies(self) -> Mapping[ProxyId, ProxyRow]:
        return self.table(Table.PROXIES)

    def proxy(self, id: ProxyId) -> ProxyRow:
        """Raises UnknownProxyError."""
        row: ProxyRow | None = self.proxies.get(id)
        if row is None:
            raise UnknownProxyError(f"there is no proxy {id} in this session")
        return row

    def named(self, group: str, name: str) -> ProxyId | None:
        """The proxy registered as `name` in `group`."""
        found: ProxyId | None = self.table(Table.NAMES).get((group, name))
        return found

    def definition(self, id: ProxyId) -> ProxyDefinition:
        """The definition of a proxy's type. Raises UnknownProxyError."""
        row = self.proxy(id)
        found: ProxyDefinition = self.table(Table.DEFINITIONS)[(row.group, row.type)]
        return found

    def value(self, id: ProxyId, property: str) -> Value | None:
        """The shared value, or the home value of an own property; None: no such thing."""
        found: Value | None = self.table(Table.VALUES).get((id, property))
        return found

    def values(self, id: ProxyId) -> Iterator[tuple[str, Value]]:
        """Every value of a proxy, in the order of its definition."""
        for definition in self.definition(id).properties:
            value = self.value(id, definition.name)
            if value is not None:
                yield definition.name, value

    def users_of(self, id: ProxyId) -> tuple[tuple[ProxyId, str], ...]:
        """Which properties of which proxies name this one, in order."""
        return tuple(sorted(self.users.get(id, _NO_USERS)))

    def title(self, id: ProxyId) -> str:
        """How texts call a proxy: its registered name, or its type and whose it is."""
        prefix = ""
        for _ in range(MAX_OWNERS):
            row = self.proxies.get(id)
            if row is None:
                return f"{prefix}proxy {id}"
            if row.name or not row.owner:
                return prefix + (row.name or f"{row.type} {id}")
            prefix, id = f"{prefix}the {row.type} of ", row.owner
        return f"{prefix}proxy {id}"

    def is_upstream(
        self,
        upstream: ProxyId,
        downstream: ProxyId,
        spend: Callable[[int], None] = lambda work: None,
    ) -> bool:
        """Whether `downstream` is `upstream` or depends on it through any value. spend: told of
        the work that it takes."""
        seen, todo = {upstream}, [upstream]
        while todo:
            id = todo.pop()
            spend(2)
            if id == downstream:
                return True
            fresh = {user for user, _ in self.users.get(id, _NO_USERS)} - seen
            seen |= fresh
            todo.extend(fresh)
        return False
