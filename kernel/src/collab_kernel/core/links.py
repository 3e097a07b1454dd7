"""What ties proxies together besides their values: links, and what is selected of their data."""

from __future__ import annotations

from collab_kernel.core.commands import Link, Select, Unlink
from collab_kernel.core.definitions import PropertyDefinition, Scope
from collab_kernel.core.draft import Draft
from collab_kernel.core.events import Put
from collab_kernel.core.link_index import LinkIndex
from collab_kernel.core.naming import checked_name
from collab_kernel.core.state import LinkEnd, LinkKind, LinkRow, State, Table
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import InvalidValueError, LinkError, UnknownLinkError

MAX_LINKS = 200
MAX_ENDS = 64

# -- links ---------------------------------------------------------------------------------


def link(draft: Draft, command: Link) -> None:
    """Note the link. Raises LinkError; what it makes equal is worked out by whoever sets
    values (`linked`)."""
    state, ends = draft.state, tuple(dict.fromkeys(command.ends))
    name = checked_name(command.name)
    links = state.table(Table.LINKS)
    if name in links:
        raise LinkError(f"there is a link {name!r} already: choose another name")
    if len(links) >= MAX_LINKS:
        raise LinkError(f"the session has {MAX_LINKS} links: no more fit")
    if not 2 <= len(ends) <= MAX_ENDS:
        raise LinkError(f"a link has 2 to {MAX_ENDS} different ends: {len(ends)} were given")
    for end in ends:
        _check_end(state, command.kind, end, ends[0])
    draft.put(Table.LINKS, name, LinkRow(command.kind, ends))


def _check_end(state: State, kind: LinkKind, end: LinkEnd, first: LinkEnd) -> None:
    definition = state.definition(end.proxy)
    if kind is LinkKind.PROPERTY:
        like = state.definition(first.proxy).property(first.property)
        property = definition.property(end.property)
        if property.scope is Scope.OWN:
            raise LinkError(
                f"{end.property} of {state.title(end.proxy)} is each participant's own: a camera "
                "link ties those of views"
            )
        if (property.kind, property.number_of_elements) != (like.kind, like.number_of_elements):
            raise LinkError(
                f"{end.property} of {state.title(end.proxy)} can't be linked with {first.property} "
                f"of {state.title(first.proxy)}: the one holds {property.kind.name.lower()}s "
                f"({property.number_of_elements or 'any number'}), the other "
                f"{like.kind.name.lower()}s ({like.number_of_elements or 'any number'})"
            )
    elif end.property:
        raise LinkError(f"a {kind.name.lower()} link ties whole proxies: name no property")
    elif kind in (LinkKind.CAMERA, LinkKind.VIEW) and state.proxy(end.proxy).group != "views":
        raise LinkError(
            f"{state.title(end.proxy)} is no view: a {kind.name.lower()} link ties views"
        )


def unlink(draft: Draft, command: Unlink) -> None:
    if command.name not in draft.state.table(Table.LINKS):
        raise UnknownLinkError(f"there is no link {command.name!r}")
    draft.put(Table.LINKS, command.name, None)


def linked(state: State, proxy: ProxyId, property: PropertyDefinition) -> tuple[LinkEnd, ...]:
    """What becomes equal when a property is set: see `LinkIndex`."""
    return LinkIndex(state.table(Table.LINKS)).linked(state, proxy, property)


def views_linked_with(state: State, view: ProxyId) -> tuple[ProxyId, ...]:
    """The views with which `view` shares its camera: see `LinkIndex`."""
    return LinkIndex(state.table(Table.LINKS)).views_linked_with(view)


# -- selections ----------------------------------------------------------------------------


def select(draft: Draft, command: Select) -> None:
    """Note what selects at an output port; 0: nothing does."""
    source, selection, state = command.source, command.selection, draft.state
    ports = state.definition(source.proxy).output_ports
    if not 0 <= source.port < ports:
        raise InvalidValueError(
            f"{state.title(source.proxy)} has {ports} output ports, numbered from 0: there is "
            f"no port {source.port}"
        )
    if selection:
        state.proxy(selection)
        if selection == source.proxy:
            raise InvalidValueError(f"{state.title(selection)} can't select of itself")
    draft.put(Table.SELECTIONS, (source.proxy, source.port), selection or None)


# -- deletion ------------------------------------------------------------------------------


def untie(draft: Draft, proxy: ProxyId) -> None:
    """Take a proxy that is deleted out of links and selections; a link of one end is none."""
    for name, row in sorted(draft.state.table(Table.LINKS).items()):
        left = tuple(end for end in row.ends if end.proxy != proxy)
        if left != row.ends:
            draft.put(Table.LINKS, name, LinkRow(row.kind, left) if len(left) > 1 else None)
    for key, selection in sorted(draft.state.table(Table.SELECTIONS).items()):
        if proxy in (key[0], selection):
            draft.put(Table.SELECTIONS, key, None)


def tied(state: State, proxy: ProxyId) -> str:
    """What link, selection or annotation names the proxy, for texts; "" is none."""
    for name, row in state.table(Table.LINKS).items():
        if any(end.proxy == proxy for end in row.ends):
            return f"the link {name!r}"
    for (source, _), selection in state.table(Table.SELECTIONS).items():
        if proxy in (source, selection):
            return f"the selection on {state.title(source)}"
    for id, key in state.table(Table.ANNOTATIONS):
        if id == proxy:
            return f"the annotation {key!r}"
    return ""


def missing(state: State, change: Put) -> ProxyId:
    """A proxy that a changed link, selection or annotation would name and that is gone; 0: none."""
    named: tuple[ProxyId, ...] = ()
    if change.table == Table.LINKS and change.after is not None:
        named = tuple(end.proxy for end in change.after.ends)
    elif change.table == Table.SELECTIONS and change.after is not None:
        named = (change.key[0], change.after)
    elif change.table == Table.ANNOTATIONS and change.after is not None:
        named = (change.key[0],)
    return next((id for id in named if id not in state.proxies), 0)
