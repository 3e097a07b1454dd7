"""The names of paraview.simple, on a shared session.

    from collab.simple import *

    sphere = Sphere(ThetaResolution=32)
    Show(sphere)
    Render()

Every call waits for its acknowledgement and raises its error. The script sees one state of the
session: its own changes move it, and `collab.collaboration.processServerEvents()` moves it to
the newest.
"""

from __future__ import annotations

from typing import Any

from collab.animation import GetAnimationScene, GetTimeKeeper
from collab.arranging import (
    AssignViewToLayout,
    CreateLayout,
    EqualizeViewsBothDirections,
    EqualizeViewsHorizontally,
    EqualizeViewsVertically,
    GetLayout,
    GetLayoutByName,
    GetLayouts,
    RemoveLayout,
    RemoveViewFromLayout,
    RemoveViewsAndLayouts,
    RenameLayout,
)
from collab.client import client
from collab.colours import (
    ColorBy,
    GetColorTransferFunction,
    GetLookupTableForArray,
    GetOpacityTransferFunction,
    GetScalarBar,
    HideScalarBarIfNotNeeded,
    HideUnusedScalarBars,
    UpdateScalarBars,
)
from collab.connecting import (
    Connect,
    Disconnect,
    GetActiveConnection,
    ReverseConnect,
    SetActiveConnection,
    enableMultiServer,
)
from collab.constructors import Constructor, names, offered_builtin
from collab.keyframes import CompositeKeyFrame, GetAnimationTrack
from collab.links import (
    AddCameraLink,
    AddPropertyLink,
    AddProxyLink,
    AddRenderViewLink,
    AddViewLink,
    GetLinks,
    RemoveCameraLink,
    RemoveLink,
)
from collab.missing import REASONS, Missing
from collab.pipeline import OutputPort
from collab.publishing import publish
from collab.selecting import (
    ClearSelection,
    QuerySelect,
    SelectCells,
    SelectCellsThrough,
    SelectCompositeDataIDs,
    SelectIDs,
    SelectPoints,
    SelectPointsThrough,
    SelectSurfaceCells,
    SelectSurfacePoints,
    SelectThresholds,
)
from collab.sources import (
    Delete,
    FetchData,
    FindSource,
    GetActiveSource,
    GetSources,
    OpenDataFile,
    RenameProxy,
    RenameSource,
    SaveData,
    SetActiveSource,
    SetProperties,
    UpdatePipeline,
)
from collab.state_files import LoadState, SaveState
from collab.viewing import (
    CreateRenderView,
    CreateView,
    CreateXYPlotView,
    FindView,
    GetActiveCamera,
    GetActiveView,
    GetActiveViewOrCreate,
    GetDisplayProperties,
    GetRenderViews,
    GetRepresentation,
    GetRepresentations,
    GetViews,
    Hide,
    HideAll,
    Render,
    RenderAllViews,
    ResetCamera,
    SaveScreenshot,
    SetActiveView,
    SetDisplayProperties,
    SetViewProperties,
    Show,
    WriteImage,
)
from collab_kernel.client import nearest

_FUNCTIONS = (
    AssignViewToLayout, CreateLayout, EqualizeViewsBothDirections, EqualizeViewsHorizontally,
    EqualizeViewsVertically, GetLayout, GetLayoutByName, GetLayouts, RemoveLayout,
    RemoveViewFromLayout, RemoveViewsAndLayouts, RenameLayout,
    AddCameraLink, AddPropertyLink, AddProxyLink, AddRenderViewLink, AddViewLink,
    ClearSelection, ColorBy, CompositeKeyFrame, Connect, CreateRenderView, CreateView,
    CreateXYPlotView, Delete, Disconnect, FetchData, FindSource, FindView, GetActiveCamera,
    GetActiveConnection,
    GetActiveSource, GetActiveView, GetActiveViewOrCreate, GetAnimationScene, GetAnimationTrack,
    GetColorTransferFunction, GetLinks, GetOpacityTransferFunction, GetRenderViews,
    GetRepresentation, GetRepresentations, GetScalarBar, GetSources, GetTimeKeeper, GetViews,
    Hide, HideAll, HideScalarBarIfNotNeeded, HideUnusedScalarBars, LoadState, OpenDataFile,
    OutputPort, QuerySelect, RemoveLink, RenameProxy, RenameSource, Render, RenderAllViews,
    ResetCamera,
    ReverseConnect, SaveData, SaveScreenshot, SaveState, SelectCells, SelectCellsThrough,
    SelectCompositeDataIDs, SelectIDs, SelectPoints, SelectPointsThrough, SelectSurfaceCells,
    SelectSurfacePoints, SelectThresholds, SetActiveConnection, SetActiveSource, SetActiveView,
    SetDisplayProperties, SetProperties, SetViewProperties, Show, UpdatePipeline,
    UpdateScalarBars, enableMultiServer,
)  # fmt: skip

_ALIASES = {
    "GetDisplayProperties": GetDisplayProperties,
    "GetLookupTableForArray": GetLookupTableForArray,
    "RemoveCameraLink": RemoveCameraLink,
    "WriteImage": WriteImage,
}

_constructors = offered_builtin()
_missing = {name: Missing(name) for name in REASONS}
globals().update({n: f for n, f in (_missing | _constructors).items() if n not in globals()})

__all__ = sorted(  # the constructors are those of the catalogue
    {function.__name__ for function in _FUNCTIONS}
    | _ALIASES.keys()
    | _constructors.keys()
    | _missing.keys()
)

publish(globals(), __all__)


def __getattr__(name: str) -> Any:
    """Constructors that only the active server has."""
    connection = client.current
    if connection is not None and name in names(connection.session.types):
        return Constructor(name)
    near = nearest(name, __all__)
    raise AttributeError(
        f"module {__name__!r} has no attribute {name!r}"
        + (f"; did you mean {near}?" if near else "")
    )
