"""A whole session in one thread, from a seed: no sockets, no clock, no event loop.

    with World(seed=7, participants=["ann", "bob"], master="ann") as world:
        world.wander(300)

A `World` is the core's `Session` and a `Mirror` for each player. Everything between them is
encoded and decoded, and comes late: a player hears of an event when it is `deliver`ed.
Presence may be lost on the way. `wander` lets everybody do as they like, and checks after each
step that the promises of the design hold. The seed is told with every failure.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from functools import cache
from random import Random
from types import TracebackType
from typing import Self

from collab_kernel.core.commands import Redo, Request, Undo
from collab_kernel.core.decide import Rules
from collab_kernel.core.definitions import Catalogue, Scope
from collab_kernel.core.effects import Admit, Dismiss, Effect, Persist, Reply, Tell
from collab_kernel.core.events import Event, EventKind, Put, SetValue
from collab_kernel.core.evolve import apply, evolve
from collab_kernel.core.messages import Replied
from collab_kernel.core.presence import Shown
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.state import Role, State, Table
from collab_kernel.core.stimuli import (
    Ask,
    Begin,
    Join,
    Leave,
    Lose,
    Quarantine,
    Show,
    Stimulus,
    Tick,
)
from collab_kernel.core.undo import remember
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import StoreError
from collab_kernel.plugins import load
from collab_kernel.spi import Policy
from collab_kernel.testing import invariants
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.player import Player
from collab_kernel.testing.whims import Whims
from collab_kernel.wire.packets import (
    client_messages,
    client_packet,
)
from collab_kernel.wire.rows import decode_event, digest, encode_event

GRACE_S = 10.0
"""The master/slave policy's: how long a lost master keeps the right."""

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
    ) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.catalogue = catalogue or definitions()
        rules = Rules(policy or default_policy(), self.catalogue)
        self.session = Session(rules, Limits(seats))
        self.players: dict[str, Player] = {}
        self.journal: list[bytes] = []
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._replayed = State()
        self._given: set[ProxyId] = set()
        self._digests: dict[int, str] = {}
        self._seats = itertools.count(1)
        self._loss = loss
        self._whims = Whims(self.random, self.catalogue)
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

    def digest(self) -> str:
        return digest(self.state)

    # -- what happens ----------------------------------------------------------------------

    def step(self, stimulus: Stimulus, fails: bool = False) -> list[Effect]:
        """One step of the session, its effects carried out. fails: the log does not last."""
        before, mark = self.state, self.session.mark
        effects = self.session.step(stimulus)
        if fails and any(isinstance(e, Persist) for e in effects):
            self.session.rewind(mark)
            if isinstance(stimulus, Ask):
                error = StoreError("the disk is full")
                number = stimulus.request.number
                effects = [Reply(stimulus.participant, number, before.revision, error)]
            else:
                effects = []
        for effect in effects:
            if isinstance(effect, Persist):
                self._persist(before, effect.event)
                before = self._replayed
            elif isinstance(effect, Tell):
                for player in self.players.values():
                    if player.id != effect.but:
                        player.hear(effect.news)
            elif isinstance(effect, Reply):
                self._reply(effect)
        return effects

    def _persist(self, before: State, event: Event) -> None:
        data = encode_event(event)
        self.journal.append(data)
        again = decode_event(data)
        assert again == event, "the event is another after a round trip"
        self._replayed = remember(evolve(self._replayed, again), again)
        invariants.check_author(before, event.author, event.kind in STEERING)
        for change in event.changes:
            if isinstance(change, Put) and change.table == Table.PROXIES and not change.before:
                if event.kind is EventKind.EDIT:
                    assert change.key not in self._given, f"id {change.key} was given before"
                    self._given.add(change.key)
                assert change.key in self._given

    def _reply(self, reply: Reply) -> None:
        if reply.error is not None:
            self.refused[reply.error.code] += 1
        for player in self.players.values():
            if player.id == reply.participant:
                player.hear(Replied(reply.request, reply.revision, reply.error))

    def join(self, name: str, role: Role = Role.COLLABORATOR) -> Player:
        """Let somebody in. Raises the refusal."""
        seat = next(self._seats)
        for effect in self.step(Join(seat, name, role)):
            if isinstance(effect, Dismiss):
                raise effect.error
            if isinstance(effect, Admit):
                self.players[name] = Player(self, effect)
        return self.players[name]

    def leave(self, name: str) -> None:
        self.step(Leave(self.players.pop(name).id))

    def lose(self, name: str) -> ParticipantId:
        """Break somebody's connection; the id that the session still knows."""
        id = self.players.pop(name).id
        self.step(Lose(id))
        return id

    def tick(self, seconds: float) -> None:
        self.step(Tick(self.session.now_s + seconds))

    def take(self, player: Player, fails: bool = False) -> None:
        """Let the server take in the oldest message that is on its way from a player."""
        for message in client_messages(player.going.popleft()):
            if isinstance(message, Request):
                effects = self.step(Ask(player.id, message), fails)
                if any(isinstance(e, Persist) for e in effects):
                    self.accepted[type(message.command).__name__] += 1
            elif isinstance(message, Shown):
                self.step(Show(player.id, message.proxy, message.serial, message.values))

    def settle(self) -> None:
        """Let everything arrive that is on its way."""
        for player in self.players.values():
            while player.going:
                self.take(player)
        for player in self.players.values():
            player.deliver()

    # -- chance ----------------------------------------------------------------------------

    def wander(self, commands: int) -> None:
        """Let the players send so many commands, in any order of arrival; check every step."""
        sent = 0
        while sent < commands:
            sent += self._anything()
            self.check()
        self.settle()
        self.check()
        self.check_replay()

    def _anything(self) -> int:
        """One thing of chance; the number of commands sent by it."""
        random, players = self.random, list(self.players.values())
        master = next((p for p in players if p.id == self.state.master), players[0])
        player = master if random.random() < 0.85 else random.choice(players)
        chance = random.random()
        if chance < 0.3:
            player.request(self._whims)
            return 1
        if chance < 0.65:
            if player.going:
                self.take(player, fails=random.random() < self._loss)
        elif chance < 0.90:
            random.choice((player, *players)).deliver(random.randrange(1, 9))
        elif chance < 0.94:
            self._show(player)
        elif chance < 0.97:
            self.tick(random.choice((0.1, 1.0, 11.0)))
        elif chance < 0.975 and self.state.proxies:
            self.step(Quarantine(random.choice(sorted(self.state.proxies)), "it died twice"))
        elif chance < 0.98:
            self.check_undo()
        elif chance < 0.99 and len(players) > 2:
            name = random.choice(sorted(self.players))
            self.leave(name) if random.random() < 0.5 else self.lose(name)
        elif chance >= 0.99 and len(players) < 6:
            role = random.choice((Role.OWNER, *[Role.COLLABORATOR] * 4, Role.VIEWER))
            self.join(f"player {next(self._seats)}", role)
        return 0

    def _show(self, player: Player) -> None:
        shown = self._whims.shown(player.mirror.state)
        if shown is not None:
            proxy, values = shown
            player.going.append(client_packet(Shown(player.id, proxy, self.revision, values)))
        for other in self.players.values():
            if other.showing and self.random.random() < self._loss:
                other.showing.popitem()

    # -- what must hold --------------------------------------------------------------------

    def check(self) -> None:
        """The promises that hold at every moment."""
        state = self.state
        if state.revision not in self._digests:
            invariants.check_state(state)
            self._digests[state.revision] = digest(state)
            assert digest(self._replayed) == self._digests[state.revision], (
                "the journal leads elsewhere"
            )
        invariants.check_right(state, self.session.now_s, GRACE_S)
        for name, player in self.players.items():
            mirror = player.mirror.state
            known = self._digests.get(mirror.revision)
            if known is not None and player.checked != mirror.revision:
                player.checked = mirror.revision
                assert digest(mirror) == known, f"{name} sees another state"

    def check_replay(self) -> None:
        """The journal, read from its start, leads to where we are, undo included."""
        state = State()
        for data in self.journal:
            event = decode_event(data)
            state = remember(evolve(state, event), event)
        assert digest(state) == self.digest()
        assert state.undo == self.state.undo

    def check_undo(self) -> None:
        """What if the master undid and redid now? Then all would be as it was."""
        state, master = self.state, self.state.master
        if master is None:
            return
        branch = Session(self.session.rules, self.session.limits, state)
        number = state.table(Table.REQUESTS).get(master, 0)
        if _failed(branch.step(Ask(master, Request(number + 1, Undo())))):
            return
        invariants.check_state(branch.state)
        effects = branch.step(Ask(master, Request(number + 2, Redo())))
        assert not _failed(effects), f"what was undone can't be redone: {effects}"
        assert undoable(branch.state) == undoable(state), "undo and redo do not lead back"


def _failed(effects: list[Effect]) -> bool:
    return any(isinstance(e, Reply) for e in effects)


def undoable(state: State) -> str:
    """The digest of what undo and redo take back and bring again: home values are nobody's,
    and a change lifts a quarantine whichever way it goes."""
    kept = [
        Put(table, key, None, row)
        for table in (Table.PROXIES, Table.NAMES, Table.DEFINITIONS, Table.COUNTERS)
        for key, row in state.table(table).items()
    ]
    values = [
        SetValue(id, name, None, value)
        for (id, name), value in state.table(Table.VALUES).items()
        if state.definition(id).property(name).scope is not Scope.OWN
    ]
    return digest(apply(State(), [*kept, *values]))
