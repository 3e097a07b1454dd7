"""The simulation's time, the same for everyone."""

from __future__ import annotations

from collections.abc import Iterable

from collab_kernel.client.acting import Acting
from collab_kernel.core.commands import GoTo, Pause, Play
from collab_kernel.core.presence import SESSION
from collab_kernel.core.values import SERVER
from collab_kernel.errors import InvalidValueError

DEFAULT_SPEED = 10.0


class Timeline(Acting):
    """Going to a time, and playing."""

    @property
    def time(self) -> float:
        """What everybody sees now; while it plays, the step that is shown."""
        shown = self._presence.own(SERVER, SESSION).get("Time") if self.playing else None
        number = shown.plain if shown else self.state.time.time
        assert isinstance(number, int | float)
        return float(number)

    @property
    def playing(self) -> bool:
        return self.state.time.playing

    @property
    def time_steps(self) -> tuple[float, ...]:
        """The time steps of everything that has some, as last told by the renderer, rising."""
        facts = self._connection.mirror.derived.values()
        return tuple(sorted({t for d in facts for port in d.ports for t in port.time_steps}))

    async def go_to_time(self, time: float) -> int:
        """Show everything at a time, to everybody. Raises NotMasterError unless I may."""
        return await self._do(GoTo(time))

    async def play(
        self,
        steps: Iterable[float] | None = None,
        speed: float = DEFAULT_SPEED,
        loop: bool = False,
    ) -> int:
        """Play time steps (all of the data's, unless given), `speed` a second, from the current
        time on. Raises InvalidValueError if there are none, NotMasterError unless I may."""
        chosen = self.time_steps if steps is None else tuple(steps)
        if not chosen:
            raise InvalidValueError(
                "nothing here has time steps to play: open a series of files, or give some steps"
            )
        return await self._do(Play(chosen, speed, loop))

    async def paused(self) -> None:
        """Return when nothing plays, also where reading is held. Raises ConnectionLostError."""
        while (state := self._connection.mirror.state).time.playing:
            await self._connection.reached(state.revision + 1)

    async def pause(self) -> int:
        """Stop playing, at the time that is shown."""
        return await self._do(Pause())
