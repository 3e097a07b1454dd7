"""The public async client: join a session, see it, and change it.

    session = await connect("zmq://127.0.0.1:11111", name="Ada")
    sphere = await session.create("sources", "SphereSource", ThetaResolution=16)
    await sphere.set(Radius=2.0)
    await session.close()

Everything that is read (`sphere["Radius"]`, `session.participants`) comes from a mirror in
this process and costs no round trip; everything that is changed is acknowledged by the server
or raises the error that it answers with.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from collab_kernel.core import showing
from collab_kernel.core.cameras import camera_of, values_of
from collab_kernel.core.commands import (
    Chat,
    Command,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Follow,
    FollowEveryone,
    NamedValues,
    Operation,
    Promote,
    Redo,
    Register,
    Rename,
    Set,
    SetHome,
    Undo,
)
from collab_kernel.core.definitions import ProxyDefinition, nearest
from collab_kernel.core.events import Event
from collab_kernel.core.facts import (
    ArrayInformation,
    Camera,
    DataInformation,
    Derived,
    Progress,
)
from collab_kernel.core.following import followed
from collab_kernel.core.messages import Hello, TypeInfo
from collab_kernel.core.presence import Gone, Shown, seen
from collab_kernel.core.queries import (
    Answer,
    DescribeType,
    FetchData,
    FitCamera,
    RenderImage,
    UpdatePipeline,
)
from collab_kernel.core.state import ChatRow, FollowTarget, HistoryRow, Role, State, Table
from collab_kernel.core.values import (
    COUNTER_BITS,
    Element,
    Input,
    Kind,
    ParticipantId,
    ProxyId,
    Value,
    guess,
)
from collab_kernel.errors import (
    AddressError,
    CollabError,
    ForeignProxyError,
    RefusedError,
    UnknownProxyError,
)
from collab_kernel.host.addresses import to_connect_to
from collab_kernel.host.client import Connection
from collab_kernel.host.subscription import Subscription
from collab_kernel.plugins import Plugins, load
from collab_kernel.spi import Security
from collab_kernel.wire.rows import digest
from collab_kernel.wire.values import decode_definition

__all__ = [
    "ArrayInformation",
    "Camera",
    "ChatRow",
    "Connect",
    "Create",
    "DataInformation",
    "Delete",
    "Derived",
    "Disconnect",
    "Edit",
    "Event",
    "Frame",
    "HistoryRow",
    "Input",
    "Operation",
    "Participant",
    "Progress",
    "Proxy",
    "ProxyDefinition",
    "Register",
    "Role",
    "Session",
    "Set",
    "State",
    "TypeInfo",
    "Value",
    "View",
    "connect",
    "nearest",
    "showing",
]

REST_S = 1.0
"""How long the master's camera has to rest before it becomes the home camera."""


async def connect(
    url: str,
    name: str = "",
    session: str = "",
    token: str | None = None,
    tls: Security | str | Path | None = None,
    *,
    front_end: str = "python",
    plugins: Plugins | None = None,
) -> Session:
    """Take part in a session of the server at `url`; the empty session is its default.

    url: `scheme://host:port`; `host` and `host:port` mean ZMQ, and a port may be left out.
    token: what the server's owner gave out.  tls: for an encrypted transport, a file with the
    certificates to trust (PEM), or with the server's public key (CURVE).
    Raises AddressError, UnknownPluginError, ConnectionLostError, SessionFullError and other
    RefusedErrors, VersionMismatchError or AuthenticationFailedError.
    """
    place = to_connect_to(url, plugins or load())
    security = None
    if place.encrypted:
        authority = str(tls) if isinstance(tls, str | Path) else None
        security = tls if isinstance(tls, Security) else Security(authority_file=authority)
    elif tls is not None:
        raise AddressError(f"{url!r} is not encrypted, so tls means nothing there")
    channel = await place.spec.create().connect(place.address, security)
    connection = Connection(channel)
    hello = Hello(session=session, name=name, token=token or "", front_end=front_end)
    await connection.join(hello)
    return Session(connection, place.address)


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part. following: whose view they see now; None: their own."""

    id: ParticipantId
    name: str
    role: str
    following: ParticipantId | None
    colour: str
    front_end: str
    transport: str
    is_master: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of a view at `revision`; `data` is in `format` ("jpeg", "png" or "raw")."""

    data: bytes
    width: int
    height: int
    format: str
    revision: int


class Session:
    """A participant's session. Also an async context manager, which closes it."""

    def __init__(self, connection: Connection, url: str) -> None:
        self._connection = connection
        self.url = url
        self._pinned: State | None = None
        newest: int = self.state.table(Table.COUNTERS).get(self.id, 0)
        self._counters = itertools.count(newest + 1)
        self._undo_sets = itertools.count(1)
        self._alone: asyncio.Future[int] | None = None
        self._resting: dict[ProxyId, asyncio.TimerHandle] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Session {self.name!r} at {self.url}, revision {self.revision}>"

    # -- what there is ---------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The confirmed state, immutable: keep it as long as you like."""
        return self._pinned or self._connection.mirror.state

    @property
    def id(self) -> ParticipantId:
        """My participant id."""
        return self._connection.me

    @property
    def name(self) -> str:
        return self._connection.welcome.session

    @property
    def collaborative(self) -> bool:
        """Whether the server admits several participants (`--multi-clients`)."""
        return self._connection.welcome.collaborative

    @property
    def renderer(self) -> str:
        """The renderer's name; "" where no pipeline is executed."""
        return self._connection.welcome.renderer

    @property
    def types(self) -> tuple[TypeInfo, ...]:
        """What can be created."""
        return self._connection.welcome.types

    @property
    def lost(self) -> CollabError | None:
        """Why the connection has ended; None while it stands."""
        return self._connection.lost

    @property
    def revision(self) -> int:
        return self.state.revision

    def digest(self) -> str:
        """A hash of the shared state: equal on all mirrors at equal revisions."""
        return digest(self.state)

    async def reached(self, revision: int) -> None:
        """Return when this mirror has folded `revision`. Raises ConnectionLostError."""
        await self._connection.reached(revision)

    def pin(self) -> None:
        """Move what this session reads to the newest state, and keep it there.

        From the first call on, only accepted changes of its own and further calls move it.
        """
        self._pinned = self._connection.mirror.state

    async def catch_up(self) -> None:
        """Return when the mirror has folded all that the server has accepted before the call."""
        me = self._connection.mirror.state.participant(self.id)
        with contextlib.suppress(RefusedError):  # saying my name again changes nothing, in turn
            await self._connection.begin(Rename(me.name))

    def events(self) -> Subscription[Event]:
        """Every event from the call on, none missed."""
        return self._connection.events()

    def presence(self) -> Subscription[Shown | Gone | Progress]:
        """What others show of themselves (their cameras, say) and the progress of long work."""
        return self._connection.presence()

    def derived(self) -> Subscription[Derived]:
        """What the renderer finds out about proxies, from the call on."""
        return self._connection.derived()

    # -- people ----------------------------------------------------------------------------

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Everybody who is connected, in the order of joining."""
        return tuple(self._participant(id) for id in self.state.present)

    @property
    def me(self) -> Participant:
        return self._participant(self.id)

    @property
    def master(self) -> Participant | None:
        """Who steers."""
        id = self.state.master
        return self._participant(id) if id in self.state.participants else None

    def _participant(self, id: ParticipantId | None) -> Participant:
        assert id is not None
        row = self.state.participant(id)
        return Participant(
            id,
            row.name,
            row.role.name.lower(),
            followed(self.state, id),
            row.colour,
            row.front_end,
            row.transport,
            id == self.state.master,
        )

    @property
    def chat_history(self) -> tuple[ChatRow, ...]:
        """What was said, oldest first."""
        return tuple(row for _, row in sorted(self.state.table(Table.CHAT).items()))

    async def chat(self, text: str) -> int:
        return await self._do(Chat(text))

    async def rename(self, name: str) -> int:
        """Call myself `name`; if somebody has that name, a number is put behind mine."""
        return await self._do(Rename(name))

    async def promote(self, participant: ParticipantId) -> int:
        """Hand the master's right over. Raises NotMasterError unless I may."""
        return await self._do(Promote(participant))

    async def follow(self, participant: ParticipantId | None) -> int:
        """See what `participant` sees; None: look around on my own."""
        if participant is None:
            return await self._do(Follow(FollowTarget(FollowTarget.Kind.NOBODY)))
        if participant == self.state.master:
            return await self.follow_master()
        target = FollowTarget(FollowTarget.Kind.PARTICIPANT, participant)
        return await self._do(Follow(target))

    async def follow_master(self) -> int:
        """See what the master sees, whoever that is."""
        return await self._do(Follow(FollowTarget(FollowTarget.Kind.MASTER)))

    async def follow_everyone(self, participant: ParticipantId) -> int:
        """Let everybody see what `participant` sees. Raises NotMasterError unless I may."""
        return await self._do(FollowEveryone(participant))

    # -- proxies ---------------------------------------------------------------------------

    @property
    def proxies(self) -> Mapping[ProxyId, Proxy]:
        """Every proxy, by id, in the order of ids."""
        return {id: self._proxy(id) for id in sorted(self.state.proxies)}

    def proxy(self, group: str, name: str) -> Proxy | None:
        """The proxy registered as `name` in `group`; None if there is none."""
        id = self.state.named(group, name)
        return None if id is None else self._proxy(id)

    @property
    def views(self) -> tuple[View, ...]:
        """The views, oldest first."""
        return tuple(View(self, id) for id in showing.views(self.state))

    def _proxy(self, id: ProxyId) -> Proxy:
        is_view = self.state.proxy(id).group == "views"
        return View(self, id) if is_view else Proxy(self, id)

    async def create(
        self, group: str, type: str, name: str | None = None, /, **values: Any
    ) -> Proxy:
        """Make a proxy; without a name the next free one is taken.

        values: numbers, texts, sequences of them, proxies, or (proxy, port) for another output
        port than the first. Raises NotMasterError, UnknownTypeError, UnknownPropertyError,
        InvalidValueError, NameTakenError, UnknownProxyError.
        """
        name = values.pop("name", name)
        id = self.new_id()
        await self.edit(Create(id, group, type, name, self.values(values)))
        return self._proxy(id)

    async def delete(self, proxy: Proxy | ProxyId) -> int:
        """Delete a proxy. Raises ProxyInUseError naming who uses it."""
        return await self.edit(Delete(self.id_of(proxy)))

    async def edit(self, *operations: Operation, label: str = "", undo_set: int = 0) -> int:
        """Carry out all of the operations, or none: one event, one entry of the history.

        Neighbouring edits with the same `undo_set` (see `new_undo_set`) are one entry.
        """
        return await self._do(Edit(operations), label, undo_set)

    def new_id(self) -> ProxyId:
        """An id for a proxy that I am going to create."""
        return (self.id << COUNTER_BITS) + next(self._counters)

    def new_undo_set(self) -> int:
        """A number for edits that shall be undone together: those of one drag, say."""
        return next(self._undo_sets)

    def id_of(self, proxy: Proxy | ProxyId) -> ProxyId:
        """The id of a proxy of this session. Raises ForeignProxyError for another's."""
        if isinstance(proxy, Proxy):
            if proxy.session is not self:
                raise ForeignProxyError(
                    f"{proxy.title} belongs to {proxy.session.url}: it can't be used at {self.url}"
                )
            return proxy.id
        return proxy

    def values(self, given: Mapping[str, Any]) -> NamedValues:
        """Plain Python values as values of properties."""
        return tuple((name, self._value(plain)) for name, plain in given.items())

    def _value(self, plain: Any) -> Value:
        if plain is None:
            return guess(())
        if isinstance(plain, Value):
            return plain
        if isinstance(plain, Proxy):
            return guess(Input(self.id_of(plain)))
        if isinstance(plain, tuple) and len(plain) == 2 and isinstance(plain[0], Proxy):
            return guess(Input(self.id_of(plain[0]), plain[1]))
        if isinstance(plain, Iterable) and not isinstance(plain, str | bytes):
            return guess([self._element(e) for e in plain])
        return guess(plain)

    def _element(self, element: Any) -> Any:
        port = isinstance(element, tuple) and len(element) == 2 and isinstance(element[0], Proxy)
        return self._value(element).elements[0] if port or isinstance(element, Proxy) else element

    async def definition(self, group: str, type: str) -> ProxyDefinition:
        """The definition of a type. Raises UnknownTypeError."""
        known: ProxyDefinition | None = self.state.table(Table.DEFINITIONS).get((group, type))
        if known is not None:
            return known
        return decode_definition((await self.ask(DescribeType((group, type)))).data)

    # -- showing ---------------------------------------------------------------------------

    async def open_file(self, path: str, name: str | None = None) -> Proxy:
        """The reader for a file that the server can read. Raises InvalidValueError."""
        types = (((t.group, t.type), t.file_extensions) for t in self.types)
        group, type = showing.reader_for(path, types)
        return await self.create(group, type, name, FileName=path)

    async def show(self, source: Proxy, view: Proxy | None = None, port: int = 0) -> Proxy:
        """Make an output port of `source` visible in `view` (the first one); its
        representation there."""
        id, operations = showing.show(
            self.state, Input(self.id_of(source), port), self._view_id(view), self.new_id
        )
        await self.edit(*operations, label=f"Show {source.title}")
        return self._proxy(id)

    async def hide(self, source: Proxy, view: Proxy | None = None, port: int = 0) -> int:
        """Make an output port of `source` invisible in `view`."""
        shown = Input(self.id_of(source), port)
        operations = showing.hide(self.state, shown, self._view_id(view))
        return await self.edit(*operations, label=f"Hide {source.title}")

    async def color_by(
        self, representation: Proxy, array: str | None, association: str | None = None
    ) -> int:
        """Colour a representation by an array of its input, or (None) in one colour.

        association: "POINTS" or "CELLS"; by default whichever has it, points first.
        Raises InvalidValueError that lists the arrays there are; RendererError.
        """
        found = None
        if array is not None:
            found = await self._array(representation, array, association)
        operations = showing.colour_by(self.state, self.id_of(representation), found, self.new_id)
        label = f"Colour {representation.title} by {array or 'one colour'}"
        return await self.edit(*operations, label=label)

    async def _array(
        self, representation: Proxy, array: str, association: str | None
    ) -> ArrayInformation:
        given = self.state.value(self.id_of(representation), "Input")
        if given is None or not given.references:
            raise UnknownProxyError(f"{representation.title} has no input")
        source = given.elements[0]
        assert isinstance(source, Input)
        information = await self._proxy(source.proxy).update(source.port)
        found = information.array(array, association)
        if found is None:
            raise showing.no_such_array(array, association, information)
        return found

    def _view_id(self, view: Proxy | None) -> ProxyId:
        if view is not None:
            return self.id_of(view)
        first = next(showing.views(self.state), None)
        if first is None:
            raise UnknownProxyError("the session has no view: create a views/RenderView")
        return first

    # -- history ---------------------------------------------------------------------------

    @property
    def history(self) -> tuple[HistoryRow, ...]:
        """What can be undone and redone, oldest first, with author, label and time."""
        return tuple(row for _, row in sorted(self.state.table(Table.HISTORY).items()))

    async def undo(self, mine: bool = False) -> int:
        """Take back the last entry of the history, or (mine) my own last one.

        Raises NothingToUndoError, UndoConflictError, NotMasterError.
        """
        return await self._do(Undo(mine))

    async def redo(self) -> int:
        """Do again what was undone last. Raises as `undo`."""
        return await self._do(Redo())

    # -- beneath ---------------------------------------------------------------------------

    async def _do(self, command: Command, label: str = "", undo_set: int = 0) -> int:
        revision = await self._connection.begin(command, label, undo_set)
        if self._pinned is not None:
            self._pinned = self._connection.acknowledged
        return revision

    def begin(self, command: Command, label: str = "", undo_set: int = 0) -> asyncio.Future[int]:
        """Send a command without waiting: the future is its revision or its refusal."""
        return self._connection.begin(command, label, undo_set)

    async def ask(self, query: Any) -> Answer:
        """Ask the renderer (or the catalogue) a question of `collab_kernel.core.queries`."""
        return await self._connection.ask(query)

    # -- own values ------------------------------------------------------------------------

    def own(self, proxy: ProxyId, property: str) -> Value | None:
        """My own value of a property that is each participant's own, or its home value."""
        mine = self._connection.mirror.presence.own(self.id, proxy)
        return mine.get(property) or self.state.value(proxy, property)

    def show_own(self, proxy: ProxyId, **values: Any) -> None:
        """Set own values of mine (cameras have `look`). Raises UnknownPropertyError or
        InvalidValueError."""
        definition = self.state.definition(proxy)
        named = self.values(values)
        checked = tuple((name, definition.property(name).accept(value)) for name, value in named)
        self._connection.show(proxy, checked)

    # -- cameras ---------------------------------------------------------------------------

    def camera(self, view: ProxyId) -> Camera:
        """The camera that I see `view` with: mine, or that of whom I follow, or the home one."""
        presence = self._connection.mirror.presence
        if self._alone is not None and not self._alone.done():
            return camera_of(dict(self.state.values(view)) | presence.own(self.id, view))
        return camera_of(seen(self.state, presence, self.id, view))

    def look(self, view: ProxyId, camera: Camera) -> None:
        """Look at `view` with a camera of my own. That stops my following; when I am the
        master and the camera has rested for a second, it becomes the home camera."""
        if followed(self.state, self.id) is not None:
            alone = Follow(FollowTarget(FollowTarget.Kind.NOBODY))
            self._alone = self._connection.begin(alone)
            self._alone.add_done_callback(_seen_to)
        values = values_of(camera)
        self._connection.show(view, values)
        if view in self._resting:
            self._resting.pop(view).cancel()
        if self.state.master == self.id:
            loop = asyncio.get_running_loop()
            self._resting[view] = loop.call_later(REST_S, self._go_home, view)

    def _go_home(self, view: ProxyId) -> None:
        """Make my camera the home camera, if I still may."""
        self._resting.pop(view).cancel()
        if self.state.master == self.id and view in self.state.proxies:
            values = values_of(camera_of(self._connection.mirror.presence.own(self.id, view)))
            self._connection.begin(SetHome(view, values)).add_done_callback(_seen_to)

    async def close(self) -> None:
        """Leave the session; idempotent."""
        for view in list(self._resting):
            self._go_home(view)
        await self._connection.close()


def _seen_to(future: asyncio.Future[int]) -> None:
    """Nobody waits for this command: a refusal is no surprise, and nothing is lost."""
    if not future.cancelled():
        future.exception()


class Proxy:
    """A proxy of a session, as this participant knows it.

    `proxy["Name"]` reads a property from the mirror: the only element, or a tuple of all of
    them; proxies come as Proxy objects.
    """

    def __init__(self, session: Session, id: ProxyId) -> None:
        self.session = session
        self.id = id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title!r} ({self.id})>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Proxy) and (self.session, self.id) == (other.session, other.id)

    def __hash__(self) -> int:
        return hash((id(self.session), self.id))

    @property
    def exists(self) -> bool:
        return self.id in self.session.state.proxies

    @property
    def group(self) -> str:
        return self.session.state.proxy(self.id).group

    @property
    def type(self) -> str:
        return self.session.state.proxy(self.id).type

    @property
    def name(self) -> str:
        """The registered name; "" for a sub-proxy."""
        return self.session.state.proxy(self.id).name

    @property
    def title(self) -> str:
        """How texts call it, also after it was deleted."""
        return self.session.state.title(self.id)

    @property
    def maker(self) -> ParticipantId:
        """Who made it, also if they have left; 0 is the server."""
        return self.id >> COUNTER_BITS

    @property
    def definition(self) -> ProxyDefinition:
        return self.session.state.definition(self.id)

    def __getitem__(self, property: str) -> Any:
        """Raises UnknownPropertyError or UnknownProxyError."""
        definition = self.definition.property(property)
        value = self.session.state.value(self.id, property)
        elements = [self._plain(value.kind, e) for e in value.elements] if value else []
        if definition.number_of_elements == 1:
            return elements[0] if elements else None
        return tuple(elements)

    def _plain(self, kind: Kind, element: Element) -> Any:
        """References as proxies; a port other than the first as (proxy, port)."""
        if kind is Kind.PROXY and isinstance(element, int):
            return self.session._proxy(element)
        if isinstance(element, Input):
            proxy = self.session._proxy(element.proxy)
            return (proxy, element.port) if element.port else proxy
        return element

    def __iter__(self) -> Iterator[str]:
        """The names of the properties."""
        return (p.name for p in self.definition.properties)

    async def set(self, **values: Any) -> int:
        """Set properties in one step; the revision it led to.

        Raises NotMasterError, InvalidValueError, UnknownPropertyError, InputCycleError and
        other RefusedErrors; then nothing has changed.
        """
        return await self.session.edit(Set(self.id, self.session.values(values)))

    async def rename(self, name: str) -> int:
        """Register the proxy under another name. Raises NameTakenError."""
        return await self.session.edit(Register(self.id, name))

    # -- facts -----------------------------------------------------------------------------

    @property
    def derived(self) -> Derived | None:
        """What the renderer has told of it last."""
        return self.session._connection.mirror.derived.get(self.id)

    @property
    def data_information(self) -> DataInformation | None:
        """Of the first output port, as last told; None before it was executed, or if it
        failed (see `error`)."""
        derived = self.derived
        return derived.ports[0] if derived and derived.ports else None

    @property
    def error(self) -> str:
        """Why its pipeline failed, as last told; "" if it did not."""
        derived = self.derived
        return derived.error if derived else ""

    async def update(self, port: int = 0) -> DataInformation:
        """Execute it now, and return what its output port holds.

        Raises PipelineFailedError, NoRendererError or another RendererError.
        """
        answer = await self.session.ask(UpdatePipeline(self.id))
        ports = answer.derived.ports if answer.derived else ()
        if port >= len(ports):
            raise UnknownProxyError(f"{self.title} has no output port {port}")
        return ports[port]

    async def fetch(self, port: int = 0) -> Answer:
        """The data of an output port as a NumPy archive: see `core.queries.FetchData`."""
        return await self.session.ask(FetchData(self.id, port))


class View(Proxy):
    """A view; every participant has a camera of their own in it."""

    @property
    def camera(self) -> Camera:
        """What I look with: mine, or that of whom I follow, or the home camera."""
        return self.session.camera(self.id)

    @camera.setter
    def camera(self, camera: Camera) -> None:
        self.session.look(self.id, camera)

    async def render(
        self,
        width: int = 1280,
        height: int = 720,
        format: str = "jpeg",
        quality: int = 0,
        camera: Camera | None = None,
    ) -> Frame:
        """A picture as I see it (or as `camera` does): "jpeg", "png" or "raw" (RGB rows).

        Sides 1 to 8192 px; quality 1 to 100, 0 is the renderer's choice. Raises
        InvalidValueError or RendererError.
        """
        image = RenderImage(self.id, width, height, format, quality, camera or self.camera)
        answer = await self.session.ask(image)
        return Frame(answer.data, answer.width, answer.height, answer.format, answer.revision)

    async def reset_camera(self, aspect: float = 16 / 9) -> Camera:
        """Look so that all that is visible fits a window of `aspect`, from the same side."""
        answer = await self.session.ask(FitCamera(self.id, self.camera, aspect))
        camera = answer.camera or self.camera
        self.camera = camera
        return camera
