"""A whole session in one thread, from a seed: no sockets, no clock, no event loop.

    with World(seed=7, participants=["ann", "bob"], master="ann") as world:
        world.wander(300)

A `World` is the core's `Session` and a `Mirror` for each player. Everything between them is
encoded and decoded, and comes late: a player hears of an event when it is `deliver`ed.
Presence may be lost on the way, and connections break. `wander` lets everybody do as they like,
and checks after each step that the promises of the design hold. What happened is kept as a list
of acts (`World.story`), so that it can be told again, and shortened (see `story`). The seed is
told with every failure.

Longer than other modules on purpose: what is stepped, what of it lasts and who hears of it are
one thing.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from random import Random
from types import TracebackType
from typing import Self

from collab_kernel.core.commands import Request
from collab_kernel.core.decide import Rules
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.effects import (
    Admit,
    Dismiss,
    Effect,
    Expel,
    Persist,
    Reply,
    ShowTime,
    Tell,
)
from collab_kernel.core.events import Event, EventKind
from collab_kernel.core.messages import Replied
from collab_kernel.core.presence import Shown
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.state import Role, State
from collab_kernel.core.stimuli import Ask, Begin, Join, Leave, Lose, Show, Stimulus, Tick
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import StoreError
from collab_kernel.plugins import load
from collab_kernel.spi import Policy
from collab_kernel.testing import invariants
from collab_kernel.testing.acts import Act, Return, Send
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.conduct import Conduct, Moment
from collab_kernel.testing.fate import Fate
from collab_kernel.testing.fingerprint import Fingerprint
from collab_kernel.testing.hindsight import check_undo_of
from collab_kernel.testing.lasting import Lasting
from collab_kernel.testing.player import Player
from collab_kernel.testing.rights import GRACE_S
from collab_kernel.testing.stage import enact
from collab_kernel.testing.tally import Tally
from collab_kernel.wire.packets import client_messages, event_packet, server_packet
from collab_kernel.wire.rows import decode_event, digest

STEERING = (EventKind.EDIT, EventKind.UNDO, EventKind.REDO, EventKind.HOME)


@cache
def default_policy() -> Policy:
    """The installed master/slave policy."""
    return load().policy("master-slave").create()


class World:
    """One session and its players, by the names that they were given.

    policy: the installed master/slave one unless given. loss: how often presence gets lost,
    and how often the log fails to last, while wandering.
    """

    def __init__(
        self,
        seed: int = 0,
        participants: Iterable[str] = (),
        master: str | None = None,
        *,
        policy: Policy | None = None,
        catalogue: Catalogue | None = None,
        seats: int = 99,
        loss: float = 0.0,
        look_only: bool = False,
    ) -> None:
        self.seed = seed
        self.catalogue = catalogue or definitions()
        rules = Rules(policy or default_policy(), self.catalogue, viewers_look_only=look_only)
        self.session = Session(rules, Limits(seats))
        self.players: dict[str, Player] = {}
        self.strangers: dict[str, ParticipantId] = {}
        """Whom the session does not know any more."""
        self.lasting = Lasting()
        self.story: list[Act] = []
        self.tally = Tally()
        self.times: list[float] = []
        """What the renderer was told to show and has not."""
        self._steered = policy is None
        self._conduct = Conduct(look_only, policy)
        self._fate = Fate(Random(seed), self, loss)
        self._put_off: list[Leave | Lose] = []
        """Who is gone, which did not last."""
        self._fingerprint, self._fingerprint_again = Fingerprint(), Fingerprint()
        self._known: dict[int, int] = {}
        self._checked = State()
        self._lasting_s = 0.0
        """Whatever time brings is in the log up to here."""
        self._seats = itertools.count(1)
        self.step(Tick(1_000.0))
        self.step(Begin("world"))
        for name in participants:
            self.join(name)
        if master is not None:
            assert self.state.master == self[master].id, "the first participant is the master"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(f"in World(seed={self.seed}) at revision {self.revision}")

    def __getitem__(self, name: str) -> Player:
        return self.players[name]

    @property
    def state(self) -> State:
        return self.session.state

    @property
    def revision(self) -> int:
        return self.state.revision

    @property
    def journal(self) -> list[bytes]:
        """Every event, encoded."""
        return self.lasting.journal

    @property
    def moment(self) -> Moment:
        session = self.session
        return Moment(session.state, session.presence, session.playhead, session.now_s)

    @property
    def connect_id(self) -> str:
        """What newcomers have to give."""
        return self._conduct.connect_id

    def digest(self) -> str:
        return digest(self.state)

    # -- steps of the session --------------------------------------------------------------

    def step(self, stimulus: Stimulus, fails: bool = False) -> list[Effect]:
        """One step of the session, its effects carried out. fails: the log does not last."""
        return self._transact([stimulus], fails)

    def take_up(self, session: Session, now_s: float) -> None:
        """Go on with another server's session, which begins at `now_s`."""
        self.session, self.times, self._put_off = session, [], []
        self._conduct.forget(session.decided)
        known = session.state.participants
        self.strangers = {n: id for n, id in self.strangers.items() if id not in known}
        self.step(Begin("world", connect_id_hash=self.lasting.door, now_s=now_s))

    def _transact(
        self, stimuli: Sequence[Stimulus], fails: bool = False, dies: bool = False
    ) -> list[Effect]:
        """Some steps, and then their effects: of all of them, or (`fails`) of none, if an event
        is among them. What a Tick would do is done by the next. dies: nobody hears of it."""
        stimuli = [*filter(self._is_due, self._put_off), *stimuli]
        self._put_off = []
        mark, first = self.session.mark, self.state
        steps: list[tuple[Moment, Stimulus, list[Effect], Moment]] = []
        for stimulus in stimuli:
            before = self.moment
            effects = self.session.step(stimulus)
            steps.append((before, stimulus, effects, self.moment))
        effects = [effect for _, _, some, _ in steps for effect in some]
        if fails and any(isinstance(e, Persist) for e in effects):
            self.session.rewind(mark)
            effects = self._refused([s for s in steps if s[2]], first.revision)
            self._carry_out(effects)
            return effects
        for before, stimulus, some, after in steps:
            self._conduct.check_step(before, stimulus, some, after)
            if any(isinstance(e, Persist) and e.event.kind is EventKind.EDIT for e in some):
                check_undo_of(self.session, before.state, after.state)
            if isinstance(stimulus, Ask):
                self.tally.decided(stimulus.request, some)
        if any(isinstance(stimulus, Tick) for stimulus in stimuli):
            self._lasting_s = self.session.now_s
        self.lasting.write(effects, self.session.connect_id_hash)
        if not dies:
            self._carry_out(effects)
        return effects

    def _is_due(self, stimulus: Leave | Lose) -> bool:
        """Whether somebody who is gone is not back by now."""
        here = [p.id for p in self.players.values() if p.connected]
        return stimulus.participant not in here

    def _refused(
        self, steps: Sequence[tuple[Moment, Stimulus, list[Effect], Moment]], revision: int
    ) -> list[Effect]:
        """What nothing came of, since the log did not last: whoever asked is told, and what
        nobody would ask again is put off."""
        error, effects = StoreError("disk full"), list[Effect]()
        for _, stimulus, _, _ in steps:
            match stimulus:
                case Ask(who, request):
                    effects.append(Reply(who, request.number, revision, error))
                    self.tally.refuse(error)
                    self._conduct.decided(who, request.number)
                case Join(seat):
                    effects.append(Dismiss(seat, error))
                case Leave() | Lose():
                    self._put_off.append(stimulus)
        return effects

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Persist):
                self.lasting.happened(effect.event)
            elif isinstance(effect, Tell):
                news = effect.news
                packet = (
                    event_packet(self.journal[news.revision - 1])
                    if isinstance(news, Event)
                    else server_packet(news)
                )
                for player in self.players.values():
                    if player.id != effect.but and player.connected:
                        player.hear(news, packet)
            elif isinstance(effect, Reply):
                self._reply(effect)
            elif isinstance(effect, ShowTime):
                self.times.append(effect.time)
            elif isinstance(effect, Expel):
                self._expel(effect.participant)

    def _reply(self, reply: Reply) -> None:
        packet = self.lasting.replied(reply)
        for player in self.players.values():
            if player.id == reply.participant and player.connected:
                player.hear(Replied(reply.request, reply.revision, reply.error), packet)

    def _expel(self, participant: ParticipantId) -> None:
        """Somebody was removed; what they said before they knew is taken in yet."""
        for name, player in list(self.players.items()):
            if player.id == participant:
                del self.players[name]
                self.strangers[name] = participant
                self._transact(self._stimuli(player, len(player.going)))

    # -- what happens ----------------------------------------------------------------------

    def join(
        self,
        name: str,
        role: Role = Role.COLLABORATOR,
        connect_id: str = "",
        fails: bool = False,
    ) -> Player:
        """Let somebody in. Raises the refusal, or StoreError."""
        join = Join(next(self._seats), name, role, connect_id=connect_id)
        admit = self._admitted(self.step(join, fails))
        self.lasting.keep(admit.state.participants)
        self.players[name] = Player(self, admit, role)
        return self.players[name]

    def _admitted(self, effects: list[Effect]) -> Admit:
        for effect in effects:
            if isinstance(effect, Dismiss):
                raise effect.error
            if isinstance(effect, Admit):
                return effect
        raise AssertionError("nobody was let in, and nobody turned away")

    def leave(self, name: str, fails: bool = False) -> None:
        self.strangers[name] = self[name].id
        self.step(Leave(self.players.pop(name).id), fails)

    def lose(self, name: str) -> ParticipantId:
        """Break somebody's connection; the id that the session still knows."""
        self[name].cut()
        self.step(Lose(self[name].id))
        return self[name].id

    def resume(
        self,
        name: str,
        role: Role | None = None,
        snapshot: bool = False,
        again: bool = False,
        fails: bool = False,
    ) -> Player:
        """Let somebody come back. snapshot: by the state, not by the events that they have
        missed.  again: they send all again that they have no answer to. Raises the refusal, or
        StoreError."""
        player = self[name]
        self.lasting.check(player.id)
        wanted = player.role if role is None else role
        seat = next(self._seats)
        player.cut()
        join = Join(seat, name, wanted, resume=player.id)
        admit = self._admitted(self.step(join, fails))
        seen = admit.state.revision if snapshot else player.mirror.state.revision
        missed = [event_packet(data) for data in self.journal[seen : admit.state.revision]]
        missed += self.lasting.outcomes(player.id, player.answered)
        decided = 0 if again else self.session.decided(player.id)
        player.resume(admit, decided, missed, snapshot)
        return player

    def tick(self, seconds: float, fails: bool = False) -> None:
        self.step(Tick(self.session.now_s + seconds), fails)

    def take(self, player: Player, fails: bool = False, count: int = 1, dies: bool = False) -> None:
        """Let the server take in the oldest messages that are on their way from a player. dies:
        what comes of it lasts, and nobody hears of it: then the server has to `restart`."""
        self._transact(self._stimuli(player, count), fails, dies)

    def _stimuli(self, player: Player, count: int) -> list[Stimulus]:
        stimuli: list[Stimulus] = []
        for _ in range(min(count, len(player.going))):
            for message in client_messages(player.going.popleft()):
                if isinstance(message, Request):
                    stimuli.append(Ask(player.id, message))
                elif isinstance(message, Shown):
                    stimuli.append(Show(player.id, message.proxy, message.serial, message.values))
        return stimuli

    def settle(self) -> None:
        """Let everything arrive that is on its way."""
        for player in list(self.players.values()):
            while player.going:
                self.take(player)
        for player in self.players.values():
            player.deliver()

    # -- chance ----------------------------------------------------------------------------

    def wander(self, commands: int) -> None:
        """Let the players send so many commands, in any order of arrival; check every step."""
        while commands > 0:
            act = self._fate.next()
            self.act(act)
            commands -= isinstance(act, Send)
        self.end()

    def act(self, act: Act) -> None:
        """Let one thing happen, and see that every promise holds."""
        self.story.append(act)
        enact(self, act)
        self.check()

    def end(self) -> None:
        """Let everybody who can come back, and everything arrive; and look at all of it."""
        for player in self.players.values():
            player.deaf = False
        for name, player in list(self.players.items()):
            if not player.connected:
                enact(self, Return(name, player.role))
        self.settle()
        self.check()
        self.check_replay()
        self.check_outcomes()

    # -- what must hold --------------------------------------------------------------------

    def check(self) -> None:
        """The promises that hold at every moment."""
        state, session = self.state, self.session
        if state is not self._checked:
            invariants.check_state(state, self._checked)
            self._checked = state
            self._known[state.revision] = self._fingerprint.of(state)
            again = self._fingerprint_again.of(self.lasting.states[-1])
            assert again == self._known[state.revision], "the journal leads elsewhere"
        assert len(state.present) <= session.limits.seats, "there are more people than seats"
        if self._steered:
            invariants.check_right(state, self._lasting_s, GRACE_S)
        invariants.check_lost(state, self._lasting_s)
        invariants.check_presence(state, session.presence, session.playhead)
        invariants.check_playhead(state, session.presence, session.playhead)
        self._conduct.check_pointing(self.moment)
        for name, player in self.players.items():
            mirror = player.mirror.state
            if player.checked != mirror.revision:
                player.checked = mirror.revision
                known = self._known.get(mirror.revision)
                same = known is None or player.fingerprint.of(mirror) == known
                assert same, f"{name} sees another state"

    def check_replay(self) -> None:
        """The journal, read from its start, leads to where we are, undo included; everybody who
        has heard all of it is there too."""
        state = self.lasting.states[-1]
        assert digest(state) == self.digest(), "the journal leads elsewhere"
        assert state.undo == self.state.undo, "the journal leads to another past"
        for name, player in self.players.items():
            if player.connected and not player.coming:
                assert digest(player.mirror.state) == self.digest(), f"{name} sees another state"
                shown = player.mirror.presence
                invariants.check_presence(self.state, shown, self.session.playhead)

    def check_outcomes(self) -> None:
        """Whatever was asked has one answer, and what was told to have happened has."""
        for name, player in self.players.items():
            if player.connected:
                assert not player.asked, f"{name} was never told about {player.asked}"
            for number, outcome in player.outcomes.items():
                if isinstance(outcome, Event):
                    kept = decode_event(self.journal[outcome.revision - 1])
                    assert kept == outcome, f"request {number} of {name} is lost"
                elif outcome.error is None:
                    assert outcome.revision <= self.revision
        done = Counter((e.author, e.request) for e in map(decode_event, self.journal) if e.request)
        twice = [request for request, times in done.items() if times > 1]
        assert not twice, f"{twice} were carried out twice"
