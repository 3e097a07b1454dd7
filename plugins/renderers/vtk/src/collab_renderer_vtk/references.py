"""Files that a file names: a reader opens them too, so each must be one that may be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

from collab_renderer_vtk.stage_error import StageError

MAX_FILES = 10_000
MAX_DEPTH = 8
MAX_INDEX_BYTES = 64 * 1024 * 1024
"""A file that only names others is small."""

References: TypeAlias = Callable[[Path], Iterable[str]]
"""The names in a file of one format, as they stand there; relative ones start at its folder.
Raises StageError or OSError."""


def names_nothing(_path: Path) -> Iterable[str]:
    """Of a format whose files hold all of their data themselves."""
    return ()


def xml_file_attributes(path: Path) -> Iterable[str]:
    """Of VTK's XML formats that name files in attributes `file`."""
    if path.stat().st_size > MAX_INDEX_BYTES:
        raise StageError(f"{path}: is too large for a file that names others")
    try:
        elements = ElementTree.parse(path).iter()
    except ElementTree.ParseError as error:
        raise StageError(f"{path}: {error}") from None
    return [value for element in elements if (value := element.get("file"))]


def check_references(
    path: str,
    references: References,
    formats: Mapping[str, References],
    allowed: Callable[[str], str],
) -> None:
    """Ask `allowed` about every file that VTK opens with the one at `path`, directly or not.

    references: of that file.  formats: by extension, those of files that it may name; one of any
    other is refused, as nobody knows what it names. Raises StageError, or what `allowed` does.
    """
    todo = [(Path(path), references, 0)]
    seen = {Path(path)}
    while todo:
        file, names, depth = todo.pop()
        for name in _names_in(file, names):
            named = Path(allowed(str(file.parent / name)))
            if named in seen:
                continue
            seen.add(named)
            if depth >= MAX_DEPTH:
                raise StageError(f"{path}: names files that name files, more than {MAX_DEPTH} deep")
            if len(seen) > MAX_FILES:
                raise StageError(f"{path}: names more than {MAX_FILES} files")
            further = formats.get(named.suffix[1:].lower())
            if further is None:
                raise StageError(f"{file}: names {name}, which is of no format known here")
            todo.append((named, further, depth + 1))


def _names_in(file: Path, references: References) -> Iterable[str]:
    if not file.exists():  # VTK says which file is missing
        return ()
    try:
        return references(file)
    except OSError as error:
        raise StageError(f"{file}: {error.strerror or error}") from None
