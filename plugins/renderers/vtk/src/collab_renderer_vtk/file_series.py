"""A file for each time step, as one algorithm that VTK can ask for any of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonCore import vtkOutputWindow
from vtkmodules.vtkCommonDataModel import (
    vtkDataObject,
    vtkDataObjectTypes,
    vtkMultiBlockDataSet,
)
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline

from collab_renderer_vtk.stage_error import in_words

_SHAPE = (
    vtkStreamingDemandDrivenPipeline.WHOLE_EXTENT(),
    vtkDataObject.ORIGIN(),
    vtkDataObject.SPACING(),
)
"""What later algorithms want to know of a grid before it is there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a step. name: of its block, where a step has several."""

    file: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What there is from `time` on, until the next step's."""

    time: float
    parts: tuple[Part, ...]


def step_at(steps: Sequence[Step], time: float) -> Step:
    """The last step that is not later than `time`, or the first one. Times ascend."""
    return steps[max(0, bisect_right(steps, time, key=lambda step: step.time) - 1)]


class FileSeries(VTKPythonAlgorithmBase):
    """Puts out what the files of a step hold: of several parts, as blocks.

    opened: the VTK reader of a part's file, ready to be updated; may raise any exception.
    """

    def __init__(self, opened: Callable[[Part], Any]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # VTK's Python code has no types
            nInputPorts=0, nOutputPorts=1, outputType="vtkDataObject"
        )
        self._opened = opened
        self.steps: tuple[Step, ...] = ()
        self._now: Step | None = None

    def set_up(self, steps: tuple[Step, ...], now: Step) -> None:
        """now: the step whose type and shape are told before anything is read."""
        self.steps, self._now = steps, now
        self.Modified()  # a file may have changed where no name has

    def RequestDataObject(self, _request: Any, _inputs: Any, outputs: Any) -> int:  # noqa: N802
        return self._answer(outputs, self._put_out_type)

    def RequestInformation(self, _request: Any, _inputs: Any, outputs: Any) -> int:  # noqa: N802
        return self._answer(outputs, self._tell_shape)

    def RequestData(self, _request: Any, _inputs: Any, outputs: Any) -> int:  # noqa: N802
        return self._answer(outputs, self._put_out_data)

    def _answer(self, outputs: Any, work: Callable[[Any, Step], None]) -> int:
        """1, or 0 after VTK was told what is wrong: nothing may be raised into it."""
        try:
            assert self._now is not None, "nothing is asked before it is set up"
            work(outputs.GetInformationObject(0), self._now)
        except Exception as error:
            vtkOutputWindow.GetInstance().DisplayErrorText(in_words(error))
            return 0
        return 1

    def _put_out_type(self, information: Any, now: Step) -> None:
        name = "vtkMultiBlockDataSet"
        if len(now.parts) == 1:
            reader = self._opened(now.parts[0])
            reader.UpdateInformation()
            name = reader.GetOutputDataObject(0).GetClassName()
        before: Any = vtkDataObject.GetData(information)
        if before is None or before.GetClassName() != name:
            made = vtkDataObjectTypes.NewDataObject(name)
            information.Set(vtkDataObject.DATA_OBJECT(), made)

    def _tell_shape(self, information: Any, now: Step) -> None:
        keys = vtkStreamingDemandDrivenPipeline
        times = [step.time for step in self.steps]
        information.Set(keys.TIME_STEPS(), times, len(times))
        information.Set(keys.TIME_RANGE(), (times[0], times[-1]), 2)
        for key in _SHAPE:
            information.Remove(key)
        if len(now.parts) == 1:
            reader = self._opened(now.parts[0])
            reader.UpdateInformation()
            for key in _SHAPE:
                information.CopyEntry(reader.GetOutputInformation(0), key)

    def _put_out_data(self, information: Any, now: Step) -> None:
        key = vtkStreamingDemandDrivenPipeline.UPDATE_TIME_STEP()
        time = information.Get(key) if information.Has(key) else now.time
        step = step_at(self.steps, time)
        output = vtkDataObject.GetData(information)
        if isinstance(output, vtkMultiBlockDataSet) and len(step.parts) > 1:
            self._put_out_blocks(output, step)
        else:
            output.ShallowCopy(self._read(step.parts[0]))
        output.GetInformation().Set(vtkDataObject.DATA_TIME_STEP(), step.time)

    def _put_out_blocks(self, output: Any, step: Step) -> None:
        output.SetNumberOfBlocks(len(step.parts))
        for number, part in enumerate(step.parts):
            read = self._read(part)
            block = read.NewInstance()  # the reader's own will be the next part's
            block.ShallowCopy(read)
            output.SetBlock(number, block)
            if part.name:
                output.GetMetaData(number).Set(output.NAME(), part.name)

    def _read(self, part: Part) -> Any:
        reader = self._opened(part)
        reader.Update()
        return reader.GetOutputDataObject(0)
