"""The contracts that plugins implement. Version 1.

A plugin hands the kernel *specs* (through the hooks of `collab_kernel.hookspecs`); a spec
names the thing and creates it when it is chosen, so heavy imports happen only then. No
library's own exception crosses these lines: raise the errors of `collab_kernel.errors`.

Longer than other modules on purpose: it is the whole contract, to be read in one piece, and a
third of it is the list of the core's types that plugins may use.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from collab_kernel.core.cameras import camera_of, flattened, is_flat, own_values
from collab_kernel.core.commands import (
    AcceptProposal,
    Action,
    AskQuery,
    BringEveryone,
    CancelWork,
    Chat,
    Command,
    Create,
    DeclineProposal,
    DeclineRequest,
    Edit,
    Follow,
    FollowEveryone,
    GoTo,
    Lock,
    Mute,
    Pause,
    PlacePin,
    Play,
    Promote,
    Propose,
    Redo,
    Remove,
    RemovePin,
    Rename,
    RequestRight,
    RightRequest,
    SetColour,
    SetConnectId,
    SetHome,
    ShowPresence,
    Undo,
    WithdrawRequest,
)
from collab_kernel.core.definitions import (
    ArrayDomain,
    BoundsDomain,
    Catalogue,
    Domain,
    EnumerationDomain,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
    TypeKey,
)
from collab_kernel.core.events import Change, Event, EventKind, Put, SetValue
from collab_kernel.core.evolve import apply, evolve
from collab_kernel.core.facts import (
    ArrayInformation,
    Camera,
    DataInformation,
    Derived,
    Progress,
    Vector,
)
from collab_kernel.core.measures import Health, Metric, MetricKind, Sample
from collab_kernel.core.queries import (
    MAX_IMAGE_SIDE_PX,
    MAX_SELECTED,
    Answer,
    DescribeType,
    FetchData,
    FileEntry,
    FileList,
    FitCamera,
    Hit,
    ListFiles,
    Pick,
    Query,
    RenderImage,
    SaveData,
    Selected,
    SelectedIds,
    SelectOn,
    UpdatePipeline,
)
from collab_kernel.core.scene import (
    MAX_SCENE_BYTES,
    ColourTable,
    DescribeScene,
    FetchGeometry,
    Scene,
    SceneBar,
    SceneContent,
    SceneLack,
    SceneLight,
    SceneLook,
    SceneSurface,
    SceneVolume,
)
from collab_kernel.core.spreadsheet import (
    MAGNITUDE,
    MAX_BLOCKS,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    Block,
    Column,
    FetchRows,
    Rows,
)
from collab_kernel.core.standing import is_ones_own, only_looks, outranks
from collab_kernel.core.state import (
    DoorRow,
    FollowTarget,
    LinkEnd,
    LinkKind,
    LinkRow,
    MuteRow,
    ParticipantRow,
    PinRow,
    PolicyRow,
    ProposalRow,
    ProxyRow,
    Role,
    State,
    Table,
    TimeRow,
)
from collab_kernel.core.tensors import Tensor, packed, unpacked
from collab_kernel.core.values import (
    Element,
    Input,
    Kind,
    ParticipantId,
    ProxyId,
    Value,
    guess,
    value_of,
)
from collab_kernel.core.widgets import Widget
from collab_kernel.errors import RefusedError

__all__ = [
    "MAGNITUDE",
    "MAX_BLOCKS",
    "MAX_CELL_CHARACTERS",
    "MAX_COLUMNS",
    "MAX_IMAGE_SIDE_PX",
    "MAX_MESSAGE_BYTES",
    "MAX_ROWS",
    "MAX_SCENE_BYTES",
    "MAX_SELECTED",
    "NO_RECORDS",
    "SPI_VERSION",
    "Accept",
    "AcceptProposal",
    "Action",
    "Admits",
    "Answer",
    "ArrayDomain",
    "ArrayInformation",
    "AskQuery",
    "Block",
    "BoundsDomain",
    "BringEveryone",
    "Camera",
    "CancelWork",
    "Catalogue",
    "Change",
    "Channel",
    "Chat",
    "ClientOptions",
    "ColourTable",
    "Column",
    "Command",
    "CommandGroup",
    "Create",
    "Credentials",
    "DataInformation",
    "DeclineProposal",
    "DeclineRequest",
    "Derived",
    "DescribeScene",
    "DescribeType",
    "Domain",
    "DoorRow",
    "Edit",
    "Element",
    "EnumerationDomain",
    "Event",
    "EventKind",
    "FetchData",
    "FetchGeometry",
    "FetchRows",
    "FileEntry",
    "FileList",
    "FileServer",
    "FitCamera",
    "Follow",
    "FollowEveryone",
    "FollowTarget",
    "FrontEndSpec",
    "GoTo",
    "Health",
    "Hit",
    "Identity",
    "Input",
    "Kind",
    "LinkEnd",
    "LinkKind",
    "LinkRow",
    "ListFiles",
    "Listener",
    "Lock",
    "Measured",
    "Metric",
    "MetricKind",
    "MetricsExporter",
    "MetricsSpec",
    "Mute",
    "MuteRow",
    "ParticipantId",
    "ParticipantRow",
    "Pause",
    "Pick",
    "PinRow",
    "PlacePin",
    "Play",
    "Policy",
    "PolicyRow",
    "PolicySpec",
    "Progress",
    "Promote",
    "PropertyDefinition",
    "ProposalRow",
    "Propose",
    "Proxied",
    "ProxyDefinition",
    "ProxyId",
    "ProxyRow",
    "ProxyTypeDomain",
    "Put",
    "Query",
    "RangeDomain",
    "Redo",
    "Remove",
    "RemovePin",
    "Rename",
    "RenderImage",
    "Renderer",
    "RendererHost",
    "RendererSpec",
    "RequestRight",
    "RightRequest",
    "Role",
    "Rows",
    "Sample",
    "SaveData",
    "Scene",
    "SceneBar",
    "SceneContent",
    "SceneLack",
    "SceneLight",
    "SceneLook",
    "SceneSurface",
    "SceneVolume",
    "Scope",
    "Security",
    "SelectOn",
    "Selected",
    "SelectedIds",
    "SetColour",
    "SetConnectId",
    "SetHome",
    "SetValue",
    "ShowPresence",
    "Spec",
    "State",
    "Store",
    "StoreSpec",
    "StoredSession",
    "Table",
    "Tensor",
    "TimeRow",
    "Transport",
    "TransportSpec",
    "TypeKey",
    "Undo",
    "UpdatePipeline",
    "Value",
    "Vector",
    "VideoRenderer",
    "Widget",
    "WithdrawRequest",
    "apply",
    "camera_of",
    "evolve",
    "flattened",
    "guess",
    "is_flat",
    "is_ones_own",
    "only_looks",
    "outranks",
    "own_values",
    "packed",
    "unpacked",
    "value_of",
]

SPI_VERSION = 1
"""What a spec says it was written for. Another major is not loaded."""


# -- transports ----------------------------------------------------------------------------


class Channel(Protocol):
    """A connection that carries whole messages, in order, each once.

    peer: the other side's address, for people and logs.
    """

    peer: str

    async def send(self, data: bytes) -> None:
        """Hand over one message; returns when the library has taken it.

        Raises ConnectionLostError once the channel is closed, by either side.
        """

    async def receive(self) -> bytes | None:
        """The next message; None when the connection has ended, and from then on.

        Cancelling loses nothing: the message is the next call's.
        """

    async def close(self) -> None:
        """End the connection, within three seconds even if the peer never reads; idempotent."""


class Listener(Protocol):
    """Something that accepts. address: the real one (a port for `:0`), as `connect` takes it."""

    address: str

    async def close(self) -> None:
        """Stop accepting and end every channel that was accepted; idempotent."""


@dataclass(frozen=True, slots=True)
class Security:
    """How a connection is encrypted; None where this is optional means: in the clear.

    A listener has a certificate and its key (PEM); a client has the certificates it trusts
    (PEM; None: the system's). A transport with keys instead of certificates (CURVE) reads the
    listener's secret key from `key_file`, and the listener's public key at the client from
    `authority_file`.
    """

    certificate_file: str | None = None
    key_file: str | None = None
    authority_file: str | None = None


Accept: TypeAlias = Callable[[Channel], None]
"""Called on the event loop for each channel; must not block."""


MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""What a message has at most: an event that deletes a whole pipeline, say."""


class Transport(Protocol):
    """One way to carry messages; what they mean is the kernel's.

    max_message_bytes: what the other side may send in one message. More ends the connection
    that brings it, and is not held in memory first: who that is may be a stranger.
    """

    async def listen(
        self,
        address: str,
        accept: Accept,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Listener:
        """Accept at `address` (scheme://host:port). Raises AddressError if it can't."""

    async def connect(
        self,
        address: str,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Channel:
        """Raises AddressError or ConnectionLostError if nobody answers (or stays silent)."""


@runtime_checkable
class FileServer(Protocol):
    """What a transport is as well whose listeners answer plain HTTP beside their messages."""

    def serve_files(self, folder: Path) -> None:
        """Called before `listen`, if a front end has a page: answer GET and HEAD with the files
        below `folder` and no others, `/` with its `index.html`. Strangers ask for them: names
        and links must not lead out of it, and whoever is slow must hold up nobody."""


@runtime_checkable
class Proxied(Protocol):
    """What a transport is as well whose listeners a reverse proxy can stand before."""

    def stand_at(self, base_path: str, behind_proxy: bool) -> None:
        """Called before `listen`: answer below `base_path` ("" or "/x") what is answered below
        `/` otherwise, and the messages' own path where it was, too.

        behind_proxy: who a peer is, and which host they asked for, is what the proxy's
        `X-Forwarded-*` headers say. Without it these are any stranger's words, and not read."""


@dataclass(frozen=True, slots=True)
class TransportSpec:
    """scheme: what addresses start with.  aliases: other words for it.

    default_port: None for a transport whose addresses have no port.  secure_scheme: what
    addresses start with where the connection is encrypted; None: the transport can't.
    secured_by: which of the two kinds of `Security` it takes.
    """

    scheme: str
    create: Callable[[], Transport]
    summary: str = ""
    default_port: int | None = None
    aliases: tuple[str, ...] = ()
    secure_scheme: str | None = None
    secured_by: Literal["certificate", "key"] = "certificate"
    spi: int = SPI_VERSION

    @property
    def name(self) -> str:
        return self.scheme


# -- sign-on -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody brings who wants to join. Nothing of it is checked yet.

    peer: where the connection comes from.  encrypted: whether anybody could have read along.
    """

    token: str
    session: str
    name: str
    transport: str
    peer: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is. name: how others see them unless they say otherwise."""

    name: str = ""
    role: Role = Role.COLLABORATOR


# -- policies ------------------------------------------------------------------------------


class Policy(Protocol):
    """Who may do what. Pure: same arguments, same answer; what it must remember is rows of
    the `policy` table, which only `on_request` and `successor` write."""

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        """Why `actor` may not do `action` now; None: they may."""

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        """Asked after people came, went or were lost, and as time passes: the rows that
        change with that. Returns nothing when nothing has to change."""

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        """The rows that a permitted request about the right changes. Raises RefusedError."""


@dataclass(frozen=True, slots=True)
class PolicySpec:
    name: str
    create: Callable[[], Policy]
    summary: str = ""
    spi: int = SPI_VERSION


# -- stores --------------------------------------------------------------------------------


NO_RECORDS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StoredSession:
    """What a store knows of a session without reading it.

    revision: of its newest event, or of a snapshot that stands for events that never were here.
    forgotten: up to this revision there are no events (any more).  size_bytes: about what it
    takes.  created_s, changed_s: since the epoch; changed by what is written, not by opening.
    """

    name: str
    revision: int = 0
    forgotten: int = 0
    size_bytes: int = 0
    created_s: float = 0.0
    changed_s: float = 0.0
    archived: bool = False


class Store(Protocol):
    """Where sessions last. A session is its log: events, opaque bytes, numbered without a gap.
    Beside it are snapshots, which stand for the events up to their revision; the contents of
    large values, each by its SHA-256; and side records, which are the server's own.

    Every call may block: the kernel makes it in a worker thread, one at a time. Reading needs no
    epoch, and is possible while a server writes. What can't be done is a StoreError that says
    why, and has changed nothing.
    """

    def open(self, session: str) -> int:
        """Take the session over and return a new epoch, higher than any before it, those of a
        deleted session of that name among them. Whoever held an earlier one can't write any more.

        A store may as well refuse this for as long as another process has it open to write.
        An archived session is not opened. A damaged end of the log is cut off: see `notices`.
        """

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        """Write events first_revision, first_revision + 1, ..., and the side records, each in
        place of the one of the same key (b"": of none): all of it, or nothing. There may be
        records without events.

        Raises StoreError for a stale epoch, a gap, or when they can't be made to last.
        """

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        """The events after `after_revision`, in order; the first `most` of them.

        Raises StoreError if some of them are forgotten, or damaged.
        """

    def load_records(self, session: str) -> Mapping[str, bytes]:
        """Every side record, by key."""

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        """Keep the state as of `revision`, so that opening needs only what follows. In a session
        that has neither events nor snapshots it may be of any revision, and the log goes on
        behind it; else of none that is not there yet."""

    def load_snapshot(self, session: str, at: int | None = None) -> tuple[int, bytes] | None:
        """The newest (revision, snapshot), of no later revision than `at`."""

    def snapshots(self, session: str) -> Sequence[int]:
        """The revisions that there are snapshots of, rising."""

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        """Keep `data`, whose hash is `sha256`, until it is forgotten: the events that are
        appended next name it, so it has to last when this returns. One that is there already is
        no error. Raises StoreError as `append` does."""

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        """What was kept under this hash; None: nothing."""

    def forget(
        self,
        session: str,
        epoch: int,
        through_revision: int,
        snapshots: Iterable[int] = (),
        blobs: Iterable[bytes] = (),
    ) -> None:
        """Take away the events up to `through_revision` (0: none), the snapshots of these
        revisions and the contents with these hashes.

        Raises StoreError unless a snapshot of `through_revision` is left: from there on the
        session can still be read.
        """

    def sessions(self) -> Sequence[StoredSession]:
        """Every session, in the order in which they were first opened."""

    def rename(self, session: str, name: str) -> None:
        """Whoever had it open can't write any more, as with `archive` and `delete`; a store may
        as well refuse while another process has. Raises StoreError if `name` is taken."""

    def archive(self, session: str, archived: bool = True) -> None:
        """Put a session away, so that it is not opened; or take it out again."""

    def delete(self, session: str) -> None:
        """Take a session away, with everything that belongs to it."""

    def notices(self) -> Sequence[str]:
        """What was found damaged, and what became of it, for people: each is told once."""

    def close(self) -> None:
        """Nothing is written after this."""


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """create: takes what follows the name in `--store NAME:LOCATION`."""

    name: str
    create: Callable[[str], Store]
    summary: str = ""
    spi: int = SPI_VERSION


# -- renderers -----------------------------------------------------------------------------


class RendererHost(Protocol):
    """What a renderer may call while it works."""

    def working(self, proxy: ProxyId) -> None:
        """Say which proxy is about to be executed or drawn (0: none), so that a death can be
        tied to it. Cheap; call it before each."""

    def progress(self, proxy: ProxyId, fraction: float, text: str = "") -> None:
        """Say how far the work at a proxy is, as often as you like: it is thinned out."""

    def cancelled(self) -> bool:
        """Whether the work under way should be given up."""

    def file(self, name: str) -> str:
        """The path to open for a file name in the state. Open nothing else.

        Raises PipelineFailedError for a file outside of where this server may read.
        """

    def save(self, name: str, replace: bool, write: Callable[[str], None]) -> str:
        """Let `write` make the file `name`; its path. Write nothing else.

        `write` is called with the path of an empty file of the same extension beside it, which
        takes its place if `write` returns. Raises PipelineFailedError where this server may not
        write, InvalidValueError for a file that is there and shall not be replaced.
        """

    def runs_code(self) -> bool:
        """Whether types that the catalogue marks with `runs_code` may be executed here."""

    def tell(self, derived: Derived) -> None:
        """Say what was found out about a proxy."""


class Renderer(Protocol):
    """Executes the proxies and draws the views: ParaView's SI side.

    Synchronous, in a process of its own, used by one thread. It may crash: the kernel starts
    another and loads the state into it. Whatever goes wrong with one proxy is told as that
    proxy's error (`Derived.error`) and stops neither the others nor the process.
    """

    engine: str
    """Name and version of what does the work, for people."""

    def load(self, state: State) -> None:
        """Forget everything and take over `state`."""

    def apply(self, state: State, events: Sequence[Event]) -> None:
        """Take over `state`, which differs from the last one by `events`. Execute nothing."""

    def set_time(self, time: float) -> None:
        """Show everything at this simulation time from the next `execute` or `query` on;
        execute nothing.

        It is 0 before, and lasts over `load`. Only what depends on time is executed again; what
        is hidden may wait until it is shown or asked for.
        """

    def execute(self) -> bool:
        """Execute one proxy that needs it, visible ones first, and tell what was found out.

        Returns False when nothing was left to do. In between the kernel applies what came.
        """

    def query(self, query: Query) -> Answer:
        """Answer at the last applied state.

        Raises PipelineFailedError (the text names the proxy), UnknownProxyError or
        InvalidValueError.
        """

    def close(self) -> None:
        """Release everything."""


@runtime_checkable
class VideoRenderer(Protocol):
    """A renderer that also makes pictures from one another, which takes a part of the bytes.

    A `RenderImage` in such a format names a stream. Each picture of a stream is made from the one
    before; where `key` is set, or there is none before of this size, it needs no earlier one. Of
    many streams a renderer may forget those that it was not asked for longest.

    "h264" is an access unit in Annex B form, its parameter sets in front where it needs no
    earlier one, without pictures that are shown later than those behind them; even sides.
    """

    video: tuple[str, ...]
    """The formats."""


@dataclass(frozen=True, slots=True)
class RendererSpec:
    """definitions: the catalogue, without starting the engine; cache what takes long.

    factory: "module:callable", imported and called with a RendererHost in the child process.
    """

    name: str
    definitions: Callable[[], Catalogue]
    factory: str
    summary: str = ""
    spi: int = SPI_VERSION


# -- front ends ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FrontEndSpec:
    """What a person or a script touches.

    client: for a front end that `collab client` can start: takes the options, runs a script or
    an interactive shell, and returns the exit code.

    files: for a front end that is a web page: the folder with its `index.html`, which transports
    serve that are a `FileServer`.

    script: for a front end that runs scripts: the text of one that makes what a state has, in a
    session that has nothing. It takes the state, what gives large values their elements, and a
    title for people.
    """

    name: str
    summary: str = ""
    client: Callable[[ClientOptions], int] | None = None
    spi: int = SPI_VERSION
    files: Callable[[], Path] | None = None
    script: Callable[[State, Callable[[Value], Value], str], str] | None = None


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """What `collab client` was asked to do."""

    urls: tuple[str, ...] = ()
    multi_servers: bool = False
    name: str = ""
    session: str = ""
    script: str | None = None
    arguments: tuple[str, ...] = ()
    token: str = ""
    tls: str = ""
    reverse: str = ""
    """Where to wait for a server that dials in; "" is nowhere."""
    locks: Any = None
    """`collab_kernel.server.Locks` for that."""
    connect_id: str = ""


# -- metrics -------------------------------------------------------------------------------


class Measured(Protocol):
    """What a server lets be seen of itself. Call it on the event loop; it costs little."""

    def metrics(self) -> Sequence[Metric]:
        """Everything that is counted, as it is now."""

    def health(self) -> Health:
        """What is wrong now. Says no secret: strangers may ask for it."""


Admits: TypeAlias = Callable[[str], Awaitable[bool]]
"""Whether whoever brings this token may see the metrics. Call it on the event loop."""


class MetricsExporter(Protocol):
    """Shows a server's metrics to something that watches it."""

    async def start(
        self, address: str, measured: Measured, admits: Admits | None, security: Security | None
    ) -> str:
        """Serve at HOST:PORT (port 0 picks one), or push to it; the real address.

        admits: asked about the token of everybody who asks for metrics; None: all may see them.
        What is asked here must never hold up the event loop, nor grow with who asks.
        Raises AddressError.
        """

    async def close(self) -> None:
        """End it; idempotent."""


@dataclass(frozen=True, slots=True)
class MetricsSpec:
    """For `--metrics [NAME://]HOST:PORT`."""

    name: str
    create: Callable[[], MetricsExporter]
    summary: str = ""
    spi: int = SPI_VERSION


class CommandGroup(Protocol):
    """What `collab_commands` adds to: the part of a click group that plugins need."""

    def add_command(self, cmd: Any, name: str | None = None) -> None:
        """Add a click command under `name`, or under its own."""


Spec: TypeAlias = TransportSpec | PolicySpec | StoreSpec | RendererSpec | FrontEndSpec | MetricsSpec
