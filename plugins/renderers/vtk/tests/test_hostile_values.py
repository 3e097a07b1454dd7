"""Values that are accepted and can't work: told in words at their proxy, and never the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.spi import (
    Camera,
    Catalogue,
    EnumerationDomain,
    FetchData,
    FitCamera,
    Kind,
    RangeDomain,
    RenderImage,
    SetValue,
    UpdatePipeline,
    Value,
)
from collab_renderer_vtk import objects, renderer, room
from collab_renderer_vtk.curated import CURATED
from collab_renderer_vtk.curated.vocabulary import Attribute
from collab_renderer_vtk.describe import vtk_class
from collab_renderer_vtk.drawing import Drawing
from collab_renderer_vtk.framing import fit
from collab_renderer_vtk.parts import GeometryPart

Scene = Any

ERRORS = [OverflowError("too long"), TypeError("no"), ValueError("never"), MemoryError()]


def _error(scene: Scene, id: int) -> str:
    scene.settle()
    told = scene.host.last(id)
    return told.error if told else "nothing was told"


def _force(scene: Scene, id: int, name: str, *elements: Any) -> None:
    """Set what no domain lets pass today, as an older journal may hold it."""
    before = scene.state.value(id, name)
    scene.happen(SetValue(id, name, before, Value(before.kind, elements)))


# -- what the server refuses -----------------------------------------------------------------


def test_every_int_has_a_range_that_vtk_takes(catalogue: Catalogue) -> None:
    for definition in catalogue.definitions.values():
        for property in definition.properties:
            kinds = [type(d) for d in property.domains]
            if property.kind is Kind.INT and EnumerationDomain not in kinds:
                (limits,) = (d for d in property.domains if isinstance(d, RangeDomain))
                low, high = limits.minimum, limits.maximum
                assert low is not None
                assert high is not None
                assert -(2**31) <= low <= high < 2**31, property.name


@pytest.mark.parametrize("curated", [c for c in CURATED.values() if c.vtk], ids=lambda c: c.type)
def test_vtk_takes_both_ends_of_every_range(catalogue: Catalogue, curated: Any) -> None:
    instance = vtk_class(curated.vtk)()
    definition = catalogue.definition(*curated.key)
    for attribute in (p for p in curated.properties if isinstance(p, Attribute)):
        property = definition.property(attribute.name)
        for limits in (d for d in property.domains if isinstance(d, RangeDomain)):
            for end in (e for e in (limits.minimum, limits.maximum) if e is not None):
                value = property.accept(Value(property.kind, (end,) * property.number_of_elements))
                getattr(instance, f"Set{attribute.attribute}")(*value.elements)


@pytest.mark.parametrize(
    ("type", "name", "elements"),
    [
        ("SphereSource", "ThetaResolution", (10**12,)),
        ("SphereSource", "PhiResolution", (2**40,)),
        ("RTAnalyticSource", "WholeExtent", (-(10**10), 10, -10, 10, -10, 10)),
        ("LineSource", "Resolution", (2**31 - 1,)),
    ],
)
def test_numbers_that_vtk_has_no_room_for_are_refused_when_they_are_set(
    catalogue: Catalogue, type: str, name: str, elements: tuple[int, ...]
) -> None:
    with pytest.raises(InvalidValueError, match=name):
        catalogue.definition("sources", type).property(name).accept(Value(Kind.INT, elements))


# -- what nobody foresaw ---------------------------------------------------------------------


def test_a_number_out_of_vtks_range_is_its_proxys_error_and_nobody_elses(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    sphere = scene.create("sources", "SphereSource")
    cone = scene.create("sources", "ConeSource")
    _force(scene, sphere, "ThetaResolution", 10**12)
    assert "ThetaResolution argument 1: value is out of range" in _error(scene, sphere)
    assert _error(scene, cone) == ""
    scene.set(sphere, ThetaResolution=8)
    assert _error(scene, sphere) == ""
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_whatever_goes_wrong_at_a_proxy_is_told_and_raised_as_its_error(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    push = objects.push

    def fail(target: Any, curated: Any, *more: Any) -> None:
        if curated.type == "SphereSource":
            raise error
        push(target, curated, *more)

    monkeypatch.setattr(objects, "push", fail)
    sphere = scene.create("sources", "SphereSource", "Ball")
    cone = scene.create("sources", "ConeSource")
    said = _error(scene, sphere)
    assert (str(error) or "not enough memory") in said
    assert _error(scene, cone) == ""
    with pytest.raises(PipelineFailedError, match="Ball"):
        scene.renderer.query(UpdatePipeline(sphere))


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_whatever_goes_wrong_at_a_representation_leaves_the_rest_of_the_picture(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    view = scene.view()
    broken = scene.show(view, scene.create("sources", "SphereSource"))
    whole = scene.show(view, scene.create("sources", "ConeSource"))
    update = GeometryPart.update

    def fail(part: GeometryPart, shown: Any) -> None:
        if shown.proxy == broken:
            raise error
        update(part, shown)

    monkeypatch.setattr(GeometryPart, "update", fail)
    scene.picture(view)
    assert (str(error) or "not enough memory") in scene.host.last(broken).error
    assert scene.host.last(whole) is None


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_whatever_goes_wrong_while_drawing_is_told_at_the_view_until_it_is_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    view = scene.create("views", "RenderView", "Window")

    def fail(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Drawing, "draw", fail)
        with pytest.raises(PipelineFailedError, match="Window: "):
            scene.renderer.query(RenderImage(view, 10, 10))
    assert (str(error) or "not enough memory") in scene.host.last(view).error
    scene.renderer.query(RenderImage(view, 10, 10))
    assert scene.host.last(view).error == ""


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_whatever_goes_wrong_with_a_question_is_its_answer_and_names_the_proxy(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    view = scene.create("views", "RenderView", "Window")
    ball = scene.create("sources", "SphereSource", "Ball")
    monkeypatch.setattr(renderer, "fit", fail)
    monkeypatch.setattr(renderer, "archive", fail)
    with pytest.raises(PipelineFailedError, match="Window: "):
        scene.renderer.query(FitCamera(view))
    with pytest.raises(PipelineFailedError, match="Ball: "):
        scene.renderer.query(FetchData(ball))


# -- more than there is room for -------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "type", "values"),
    [
        ("sources", "SphereSource", {"ThetaResolution": 65536, "PhiResolution": 65536}),
        ("sources", "PlaneSource", {"XResolution": 65536, "YResolution": 65536}),
        ("sources", "RTAnalyticSource", {"WholeExtent": (-5000, 5000) * 3}),
        ("sources", "LineSource", {"Resolution": 10**9}),
        ("extended_sources", "HighResLineSource", {"Resolution": 10**9}),
        ("extended_sources", "PointSource", {"NumberOfPoints": 10**9}),
    ],
)
def test_what_would_not_fit_into_memory_is_not_begun(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    group: str,
    type: str,
    values: dict[str, Any],
) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda: 2 * 2**30)
    source = scene.create(group, type, **values)
    error = _error(scene, source)
    assert error.startswith("it would take about ")
    assert error.endswith("of memory, and 2 GiB are free")
    definition = scene.catalogue.definition(group, type)
    scene.set(source, **{name: definition.property(name).default.elements for name in values})
    assert _error(scene, source) == ""


def test_glyphs_need_room_for_a_shape_at_every_point(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    glyph = scene.create("filters", "Glyph", Input=wavelet, GlyphMode="All Points")
    monkeypatch.setattr(room, "free_bytes", lambda: 10 * 2**20)
    assert "of memory" in _error(scene, glyph)
    scene.set(glyph, GlyphMode="Every Nth Point", Stride=1000)
    assert _error(scene, glyph) == ""


def test_free_memory_is_that_of_the_container_where_it_has_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = tmp_path / "meminfo"
    machine.write_text("MemTotal: 9000 kB\nMemAvailable: 4000 kB\n")
    monkeypatch.setattr(room, "_MEMORY", machine)
    monkeypatch.setattr(room, "_GROUP", tmp_path)
    assert room.free_bytes() == 4000 * 1024
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert room.free_bytes() == 2_000_000
    monkeypatch.setattr(room, "_MEMORY", tmp_path / "none")
    (tmp_path / "memory.max").write_text("max\n")
    assert room.free_bytes() is None
    room.check_room(10**30)


@pytest.mark.parametrize(
    ("size", "words"), [(1, "1 bytes"), (256 * 2**20, "256 MiB"), (8 * 10**12, "7.3 TiB")]
)
def test_sizes_are_told_in_words(size: int, words: str) -> None:
    assert room.in_words(size) == words


# -- numbers that VTK can't calculate with ---------------------------------------------------


def test_numbers_whose_squares_are_none_are_named(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    clip = scene.create("filters", "Clip", Input=wavelet)
    scene.set(scene.child(clip, "ClipFunction"), Normal=(1e308, 1e308, 1e308))
    assert _error(scene, clip) == "Normal: 1e+308 is too large to calculate with"


def test_a_camera_stays_where_it_is_before_something_endless() -> None:
    camera = Camera(position=(1.0, 2.0, 3.0))
    assert fit(camera, (-1e308, 1e308, -1.0, 1.0, -1.0, 1.0), 1.0) == camera


# -- arrays and colours ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["RTData", ""])
def test_an_association_that_there_is_none_of_is_told_with_those_there_are(
    scene: Scene, name: str
) -> None:
    view = scene.view()
    wavelet = scene.create("sources", "RTAnalyticSource")
    shown = scene.show(view, wavelet, ColorArrayName=("BOGUS", name))
    scene.picture(view)
    expected = "'BOGUS' is no association it works on: POINTS or CELLS"
    assert scene.host.last(shown).error == expected
    contour = scene.create(
        "filters", "Contour", Input=wavelet, SelectInputScalars=("P", name), ContourValues=(150.0,)
    )
    assert _error(scene, contour) == "'P' is no association it works on: POINTS"


def test_no_association_and_no_name_is_no_array(scene: Scene) -> None:
    view = scene.view()
    shown = scene.show(view, scene.create("sources", "SphereSource"), ColorArrayName=("", ""))
    scene.picture(view)
    assert scene.host.last(shown) is None


@pytest.fixture
def coloured(scene: Scene) -> Any:
    """A function that draws a volume with a colour map, an opacity map and a scalar bar, and
    gives the errors of the representation and of the bar."""
    view = scene.view()
    wavelet = scene.create("sources", "RTAnalyticSource")

    def drawn(**values: Any) -> tuple[str, str]:
        points = {"Points": values.pop("Points")} if "Points" in values else {}
        opacity = scene.create("piecewise_functions", "PiecewiseFunction", **points)
        table = scene.create("lookup_tables", "PVLookupTable", **values)
        shown = scene.show(
            view,
            wavelet,
            Representation="Volume",
            ColorArrayName=("POINTS", "RTData"),
            LookupTable=table,
            ScalarOpacityFunction=opacity,
        )
        bar = scene.create("representations", "ScalarBarWidgetRepresentation", LookupTable=table)
        scene.add(view, bar)
        scene.picture(view)
        first, second = scene.host.last(shown), scene.host.last(bar)
        return (first.error if first else "", second.error if second else "")

    return drawn


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ((0.0, 0.0, 0.0), "the colour map has 3 numbers, and needs four for each"),
        ((0.0,) * 7, "the colour map has 7 numbers, and needs four for each"),
        ((0.0, 255.0, 0.0, 0.0), "not within 0 to 1"),
    ],
)
def test_colour_points_that_are_none_are_told_at_what_uses_them(
    coloured: Any, points: tuple[float, ...], expected: str
) -> None:
    shown, bar = coloured(RGBPoints=points)
    assert expected in shown
    assert expected in bar


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ((0.0, 0.0, 0.5), "the opacity map has 3 numbers, and needs four for each"),
        ((), "the opacity map has 0 numbers"),
        ((0.0, 0.0, 7.5, 0.0), "not within 0 to 1"),
    ],
)
def test_opacity_points_that_are_none_are_told_at_what_uses_them(
    coloured: Any, points: tuple[float, ...], expected: str
) -> None:
    shown, bar = coloured(Points=points)
    assert expected in shown
    assert bar == ""
