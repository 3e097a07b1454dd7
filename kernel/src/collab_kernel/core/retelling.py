"""What happened in one session, as what a participant of another can ask for: its events as
commands, under the ids and names that are free there."""

from __future__ import annotations

from collections.abc import Iterator

from collab_kernel.core import commands
from collab_kernel.core.commands import (
    Annotate,
    Chat,
    Command,
    Delete,
    Edit,
    GoTo,
    Link,
    NamedValues,
    Operation,
    Pause,
    Play,
    Register,
    Select,
    SetHome,
    Unlink,
)
from collab_kernel.core.definitions import Scope
from collab_kernel.core.events import Event, EventKind, Put, SetValue, is_deletion
from collab_kernel.core.people import MAX_CHAT_CHARACTERS
from collab_kernel.core.pipeline import (
    VIEWS,
    Names,
    SavedProxy,
    family,
    idle_views,
    made_anew,
    pipeline_of,
    renumbered,
)
from collab_kernel.core.showing import NewId
from collab_kernel.core.state import ChatRow, LinkEnd, LinkRow, ProxyRow, State, Table, TimeRow
from collab_kernel.core.values import SERVER, Input, ProxyId


class Retelling:
    """From one event to the next. ids: by the proxies of the past, those that stand for them."""

    def __init__(self, ids: dict[ProxyId, ProxyId] | None = None) -> None:
        self.ids: dict[ProxyId, ProxyId] = dict(ids or {})
        self._links: dict[str, str] = {}

    def commands(
        self, event: Event, after: State, there: State, new_id: NewId
    ) -> tuple[Command, ...]:
        """What makes `event` happen in `there`, in order; nothing where it was about people.

        after: the past's state behind the event.  there: the other session's, as it is now.
        """
        edit = Edit(tuple(self._operations(event, after, there, new_id)))
        found: list[Command] = [edit] if edit.operations else []
        homes: dict[ProxyId, list[tuple[str, SetValue]]] = {}
        made = {c.key for c in _rows(event, Table.PROXIES) if c.before is None}
        for change in event.changes:
            if not isinstance(change, SetValue) or change.proxy not in self.ids.keys() - made:
                continue
            if _scope(after, change) is Scope.OWN:
                homes.setdefault(change.proxy, []).append((change.property, change))
        for id, own in homes.items():
            values = tuple((name, c.after) for name, c in own if c.after is not None)
            found.append(SetHome(self.ids[id], values))
        for change in _rows(event, Table.TIME):
            found += _time(change)
        for change in _rows(event, Table.CHAT):
            if isinstance(change.after, ChatRow):
                said = f"{change.after.author_name}: {change.after.text}"
                found.append(Chat(said[:MAX_CHAT_CHARACTERS]))
        return tuple(found)

    def _operations(
        self, event: Event, after: State, there: State, new_id: NewId
    ) -> Iterator[Operation]:
        made = list(self._made(event, after))
        gone = idle_views(there) if any(proxy.group == VIEWS for proxy in made) else ()
        names = Names(there, gone)
        yield from map(Delete, gone)
        for put in _rows(event, Table.LINKS):
            if put.before is not None and put.key in self._links:
                yield Unlink(self._links.pop(put.key))
        self.ids |= {proxy.id: new_id() for proxy in made}
        yield from made_anew(made, self.ids, names)
        yield from self._values(event, after, {proxy.id for proxy in made})
        yield from self._rest(event, after, names, {proxy.id for proxy in made})
        for deleted in filter(is_deletion, event.changes):
            id = self.ids.pop(deleted.key, None)
            is_root = isinstance(deleted.before, ProxyRow) and not deleted.before.owner
            if id is not None and is_root:
                yield Delete(id)

    def _made(self, event: Event, after: State) -> Iterator[SavedProxy]:
        """The proxies that came, owners first."""
        fresh = {c.key for c in _rows(event, Table.PROXIES) if c.before is None}
        saved = {proxy.id: proxy for proxy in pipeline_of(after).proxies} if fresh else {}
        roots = [id for id in sorted(fresh) if after.proxy(id).owner not in fresh]
        for root in roots:
            yield from (saved[id] for id in family(after, root) if id in fresh)

    def _values(self, event: Event, after: State, made: set[ProxyId]) -> Iterator[Operation]:
        values: dict[ProxyId, NamedValues] = {}
        for change in event.changes:
            if not isinstance(change, SetValue) or change.after is None or change.proxy in made:
                continue
            known = change.proxy in self.ids and self.ids.keys() >= {*change.after.references}
            if known and _scope(after, change) is Scope.SHARED:
                named = (change.property, renumbered(change.after, self.ids))
                values[change.proxy] = (*values.get(change.proxy, ()), named)
        for id, given in values.items():
            yield commands.Set(self.ids[id], given)

    def _rest(
        self, event: Event, after: State, names: Names, made: set[ProxyId]
    ) -> Iterator[Operation]:
        """Names, links, selections and annotations; what goes with a proxy goes by itself."""
        for put in event.changes:
            if not isinstance(put, Put):
                continue
            row = put.after
            if put.table == Table.PROXIES and put.before is not None and row is not None:
                # Undo may take a sub-proxy's name away again; no command does: there it stays.
                if row.name and row.name != put.before.name and put.key in self.ids:
                    yield Register(self.ids[put.key], names.free(row.group, row.name))
            elif put.table == Table.LINKS and isinstance(row, LinkRow):
                if all(end.proxy in self.ids for end in row.ends):
                    name = self._links[put.key] = names.free_link(put.key)
                    ends = (LinkEnd(self.ids[e.proxy], e.property) for e in row.ends)
                    yield Link(name, row.kind, tuple(ends))
            elif put.table == Table.SELECTIONS and put.key[0] in after.proxies:
                source = Input(self.ids[put.key[0]], put.key[1])
                yield Select(source, self.ids.get(row or 0, 0))
            elif put.table == Table.ANNOTATIONS:
                proxy, key = put.key
                if proxy in after.proxies and proxy not in made:
                    yield Annotate(self.ids[proxy], key, row)


def everything(state: State) -> Event:
    """An event that makes the pipeline of `state` out of nothing: where a retelling begins."""
    tables = (Table.PROXIES, Table.LINKS, Table.SELECTIONS, Table.ANNOTATIONS, Table.TIME)
    rows = [Put(t, key, None, row) for t in tables for key, row in state.table(t).items()]
    values = [SetValue(id, p, None, v) for (id, p), v in state.table(Table.VALUES).items()]
    label = f"As it was at revision {state.revision}"
    return Event(state.revision, SERVER, 0, EventKind.SYSTEM, label, 0, 0.0, (*rows, *values))


def _rows(event: Event, table: Table) -> list[Put]:
    return [c for c in event.changes if isinstance(c, Put) and c.table == table]


def _scope(state: State, change: SetValue) -> Scope | None:
    if change.proxy not in state.proxies:
        return None
    return state.definition(change.proxy).property(change.property).scope


def _time(change: Put) -> Iterator[Command]:
    row, before = change.after, change.before
    if not isinstance(row, TimeRow):
        return
    if row.playing:
        yield Play(row.steps, row.speed, row.loop)
    elif isinstance(before, TimeRow) and before.playing:
        yield Pause()
        yield GoTo(row.time)
    else:
        yield GoTo(row.time)
