"""What holds for every step: who did what, and with what right. Each broken promise is an
AssertionError."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from collab_kernel.core.commands import (
    AcceptProposal,
    BringEveryone,
    CancelWork,
    Command,
    Create,
    Edit,
    GoTo,
    Lock,
    Mute,
    Pause,
    Play,
    Promote,
    Propose,
    Remove,
    Request,
    RequestRight,
    SetConnectId,
    Sync,
)
from collab_kernel.core.effects import Admit, Cancel, Dismiss, Effect, Expel, Persist, Reply
from collab_kernel.core.events import Event, EventKind, Put, spot
from collab_kernel.core.following import leader
from collab_kernel.core.playback import Playhead
from collab_kernel.core.presence import (
    POINTERS,
    WINDOW,
    Presence,
    Shown,
    checked,
    look,
    pointing_nowhere,
)
from collab_kernel.core.state import Role, State, Table
from collab_kernel.core.stimuli import Ask, Join, Show, Stimulus, Tick
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId
from collab_kernel.errors import RefusedError
from collab_kernel.spi import Policy
from collab_kernel.testing import invariants
from collab_kernel.testing.rights import GRACE_S, entitled, pointing
from collab_kernel.testing.tenure import Tenure

UNDOABLE = {
    Table.PROXIES,
    Table.NAMES,
    Table.VALUES,
    Table.LINKS,
    Table.SELECTIONS,
    Table.ANNOTATIONS,
}

TABLES: dict[EventKind, set[Table]] = {
    EventKind.EDIT: UNDOABLE
    | {Table.DEFINITIONS, Table.COUNTERS, Table.HISTORY, Table.QUARANTINE}
    | {Table.PROPOSALS, Table.REQUESTS},
    EventKind.UNDO: UNDOABLE | {Table.HISTORY, Table.QUARANTINE},
    EventKind.REDO: UNDOABLE | {Table.HISTORY, Table.QUARANTINE},
    EventKind.PEOPLE: {Table.SESSION, Table.PARTICIPANTS, Table.REQUESTS, Table.POLICY}
    | {Table.DOOR, Table.MUTES, Table.TIME},
    EventKind.RIGHT: {Table.POLICY},
    EventKind.CHAT: {Table.CHAT},
    EventKind.HOME: {Table.VALUES},
    EventKind.TIME: {Table.TIME},
    EventKind.PROPOSAL: {Table.PROPOSALS, Table.COUNTERS, Table.REQUESTS},
    EventKind.PIN: {Table.PINS},
}
"""What each kind of event may change; all others are the server's own."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A session at one moment."""

    state: State
    presence: Presence
    playhead: Playhead | None
    now_s: float


class Conduct:
    """Watches one session's steps. policy: another one than master/slave, which is asked itself,
    since nothing is known here of what it promises."""

    def __init__(self, look_only: bool = False, policy: Policy | None = None) -> None:
        self._look_only = look_only
        self._policy = policy
        self._given: set[ProxyId] = set()
        self._reserved: dict[ProxyId, int] = {}
        self._decided: set[tuple[ParticipantId, int]] = set()
        self._former: tuple[ParticipantId, ParticipantId, float] = (0, 0, 0.0)
        """Who steered, was lost, and when; and who steers since, having found nobody here, or as
        the successor of such a one."""
        self._tenure = Tenure()
        self.connect_id = ""
        """What newcomers have to give."""

    def decided(self, who: ParticipantId, number: int) -> None:
        """Note that a request has its answer, and that nothing came of it."""
        self._decided.add((who, number))

    def forget(self, decided: Callable[[ParticipantId], int]) -> None:
        """Another server goes on, which knows of these requests of each that they were decided:
        all others are decided anew when they come again."""
        self._decided = {(who, n) for who, n in self._decided if n <= decided(who)}

    # -- commands --------------------------------------------------------------------------

    def check_step(
        self, before: Moment, stimulus: Stimulus, effects: list[Effect], after: Moment
    ) -> None:
        """Whatever was asked for was allowed, and all that came of it is what should."""
        events = [e.event for e in effects if isinstance(e, Persist)]
        assert after.state.revision == before.state.revision + len(events), "a revision is skipped"
        for event in events:
            self._check_event(event)
        match stimulus:
            case Ask(who, request):
                assert len(events) <= 1, "one command, one event"
                self._check_ask(before, who, request, effects, after)
            case Join():
                self._check_join(before, stimulus, effects, after)
            case Show():
                assert not events, "what is shown is no event"
                self._check_show(before, stimulus, after)
            case Tick():
                check_played(before, after)
        if self._policy is None:
            self._tenure.check(before, stimulus, after)
        self._follow_right(before.state.master, after.state.master or 0)

    def _follow_right(self, before: ParticipantId | None, after: ParticipantId) -> None:
        """Whoever succeeds one who steered by chance steers by chance as well."""
        former, heir, lost_s = self._former
        if before == heir and after not in (heir, former):
            self._former = (former, after, lost_s)

    def _check_ask(
        self,
        before: Moment,
        who: ParticipantId,
        request: Request,
        effects: list[Effect],
        after: Moment,
    ) -> None:
        state, command = before.state, request.command
        events = [e.event for e in effects if isinstance(e, Persist)]
        replies = [e for e in effects if isinstance(e, Reply)]
        if (who, request.number) in self._decided:
            removed = who not in state.participants and not events  # and refused once more
            assert removed or not effects, "a request was decided twice"
            return
        if effects:
            self._decided.add((who, request.number))
        told = [e for e in events if (e.author, e.request) == (who, request.number)]
        assert len(told) + len(replies) == 1, f"{len(told)} events and {len(replies)} replies"
        if any(reply.error for reply in replies):
            assert len(effects) == 1, "it was refused, and something came of it"
            return
        if isinstance(command, Sync):
            return
        assert self._entitled(state, who, command), (
            f"{state.name_of(who)} may not {type(command).__name__}, and did"
        )
        assert (who in state.present) or who == SERVER
        moved = isinstance(command, Promote) or state.master != after.state.master
        if isinstance(command, Promote | RequestRight) and events and moved:  # it did not just ask
            self._former = (0, 0, 0.0)
        for event in events:
            self._check_author(state, who, command, event)
            noted = after.state.table(Table.REQUESTS).get(who)
            assert noted == request.number, "a duplicate would be carried out after a restart"
        check_outcome(before, who, command, effects, after)
        if self._policy is None:
            check_right_of(state, who, command, after.state)
        if isinstance(command, SetConnectId):
            self.connect_id = command.connect_id

    def _entitled(self, state: State, who: ParticipantId, command: Command) -> bool:
        if self._policy is not None:
            return self._policy.permits(state, who, command) is None
        return entitled(state, who, command, self._look_only)

    def _points(self, state: State, who: ParticipantId) -> bool:
        if self._policy is not None and self._policy.permits(state, who, Mute(SERVER)) is None:
            return not self._look_only or state.participant(who).role is not Role.VIEWER
        return pointing(state, who, self._look_only)

    def _check_author(
        self, state: State, who: ParticipantId, command: Command, event: Event
    ) -> None:
        author = who
        if isinstance(command, AcceptProposal):
            author = state.table(Table.PROPOSALS)[command.proposal].author
        assert event.author == author, f"{event.author} is named for what {author} did"
        for change in event.changes:
            if isinstance(change, Put) and change.table == Table.PROXIES and not change.before:
                self._check_id(change.key, command, event)
        if isinstance(command, Propose):
            for operation in command.operations:
                if isinstance(operation, Create):
                    assert operation.id not in self._given, f"{operation.id} was given before"
                    assert operation.id not in self._reserved, f"{operation.id} is reserved"
                    self._reserved[operation.id] = event.revision

    def _check_id(self, id: ProxyId, command: Command, event: Event) -> None:
        """Whether the proxy is new, or one that undo brings back."""
        if event.kind is EventKind.EDIT:
            assert id not in self._given, f"id {id} was given before"
            proposal = command.proposal if isinstance(command, AcceptProposal) else None
            assert self._reserved.get(id, proposal) == proposal, f"id {id} is another's"
            self._given.add(id)
        assert id in self._given

    def _check_event(self, event: Event) -> None:
        touched = {spot(change)[0] for change in event.changes}
        allowed = TABLES.get(event.kind)
        assert allowed is None or touched <= allowed, (
            f"{event.kind.name} changed {sorted(touched - (allowed or set()))}"
        )
        assert all(change.before != change.after for change in event.changes), (
            "what is the same is no change"
        )

    # -- people ----------------------------------------------------------------------------

    def _check_join(self, before: Moment, join: Join, effects: list[Effect], after: Moment) -> None:
        state, rows = before.state, after.state.participants
        admitted = [e for e in effects if isinstance(e, Admit)]
        dismissed = [e for e in effects if isinstance(e, Dismiss)]
        assert len(admitted) + len(dismissed) == 1
        if dismissed:
            assert len(effects) == 1, "nobody was let in, and something came of it"
            return
        id = admitted[0].participant
        if join.resume:
            assert id == join.resume, "somebody else has come back"
            was, now = state.participants[id], rows[id]
            kept = replace(now, connected=was.connected, lost_at_s=was.lost_at_s)
            assert replace(kept, transport=was.transport, front_end=was.front_end) == replace(
                was, role=max(was.role, join.role)
            ), "who comes back is another"
            assert now.connected
            former, heir, lost_s = self._former
            late = before.now_s - lost_s > GRACE_S or state.master != heir
            if former == id and not late and now.role is not Role.VIEWER:
                assert after.state.master == id, "who comes back in time does not steer again"
        else:
            assert id not in state.participants, "the newcomer was here before"
            assert id == state.session.next_participant, "the newcomer has another's number"
            inside = [id for id in state.present if state.participant(id).role is not Role.VIEWER]
            locked = state.door.locked_by and inside and join.role is not Role.OWNER
            assert not locked, "somebody came in through a locked door"
            assert join.connect_id == self.connect_id or not self.connect_id, (
                "somebody came in without the connect id"
            )
            if self._policy is None and not state.present and join.role is not Role.VIEWER:
                assert after.state.master == id, "somebody found nobody here and does not steer"
                holder = state.participants.get(state.master or 0)
                chain = state.master == self._former[1]  # who steered by chance leads to who had it
                lost_s = holder.lost_at_s if holder is not None else -GRACE_S
                if not chain and before.now_s - lost_s <= GRACE_S:
                    self._former = (state.master or 0, id, lost_s)
                elif chain:
                    self._former = (self._former[0], id, self._former[2])
        assert admitted[0].state is after.state
        assert admitted[0].presence is after.presence

    def check_pointing(self, moment: Moment) -> None:
        """Whoever is kept from pointing points at nothing."""
        for (who, _), shown in moment.presence.shown.items():
            if pointing_nowhere(shown):
                assert self._points(moment.state, who), "somebody muted points"

    def _check_show(self, before: Moment, show: Show, after: Moment) -> None:
        """What may be shown is seen from now on, and nothing else."""
        state, who = before.state, show.participant
        seen, old = after.presence.shown, before.presence.shown
        others = [key for key in {*seen, *old} if key[0] != who and seen.get(key) != old.get(key)]
        assert not others, f"somebody showed something for {others}"
        if who not in state.present:
            assert seen == old, "somebody who is not here is seen"
            return
        points = self._points(state, who)
        was = before.presence.own(who, show.proxy)
        now = after.presence.own(who, show.proxy)
        for name in {*was, *now}:
            if not points and (POINTERS.has(name) or name == "Typing"):
                assert name not in now or now[name] == was.get(name), "somebody muted points"
        try:
            shown = checked(state, Shown(who, show.proxy, show.serial, show.values))
        except RefusedError:
            assert seen == old, "nonsense is shown"
            return
        for name, value in dict(shown.values).items():
            if points or not (POINTERS.has(name) or name == "Typing"):
                assert now.get(name) == value, f"{name} was shown and is not seen"


def check_played(before: Moment, after: Moment) -> None:
    """Playing moves on only from what was shown, forward or round, no faster than it should."""
    old, new = before.playhead, after.playhead
    if old is None or new == old:
        return
    assert old.shown, "it went on before the last time was shown"
    passed = (after.now_s - old.since_s) * old.row.speed + 1e-3
    steps = old.row.steps
    if new is None:
        assert not old.row.loop or not after.state.present, "a loop came to an end"
        assert after.state.time.time == old.time, "it stopped where it was not"
        assert old.time >= steps[-1] or not after.state.present, "it stopped before the end"
        return
    assert new.time in steps, f"{new.time} is no step"
    ahead = sum(old.time < step <= new.time for step in steps)
    if new.time < old.time or (new.since_s > old.since_s and old.row.loop):
        assert old.row.loop, "it went back"
        ahead %= len(steps)
    assert ahead <= passed, "it goes too fast"


def check_outcome(
    before: Moment,
    who: ParticipantId,
    command: Command,
    effects: list[Effect],
    after: Moment,
) -> None:
    """What some commands promise beside what every event does."""
    old, new = before.state, after.state
    match command:
        case Edit() | AcceptProposal():
            invariants.check_equal(old, new)
            if isinstance(command, AcceptProposal):
                check_accepted(old, command, new)
        case Remove(whom):
            assert whom not in new.participants, "somebody was removed and is here"
            assert any(isinstance(e, Expel) and e.participant == whom for e in effects)
        case BringEveryone(view):
            wanted = look(old, before.presence, who, view)
            for one in new.present:
                if leader(new, one) in new.present:
                    assert dict(look(new, after.presence, one, view)) == dict(wanted), (
                        f"{new.name_of(one)} was not brought along"
                    )
                was = before.presence.own(one, view)
                now = after.presence.own(one, view)
                assert all(was.get(name) == now.get(name) for name in WINDOW)
        case CancelWork():
            assert [e for e in effects if isinstance(e, Cancel)]
        case GoTo(time):
            assert new.time.time == time
            assert new.time.playing == old.time.playing
        case Play(steps):
            assert new.time.playing
            assert steps[0] <= new.time.time <= steps[-1]
        case Pause():
            assert not new.time.playing
            shown = before.playhead.time if before.playhead else old.time.time
            assert new.time.time == shown, "it stopped where it was not"
        case Lock(locked):
            assert bool(new.door.locked_by) == locked
        case SetConnectId(text):
            assert new.door.connect_id == bool(text)


def check_right_of(old: State, who: ParticipantId, command: Command, new: State) -> None:
    """The right goes where it is handed; who asks for it waits, or has it if nobody does."""
    match command:
        case RequestRight():
            holder = old.participants.get(old.master or 0)
            lost = holder is None or not holder.connected
            assert (new.master == who) if lost or old.master == who else (who in new.requests)
        case Promote(whom):
            assert new.master == whom, "the right went elsewhere"
            assert new.participants[whom].role is not Role.VIEWER


def check_accepted(old: State, command: AcceptProposal, new: State) -> None:
    """A proposal is carried out once, and not unawares over what was changed since."""
    row = old.table(Table.PROPOSALS)[command.proposal]
    assert command.proposal not in new.table(Table.PROPOSALS), "it can be accepted again"
    if not command.anyway:
        for change in row.replaces:
            table, key = spot(change)
            assert old.table(table).get(key) == change.before, (
                "it was accepted over what was changed since"
            )
    for operation in row.operations:
        if isinstance(operation, Create):
            made = operation.id in new.proxies
            assert made or len(row.operations) > 1, "what was proposed is not there"
