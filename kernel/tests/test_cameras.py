"""How one looks: in windows of another shape, and at flat data."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_kernel.core.cameras import (
    camera_of,
    fitted,
    flattened,
    is_flat,
    own_values,
    values_of,
)
from collab_kernel.core.events import Change, Event, EventKind, Put, SetValue
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Camera, Vector
from collab_kernel.core.state import ProxyRow, State, Table
from collab_kernel.core.values import Kind, Value, guess
from collab_kernel.errors import InvalidValueError, UnknownPropertyError
from collab_kernel.testing.catalogue import definitions

COORDINATES = st.floats(-100, 100)
VECTORS = st.tuples(COORDINATES, COORDINATES, COORDINATES)
ASPECTS = st.floats(0.2, 5)
CAMERAS = st.builds(
    Camera,
    VECTORS,
    VECTORS,
    VECTORS,
    st.floats(1, 150),
    st.floats(0.01, 100),
    st.booleans(),
).filter(lambda camera: _sees(camera))

VIEW = 7


def minus(a: Vector, b: Vector) -> Vector:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def dot(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def cross(a: Vector, b: Vector) -> Vector:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def unit(a: Vector) -> Vector:
    length = math.sqrt(dot(a, a))
    return (a[0] / length, a[1] / length, a[2] / length)


def _sees(camera: Camera) -> bool:
    ahead = minus(camera.focal_point, camera.position)
    across = cross(ahead, camera.view_up)
    return math.hypot(*ahead) > 0.1 and math.hypot(*across) > 0.1


def axes(camera: Camera) -> tuple[Vector, Vector, Vector]:
    """Ahead, to the right and up, of length 1."""
    ahead = unit(minus(camera.focal_point, camera.position))
    right = unit(cross(ahead, camera.view_up))
    return ahead, right, cross(right, ahead)


def half_height(camera: Camera) -> float:
    """Of what is seen, where it is in focus."""
    if camera.parallel_projection:
        return camera.parallel_scale
    distance = math.dist(camera.position, camera.focal_point)
    return distance * math.tan(math.radians(camera.view_angle) / 2)


def corners(camera: Camera, aspect: float) -> list[Vector]:
    """Of what a window shows of the plane that is in focus."""
    _, right, up = axes(camera)
    height = half_height(camera)
    x, y, z = camera.focal_point
    return [
        (
            x + height * (i * aspect * right[0] + j * up[0]),
            y + height * (i * aspect * right[1] + j * up[1]),
            z + height * (i * aspect * right[2] + j * up[2]),
        )
        for i in (-1, 1)
        for j in (-1, 1)
    ]


def in_window(camera: Camera, aspect: float, point: Vector) -> tuple[float, float]:
    """Where a point is drawn: -1 to 1 from left to right and from below is inside."""
    ahead, right, up = axes(camera)
    away = minus(point, camera.position)
    height = camera.parallel_scale
    if not camera.parallel_projection:
        height = dot(away, ahead) * math.tan(math.radians(camera.view_angle) / 2)
    return dot(away, right) / (height * aspect), dot(away, up) / height


@given(CAMERAS, ASPECTS, ASPECTS)
def test_windows_of_other_shapes_still_see_all_that_the_leader_sees(
    camera: Camera, leading: float, own: float
) -> None:
    follower = fitted(camera, leading, own)
    for corner in corners(camera, leading):
        assert max(map(abs, in_window(follower, own, corner))) <= 1 + 1e-6


@given(CAMERAS, ASPECTS, ASPECTS)
def test_a_narrower_window_sees_no_more_to_the_sides_than_it_must(
    camera: Camera, leading: float, own: float
) -> None:
    follower = fitted(camera, leading, own)
    widest = max(abs(in_window(follower, own, corner)[0]) for corner in corners(camera, leading))
    highest = max(abs(in_window(follower, own, corner)[1]) for corner in corners(camera, leading))
    assert max(widest, highest) == pytest.approx(1, abs=1e-6)


@given(CAMERAS, ASPECTS)
def test_a_window_of_the_same_shape_or_wider_looks_with_the_very_camera(
    camera: Camera, aspect: float
) -> None:
    assert fitted(camera, aspect, aspect) == camera
    assert fitted(camera, aspect, 2 * aspect) == camera


@given(CAMERAS)
def test_in_2d_one_looks_along_an_axis_without_rotation_and_as_near(camera: Camera) -> None:
    flat = flattened(camera)
    ahead, _, up = axes(flat)
    for direction in (ahead, up):
        assert sorted(map(abs, direction)) == pytest.approx([0, 0, 1], abs=1e-9)
    assert flat.parallel_projection
    assert flat.focal_point == camera.focal_point
    assert half_height(flat) == pytest.approx(half_height(camera))
    assert dot(ahead, axes(camera)[0]) > 0.57  # the nearest axis is never farther off


@given(CAMERAS)
def test_a_flat_camera_stays_as_it_is(camera: Camera) -> None:
    flat = flattened(camera)
    again = flattened(flat)
    assert again.position == pytest.approx(flat.position)
    assert (again.view_up, again.parallel_scale) == (flat.view_up, flat.parallel_scale)


def test_a_camera_that_looks_nowhere_looks_down_on_the_plane_in_2d() -> None:
    nowhere = Camera((1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (0.0, 0.0, 0.0))
    flat = flattened(nowhere)
    assert (flat.position, flat.view_up) == ((1.0, 2.0, 4.0), (0.0, 1.0, 0.0))


# -- own values ----------------------------------------------------------------------------


def state_with(*changes: Change) -> State:
    """A view of the toy's, with its defaults."""
    definition = definitions().definition("views", "RenderView")
    values = (SetValue(VIEW, p.name, None, p.default) for p in definition.properties)
    return happened(
        State(),
        Put(Table.DEFINITIONS, definition.key, None, definition),
        Put(Table.PROXIES, VIEW, None, ProxyRow(*definition.key, "View")),
        *values,
        *changes,
    )


def happened(state: State, *changes: Change) -> State:
    event = Event(state.revision + 1, 0, 0, EventKind.EDIT, "test", 0, 0.0, changes)
    return evolve(state, event)


def test_own_values_that_are_not_given_are_the_home_values() -> None:
    home = Value(Kind.DOUBLE, (1.0, 2.0, 3.0))
    state = state_with(SetValue(VIEW, "CameraPosition", None, home))
    mine = own_values(state, VIEW, (("CameraViewAngle", guess(50)),))
    assert camera_of(mine) == Camera(position=(1.0, 2.0, 3.0), view_angle=50.0)
    assert "Background" not in mine


def test_shared_and_unknown_properties_are_nobodys_own_values() -> None:
    state = state_with()
    with pytest.raises(InvalidValueError, match="Background of View is shared"):
        own_values(state, VIEW, (("Background", guess((0.0, 0.0, 0.0))),))
    with pytest.raises(UnknownPropertyError, match="CameraPosition"):
        own_values(state, VIEW, (("CameraPositon", guess((0.0, 0.0, 0.0))),))
    with pytest.raises(InvalidValueError, match="3 doubles"):
        own_values(state, VIEW, (("CameraPosition", guess((0.0, 0.0))),))


@given(CAMERAS)
def test_a_camera_as_own_values_is_the_same_camera(camera: Camera) -> None:
    assert camera_of(dict(values_of(camera))) == camera


def test_a_view_is_in_2d_when_its_mode_says_so() -> None:
    assert not is_flat(state_with(), VIEW)
    mode = [SetValue(VIEW, "InteractionMode", None, Value(Kind.INT, (m,))) for m in (0, 1, 2)]
    assert [is_flat(state_with(change), VIEW) for change in mode] == [False, True, False]
