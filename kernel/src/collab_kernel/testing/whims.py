"""What a participant might do next: commands from a seeded random source, mostly sensible."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from collab_kernel.core.commands import (
    Chat,
    Command,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Follow,
    FollowEveryone,
    NamedValues,
    Operation,
    Promote,
    Redo,
    Register,
    Rename,
    Request,
    Set,
    SetHome,
    Undo,
)
from collab_kernel.core.definitions import (
    Catalogue,
    EnumerationDomain,
    PropertyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
)
from collab_kernel.core.state import FollowTarget, State
from collab_kernel.core.values import Element, Input, Kind, ParticipantId, ProxyId, Value

TEXTS = ("", "a", "Ångström", "日本", "𝄞 clef", "x" * 300)
NAMES = ("Ada", "Bob", "Cid", "Ada", "  Eve  ", "\x07bell", "")


class Whims:
    """Chooses among what `state` (a mirror's: it may be behind) offers.

    nonsense: how often a value or an id is one that must be refused.
    """

    def __init__(self, random: Random, catalogue: Catalogue, nonsense: float = 0.02) -> None:
        self._random = random
        self._catalogue = catalogue
        self._nonsense = nonsense

    def request(
        self, number: int, state: State, me: ParticipantId, new_id: Callable[[], ProxyId]
    ) -> Request:
        choice: Callable[[], Command] = self._random.choices(
            (
                lambda: Edit(self._operations(state, new_id)),
                lambda: Undo(self._random.random() < 0.4),
                Redo,
                lambda: self._home(state),
                lambda: Chat(self._random.choice(TEXTS)),
                lambda: Rename(self._random.choice(NAMES)),
                lambda: Promote(self._somebody(state)),
                lambda: Follow(self._target(state)),
                lambda: FollowEveryone(self._somebody(state)),
            ),
            (60, 6, 4, 4, 4, 3, 2, 6, 3) if state.master == me else (6, 1, 1, 1, 6, 4, 1, 8, 1),
        )[0]
        undo_set = self._random.choice((0, 0, 1, 2))
        return Request(number, choice(), self._random.choice(("", "", "a label")), undo_set)

    def shown(self, state: State) -> tuple[ProxyId, NamedValues] | None:
        """Own values of some proxy; None if none has any."""
        places = self._places(state, Scope.OWN)
        if not places:
            return None
        proxy = self._random.choice(places)
        return proxy, self._values(state, proxy, Scope.OWN)

    # -- people ----------------------------------------------------------------------------

    def _somebody(self, state: State) -> ParticipantId:
        if self._silly() or not state.participants:
            return self._random.randrange(1, 99)
        return self._random.choice(sorted(state.participants))

    def _target(self, state: State) -> FollowTarget:
        kind = self._random.choice(list(FollowTarget.Kind))
        somebody = self._somebody(state) if kind is FollowTarget.Kind.PARTICIPANT else 0
        return FollowTarget(kind, somebody)

    # -- edits -----------------------------------------------------------------------------

    def _silly(self) -> bool:
        return self._random.random() < self._nonsense

    def _operations(self, state: State, new_id: Callable[[], ProxyId]) -> tuple[Operation, ...]:
        if self._random.random() < 0.08 and (own := self._own_function(state, new_id)):
            return own
        few = self._random.choice((1, 1, 1, 2, 3))
        return tuple(self._operation(state, new_id) for _ in range(few))

    def _operation(self, state: State, new_id: Callable[[], ProxyId]) -> Operation:
        weights = (20, 40, 12, 10, 8, 10 if len(state.proxies) < 25 else 60)
        make = self._random.choices(
            (
                self._create,
                self._set,
                self._connect,
                self._disconnect,
                self._register,
                self._delete,
            ),
            weights,
        )[0]
        if make is self._create or not state.proxies:
            return self._create(state, new_id)
        return make(state, new_id)

    def _create(self, state: State, new_id: Callable[[], ProxyId]) -> Create:
        definition = self._random.choice(list(self._catalogue.definitions.values()))
        given = [p for p in definition.properties if self._random.random() < 0.3]
        values = tuple((p.name, self._value(state, p)) for p in given)
        name = self._random.choice((None, None, None, "Twin", "Überschall"))
        id = self._random.randrange(1 << 40) if self._silly() else new_id()
        return Create(id, *definition.key, name, values)

    def _own_function(self, state: State, new_id: Callable[[], ProxyId]) -> tuple[Operation, ...]:
        """A sub-proxy that its creator brings, in place of the one that came with its owner."""
        places = [
            (id, p)
            for id in sorted(state.proxies)
            for p in state.definition(id).properties
            if p.sub_proxy is not None
        ]
        if not places:
            return ()
        owner, property = self._random.choice(places)
        id = new_id()
        assert property.sub_proxy is not None
        created = Create(id, *property.sub_proxy, owner=owner)
        named = () if self._silly() else (Connect(owner, property.name, Input(id)),)
        return (created, *named)

    def _set(self, state: State, new_id: Callable[[], ProxyId]) -> Set:
        proxy = self._proxy(state)
        if proxy not in state.proxies:
            return Set(proxy, (("Radius", Value(Kind.DOUBLE, (1.0,))),))
        return Set(proxy, self._values(state, proxy, Scope.SHARED))

    def _values(self, state: State, proxy: ProxyId, scope: Scope) -> NamedValues:
        properties = [p for p in state.definition(proxy).properties if p.scope is scope]
        chosen = self._random.sample(properties, min(len(properties), self._random.choice((1, 2))))
        return tuple((p.name, self._value(state, p)) for p in chosen)

    def _home(self, state: State) -> SetHome:
        places = self._places(state, Scope.OWN)
        if not places:
            return SetHome(7, ())
        proxy = self._random.choice(places)
        return SetHome(proxy, self._values(state, proxy, Scope.OWN))

    def _places(self, state: State, scope: Scope) -> list[ProxyId]:
        return [
            id
            for id in sorted(state.proxies)
            if any(p.scope is scope for p in state.definition(id).properties)
        ]

    def _connect(self, state: State, new_id: Callable[[], ProxyId]) -> Connect:
        proxy, property, element = self._place(state)
        return Connect(proxy, property, element)

    def _disconnect(self, state: State, new_id: Callable[[], ProxyId]) -> Disconnect:
        """Mostly something that is connected."""
        proxy, property, element = self._place(state)
        value = state.value(proxy, property)
        if value and value.references and not self._silly():
            found = self._random.choice(value.elements)
            element = found if isinstance(found, Input) else Input(int(found))
        return Disconnect(proxy, property, element)

    def _place(self, state: State) -> tuple[ProxyId, str, Input]:
        """A property that holds proxies, and one that it might take."""
        places = [
            (id, p)
            for id in sorted(state.proxies)
            for p in state.definition(id).properties
            if p.kind in (Kind.PROXY, Kind.INPUT)
        ]
        if not places or self._silly():
            return self._proxy(state), "Input", Input(self._proxy(state))
        proxy, property = self._random.choice(places)
        return proxy, property.name, Input(self._reference(state, property))

    def _register(self, state: State, new_id: Callable[[], ProxyId]) -> Register:
        return Register(self._proxy(state), f"Name {self._random.randrange(12)}")

    def _delete(self, state: State, new_id: Callable[[], ProxyId]) -> Delete:
        """Mostly something that nobody uses."""
        free = [id for id in sorted(state.proxies) if not state.users_of(id)]
        if not free or self._silly():
            return Delete(self._proxy(state))
        return Delete(self._random.choice(free))

    def _proxy(self, state: State) -> ProxyId:
        if self._silly() or not state.proxies:
            return self._random.randrange(1 << 34)
        return self._random.choice(sorted(state.proxies))

    # -- values ----------------------------------------------------------------------------

    def _value(self, state: State, property: PropertyDefinition) -> Value:
        if self._silly():
            return self._random.choice(
                (
                    Value(Kind.DOUBLE, (float("nan"),)),
                    Value(Kind.STRING, ("no such thing",)),
                    Value(Kind.INT, (1 << 62, 3)),
                    Value(Kind.PROXY, (1 << 50,)),
                )
            )
        count = property.number_of_elements or self._random.randrange(4)
        if property.kind in (Kind.PROXY, Kind.INPUT) and self._random.random() < 0.3:
            count = 0 if property.number_of_elements == 1 else count
        return Value(property.kind, tuple(self._element(state, property) for _ in range(count)))

    def _element(self, state: State, property: PropertyDefinition) -> Element:
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
                return self._reference(state, property)
            case Kind.INPUT:
                return Input(self._reference(state, property))

    def _reference(self, state: State, property: PropertyDefinition) -> ProxyId:
        """Mostly one of a type that the property takes."""
        types = [t for d in property.domains if isinstance(d, ProxyTypeDomain) for t in d.types]
        fitting = [
            id
            for id, row in sorted(state.proxies.items())
            if any(group == row.group and type in ("", row.type) for group, type in types)
        ]
        return self._random.choice(fitting) if fitting else self._proxy(state)
