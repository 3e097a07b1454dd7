"""What can be asked of a session's renderer: one answer each, never state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from collab_kernel.core.definitions import TypeKey
from collab_kernel.core.facts import Camera, Derived
from collab_kernel.core.values import ProxyId

MAX_IMAGE_SIDE_PX = 8192


@dataclass(frozen=True, slots=True)
class RenderImage:
    """A picture of `view`. Sides 1 to 8192 px; quality 1 to 100, 0 is the renderer's choice.

    Formats: "jpeg", "png", and "raw" (RGB bytes, top row first). Without a camera the
    view's home camera is taken.
    """

    view: ProxyId
    width: int
    height: int
    format: str = "jpeg"
    quality: int = 0
    camera: Camera | None = None


@dataclass(frozen=True, slots=True)
class UpdatePipeline:
    """Execute `proxy` and what it needs now. The answer has its facts (`derived`)."""

    proxy: ProxyId


@dataclass(frozen=True, slots=True)
class FitCamera:
    """The camera that shows all that is visible in `view`, looking as `camera` does.

    aspect: width / height of the window.
    """

    view: ProxyId
    camera: Camera | None = None
    aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class FetchData:
    """The data of an output port. The answer's bytes are a NumPy .npz archive with `points`
    (n, 3), `connectivity`, `offsets`, `cell_types`, and arrays `point:NAME`, `cell:NAME`,
    `field:NAME`."""

    proxy: ProxyId
    port: int = 0


@dataclass(frozen=True, slots=True)
class DescribeType:
    """The definition of a type; answered by the server itself."""

    type: TypeKey


Query: TypeAlias = RenderImage | UpdatePipeline | FitCamera | FetchData | DescribeType


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query: which fields are filled depends on the question.

    `revision` is the state that it shows.
    """

    revision: int = 0
    data: bytes = field(default=b"", repr=False)
    format: str = ""
    width: int = 0
    height: int = 0
    camera: Camera | None = None
    derived: Derived | None = None
