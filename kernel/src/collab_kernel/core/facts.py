"""What the renderer finds out about proxies. Told to everybody, never read by `decide`."""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.core.values import ProxyId

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """How a participant looks at a view. Lengths in world units, the angle in degrees."""

    position: Vector = (0.0, 0.0, 1.0)
    focal_point: Vector = (0.0, 0.0, 0.0)
    view_up: Vector = (0.0, 1.0, 0.0)
    view_angle: float = 30.0
    parallel_scale: float = 1.0
    parallel_projection: bool = False


@dataclass(frozen=True, slots=True)
class ArrayInformation:
    """An array of a data set. association: "POINTS", "CELLS" or "FIELD".

    minimum, maximum: one a component and, with several components, the magnitude's last;
    empty for text.
    """

    name: str
    association: str
    type: str
    components: int
    tuples: int
    minimum: tuple[float, ...] = ()
    maximum: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DataInformation:
    """What an output port holds. bounds: xmin, xmax, ymin, ymax, zmin, zmax; empty: no points."""

    type: str
    bounds: tuple[float, ...] = ()
    points: int = 0
    cells: int = 0
    memory_bytes: int = 0
    arrays: tuple[ArrayInformation, ...] = ()
    time_steps: tuple[float, ...] = ()
    extent: tuple[int, ...] = ()

    def array(self, name: str, association: str | None = None) -> ArrayInformation | None:
        """The array `name`, of any association unless one is given."""
        return next(
            (a for a in self.arrays if a.name == name and association in (None, a.association)),
            None,
        )


@dataclass(frozen=True, slots=True)
class Derived:
    """What is known of a proxy as of `revision`: its output ports, or why they failed."""

    proxy: ProxyId
    revision: int
    ports: tuple[DataInformation, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work at a proxy is; fraction 0 to 1, and 1 is done."""

    proxy: ProxyId
    fraction: float
    text: str = ""
