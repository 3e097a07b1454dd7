"""The renderer: takes over state, executes what is pending, answers questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from vtkmodules.vtkCommonCore import vtkVersion

from collab_kernel.errors import (
    CollabError,
    InvalidValueError,
    PipelineFailedError,
    UnknownBlobError,
)
from collab_kernel.spi import (
    MAX_IMAGE_SIDE_PX,
    Answer,
    Camera,
    Derived,
    DescribeScene,
    Event,
    FetchData,
    FetchGeometry,
    FetchRows,
    FitCamera,
    Pick,
    ProxyId,
    Put,
    Query,
    RendererHost,
    RenderImage,
    SaveData,
    SelectOn,
    SetValue,
    State,
    Table,
    UpdatePipeline,
    camera_of,
    flattened,
    is_flat,
    own_values,
)
from collab_renderer_vtk import picture
from collab_renderer_vtk.archive import archive
from collab_renderer_vtk.bridge import Array
from collab_renderer_vtk.charts import ChartDrawing, paper_of
from collab_renderer_vtk.complaints import Complaints
from collab_renderer_vtk.contents import Contents
from collab_renderer_vtk.curated.charts import CHART_VIEW
from collab_renderer_vtk.curated.spreadsheets import SPREADSHEET_VIEW
from collab_renderer_vtk.drawing import Drawing, visible, wanted
from collab_renderer_vtk.framing import fit
from collab_renderer_vtk.graphics import check_graphics
from collab_renderer_vtk.pipeline import Pipeline
from collab_renderer_vtk.spreadsheet import Spreadsheet
from collab_renderer_vtk.stage_error import StageError, in_words, told_as_stage_error
from collab_renderer_vtk.video import FORMATS, Streams, check_size
from collab_renderer_vtk.writing import writer_of

DRAFT_QUALITY = 75
"""Below this a JPEG's own blocks are coarser than edges, and smoothing those isn't worth its
time: more than the rest of a picture where the graphics card is emulated."""


class VtkRenderer:
    """Executes the proxies and draws the views of one session with VTK.

    Raises RendererError where VTK can't draw on this machine.
    """

    def __init__(self, host: RendererHost) -> None:
        self._complaints = Complaints()
        check_graphics()
        self.engine = f"VTK {vtkVersion.GetVTKVersion()}"
        self._host = host
        self._pipeline = Pipeline(host, self._complaints)
        self._drawings: dict[ProxyId, Drawing | ChartDrawing] = {}
        self._views: dict[ProxyId, None] = {}
        self._spreadsheet = Spreadsheet()
        self._streams = Streams()
        self.video = FORMATS
        self._contents = Contents()
        self._problems: dict[ProxyId, str] = {}
        """What was last told of views and representations."""

    # -- state -------------------------------------------------------------------------------

    def load(self, state: State) -> None:
        """Forget everything and take over `state`."""
        self.close()
        self._problems = {}
        self._pipeline.load(state)
        views = sorted(id for id, row in state.proxies.items() if _is_view(row.group))
        self._views = dict.fromkeys(views)

    def apply(self, state: State, events: Sequence[Event]) -> None:
        """Take over `state`; nothing is executed."""
        self._pipeline.apply(state, events)
        for event in events:
            for change in event.changes:
                self._follow(state, change)

    def set_time(self, time: float) -> None:
        """Show everything at this time from now on; nothing is executed."""
        self._pipeline.set_time(time)

    def _follow(self, state: State, change: Put | SetValue) -> None:
        """Keep the list of views."""
        if isinstance(change, SetValue) or change.table != Table.PROXIES:
            return
        id = change.key
        if id in state.proxies and _is_view(state.proxy(id).group):
            self._views.setdefault(id)
        elif id not in state.proxies:
            self._problems.pop(id, None)
            self._views.pop(id, None)
            if drawing := self._drawings.pop(id, None):
                drawing.close()

    # -- work --------------------------------------------------------------------------------

    def execute(self) -> bool:
        """Execute one proxy that needs it, visible ones first; False: nothing was left."""
        for cue in self._pipeline.cues.ids:
            self._tell_problem(cue, self._pipeline.cues.problems.get(cue, ""))
        return self._pipeline.execute_next(self._wanted)

    def _wanted(self) -> Iterator[ProxyId]:
        """What any view shows."""
        for view in self._views:
            yield from wanted(self._pipeline.state, view)

    def query(self, query: Query) -> Answer:
        """Answer at the last applied state. Raises as the SPI says."""
        try:
            return self._answer(query)
        except CollabError:
            raise
        except Exception as error:  # whatever values it was that VTK's wrappers choked on
            title = self._pipeline.state.title(_asked_about(query))
            raise PipelineFailedError(f"{title}: {in_words(error)}") from error

    def _answer(self, query: Query) -> Answer:
        match query:
            case RenderImage():
                return self._render(query)
            case UpdatePipeline(proxy):
                derived = self._update(proxy, retry=True)
                return Answer(self._pipeline.state.revision, derived=derived)
            case FitCamera():
                return self._fit(query)
            case Pick():
                return self._pick(query)
            case SelectOn():
                return self._select(query)
            case FetchData(proxy, port):
                return self._fetch(proxy, port)
            case FetchRows():
                return self._rows(query)
            case SaveData():
                return self._save(query)
            case DescribeScene():
                return self._describe(query)
            case FetchGeometry(sha256):
                return self._content(sha256)

    def close(self) -> None:
        """Release windows and data."""
        for drawing in self._drawings.values():
            drawing.close()
        self._drawings.clear()
        self._views.clear()
        self._spreadsheet.forget()
        self._contents.clear()
        self._pipeline.load(State())

    # -- answers -----------------------------------------------------------------------------

    def _render(self, query: RenderImage) -> Answer:
        size_px = _size(query)
        if not 0 <= query.quality <= 100:
            raise InvalidValueError(
                f"the quality {query.quality} is not allowed; allowed: 1 to 100, or 0"
            )
        in_video = query.stream > 0 and query.format in self.video
        if query.format not in picture.FORMATS and not in_video:
            raise InvalidValueError(
                f"{query.format!r} is no picture format; allowed: {', '.join(picture.FORMATS)}"
            )
        if in_video:
            check_size(*size_px)
        drawing = self._drawing(query.view)
        state = self._pipeline.state
        own = own_values(state, query.view, query.own)
        draft = 0 < query.quality < DRAFT_QUALITY
        camera: Camera | None = None
        if isinstance(drawing, ChartDrawing):
            draw = partial(drawing.draw, state, drawing.axes(state, own), paper_of(own), size_px)
        else:
            camera = self._camera(query.view, query.camera or camera_of(own))
            draw = partial(drawing.draw, state, camera, size_px, draft)
        try:
            with self._complaints.listen() as complaints, told_as_stage_error():
                data = self._encoded(picture.read_back(draw()), query)
        except StageError as error:
            self._tell_problem(query.view, str(error))
            raise PipelineFailedError(f"{state.title(query.view)}: {error}") from error
        self._tell_problem(query.view, complaints.error)
        return Answer(state.revision, data, query.format, query.width, query.height, camera=camera)

    def _encoded(self, pixels: Array, query: RenderImage) -> bytes:
        if query.format in self.video:
            return self._streams.encode(query.stream, pixels, query.quality, query.key)
        return picture.encode(pixels, query.format, query.quality)

    def _fit(self, query: FitCamera) -> Answer:
        if not 0 < query.aspect < float("inf"):
            raise InvalidValueError(f"{query.aspect} is no aspect: it must be above zero")
        drawing = self._drawing(query.view)
        state = self._pipeline.state
        if isinstance(drawing, ChartDrawing):
            return Answer(state.revision, values=tuple(drawing.ranges(state).items()))
        camera = fit(self._camera(query.view, query.camera), drawing.bounds(), query.aspect)
        return Answer(state.revision, camera=camera)

    def _pick(self, query: Pick) -> Answer:
        drawing, camera, size_px = self._looked_at(query)
        return Answer(self._pipeline.state.revision, hit=drawing.pick(camera, size_px, query))

    def _select(self, query: SelectOn) -> Answer:
        drawing, camera, size_px = self._looked_at(query)
        found = drawing.select(camera, size_px, query)
        return Answer(self._pipeline.state.revision, selected=found)

    def _looked_at(self, query: Pick | SelectOn) -> tuple[Drawing, Camera, tuple[int, int]]:
        """What is drawn, ready to be looked at as a question says."""
        size_px = _size(query)
        drawing = self._drawing(query.view)
        if isinstance(drawing, ChartDrawing):
            title = self._pipeline.state.title(query.view)
            raise InvalidValueError(f"{title} is a chart: nothing can be picked in it")
        return drawing, self._camera(query.view, query.camera), size_px

    def _output(self, proxy: ProxyId, port: int) -> tuple[Derived, Any]:
        """The facts of a proxy and the data at an output port, executed if it needs it."""
        facts = self._update(proxy)
        data = self._pipeline.output(proxy, port)
        if data is None:
            title = self._pipeline.state.title(proxy)
            raise InvalidValueError(
                f"{title} has no output port {port}: it has {len(facts.ports)}, counted from 0"
            )
        return facts, data

    def _save(self, query: SaveData) -> Answer:
        _, data = self._output(query.proxy, query.port)
        writer = writer_of(query.file_name, data, query.options)

        def write(path: str) -> None:
            with self._complaints.listen() as complaints:
                writer(path)
            if complaints.error:
                raise PipelineFailedError(f"{query.file_name}: {complaints.error}")

        path = self._host.save(query.file_name, query.replace, write)
        return Answer(self._pipeline.state.revision, path.encode(), format="path")

    def _fetch(self, proxy: ProxyId, port: int) -> Answer:
        facts, data = self._output(proxy, port)
        with self._complaints.listen():
            try:
                content = archive(data)
            except InvalidValueError as error:
                raise InvalidValueError(f"{self._pipeline.state.title(proxy)}: {error}") from None
        return Answer(self._pipeline.state.revision, content, "npz", derived=facts)

    def _rows(self, query: FetchRows) -> Answer:
        _, data = self._output(query.proxy, query.port)
        state = self._pipeline.state
        try:
            rows = self._spreadsheet.rows(query, data, self._pipeline.serial(query.proxy))
        except InvalidValueError as error:
            raise InvalidValueError(f"{state.title(query.proxy)}: {error}") from None
        return Answer(state.revision, rows=rows)

    def _describe(self, query: DescribeScene) -> Answer:
        drawing = self._drawing(query.view)
        state = self._pipeline.state
        if isinstance(drawing, ChartDrawing):
            raise InvalidValueError(f"{state.title(query.view)} is a chart: the server draws it")
        with self._complaints.listen():
            scene = drawing.scene(state, self._contents, query.max_bytes)
        return Answer(state.revision, format="scene", scene=scene)

    def _content(self, sha256: bytes) -> Answer:
        data = self._contents.data(sha256)
        if data is None:
            raise UnknownBlobError(
                f"the content {sha256.hex():.12}... is not drawn (any more): ask for the scene"
            )
        return Answer(self._pipeline.state.revision, data, format="geometry")

    def _update(self, proxy: ProxyId, *, retry: bool = False) -> Derived:
        """The facts of a proxy, executed if it needs it. Raises PipelineFailedError."""
        state = self._pipeline.state
        title = state.title(proxy)
        state.proxy(proxy)  # UnknownProxyError
        if not self._pipeline.has_data(proxy):
            raise InvalidValueError(f"{title} has no output, so there is nothing to execute")
        self._pipeline.bring_up([proxy], retry=retry)
        facts = self._pipeline.facts(proxy)
        if facts is None or facts.error:
            raise PipelineFailedError(f"{title}: {facts.error if facts else 'was not executed'}")
        return facts

    def _drawing(self, view: ProxyId) -> Drawing | ChartDrawing:
        """The window of a view, with all that is visible executed and in place."""
        state = self._pipeline.state
        if not _is_view(state.proxy(view).group):
            raise InvalidValueError(f"{state.title(view)} is no view")
        if state.proxy(view).type == SPREADSHEET_VIEW.type:
            raise InvalidValueError(
                f"{state.title(view)} is a spreadsheet: it has rows, and no picture"
            )
        self._pipeline.bring_up(wanted(state, view))
        if view not in self._drawings:
            kind = ChartDrawing if state.proxy(view).type == CHART_VIEW.type else Drawing
            self._drawings[view] = kind(view, self._host, self._pipeline, self._complaints)
        drawing = self._drawings[view]
        drawing.update(state)
        for id in visible(state, view):
            self._tell_problem(id, drawing.problems.get(id, ""))
        return drawing

    def _tell_problem(self, id: ProxyId, problem: str) -> None:
        """Tell what is wrong with something that is drawn, and when it no longer is."""
        if problem != self._problems.get(id, ""):
            self._problems[id] = problem
            self._host.tell(Derived(id, self._pipeline.state.revision, error=problem))

    def _camera(self, view: ProxyId, given: Camera | None) -> Camera:
        """The camera to look with: the home camera if none is given; in 2D, straight on."""
        state = self._pipeline.state
        camera = given or camera_of(own_values(state, view))
        return flattened(camera) if is_flat(state, view) else camera


def _size(query: RenderImage | Pick | SelectOn) -> tuple[int, int]:
    """Width and height in pixels. Raises InvalidValueError."""
    for side in (query.width, query.height):
        if not 1 <= side <= MAX_IMAGE_SIDE_PX:
            raise InvalidValueError(
                f"a side of {side} px is not allowed; allowed: 1 to {MAX_IMAGE_SIDE_PX}"
            )
    return query.width, query.height


def _asked_about(query: Query) -> ProxyId:
    match query:
        case RenderImage() | FitCamera() | Pick() | SelectOn() | DescribeScene():
            return query.view
        case UpdatePipeline() | FetchData() | FetchRows() | SaveData():
            return query.proxy
        case FetchGeometry():
            return 0


def _is_view(group: str) -> bool:
    return group == "views"
