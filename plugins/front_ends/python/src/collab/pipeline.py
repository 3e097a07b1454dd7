"""Proxies with data: sources, filters and readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collab.calls import Handle, public_methods
from collab.information import DataInformation, FieldInformation
from collab.proxy import Proxy

if TYPE_CHECKING:
    from collab.connection import Connection
    from collab.data import Data


@public_methods
class Source(Proxy):
    """A source, filter or reader. Asking for its data executes it if it has to be."""

    def __getitem__(self, port: int) -> OutputPort:
        """One of its output ports, as an input for others. Raises IndexError."""
        ports = self.definition.output_ports
        if not 0 <= port < ports:
            raise IndexError(f"{self.title} has {ports} output ports, counted from 0")
        return OutputPort(self, port)

    def __len__(self) -> int:
        """The number of output ports."""
        return self.definition.output_ports

    def __bool__(self) -> bool:
        return True

    def UpdatePipeline(self, time: float | None = None) -> None:
        """Execute it now. Raises PipelineFailedError or another RendererError.

        time: go there before, for everybody, unless it is that time already: a session has one.
        Raises NotMasterError unless I may.
        """
        session = self.connection.session
        if time is not None and time != session.time:
            self.connection.run(session.go_to_time(time))
        self.connection.run(self.kernel.update())

    def GetSelectionInput(self, port: int = 0) -> Any:
        """The selection source that says what is selected of an output port's data; None:
        nothing is."""
        found = self.connection.session.selection_of(self.id, port)
        return None if found is None else self.connection.wrap(found.id)

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


@public_methods
class OutputPort(Handle):
    """An output port of a source, where the first is not meant."""

    def __init__(self, source: Source, port: int = 0) -> None:
        self.Proxy = source
        self.Port = port

    def __repr__(self) -> str:
        return f"<port {self.Port} of {self.Proxy!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OutputPort) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Source, int]:
        return self.Proxy, self.Port

    @property
    def beneath(self) -> Any:
        """What the session takes as an input. Raises UnknownProxyError if it was deleted."""
        return (self.Proxy.beneath, self.Port)

    @property
    def title(self) -> str:
        return f"port {self.Port} of {self.Proxy.title}"

    @property
    def connection(self) -> Connection:  # type: ignore[override]  # nobody sets it
        return self.Proxy.connection

    def check_exists(self) -> None:
        self.Proxy.check_exists()

    def GetDataInformation(self) -> DataInformation:
        return self.Proxy.GetDataInformation(self.Port)
