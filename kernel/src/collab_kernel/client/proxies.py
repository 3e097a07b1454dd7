"""Proxies and views, as one participant knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collab_kernel.core.annotations import annotations_of
from collab_kernel.core.commands import Annotate, NamedValues, Register, Set
from collab_kernel.core.definitions import PropertyDefinition, ProxyDefinition
from collab_kernel.core.facts import Camera, DataInformation, Derived
from collab_kernel.core.queries import (
    Answer,
    FetchData,
    FitCamera,
    Hit,
    Pick,
    RenderImage,
    SaveData,
    Selected,
    SelectOn,
    UpdatePipeline,
)
from collab_kernel.core.spreadsheet import FetchRows, Rows
from collab_kernel.core.values import (
    COUNTER_BITS,
    Element,
    Input,
    Kind,
    ParticipantId,
    ProxyId,
    Value,
)
from collab_kernel.errors import UnknownProxyError
from collab_kernel.wire.facts import decode_selected
from collab_kernel.wire.spreadsheet import decode_table

if TYPE_CHECKING:
    from collab_kernel.client.session import Session


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of a view at `revision`; `data` is in `format` ("jpeg", "png" or "raw")."""

    data: bytes = field(repr=False)
    width: int
    height: int
    format: str
    revision: int


class Proxy:
    """A proxy of a session, as this participant knows it.

    `proxy["Name"]` reads a property from the mirror: the only element, or a tuple of all of
    them; proxies come as Proxy objects. A value above 64 KiB is its `Blob` there: see
    `Session.fetch_value`.
    """

    def __init__(self, session: Session, id: ProxyId) -> None:
        self.session = session
        self.id = id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title!r} ({self.id})>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Proxy) and (self.session, self.id) == (other.session, other.id)

    def __hash__(self) -> int:
        return hash((id(self.session), self.id))

    @property
    def exists(self) -> bool:
        return self.id in self.session.state.proxies

    @property
    def group(self) -> str:
        return self.session.state.proxy(self.id).group

    @property
    def type(self) -> str:
        return self.session.state.proxy(self.id).type

    @property
    def name(self) -> str:
        """The registered name; "" for a sub-proxy."""
        return self.session.state.proxy(self.id).name

    @property
    def title(self) -> str:
        """How texts call it, also after it was deleted."""
        return self.session.state.title(self.id)

    @property
    def maker(self) -> ParticipantId:
        """Who made it, also if they have left; 0 is the server."""
        return self.id >> COUNTER_BITS

    @property
    def definition(self) -> ProxyDefinition:
        return self.session.state.definition(self.id)

    def __getitem__(self, property: str) -> Any:
        """Raises UnknownPropertyError or UnknownProxyError."""
        definition = self.definition.property(property)
        return self.plain(definition, self.session.state.value(self.id, property))

    def plain(self, definition: PropertyDefinition, value: Value | None) -> Any:
        """A value as reading the property gives it."""
        if value is not None and value.blob is not None:
            return value.blob
        elements = [self._plain(value.kind, e) for e in value.elements] if value else []
        if definition.number_of_elements == 1:
            return elements[0] if elements else None
        return tuple(elements)

    def _plain(self, kind: Kind, element: Element) -> Any:
        """References as proxies; a port other than the first as (proxy, port)."""
        if kind is Kind.PROXY and isinstance(element, int):
            return self.session.proxy_of(element)
        if isinstance(element, Input):
            proxy = self.session.proxy_of(element.proxy)
            return (proxy, element.port) if element.port else proxy
        return element

    def __iter__(self) -> Iterator[str]:
        """The names of the properties."""
        return (p.name for p in self.definition.properties)

    async def set(self, **values: Any) -> int:
        """Set properties in one step; the revision it led to.

        Raises NotMasterError, InvalidValueError, UnknownPropertyError, InputCycleError and
        other RefusedErrors; then nothing has changed.
        """
        return await self.session.edit(Set(self.id, self.session.values(values)))

    async def rename(self, name: str) -> int:
        """Register the proxy under another name. Raises NameTakenError."""
        return await self.session.edit(Register(self.id, name))

    @property
    def annotations(self) -> Mapping[str, str]:
        """Texts about it, by keys: what a front end or a script wants to remember."""
        return annotations_of(self.session.state, self.id)

    async def annotate(self, key: str, text: str | None) -> int:
        """Note a text about it under a key; None takes it away."""
        return await self.session.edit(Annotate(self.id, key, text))

    # -- facts -----------------------------------------------------------------------------

    @property
    def derived(self) -> Derived | None:
        """What the renderer has told of it last."""
        return self.session.derived_of(self.id)

    @property
    def data_information(self) -> DataInformation | None:
        """Of the first output port, as last told; None before it was executed, or if it
        failed (see `error`)."""
        derived = self.derived
        return derived.ports[0] if derived and derived.ports else None

    @property
    def error(self) -> str:
        """Why its pipeline failed, as last told; "" if it did not."""
        derived = self.derived
        return derived.error if derived else ""

    async def update(self, port: int = 0) -> DataInformation:
        """Execute it now, and return what its output port holds.

        Raises PipelineFailedError, NoRendererError or another RendererError.
        """
        answer = await self.session.ask(UpdatePipeline(self.id))
        ports = answer.derived.ports if answer.derived else ()
        if port >= len(ports):
            raise UnknownProxyError(f"{self.title} has no output port {port}")
        return ports[port]

    async def fetch(self, port: int = 0) -> Answer:
        """The data of an output port as a NumPy archive: see `core.queries.FetchData`."""
        return await self.session.ask(FetchData(self.id, port))

    async def rows(
        self,
        association: str = "POINTS",
        first: int = 0,
        count: int = 100,
        *,
        port: int = 0,
        block: int = 0,
        columns: tuple[str, ...] = (),
        sort_by: str = "",
        component: int = 0,
        descending: bool = False,
    ) -> Rows:
        """Rows of the data of an output port, as a spreadsheet shows them: see
        `core.spreadsheet.FetchRows`.

        Raises InvalidValueError for what is not there, or a RendererError.
        """
        query = FetchRows(
            self.id,
            port,
            association,
            block,
            first,
            count,
            tuple(columns),
            sort_by,
            component,
            descending,
        )
        return decode_table((await self.session.ask(query)).data)

    async def save(
        self, file_name: str, port: int = 0, replace: bool = False, **options: Any
    ) -> str:
        """Have the server write the data of an output port, in the format that the name's
        extension says; the path of the file there.

        file_name: relative to the server's first `--allow-write` directory, or below one.
        options: of the writer, by ParaView's names. Raises FlagNeededError where the server
        writes no files, NotAllowedError, InvalidValueError, RendererError.
        """
        named = self.session.values(options)
        answer = await self.session.ask(SaveData(self.id, port, file_name, replace, named))
        return answer.data.decode()


class View(Proxy):
    """A view; every participant has a camera (or axis ranges, of a chart) of their own in it."""

    @property
    def has_camera(self) -> bool:
        """Whether it is looked at with a camera: a chart is not."""
        return self.definition.has("CameraPosition")

    @property
    def camera(self) -> Camera:
        """What I look with: mine, or that of whom I follow, or the home camera."""
        return self.session.looking.camera(self.id)

    @camera.setter
    def camera(self, camera: Camera) -> None:
        self.session.looking.look(self.id, camera)

    def turn(self, **values: Any) -> None:
        """Set own values of mine that say what is in sight, such as a chart's
        `LeftAxisRangeMinimum`; like setting `camera`, that stops my following.

        Raises UnknownPropertyError or InvalidValueError.
        """
        self.session.looking.turn(self.id, self.session.values(values))

    def point(
        self,
        at: tuple[float, float] | None = None,
        place: tuple[float, float, float] | None = None,
        text: str = "",
    ) -> None:
        """Let the others see where I point; at nothing: nowhere any more.

        at: in this view, each 0 to 1 from the lower left corner.  place: world coordinates.
        text: what is there.
        """
        self.session.looking.point(self.id, at, place, text)

    async def point_at(self, x: float, y: float, size: tuple[int, int] = (1280, 720)) -> Hit | None:
        """Point at what I see there: the others see the place, and the value there. Arguments,
        answer and errors as of `pick`."""
        found = await self.pick(x, y, size)
        place = None if found is None or len(found.position) != 3 else found.position
        self.session.looking.point(self.id, (x, y), place, found.text if found else "")
        return found

    async def render(
        self,
        width: int = 1280,
        height: int = 720,
        format: str = "jpeg",
        quality: int = 0,
        camera: Camera | None = None,
    ) -> Frame:
        """A picture as I see it (or as `camera` does): "jpeg", "png" or "raw" (RGB rows).

        Where I follow somebody whose window is wider, it has all that they see. Sides 1 to
        8192 px; quality 1 to 100, 0 is the renderer's choice. Raises InvalidValueError or
        RendererError.
        """
        own: NamedValues = ()
        if not self.has_camera:
            own = tuple(self.session.looking.seen(self.id).items())
        elif camera is None:
            camera = self._camera(width, height)
        image = RenderImage(self.id, width, height, format, quality, camera, own)
        answer = await self.session.ask(image)
        return Frame(answer.data, answer.width, answer.height, answer.format, answer.revision)

    def _camera(self, width: int, height: int) -> Camera:
        """What I look with in a picture of this size."""
        return self.session.looking.camera(self.id, width / height if width and height else None)

    async def reset_camera(self, aspect: float = 16 / 9) -> Camera | None:
        """Look so that all that is visible fits a window of `aspect`, from the same side; of a
        chart, so that its axes show everything. The camera; None for a chart."""
        camera = self.camera if self.has_camera else None
        answer = await self.session.ask(FitCamera(self.id, camera, aspect))
        if answer.values:
            self.session.looking.turn(self.id, answer.values)
        elif answer.camera is not None:
            self.camera = answer.camera
        return answer.camera or camera

    async def pick(self, x: float, y: float, size: tuple[int, int] = (1280, 720)) -> Hit | None:
        """What I see at a point of a picture of this size; None where nothing is.

        x, y: 0 to 1 from the lower left corner. Raises InvalidValueError where the renderer
        can't tell, or another RendererError.
        """
        width, height = size
        query = Pick(self.id, x, y, width, height, self._camera(width, height))
        found = (await self.session.ask(query)).hit
        return found if found is not None and found.representation else None

    async def select(
        self,
        rectangle: tuple[float, float, float, float],
        association: str = "CELLS",
        *,
        through: bool = False,
        size: tuple[int, int] = (1280, 720),
    ) -> Selected:
        """The "POINTS" or "CELLS" that I see in a rectangle of a picture of this size.

        rectangle: left, bottom, right, top, each 0 to 1 from the lower left corner.
        through: also what is hidden. Raises as `pick`.
        """
        width, height = size
        camera = self._camera(width, height)
        query = SelectOn(self.id, rectangle, association, through, width, height, camera)
        return decode_selected((await self.session.ask(query)).data)
