"""Views: what a script shows things in, and takes pictures of."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from collab.calls import public_methods
from collab.camera import Camera
from collab.looking import look
from collab.proxy import Proxy
from collab_kernel.client import Frame, Session, showing
from collab_kernel.client import Proxy as KernelProxy
from collab_kernel.client import View as KernelView
from collab_kernel.errors import InvalidValueError, PipelineFailedError, RendererError
from collab_kernel.spi import FitCamera, Input, ProxyId, State

log = logging.getLogger(__name__)

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}

DEFAULT_SIZE = (1280, 720)

SPREADSHEET_VIEW = "SpreadSheetView"

GLANCE = 8
"""`Render` draws a picture that nobody will see: of an eighth of the size."""


@public_methods
class View(Proxy):
    """A view. The camera and the size are each participant's own."""

    kernel: KernelView
    found_by = "FindView"

    @property
    def ViewTime(self) -> float:
        """The session's time, the same in all views; setting it goes there, for everybody."""
        return self.connection.session.time

    @ViewTime.setter
    def ViewTime(self, time: float) -> None:
        self.connection.run(self.connection.session.go_to_time(float(time)))

    def GetActiveCamera(self) -> Camera:
        return Camera(self)

    def ResetCamera(self) -> None:
        """Look so that all that is visible fits, from the same side.

        Raises NoRendererError or another RendererError.
        """
        self.connection.run(self._reset_camera(self.connection.session))

    async def _reset_camera(self, session: Session) -> None:
        if not self.has_picture:
            return
        camera = session.looking.camera(self.id) if self.kernel.has_camera else None
        answer = await session.ask(FitCamera(self.id, camera, self._aspect))
        if answer.values:
            session.looking.turn(self.id, answer.values)
        elif answer.camera is not None:
            await look(session, self.id, answer.camera)

    @property
    def has_picture(self) -> bool:
        """Whether it is drawn: a spreadsheet has rows, and nothing that one could draw."""
        return self.kernel.type != SPREADSHEET_VIEW

    def Update(self) -> None:
        """Execute everything that is visible here. Raises as `StillRender`."""
        self.connection.run(self._update(self.connection.session))

    def StillRender(self) -> None:
        """Let the renderer draw the view, so that whatever is wrong with it comes up.

        A spreadsheet is only brought up to date. The first time, if nobody has turned the
        camera yet, that is reset. Raises PipelineFailedError for a visible proxy of one's own
        that failed; another participant's is logged as a warning. Raises RendererError.
        """
        if not self.has_picture:
            self.Update()
            return
        width, height = (max(side // GLANCE, 1) for side in self.size_px)
        self.connection.run(self._draw(width, height, "jpeg"))

    Render = StillRender

    def SaveImage(
        self, filename: str | Path, size: tuple[int, int] | None = None, quality: int = 0
    ) -> None:
        """Write a picture of the view, as `StillRender` draws it, to a file of this machine.

        size: in pixels; the view's own size by default.  quality: of a JPEG, 1 to 100.
        Raises InvalidValueError for an unknown ending or a size out of bounds, and OSError.
        """
        path = Path(filename)
        format = FORMATS.get(path.suffix.lower())
        if format is None:
            raise InvalidValueError(
                f"{str(path)!r}: pictures end in {', '.join(FORMATS)}, not in {path.suffix!r}"
            )
        width, height = size or self.size_px
        frame = self.connection.run(self._draw(width, height, format, quality))
        path.write_bytes(frame.data)

    async def _draw(self, width: int, height: int, format: str, quality: int = 0) -> Frame:
        session = self.connection.session
        await self._update(session)
        if self._untouched(session) and next(visible(session.state, self.id), None):
            await self._reset_camera(session)
        frame = await self.kernel.render(width, height, format, quality)
        await session.catch_up()  # what the renderer has said of representations comes before
        for id in visible(session.state, self.id):
            representation = KernelProxy(session, id)
            if representation.error:
                text = f"{representation.title}: {representation.error}"
                _complain(representation, PipelineFailedError(text))
        return frame

    async def _update(self, session: Session) -> None:
        failed: list[tuple[KernelProxy, RendererError]] = []
        for source in dict.fromkeys(shown(session.state, self.id)):
            proxy = KernelProxy(session, source.proxy)
            try:
                await proxy.update(source.port)
            except PipelineFailedError as error:
                failed.append((proxy, error))
        for proxy, failure in failed:
            _complain(proxy, failure)

    def _untouched(self, session: Session) -> bool:
        """Whether neither I nor anybody whom I see with has ever turned the camera."""
        if not self.kernel.has_camera:
            return False  # its axes show everything by themselves
        position = self.kernel.definition.property("CameraPosition")
        found = session.looking.own(self.id, position.name)
        return session.me.following is None and found == position.default

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        if not self.kernel.definition.has("ViewSize"):
            return DEFAULT_SIZE
        width, height = self.ViewSize
        return int(width), int(height)

    @property
    def _aspect(self) -> float:
        width, height = self.size_px
        return width / height


def visible(state: State, view: ProxyId) -> Iterator[ProxyId]:
    """The visible representations of data in a view."""
    listed = state.value(view, "Representations")
    for id in listed.references if listed else ():
        on = state.value(id, "Visibility")
        if on and on.plain and state.proxy(id).type == showing.representation_type(state, view)[1]:
            yield id


def shown(state: State, view: ProxyId) -> Iterator[Input]:
    """The output ports that are visible in a view."""
    for id in visible(state, view):
        given = state.value(id, "Input")
        yield from (e for e in (given.elements if given else ()) if isinstance(e, Input))


def _complain(proxy: KernelProxy, error: RendererError) -> None:
    """Raise the failure of a proxy of mine; log that of somebody else's."""
    if proxy.maker == proxy.session.id:
        raise error
    log.warning("%s", error)
