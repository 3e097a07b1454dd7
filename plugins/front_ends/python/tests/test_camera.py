"""The camera moves as VTK's does."""

import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from collab.calls import WrongTypeError
from collab.simple import GetActiveCamera

pytestmark = pytest.mark.usefixtures("builtin_without_renderer")


@pytest.fixture
def cameras():
    """Ours and VTK's, looking alike."""
    ours, theirs = GetActiveCamera(), vtkCamera()
    for camera in (ours, theirs):
        camera.SetPosition(3, 4, 5)
        camera.SetFocalPoint(1, 0, -1)
        camera.SetViewUp(0, 1, 0)
        camera.SetViewAngle(40)
        camera.SetParallelScale(7)
    return ours, theirs


def look(camera):
    return (
        *camera.GetPosition(),
        *camera.GetFocalPoint(),
        *camera.GetViewUp(),
        camera.GetViewAngle(),
        camera.GetParallelScale(),
        camera.GetDistance(),
        *camera.GetDirectionOfProjection(),
    )


@pytest.mark.parametrize(
    ("move", "amount"),
    [
        ("Azimuth", 30),
        ("Elevation", 20),
        ("Roll", 45),
        ("Yaw", 10),
        ("Pitch", -15),
        ("Dolly", 2),
        ("Zoom", 1.5),
    ],
)
def test_it_moves_as_in_vtk(cameras, move, amount):
    for camera in cameras:
        getattr(camera, move)(amount)
    ours, theirs = cameras
    assert look(ours) == pytest.approx(look(theirs))


def test_moves_add_up_as_in_vtk(cameras):
    for camera in cameras:
        camera.Elevation(20)
        camera.OrthogonalizeViewUp()
        camera.Azimuth(-50)
        camera.SetParallelProjection(1)
        camera.Zoom(2)
    ours, theirs = cameras
    assert look(ours) == pytest.approx(look(theirs))


def test_vectors_can_be_given_whole():
    camera = GetActiveCamera()
    camera.SetPosition([1, 2, 3])
    assert camera.GetPosition() == (1.0, 2.0, 3.0)
    assert "1.0, 2.0, 3.0" in repr(camera)
    with pytest.raises(WrongTypeError, match="three numbers"):
        camera.SetPosition(1, 2)
