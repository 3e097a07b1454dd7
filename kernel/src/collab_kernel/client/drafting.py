"""Proposals in the making: edits are recorded, seen as if made, and sent as one at the end."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from collab_kernel.core.commands import (
    Create,
    Edit,
    GoTo,
    Operation,
    Pause,
    Play,
    Redo,
    Set,
    SetHome,
    Undo,
)
from collab_kernel.core.definitions import Catalogue, ProxyDefinition, TypeKey
from collab_kernel.core.edit import edit
from collab_kernel.core.evolve import apply
from collab_kernel.core.files import FileRules
from collab_kernel.core.labels import describe
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import SERVER, BlobLookup, Input, Kind, ProxyId, Value
from collab_kernel.errors import InvalidCommandError, NoRendererError

if TYPE_CHECKING:
    from collab_kernel.client.session import Session

Steering = Edit | SetHome | Undo | Redo | GoTo | Play | Pause
"""What the session does not send while a draft is open."""


class Drafting:
    """An async context manager, in which the session's edits become one proposal.

        async with session.draft("a finer mesh") as draft:
            await sphere.set(ThetaResolution=64)
        print(draft.number)

    Meanwhile the session reads the state as it was at the beginning, with the edits made; the
    server decides them at the end, and refuses what it can't take. If the block raises, nothing
    is sent. What only the draft has, nothing executes: `update` and the like raise
    NoRendererError.
    """

    def __init__(self, session: Session, text: str = "") -> None:
        self.text = text
        self.number = 0
        """Of the proposal, once it is made."""
        self.operations: tuple[Operation, ...] = ()
        self.state: State = session.state
        self._known = self.state
        self._session = session
        self._definitions: dict[TypeKey, ProxyDefinition] = {}
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        if error is None:
            await self.send()

    def begin(self) -> None:
        """From here on the session's edits are recorded. Raises InvalidCommandError if they are
        for another draft."""
        if self._session.drafting is not None:
            raise InvalidCommandError("a proposal is being made already: end that one first")
        self.state = self._known = self._session.state
        self._session.drafting = self

    def end(self) -> None:
        """The session's edits are sent again, and what it reads is what there is."""
        self._session.drafting = None

    async def send(self) -> None:
        """Propose what was recorded. Raises what the edits are refused with, and
        InvalidCommandError if they change nothing."""
        text = self.text or describe(self.state, self.operations)
        self.number = await self._session.propose(*self.operations, text=text)

    # -- recording -------------------------------------------------------------------------

    async def record(self, command: Steering, blobs: BlobLookup) -> int:
        """Make an edit in the draft; the revision that it is based on.

        Raises what an edit is refused with, and InvalidCommandError for other commands.
        """
        if not isinstance(command, Edit):
            raise InvalidCommandError(
                f"{type(command).__name__} can't be part of a proposal: do it before or after"
            )
        async with self._turn:
            for operation in command.operations:
                if isinstance(operation, Create):
                    await self._learn((operation.group, operation.type))
            operations = list(command.operations)
            state = self._made(self.state, command.operations, blobs)
            while foreign := _made_by_the_server(self.state, state):
                mine = self._of_ones_own(state, foreign)
                state = self._made(state, mine, blobs)
                operations += mine
            self.state = state
            self.operations += tuple(operations)
            return state.revision

    async def _learn(self, type: TypeKey) -> None:
        """Know a type, and those of the sub-proxies that come with it."""
        if type not in self._definitions:
            definition = await self._session.definition(*type)
            self._definitions[type] = definition
            for property in definition.properties:
                if property.sub_proxy is not None:
                    await self._learn(property.sub_proxy)

    def _made(self, state: State, operations: tuple[Operation, ...], blobs: BlobLookup) -> State:
        catalogue = Catalogue(state.session.catalogue, self._definitions.values())
        me = self._session.id
        return apply(state, edit(state, me, Edit(operations), catalogue, FileRules(), blobs))

    def _of_ones_own(self, state: State, foreign: ProxyId) -> tuple[Operation, ...]:
        """What puts a sub-proxy with an id of my own in the place of one that the server makes:
        the server's id can't be foreseen, and later edits may name the sub-proxy."""
        row = state.proxy(foreign)
        name = next(name for user, name in state.users_of(foreign) if user == row.owner)
        definition = state.definition(foreign)
        comes_along = {p.name for p in definition.properties if p.sub_proxy is not None}
        values = tuple((n, v) for n, v in state.values(foreign) if n not in comes_along)
        id, kind = self._session.new_id(), state.definition(row.owner).property(name).kind
        mine = Value(kind, (Input(id) if kind is Kind.INPUT else id,))
        return (
            Create(id, row.group, row.type, values=values, owner=row.owner),
            Set(row.owner, ((name, mine),)),
        )

    # -- reading ---------------------------------------------------------------------------

    def check_executed(self, query: Any) -> None:
        """Raises NoRendererError if a question is about what only the draft has."""
        for name in ("proxy", "view"):
            proxy: ProxyId = getattr(query, name, 0)
            if proxy in self.state.proxies and proxy not in self._known.proxies:
                raise NoRendererError(
                    f"{self.state.title(proxy)} is only proposed so far: nothing executes it"
                )


def _made_by_the_server(before: State, after: State) -> ProxyId:
    """A new proxy with an id of the server's, owners before their sub-proxies; 0: none."""
    last = (state.table(Table.COUNTERS).get(SERVER, 0) for state in (before, after))
    spent = range(next(last) + 1, next(last) + 1)
    return next((id for id in spent if id in after.proxies), 0)
