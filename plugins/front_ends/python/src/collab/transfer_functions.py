"""Colour and opacity maps: what value looks like what."""

from __future__ import annotations

from collections.abc import Sequence

from collab.calls import public_methods
from collab.proxy import Proxy
from collab_kernel.errors import InvalidValueError

STRIDE = 4
"""Numbers of a point: value, red, green, blue; or value, opacity, midpoint, sharpness."""


@public_methods
class TransferFunction(Proxy):
    """Points along the values of an array; `points` names the property that has them."""

    points = ""

    def RescaleTransferFunction(self, minimum: float, maximum: float) -> None:
        """Spread it over minimum..maximum. Raises InvalidValueError unless that rises."""
        self.set(self.rescaled(minimum, maximum))

    def rescaled(
        self, minimum: float, maximum: float, extend: bool = False
    ) -> dict[str, list[float]]:
        """What has to be set to spread it over minimum..maximum, and (extend) over what it
        covers already."""
        points = list(self.GetPropertyValue(self.points))
        if extend and points:
            minimum, maximum = min(minimum, points[0]), max(maximum, points[-STRIDE])
        return {self.points: spread(points, minimum, maximum)}


class ColorMap(TransferFunction):
    """A lookup table: (value, red, green, blue) again and again in `RGBPoints`."""

    points = "RGBPoints"


class OpacityMap(TransferFunction):
    """A piecewise function: (value, opacity, midpoint, sharpness) again and again in `Points`."""

    points = "Points"


def spread(points: Sequence[float], minimum: float, maximum: float) -> list[float]:
    """Points whose values lie between the new ends as they lay between the old ones.

    Raises InvalidValueError unless minimum < maximum.
    """
    if not minimum < maximum:
        raise InvalidValueError(f"{minimum:g} to {maximum:g} is no range: it must rise")
    moved = [float(p) for p in points]
    if not moved:
        return moved
    low, high = moved[0], moved[-STRIDE]
    for i in range(0, len(moved), STRIDE):
        fraction = (moved[i] - low) / (high - low) if high > low else 0.0
        moved[i] = minimum + fraction * (maximum - minimum)
    return moved
