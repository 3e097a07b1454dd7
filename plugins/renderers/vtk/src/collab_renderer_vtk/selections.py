"""What a selection source means in data, as VTK's selections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import (
    vtkCompositeDataSet,
    vtkDataSet,
    vtkSelection,
    vtkSelectionNode,
)

from collab_kernel.spi import ProxyId, State
from collab_renderer_vtk import objects
from collab_renderer_vtk.bridge import Array, to_vtk, to_vtk_ids
from collab_renderer_vtk.curated.selections import (
    CELL,
    COMPOSITE_ID_SOURCE,
    FRUSTUM_SOURCE,
    ID_SOURCE,
    POINT,
    QUERY_SOURCE,
)
from collab_renderer_vtk.query_string import QueryString
from collab_renderer_vtk.stage_error import StageError

CORNERS = 8


def selection_of(state: State, source: ProxyId, data: Any) -> Any:
    """The vtkSelection that a selection source's proxy stands for in `data`. Raises StageError."""
    row = state.proxies.get(source)
    key = (row.group, row.type) if row else ("", "")
    field_type: int = objects.plain(state, source, "FieldType", CELL)
    if key == QUERY_SOURCE.key:
        nodes = list(_by_query(state, source, data))
    elif key == FRUSTUM_SOURCE.key:
        nodes = [frustum(objects.elements(state, source, "Frustum"), field_type)]
    elif key == ID_SOURCE.key:
        [ids] = _columns(state, source, ("number",))
        nodes = [numbers(ids, field_type)]
    elif key == COMPOSITE_ID_SOURCE.key:
        nodes = list(_by_block(state, source, data, field_type))
    else:
        raise StageError(f"{state.title(source)} says nothing of what is selected")
    containing = objects.plain(state, source, "ContainingCells", False)
    inverse = objects.plain(state, source, "InsideOut", False)
    for node in nodes:
        node.GetProperties().Set(vtkSelectionNode.CONTAINING_CELLS(), int(containing))
        # VTK takes all of any other block for the inverse of a block's node.
        alone = not node.GetProperties().Has(vtkSelectionNode.COMPOSITE_INDEX())
        node.GetProperties().Set(vtkSelectionNode.INVERSE(), int(inverse and alone))
    return selection_with(nodes)


def frustum(corners: Iterable[float], field_type: int) -> Any:
    """A node for what lies within a frustum: eight corners, x y z w each."""
    node = _node(vtkSelectionNode.FRUSTUM, field_type)
    node.SetSelectionList(to_vtk(np.array(tuple(corners), float).reshape(CORNERS, 4)))
    return node


def numbers(ids: Array, field_type: int, block: int = 0) -> Any:
    """A node for points or cells by number; block: the flat index, 0 for all there are."""
    node = _node(vtkSelectionNode.INDICES, field_type)
    node.SetSelectionList(to_vtk_ids(ids))
    if block:
        node.GetProperties().Set(vtkSelectionNode.COMPOSITE_INDEX(), block)
    return node


def selection_with(nodes: Iterable[Any]) -> Any:
    """A vtkSelection."""
    selection = vtkSelection()
    for node in nodes:
        selection.AddNode(node)
    return selection


def blocks_of(data: Any) -> Iterator[tuple[int, Any]]:
    """The data sets of composite data by flat index; 0 and `data` itself if it is none."""
    if not isinstance(data, vtkCompositeDataSet):
        yield 0, data
        return
    iterator = data.NewIterator()
    iterator.SkipEmptyNodesOn()
    iterator.InitTraversal()
    while not iterator.IsDoneWithTraversal():
        yield iterator.GetCurrentFlatIndex(), iterator.GetCurrentDataObject()
        iterator.GoToNextItem()


def _node(content: int, field_type: int) -> Any:
    node = vtkSelectionNode()
    node.SetContentType(content)
    node.SetFieldType(field_type)
    return node


def _columns(state: State, source: ProxyId, names: tuple[str, ...]) -> list[Array]:
    """What `IDs` has of each, the process left out. Raises StageError."""
    ids = objects.elements(state, source, "IDs")
    width = len(names) + 1
    if len(ids) % width:
        what = " and ".join((*names[:-1], "process", names[-1]))
        raise StageError(f"IDs has {len(ids)} numbers, and needs {what} again and again")
    table = np.array(ids, np.int64).reshape(-1, width)
    return [*table[:, :-2].T, table[:, -1]]


def _by_block(state: State, source: ProxyId, data: Any, field_type: int) -> Iterator[Any]:
    blocks, ids = _columns(state, source, ("block", "number"))
    inverse = objects.plain(state, source, "InsideOut", False)
    for block, leaf in blocks_of(data):
        meant = ids[blocks == block] if block else ids
        if inverse and block and isinstance(leaf, vtkDataSet):
            points = field_type == POINT
            count = leaf.GetNumberOfPoints() if points else leaf.GetNumberOfCells()
            meant = np.setdiff1d(np.arange(count), meant)
        yield numbers(meant, field_type, block)


def _by_query(state: State, source: ProxyId, data: Any) -> Iterator[Any]:
    query = QueryString(objects.plain(state, source, "QueryString", ""))
    points = objects.plain(state, source, "ElementType", 0) == 0
    inverse = objects.plain(state, source, "InsideOut", False)
    problem: StageError | None = None
    answered = False
    for block, leaf in blocks_of(data):
        if isinstance(leaf, vtkDataSet):
            try:
                mask = query.mask(leaf, points=points)
            except StageError as error:  # blocks need not have the same arrays
                problem = error
                continue
            answered = True
            mask = mask ^ inverse if block else mask
            yield numbers(np.flatnonzero(mask), POINT if points else CELL, block)
    if problem is not None and not answered:
        raise problem
