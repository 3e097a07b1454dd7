"""One server, as a script works with it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from collab.layout import GROUP as LAYOUTS
from collab.layout import Layout
from collab.pipeline import Source
from collab.proxy import Proxy
from collab.representation import Representation
from collab.transfer_functions import ColorMap, OpacityMap
from collab.view import View
from collab.vocabulary import Vocabulary, vocabulary
from collab.worker import Worker
from collab_kernel.client import LookingBack, Operation, ProxyDefinition, Session
from collab_kernel.client import Proxy as KernelProxy
from collab_kernel.client import View as KernelView
from collab_kernel.desk import ServerConnection
from collab_kernel.errors import CollabError, ConnectionLostError
from collab_kernel.spi import ProxyId, TypeKey

T = TypeVar("T")

_CLASSES: dict[str, type[Proxy]] = {
    "views": View,
    LAYOUTS: Layout,
    "representations": Representation,
    "lookup_tables": ColorMap,
    "piecewise_functions": OpacityMap,
}


class Connection:
    """A session that this process takes part in, and what is active in it."""

    def __init__(self, server: ServerConnection, worker: Worker) -> None:
        self.server = server
        self._worker = worker
        self._vocabularies: dict[TypeKey, Vocabulary] = {}
        self._source: ProxyId | None = None
        self._view: ProxyId | None = None

    def __repr__(self) -> str:
        return f"Connection ({self.GetURI()}) [{self.ID}]"

    @property
    def ID(self) -> int:
        return self.server.number

    @property
    def title(self) -> str:
        """How texts call it."""
        return "the built-in session" if self.server.builtin else self.server.url

    def GetURI(self) -> str:
        """Where the server is; "builtin:" is in this process."""
        return self.server.url

    def IsRemote(self) -> bool:
        return not self.server.builtin

    def IsCollaborative(self) -> bool:
        """Whether the server admits several participants (`--multi-clients`)."""
        return self.session.collaborative

    @property
    def looking_back(self) -> LookingBack | None:
        """What of the past the session shows (`serve --at`, `replay`), where nobody changes
        anything; None: it is of now."""
        return self.session.looking_back

    # -- work ------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The asynchronous session beneath; it reads one pinned state (`Session.pin`)."""
        return self.server.session

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something that the session does. Raises ConnectionLostError that names the
        server, and whatever `work` raises."""
        if self.session.lost is not None:
            work.close()
            raise self._ended(self.session.lost)
        try:
            return self._worker.run(work)
        except CollabError as error:
            if error is not self.session.lost:
                raise
            raise self._ended(error) from None

    def call(self, function: Callable[[], T]) -> T:
        """What `function` returns, called where the session lives. Raises as `run`."""

        async def called() -> T:
            return function()

        return self.run(called())

    def check_stands(self) -> None:
        """Raises ConnectionLostError if the server, or the connection to it, is gone."""
        if self.session.lost is not None:
            raise self._ended(self.session.lost)

    def _ended(self, why: CollabError) -> ConnectionLostError:
        reason = str(why).replace(self.server.url, "the server")
        return ConnectionLostError(f"the connection to {self.title} has ended: {reason}")

    def edit(self, *operations: Operation, label: str = "") -> None:
        """Carry out all of the operations or none; nothing is sent when there are none."""
        if operations:
            self.run(self.session.edit(*operations, label=label))

    def advance(self) -> None:
        """Move the pinned state to the newest that the server has accepted."""
        self.run(self._advance())

    async def _advance(self) -> None:
        await self.session.catch_up()
        self.session.hold()

    def vocabulary(self, definition: ProxyDefinition) -> Vocabulary:
        """The names of a type's properties, worked out once."""
        found = self._vocabularies.get(definition.key)
        if found is None:
            found = self._vocabularies[definition.key] = vocabulary(definition)
        return found

    # -- proxies ---------------------------------------------------------------------------

    def wrap(self, id: ProxyId) -> Proxy:
        """The proxy `id` for scripts: its class is by its group. Raises UnknownProxyError."""
        row = self.session.state.proxy(id)
        kernel = (KernelView if row.group == "views" else KernelProxy)(self.session, id)
        cls = _CLASSES.get(row.group)
        if cls is None:
            cls = Source if kernel.definition.output_ports else Proxy
        return cls(self, kernel)

    @property
    def source(self) -> Proxy | None:
        """What the script has made, or made active, last. Where there is no such source (any
        more): that of the master, if I follow the master; None where there is none."""
        theirs = self._existing(self._source) or self.session.active_source
        return None if theirs is None else self.wrap(theirs.id)

    @source.setter
    def source(self, proxy: Proxy | None) -> None:
        """The others see it."""
        self.chosen = (None if proxy is None else self.session.id_of(proxy.kernel), self._view)

    @property
    def view(self) -> View | None:
        """The view that the script has made, or made active, last; else that of the master, if
        I follow the master, or the session's first."""
        found = self._existing(self._view) or self.session.active_view
        for view in [found] if found else self.session.views:
            chosen = self.wrap(view.id)
            assert isinstance(chosen, View)
            return chosen
        return None

    @view.setter
    def view(self, view: View | None) -> None:
        """The others see it."""
        self.chosen = (self._source, None if view is None else self.session.id_of(view.kernel))

    @property
    def chosen(self) -> tuple[ProxyId | None, ProxyId | None]:
        """The source and the view that the script itself has made active."""
        return self._source, self._view

    @chosen.setter
    def chosen(self, chosen: tuple[ProxyId | None, ProxyId | None]) -> None:
        before, (self._source, self._view) = self.chosen, chosen
        if before != chosen and self.session.lost is None:
            self.call(self._show_chosen)

    def _show_chosen(self) -> None:
        session, source, view = self.session, *map(self._existing, self.chosen)
        session.active_source = source.kernel if source else None
        session.active_view = view.kernel if view else None

    def _existing(self, id: ProxyId | None) -> Proxy | None:
        return self.wrap(id) if id is not None and id in self.session.state.proxies else None
