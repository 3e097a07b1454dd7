"""What a participant might do next: commands from a seeded random source, mostly sensible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from collab_kernel.core.commands import (
    AcceptProposal,
    BringEveryone,
    CancelWork,
    Chat,
    Command,
    DeclineProposal,
    DeclineRequest,
    Edit,
    Follow,
    FollowEveryone,
    GoTo,
    Lock,
    Mute,
    NamedValues,
    Pause,
    PlacePin,
    Play,
    Promote,
    Propose,
    Redo,
    Remove,
    RemovePin,
    Rename,
    Request,
    RequestRight,
    SetColour,
    SetConnectId,
    SetHome,
    Undo,
    WithdrawRequest,
)
from collab_kernel.core.definitions import Catalogue, Scope
from collab_kernel.core.presence import SESSION
from collab_kernel.core.state import FollowTarget, Role, State, Table
from collab_kernel.core.values import Input, Kind, ParticipantId, ProxyId, Value
from collab_kernel.testing.edit_whims import TEXTS, EditWhims, NewId

NAMES = ("Ada", "Bob", "Cid", "Dot", "  Eve  ", "Fay\x07", "Gus", "Hal", "")
COLOURS = ("#102030", "#AABBCC", "#00ff00", "#123456", "#c0ffee", "#654321", "mauve")
CONNECT_IDS = ("", "", "s3cret tea", "s3cret coffee")
"""No event has any of these in it."""

SECRET = b"s3cret"
TIMES = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, -1.0, 7.0)

Maker: TypeAlias = Callable[[], Command]


class Whims:
    """Chooses among what `state` (a mirror's: it may be behind) offers."""

    def __init__(self, random: Random, catalogue: Catalogue, nonsense: float = 0.01) -> None:
        self._random = random
        self._edits = EditWhims(random, catalogue, nonsense)

    def request(self, number: int, state: State, me: ParticipantId, new_id: NewId) -> Request:
        """What participant `me` asks for next."""
        makers = self._makers(state, me, new_id)
        make = self._random.choices(list(makers), list(makers.values()))[0]
        undo_set = self._random.choice((0, 0, 1, 2))
        return Request(number, make(), self._random.choice(("", "", "a label")), undo_set)

    def shown(self, state: State) -> tuple[ProxyId, NamedValues] | None:
        """Own values of some proxy, what is pointed at, or of the session."""
        random, places = self._random, self._edits.places(state, Scope.OWN)
        chance = random.random()
        if chance < 0.25 or not places:
            source = Value(Kind.INPUT, (Input(self._edits.proxy(state)),))
            typing = Value(Kind.BOOL, (random.random() < 0.5,))
            return SESSION, (("ActiveSource", source), ("Typing", typing))
        proxy = random.choice(places)
        if chance < 0.5 and state.proxies[proxy].group == "views":
            spot = Value(Kind.DOUBLE, (random.random(), random.random()))
            return proxy, (("Pointer", spot),)
        return proxy, self._edits.values(state, proxy, Scope.OWN)

    # -- how likely ------------------------------------------------------------------------

    def _makers(self, state: State, me: ParticipantId, new_id: NewId) -> Mapping[Maker, float]:
        """Commands and their weights: what can't be done now, or is not allowed, is rare."""
        row = state.participants.get(me)
        role = row.role if row else Role.VIEWER
        master = state.master == me
        directs = master or role is Role.OWNER
        steer = 1.0 if master else 0.02
        direct = 1.0 if directs else 0.02
        history = state.table(Table.HISTORY).values()
        done = any(not row.undone_at for row in history)
        undone = any(row.undone_at for row in history)
        proposed = len(state.table(Table.PROPOSALS))
        pinned = len(state.table(Table.PINS))
        seen = any(row.group == "views" for row in state.proxies.values())
        asks = 1.0 if role is not Role.VIEWER else 0.05
        return {
            lambda: Edit(self._edits.operations(state, new_id)): 60 * steer,
            lambda: Undo(self._random.random() < 0.5): 7 * steer if done else 0.05,
            Redo: (90 if undone else 0.05) * steer,
            lambda: self._home(state): (6 if seen else 0.1) * steer,
            lambda: GoTo(self._time()): 4.5 * steer,
            self._play: (2 if state.time.playing else 4) * steer,
            Pause: (30 if state.time.playing else 0.05) * steer,
            lambda: Promote(self._heir(state, me)): 3.5 * direct,
            lambda: DeclineRequest(self._queued(state)): (10 if state.requests else 0.05) * direct,
            lambda: FollowEveryone(self._somebody(state, me)): 3 * direct,
            lambda: BringEveryone(self._view(state)): (4 if seen else 0.1) * direct,
            lambda: Remove(self._somebody(state, me), self._reason()): 4.5 * direct,
            lambda: Lock(not state.door.locked_by): (8 if state.door.locked_by else 2) * direct,
            lambda: SetConnectId(self._random.choice(CONNECT_IDS)): 5 * direct,
            lambda: self._mute(state): 3 * direct,
            lambda: CancelWork(self._random.choice((0, self._edits.proxy(state)))): 3 * direct,
            lambda: self._accept(state): (8 if proposed else 0.05) * direct,
            lambda: DeclineProposal(self._proposal(state)): (
                (5 if proposed > 4 else 2) * max(direct, 0.2) if proposed else 0.05
            ),
            lambda: RemovePin(self._pin(state)): (
                (9 if pinned > 6 else 4) * max(direct, 0.15) if pinned else 0.05
            ),
            lambda: Propose(self._edits.operations(state, new_id, few=True), self._text()): (
                (0.5 if master else 4) if state.proxies else 0.1
            ),
            lambda: self._place_pin(state): 2 if seen else 0.05,
            RequestRight: (0.05 if master or me in state.requests else 4) * asks,
            WithdrawRequest: 10 if me in state.requests else 0.05,
            lambda: Chat(self._text()): 2.5,
            lambda: Rename(self._random.choice(NAMES)): 2,
            lambda: SetColour(self._random.choice(COLOURS)): 2,
            lambda: Follow(self._target(state, me)): 2.5,
        }

    # -- people ----------------------------------------------------------------------------

    def _somebody(self, state: State, me: ParticipantId) -> ParticipantId:
        """Mostly one of the others who are here."""
        others = [id for id in state.present if id != me]
        if self._edits.silly() or not others:
            return self._random.randrange(1, 99)
        return self._random.choice(others)

    def _heir(self, state: State, me: ParticipantId) -> ParticipantId:
        """Mostly somebody who may hold the right, and who asks for it before others."""
        may = [id for id in state.present if state.participants[id].role is not Role.VIEWER]
        others = [id for id in (*state.requests, *may) if id not in (me, state.master)]
        return self._random.choice(others) if others else self._somebody(state, me)

    def _queued(self, state: State) -> ParticipantId:
        return self._random.choice(state.requests or (7,))

    def _target(self, state: State, me: ParticipantId) -> FollowTarget:
        kind = self._random.choice(list(FollowTarget.Kind))
        somebody = self._somebody(state, me) if kind is FollowTarget.Kind.PARTICIPANT else 0
        return FollowTarget(kind, somebody)

    def _mute(self, state: State) -> Mute:
        """Unmuting is likelier where there is something to unmute."""
        muted = sorted(state.table(Table.MUTES))
        if muted and self._random.random() < 0.6:
            return Mute(self._random.choice(muted))
        whom = self._random.choice((0, *sorted(state.participants)))
        return Mute(whom, self._random.random() < 0.7, self._random.random() < 0.7)

    def _reason(self) -> str:
        return self._random.choice(("", "it is late", "\x07"))

    def _text(self) -> str:
        return self._random.choices(TEXTS, (5, 3, 3, 3, 2, 0.2))[0]

    # -- views, time, proposals, pins ------------------------------------------------------

    def _home(self, state: State) -> SetHome:
        places = self._edits.places(state, Scope.OWN)
        if not places:
            return SetHome(7, ())
        proxy = self._random.choice(places)
        return SetHome(proxy, self._edits.values(state, proxy, Scope.OWN))

    def _view(self, state: State) -> ProxyId:
        views = [id for id, row in sorted(state.proxies.items()) if row.group == "views"]
        return self._random.choice(views) if views and not self._edits.silly() else 7

    def _time(self) -> float:
        return float("nan") if self._edits.silly() else self._random.choice(TIMES)

    def _play(self) -> Play:
        count = self._random.choice((1, 2, 5, 30))
        step = self._random.choice((0.5, 1.0))
        steps = tuple(step * i for i in range(count))
        if self._edits.silly():
            steps = (*steps[::-1], 0.0)
        return Play(steps, self._random.choice((1.0, 10.0, 24.0)), self._random.random() < 0.4)

    def _place_pin(self, state: State) -> PlacePin:
        proxy = self._view(state)
        values = self._edits.values(state, proxy, Scope.OWN) if proxy in state.proxies else ()
        place = self._random.choice(((0.0, 1.0, -2.5), (-0.0, 1e9, 3.0)))
        if self._edits.silly():
            place = (float("inf"), 0.0, 0.0)
        return PlacePin(self._text(), place, proxy, values)

    def _pin(self, state: State) -> int:
        numbers: list[int] = sorted(state.table(Table.PINS))
        return self._random.choice(numbers or [7])

    def _proposal(self, state: State) -> int:
        numbers: list[int] = sorted(state.table(Table.PROPOSALS))
        return self._random.choice(numbers or [7])

    def _accept(self, state: State) -> AcceptProposal:
        return AcceptProposal(self._proposal(state), self._random.random() < 0.6)
