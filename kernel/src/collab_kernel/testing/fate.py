"""What happens next in a `World`, by chance: acts from its seed, mostly sensible."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from collab_kernel.core.facts import DataInformation, Derived, Progress
from collab_kernel.core.state import Role
from collab_kernel.testing import acts
from collab_kernel.testing.acts import Act
from collab_kernel.testing.player import Player
from collab_kernel.testing.whims import CONNECT_IDS, Whims

if TYPE_CHECKING:
    from collab_kernel.testing.simulator import World

RESTARTS = 0.004
"""How often the server is killed when something has arrived; and so often in between."""

ROLES = (Role.OWNER, *[Role.COLLABORATOR] * 5, Role.VIEWER, Role.VIEWER)


class Fate:
    """Draws acts for one world. loss: how often presence gets lost, and the log fails to
    last."""

    def __init__(self, random: Random, world: World, loss: float) -> None:
        self._random = random
        self._world = world
        self._loss = loss
        self._whims = Whims(random, world.catalogue)
        self._names = itertools.count(1)
        self._ahead: deque[Act] = deque()
        self._choices: dict[Callable[[], Act | None], float] = {
            self._send: 33,
            self._arrive: 33,
            self._hear: 26,
            self._flash: 4,
            self._drop: 60 * loss,
            self._wait: 4,
            self._renderer: 6,
            self._measured: 0.4,
            lambda: acts.Suppose(): 0.4,
            self._enter: 1.7,
            self._part: 0.25,
            self._break: 1.4,
            self._notice: 1.4,
            self._return: 3,
            self._deafen: 0.5,
            self._storm: 0.12,
            self._restart: RESTARTS * 25,
        }

    def next(self) -> Act:
        """Something that can happen now."""
        while not self._ahead:
            choices = self._random.choices(list(self._choices), list(self._choices.values()))
            act = choices[0]()
            if act is not None:
                return act
        return self._ahead.popleft()

    # -- people ----------------------------------------------------------------------------

    def _players(self, connected: bool = True) -> list[str]:
        return [name for name, p in self._world.players.items() if p.connected is connected]

    def _somebody(self) -> str | None:
        """Mostly whoever steers."""
        here = self._players()
        if not here:
            return None
        players = self._world.players
        masters = [name for name in here if players[name].id == self._world.state.master]
        return self._random.choice(masters if masters and self._random.random() < 0.66 else here)

    def _enter(self) -> Act | None:
        if len(self._world.players) >= 7:
            return None
        honest = self._random.random() < 0.7
        given = self._world.connect_id if honest else self._random.choice(CONNECT_IDS)
        role = self._random.choice(ROLES)
        return acts.Enter(f"player {next(self._names)}", role, given, self._fails())

    def _part(self) -> Act | None:
        here = self._players()
        return acts.Part(self._random.choice(here), self._fails()) if len(here) > 2 else None

    def _break(self) -> Act | None:
        here = self._players()
        enough = len(here) > 1 or self._random.random() < 0.5
        return acts.Break(self._random.choice(here)) if here and enough else None

    def _notice(self) -> Act | None:
        broken = self._players(connected=False)
        return acts.Notice(self._random.choice(broken)) if broken else None

    def _return(self) -> Act | None:
        random = self._random
        if random.random() < 0.03 and self._world.strangers:
            return acts.Return(random.choice(list(self._world.strangers)))
        broken = self._players(connected=False)
        if not broken:
            return None
        name = random.choice(broken)
        role = Role.VIEWER if random.random() < 0.05 else self._world.players[name].role
        snapshot, again = random.random() < 0.4, random.random() < 0.3
        return acts.Return(name, role, snapshot, again, self._fails())

    def _deafen(self) -> Act | None:
        here = self._players()
        if not here:
            return None
        name = self._random.choice(here)
        return acts.Deafen(name, not self._world.players[name].deaf)

    def _storm(self) -> None:
        """Every connection breaks; then somebody comes who finds nobody, and somebody returns."""
        here = self._players()
        for name in here:
            self._ahead += acts.Break(name), acts.Notice(name)
        newcomer = self._enter()
        if newcomer is not None:
            self._ahead.append(newcomer)
        self._ahead += (acts.Return(name, self._world.players[name].role) for name in here[:2])

    # -- what is on the way ----------------------------------------------------------------

    def _send(self) -> Act | None:
        name = self._somebody()
        if name is None:
            return None
        player = self._world.players[name]
        if player.asked and self._random.random() < 0.6:  # people wait for answers, mostly
            return None
        state = player.mirror.state
        request = self._whims.request(player.new_number(), state, player.id, player.new_id)
        return acts.Send(name, request)

    def _arrive(self) -> Act | None:
        going = [name for name, p in self._world.players.items() if p.going]
        if not going:
            return None
        name, count = self._random.choice(going), self._random.choice((1, 1, 1, 2, 4))
        return acts.Arrive(name, count, self._fails(), self._random.random() < RESTARTS)

    def _hear(self) -> Act | None:
        def waits(player: Player) -> bool:
            return not player.deaf and bool(player.coming or player.showing)

        names = [name for name, p in self._world.players.items() if waits(p)]
        steers = [n for n in names if self._world.players[n].id == self._world.state.master]
        if not names:
            return None
        name = self._random.choice(steers if steers and self._random.random() < 0.4 else names)
        return acts.Hear(name, self._random.choice((1, 3, 8, 40)))

    def _flash(self) -> Act | None:
        here = self._players()
        if not here:
            return None
        name = self._random.choice(here)
        shown = self._whims.shown(self._world.players[name].mirror.state)
        return acts.Flash(name, *shown) if shown else None

    def _drop(self) -> Act | None:
        here = [name for name, p in self._world.players.items() if p.showing]
        return acts.Drop(self._random.choice(here)) if here else None

    # -- the server and the renderer -------------------------------------------------------

    def _wait(self) -> Act:
        seconds = self._random.choices((0.04, 0.1, 1.0, 11.0, 90_000.0), (20, 20, 8, 3, 0.2))[0]
        return acts.Wait(seconds, fails=seconds < 60.0 and self._fails())

    def _fails(self) -> bool:
        """Whether the log does not last."""
        return self._random.random() < self._loss

    def _restart(self) -> Act:
        """Most come back soon; who steered, and others, in time."""
        down_s = self._random.choices((0.1, 5.0, 100.0), (5, 3, 2))[0]
        return acts.Restart(down_s, self._random.choice((None, 0, 1, 20, 100)))

    def _measured(self) -> Act | None:
        here = self._players()
        return acts.Measured(self._random.choice(here), self._random.random()) if here else None

    def _renderer(self) -> Act | None:
        random = self._random
        chance = random.random()
        if chance < 0.6 and self._world.times:
            return acts.Draw(late=random.random() < 0.1)
        proxies = sorted(self._world.state.proxies)
        if not proxies:
            return None
        proxy = 7 if random.random() < 0.02 else random.choice(proxies)
        if chance < 0.75:
            ports = (DataInformation("PolyData", points=random.randrange(9)),)
            error = random.choice(("", "", "it failed"))
            fact = Derived(proxy, self._world.revision, () if error else ports, error)
            return acts.Find(fact)
        if chance < 0.9:
            return acts.Find(Progress(proxy, random.choice((0.0, 0.5, 1.0)), "on it"))
        return acts.Die(proxy)
