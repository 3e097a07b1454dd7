"""How a proxy is made and changed from what a script says: by names, texts and defaults.

A text for a proxy ("Plane" for a clip's type) chooses one of the types that the property
takes. Defaults that depend on data are worked out here and sent as plain values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collab import defaults
from collab.looking import show_own
from collab.property import plain
from collab.vocabulary import in_words, some_of, squeezed, unknown_attribute
from collab_kernel.client import (
    Create,
    DataInformation,
    Operation,
    ProxyDefinition,
    Session,
    Set,
)
from collab_kernel.client import Proxy as KernelProxy
from collab_kernel.errors import InvalidValueError, RendererError
from collab_kernel.spi import Kind, PropertyDefinition, ProxyId, ProxyTypeDomain, Scope, TypeKey

if TYPE_CHECKING:
    from collab.connection import Connection

INPUT = "Input"
SELECTION = "Selection"


async def create(
    connection: Connection,
    key: TypeKey,
    given: Mapping[str, Any],
    name: str | None = None,
    undo_set: int = 0,
) -> ProxyId:
    """Make a proxy of type `key`; a filter without an input gets the active source, and one
    that works on a selection what is selected of its input.

    given: properties by any of their names.
    Raises UnknownTypeError, UnknownAttributeError, InvalidValueError, ForeignProxyError and
    other RefusedErrors; then nothing was made.
    """
    definition = await connection.session.definition(*key)
    with in_words(connection.vocabulary(definition), given):
        return await _create(connection, definition, given, name, undo_set)


async def _create(
    connection: Connection,
    definition: ProxyDefinition,
    given: Mapping[str, Any],
    name: str | None,
    undo_set: int,
) -> ProxyId:
    session = connection.session
    values = named(connection, definition, given)
    source = connection.source
    if definition.has(INPUT) and INPUT not in values and source is not None:
        values[INPUT] = source.kernel
    if definition.has(SELECTION) and SELECTION not in values:
        values |= _selected(session, values.get(INPUT))
    choices = {
        n: chosen
        for n, v in values.items()
        if (chosen := choice(session, definition.property(n), v)) is not None
    }
    kinds = await _kinds(session, definition, choices)
    information = await _information(session, values.get(INPUT), (definition, *kinds.values()))

    for property in choices:
        del values[property]
    values |= defaults.advised(definition, information, values, choices)
    if INPUT in values:
        values = {INPUT: values.pop(INPUT), **values}
    id = session.new_id()
    operations: list[Operation] = [Create(id, *definition.key, name, session.values(values))]
    for property, kind in kinds.items():
        advised = defaults.advised(kind, information, {})
        comes_by_itself = kind.key == definition.property(property).sub_proxy
        if property not in values and (advised or not comes_by_itself):
            operations += _sub_proxy(session, id, property, kind, advised)
    label = f"Create {name or definition.label or definition.type}"
    await session.edit(*operations, label=label, undo_set=undo_set)
    return id


def _selected(session: Session, source: Any) -> dict[str, Any]:
    """What is selected of a filter's input, if anything is."""
    proxy, port = source if isinstance(source, tuple) else (source, 0)
    chosen = session.selection_of(proxy, port) if isinstance(proxy, KernelProxy) else None
    return {} if chosen is None else {SELECTION: chosen}


async def change(connection: Connection, proxy: KernelProxy, given: Mapping[str, Any]) -> None:
    """Set properties, by any of their names, in one step. Own ones are shown to the others."""
    with in_words(connection.vocabulary(proxy.definition), given):
        await _change(connection, proxy, given)


async def _change(connection: Connection, proxy: KernelProxy, given: Mapping[str, Any]) -> None:
    session, definition = connection.session, proxy.definition
    values = named(connection, definition, given)
    own = {n: v for n, v in values.items() if definition.property(n).scope is Scope.OWN}
    shared = {n: v for n, v in values.items() if n not in own}
    operations: list[Operation] = []
    for name, value in list(shared.items()):
        chosen = choice(session, definition.property(name), value)
        if chosen is None:
            continue
        before = proxy[name]
        if isinstance(before, KernelProxy) and (before.group, before.type) == chosen:
            del shared[name]
            continue
        kind = await session.definition(*chosen)
        source = proxy[INPUT] if definition.has(INPUT) else None
        information = await _information(session, source, (kind,))
        advised = defaults.advised(kind, information, {})
        operations += _sub_proxy(session, proxy.id, name, kind, advised)
        del shared[name]
    if shared:
        operations.append(Set(proxy.id, session.values(shared)))
    if operations:
        await session.edit(*operations, label=f"Change {proxy.title}")
    if own:
        await show_own(session, proxy, own)


# -- what a script says --------------------------------------------------------------------


def named(
    connection: Connection, definition: ProxyDefinition, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Properties by their XML names, values as the session takes them."""
    words = connection.vocabulary(definition)
    values = {}
    for word, value in given.items():
        property = words.get(word)
        if property is None:
            raise unknown_attribute(definition.label or definition.type, word, words)
        values[property.name] = plain(value, property)
    return values


def choice(session: Session, property: PropertyDefinition, value: Any) -> TypeKey | None:
    """The type of proxy that a text chooses; None for other values and other properties.

    Raises InvalidValueError that lists the types there are, or the most similar ones.
    """
    if not isinstance(value, str) or property.kind not in (Kind.PROXY, Kind.INPUT):
        return None
    offered = dict(_offered(session, property))
    if value not in offered:
        words = {key: word for word, key in offered.items() if word.isidentifier()}
        there = some_of(words.values(), value)
        raise InvalidValueError(
            f"{property.name}: {value!r} is neither a proxy (FindSource() finds one by name) nor "
            f"a type for it; there are {there}"
        )
    return offered[value]


def _offered(session: Session, property: PropertyDefinition) -> Iterator[tuple[str, TypeKey]]:
    """Every word for a type that the property takes; of two types, the first given wins."""
    wanted = [t for d in property.domains if isinstance(d, ProxyTypeDomain) for t in d.types]
    found = [
        (info.group, info.type, info.label)
        for group, type in wanted
        for info in session.types
        if info.group == group and type in ("", info.type)
    ]
    for group, type, label in reversed(found):
        for word in (type, label, squeezed(label)):
            if word:
                yield word, (group, type)


# -- sub-proxies ---------------------------------------------------------------------------


async def _kinds(
    session: Session, definition: ProxyDefinition, choices: Mapping[str, TypeKey]
) -> dict[str, ProxyDefinition]:
    """The definitions of what the proxy's own properties will name."""
    wanted = {p.name: p.sub_proxy for p in definition.properties if p.sub_proxy} | dict(choices)
    return {name: await session.definition(*key) for name, key in wanted.items()}


async def _information(
    session: Session, source: Any, definitions: Iterable[ProxyDefinition]
) -> DataInformation | None:
    """What the input holds, if any default depends on it; None where nobody can tell."""
    if not any(map(defaults.depend_on_data, definitions)):
        return None
    proxy, port = source if isinstance(source, tuple) else (source, 0)
    if isinstance(proxy, list) and proxy:
        proxy = proxy[0]
    if not isinstance(proxy, KernelProxy):
        return None
    session.id_of(proxy)  # ForeignProxyError
    try:
        return await proxy.update(port)
    except RendererError:
        return None  # the type's own defaults have to do


def _sub_proxy(
    session: Session,
    owner: ProxyId,
    property: str,
    definition: ProxyDefinition,
    values: Mapping[str, Any],
) -> tuple[Operation, Operation]:
    """What gives `owner` a sub-proxy of this type; the one it had before goes by itself."""
    id = session.new_id()
    create = Create(id, *definition.key, values=session.values(values), owner=owner)
    return create, Set(owner, session.values({property: id}))
