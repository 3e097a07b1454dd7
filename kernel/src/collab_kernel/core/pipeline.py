"""The pipeline of a session by itself: what a state file keeps of it, and how it is made again.

Proxies with all their values, home values among them, their annotations, links, what is selected,
and the time. People, what they say and show, and the past are the session's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from collab_kernel.core import commands
from collab_kernel.core.blobs import large
from collab_kernel.core.commands import (
    Annotate,
    Create,
    Delete,
    Link,
    NamedValues,
    Operation,
    Register,
)
from collab_kernel.core.edit import MAX_OPERATIONS
from collab_kernel.core.showing import NewId
from collab_kernel.core.state import LinkEnd, LinkKind, State, Table
from collab_kernel.core.values import Element, Input, ProxyId, Value
from collab_kernel.errors import StateFileError

VIEWS = "views"


@dataclass(frozen=True, slots=True)
class SavedProxy:
    """id: what the other parts of the pipeline call it.  name: "" is none, which only a sub-proxy
    may have.  owner: whose sub-proxy it is; 0: none.
    values: of all its properties, home values among them."""

    id: ProxyId
    group: str
    type: str
    name: str = ""
    owner: ProxyId = 0
    values: NamedValues = ()
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SavedLink:
    name: str
    kind: LinkKind
    ends: tuple[LinkEnd, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """proxies: the oldest first, each followed by its sub-proxies.  selections: what selects at
    an output port."""

    catalogue: str = ""
    proxies: tuple[SavedProxy, ...] = ()
    links: tuple[SavedLink, ...] = ()
    selections: tuple[tuple[Input, ProxyId], ...] = ()
    time: float = 0.0

    @property
    def large_values(self) -> tuple[Value, ...]:
        """Those that have their content elsewhere, each once."""
        return tuple(dict.fromkeys(large(v for p in self.proxies for _, v in p.values)))


def pipeline_of(state: State) -> Pipeline:
    """What a state file keeps of a state."""
    roots = (id for id, row in sorted(state.proxies.items()) if not row.owner)
    links = sorted(state.table(Table.LINKS).items())
    selections = sorted(state.table(Table.SELECTIONS).items())
    return Pipeline(
        state.session.catalogue,
        tuple(_saved(state, id) for root in roots for id in family(state, root)),
        tuple(SavedLink(name, row.kind, row.ends) for name, row in links),
        tuple((Input(*port), selection) for port, selection in selections),
        state.time.time,
    )


def family(state: State, proxy: ProxyId, seen: Set[ProxyId] = frozenset()) -> Iterator[ProxyId]:
    """A proxy and, each once, its sub-proxies, owners first."""
    yield proxy
    met = {proxy, *seen}
    for _, value in state.values(proxy):
        for reference in value.references:
            row = state.proxies.get(reference)
            if row is not None and row.owner == proxy and reference not in met:
                found = list(family(state, reference, met))
                met.update(found)
                yield from found


def _saved(state: State, id: ProxyId) -> SavedProxy:
    row = state.proxy(id)
    texts = state.table(Table.ANNOTATIONS).items()
    return SavedProxy(
        id,
        row.group,
        row.type,
        row.name,
        row.owner,
        tuple(state.values(id)),
        tuple(sorted((key, text) for (proxy, key), text in texts if proxy == id)),
    )


# -- making it again -----------------------------------------------------------------------


def creations(pipeline: Pipeline, state: State, new_id: NewId) -> tuple[Operation, ...]:
    """One edit that adds the pipeline to `state`, under names that are free there. Views that show
    nothing make room, if there is nothing else.

    The edit is decided as any other: it may still be refused. Raises StateFileError for more than
    one edit can do.
    """
    gone = idle_views(state) if any(p.group == VIEWS for p in pipeline.proxies) else ()
    names = Names(state, gone)
    made = {proxy.id: new_id() for proxy in pipeline.proxies}
    operations: list[Operation] = [
        *map(Delete, gone),
        *made_anew(pipeline.proxies, made, names),
    ]
    for link in pipeline.links:
        ends = tuple(replace(end, proxy=made[end.proxy]) for end in link.ends)
        name = names.free_link(link.name)
        operations.append(Link(name, link.kind, ends))
    for port, selection in pipeline.selections:
        source = replace(port, proxy=made[port.proxy])
        operations.append(commands.Select(source, made[selection]))
    if len(operations) > MAX_OPERATIONS:
        raise StateFileError(
            f"it takes {len(operations)} steps to make this pipeline of {len(pipeline.proxies)} "
            f"proxies, and one edit has {MAX_OPERATIONS} at most"
        )
    return tuple(operations)


def idle_views(state: State) -> tuple[ProxyId, ...]:
    """The views of a session that has nothing but views, and they show nothing; else none."""
    roots = sorted(id for id, row in state.proxies.items() if not row.owner)
    for id in roots:
        shown = state.value(id, "Representations")
        if state.proxy(id).group != VIEWS or (shown is not None and shown.references):
            return ()
    return tuple(roots)


class Names:
    """Names that are free, each given once. gone: proxies whose names are free, too."""

    def __init__(self, state: State, gone: Iterable[ProxyId] = ()) -> None:
        self._state = state
        self._gone = frozenset(gone)
        self._given: set[tuple[str, str]] = set()

    def free(self, group: str, name: str) -> str:
        """`name`, with a number behind it if another of the group is called that."""
        return self._free(group, name, self._is_registered)

    def free_link(self, name: str) -> str:
        links = self._state.table(Table.LINKS)
        return self._free("", name, lambda _, wanted: wanted in links)

    def _free(self, group: str, name: str, taken: Callable[[str, str], bool]) -> str:
        wanted, number = name, 2
        while (group, wanted) in self._given or taken(group, wanted):
            wanted, number = f"{name} ({number})", number + 1
        self._given.add((group, wanted))
        return wanted

    def _is_registered(self, group: str, name: str) -> bool:
        id = self._state.named(group, name)
        return id is not None and id not in self._gone


def made_anew(
    proxies: Sequence[SavedProxy], made: Mapping[ProxyId, ProxyId], names: Names
) -> Iterator[Operation]:
    """What creates proxies, owners before their sub-proxies, under the ids that `made` gives them,
    which rise; what they refer to follows once it is there."""
    there = set(made) - {proxy.id for proxy in proxies}
    late: list[Operation] = []
    for proxy in proxies:
        now, later = [], []
        for name, value in proxy.values:
            if there.issuperset(value.references):
                now.append((name, renumbered(value, made)))
                continue
            later.append((name, renumbered(value, made)))
            if len(value.elements) == 1:  # nothing yet, rather than a sub-proxy by default
                now.append((name, Value(value.kind)))
        there.add(proxy.id)
        id, owner = made[proxy.id], made[proxy.owner] if proxy.owner else 0
        called = names.free(proxy.group, proxy.name) if proxy.name else None
        yield Create(id, proxy.group, proxy.type, None if owner else called, tuple(now), owner)
        if owner and called is not None:
            late.append(Register(id, called))
        if later:
            late.append(commands.Set(id, tuple(later)))
        late += (Annotate(id, key, text) for key, text in proxy.annotations)
    yield from late


def renumbered(value: Value, ids: Mapping[ProxyId, ProxyId]) -> Value:
    """`value` with the proxies that it names under other ids."""
    if not value.references:
        return value
    elements: tuple[Element, ...] = tuple(
        replace(e, proxy=ids[e.proxy]) if isinstance(e, Input) else ids[e]
        for e in value.elements
        if isinstance(e, Input | int)
    )
    return replace(value, elements=elements)


def with_contents(
    pipeline: Pipeline,
    changed: Callable[[Value], Value],
    which: Callable[[Value], bool] = lambda value: value.blob is not None,
) -> Pipeline:
    """`pipeline` with what `changed` makes of each value of which `which` is true; by default of
    those that have their content elsewhere."""
    return replace(
        pipeline,
        proxies=tuple(
            replace(p, values=tuple((n, changed(v) if which(v) else v) for n, v in p.values))
            for p in pipeline.proxies
        ),
    )
