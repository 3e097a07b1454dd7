"""The clauses about the questions that a renderer answers: pictures, cameras, data."""

from __future__ import annotations

import math
import tempfile
import unittest
import zipfile
from io import BytesIO
from itertools import product
from pathlib import Path

from collab_kernel.core.cameras import camera_of
from collab_kernel.errors import InvalidValueError, RendererError, UnknownProxyError
from collab_kernel.spi import (
    MAX_IMAGE_SIDE_PX,
    Camera,
    FetchData,
    FitCamera,
    ProxyId,
    Query,
    RenderImage,
    UpdatePipeline,
    Vector,
    VideoRenderer,
)
from collab_kernel.wire.pictures import needs_no_other

from .clause import clause, refuses
from .renderer_stage import TOLERANCE, RendererStage
from .renderer_trial import RendererTrial, difference, size_of, variations

NOBODY: ProxyId = 4_711
SIZES_PX = ((1, 1), (7, 5), (160, 90), (MAX_IMAGE_SIDE_PX, 1), (1, MAX_IMAGE_SIDE_PX))


class PictureClauses(RendererStage):
    """One answer a question, at the last applied state."""

    @clause
    def test_a_question_is_answered_at_the_last_applied_state(self) -> None:
        """What it needs is executed for it, and told."""
        with self._scene() as (trial, _, source, _):
            for change in ({}, *(dict([v]) for v in variations(trial.state.definition(source)))):
                if change:
                    trial.set(source, change)
                derived = trial.ask(UpdatePipeline(source)).derived
                assert derived is not None, "the answer to UpdatePipeline has no facts"
                assert (derived.proxy, derived.error) == (source, ""), f"answered: {derived}"
                told = trial.host.fact(source)
                assert told.ports == derived.ports, f"answered {derived}, and told {told}"
                revision = trial.state.revision
                assert derived.revision == revision, f"at revision {revision} answered: {derived}"

    @clause
    def test_pictures_have_the_format_and_the_size_that_were_asked_for(self) -> None:
        """From one pixel to the longest side; raw ones are RGB bytes."""
        with self._scene() as (trial, view, _, _):
            for format in self.formats:
                for width, height in SIZES_PX:
                    answer = trial.ask(RenderImage(view, width, height, format))
                    said = (answer.format, answer.width, answer.height)
                    where = f"{format} of {width} x {height}"
                    assert said == (format, width, height), f"{where}: the answer says {said}"
                    if format == "raw":
                        length = len(answer.data)
                        assert length == 3 * width * height, f"{where} has {length} bytes"
                    else:
                        size = size_of(answer.data, format)
                        assert size == (width, height), f"{where} is {size}"

    @clause
    def test_a_picture_outside_its_bounds_is_an_invalid_value(self) -> None:
        """Sides of nothing and above 8192, and formats that it has not."""
        over = MAX_IMAGE_SIDE_PX + 1
        with self._scene() as (trial, view, _, _):
            for width, height in ((0, 9), (9, 0), (-1, 9), (over, 9), (9, over)):
                self._refused(trial, RenderImage(view, width, height, "raw"), InvalidValueError)
            others = {"gif", "", "RAW", "jpeg", "png", "raw"} - set(self.formats)
            for format in sorted(others):
                self._refused(trial, RenderImage(view, 9, 9, format), InvalidValueError)

    @clause
    def test_pictures_of_a_stream_are_made_from_one_another(self) -> None:
        """But for the first one of a size, and where that is asked for."""
        with self._scene() as (trial, view, _, _):
            renderer = trial.renderer
            if not isinstance(renderer, VideoRenderer):
                raise unittest.SkipTest("it makes each picture for itself")
            for format in renderer.video:
                self._refused(trial, RenderImage(view, 64, 48, format), InvalidValueError)
                for stream, size, key, whole in (
                    (1, (64, 48), False, True),
                    (1, (64, 48), False, False),
                    (2, (64, 48), False, True),
                    (1, (64, 48), True, True),
                    (1, (64, 48), False, False),
                    (1, (32, 48), False, True),
                ):
                    asked = RenderImage(view, *size, format, stream=stream, key=key)
                    answer = trial.ask(asked)
                    said = (answer.format, answer.width, answer.height)
                    assert said == (format, *size), f"{asked}: the answer says {said}"
                    found = needs_no_other(format, answer.data)
                    assert found == whole, f"{asked}: whether it needs no earlier one is {found}"

    @clause
    def test_what_is_not_there_is_an_unknown_proxy(self) -> None:
        """Whatever is asked of it."""
        with self._scene() as (trial, *_):
            questions: list[Query] = [RenderImage(NOBODY, 9, 9, "raw"), FitCamera(NOBODY)]
            questions += [UpdatePipeline(NOBODY), FetchData(NOBODY)]
            for question in questions:
                errors: tuple[type[Exception], ...] = (UnknownProxyError,)
                if isinstance(question, FetchData) and not self.fetches:
                    errors += (InvalidValueError, RendererError)
                self._refused(trial, question, *errors)

    @clause
    def test_what_is_shown_is_seen(self) -> None:
        """And what is hidden is not."""
        with self._scene() as (trial, view, _, shown):
            camera = trial.fit(view)
            picture = trial.picture(view, camera)
            trial.set(shown, {"Visibility": False})
            hidden = trial.picture(view, camera)
            off = difference(picture, hidden)
            assert off > TOLERANCE, f"hiding what is shown changes the picture by {off:.2f}"
            trial.set(shown, {"Visibility": True})
            off = difference(picture, trial.picture(view, camera))
            assert off <= TOLERANCE, f"shown again, the picture differs by {off:.2f}"

    @clause
    def test_a_fitted_camera_has_in_sight_what_is_visible(self) -> None:
        """Looking as the given camera does."""
        with self._scene() as (trial, view, source, _):
            cameras = (Camera(), Camera((3.0, 2.0, 1.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), 20.0))
            for camera in cameras:
                fitted = trial.fit(view, camera)
                turned = zip(direction(camera), direction(fitted), strict=True)
                assert all(abs(a - b) < 1e-6 for a, b in turned), f"{camera} became {fitted}"
                for port in trial.host.fact(source).ports[:1]:
                    check_in_sight(fitted, port.bounds)

    @clause
    def test_without_a_camera_the_home_camera_is_taken(self) -> None:
        """The view's own values, as the session holds them."""
        with self._scene() as (trial, view, _, _):
            if not trial.state.definition(view).has("CameraPosition"):
                raise unittest.SkipTest("its views have no CameraPosition")
            fitted = trial.fit(view)
            x, y, z = fitted.position
            trial.set_home(view, {"CameraPosition": (x + 0.1, y + 0.2, z)})
            trial.set_home(view, {"CameraFocalPoint": fitted.focal_point})
            home = camera_of(dict(trial.state.values(view)))
            off = difference(trial.picture(view), trial.picture(view, home))
            assert off <= TOLERANCE, f"the picture differs from the home camera's by {off:.2f}"

    @clause
    def test_data_are_fetched_as_an_archive_of_arrays(self) -> None:
        """With the four that every data set has."""
        if not self.fetches:
            raise unittest.SkipTest("this renderer hands out no data")
        with self._scene() as (trial, _, source, _):
            archive = zipfile.ZipFile(BytesIO(trial.ask(FetchData(source)).data))
            due = {"points.npy", "connectivity.npy", "offsets.npy", "cell_types.npy"}
            missing = due - set(archive.namelist())
            assert not missing, f"{sorted(missing)} are missing"

    @clause
    def test_a_file_is_opened_through_the_host_only(self) -> None:
        """Which knows where this server may read; its refusal is the proxy's error."""
        readers = [d for d in self.spec.definitions().definitions.values() if d.file_extensions]
        if not readers or not self.reads_files:
            raise unittest.SkipTest("this renderer reads no files")
        for definition in readers:
            file_name = next(p.name for p in definition.properties if p.file_name)
            with self._trial() as trial, tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"data.{definition.file_extensions[0]}"
                path.write_bytes(b"# nothing that makes sense\n")
                trial.host.forbidden = True
                reader = trial.create(definition.key, values={file_name: str(path)})
                trial.settle()
                assert trial.host.files == [str(path)], (
                    f"{definition.type} asked the host for {trial.host.files}"
                )
                error = trial.host.fact(reader).error
                assert "may not be opened" in error, f"{definition.type} is refused; told: {error}"

    @clause
    def test_it_says_what_it_is_and_closing_twice_is_closing_once(self) -> None:
        """Name and version of the engine, for people."""
        with self._scene() as (trial, view, _, _):
            engine = trial.renderer.engine
            assert str(engine or "").strip(), f"its engine is {engine!r}"
            trial.picture(view)
            trial.renderer.close()

    @staticmethod
    def _refused(trial: RendererTrial, query: Query, *errors: type[Exception]) -> None:
        refuses(str(query), lambda: trial.renderer.query(query), *errors)


def direction(camera: Camera) -> Vector:
    """Where a camera looks, as a vector of length 1."""
    return _unit(_minus(camera.focal_point, camera.position))


def check_in_sight(camera: Camera, bounds: tuple[float, ...]) -> None:
    """Raise an AssertionError unless a camera with a square window sees the whole box."""
    ahead = direction(camera)
    right = _unit(_cross(ahead, camera.view_up))
    up = _cross(right, ahead)
    for corner in product(*(bounds[2 * n : 2 * n + 2] for n in range(len(bounds) // 2))):
        x, y, z = corner
        away = _minus((x, y, z), camera.position)
        reach = camera.parallel_scale
        if not camera.parallel_projection:
            reach = _dot(away, ahead) * math.tan(math.radians(camera.view_angle / 2))
        seen = max(abs(_dot(away, right)), abs(_dot(away, up))) <= reach * (1 + 1e-6)
        assert seen, f"{camera} does not see the corner {corner} of {bounds}"


def _minus(a: Vector, b: Vector) -> Vector:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def _unit(a: Vector) -> Vector:
    length = math.sqrt(_dot(a, a))
    assert length > 0, "a camera looks nowhere"
    return (a[0] / length, a[1] / length, a[2] / length)
