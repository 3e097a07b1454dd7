"""What an output port holds, by ParaView's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collab_kernel.client import ArrayInformation as Facts
from collab_kernel.client import DataInformation as DataFacts

MAGNITUDE = -1


class ArrayInformation:
    """An array, without its numbers."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def __repr__(self) -> str:
        f = self.facts
        return f"<{f.association} array {f.name!r}: {f.tuples} × {f.components} {f.type}>"

    @property
    def Name(self) -> str:
        return self.facts.name

    def GetName(self) -> str:
        return self.facts.name

    def GetNumberOfComponents(self) -> int:
        return self.facts.components

    def GetNumberOfTuples(self) -> int:
        return self.facts.tuples

    def GetDataTypeAsString(self) -> str:
        return self.facts.type

    def GetRange(self, component: int = 0) -> tuple[float, float]:
        """The smallest and the largest value of a component; -1 is the magnitude.

        Raises IndexError for a component that is not there.
        """
        f = self.facts
        if not -1 <= component < f.components or not f.minimum:
            raise IndexError(
                f"{f.name} has no component {component}: it has {f.components}, counted from 0"
            )
        return f.minimum[component], f.maximum[component]


class FieldInformation(Mapping[str, ArrayInformation]):
    """The arrays of one association, by name; a number finds one by its place."""

    def __init__(self, facts: DataFacts, association: str) -> None:
        self._arrays = {
            a.name: ArrayInformation(a) for a in facts.arrays if a.association == association
        }

    def __repr__(self) -> str:
        return f"<arrays: {', '.join(self._arrays) or 'none'}>"

    def __getitem__(self, key: str | int) -> ArrayInformation:
        if isinstance(key, int):
            return list(self._arrays.values())[key]
        if key not in self._arrays:
            raise KeyError(f"there is no array {key!r}; there are: {', '.join(self._arrays)}")
        return self._arrays[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def GetNumberOfArrays(self) -> int:
        return len(self)

    def GetArray(self, key: str | int) -> ArrayInformation | None:
        """An array by name or place; None where there is none."""
        try:
            return self[key]
        except (KeyError, IndexError):
            return None

    GetArrayInformation = GetArray


class DataInformation:
    """A data set, without its numbers."""

    def __init__(self, facts: DataFacts) -> None:
        self.facts = facts

    def __repr__(self) -> str:
        return f"<{self.facts.type}: {self.facts.points} points, {self.facts.cells} cells>"

    def GetNumberOfPoints(self) -> int:
        return self.facts.points

    def GetNumberOfCells(self) -> int:
        return self.facts.cells

    def GetBounds(self) -> tuple[float, ...]:
        """xmin, xmax, ymin, ymax, zmin, zmax; empty where there are no points."""
        return self.facts.bounds

    def GetExtent(self) -> tuple[int, ...]:
        return self.facts.extent

    def GetMemorySize(self) -> int:
        """In KiB, as ParaView counts it."""
        return -(-self.facts.memory_bytes // 1024)

    def GetDataClassName(self) -> str:
        return self.facts.type

    def GetPointDataInformation(self) -> FieldInformation:
        return FieldInformation(self.facts, "POINTS")

    def GetCellDataInformation(self) -> FieldInformation:
        return FieldInformation(self.facts, "CELLS")

    def GetFieldDataInformation(self) -> FieldInformation:
        return FieldInformation(self.facts, "FIELD")

    def GetTimeSteps(self) -> tuple[float, ...]:
        return self.facts.time_steps

    PointData = property(GetPointDataInformation)
    CellData = property(GetCellDataInformation)
    FieldData = property(GetFieldDataInformation)
