"""A participant's session: what there is, and what one can do.

Longer than other modules on purpose: the public names of a session are one contract, each a line
or two over the connection and the core.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from collab_kernel.client.looking import Looking
from collab_kernel.client.proxies import Proxy, View
from collab_kernel.core import showing
from collab_kernel.core.commands import (
    Chat,
    Command,
    Create,
    Delete,
    Edit,
    Follow,
    FollowEveryone,
    NamedValues,
    Operation,
    Promote,
    Redo,
    Rename,
    Sync,
    Undo,
)
from collab_kernel.core.definitions import ProxyDefinition
from collab_kernel.core.events import Event
from collab_kernel.core.facts import ArrayInformation, Derived, Progress
from collab_kernel.core.following import followed
from collab_kernel.core.messages import TypeInfo
from collab_kernel.core.presence import Gone, Shown
from collab_kernel.core.queries import Answer, DescribeType
from collab_kernel.core.state import ChatRow, FollowTarget, HistoryRow, State, Table
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
from collab_kernel.host.subscription import Subscription
from collab_kernel.spi import Listener
from collab_kernel.wire.rows import digest
from collab_kernel.wire.values import decode_definition


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


class Session:
    """A participant's session. Also an async context manager, which closes it."""

    def __init__(self, connection: Connection, url: str, listener: Listener | None = None) -> None:
        self._connection = connection
        self._listener = listener
        self.url = url
        self._pinned: State | None = None
        newest: int = self.state.table(Table.COUNTERS).get(self.id, 0)
        self._counters = itertools.count(newest + 1)
        self._undo_sets = itertools.count(1)
        self.looking = Looking(connection)

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

    def hold(self) -> None:
        """Move what this session reads to the newest state, and keep it there.

        From the first call on, only accepted changes of its own and further calls move it.
        """
        self._pinned = self._connection.mirror.state

    async def catch_up(self) -> None:
        """Return when the mirror has folded all that the server has accepted before the call."""
        await self._connection.begin(Sync())

    def events(self) -> Subscription[Event]:
        """Every event from the call on, none missed."""
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

    async def close(self) -> None:
        """Leave the session; idempotent."""
        self.looking.go_home()
        await self._connection.close()
        if self._listener is not None:
            await self._listener.close()
