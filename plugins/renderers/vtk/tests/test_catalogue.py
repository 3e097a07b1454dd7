"""What the catalogue says, where it comes from and where it is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import collab_renderer_vtk
from collab_kernel.errors import InvalidValueError, RendererError
from collab_kernel.spi import (
    Catalogue,
    EnumerationDomain,
    Kind,
    RangeDomain,
    Scope,
    Value,
)
from collab_renderer_vtk import catalogue as catalogue_module
from collab_renderer_vtk import document
from collab_renderer_vtk.curated import CURATED
from collab_renderer_vtk.curated.vocabulary import Attribute, CuratedType
from collab_renderer_vtk.describe import describe, documentation_of, vtk_class

WITH_VTK = [curated for curated in CURATED.values() if curated.vtk]


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path))
    return tmp_path / "collab"


def test_the_plugin_offers_one_renderer_named_vtk() -> None:
    (spec,) = collab_renderer_vtk.collab_renderers()
    assert (spec.name, spec.factory) == ("vtk", "collab_renderer_vtk.renderer:VtkRenderer")


def test_asking_for_the_definitions_imports_neither_vtk_nor_numpy() -> None:
    program = (
        "import sys, collab_renderer_vtk as plugin\n"
        "spec, = plugin.collab_renderers()\n"
        "assert spec.definitions().definitions\n"
        "print([m for m in ('vtkmodules', 'numpy', 'simplejpeg') if m in sys.modules])"
    )
    path = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_every_curated_type_is_in_the_catalogue(catalogue: Catalogue) -> None:
    assert set(catalogue.definitions) == set(CURATED)


@pytest.mark.parametrize("curated", WITH_VTK, ids=lambda c: c.type)
def test_defaults_are_vtks_own_unless_the_table_says_otherwise(
    curated: CuratedType, catalogue: Catalogue
) -> None:
    instance = vtk_class(curated.vtk)()
    definition = catalogue.definition(*curated.key)
    for property in curated.properties:
        if isinstance(property, Attribute) and property.default is None:
            found = getattr(instance, f"Get{property.attribute}")()
            expected = tuple(found) if isinstance(found, tuple | list) else (found,)
            assert definition.property(property.name).default.elements == expected


@pytest.mark.parametrize("curated", CURATED.values(), ids=lambda c: c.type)
def test_a_types_defaults_lie_in_its_own_domains(
    curated: CuratedType, catalogue: Catalogue
) -> None:
    for property in catalogue.definition(*curated.key).properties:
        if property.default.elements:
            assert property.accept(property.default) == property.default


@pytest.mark.parametrize("curated", CURATED.values(), ids=lambda c: c.type)
def test_everything_has_a_label_and_a_short_sentence(
    curated: CuratedType, catalogue: Catalogue
) -> None:
    definition = catalogue.definition(*curated.key)
    assert definition.label
    for text in (definition.documentation, *(p.documentation for p in definition.properties)):
        assert 0 < len(text) <= 200, text
        assert text.endswith((".", "!", "?"))
        assert text[0].isupper() or text[0] in "0(", text


def test_a_range_in_which_vtk_would_clamp_is_enforced(catalogue: Catalogue) -> None:
    resolution = catalogue.definition("sources", "ConeSource").property("Resolution")
    assert RangeDomain(0, 512) in resolution.domains
    with pytest.raises(InvalidValueError, match=r"Resolution.*to 512"):
        resolution.accept(Value(Kind.INT, (513,)))


def test_an_enumeration_takes_texts_and_numbers(catalogue: Catalogue) -> None:
    direction = catalogue.definition("filters", "StreamTracer").property("IntegrationDirection")
    assert direction.accept(Value(Kind.STRING, ("BACKWARD",))) == Value(Kind.INT, (1,))
    with pytest.raises(InvalidValueError, match="FORWARD"):
        direction.accept(Value(Kind.INT, (7,)))


def test_on_and_off_is_a_bool_even_where_vtk_starts_at_minus_one(catalogue: Catalogue) -> None:
    normals = catalogue.definition("filters", "Contour").property("ComputeNormals")
    assert (normals.kind, normals.default.plain) == (Kind.BOOL, True)


def test_no_default_is_infinite(catalogue: Catalogue) -> None:
    lower = catalogue.definition("filters", "Threshold").property("LowerThreshold")
    assert lower.default.plain == 0.0


def test_cameras_are_each_participants_own(catalogue: Catalogue) -> None:
    view = catalogue.definition("views", "RenderView")
    own = {p.name for p in view.properties if p.scope is Scope.OWN}
    assert {"CameraPosition", "CameraFocalPoint", "CameraViewUp", "ViewSize"} <= own
    assert "Background" not in own


def test_every_reader_says_which_property_takes_the_file(catalogue: Catalogue) -> None:
    readers = [d for d in catalogue.definitions.values() if d.file_extensions]
    extensions = {e for d in readers for e in d.file_extensions}
    assert extensions == set("vtu vti vtp vts vtr vtm vtk stl ply obj pvd".split())
    for reader in readers:
        [property] = [p for p in reader.properties if p.file_name]
        assert property.name in ("FileName", "FileNames")  # ParaView's, whichever it is
        alone = reader.file_extensions[0] in ("obj", "pvd")
        assert property.number_of_elements == (1 if alone else 0)


def test_enumerations_without_a_table_are_found_by_their_setters() -> None:
    curated = CuratedType(
        "sources",
        "Arrow",
        "Arrow",
        "vtkFiltersSources.vtkArrowSource",
        properties=(Attribute("ArrowOrigin"),),
    )
    (property,) = describe(curated).properties
    assert property.domains == (EnumerationDomain(((0, "Default"), (1, "Center"))),)


def test_documentation_is_the_first_sentence_without_signatures() -> None:
    sphere = vtk_class("vtkFiltersSources.vtkSphereSource")
    assert documentation_of(sphere.SetRadius) == "The radius of sphere."


def test_a_document_is_read_as_it_was_written(catalogue: Catalogue) -> None:
    definitions = tuple(catalogue.definitions.values())
    assert document.decode(document.encode(definitions)) == definitions


@pytest.mark.parametrize("text", ["", "null", "{}", '{"format": 2, "types": []}', '{"format": 1}'])
def test_anything_else_is_no_document(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        document.decode(text)


# -- the cache -------------------------------------------------------------------------------


def _forbid_describing(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_describe() -> str:
        raise AssertionError("the describing process was started")

    monkeypatch.setattr(catalogue_module, "_run_describe", run_describe)


def test_a_catalogue_is_described_once_and_then_read(
    fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = catalogue_module.definitions()
    assert [p.name for p in fresh_cache.iterdir()] == [catalogue_module.cache_file().name]
    _forbid_describing(monkeypatch)
    assert catalogue_module.definitions().definitions == first.definitions


def test_a_damaged_cache_is_described_anew(fresh_cache: Path, catalogue: Catalogue) -> None:
    fresh_cache.mkdir()
    catalogue_module.cache_file().write_text('{"format": 1, "types": [')
    assert catalogue_module.definitions().definitions == catalogue.definitions


def test_changed_tables_never_read_an_old_cache(
    fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = catalogue_module.cache_file()
    monkeypatch.setattr(catalogue_module, "_fingerprint", lambda: "of-other-tables")
    assert catalogue_module.cache_file() != old


def test_a_cache_that_cant_be_written_is_only_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    blocked = tmp_path / "a file where the cache should be"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(blocked))
    assert catalogue_module.definitions().definitions == catalogue.definitions


def test_files_that_lie_where_the_user_is_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    folder, ran = tmp_path / "downloads", tmp_path / "ran"
    (folder / "vtkmodules").mkdir(parents=True)
    for name in ("queue.py", "json.py", "runpy.py", "importlib.py", "vtkmodules/__init__.py"):
        (folder / name).write_text(f"open({str(ran)!r}, 'a').write({name!r})")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", os.fspath(folder))
    monkeypatch.setattr(sys, "path", ["", os.fspath(folder), *sys.path])
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "cache"))
    assert catalogue_module.definitions().definitions == catalogue.definitions
    assert not ran.exists(), ran.read_text()


@pytest.mark.parametrize(
    "last_words",
    ["ImportError: libfoo.so.1: cannot open shared object file: No such file or directory"],
)
def test_a_missing_library_is_answered_with_the_packages_to_install(
    fresh_cache: Path, monkeypatch: pytest.MonkeyPatch, last_words: str
) -> None:
    program = f"import sys; sys.exit({last_words!r})"
    run = subprocess.run

    def fail(_command: object, **options: object) -> object:
        return run([sys.executable, "-c", program], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(catalogue_module.subprocess, "run", fail)
    with pytest.raises(RendererError, match=r"libfoo.so.1.*libgl1 libegl1 libxrender1"):
        catalogue_module.definitions()


def test_a_describing_process_that_breaks_is_an_error_with_its_last_words(
    fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "_run_describe", lambda: "no JSON")
    with pytest.raises(RendererError, match="could not be described"):
        catalogue_module.definitions()
