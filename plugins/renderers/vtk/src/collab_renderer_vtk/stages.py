"""Stages: the VTK algorithms that stand for one proxy with data, and how they are run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vtkmodules.vtkCommonCore import vtkMinimalStandardRandomSequence
from vtkmodules.vtkFiltersCore import vtkArrayCalculator, vtkMaskPoints

from collab_kernel.spi import (
    ArrayInformation,
    DataInformation,
    ProxyId,
    State,
)
from collab_renderer_vtk import arrays, objects
from collab_renderer_vtk.curated.vocabulary import (
    ArrayChoice,
    CuratedType,
    InputPort,
    ObjectChoice,
)
from collab_renderer_vtk.objects import ImplicitFunction
from collab_renderer_vtk.stage_error import StageError
from collab_renderer_vtk.times import depends_on_time


@dataclass(frozen=True, slots=True)
class Feed:
    """What arrives at an input port: an output of an executed stage, and what it holds."""

    connection: Any
    data: DataInformation


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a stage works from. inputs: by input property; feeds: the first of each;
    functions: by object property.

    file: the path to open for a file name (`RendererHost.file`).  time: what is shown.
    """

    state: State
    proxy: ProxyId
    file: Callable[[str], str] = str
    time: float = 0.0
    inputs: dict[str, list[Feed]] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    functions: dict[str, ImplicitFunction] = field(default_factory=dict)

    def plain(self, name: str, default: Any = None) -> Any:
        """A value of the proxy."""
        return objects.plain(self.state, self.proxy, name, default)

    def elements(self, name: str) -> tuple[Any, ...]:
        """The elements of a value of the proxy."""
        return objects.elements(self.state, self.proxy, name)


class Stage:
    """One VTK algorithm, set up from a curated type. Subclasses need more than attributes."""

    def __init__(self, curated: CuratedType, algorithm: Any = None) -> None:
        """algorithm: what stands for it, if not an object of the class that its table names."""
        self.curated = curated
        self.algorithm: Any = objects.create(curated) if algorithm is None else algorithm
        self.aborted = False
        """Whether it was told to give up when it last ran."""

    @property
    def algorithms(self) -> Sequence[Any]:
        """Everything that works when this stage does, in order; the last has the output."""
        return (self.algorithm,)

    @property
    def all_algorithms(self) -> Sequence[Any]:
        """Everything that may ever work here."""
        return self.algorithms

    @property
    def timed(self) -> bool:
        """Whether another time may give another output, as far as is known by now."""
        return depends_on_time(self.algorithms[-1])

    def give_up(self) -> None:
        """Let what works here stop. May be called from any thread."""
        self.aborted = True
        for algorithm in self.algorithms:
            algorithm.SetAbortExecuteAndUpdateTime()

    def explain(self, problem: str) -> str:
        """What VTK said, in words that fit this stage."""
        return problem

    def set_up(self, settings: Settings) -> None:
        """Push values and connections. Raises StageError where they can't work."""
        objects.push(self.algorithm, self.curated, settings.state, settings.proxy)
        for property in self.curated.properties:
            match property:
                case InputPort(name, port):
                    self.connect(port, settings.feeds[name])
                case ObjectChoice(name):
                    function = settings.functions[name].function
                    getattr(self.algorithm, f"Set{property.attribute}")(function)
                case ArrayChoice():
                    self.choose(property, settings)

    def connect(self, port: int, feed: Feed) -> None:
        """Let `feed` flow into an input port."""
        self.algorithm.SetInputConnection(port, feed.connection)

    def choose(self, choice: ArrayChoice, settings: Settings) -> None:
        """Tell the algorithm which array to work on."""
        array = chosen(choice, settings)
        association = arrays.ASSOCIATIONS[array.association]
        self.algorithm.SetInputArrayToProcess(choice.index, 0, 0, association, array.name)

    def needed_bytes(self, settings: Settings) -> int:
        """About how much memory the output will take; 0 where nobody can tell before."""
        if self.curated.bytes is None:
            return 0
        values = settings.state.values(settings.proxy)
        return self.curated.bytes({name: value.elements for name, value in values})

    def output(self, port: int) -> Any:
        """The data at an output port."""
        return self.algorithms[-1].GetOutputDataObject(port)

    def connection(self, port: int) -> Any:
        """What a later stage connects to."""
        return self.algorithms[-1].GetOutputPort(port)


def chosen(choice: ArrayChoice, settings: Settings) -> ArrayInformation:
    """The array that a choice means in the first input. Raises StageError."""
    value = settings.plain(choice.name, ())
    association, name = value if len(value) == 2 else (choice.associations[0], "")
    data = settings.feeds["Input"].data
    return arrays.choose(data, association, name, choice.associations, choice.components)


class ClipStage(Stage):
    """With a shape, that divides; with the type Scalar, an array and a value."""

    def choose(self, choice: ArrayChoice, settings: Settings) -> None:
        if settings.functions["ClipFunction"].function is None:
            super().choose(choice, settings)


class PointCloudStage(Stage):
    """Random points that are the same in every process."""

    SEED = 1

    def set_up(self, settings: Settings) -> None:
        super().set_up(settings)
        sequence = vtkMinimalStandardRandomSequence()
        sequence.SetSeed(self.SEED)
        self.algorithm.SetRandomSequence(sequence)


class CalculatorStage(Stage):
    """All arrays of the input are variables of the expression, by name and by component."""

    AXES = "XYZ"

    def set_up(self, settings: Settings) -> None:
        super().set_up(settings)
        calculator = self.algorithm
        association = ("POINTS", "CELLS")[settings.plain("AttributeType", 0)]
        calculator.SetAttributeType(arrays.ASSOCIATIONS[association])
        calculator.RemoveAllVariables()
        for axis, letter in enumerate(self.AXES):
            calculator.AddCoordinateScalarVariable(f"coords{letter}", axis)
        calculator.AddCoordinateVectorVariable("coords")
        for array in settings.feeds["Input"].data.arrays:
            if array.association == association and array.minimum:
                self._add(array)

    def _add(self, array: ArrayInformation) -> None:
        name = array.name
        if array.components == 1:
            self.algorithm.AddScalarVariable(name, name, 0)
            return
        for component in range(array.components):
            letter = self.AXES[component] if array.components <= 3 else str(component)
            self.algorithm.AddScalarVariable(f"{name}_{letter}", name, component)
        if array.components == 3:
            self.algorithm.AddVectorVariable(name, name)


class GlyphStage(Stage):
    """Choose points, take the length of the scaling vectors, put shapes there."""

    ALL, EVERY_NTH, UNIFORM = 0, 1, 2
    UNIFORM_IN_BOUNDS = 3  # vtkMaskPoints::UNIFORM_SPATIAL_BOUNDS
    LENGTH = "GlyphScale"  # VTK's own name for what scaled

    def __init__(self, curated: CuratedType) -> None:
        super().__init__(curated)
        self._mask = vtkMaskPoints()
        self._length = vtkArrayCalculator()
        self._length.SetResultArrayName(self.LENGTH)
        self._length.SetFunction("mag(v)")
        self._chain: list[Any] = [self.algorithm]

    @property
    def algorithms(self) -> Sequence[Any]:
        return self._chain

    @property
    def all_algorithms(self) -> Sequence[Any]:
        return (self._mask, self._length, self.algorithm)

    def set_up(self, settings: Settings) -> None:
        choices = {p.name: p for p in self.curated.properties if isinstance(p, ArrayChoice)}
        orientation = self._array(choices["OrientationArray"], settings, "No orientation array")
        scale = self._array(choices["ScaleArray"], settings, "No scale array")
        if not settings.plain("ScaleArray", ("", ""))[1]:
            scale = None
        objects.push(self.algorithm, self.curated, settings.state, settings.proxy)
        self._chain = [*self._choose_points(settings), *self._measure(scale), self.algorithm]
        source = settings.feeds["Input"].connection
        for algorithm in self._chain:
            algorithm.SetInputConnection(0, source)
            source = algorithm.GetOutputPort()
        self.algorithm.SetInputConnection(1, settings.feeds["Source"].connection)
        self._orient(orientation)
        self._scale(scale)

    def needed_bytes(self, settings: Settings) -> int:
        points = settings.feeds["Input"].data.points
        match settings.plain("GlyphMode", self.ALL):
            case self.EVERY_NTH:
                points //= max(1, settings.plain("Stride", 1))
            case self.UNIFORM:
                points = min(points, settings.plain("MaximumNumberOfSamplePoints", 5000))
        return points * settings.feeds["Source"].data.memory_bytes

    def _array(
        self, choice: ArrayChoice, settings: Settings, nothing: str
    ) -> ArrayInformation | None:
        name = settings.plain(choice.name, ("", ""))[1]
        if name == nothing:
            return None
        try:
            return chosen(choice, settings)
        except StageError:
            if name:
                raise
            return None  # nothing fits, and nothing was asked for

    def _choose_points(self, settings: Settings) -> list[Any]:
        mode = settings.plain("GlyphMode", self.ALL)
        most = settings.plain("MaximumNumberOfSamplePoints", 5000)
        mask = self._mask
        if mode == self.EVERY_NTH:
            mask.RandomModeOff()
            mask.SetOnRatio(max(1, settings.plain("Stride", 1)))
            mask.SetMaximumNumberOfPoints(settings.feeds["Input"].data.points)
            return [mask]
        if mode == self.UNIFORM and settings.feeds["Input"].data.points > most:
            mask.RandomModeOn()
            mask.SetRandomModeType(self.UNIFORM_IN_BOUNDS)
            mask.SetRandomSeed(settings.plain("Seed", 1))
            mask.SetMaximumNumberOfPoints(most)
            return [mask]
        return []

    def _measure(self, scale: ArrayInformation | None) -> list[Any]:
        """vtkGlyph3D scales by a vector only if it is the one that it turns by."""
        if scale is None or scale.components != 3:
            return []
        self._length.RemoveAllVariables()
        self._length.AddVectorVariable("v", scale.name)
        self._length.SetAttributeTypeToPointData()
        return [self._length]

    def _orient(self, orientation: ArrayInformation | None) -> None:
        if orientation is None:
            self.algorithm.OrientOff()
        else:
            self.algorithm.OrientOn()
            self.algorithm.SetVectorModeToUseVector()
            self.algorithm.SetInputArrayToProcess(1, 0, 0, 0, orientation.name)

    def _scale(self, scale: ArrayInformation | None) -> None:
        if scale is None:
            self.algorithm.SetScaleModeToDataScalingOff()
        else:
            name = self.LENGTH if scale.components == 3 else scale.name
            self.algorithm.SetScaleModeToScaleByScalar()
            self.algorithm.SetInputArrayToProcess(0, 0, 0, 0, name)
