"""Names of paraview.simple that mean nothing here yet: a script that uses one stops with a
sentence that says so, not with a NameError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from collab_kernel.errors import InvalidCommandError

_BY_REASON = {
    "set RGBPoints of GetColorTransferFunction(...)": """
        ApplyPreset AssignFieldToColorPreset AssignLookupTable CreateLookupTable
        CreatePiecewiseFunction CreateScalarBar ExportTransferFunction GetTransferFunction2D
        ImportPresets LoadLookupTable LoadPalette MakeBlueToRedLT""",
    "go through GetTimeKeeper().TimestepValues, and save a picture of each": """
        AnimateReader SaveAnimation WriteAnimation WriteAnimationGeometry""",
    "properties are animated (GetAnimationTrack), cameras and time itself are not": """
        GetCameraTrack GetRepresentationAnimationHelper GetTimeTrack""",
    "SelectSurfaceCells() and SelectCompositeDataIDs() select cells of blocks": """
        SelectBlocks SelectSurfaceBlocks""",
    "delete what is there, or start another session": """
        ResetSession""",
    "SaveData() writes the data of one source": """
        CreateExtractor CreateWriter ExportView GetExtractors SaveExtracts
        SaveExtractsUsingCatalystOptions""",
    "use OpenDataFile(...) again": """
        ExtendFileSeries ReloadFiles ReplaceReaderFileName""",
    "plugins are installed where the server runs": """
        LoadCustomFilters LoadDistributedPlugin LoadPlugin LoadPlugins""",
    "the selection of a source is that source's own": """
        AddSelectionLink RemoveSelectionLink""",
    "there is the light of the views, and no other": """
        AddLight CreateLight GetLight RemoveLight GetMaterialLibrary CreateTexture
        FindTextureOrCreate""",
    "there are render views, and charts of lines (CreateXYPlotView)": """
        CreateBarChartView CreateComparativeRenderView CreateComparativeXYPlotView
        CreateParallelCoordinatesChartView CreateXYPointPlotView""",
    "a script's pictures come by SaveScreenshot()": """
        HideInteractiveWidgets Interact ShowInteractiveWidgets""",
    "set the property again": "ResetProperty",
    "set CameraPosition and the like of the view": "ResetCameraToDirection",
    "settings belong to each participant's own program": "GetSettingsProxy",
}

REASONS: Mapping[str, str] = {
    name: reason for reason, names in _BY_REASON.items() for name in names.split()
}


class NotThereYetError(InvalidCommandError, NotImplementedError):
    """ParaView has it, and Collab does not yet."""

    code = "refused.invalid_command.not_there_yet"


class Missing:
    """A function of paraview.simple that is not there yet: calling it says so."""

    def __init__(self, name: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = f"Not there yet: {REASONS[name]}."

    def __repr__(self) -> str:
        return f"<{self.__name__}: not there yet>"

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise NotThereYetError(f"{self.__name__} is not there yet: {REASONS[self.__name__]}")


def refuse(function: str, options: Mapping[str, Any], known: frozenset[str]) -> None:
    """Let options of ParaView's that are `known`, and off, pass.

    Raises NotThereYetError for one that is on, TypeError for any other, as Python does.
    """
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
        if value:
            raise NotThereYetError(f"{function}: {name}={value!r:.60} is not there yet")
