"""A participant's session: what there is, and what one can do.

Longer than other modules on purpose: the public names of a session are one contract, each a line
or two over the connection and the core.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from collab_kernel.client.contents import Contents
from collab_kernel.client.drafting import Drafting, Steering
from collab_kernel.client.drags import Drag
from collab_kernel.client.looking import Looking
from collab_kernel.client.past import Past
from collab_kernel.client.people import People
from collab_kernel.client.pins import Pins
from collab_kernel.client.proposals import Proposals
from collab_kernel.client.proxies import Proxy, View
from collab_kernel.client.status import Condition
from collab_kernel.client.ties import Ties
from collab_kernel.client.timeline import Timeline
from collab_kernel.client.watching import Watching
from collab_kernel.core import showing
from collab_kernel.core.ahead import ahead
from collab_kernel.core.commands import (
    Command,
    Create,
    Delete,
    Edit,
    NamedValues,
    Operation,
    Sync,
)
from collab_kernel.core.definitions import ProxyDefinition
from collab_kernel.core.events import Event
from collab_kernel.core.facts import ArrayInformation, Derived, Progress
from collab_kernel.core.messages import LookingBack, TypeInfo
from collab_kernel.core.presence import Gone, Shown
from collab_kernel.core.queries import Answer, DescribeType, FileList, ListFiles
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import (
    COUNTER_BITS,
    Input,
    ParticipantId,
    ProxyId,
    Value,
    guess,
)
from collab_kernel.errors import CollabError, ForeignProxyError, UnknownProxyError
from collab_kernel.host.client import Connection
from collab_kernel.host.reconnection import Notice
from collab_kernel.host.subscription import Subscription
from collab_kernel.spi import Listener
from collab_kernel.wire.facts import decode_files
from collab_kernel.wire.rows import digest
from collab_kernel.wire.values import decode_definition


class Session(People, Timeline, Proposals, Pins, Ties, Past, Watching, Condition):
    """A participant's session. Also an async context manager, which closes it."""

    def __init__(self, connection: Connection, url: str, listener: Listener | None = None) -> None:
        self._connection = connection
        self._listener = listener
        self.url = url
        self._pinned: State | None = None
        self.drafting: Drafting | None = None
        """Where edits are recorded instead of being sent: see `draft`."""
        newest: int = self.state.table(Table.COUNTERS).get(self.id, 0)
        self._counters = itertools.count(newest + 1)
        self._undo_sets = itertools.count(1)
        self.looking = Looking(connection)
        self._contents = Contents(connection, self.definition, lambda: self.state)

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
        """The confirmed state, immutable: keep it as long as you like; while a proposal is made,
        with its edits."""
        return self._confirmed if self.drafting is None else self.drafting.state

    @property
    def _confirmed(self) -> State:
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
    def looking_back(self) -> LookingBack | None:
        """What of the past the session shows, where nobody changes anything; None: it is of now."""
        return self._connection.welcome.looking_back

    @property
    def types(self) -> tuple[TypeInfo, ...]:
        """What can be created."""
        return self._connection.welcome.types

    @property
    def lost(self) -> CollabError | None:
        """Why the connection has ended for good; None while it stands, or is made anew."""
        return self._connection.lost

    @property
    def connected(self) -> bool:
        """Whether the connection stands now. While it does not, what is read is what was known
        last, and what is changed waits until it stands again."""
        return self._connection.connected

    def notices(self) -> Subscription[Notice]:
        """When the connection breaks and stands again, from the call on."""
        return self._connection.notices()

    @property
    def revision(self) -> int:
        """Of the confirmed state, also while a proposal is made; and so is `digest`."""
        return self._confirmed.revision

    def digest(self) -> str:
        """A hash of the shared state: equal on all mirrors at equal revisions."""
        return digest(self._confirmed)

    async def reached(self, revision: int) -> None:
        """Return when this mirror has folded `revision`. Raises ConnectionLostError."""
        await self._connection.reached(revision)

    def hold(self) -> None:
        """Move what this session reads to the newest state, and keep it there.

        From the first call on, only accepted changes of its own and further calls move it.
        """
        self._pinned = self._connection.mirror.state

    async def catch_up(self) -> None:
        """Return when the mirror has folded all that the server has accepted before the call."""
        await self._connection.begin(Sync())

    def events(self) -> Subscription[Event]:
        """Every event from the call on, none missed but those that a `Skipped` notice tells
        of."""
        return self._connection.events()

    def presence(self) -> Subscription[Shown | Gone | Progress]:
        """What others show of themselves (their cameras, say) and the progress of long work."""
        return self._connection.presence()

    def derived(self) -> Subscription[Derived]:
        """What the renderer finds out about proxies, from the call on."""
        return self._connection.derived()

    def derived_of(self, proxy: ProxyId) -> Derived | None:
        """What the renderer has told of a proxy last."""
        return self._connection.mirror.derived.get(proxy)

    # -- proxies ---------------------------------------------------------------------------

    @property
    def proxies(self) -> Mapping[ProxyId, Proxy]:
        """Every proxy, by id, in the order of ids."""
        return {id: self.proxy_of(id) for id in sorted(self.state.proxies)}

    def proxy(self, group: str, name: str) -> Proxy | None:
        """The proxy registered as `name` in `group`; None if there is none."""
        id = self.state.named(group, name)
        return None if id is None else self.proxy_of(id)

    @property
    def views(self) -> tuple[View, ...]:
        """The views, oldest first."""
        return tuple(View(self, id) for id in showing.views(self.state))

    def proxy_of(self, id: ProxyId) -> Proxy:
        """The proxy with this id. Raises UnknownProxyError."""
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
        return self.proxy_of(id)

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
                    f"{proxy.title} belongs to session {proxy.session.name!r} at "
                    f"{proxy.session.url}: it can't be used in {self.name!r} at {self.url}"
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

    async def whole(self, value: Value) -> Value:
        """`value` with its elements, also if it is large: then it may have to be fetched.

        Raises UnknownBlobError if nothing in the session names it any more.
        """
        return await self._contents.whole(value)

    async def fetch_value(self, proxy: Proxy, property: str) -> Any:
        """What `proxy[property]` is if it is small, also if it is large. Raises as `whole`, and
        UnknownPropertyError or UnknownProxyError."""
        definition = proxy.definition.property(property)
        value = self.state.value(self.id_of(proxy), property)
        return proxy.plain(definition, await self.whole(value) if value else None)

    async def definition(self, group: str, type: str) -> ProxyDefinition:
        """The definition of a type. Raises UnknownTypeError."""
        known: ProxyDefinition | None = self.state.table(Table.DEFINITIONS).get((group, type))
        if known is not None:
            return known
        return decode_definition((await self.ask(DescribeType((group, type)))).data)

    # -- showing ---------------------------------------------------------------------------

    async def open_file(self, path: str | Sequence[str], name: str | None = None) -> Proxy:
        """The reader for a file that the server can read, or for a series of files. Raises
        InvalidValueError."""
        paths = (path,) if isinstance(path, str) else tuple(path)
        types = (((t.group, t.type), t.file_extensions) for t in self.types)
        group, type = showing.reader_for(paths[0], types)
        property = showing.file_property(await self.definition(group, type), len(paths))
        return await self.create(group, type, name, **{property: paths})

    async def list_files(self, path: str = "", all: bool = False) -> FileList:
        """What is in a folder at the server, below its data directory: folders, and files that
        a reader takes, or all files.

        Raises InvalidValueError or NotAllowedError where there is no such folder for us.
        """
        return decode_files((await self.ask(ListFiles(path, all))).data)

    async def show(self, source: Proxy, view: Proxy | None = None, port: int = 0) -> Proxy:
        """Make an output port of `source` visible in `view` (the first one); its
        representation there."""
        shown = Input(self.id_of(source), port)
        known = self.derived_of(shown.proxy)
        information = known.ports[port] if known and 0 <= port < len(known.ports) else None
        id, operations = showing.show(
            self.state, shown, self._view_id(view), self.new_id, information
        )
        await self.edit(*operations, label=f"Show {source.title}")
        return self.proxy_of(id)

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
        given = self.state.value(self.id_of(representation), "Input")
        shown = given.references[0] if given and given.references else representation.id
        label = f"Colour {self.state.title(shown)} by {array or 'one colour'}"
        return await self.edit(*operations, label=label)

    async def _array(
        self, representation: Proxy, array: str, association: str | None
    ) -> ArrayInformation:
        given = self.state.value(self.id_of(representation), "Input")
        if given is None or not given.references:
            raise UnknownProxyError(f"{representation.title} has no input")
        source = given.elements[0]
        assert isinstance(source, Input)
        information = await self.proxy_of(source.proxy).update(source.port)
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

    # -- many changes as one ---------------------------------------------------------------

    def draft(self, text: str = "") -> Drafting:
        """Make a proposal of what is edited in this context: see `Drafting`.

        text: what the others read; what is changed, unless given.
        """
        return Drafting(self, text)

    def drag(self, label: str = "") -> Drag:
        """Set values that follow one another fast, as one entry of the history."""
        return Drag(self, label)

    @property
    def ahead(self) -> State:
        """The confirmed state with what I have asked for and has no answer yet, as if it were
        accepted: worked out anew after each event, and without what was refused."""
        connection = self._connection
        return ahead(connection.mirror.state, self.id, connection.pending, self._contents.facts)

    # -- beneath ---------------------------------------------------------------------------

    async def _do(self, command: Command, label: str = "", undo_set: int = 0) -> int:
        return await self.begin(await self._contents.uploaded(command), label, undo_set)

    def begin(self, command: Command, label: str = "", undo_set: int = 0) -> asyncio.Future[int]:
        """Send a command without waiting: the future is its revision or its refusal."""
        if self.drafting is not None and isinstance(command, Steering):
            recording = self.drafting.record(command, self._contents.facts)
            return asyncio.ensure_future(recording)
        future = self._connection.begin(command, label, undo_set)
        future.add_done_callback(self._acknowledged)
        return future

    def _acknowledged(self, future: asyncio.Future[int]) -> None:
        """An accepted change of one's own moves what is held."""
        if self._pinned is not None and not future.cancelled() and future.exception() is None:
            self._pinned = self._connection.acknowledged

    async def ask(self, query: Any) -> Answer:
        """Ask the renderer (or the catalogue) a question of `collab_kernel.core.queries`."""
        if self.drafting is not None:
            self.drafting.check_executed(query)
        return await self._connection.ask(query)

    async def close(self) -> None:
        """Leave the session; idempotent."""
        self.looking.go_home()
        await self._connection.close()
        if self._listener is not None:
            await self._listener.close()
