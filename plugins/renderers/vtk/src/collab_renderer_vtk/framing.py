"""Where a camera must stand to see everything."""

from __future__ import annotations

from dataclasses import replace
from math import atan, hypot, isfinite, radians, sin, sqrt, tan

from collab_kernel.spi import Camera, Vector

MARGIN = 1.05
"""A little air, so that nothing touches the window's edge."""


def fit(camera: Camera, bounds: tuple[float, ...], aspect: float) -> Camera:
    """`camera`, looking the same way, with the whole of `bounds` in its window.

    bounds: as in DataInformation; empty or endless ones leave the camera alone.
    aspect: width / height.
    """
    if not bounds:
        return camera
    center = tuple((bounds[2 * i] + bounds[2 * i + 1]) / 2 for i in range(3))
    diagonal = hypot(*(bounds[2 * i + 1] - bounds[2 * i] for i in range(3)))
    if not isfinite(diagonal):  # nowhere to stand
        return camera
    radius = (diagonal / 2 or 0.5) * MARGIN
    direction = _direction(camera)
    half = radians(min(max(camera.view_angle, 0.001), 179.0)) / 2
    if aspect < 1:  # a narrow window: the horizontal angle is the smaller one
        half = atan(tan(half) * aspect)
    distance = radius / sin(half)
    return replace(
        camera,
        position=_along(center, direction, distance),
        focal_point=_along(center, direction, 0.0),
        view_up=_up(camera.view_up, direction),
        parallel_scale=radius / min(aspect, 1.0),
    )


def _direction(camera: Camera) -> Vector:
    """From what is looked at to the camera, of length one."""
    towards = [p - f for p, f in zip(camera.position, camera.focal_point, strict=True)]
    length = sqrt(sum(c * c for c in towards))
    if not length or not isfinite(length):
        return (0.0, 0.0, 1.0)
    x, y, z = (c / length for c in towards)
    return (x, y, z)


def _up(up: Vector, direction: Vector) -> Vector:
    """`up`, unless the camera looks along it."""
    length = sqrt(sum(c * c for c in up))
    along = abs(sum(u * d for u, d in zip(up, direction, strict=True)))
    if length and along < 0.999 * length:
        return up
    x, y, z = direction
    return (-z, x, y)  # VTK's own way out: never parallel to the direction


def _along(start: tuple[float, ...], direction: Vector, distance: float) -> Vector:
    x, y, z = (s + d * distance for s, d in zip(start, direction, strict=True))
    return (x, y, z)
