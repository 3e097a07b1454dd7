"""A session at the server: the one mutable cell. Synchronous, no await, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from immutables import Map

from collab_kernel.core import people
from collab_kernel.core.commands import Request, ShowPresence
from collab_kernel.core.decide import Rules, decide
from collab_kernel.core.draft import Draft
from collab_kernel.core.effects import Admit, Dismiss, Effect, Reply, Tell
from collab_kernel.core.events import Event, EventKind, is_deletion
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Derived
from collab_kernel.core.presence import Gone, Presence, Shown, checked
from collab_kernel.core.react import react
from collab_kernel.core.state import SessionRow, State, Table
from collab_kernel.core.stimuli import (
    Ask,
    Begin,
    Join,
    Learn,
    Leave,
    Lose,
    Quarantine,
    Show,
    Stimulus,
    Tick,
)
from collab_kernel.core.undo import remember
from collab_kernel.core.values import SERVER, ProxyId
from collab_kernel.errors import RefusedError

FORGET_EVERY_S = 60.0


Mark: TypeAlias = tuple[State, Presence, Map[ProxyId, Derived]]


@dataclass(frozen=True, slots=True)
class Limits:
    """seats: how many may be connected at once."""

    seats: int = 1


class Session:
    """Stimuli in, effects out; `state` is what there is after the last one."""

    def __init__(
        self, rules: Rules, limits: Limits | None = None, state: State | None = None
    ) -> None:
        self.rules = rules
        self.limits = limits or Limits()
        self.now_s = 0.0
        self.state = state or State()
        self.presence = Presence()
        self.derived: Map[ProxyId, Derived] = Map()
        self._forgotten_s = 0.0

    def step(self, stimulus: Stimulus) -> list[Effect]:
        """Take in one stimulus; the effects are to be carried out in order."""
        match stimulus:
            case Tick(now_s):
                return self._tick(now_s)
            case Begin(name):
                return self._begin(name)
            case Join():
                return self._join(stimulus)
            case Leave(participant):
                return self._depart(participant, lost=False)
            case Lose(participant):
                return self._depart(participant, lost=True)
            case Ask(participant, request):
                return self._ask(participant, request)
            case Show():
                return self._show(stimulus)
            case Learn(fact):
                if fact.proxy not in self.state.proxies:
                    return []  # deleted meanwhile
                if isinstance(fact, Derived):
                    self.derived = self.derived.set(fact.proxy, fact)
                return [Tell(fact)]
            case Quarantine(proxy, reason):
                return self._quarantine(proxy, reason)
            case _:
                assert_never(stimulus)

    def _begin(self, name: str) -> list[Effect]:
        """The first event of a log; of a log that goes on, the one that marks everybody lost,
        since nobody's connection outlives a server."""
        draft = Draft(self.state)
        if not self.state.revision:
            draft.put(Table.SESSION, (), SessionRow(name, self.rules.catalogue.name))
        for id in self.state.present:
            people.lose(draft, id, self.now_s)
        verb = "goes on" if self.state.revision else "begins"
        return self._commit(EventKind.SYSTEM, f"Session {name!r} {verb}", draft)

    # -- commands --------------------------------------------------------------------------

    def _ask(self, participant: int, request: Request) -> list[Effect]:
        decided = self.state.table(Table.REQUESTS).get(participant, 0)
        if participant != SERVER and request.number <= decided:
            return []  # a duplicate, after a resume
        try:
            event = decide(self.state, participant, request, self.rules, self.now_s)
        except RefusedError as error:
            return [Reply(participant, request.number, self.state.revision, error)]
        if event is None:
            return [Reply(participant, request.number, self.state.revision)]
        return self._accept(event)

    def _accept(self, event: Event) -> list[Effect]:
        self.state = remember(evolve(self.state, event), event)
        for change in event.changes:
            if is_deletion(change):
                self.presence = self.presence.without_proxy(change.key)
                if change.key in self.derived:
                    self.derived = self.derived.delete(change.key)
        return react(event)

    # -- people ----------------------------------------------------------------------------

    def _join(self, join: Join) -> list[Effect]:
        draft = Draft(self.state)
        try:
            id = people.join(
                draft,
                join.name,
                join.role,
                join.front_end,
                join.transport,
                self.limits.seats,
                self.now_s,
            )
        except RefusedError as error:
            return [Dismiss(join.seat, error)]
        label = f"{draft.state.name_of(id)} joined"
        effects = self._commit(EventKind.PEOPLE, label, draft)
        return [*effects, Admit(join.seat, id, self.state, self.presence, self.derived)]

    def _depart(self, participant: int, lost: bool) -> list[Effect]:
        row = self.state.participants.get(participant)
        if row is None or (lost and not row.connected):
            return []
        draft = Draft(self.state)
        if lost:
            people.lose(draft, participant, self.now_s)
        else:
            people.leave(draft, participant)
        self.presence = self.presence.without(participant)
        label = f"{row.name} {'was lost' if lost else 'left'}"
        return [*self._commit(EventKind.PEOPLE, label, draft), Tell(Gone(participant))]

    def _tick(self, now_s: float) -> list[Effect]:
        self.now_s = now_s
        draft = Draft(self.state)
        if now_s - self._forgotten_s >= FORGET_EVERY_S:
            self._forgotten_s = now_s
            people.forget_lost(draft, now_s)
        return self._commit(EventKind.SYSTEM, "Time passed", draft)

    def _quarantine(self, proxy: ProxyId, reason: str) -> list[Effect]:
        draft = Draft(self.state)
        if proxy in self.state.proxies:
            draft.put(Table.QUARANTINE, proxy, reason)
        label = f"{self.state.title(proxy)} is not executed until it changes"
        return self._commit(EventKind.SYSTEM, label, draft)

    def _commit(self, kind: EventKind, label: str, draft: Draft) -> list[Effect]:
        """One event of the server's own, with what the policy makes of it; none if nothing
        changed."""
        for put in self.rules.policy.successor(draft.state, self.now_s):
            draft.put(Table(put.table), put.key, put.after)
        if not draft.changes:
            return []
        event = Event(
            self.state.revision + 1, SERVER, 0, kind, label, 0, self.now_s, tuple(draft.changes)
        )
        return self._accept(event)

    # -- presence --------------------------------------------------------------------------

    def _show(self, show: Show) -> list[Effect]:
        """Presence is never refused: what is not allowed, or speaks of what is gone, is
        dropped."""
        who = show.participant
        shown = Shown(who, show.proxy, show.serial, show.values)
        try:
            shown = checked(self.state, shown)
        except RefusedError:
            return []
        if who not in self.state.participants or self.rules.policy.permits(
            self.state, who, ShowPresence(show.proxy)
        ):
            return []
        self.presence = self.presence.with_shown(shown)
        return [Tell(self.presence.shown[who, show.proxy], but=who)]

    # -- durability ------------------------------------------------------------------------

    @property
    def mark(self) -> Mark:
        """Where the session stands, to `rewind` to."""
        return self.state, self.presence, self.derived

    def rewind(self, mark: Mark) -> None:
        """Go back to where it stood: what came after was told to nobody."""
        self.state, self.presence, self.derived = mark
