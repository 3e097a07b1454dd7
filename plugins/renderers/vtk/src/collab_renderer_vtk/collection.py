"""ParaView's collections (.pvd): an XML file that says which files there are at which time."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from xml.etree import ElementTree

from collab_renderer_vtk.file_series import Part, Step
from collab_renderer_vtk.references import MAX_FILES, MAX_INDEX_BYTES
from collab_renderer_vtk.stage_error import StageError


def steps_of(path: Path) -> Sequence[Step]:
    """The steps of a collection by time, the files of each in the order of their parts.

    Raises StageError for what is no collection, or names nothing or too much.
    """
    parts: dict[float, list[tuple[int, Part]]] = {}
    elements = _data_sets(path)
    if len(elements) > MAX_FILES:
        raise StageError(f"{path}: names {len(elements)} files: at most {MAX_FILES} are read")
    for element in elements:
        time = _number(path, element, "timestep")
        number = int(_number(path, element, "part"))
        file = element.get("file", "")
        if not file:
            raise StageError(f"{path}: a DataSet of time {time:g} names no file")
        part = Part(str(path.parent / file), element.get("name", ""))
        parts.setdefault(time, []).append((number, part))
    return [
        Step(time, tuple(part for _, part in sorted(found, key=lambda numbered: numbered[0])))
        for time, found in sorted(parts.items())
    ]


def _data_sets(path: Path) -> list[ElementTree.Element]:
    try:
        if path.stat().st_size > MAX_INDEX_BYTES:
            raise StageError(f"{path}: is too large for a file that names others")
        root = ElementTree.parse(path).getroot()
    except OSError as error:
        raise StageError(f"{path}: {error.strerror or error}") from None
    except ElementTree.ParseError as error:
        raise StageError(f"{path}: {error}") from None
    found = root.findall("Collection/DataSet")
    if root.get("type") != "Collection" or not found:
        raise StageError(f"{path}: names no files: it has no DataSet in a Collection")
    return found


def _number(path: Path, element: ElementTree.Element, name: str) -> float:
    text = element.get(name) or "0"
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise StageError(f"{path}: {name}={text!r:.60} is no number")
    return number
