"""What ties proxies together besides their values: links, and what is selected of their data."""

from __future__ import annotations

from collections.abc import Mapping

from collab_kernel.client.acting import Acting
from collab_kernel.client.proxies import Proxy
from collab_kernel.core.commands import Link, Select, Unlink
from collab_kernel.core.state import LinkEnd, LinkKind, LinkRow, Table
from collab_kernel.core.values import Input, ProxyId


class Ties(Acting):
    """Links and selections. All of it can be undone."""

    @property
    def links(self) -> Mapping[str, LinkRow]:
        """By name."""
        return dict(sorted(self.state.table(Table.LINKS).items()))

    async def link_properties(self, name: str, *ends: tuple[Proxy | ProxyId, str]) -> int:
        """Keep properties equal, each given as (proxy, property); now they become what the first
        one is. Raises LinkError, NotMasterError unless I may."""
        linked = tuple(LinkEnd(self.id_of(proxy), property) for proxy, property in ends)
        return await self.edit(Link(name, LinkKind.PROPERTY, linked))

    async def link_proxies(self, name: str, *proxies: Proxy | ProxyId) -> int:
        """Keep every shared property that the proxies have in common equal."""
        return await self._link(name, LinkKind.PROXY, proxies)

    async def link_cameras(self, name: str, *views: Proxy | ProxyId) -> int:
        """Let everybody look at all of the views with one camera."""
        return await self._link(name, LinkKind.CAMERA, views)

    async def link_views(self, name: str, *views: Proxy | ProxyId) -> int:
        """Keep views equal: cameras, and every shared property."""
        return await self._link(name, LinkKind.VIEW, views)

    async def _link(self, name: str, kind: LinkKind, proxies: tuple[Proxy | ProxyId, ...]) -> int:
        ends = tuple(LinkEnd(self.id_of(proxy)) for proxy in proxies)
        return await self.edit(Link(name, kind, ends))

    async def unlink(self, name: str) -> int:
        """Raises UnknownLinkError."""
        return await self.edit(Unlink(name))

    def selection_of(self, source: Proxy | ProxyId, port: int = 0) -> Proxy | None:
        """The proxy that says what is selected of a source's data; None: nothing is."""
        id = self.state.table(Table.SELECTIONS).get((self.id_of(source), port))
        return None if id is None else self.proxy_of(id)

    async def select(
        self, source: Proxy | ProxyId, selection: Proxy | ProxyId | None, port: int = 0
    ) -> int:
        """Let a selection source say what is selected of a source's data; None: nothing."""
        chosen = 0 if selection is None else self.id_of(selection)
        return await self.edit(Select(Input(self.id_of(source), port), chosen))
