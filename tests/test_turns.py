"""A third policy, as somebody else would write it: from the page in docs, the SPI and the kit.

Whoever asks gets the next turn, and a turn ends after a minute if anybody waits for it.
"""

from __future__ import annotations

import pytest

from collab_kernel import hookimpl
from collab_kernel.client import connect
from collab_kernel.errors import NotAllowedError, NotMasterError, RefusedError
from collab_kernel.plugins import load
from collab_kernel.server import Server
from collab_kernel.spi import (
    Action,
    Chat,
    Follow,
    ParticipantId,
    PlacePin,
    PolicyRow,
    PolicySpec,
    Promote,
    Propose,
    Put,
    Rename,
    RequestRight,
    RightRequest,
    Role,
    SetColour,
    ShowPresence,
    State,
    Table,
    WithdrawRequest,
    only_looks,
)
from collab_kernel.testing import PolicyContract
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.simulator import World

TURN_S = 60.0

_OPEN = (Chat, Follow, PlacePin, Propose, Rename, SetColour, ShowPresence)


class TurnsPolicy:
    """One steers at a time. Nobody hands the right on: it goes to whoever has waited longest."""

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        row = state.participant(actor)
        opens = isinstance(action, _OPEN) or only_looks(action)
        if opens or isinstance(action, WithdrawRequest):
            return None
        if row.role is Role.VIEWER:
            return NotAllowedError(row.name, "do that", "viewers look; they never steer")
        if isinstance(action, RequestRight):
            return None
        if isinstance(action, RightRequest):
            why = "here it goes round: ask for it, and wait for your turn"
            return NotAllowedError(row.name, "decide who has the right", why)
        if state.master == actor:
            return None
        return NotMasterError(row.name, "do that", self._name(state))

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        able = [id for id in state.present if state.participant(id).role is not Role.VIEWER]
        master = state.master if state.master in able else None
        queue = tuple(dict.fromkeys(id for id in state.requests if id in able and id != master))
        over = now_s - self._began_s(state, now_s) >= TURN_S
        if master is None or (over and queue):
            master = next(iter((*queue, *able)), None)
        began = state.table(Table.POLICY).get("began")
        if master != state.master or began is None:
            began = PolicyRow((), repr(now_s)) if master is not None else None
        return (
            *self._put(state, "master", PolicyRow((master,)) if master is not None else None),
            *self._put(state, "began", began),
            *self._queue(state, tuple(id for id in queue if id != master)),
        )

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        others = tuple(id for id in state.requests if id != actor)
        if isinstance(request, WithdrawRequest):
            return self._queue(state, others)
        if actor == state.master or actor in state.requests:
            return ()
        return self._queue(state, (*others, actor))

    def _name(self, state: State) -> str | None:
        return None if state.master is None else state.name_of(state.master)

    def _began_s(self, state: State, now_s: float) -> float:
        row = state.table(Table.POLICY).get("began")
        try:
            return float(row.text) if row else now_s
        except ValueError:  # another policy's row
            return now_s

    def _queue(self, state: State, queue: tuple[ParticipantId, ...]) -> tuple[Put, ...]:
        return self._put(state, "requests", PolicyRow(queue) if queue else None)

    def _put(self, state: State, key: str, after: PolicyRow | None) -> tuple[Put, ...]:
        before = state.table(Table.POLICY).get(key)
        return () if before == after else (Put(Table.POLICY, key, before, after),)


class Turns:
    """The plugin, as an entry module would be."""

    __name__ = "turns"

    @hookimpl
    def collab_policies(self) -> list[PolicySpec]:
        return [PolicySpec("turns", TurnsPolicy, "whoever asks gets the next turn")]


class TestTurns(PolicyContract):
    make_policy = TurnsPolicy


# -- in a session ----------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    return World(0, ["ann", "bob", "cid"], "ann", policy=TurnsPolicy())


def test_the_right_goes_round_among_those_who_ask(world: World) -> None:
    ball = world["ann"].create("sources", "SphereSource")
    for name in ("cid", "bob"):
        world[name].ask(RequestRight())
    steering = []
    for _ in range(4):
        steering.append(world.state.name_of(world.state.master))
        assert world[steering[-1]].set(ball, Radius=float(len(steering) + 1)) is not None
        world[steering[-1]].ask(RequestRight())  # of who has it: nothing to do
        world.tick(TURN_S)
    assert steering == ["ann", "cid", "bob", "bob"]  # nobody waits any more
    with pytest.raises(NotMasterError, match="bob has it: ask bob"):
        world["ann"].set(ball, Radius=9.0)
    world.settle()
    world.check()
    world.check_replay()


def test_a_turn_lasts_its_minute_and_longer_where_nobody_waits(world: World) -> None:
    world.tick(TURN_S - 1)
    world["bob"].ask(RequestRight())
    assert world.state.master == 1
    world.tick(1)
    assert world.state.master == 2
    world.tick(10 * TURN_S)
    assert world.state.master == 2


def test_nobody_hands_it_on_and_who_waits_longest_inherits_it(world: World) -> None:
    with pytest.raises(NotAllowedError, match="wait for your turn"):
        world["ann"].ask(Promote(2))
    world["cid"].ask(RequestRight())
    world.leave("ann")
    assert (world.state.master, world.state.requests) == (3, ())


async def test_a_server_takes_it_up_by_its_name() -> None:
    plugins = load(extra=[Turns()])
    async with Server(
        ["memory://turns:0"],
        policy="turns",
        renderer=None,
        catalogue=definitions(),
        multi_clients=True,
        plugins=plugins,
    ) as server:
        [url] = server.addresses
        async with (
            await connect(url, name="Ann") as ann,
            await connect(url, name="Bob") as bob,
        ):
            await ann.create("sources", "SphereSource")
            with pytest.raises(NotMasterError, match="Ann has it"):
                await bob.create("sources", "SphereSource")
            with pytest.raises(NotAllowedError, match="it goes round"):
                await ann.promote(bob.id)
