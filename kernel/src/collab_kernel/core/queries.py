"""What can be asked of a session's renderer: one answer each, never state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from collab_kernel.core.commands import NamedValues
from collab_kernel.core.definitions import TypeKey
from collab_kernel.core.events import EventKind
from collab_kernel.core.facts import Camera, Derived
from collab_kernel.core.invitations import Invite
from collab_kernel.core.scene import DescribeScene, FetchGeometry, Scene
from collab_kernel.core.spreadsheet import FetchRows, Rows
from collab_kernel.core.values import ParticipantId, ProxyId

MAX_IMAGE_SIDE_PX = 8192


@dataclass(frozen=True, slots=True)
class RenderImage:
    """A picture of `view`. Sides 1 to 8192 px; quality 1 to 100, 0 is the renderer's choice.

    Formats: "jpeg", "png", and "raw" (RGB bytes, top row first). Without a camera the
    view's home camera is taken.  own: of the view's other own properties (the ranges of a
    chart's axes); what it lacks is the home value.

    stream, key: of a format in which pictures are made from one another ("h264"): which of them
    are, and whether this one shall need no earlier one.
    """

    view: ProxyId
    width: int
    height: int
    format: str = "jpeg"
    quality: int = 0
    camera: Camera | None = None
    own: NamedValues = ()
    stream: int = 0
    key: bool = False


@dataclass(frozen=True, slots=True)
class UpdatePipeline:
    """Execute `proxy` and what it needs now. The answer has its facts (`derived`)."""

    proxy: ProxyId


@dataclass(frozen=True, slots=True)
class FitCamera:
    """The camera that shows all that is visible in `view`, looking as `camera` does; of a
    view without a camera, the own values that do (`Answer.values`).

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


@dataclass(frozen=True, slots=True)
class FetchBlob:
    """The content of a large value; answered by the server itself, as long as something names
    it. The answer's bytes are what its blob's hash and length are of."""

    sha256: bytes


@dataclass(frozen=True, slots=True)
class SaveData:
    """Write the data of an output port into a file at the server, in the format that the
    name's extension says. The answer's bytes are the file's path, UTF-8.

    file_name: relative to the server's first `--allow-write` directory, or below one of them.
    replace: a file that is there already.  options: of the format's writer, by ParaView's names.
    """

    proxy: ProxyId
    port: int
    file_name: str
    replace: bool = False
    options: NamedValues = ()


@dataclass(frozen=True, slots=True)
class ListFiles:
    """The names in a folder below the server's data directory: all, or those that a reader
    takes. Answered by the server itself; the bytes of the answer are a `FileList`."""

    path: str = ""
    all: bool = False


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A name in a folder. size_bytes: of a file."""

    name: str
    is_folder: bool
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FileList:
    """Folders first, each sort in the order of names. complete: there are no more."""

    entries: tuple[FileEntry, ...]
    complete: bool = True


MAX_LOG_ENTRIES = 1_000
"""In one answer to `ReadLog`."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Who did what, when: the newest `most` events after a revision. Answered by the server
    itself; the bytes of the answer are a `Log`."""

    after_revision: int = 0
    most: int = 100


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event without its changes. author_name: as it was then."""

    revision: int
    author: ParticipantId
    author_name: str
    kind: EventKind
    label: str
    time_s: float


@dataclass(frozen=True, slots=True)
class Log:
    """Oldest first. complete: there were no more, older ones."""

    entries: tuple[LogEntry, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Pick:
    """What is seen at a point of `view`, drawn in this size and with this camera: the answer's
    `hit`. A renderer that can't tell raises InvalidValueError.

    x, y: 0 to 1 from the picture's lower left corner. Without a camera: the home camera.
    """

    view: ProxyId
    x: float
    y: float
    width: int = 1280
    height: int = 720
    camera: Camera | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """What is at a point of a picture; representation 0: nothing is.

    proxy, port: whose data the representation shows.  block: the flat index in composite data;
    0: it is not composite.  point: the cell's nearest one; None where something stands for the
    data (an outline).  position: world coordinates.
    association, array: of what colours, "" where nothing does.  numbers: its components there,
    between points as they are drawn.  text: the same for people.
    """

    representation: ProxyId = 0
    proxy: ProxyId = 0
    port: int = 0
    block: int = 0
    point: int | None = None
    cell: int | None = None
    position: tuple[float, ...] = ()
    association: str = ""
    array: str = ""
    numbers: tuple[float, ...] = ()
    text: str = ""


MAX_SELECTED = 100_000
"""Ids in one answer to `SelectOn`."""


@dataclass(frozen=True, slots=True)
class SelectOn:
    """The points or cells within a rectangle of `view`: the answer's `selected`. A renderer
    that can't tell raises InvalidValueError.

    rectangle: left, bottom, right, top, each 0 to 1 from the picture's lower left corner.
    association: "POINTS" or "CELLS".  through: also what is hidden behind something, as far as
    the rectangle's frustum reaches.
    """

    view: ProxyId
    rectangle: tuple[float, ...]
    association: str = "CELLS"
    through: bool = False
    width: int = 1280
    height: int = 720
    camera: Camera | None = None


@dataclass(frozen=True, slots=True)
class SelectedIds:
    """Ids, rising, in the data at an output port, or in its block of this flat index (0: the
    data is not composite)."""

    representation: ProxyId
    proxy: ProxyId
    port: int
    block: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """frustum: of the rectangle, as the `Frustum` of a FrustumSelectionSource: eight corners,
    x y z w each.  complete: there are no more."""

    data: tuple[SelectedIds, ...] = ()
    frustum: tuple[float, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How the server is: sessions, renderers, store, and all that it counts. Answered by the server
    itself; the bytes of the answer are a `Status`."""


Query: TypeAlias = (
    RenderImage
    | UpdatePipeline
    | FitCamera
    | FetchData
    | FetchRows
    | Pick
    | SelectOn
    | SaveData
    | DescribeScene
    | FetchGeometry
)
"""What a renderer answers."""

OnlookerQuery: TypeAlias = DescribeType | FetchBlob | ReadLog | ServerStatus
"""What the server knows, and tells also whoever only asks."""

ServerQuery: TypeAlias = OnlookerQuery | ListFiles | Invite
"""What the server answers itself."""

AnyQuery: TypeAlias = Query | ServerQuery


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
    values: NamedValues = ()
    """Own values of the view."""
    hit: Hit | None = None
    selected: Selected | None = None
    """What the renderer fills in; to whoever asked it comes as bytes, in parts."""
    scene: Scene | None = None
    """As `selected`."""
    rows: Rows | None = None
    """As `selected`."""
