"""Cameras as own values of a render view, and back. Property names are ParaView's."""

from __future__ import annotations

from collections.abc import Mapping

from collab_kernel.core.commands import NamedValues
from collab_kernel.core.facts import Camera, Vector
from collab_kernel.core.values import Kind, Value


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


def _floats(vector: Vector) -> tuple[float, ...]:
    return tuple(float(v) + 0.0 for v in vector)
