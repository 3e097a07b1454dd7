"""What participants show of themselves right now: the latest value by (participant, proxy,
property). Never in the log; kept for late joiners and followers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from immutables import Map

from collab_kernel.core.commands import NamedValues
from collab_kernel.core.definitions import Domain, PropertyDefinition, ProxyDefinition, Scope
from collab_kernel.core.following import leader
from collab_kernel.core.state import State
from collab_kernel.core.values import (
    EMPTY_INPUTS,
    EMPTY_PROXIES,
    Input,
    Kind,
    ParticipantId,
    ProxyId,
    Value,
)
from collab_kernel.errors import InvalidCommandError, InvalidValueError


@dataclass(frozen=True, slots=True)
class Shown:
    """One participant's own values of one proxy. A higher serial is newer."""

    participant: ParticipantId
    proxy: ProxyId
    serial: int
    values: NamedValues


@dataclass(frozen=True, slots=True)
class Gone:
    """Every value of the participant is void."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Presence:
    """The last of everything that was shown."""

    shown: Map[tuple[ParticipantId, ProxyId], Shown] = field(default_factory=Map)

    def with_shown(self, news: Shown) -> Presence:
        """Newer values over older ones; an older serial changes nothing."""
        key = (news.participant, news.proxy)
        before = self.shown.get(key)
        if before is None:
            return Presence(self.shown.set(key, news))
        if news.serial < before.serial:
            return self
        merged = tuple((dict(before.values) | dict(news.values)).items())
        return Presence(self.shown.set(key, Shown(*key, news.serial, merged)))

    def without(self, participant: ParticipantId) -> Presence:
        left = {k: v for k, v in self.shown.items() if k[0] != participant}
        return Presence(Map(left)) if len(left) != len(self.shown) else self

    def without_proxy(self, proxy: ProxyId) -> Presence:
        left = {k: v for k, v in self.shown.items() if k[1] != proxy}
        return Presence(Map(left)) if len(left) != len(self.shown) else self

    def own(self, participant: ParticipantId, proxy: ProxyId) -> dict[str, Value]:
        """What the participant shows of its own values of `proxy`."""
        found = self.shown.get((participant, proxy))
        return dict(found.values) if found else {}


SESSION: ProxyId = 0
"""What stands for the session where presence is of no proxy of its own."""


def _own(name: str, kind: Kind, what: str, count: int = 0, *domains: Domain) -> PropertyDefinition:
    default = Value(kind)
    return PropertyDefinition(
        name, kind, default, count, documentation=what, domains=domains, scope=Scope.OWN
    )


OF_SESSION = ProxyDefinition(
    "session",
    "Session",
    properties=(
        _own("ActiveSource", Kind.INPUT, "the output port that one works at; none"),
        _own("ActiveView", Kind.PROXY, "the view that one works in; none"),
        _own("Typing", Kind.BOOL, "whether one writes a chat message", 1),
        _own("Idle", Kind.BOOL, "whether one has been away for a while", 1),
    ),
)
"""What each participant shows of itself, beside its own values of proxies."""

MEASURED = ProxyDefinition(
    "session",
    "Measured",
    properties=(
        _own("Latency", Kind.DOUBLE, "of the connection: there and back, in seconds", 1),
        _own("Time", Kind.DOUBLE, "the server's: the time that is shown while it plays", 1),
    ),
)
"""What the server shows, of a participant or of the session."""

POINTERS = ProxyDefinition(
    "views",
    "Pointers",
    properties=(
        _own("Pointer", Kind.DOUBLE, "x, y in the view, each 0 to 1 from the lower left; none"),
        _own("Pointer3D", Kind.DOUBLE, "x, y, z in world coordinates; none"),
        _own("PointerText", Kind.STRING, "what is under it", 1),
    ),
)
"""What a participant points at in a view."""

WINDOW = frozenset({"ViewSize", "PixelRatio", "Quality"})
"""Own values that are of one's window: nobody takes them over by following."""

MAX_ELEMENTS = 8
MAX_POINTER_TEXT_CHARACTERS = 200


def without_pointers(shown: Shown) -> Shown:
    """`shown`, but for what its author points at, and that it writes."""
    left = tuple((n, v) for n, v in shown.values if not POINTERS.has(n) and n != "Typing")
    return replace(shown, values=left)


_NOWHERE = {
    "Pointer": Value(Kind.DOUBLE),
    "Pointer3D": Value(Kind.DOUBLE),
    "PointerText": Value(Kind.STRING, ("",)),
    "Typing": Value(Kind.BOOL, (False,)),
}


def pointing_nowhere(shown: Shown) -> NamedValues:
    """What takes back what its author points at, and that it writes; () if it does neither."""
    return tuple((n, _NOWHERE[n]) for n, v in shown.values if _NOWHERE.get(n, v) != v)


def _definition(state: State, shown: Shown, name: str) -> PropertyDefinition:
    if shown.proxy == SESSION:
        return OF_SESSION.property(name)
    definition = state.definition(shown.proxy)
    if POINTERS.has(name) and definition.group == "views" and not definition.has(name):
        return POINTERS.property(name)
    return definition.property(name)


def _accepted(property: PropertyDefinition, value: Value) -> Value:
    value = property.accept(value)
    if property.number_of_elements == 0 and len(value.elements) > MAX_ELEMENTS:
        raise InvalidValueError(f"{property.name}: at most {MAX_ELEMENTS} elements")
    if property.name == "PointerText":
        text = str(value.plain)[:MAX_POINTER_TEXT_CHARACTERS]
        return Value(Kind.STRING, ("".join(c for c in text if c.isprintable()),))
    return value


def checked(state: State, shown: Shown) -> Shown:
    """`shown` with each value as its property holds it. Raises RefusedError: own properties
    of existing proxies, pointers in views, and what `OF_SESSION` lists."""
    values = []
    for name, value in shown.values:
        property = _definition(state, shown, name)
        if property.scope is not Scope.OWN:
            raise InvalidCommandError(
                f"{name} of {state.title(shown.proxy)} is shared: change it by a command"
            )
        values.append((name, _accepted(property, value)))
    return Shown(shown.participant, shown.proxy, shown.serial, tuple(dict(values).items()))


def seen(
    state: State, presence: Presence, participant: ParticipantId, proxy: ProxyId
) -> dict[str, Value]:
    """The own properties of `proxy` as `participant` sees them: those of the last in its
    chain of follow targets, and the home value where that one shows none; but those of its
    own window."""
    theirs = presence.own(leader(state, participant), proxy)
    own = presence.own(participant, proxy)
    return {
        p.name: (own if p.name in WINDOW else theirs).get(
            p.name, state.value(proxy, p.name) or p.default
        )
        for p in state.definition(proxy).properties
        if p.scope is Scope.OWN
    }


def look(
    state: State, presence: Presence, participant: ParticipantId, view: ProxyId
) -> NamedValues:
    """How `participant` looks at a view: what it sees, but for its window."""
    values = seen(state, presence, participant, view).items()
    return tuple((name, value) for name, value in values if name not in WINDOW)


def active(
    state: State, presence: Presence, participant: ParticipantId
) -> tuple[Input | None, ProxyId]:
    """The active source and view (0: none) of `participant`: the master's while it follows
    the master, and its own otherwise."""
    whose = leader(state, participant)
    values = presence.own(whose if whose == state.master else participant, SESSION)
    source = next(iter(values.get("ActiveSource", EMPTY_INPUTS).elements), None)
    view = next(iter(values.get("ActiveView", EMPTY_PROXIES).elements), 0)
    return (
        source if isinstance(source, Input) and source.proxy in state.proxies else None,
        view if isinstance(view, int) and view in state.proxies else 0,
    )
