"""Changing the pipeline: each operation answers with the changes it takes, or is refused.

A `Draft` carries the state as the operations before have left it, so that an edit can create
a proxy and connect it in one go; the session's own state is never touched.
"""

from __future__ import annotations

from typing import assert_never

from collab_kernel.core.annotations import annotate
from collab_kernel.core.commands import (
    Annotate,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Link,
    NamedValues,
    Operation,
    Register,
    Select,
    Set,
    SetHome,
    Unlink,
)
from collab_kernel.core.definitions import (
    Catalogue,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    Scope,
)
from collab_kernel.core.deletion import delete, release
from collab_kernel.core.draft import MAX_WORK, Draft
from collab_kernel.core.events import Change, change_bytes, merge
from collab_kernel.core.files import FileRules
from collab_kernel.core.links import link, select, unlink
from collab_kernel.core.naming import check_name_is_free, checked_name, free_name, register
from collab_kernel.core.quarantine import lifted_quarantine
from collab_kernel.core.state import MAX_OWNERS, ProxyRow, State, Table
from collab_kernel.core.values import (
    COUNTER_BITS,
    SERVER,
    BlobLookup,
    Input,
    Kind,
    ParticipantId,
    ProxyId,
    Value,
    checked_id,
    no_blobs,
)
from collab_kernel.errors import (
    InputCycleError,
    InvalidCommandError,
    InvalidValueError,
    LinkError,
    RefusedError,
    UnknownPropertyError,
    UnknownProxyError,
)

MAX_OPERATIONS = 2_000
"""Of one edit: more would hold up everybody else for longer than they should notice."""

MAX_EVENT_BYTES = 8 * 1024 * 1024
"""Of what one edit changes, before and after: half of what a transport carries in one go."""


def edit(
    state: State,
    actor: ParticipantId,
    command: Edit | SetHome,
    catalogue: Catalogue,
    files: FileRules,
    blobs: BlobLookup = no_blobs,
    reserved: bool = False,
    most_work: int = MAX_WORK,
) -> tuple[Change, ...]:
    """What the command changes; () if it changes nothing.

    blobs: what is known of the contents of large values.  reserved: the ids it creates were set
    aside for it before (see `proposals`).  most_work: see `Draft`.
    """
    draft = Draft(state, actor, files, reserved, blobs, most_work)
    if isinstance(command, SetHome):
        _set_values(draft, command.proxy, command.values, Scope.OWN)
        return tuple(draft.changes)
    if len(command.operations) > MAX_OPERATIONS:
        raise InvalidCommandError(
            f"{len(command.operations)} operations in one edit: at most {MAX_OPERATIONS}"
        )
    for operation in command.operations:
        _operate(draft, actor, operation, catalogue)
    _check_owners(draft.state, command)
    changes = merge(tuple(draft.changes))
    if (size := sum(map(change_bytes, changes))) > MAX_EVENT_BYTES:
        raise InvalidCommandError(
            f"the edit changes {size} bytes of values: at most {MAX_EVENT_BYTES}; split it up"
        )
    return (*changes, *lifted_quarantine(draft.state, changes))


def _check_owners(state: State, command: Edit) -> None:
    """A sub-proxy that its owner does not name would belong to nobody."""
    for operation in command.operations:
        if isinstance(operation, Create) and operation.owner and operation.id in state.proxies:
            owner = state.proxy(operation.id).owner
            if all(user != owner for user, _ in state.users_of(operation.id)):
                raise InvalidCommandError(
                    f"{state.title(operation.id)} would be used by nobody: let a property of "
                    "its owner name it in the same edit"
                )


def _operate(
    draft: Draft, actor: ParticipantId, operation: Operation, catalogue: Catalogue
) -> None:
    match operation:
        case Create():
            _create(draft, actor, operation, catalogue)
        case Set(proxy, values):
            _set_values(draft, proxy, values, Scope.SHARED)
        case Connect(proxy, property, element):
            _connect(draft, proxy, property, element)
        case Disconnect(proxy, property, element):
            _disconnect(draft, proxy, property, element)
        case Register(proxy, name):
            register(draft, proxy, name)
        case Delete(proxy):
            delete(draft, proxy)
        case Link():
            _link(draft, operation)
        case Unlink():
            unlink(draft, operation)
        case Select():
            select(draft, operation)
        case Annotate():
            annotate(draft, operation)
        case _:
            assert_never(operation)


# -- create --------------------------------------------------------------------------------


def _create(draft: Draft, actor: ParticipantId, command: Create, catalogue: Catalogue) -> None:
    definition = catalogue.definition(command.group, command.type)
    if command.owner:
        _check_depth(draft.state, command.owner)  # it is there before, so never the same
    _take_id(draft, actor, command.id)
    name = "" if command.owner else _name(draft.state, command, definition)
    row = ProxyRow(command.group, command.type, name, command.owner)
    _make(draft, command.id, definition, row)
    if not command.owner:
        draft.put(Table.NAMES, (command.group, name), command.id)

    given = dict(command.values)
    for name in given:
        definition.property(name)
    for property in definition.properties:
        if property.name in given:
            value = _accept(draft, command.id, property, given[property.name])
        elif property.sub_proxy is not None:
            value = _sub_proxy(draft, command.id, property, catalogue)
        else:
            value = property.default
        draft.set(command.id, property.name, value)


def _check_depth(state: State, owner: ProxyId) -> None:
    for _ in range(MAX_OWNERS):
        owner = state.proxy(owner).owner
        if not owner:
            return
    raise InvalidCommandError(f"sub-proxies of sub-proxies go {MAX_OWNERS} deep at most")


def _name(state: State, command: Create, definition: ProxyDefinition) -> str:
    """The name to register: the one that is asked for, or the next free one of the type."""
    if command.name is None:
        stem = (definition.label or definition.type).replace(" ", "")
        return free_name(state, command.group, stem)
    name = checked_name(command.name)
    check_name_is_free(state, command.group, name)
    return name


def _take_id(draft: Draft, actor: ParticipantId, id: ProxyId) -> None:
    """Ids are the participant's own and only rise, so that none is ever given twice."""
    checked_id(id, "proxy id")
    counter = id & ((1 << COUNTER_BITS) - 1)
    if draft.reserved:
        return
    newest = draft.state.table(Table.COUNTERS).get(actor, 0)
    if id >> COUNTER_BITS != actor or counter <= newest:
        raise InvalidCommandError(
            f"participant {actor} can't create proxy {id}: its next id is "
            f"{(actor << COUNTER_BITS) + newest + 1} or above"
        )
    draft.put(Table.COUNTERS, actor, counter)


def _make(draft: Draft, id: ProxyId, definition: ProxyDefinition, row: ProxyRow) -> None:
    draft.put(Table.DEFINITIONS, definition.key, definition)
    draft.put(Table.PROXIES, id, row)


def _sub_proxy(
    draft: Draft, owner: ProxyId, property: PropertyDefinition, catalogue: Catalogue
) -> Value:
    """Make the proxy that comes with its owner, with default values; the server's own id."""
    assert property.sub_proxy is not None
    definition = catalogue.definition(*property.sub_proxy)
    id = draft.state.table(Table.COUNTERS).get(SERVER, 0) + 1
    draft.put(Table.COUNTERS, SERVER, id)
    _make(draft, id, definition, ProxyRow(*property.sub_proxy, owner=owner))
    for inner in definition.properties:
        nested = inner.sub_proxy is not None
        value = _sub_proxy(draft, id, inner, catalogue) if nested else inner.default
        draft.set(id, inner.name, value)
    return Value(property.kind, (Input(id) if property.kind is Kind.INPUT else id,))


# -- values --------------------------------------------------------------------------------


def _set_values(draft: Draft, proxy: ProxyId, values: NamedValues, scope: Scope) -> None:
    definition = draft.state.definition(proxy)
    for name, value in values:
        property = definition.property(name)
        if property.scope is not scope:
            raise InvalidCommandError(
                f"{name} of {draft.state.title(proxy)} is each participant's own: set it as "
                "presence, or its home value"
                if property.scope is Scope.OWN
                else f"{name} of {draft.state.title(proxy)} is shared: it has no home value"
            )
        _set(draft, proxy, property, _accept(draft, proxy, property, value))


def _set(draft: Draft, proxy: ProxyId, property: PropertyDefinition, value: Value) -> None:
    """Set an accepted value, and what is linked with it."""
    if draft.state.value(proxy, property.name) == value:
        return
    _put(draft, proxy, property.name, value)
    if property.scope is Scope.SHARED:
        _carry(draft, proxy, property, value)


def _carry(draft: Draft, proxy: ProxyId, property: PropertyDefinition, value: Value) -> None:
    """Set what is linked with a property to its value."""
    ends = draft.links.linked(draft.state, proxy, property)
    draft.spend(len(ends))
    for end in ends:
        if end.proxy not in draft.state.proxies:
            continue  # a sub-proxy that was let go on the way
        other = draft.state.definition(end.proxy).property(end.property)
        try:
            _put(draft, end.proxy, end.property, _accept(draft, end.proxy, other, value))
        except RefusedError as error:
            raise LinkError(
                f"{property.name} of {draft.state.title(proxy)} is linked with "
                f"{end.property} of {draft.state.title(end.proxy)}: {error}"
            ) from None


def _put(draft: Draft, proxy: ProxyId, name: str, value: Value) -> None:
    before = draft.state.value(proxy, name)
    draft.set(proxy, name, value)
    release(draft, proxy, before, value)


def _link(draft: Draft, command: Link) -> None:
    """Tie the ends, and make them what the first one is."""
    link(draft, command)
    first = command.ends[0]
    definition = draft.state.definition(first.proxy)
    names = [first.property] if first.property else [p.name for p in definition.properties]
    for name in names:
        value, property = draft.state.value(first.proxy, name), definition.property(name)
        if value is not None and property.scope is Scope.SHARED:
            _carry(draft, first.proxy, property, value)


def _accept(draft: Draft, proxy: ProxyId, property: PropertyDefinition, value: Value) -> Value:
    """`value` as the property holds it, its references checked as well."""
    draft.spend(1 + len(value.elements) // 4)
    fitting = property.accept(value, draft.blobs)
    if property.file_name:
        for element in fitting.elements:
            draft.check_file(str(element))
    if fitting.kind in (Kind.PROXY, Kind.INPUT):
        before = draft.state.value(proxy, property.name)
        known = set(before.elements) if before else set()
        for element in fitting.elements:
            if element not in known:
                _check_reference(draft, proxy, property, element)
    return fitting


def _check_reference(
    draft: Draft, proxy: ProxyId, property: PropertyDefinition, element: object
) -> None:
    state = draft.state
    target, port = (element.proxy, element.port) if isinstance(element, Input) else (element, 0)
    assert isinstance(target, int)
    row = state.proxies.get(target)
    if row is None:
        raise UnknownProxyError(
            f"{property.name} of {state.title(proxy)}: there is no proxy {target} in this session"
        )
    allowed = [d.types for d in property.domains if isinstance(d, ProxyTypeDomain)]
    if not all(_is_one_of(row, types) for types in allowed):
        raise InvalidValueError(
            f"{property.name} of {state.title(proxy)}: {state.title(target)} is a "
            f"{row.group}/{row.type}; {property.allowed}"
        )
    if isinstance(element, Input):
        ports = state.definition(target).output_ports
        if port >= ports:
            raise InvalidValueError(
                f"{property.name} of {state.title(proxy)}: {state.title(target)} has {ports} "
                f"output ports, numbered from 0: there is no port {port}"
            )
    if state.is_upstream(proxy, target, draft.spend):
        raise InputCycleError(
            f"{property.name} of {state.title(proxy)}: {state.title(target)} depends on "
            f"{state.title(proxy)}, so it can't be its input"
        )


def _is_one_of(row: ProxyRow, types: tuple[tuple[str, str], ...]) -> bool:
    return any(group == row.group and type in ("", row.type) for group, type in types)


def _list_property(state: State, proxy: ProxyId, name: str) -> PropertyDefinition:
    property = state.definition(proxy).property(name)
    if property.kind not in (Kind.PROXY, Kind.INPUT) or property.scope is Scope.OWN:
        raise UnknownPropertyError(
            f"{name} of {state.title(proxy)} holds no proxies: nothing can be connected to it"
        )
    return property


def _connect(draft: Draft, proxy: ProxyId, name: str, element: Input) -> None:
    property = _list_property(draft.state, proxy, name)
    entry = element if property.kind is Kind.INPUT else element.proxy
    before = draft.state.value(proxy, name)
    elements = before.elements if before else ()
    if entry not in elements:
        joined = (*elements, entry) if property.number_of_elements != 1 else (entry,)
        value = Value(property.kind, joined)
        _set(draft, proxy, property, _accept(draft, proxy, property, value))


def _disconnect(draft: Draft, proxy: ProxyId, name: str, element: Input) -> None:
    property = _list_property(draft.state, proxy, name)
    entry = element if property.kind is Kind.INPUT else element.proxy
    before = draft.state.value(proxy, name)
    if before and entry in before.elements:
        left = Value(property.kind, tuple(e for e in before.elements if e != entry))
        _set(draft, proxy, property, _accept(draft, proxy, property, left))
