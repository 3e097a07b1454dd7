"""Which properties are kept equal: worked out once for many questions.

A session may have links with thousands of ends in all, so each link is looked at once a
question, whatever number of its ends is reached.
"""

from __future__ import annotations

from collections.abc import Iterator

from immutables import Map

from collab_kernel.core.definitions import PropertyDefinition, Scope
from collab_kernel.core.state import Key, LinkEnd, LinkKind, LinkRow, Row, State
from collab_kernel.core.values import Kind, ProxyId

_CONNECTIONS = (Kind.INPUT, Kind.PROXY)


class LinkIndex:
    """The rows of `links`, by their ends."""

    def __init__(self, links: Map[Key, Row]) -> None:
        self.links = links
        self._rows: dict[LinkEnd, list[tuple[str, LinkRow]]] = {}
        for name, row in links.items():
            for end in row.ends:
                self._rows.setdefault(end, []).append((name, row))

    def linked(
        self, state: State, proxy: ProxyId, property: PropertyDefinition
    ) -> tuple[LinkEnd, ...]:
        """The properties that become equal when this shared one is set, through any number of
        links; not itself."""
        start = LinkEnd(proxy, property.name)
        found = {start: None}
        todo = [start] if self._rows and property.scope is Scope.SHARED else []
        seen: set[tuple[str, str]] = set()
        while todo:
            end = todo.pop()
            for name, row in self._of(end):
                carried = "" if row.kind is LinkKind.PROPERTY else end.property
                if (name, carried) in seen:
                    continue
                seen.add((name, carried))
                fresh = [e for e in _equals(state, row, end) if e not in found]
                found |= dict.fromkeys(fresh)
                todo += fresh
        return tuple(found)[1:]

    def views_linked_with(self, view: ProxyId) -> tuple[ProxyId, ...]:
        """The views whose own values a participant's client keeps equal to those of `view`,
        itself first."""
        found, todo, seen = {view: None}, [view], set[str]()
        while todo:
            for name, row in self._rows.get(LinkEnd(todo.pop()), ()):
                if row.kind in (LinkKind.CAMERA, LinkKind.VIEW) and name not in seen:
                    seen.add(name)
                    fresh = [e.proxy for e in row.ends if e.proxy not in found]
                    found |= dict.fromkeys(fresh)
                    todo += fresh
        return tuple(found)

    def _of(self, end: LinkEnd) -> Iterator[tuple[str, LinkRow]]:
        """The links that the property at `end` takes part in."""
        yield from self._rows.get(end, ())
        for name, row in self._rows.get(LinkEnd(end.proxy), ()):
            if row.kind in (LinkKind.PROXY, LinkKind.VIEW):
                yield name, row


def _equals(state: State, row: LinkRow, end: LinkEnd) -> Iterator[LinkEnd]:
    """What one link keeps equal to the property at `end`."""
    if row.kind is LinkKind.PROPERTY:
        yield from row.ends
        return
    property = state.definition(end.proxy).property(end.property)
    if property.kind in _CONNECTIONS:
        return
    for other in row.ends:
        definition = state.definition(other.proxy)
        if definition.has(property.name):
            theirs = definition.property(property.name)
            if (theirs.kind, theirs.scope) == (property.kind, Scope.SHARED):
                yield LinkEnd(other.proxy, property.name)
