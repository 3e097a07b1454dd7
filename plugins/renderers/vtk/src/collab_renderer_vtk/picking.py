"""What is at a point of a picture, and which points or cells are in a rectangle of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np
from vtkmodules.vtkCommonCore import mutable
from vtkmodules.vtkCommonDataModel import vtkCompositeDataSet, vtkPolyData, vtkSelectionNode
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import (
    MAX_SELECTED,
    ArrayInformation,
    Hit,
    Input,
    ProxyId,
    Selected,
    SelectedIds,
)
from collab_renderer_vtk.bridge import Array, to_numpy
from collab_renderer_vtk.curated.selections import CELL, POINT
from collab_renderer_vtk.extraction import extracted
from collab_renderer_vtk.parts import Shown
from collab_renderer_vtk.selections import blocks_of, frustum, numbers, selection_with
from collab_renderer_vtk.stage_error import StageError

ASSOCIATIONS = {"POINTS": POINT, "CELLS": CELL}

ORIGINAL_IDS = {POINT: "vtkOriginalPointIds", CELL: "vtkOriginalCellIds"}
"""Arrays in which VTK says where something was taken from."""

ROUNDS = 12
"""Of going to and fro between a ray and a cell: more than lines need that are no parallels."""

Ray = tuple[Array, Array]
"""Where it begins and ends, in front of and behind all that is seen."""

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pickable:
    """A representation in a window. surface: what is drawn of its data.

    exact: the cells that are drawn are the data's own, not an outline's.
    """

    prop: Any
    surface: Any
    shown: Shown
    source: Input
    exact: bool

    def block(self, number: int) -> tuple[Any, Any]:
        """The drawn surface and the data of a block; None where there is none."""
        surfaces, data = dict(blocks_of(self.surface)), dict(blocks_of(self.shown.data))
        return surfaces.get(number), data.get(number)

    def block_of(self, node: Any) -> int:
        """The flat index of the block that a node of a selection is about; 0: there are none."""
        if not isinstance(self.surface, vtkCompositeDataSet):
            return 0
        return int(node.GetProperties().Get(vtkSelectionNode.COMPOSITE_INDEX()))


def area_of(rectangle: tuple[float, ...], size_px: Size) -> tuple[int, int, int, int]:
    """A rectangle in pixels, the last ones included. Raises InvalidValueError."""
    if len(rectangle) != 4 or not all(0 <= side <= 1 for side in rectangle):
        raise InvalidValueError(
            f"{rectangle} is no rectangle of a picture; allowed: left, bottom, right and top, each "
            "from 0 to 1"
        )
    left, right = sorted(rectangle[::2])
    bottom, top = sorted(rectangle[1::2])
    width, height = size_px
    return (
        min(int(left * width), width - 1),
        min(int(bottom * height), height - 1),
        min(int(right * width), width - 1),
        min(int(top * height), height - 1),
    )


def hit(renderer: Any, found: Any, parts: Mapping[ProxyId, Pickable], x: float, y: float) -> Hit:
    """What a selection of one pixel means. x, y: as in `Pick`."""
    for id, part, node in _nodes(found, parts):
        block = part.block_of(node)
        surface, data = part.block(block)
        if surface is None or not node.GetSelectionList().GetNumberOfTuples():
            continue
        number = int(node.GetSelectionList().GetTuple1(0))
        cell = surface.GetCell(number)
        matrix = part.prop.GetMatrix()
        begin, end = (_moved(matrix, point, inverse=True) for point in _ray(renderer, x, y))
        at, weights = _nearest(cell, (begin, end))
        position = tuple(float(c) for c in _moved(matrix, at))
        source = part.source
        if not part.exact or data is None:
            return Hit(id, source.proxy, source.port, block, position=position)
        original = _original(surface, CELL, number)
        corners = [cell.GetPointId(i) for i in range(cell.GetNumberOfPoints())]
        near = min(
            range(len(corners)),
            key=lambda i: hypot(*(np.array(cell.GetPoints().GetPoint(i)) - at)),
        )
        point = _original(surface, POINT, corners[near])
        array = _colouring(part.shown)
        numbers = _value(surface, array, corners, weights, original, data) if array else ()
        return Hit(
            id,
            source.proxy,
            source.port,
            block,
            point,
            original,
            position,
            array.association if array else "",
            array.name if array else "",
            numbers,
            _in_words(array.name, numbers) if array else "",
        )
    return Hit()


def on_surface(
    found: Any, parts: Mapping[ProxyId, Pickable], association: str, corners: Array
) -> Selected:
    """The cells that a selection of a rectangle means, or those of their points that are in
    the rectangle."""
    collected: dict[tuple[ProxyId, int], list[Array]] = {}
    for id, part, node in _nodes(found, parts):
        block = part.block_of(node)
        surface, _ = part.block(block)
        if not part.exact or surface is None or not node.GetSelectionList().GetNumberOfTuples():
            continue
        ids = to_numpy(node.GetSelectionList()).reshape(-1)
        if association == "POINTS":
            ids = _points_within(surface, ids, _of_data(corners, part))
        array = _original_ids(surface, ASSOCIATIONS[association])
        collected.setdefault((id, block), []).append(ids if array is None else array[ids])
    return _selected(collected, parts, corners)


def _points_within(surface: Any, cells: Array, corners: Array) -> Array:
    """The points of cells that lie within a frustum. What VTK's own selection of points finds
    are hidden ones, too."""
    bare = vtkPolyData()
    bare.CopyStructure(surface)
    seen = extracted(bare, selection_with([numbers(cells, CELL)]))
    within = extracted(seen, selection_with([frustum(np.ravel(corners), POINT)]))
    found, of = _original_ids(within, POINT), _original_ids(seen, POINT)
    return np.zeros(0, int) if found is None or of is None else of[found]


def _of_data(corners: Array, part: Pickable) -> Array:
    """A frustum of the picture in the coordinates of a part's data."""
    matrix = part.prop.GetMatrix()
    return np.array([(*_moved(matrix, corner[:3], inverse=True), 1.0) for corner in corners])


def through(parts: Mapping[ProxyId, Pickable], association: str, corners: Array) -> Selected:
    """The points or cells of all data within a frustum, be they seen or not."""
    field_type = ASSOCIATIONS[association]
    collected: dict[tuple[ProxyId, int], list[Array]] = {}
    for id, part in parts.items():
        selection = selection_with([frustum(np.ravel(_of_data(corners, part)), field_type)])
        for block, leaf in blocks_of(extracted(part.shown.data, selection)):
            ids = _original_ids(leaf, field_type)
            if ids is not None and len(ids):
                collected.setdefault((id, block), []).append(ids)
    return _selected(collected, parts, corners)


def corners_of(renderer: Any, area: tuple[int, int, int, int]) -> Array:
    """The frustum of an area in pixels, (8, 4): as `frustum` takes it."""
    left, bottom, right, top = area
    edges = [(x, y, z) for x in (left, right + 1) for y in (bottom, top + 1) for z in (0.0, 1.0)]
    return np.array([(*_world(renderer, *edge), 1.0) for edge in edges])


# -- beneath -----------------------------------------------------------------------------------


def _nodes(
    found: Any, parts: Mapping[ProxyId, Pickable]
) -> Iterator[tuple[ProxyId, Pickable, Any]]:
    by_prop = {part.prop: id for id, part in parts.items()}
    for i in range(found.GetNumberOfNodes()):
        node = found.GetNode(i)
        id = by_prop.get(node.GetProperties().Get(vtkSelectionNode.PROP()))
        if id is not None:
            yield id, parts[id], node


def _selected(
    collected: Mapping[tuple[ProxyId, int], Iterable[Array]],
    parts: Mapping[ProxyId, Pickable],
    corners: Array,
) -> Selected:
    room, data, complete = MAX_SELECTED, [], True
    for (id, block), arrays in sorted(collected.items()):
        ids = np.unique(np.concatenate(list(arrays)))
        complete = complete and len(ids) <= room
        kept = tuple(int(i) for i in ids[:room])
        room -= len(kept)
        source = parts[id].source
        if kept:
            data.append(SelectedIds(id, source.proxy, source.port, block, kept))
    return Selected(tuple(data), tuple(map(float, np.ravel(corners))), complete)


def _colouring(shown: Shown) -> ArrayInformation | None:
    """The array that colours, if there is one."""
    try:
        return shown.array()
    except StageError:  # which is told where it is drawn
        return None


def _ray(renderer: Any, x: float, y: float) -> Ray:
    width, height = renderer.GetSize()
    begin, end = (_world(renderer, x * width, y * height, depth) for depth in (0.0, 1.0))
    return begin, end


def _world(renderer: Any, x: float, y: float, depth: float) -> Array:
    """Where a point of the picture lies; depth: 0 nearest, 1 farthest."""
    renderer.SetDisplayPoint(x, y, depth)
    renderer.DisplayToWorld()
    *point, weight = renderer.GetWorldPoint()
    return np.array(point) / (weight or 1.0)


def _moved(matrix: Any, point: Array, *, inverse: bool = False) -> Array:
    """A point of the data where it is drawn, or (inverse) the other way round."""
    if inverse:
        found = vtkMatrix4x4()
        vtkMatrix4x4.Invert(matrix, found)
        matrix = found
    return np.array(matrix.MultiplyPoint((*point, 1.0))[:3])


def _nearest(cell: Any, ray: Ray) -> tuple[Array, list[float]]:
    """Where a cell comes nearest to a ray, and the parts that its points have there."""
    begin, end = ray
    along = end - begin
    weights = [0.0] * max(cell.GetNumberOfPoints(), 1)
    bounds = cell.GetBounds()
    at = np.array([(bounds[2 * i] + bounds[2 * i + 1]) / 2 for i in range(3)])
    t, where, coordinates, part = mutable(0.0), [0.0] * 3, [0.0] * 3, mutable(0)
    if cell.GetCellDimension() >= 2 and cell.IntersectWithLine(
        begin, end, 0.0, t, where, coordinates, part
    ):
        at = np.array(where)
    for _ in range(ROUNDS):
        share = float(np.dot(at - begin, along)) / (float(np.dot(along, along)) or 1.0)
        on_ray = begin + min(max(share, 0.0), 1.0) * along
        closest = [0.0] * 3
        cell.EvaluatePosition(on_ray, closest, part, coordinates, mutable(0.0), weights)
        before, at = at, np.array(closest)
        if hypot(*(at - before)) <= 1e-12 * hypot(*along):
            break
    return at, weights


def _original_ids(data: Any, field_type: int) -> Array | None:
    fields = data.GetPointData() if field_type == POINT else data.GetCellData()
    array = fields.GetArray(ORIGINAL_IDS[field_type])
    return None if array is None else to_numpy(array)


def _original(surface: Any, field_type: int, id: int) -> int:
    ids = _original_ids(surface, field_type)
    return id if ids is None else int(ids[id])


def _value(
    surface: Any,
    array: ArrayInformation,
    corners: list[int],
    weights: list[float],
    cell: int,
    data: Any,
) -> tuple[float, ...]:
    """The components of an array at a place on a cell; () if this block has none."""
    if array.association == "CELLS":
        found = data.GetCellData().GetArray(array.name)
        return tuple(map(float, found.GetTuple(cell))) if found else ()
    found = surface.GetPointData().GetArray(array.name)
    if found is None:
        return ()
    tuples = np.array([found.GetTuple(corner) for corner in corners])
    return tuple(float(number) for number in np.array(weights[: len(corners)]) @ tuples)


def _in_words(name: str, numbers: tuple[float, ...]) -> str:
    text = ", ".join(f"{number:.6g}" for number in numbers)
    return f"{name}: {text if len(numbers) == 1 else f'({text})'}" if numbers else ""
