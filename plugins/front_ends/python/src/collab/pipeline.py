"""Proxies with data: sources, filters and readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collab.information import DataInformation, FieldInformation
from collab.proxy import Proxy

if TYPE_CHECKING:
    from collab.data import Data


class Source(Proxy):
    """A source, filter or reader. Asking for its data executes it if it has to be."""

    def __getitem__(self, port: int) -> OutputPort:
        """One of its output ports, as an input for others. Raises IndexError."""
        ports = self.kernel.definition.output_ports
        if not 0 <= port < ports:
            raise IndexError(f"{self.kernel.title} has {ports} output ports, counted from 0")
        return OutputPort(self, port)

    def __len__(self) -> int:
        """The number of output ports."""
        return self.kernel.definition.output_ports

    def __bool__(self) -> bool:
        return True

    def UpdatePipeline(self, time: float | None = None) -> None:
        """Execute it now. Raises PipelineFailedError or another RendererError.

        time: for scripts written for ParaView; sessions have no time yet.
        """
        self.connection.run(self.kernel.update())

    def GetDataInformation(self, port: int = 0) -> DataInformation:
        """What an output port holds. Raises as `UpdatePipeline`."""
        return DataInformation(self.connection.run(self.kernel.update(port)))

    def FetchData(self, port: int = 0) -> Data:
        """The data of an output port, in this process. Raises as `UpdatePipeline`."""
        from collab.data import Data  # with it NumPy, which nothing else here needs

        return Data(self.connection.run(self.kernel.fetch(port)).data)

    @property
    def PointData(self) -> FieldInformation:
        return self.GetDataInformation().GetPointDataInformation()

    @property
    def CellData(self) -> FieldInformation:
        return self.GetDataInformation().GetCellDataInformation()

    @property
    def FieldData(self) -> FieldInformation:
        return self.GetDataInformation().GetFieldDataInformation()

    @property
    def TimestepValues(self) -> tuple[float, ...]:
        return self.GetDataInformation().GetTimeSteps()


class OutputPort:
    """An output port of a source, where the first is not meant."""

    def __init__(self, source: Source, port: int = 0) -> None:
        self.Proxy = source
        self.Port = port

    def __repr__(self) -> str:
        return f"<port {self.Port} of {self.Proxy!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OutputPort) and self.beneath == other.beneath

    def __hash__(self) -> int:
        return hash(self.beneath)

    @property
    def beneath(self) -> Any:
        """What the session takes as an input."""
        return (self.Proxy.kernel, self.Port)

    def GetDataInformation(self) -> DataInformation:
        return self.Proxy.GetDataInformation(self.Port)
