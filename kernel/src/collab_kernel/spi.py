"""The contracts that plugins implement. Version 1.

A plugin hands the kernel *specs* (through the hooks of `collab_kernel.hookspecs`); a spec
names the thing and creates it when it is chosen, so heavy imports happen only then. No
library's own exception crosses these lines: raise the errors of `collab_kernel.errors`.

Longer than other modules on purpose: it is the whole contract, to be read in one piece, and a
third of it is the list of the core's types that plugins may use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
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
from collab_kernel.errors import RefusedError

__all__ = [
    "MAX_IMAGE_SIDE_PX",
    "MAX_MESSAGE_BYTES",
    "MAX_SELECTED",
    "SPI_VERSION",
    "Accept",
    "AcceptProposal",
    "Action",
    "Answer",
    "ArrayDomain",
    "ArrayInformation",
    "AskQuery",
    "BoundsDomain",
    "BringEveryone",
    "Camera",
    "CancelWork",
    "Catalogue",
    "Change",
    "Channel",
    "Chat",
    "ClientOptions",
    "Command",
    "CommandGroup",
    "Create",
    "Credentials",
    "DataInformation",
    "DeclineProposal",
    "DeclineRequest",
    "Derived",
    "DescribeType",
    "Domain",
    "DoorRow",
    "Edit",
    "Element",
    "EnumerationDomain",
    "Event",
    "EventKind",
    "FetchData",
    "FileEntry",
    "FileList",
    "FileServer",
    "FitCamera",
    "Follow",
    "FollowEveryone",
    "FollowTarget",
    "FrontEndSpec",
    "GoTo",
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
    "SaveData",
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
    "Table",
    "TimeRow",
    "Transport",
    "TransportSpec",
    "TypeKey",
    "Undo",
    "UpdatePipeline",
    "Value",
    "Vector",
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


class Store(Protocol):
    """Where a session's log lasts. Events are opaque bytes, numbered without a gap; beside them
    are the contents of large values, each by its SHA-256.

    Every call may block: the kernel makes it in a worker thread, one at a time.
    """

    def open(self, session: str) -> int:
        """Take the session over and return a new epoch, higher than any before it. Whoever
        held an earlier epoch can't write any more."""

    def append(
        self, session: str, epoch: int, first_revision: int, events: Sequence[bytes]
    ) -> None:
        """Write events first_revision, first_revision + 1, ...: all of them, or none.

        Raises StoreError for a stale epoch, a gap, or when they can't be made to last.
        """

    def read(self, session: str, after_revision: int) -> Sequence[bytes]:
        """The events after `after_revision`, in order."""

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        """Keep the state as of `revision`, so that opening needs only what follows."""

    def load_snapshot(self, session: str) -> tuple[int, bytes] | None:
        """The newest (revision, snapshot)."""

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        """Keep `data`, whose hash is `sha256`, for as long as the log: the events that are
        appended next name it, so it has to last when this returns. One that is there already is
        no error. Raises StoreError as `append` does."""

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        """What was kept under this hash; None: nothing."""

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
    """

    name: str
    summary: str = ""
    client: Callable[[ClientOptions], int] | None = None
    spi: int = SPI_VERSION
    files: Callable[[], Path] | None = None


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


class CommandGroup(Protocol):
    """What `collab_commands` adds to: the part of a click group that plugins need."""

    def add_command(self, cmd: Any, name: str | None = None) -> None:
        """Add a click command under `name`, or under its own."""


Spec: TypeAlias = TransportSpec | PolicySpec | StoreSpec | RendererSpec | FrontEndSpec
