"""Whether a file can be what a reader expects: looked at before VTK opens it.

VTK's own readers take what they find: some return nothing without a word, one reads any bytes
as triangles, one ends the process where a file ends too early.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collab_renderer_vtk.legacy_files import has_all_numbers
from collab_renderer_vtk.stage_error import StageError

START_BYTES = 64 * 1024
END_BYTES = 1024
LARGE_TEXT_BYTES = 256 * 1024 * 1024
"""Above this a text is not counted through: reading it is slow enough."""

_STL_HEADER_BYTES = 84
_STL_TRIANGLE_BYTES = 50
_OBJ_LINE = re.compile(rb"^\s*v\s+[-+.\d]", re.MULTILINE)
_PLY_BYTES = {
    **dict.fromkeys(("char", "uchar", "int8", "uint8"), 1),
    **dict.fromkeys(("short", "ushort", "int16", "uint16"), 2),
    **dict.fromkeys(("int", "uint", "float", "int32", "uint32", "float32"), 4),
    **dict.fromkeys(("double", "float64"), 8),
}


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a look at a file shows."""

    file: Path
    start: bytes
    end: bytes
    size: int


def check_file(path: str, reader: Any, extension: str) -> None:
    """Raise StageError, naming file and reason, when `reader` can't make sense of the file.

    reader: None for a format that is looked at here.
    """
    if not path:
        raise StageError("no file name is given")
    if "\0" in path:
        raise StageError(f"{path!r}: no file can have this name")
    file = Path(path)
    if not file.exists():
        raise StageError(f"{path}: there is no such file")
    if not file.is_file():
        raise StageError(f"{path}: is no file")
    if not os.access(file, os.R_OK):
        raise StageError(f"{path}: may not be read")
    try:
        seen = _glimpse(file)
    except OSError as error:
        raise StageError(f"{path}: {error.strerror or error}") from None
    if not seen.size:
        raise StageError(f"{path}: is empty")
    look = _LOOKS.get(extension)
    fits = look(seen) if look else bool(reader.CanReadFile(path))
    if not fits:
        raise StageError(f"{path}: is no .{extension} file that this reader understands")
    complete = _COMPLETE.get(extension)
    if complete and not complete(seen):
        raise StageError(f"{path}: ends too early")


def _glimpse(file: Path) -> Glimpse:
    with file.open("rb") as opened:
        start = opened.read(START_BYTES)
        size = opened.seek(0, os.SEEK_END)
        opened.seek(max(0, size - END_BYTES))
        return Glimpse(file, start, opened.read(END_BYTES), size)


def _is_legacy(seen: Glimpse) -> bool:
    return seen.start.lower().startswith(b"# vtk datafile version")


def _legacy_is_complete(seen: Glimpse) -> bool:
    words = seen.start.upper().split(b"\n", 3)
    text = len(words) > 2 and words[2].strip() == b"ASCII"
    return not text or seen.size > LARGE_TEXT_BYTES or has_all_numbers(seen.file.read_bytes())


def _is_collection(seen: Glimpse) -> bool:
    return b"<VTKFile" in seen.start and b"Collection" in seen.start


def _is_obj(seen: Glimpse) -> bool:
    return b"\0" not in seen.start and _OBJ_LINE.search(seen.start) is not None


def _is_text_stl(seen: Glimpse) -> bool:
    start = seen.start.lower()
    return start.lstrip().startswith(b"solid") and b"facet" in start and b"\0" not in start


def _is_stl(seen: Glimpse) -> bool:
    """The binary format has no mark: only a length that its number of triangles must fit."""
    if _is_text_stl(seen) or seen.size < _STL_HEADER_BYTES:
        return _is_text_stl(seen)
    triangles = _stl_triangles(seen)
    return triangles > 0 and seen.size <= 2 * (_STL_HEADER_BYTES + triangles * _STL_TRIANGLE_BYTES)


def _stl_triangles(seen: Glimpse) -> int:
    triangles: int = struct.unpack_from("<I", seen.start, _STL_HEADER_BYTES - 4)[0]
    # Text read as a number is far more triangles than any file of its length has.
    plausible = triangles * _STL_TRIANGLE_BYTES <= 100 * seen.size
    return triangles if plausible else 0


def _stl_is_complete(seen: Glimpse) -> bool:
    if _is_text_stl(seen):
        return b"endsolid" in seen.end.lower()
    return seen.size >= _STL_HEADER_BYTES + _stl_triangles(seen) * _STL_TRIANGLE_BYTES


def _is_ply(seen: Glimpse) -> bool:
    return seen.start.startswith((b"ply\n", b"ply\r")) and b"end_header" in seen.start


def _ply_is_complete(seen: Glimpse) -> bool:
    """Whether there is room for what the header announces, polygons being triangles at least."""
    header, _, _ = seen.start.partition(b"end_header")
    text = b"format ascii" in header
    needed = len(header)
    count = 0
    for line in header.decode("ascii", "replace").splitlines():
        match line.split():
            case ["element", _, number] if number.isdigit():
                count = int(number)
                needed += 2 * count if text else 0  # a digit and the end of the line
            case ["property", "list", length, item, _] if not text:
                needed += count * (_PLY_BYTES.get(length, 1) + 3 * _PLY_BYTES.get(item, 1))
            case ["property", kind, _] if not text:
                needed += count * _PLY_BYTES.get(kind, 1)
    return seen.size >= needed


_LOOKS: dict[str, Callable[[Glimpse], bool]] = {
    "vtk": _is_legacy,
    "ply": _is_ply,
    "obj": _is_obj,
    "stl": _is_stl,
    "pvd": _is_collection,
}
"""For the formats whose readers can't tell. The XML readers can."""

_COMPLETE: dict[str, Callable[[Glimpse], bool]] = {
    "vtk": _legacy_is_complete,
    "ply": _ply_is_complete,
    "stl": _stl_is_complete,
}
"""For the formats whose readers go on where there is nothing."""
