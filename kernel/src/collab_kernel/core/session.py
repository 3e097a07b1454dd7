"""A session at the server: the one mutable cell. Synchronous, no await, no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import TypeAlias, assert_never

from immutables import Map

from collab_kernel.core import moderation, people, playback
from collab_kernel.core.commands import (
    BringEveryone,
    CancelWork,
    Command,
    NamedValues,
    Pause,
    Remove,
    Request,
    SetConnectId,
    ShowPresence,
    Sync,
)
from collab_kernel.core.decide import Rules, decide, mutable
from collab_kernel.core.draft import Draft
from collab_kernel.core.effects import (
    Admit,
    Cancel,
    Dismiss,
    Effect,
    Expel,
    Reply,
    ShowTime,
    Tell,
)
from collab_kernel.core.events import Event, EventKind, is_deletion, spot
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Derived
from collab_kernel.core.following import leader
from collab_kernel.core.onlooking import as_if_joined
from collab_kernel.core.past import once_more
from collab_kernel.core.playback import Playhead
from collab_kernel.core.presence import (
    SESSION,
    Gone,
    Presence,
    Shown,
    checked,
    look,
    pointing_nowhere,
    without_pointers,
)
from collab_kernel.core.react import react
from collab_kernel.core.state import Role, SessionRow, State, Table
from collab_kernel.core.stimuli import (
    Again,
    Ask,
    Begin,
    Join,
    Learn,
    Leave,
    Lose,
    Measure,
    Quarantine,
    Show,
    Stimulus,
    Tick,
    TimeShown,
)
from collab_kernel.core.undo import remember
from collab_kernel.core.values import SERVER, Kind, ParticipantId, ProxyId, Value
from collab_kernel.errors import RefusedError, RemovedError

FORGET_EVERY_S = 60.0


Mark: TypeAlias = tuple[State, Presence, Map[ProxyId, Derived], bytes, Playhead | None]


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
        self._decided: dict[ParticipantId, int] = {}
        """The highest request of each participant's that has its answer, whichever it is: also
        where that is that the log did not last, so it is not rewound."""
        self.playhead: Playhead | None = None
        """Where playing is, beside the state: it is presence."""
        self.connect_id_hash = b""
        """Beside the state, which everybody sees."""
        self._forgotten_s = 0.0

    def step(self, stimulus: Stimulus) -> list[Effect]:
        """Take in one stimulus; the effects are to be carried out in order."""
        match stimulus:
            case Tick(now_s):
                return self._tick(now_s)
            case Begin():
                return self._begin(stimulus)
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
            case TimeShown(time):
                if self.playhead is not None and self.playhead.time == time:
                    self.playhead = replace(self.playhead, shown=True)
                return []
            case Measure(participant, latency_s):
                return self._measured(participant, "Latency", latency_s)
            case Quarantine(proxy, reason):
                return self._quarantine(proxy, reason)
            case Again(past, author):
                event = once_more(past, author, self.state)
                return [] if event is None else self._accept(event)
            case _:
                assert_never(stimulus)

    def _begin(self, begin: Begin) -> list[Effect]:
        """The first event of a log; of a log that goes on, the one that marks everybody lost,
        since nobody's connection outlives a server. Whoever steers has all of the grace time from
        now on, also if they were lost before."""
        self.now_s = max(self.now_s, begin.now_s)
        draft = Draft(self.state)
        if not self.state.revision:
            draft.put(Table.SESSION, (), SessionRow(begin.name, self.rules.catalogue.name))
        for id in self.state.present:
            people.lose(draft, id, self.now_s)
        master = self.state.master
        if master is not None and master in self.state.participants:
            people.lose(draft, master, self.now_s)
        if self.state.time.playing:
            playback.pause(draft, None)
        self.connect_id_hash = moderation.hashed(begin.connect_id) or begin.connect_id_hash
        moderation.ask_for_connect_id(draft, bool(self.connect_id_hash))
        verb = "goes on" if self.state.revision else "begins"
        return self._commit(EventKind.SYSTEM, f"Session {begin.name!r} {verb}", draft)

    # -- commands --------------------------------------------------------------------------

    def _ask(self, participant: int, request: Request) -> list[Effect]:
        if participant != SERVER:
            if request.number <= self.decided(participant):
                return []  # a duplicate, after a resume
            self._decided[participant] = request.number
        command, playhead = request.command, self.playhead
        try:
            event = decide(self.state, participant, request, self.rules, self.now_s, playhead)
        except RefusedError as error:
            return [Reply(participant, request.number, self.state.revision, error)]
        name = self.state.name_of(participant)
        effects = [] if event is None else self._accept(event)
        if isinstance(command, SetConnectId):
            self.connect_id_hash = moderation.hashed(command.connect_id)
        if not isinstance(command, Sync):
            effects += self._signal(participant, name, command)
        if event is None or (event.author, event.request) != (participant, request.number):
            effects.append(Reply(participant, request.number, self.state.revision))
        return effects

    def _signal(self, participant: ParticipantId, name: str, command: Command) -> list[Effect]:
        """What a permitted command does beside what its event says. name: its author's."""
        match command:
            case BringEveryone(view):
                values = look(self.state, self.presence, participant, view)
                here = self.state.present
                return [effect for id in here for effect in self._shown(id, view, values)]
            case CancelWork(proxy):
                return [Cancel(proxy, name)]
            case Remove(removed):
                reason = moderation.reason_of(command)
                text = f"{name} removed you from the session" + (f": {reason}" if reason else "")
                self.presence = self.presence.without(removed)
                return [Tell(Gone(removed)), Expel(removed, RemovedError(text))]
            case _:
                return []

    def decided(self, participant: ParticipantId) -> int:
        """The highest request of a participant's that was decided."""
        lasting: int = self.state.table(Table.REQUESTS).get(participant, 0)
        return max(lasting, self._decided.get(participant, 0))

    def _accept(self, event: Event) -> list[Effect]:
        before, self.state = self.state, remember(evolve(self.state, event), event)
        for change in event.changes:
            if is_deletion(change):
                self.presence = self.presence.without_proxy(change.key)
                if change.key in self.derived:
                    self.derived = self.derived.delete(change.key)
        effects = react(event)
        touched = {spot(change)[0] for change in event.changes}
        if Table.TIME in touched:
            effects += self._cue()
        if touched & {Table.MUTES, Table.POLICY, Table.PARTICIPANTS}:
            effects += self._hush()
        if before.master != self.state.master:
            effects += self._take_the_lead(before)
        return effects

    def _take_the_lead(self, before: State) -> list[Effect]:
        """Let a new master who has followed go on from what they saw: others look that way now,
        and nobody's view jumps."""
        new = self.state.master
        if new is None or new not in self.state.present or new not in before.participants:
            return []
        if leader(before, new) == new:
            return []
        views = [id for id in sorted(before.proxies) if before.proxies[id].group == "views"]
        there = [id for id in views if id in self.state.proxies]
        return [
            effect
            for view in there
            for effect in self._shown(new, view, look(before, self.presence, new, view))
        ]

    # -- people ----------------------------------------------------------------------------

    def _join(self, join: Join) -> list[Effect]:
        if self.rules.everybody_looks:
            join = replace(join, role=Role.VIEWER)
        if join.resume:
            return self._resume(join)
        draft = Draft(self.state)
        try:
            moderation.check_door(self.state, join.role, self._knows(join.connect_id), self.now_s)
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

    def as_if_joined(self, join: Join) -> tuple[State, ParticipantId]:
        """The state as if somebody had joined it who only asks, and who they would be. Raises
        RefusedError if they may not come in."""
        join = replace(join, role=Role.VIEWER) if self.rules.everybody_looks else join
        moderation.check_door(self.state, join.role, self._knows(join.connect_id), self.now_s)
        return as_if_joined(self.state, join, self.limits.seats, self.now_s)

    def _knows(self, connect_id: str) -> bool:
        return compare_digest(moderation.hashed(connect_id), self.connect_id_hash)

    def _resume(self, join: Join) -> list[Effect]:
        """What was shown over the connection that broke is void, if that was not noticed yet."""
        id, draft = join.resume, Draft(self.state)
        try:
            people.resume(draft, id, join.role, join.front_end, join.transport, self.limits.seats)
        except RefusedError as error:
            return [Dismiss(join.seat, error)]
        shown = self.presence.without(id)
        gone = [] if shown == self.presence else [Tell(Gone(id))]
        self.presence = shown
        effects = self._commit(EventKind.PEOPLE, f"{draft.state.name_of(id)} is back", draft)
        return [*effects, *gone, Admit(join.seat, id, self.state, self.presence, self.derived)]

    def _depart(self, participant: int, lost: bool) -> list[Effect]:
        row = self.state.participants.get(participant)
        if row is None or (lost and not row.connected):
            return []
        draft = Draft(self.state)
        if lost:
            people.lose(draft, participant, self.now_s)
        else:
            people.leave(draft, participant)
            moderation.unlock_empty(draft)
        if self.state.time.playing and not self._anybody_may_pause(draft.state):
            playback.pause(draft, self.playhead)
        label = f"{row.name} {'was lost' if lost else 'left'}"
        effects = self._commit(EventKind.PEOPLE, label, draft)
        self.presence = self.presence.without(participant)
        return [*effects, Tell(Gone(participant))]

    def _anybody_may_pause(self, state: State) -> bool:
        """Whether somebody is left who can end what plays."""
        permits = self.rules.policy.permits
        return any(permits(state, id, Pause()) is None for id in state.present)

    def _tick(self, now_s: float) -> list[Effect]:
        self.now_s = now_s
        draft = Draft(self.state)
        if now_s - self._forgotten_s >= FORGET_EVERY_S:
            self._forgotten_s = now_s
            people.forget_lost(draft, now_s)
            here = draft.state.participants
            self._decided = {id: n for id, n in self._decided.items() if id in here}
        effects = self._commit(EventKind.SYSTEM, "Time passed", draft)
        return effects + self._advance()

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

    # -- time ------------------------------------------------------------------------------

    @property
    def due_s(self) -> float | None:
        """When the next step is due that is played; None: nothing waits for time to pass."""
        return self.playhead.due_s if self.playhead and self.playhead.shown else None

    def _cue(self) -> list[Effect]:
        """Show the time that the state says, and play from there if it does."""
        time = self.state.time.time
        self.playhead = playback.playhead(self.state, self.now_s)
        if self.playhead is not None:
            return [*self._measured(SERVER, "Time", time), ShowTime(time)]
        shown, self.presence = self.presence, self.presence.without(SERVER)
        gone = [] if shown == self.presence else [Tell(Gone(SERVER))]
        return [*gone, ShowTime(time)]

    def _advance(self) -> list[Effect]:
        """Play on, if a step is due."""
        before = self.playhead
        if before is None:
            return []
        self.playhead = before.moved(self.now_s)
        if self.playhead is None:
            draft = Draft(self.state)
            playback.pause(draft, before)
            return self._commit(EventKind.TIME, "Played to the end", draft)
        time = self.playhead.time
        if time == before.time:
            return []
        return [*self._measured(SERVER, "Time", time), ShowTime(time)]

    # -- presence --------------------------------------------------------------------------

    def _show(self, show: Show) -> list[Effect]:
        """Presence is never refused: what is not allowed, or speaks of what is gone, is
        dropped."""
        who = show.participant
        row = self.state.participants.get(who)
        if row is None or not row.connected:
            return []
        shown = Shown(who, show.proxy, show.serial, show.values)
        try:
            shown = checked(self.state, shown)
        except RefusedError:
            return []
        if self._points_at_nothing(who):
            shown = without_pointers(shown)
        action = ShowPresence(show.proxy, tuple(name for name, _ in shown.values))
        if not shown.values or self.rules.policy.permits(self.state, who, action):
            return []
        self.presence = self.presence.with_shown(shown)
        return [Tell(self.presence.shown[who, show.proxy], but=who)]

    def _points_at_nothing(self, who: ParticipantId) -> bool:
        """Whether `who` is kept from pointing."""
        looks = self.rules.viewers_look_only
        if looks and self.state.participant(who).role is Role.VIEWER:
            return True
        return self.state.muted(who).pointers and mutable(self.state, who, self.rules)

    def _hush(self) -> list[Effect]:
        """Take back what those point at who are kept from it now."""
        effects: list[Effect] = []
        for (who, proxy), shown in self.presence.shown.items():
            nowhere = pointing_nowhere(shown)
            here = who in self.state.participants  # else all of it goes
            if here and nowhere and self._points_at_nothing(who):
                effects += self._shown(who, proxy, nowhere)
        return effects

    def _shown(self, who: ParticipantId, proxy: ProxyId, values: NamedValues) -> list[Effect]:
        """Show values of a participant for it: it hears of them as everybody does. Under the
        serial of its last, so that what it shows next is newer whenever it set out."""
        last = self.presence.shown.get((who, proxy))
        shown = Shown(who, proxy, last.serial if last else 0, values)
        self.presence = self.presence.with_shown(shown)
        return [Tell(self.presence.shown[who, proxy])]

    def _measured(self, who: ParticipantId, name: str, number: float) -> list[Effect]:
        """What the server knows of a participant, or (0) shows of the session itself."""
        if who != SERVER and who not in self.state.present:
            return []
        return self._shown(who, SESSION, ((name, Value(Kind.DOUBLE, (number + 0.0,))),))

    # -- durability ------------------------------------------------------------------------

    @property
    def mark(self) -> Mark:
        """Where the session stands, to `rewind` to."""
        return self.state, self.presence, self.derived, self.connect_id_hash, self.playhead

    def rewind(self, mark: Mark) -> None:
        """Go back to where it stood: what came after was told to nobody."""
        self.state, self.presence, self.derived, self.connect_id_hash, self.playhead = mark
