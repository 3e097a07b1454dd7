"""The own camera in a view, moved by the words of vtkCamera. Angles are degrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import cos, dist, radians, sin, sqrt
from typing import TYPE_CHECKING, Any

from collab.calls import WrongTypeError, fits, public_methods
from collab.looking import look
from collab_kernel.client import Camera as Look
from collab_kernel.spi import Vector

if TYPE_CHECKING:
    from collab.view import View


@public_methods
class Camera:
    """What I look at a view with. Every change is shown to the others at once.

    Reading gives what I see: while I follow somebody, that is their camera; my first change
    ends the following.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def __repr__(self) -> str:
        return f"<Camera at {self.GetPosition()}, looking at {self.GetFocalPoint()}>"

    @property
    def _look(self) -> Look:
        return self._view.connection.session.looking.camera(self._view.id)

    def _change(self, **fields: Any) -> None:
        connection = self._view.connection
        camera = replace(self._look, **fields)
        connection.run(look(connection.session, self._view.id, camera))

    # -- where it is -----------------------------------------------------------------------

    def GetPosition(self) -> Vector:
        return self._look.position

    def SetPosition(self, *position: Any) -> None:
        self._change(position=_vector(position))

    def GetFocalPoint(self) -> Vector:
        return self._look.focal_point

    def SetFocalPoint(self, *point: Any) -> None:
        self._change(focal_point=_vector(point))

    def GetViewUp(self) -> Vector:
        return self._look.view_up

    def SetViewUp(self, *up: Any) -> None:
        self._change(view_up=_vector(up))

    def GetViewAngle(self) -> float:
        return self._look.view_angle

    def SetViewAngle(self, angle: float) -> None:
        self._change(view_angle=float(angle))

    def GetParallelScale(self) -> float:
        return self._look.parallel_scale

    def SetParallelScale(self, scale: float) -> None:
        self._change(parallel_scale=float(scale))

    def GetParallelProjection(self) -> bool:
        return self._look.parallel_projection

    def SetParallelProjection(self, on: bool) -> None:
        self._change(parallel_projection=bool(on))

    def GetDistance(self) -> float:
        return dist(self._look.position, self._look.focal_point)

    def GetDirectionOfProjection(self) -> Vector:
        """From the position to the focal point, of length 1."""
        return _direction(self._look)

    # -- moving it -------------------------------------------------------------------------

    def Azimuth(self, angle: float) -> None:
        """Go round the focal point, to the right."""
        camera = self._look
        self._go_round(camera, camera.view_up, angle)

    def Elevation(self, angle: float) -> None:
        """Go round the focal point, upwards."""
        camera = self._look
        self._go_round(camera, _cross(camera.view_up, _direction(camera)), angle)

    def Roll(self, angle: float) -> None:
        """Turn about the direction of looking."""
        camera = self._look
        self._change(view_up=_rotated(camera.view_up, _direction(camera), angle))

    def Yaw(self, angle: float) -> None:
        """Look further to the left, from where it is."""
        camera = self._look
        self._turn(camera, camera.view_up, angle)

    def Pitch(self, angle: float) -> None:
        """Look further upwards, from where it is."""
        camera = self._look
        self._turn(camera, _cross(_direction(camera), camera.view_up), angle)

    def Dolly(self, factor: float) -> None:
        """Divide the distance to the focal point by `factor`."""
        camera = self._look
        away = _times(_minus(camera.position, camera.focal_point), 1 / factor)
        self._change(position=_plus(camera.focal_point, away))

    def Zoom(self, factor: float) -> None:
        """Make everything appear `factor` times as large, from where it is."""
        camera = self._look
        if camera.parallel_projection:
            self._change(parallel_scale=camera.parallel_scale / factor)
        else:
            self._change(view_angle=camera.view_angle / factor)

    def OrthogonalizeViewUp(self) -> None:
        camera = self._look
        right = _cross(_direction(camera), camera.view_up)
        self._change(view_up=_unit(_cross(right, _direction(camera))))

    def _go_round(self, camera: Look, axis: Vector, angle: float) -> None:
        away = _minus(camera.position, camera.focal_point)
        self._change(position=_plus(camera.focal_point, _rotated(away, axis, angle)))

    def _turn(self, camera: Look, axis: Vector, angle: float) -> None:
        ahead = _minus(camera.focal_point, camera.position)
        self._change(focal_point=_plus(camera.position, _rotated(ahead, axis, angle)))


def _vector(given: tuple[Any, ...]) -> Vector:
    """Three numbers, or one sequence of three."""
    numbers = given[0] if len(given) == 1 else given
    if not fits(numbers, Sequence[float]) and hasattr(numbers, "tolist"):
        numbers = numbers.tolist()  # NumPy's
    if not fits(numbers, Sequence[float]) or len(numbers) != 3:
        raise WrongTypeError(f"a place or a direction is three numbers, not {numbers!r:.60}")
    x, y, z = map(float, numbers)
    return (x, y, z)


def _direction(camera: Look) -> Vector:
    return _unit(_minus(camera.focal_point, camera.position))


def _plus(a: Vector, b: Vector) -> Vector:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _minus(a: Vector, b: Vector) -> Vector:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _times(a: Vector, factor: float) -> Vector:
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _unit(a: Vector) -> Vector:
    return _times(a, 1 / (sqrt(_dot(a, a)) or 1.0))


def _rotated(a: Vector, axis: Vector, angle: float) -> Vector:
    """`a` turned about `axis` by `angle` degrees (Rodrigues' formula)."""
    k, c, s = _unit(axis), cos(radians(angle)), sin(radians(angle))
    along = _times(k, _dot(k, a) * (1 - c))
    return _plus(_plus(_times(a, c), _times(_cross(k, a), s)), along)
