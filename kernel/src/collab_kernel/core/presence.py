"""What participants show of themselves right now: the latest value by (participant, proxy,
property). Never in the log; kept for late joiners and followers."""

from __future__ import annotations

from dataclasses import dataclass, field

from immutables import Map

from collab_kernel.core.commands import NamedValues
from collab_kernel.core.definitions import Scope
from collab_kernel.core.following import leader
from collab_kernel.core.state import State
from collab_kernel.core.values import ParticipantId, ProxyId, Value
from collab_kernel.errors import InvalidCommandError


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


def checked(state: State, shown: Shown) -> Shown:
    """`shown` with each value as its property holds it. Raises RefusedError: own properties
    of existing proxies only."""
    definition = state.definition(shown.proxy)
    values = []
    for name, value in shown.values:
        property = definition.property(name)
        if property.scope is not Scope.OWN:
            raise InvalidCommandError(
                f"{name} of {state.title(shown.proxy)} is shared: change it by a command"
            )
        values.append((name, property.accept(value)))
    return Shown(shown.participant, shown.proxy, shown.serial, tuple(values))


def seen(
    state: State, presence: Presence, participant: ParticipantId, proxy: ProxyId
) -> dict[str, Value]:
    """The own properties of `proxy` as `participant` sees them: those of the last in its
    chain of follow targets, and the home value where that one shows none."""
    theirs = presence.own(leader(state, participant), proxy)
    return {
        p.name: theirs.get(p.name, state.value(proxy, p.name) or p.default)
        for p in state.definition(proxy).properties
        if p.scope is Scope.OWN
    }
