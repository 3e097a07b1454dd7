"""What a participant might do to the pipeline next: operations from a seeded random source,
mostly sensible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from collab_kernel.core.commands import (
    Annotate,
    Connect,
    Create,
    Delete,
    Disconnect,
    Link,
    NamedValues,
    Operation,
    Register,
    Select,
    Set,
    Unlink,
)
from collab_kernel.core.definitions import (
    Catalogue,
    EnumerationDomain,
    PropertyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
)
from collab_kernel.core.state import LinkEnd, LinkKind, State, Table
from collab_kernel.core.values import Element, Input, Kind, ProxyId, Value

T = TypeVar("T")

TEXTS = ("a", "Ångström", "日本", "𝄞 clef", "x" * 300, "")

NewId = Callable[[], ProxyId]


class EditWhims:
    """Chooses among what `state` (a mirror's: it may be behind) offers.

    nonsense: how often a value or an id is one that must be refused.
    """

    def __init__(self, random: Random, catalogue: Catalogue, nonsense: float = 0.01) -> None:
        self._random = random
        self._definitions = list(catalogue.definitions.values())
        self._views = [d for d in self._definitions if d.group == "views"]
        self._nonsense = nonsense

    def silly(self) -> bool:
        return self._random.random() < self._nonsense

    def one_of(self, things: Sequence[T]) -> T:
        return self._random.choice(things)

    # -- operations ------------------------------------------------------------------------

    def operations(self, state: State, new_id: NewId, few: bool = False) -> tuple[Operation, ...]:
        """What one edit does."""
        if self._random.random() < 0.05 and (own := self._own_function(state, new_id)):
            return own
        count = 1 if few else self.one_of((1, 1, 1, 1, 2, 3))
        return tuple(self._operation(state, new_id) for _ in range(count))

    def _operation(self, state: State, new_id: NewId) -> Operation:
        crowded = len(state.proxies) >= 20
        links = len(state.table(Table.LINKS))
        makers: dict[Callable[[State, NewId], Operation], int] = {
            self._create: 6 if crowded else 20,
            self._set: 40,
            self._connect: 9,
            self._disconnect: 7,
            self._register: 7,
            self._delete: 30 if crowded else 7,
            self._link: 10 if links < 8 else 2,
            self._unlink: 9 if links else 0,
            self._select: 7,
            self._annotate: 6,
        }
        if not state.proxies:
            return self._create(state, new_id)
        make = self._random.choices(list(makers), list(makers.values()))[0]
        return make(state, new_id)

    def _create(self, state: State, new_id: NewId) -> Create:
        definition = self.one_of(self._views if self._random.random() < 0.1 else self._definitions)
        given = [p for p in definition.properties if self._random.random() < 0.15]
        values = tuple((p.name, self._value(state, p)) for p in given)
        name = self._random.choices((None, "Twin", "Überschall"), (12, 1, 1))[0]
        id = self._random.randrange(1 << 40) if self.silly() else new_id()
        return Create(id, *definition.key, name, values)

    def _own_function(self, state: State, new_id: NewId) -> tuple[Operation, ...]:
        """A sub-proxy that its creator brings, in place of the one that came with its owner."""
        places = [
            (id, p)
            for id in sorted(state.proxies)
            for p in state.definition(id).properties
            if p.sub_proxy is not None
        ]
        if not places:
            return ()
        owner, property = self.one_of(places)
        id = new_id()
        assert property.sub_proxy is not None
        created = Create(id, *property.sub_proxy, owner=owner)
        named = () if self.silly() else (Connect(owner, property.name, Input(id)),)
        return (created, *named)

    def _set(self, state: State, new_id: NewId) -> Set:
        proxy = self.proxy(state)
        if proxy not in state.proxies:
            return Set(proxy, (("Radius", Value(Kind.DOUBLE, (1.0,))),))
        return Set(proxy, self.values(state, proxy, Scope.SHARED))

    def _connect(self, state: State, new_id: NewId) -> Connect:
        return Connect(*self._place(state))

    def _disconnect(self, state: State, new_id: NewId) -> Disconnect:
        """Mostly something that is connected."""
        used = [(id, user) for id in sorted(state.users) for user in state.users_of(id)]
        if not used or self.silly():
            return Disconnect(*self._place(state))
        _, (proxy, name) = self.one_of(used)
        value = state.value(proxy, name)
        assert value is not None
        found = self.one_of(value.elements)
        assert isinstance(found, Input | int)
        return Disconnect(proxy, name, found if isinstance(found, Input) else Input(found))

    def _place(self, state: State) -> tuple[ProxyId, str, Input]:
        """A property that holds proxies, and one that it might take."""
        places = [
            (id, p)
            for id in sorted(state.proxies)
            for p in state.definition(id).properties
            if p.kind in (Kind.PROXY, Kind.INPUT)
        ]
        if not places or self.silly():
            return self.proxy(state), "Input", Input(self.proxy(state))
        proxy, property = self.one_of(places)
        return proxy, property.name, Input(self._reference(state, property, proxy))

    def _register(self, state: State, new_id: NewId) -> Register:
        return Register(self.proxy(state), f"Name {self._random.randrange(40)}")

    def _delete(self, state: State, new_id: NewId) -> Delete:
        """Mostly something that nobody uses."""
        free = [id for id in sorted(state.proxies) if not state.users_of(id)]
        if not free or self.silly():
            return Delete(self.proxy(state))
        return Delete(self.one_of(free))

    # -- links and selections --------------------------------------------------------------

    def _link(self, state: State, new_id: NewId) -> Link:
        """Mostly of things that are alike, which their values may still prevent."""
        kind = self._random.choices(list(LinkKind), (6, 2, 1, 1))[0]
        name = f"Link {self._random.randrange(30)}"
        first = self.proxy(state)
        if kind in (LinkKind.CAMERA, LinkKind.VIEW) and not self.silly():
            views = [id for id, row in sorted(state.proxies.items()) if row.group == "views"]
            return Link(name, kind, tuple(LinkEnd(id) for id in self._some(views)))
        if first not in state.proxies or kind is not LinkKind.PROPERTY:
            type = state.proxies[first].type if first in state.proxies else ""
            like = [id for id, row in sorted(state.proxies.items()) if row.type == type]
            return Link(name, kind, tuple(LinkEnd(id) for id in self._some(like)))
        shared = [p for p in state.definition(first).properties if p.scope is Scope.SHARED]
        if not shared:
            return Link(name, kind, (LinkEnd(first),))
        property = self.one_of(shared)
        like_it = [
            LinkEnd(id, p.name)
            for id in sorted(state.proxies)
            for p in state.definition(id).properties
            if (p.kind, p.number_of_elements, p.scope)
            == (property.kind, property.number_of_elements, Scope.SHARED)
            and (p.name == property.name or self._random.random() < 0.1)
        ]
        return Link(name, kind, (LinkEnd(first, property.name), *self._some(like_it)))

    def _some(self, things: Sequence[T]) -> tuple[T, ...]:
        return tuple(self._random.sample(things, min(len(things), self.one_of((2, 2, 3)))))

    def _unlink(self, state: State, new_id: NewId) -> Unlink:
        names = sorted(state.table(Table.LINKS))
        return Unlink("no link" if self.silly() or not names else self.one_of(names))

    def _select(self, state: State, new_id: NewId) -> Select:
        sources = [i for i in sorted(state.proxies) if state.definition(i).output_ports]
        if not sources or self.silly():
            return Select(Input(self.proxy(state), 7), self.proxy(state))
        source = self.one_of(sources)
        nobody = self._random.random() < 0.3
        return Select(Input(source), 0 if nobody else self.proxy(state))

    def _annotate(self, state: State, new_id: NewId) -> Annotate:
        proxy, key = self.proxy(state), self.one_of(("note", "Ångström", "group"))
        return Annotate(proxy, key, self.one_of((None, *TEXTS[:-1])))

    # -- values ----------------------------------------------------------------------------

    def proxy(self, state: State) -> ProxyId:
        if self.silly() or not state.proxies:
            return self._random.randrange(1 << 34)
        return self.one_of(sorted(state.proxies))

    def places(self, state: State, scope: Scope) -> list[ProxyId]:
        """The proxies that have properties of this scope."""
        return [
            id
            for id in sorted(state.proxies)
            if any(p.scope is scope for p in state.definition(id).properties)
        ]

    def values(self, state: State, proxy: ProxyId, scope: Scope) -> NamedValues:
        """Some of a proxy's, new."""
        properties = [p for p in state.definition(proxy).properties if p.scope is scope]
        chosen = self._random.sample(properties, min(len(properties), self.one_of((1, 2))))
        return tuple((p.name, self._value(state, p, proxy)) for p in chosen)

    def _value(self, state: State, property: PropertyDefinition, proxy: ProxyId = 0) -> Value:
        if self.silly():
            return self.one_of(
                (
                    Value(Kind.DOUBLE, (float("nan"),)),
                    Value(Kind.STRING, ("no such thing",)),
                    Value(Kind.INT, (1 << 62, 3)),
                    Value(Kind.PROXY, (1 << 50,)),
                )
            )
        count = property.number_of_elements or self._random.randrange(4)
        references = property.kind in (Kind.PROXY, Kind.INPUT)
        if references and (
            self._random.random() < 0.3 or not self._fitting(state, property, proxy)
        ):
            count = 0
        return Value(
            property.kind, tuple(self._element(state, property, proxy) for _ in range(count))
        )

    def _element(self, state: State, property: PropertyDefinition, proxy: ProxyId) -> Element:
        random = self._random
        for domain in property.domains:
            if isinstance(domain, EnumerationDomain):
                value, text = random.choice(domain.entries)
                return text if property.kind is Kind.STRING else value
            if isinstance(domain, RangeDomain):
                low, high = domain.minimum or 0.0, domain.maximum or 100.0
                number = random.uniform(low, high)
                return round(number) if property.kind is Kind.INT else number
        match property.kind:
            case Kind.INT:
                return random.choice((0, 1, -5, (1 << 63) - 1, -(1 << 63)))
            case Kind.DOUBLE:
                return random.choice((0.0, 0.1, -2.5, 1e300, float("inf")))
            case Kind.STRING:
                return random.choice(TEXTS)
            case Kind.BOOL:
                return random.random() < 0.5
            case Kind.BYTES:
                return random.randbytes(random.randrange(9))
            case Kind.PROXY:
                return self._reference(state, property, proxy)
            case Kind.INPUT:
                return Input(self._reference(state, property, proxy))

    def _fitting(self, state: State, property: PropertyDefinition, proxy: ProxyId) -> list[ProxyId]:
        """What the property takes: mostly of smaller ids, which makes no circles."""
        types = [t for d in property.domains if isinstance(d, ProxyTypeDomain) for t in d.types]
        fitting = [
            id
            for id, row in sorted(state.proxies.items())
            if any(group == row.group and type in ("", row.type) for group, type in types)
        ]
        below = [id for id in fitting if id < proxy]
        return below if below and self._random.random() < 0.9 else fitting

    def _reference(self, state: State, property: PropertyDefinition, proxy: ProxyId) -> ProxyId:
        """Mostly one of a type that the property takes."""
        fitting = self._fitting(state, property, proxy)
        return self.one_of(fitting) if fitting else self.proxy(state)
