"""Notes at places in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collab_kernel.client.acting import Acting
from collab_kernel.client.proxies import Proxy
from collab_kernel.core.cameras import camera_of
from collab_kernel.core.commands import PlacePin, RemovePin
from collab_kernel.core.facts import Camera, Vector
from collab_kernel.core.pins import pin
from collab_kernel.core.presence import WINDOW
from collab_kernel.core.state import PinRow, Table
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import InvalidValueError


@dataclass(frozen=True, slots=True)
class Pin:
    """position: world coordinates.  camera: how its author looked at `view`.  time: the
    simulation's."""

    number: int
    author: ParticipantId
    author_name: str
    text: str
    time_s: float
    position: Vector
    view: ProxyId
    camera: Camera
    time: float


class Pins(Acting):
    """Leaving notes, and going where they are."""

    @property
    def pins(self) -> tuple[Pin, ...]:
        """All of them, oldest first."""
        return tuple(
            _pin(number, row) for number, row in sorted(self.state.table(Table.PINS).items())
        )

    async def pin(self, text: str, position: Sequence[float], view: Proxy | ProxyId) -> int:
        """Leave a note at a place (world coordinates), with how I look at `view`; its number."""
        if len(position) != 3:
            raise InvalidValueError(f"a place has three coordinates: {len(position)} were given")
        x, y, z = map(float, position)
        where = self.id_of(view)
        seen = self.looking.seen(where).items()
        values = tuple((name, value) for name, value in seen if name not in WINDOW)
        return await self._do(PlacePin(text, (x, y, z), where, values))

    async def unpin(self, number: int) -> int:
        """Remove a pin: one's own, or as whoever steers. Raises UnknownPinError."""
        return await self._do(RemovePin(number))

    def go_to_pin(self, number: int) -> None:
        """Look at the pin's view as its author did. Raises UnknownPinError."""
        row = pin(self.state, number)
        self.looking.turn(row.view, row.values)


def _pin(number: int, row: PinRow) -> Pin:
    return Pin(
        number,
        row.author,
        row.author_name,
        row.text,
        row.time_s,
        row.position,
        row.view,
        camera_of(dict(row.values)),
        row.time,
    )
