"""Python that a participant wrote, as a stage of the pipeline.

A script finds what ParaView's does: `self` (the algorithm), `inputs` and `output` (wrapped by
VTK's `dataset_adapter`), `vtk`, and the names of `numpy_interface.algorithms`. It runs in this
process, with all that this process may do; whether it runs at all the pipeline has asked before.
"""
# ruff: noqa: N802  VTK and scripts ask by these names

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vtkmodules.numpy_interface import algorithms, dataset_adapter
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonCore import vtkOutputWindow
from vtkmodules.vtkCommonDataModel import vtkDataObject, vtkDataObjectTypes

from collab_renderer_vtk.curated.programmable import SAME_AS_INPUT
from collab_renderer_vtk.curated.vocabulary import CuratedType
from collab_renderer_vtk.stages import Settings, Stage

_SCRIPTS = ("Script", "InformationScript", "UpdateExtentScript")
_NAMES_VTK = re.compile(r"\bvtk\s*\.")
_KIND = re.compile(r"Get(\w+?)(Input|Output)")


class CancelledScript(BaseException):
    """Ends a script that was to be given up, also where that catches every Exception."""


class Programmable(VTKPythonAlgorithmBase):
    """An algorithm whose requests are answered by scripts. failure: of the last one."""

    def __init__(self, inputs: int) -> None:
        super().__init__(nInputPorts=inputs, nOutputPorts=1)  # type: ignore[no-untyped-call]
        self.failure = ""
        self._scripts: Mapping[str, str] = {}
        self._type = 0
        self._copy_arrays = False
        self._parameters: tuple[str, ...] = ()
        self._path: tuple[str, ...] = ()

    def set_up(self, settings: Settings) -> None:
        """Take over scripts and what goes with them."""
        said = (
            {name: str(settings.plain(name, "")) for name in _SCRIPTS},
            int(settings.plain("OutputDataSetType", 0)),
            bool(settings.plain("CopyArrays", False)),
            tuple(settings.elements("Parameters")),
            tuple(p for p in str(settings.plain("PythonPath", "")).split(";") if p),
        )
        self._scripts, self._type, self._copy_arrays, self._parameters, self._path = said
        self.failure = ""
        self.Modified()

    # -- what VTK asks ---------------------------------------------------------------------

    def FillInputPortInformation(self, port: int, info: Any) -> int:
        info.Set(self.INPUT_REQUIRED_DATA_TYPE(), "vtkDataObject")
        info.Set(self.INPUT_IS_REPEATABLE(), 1)
        return 1

    def FillOutputPortInformation(self, port: int, info: Any) -> int:
        info.Set(vtkDataObject.DATA_TYPE_NAME(), "vtkDataObject")
        return 1

    def RequestDataObject(self, request: Any, inputs: Any, outputs: Any) -> int:
        made = None
        if self._type != SAME_AS_INPUT:
            made = vtkDataObjectTypes.NewDataObject(self._type)
        elif (first := self.GetInput()) is not None:
            made = first.NewInstance()
        if made is None:
            return 0
        outputs.GetInformationObject(0).Set(made.DATA_OBJECT(), made)
        return 1

    def RequestInformation(self, request: Any, inputs: Any, outputs: Any) -> int:
        return self._run("InformationScript")

    def RequestUpdateExtent(self, request: Any, inputs: Any, outputs: Any) -> int:
        return self._run("UpdateExtentScript")

    def RequestData(self, request: Any, inputs: Any, outputs: Any) -> int:
        given, output = self.GetInput(), self.GetOutput()
        if given is not None and type(given) is type(output) and hasattr(output, "CopyStructure"):
            output.CopyStructure(given)
            if self._copy_arrays:
                output.GetPointData().PassData(given.GetPointData())
                output.GetCellData().PassData(given.GetCellData())
                output.GetFieldData().PassData(given.GetFieldData())
        return self._run("Script")

    # -- what a script asks ----------------------------------------------------------------

    def GetInput(self) -> Any:
        """The first input; None where there is none."""
        connected = self.GetNumberOfInputPorts() and self.GetNumberOfInputConnections(0)
        return self.GetInputDataObject(0, 0) if connected else None

    def GetOutput(self) -> Any:
        return self.GetOutputDataObject(0)

    def __getattr__(self, name: str) -> Any:
        """`GetPolyDataOutput` and its like."""
        if found := _KIND.fullmatch(name):
            return self.GetInput if found[2] == "Input" else self.GetOutput
        raise AttributeError(f"the algorithm of a script has no {name!r}")

    def UpdateProgress(self, fraction: float) -> None:
        """Say how far the script is; ends it here if it is to be given up."""
        super().UpdateProgress(fraction)
        if self.GetAbortExecute():
            raise CancelledScript

    # -- running ---------------------------------------------------------------------------

    def _run(self, name: str) -> int:
        """1, or 0 where the script failed: then `failure` says at which line."""
        script = self._scripts.get(name, "")
        if not script.strip():
            return 1
        try:
            with _found_first(self._path):
                exec(compile(script, name, "exec"), self._variables(script))
        except CancelledScript:
            return 0
        except BaseException as error:  # a script's exit ends the script
            self.failure = _told(error, name)
            vtkOutputWindow.GetInstance().DisplayErrorText(self.failure)
            return 0
        return 1

    def _variables(self, script: str) -> dict[str, Any]:
        variables = {n: v for n, v in vars(algorithms).items() if not n.startswith("_")}
        variables |= {"__name__": "__collab_script__", "dataset_adapter": dataset_adapter}
        if _NAMES_VTK.search(script):
            import vtkmodules.all

            variables["vtk"] = vtkmodules.all
        connections = self.GetNumberOfInputConnections(0) if self.GetNumberOfInputPorts() else 0
        given = [self.GetInputDataObject(0, i) for i in range(connections)]
        variables["self"] = self
        variables["inputs"] = [_wrapped(data) for data in given]
        variables["output"] = _wrapped(self.GetOutput())
        for parameter, expression in zip(
            self._parameters[::2], self._parameters[1::2], strict=False
        ):
            variables[parameter] = eval(expression, variables)
        return variables


def _wrapped(data: Any) -> Any:
    """Data whose arrays are NumPy's."""
    return dataset_adapter.WrapDataObject(data)  # type: ignore[no-untyped-call]  # as all of it


@contextmanager
def _found_first(folders: tuple[str, ...]) -> Iterator[None]:
    """Modules are looked for in `folders` first."""
    before = list(sys.path)
    sys.path[:0] = folders
    try:
        yield
    finally:
        sys.path[:] = before


def _told(error: BaseException, script: str) -> str:
    """The error, and the line of the script at which it happened."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == script]
    line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{script}, line {line}: {type(error).__name__}: {text}"


class ProgrammableStage(Stage):
    """An algorithm of scripts, of any number of inputs."""

    def __init__(self, curated: CuratedType) -> None:
        super().__init__(curated)
        self.algorithm = Programmable(1 if curated.group == "filters" else 0)

    def explain(self, problem: str) -> str:
        return self.algorithm.failure or problem

    def set_up(self, settings: Settings) -> None:
        self.algorithm.set_up(settings)
        for name, feeds in settings.inputs.items():
            self.connect(0, settings.feeds[name])
            for feed in feeds[1:]:
                self.algorithm.AddInputConnection(0, feed.connection)
