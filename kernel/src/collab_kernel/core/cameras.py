"""How one looks: cameras as own values of a view and back, for flat data, and for windows of
another shape. Property names are ParaView's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import atan, degrees, hypot, radians, tan

from collab_kernel.core.commands import NamedValues
from collab_kernel.core.definitions import Scope
from collab_kernel.core.facts import Camera, Vector
from collab_kernel.core.state import State
from collab_kernel.core.values import Kind, ProxyId, Value
from collab_kernel.errors import InvalidValueError

INTERACTION_3D, INTERACTION_2D = 0, 1
"""The InteractionMode of a view; in 2D nobody turns the camera."""


def values_of(camera: Camera) -> NamedValues:
    """A camera as the own values of a view."""
    return (
        ("CameraPosition", Value(Kind.DOUBLE, _floats(camera.position))),
        ("CameraFocalPoint", Value(Kind.DOUBLE, _floats(camera.focal_point))),
        ("CameraViewUp", Value(Kind.DOUBLE, _floats(camera.view_up))),
        ("CameraViewAngle", Value(Kind.DOUBLE, (float(camera.view_angle),))),
        ("CameraParallelScale", Value(Kind.DOUBLE, (float(camera.parallel_scale),))),
        ("CameraParallelProjection", Value(Kind.BOOL, (bool(camera.parallel_projection),))),
    )


def camera_of(values: Mapping[str, Value]) -> Camera:
    """The camera that own values of a view describe; what they lack is the default's."""
    standard = Camera()

    def vector(name: str, otherwise: Vector) -> Vector:
        value = values.get(name)
        if value is None or len(value.elements) != 3:
            return otherwise
        x, y, z = (float(e) for e in value.elements if isinstance(e, int | float))
        return (x, y, z)

    def number(name: str, otherwise: float) -> float:
        value = values.get(name)
        plain = value.plain if value else otherwise
        return float(plain) if isinstance(plain, int | float) else otherwise

    return Camera(
        vector("CameraPosition", standard.position),
        vector("CameraFocalPoint", standard.focal_point),
        vector("CameraViewUp", standard.view_up),
        number("CameraViewAngle", standard.view_angle),
        number("CameraParallelScale", standard.parallel_scale),
        bool(number("CameraParallelProjection", standard.parallel_projection)),
    )


def own_values(state: State, view: ProxyId, given: NamedValues = ()) -> dict[str, Value]:
    """The own properties of `view`, as whoever gives these values for some of them sees them:
    the others have their home values. Raises UnknownPropertyError or InvalidValueError."""
    definition = state.definition(view)
    values = {
        p.name: state.value(view, p.name) or p.default
        for p in definition.properties
        if p.scope is Scope.OWN
    }
    for name, value in given:
        property = definition.property(name)
        if property.scope is not Scope.OWN:
            raise InvalidValueError(f"{name} of {state.title(view)} is shared, and nobody's own")
        values[name] = property.accept(value)
    return values


# -- flat data -----------------------------------------------------------------------------


def is_flat(state: State, view: ProxyId) -> bool:
    """Whether `view` is in 2D."""
    mode = state.value(view, "InteractionMode")
    return mode is not None and mode.plain == INTERACTION_2D


def flattened(camera: Camera) -> Camera:
    """`camera` as it looks in 2D: in a parallel projection along the nearest axis, not rolled.

    What is in focus stays there, and as large.
    """
    away = [p - f for p, f in zip(camera.position, camera.focal_point, strict=True)]
    distance = hypot(*away) or 1.0
    along = _largest(away, 2, (0, 1, 2))
    upwards = _largest(camera.view_up, 2 if along == 1 else 1, {0, 1, 2} - {along})
    x, y, z = (
        f + (_sign(away[axis]) * distance if axis == along else 0.0)
        for axis, f in enumerate(camera.focal_point)
    )
    up = [_sign(camera.view_up[axis]) if axis == upwards else 0.0 for axis in range(3)]
    scale = camera.parallel_scale
    if not camera.parallel_projection:
        scale = distance * tan(radians(camera.view_angle) / 2)
    return replace(
        camera,
        position=(x, y, z),
        view_up=(up[0], up[1], up[2]),
        parallel_scale=scale,
        parallel_projection=True,
    )


def _largest(vector: Sequence[float], usual: int, axes: Iterable[int]) -> int:
    """The axis that a vector goes along most; `usual` where none is longer."""
    return max(axes, key=lambda axis: (abs(vector[axis]), axis == usual))


def _sign(number: float) -> float:
    return -1.0 if number < 0 else 1.0


# -- windows -------------------------------------------------------------------------------


def fitted(camera: Camera, leader_aspect: float, own_aspect: float) -> Camera:
    """`camera` for a window of another shape (width / height) than that of whoever turned it:
    in a narrower one it sees more above and below, so that nothing is cut off at the sides."""
    wider = leader_aspect / own_aspect
    if wider <= 1:
        return camera
    half = radians(camera.view_angle) / 2
    return replace(
        camera,
        view_angle=2 * degrees(atan(tan(half) * wider)),
        parallel_scale=camera.parallel_scale * wider,
    )


def _floats(vector: Vector) -> tuple[float, ...]:
    return tuple(float(v) + 0.0 for v in vector)
