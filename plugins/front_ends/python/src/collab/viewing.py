"""Showing things: views, representations, cameras, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collab.camera import Camera
from collab.client import client
from collab.connection import Connection
from collab.construction import create, named
from collab.layout import show_in_layout
from collab.missing import refuse
from collab.pipeline import Source
from collab.proxy import Proxy
from collab.representation import Representation
from collab.sources import source_or_active
from collab.view import View, visible
from collab.vocabulary import Vocabulary, in_words
from collab_kernel.client import Input, Operation, Set, showing
from collab_kernel.errors import InvalidValueError, UnknownProxyError
from collab_kernel.spi import Kind, Value

RENDER_VIEW = "RenderView"
CHART_VIEW = "XYChartView"

PICTURE_OPTIONS = frozenset(
    """CompressionLevel FontScaling OverrideColorPalette SeparatorColor SeparatorWidth StereoMode
    TransparentBackground location saveInBackground""".split()
)
"""What else ParaView's SaveScreenshot knows."""


# -- views ---------------------------------------------------------------------------------


def GetActiveView() -> Any:
    """The view that the script has made, or made active, last; else the master's, if I follow
    the master, or the session's first; None where there is none."""
    return client.active().view


def SetActiveView(view: View | None) -> None:
    """Show things in `view` unless told otherwise; the others see it: as `SetActiveSource`."""
    client.active().view = view


def GetActiveViewOrCreate(viewtype: str = RENDER_VIEW) -> Any:
    """The active view if it is of this type, or a new one."""
    view = client.active().view
    return view if view is not None and view.GetXMLName() == viewtype else CreateView(viewtype)


def CreateView(
    view_xml_name: str = RENDER_VIEW,
    detachedFromLayout: bool | None = None,
    registrationName: str | None = None,
    **values: Any,
) -> Any:
    """A new view, which becomes the active one. If the session has a layout, it is shown there,
    unless it is to be detached from it. Raises UnknownTypeError."""
    view = _create_view(client.active(), view_xml_name, registrationName, values)
    if not detachedFromLayout:
        show_in_layout(view)
    return view


def CreateRenderView(registrationName: str | None = None, **values: Any) -> Any:
    """A new view of three dimensions, which becomes the active one."""
    return CreateView(RENDER_VIEW, None, registrationName, **values)


def CreateXYPlotView(registrationName: str | None = None, **values: Any) -> Any:
    """A new chart, which becomes the active view."""
    return CreateView(CHART_VIEW, None, registrationName, **values)


def _create_view(
    connection: Connection, type: str, name: str | None, values: dict[str, Any]
) -> View:
    id = connection.run(create(connection, ("views", type), {}, name))
    view = connection.wrap(id)
    assert isinstance(view, View)
    if values:  # some are each participant's own
        view.set(values)
    connection.view = view
    return view


def GetViews(viewtype: str | None = None) -> list[Any]:
    """All views, oldest first, or those of a type."""
    connection = client.active()
    views = [connection.wrap(view.id) for view in connection.session.views]
    return [view for view in views if viewtype in (None, view.GetXMLName())]


def GetRenderViews() -> list[Any]:
    return GetViews(RENDER_VIEW)


def FindView(name: str) -> Any:
    """The view of this name; None if there is none."""
    connection = client.active()
    id = connection.session.state.named("views", name)
    return None if id is None else connection.wrap(id)


def _view(view: Proxy | None, connection: Connection) -> View:
    """`view`, or the active one of the connection, made if there is none."""
    if view is None:
        return connection.view or _create_view(connection, RENDER_VIEW, None, {})
    if not isinstance(view, View):
        raise UnknownProxyError(f"{view.title} is no view")
    return view


# -- showing -------------------------------------------------------------------------------


def Show(
    proxy: Proxy | None = None,
    view: View | None = None,
    representationType: str | None = None,
    **values: Any,
) -> Any:
    """Make a source (the active one) visible in a view (the active one); its representation.

    representationType: "Surface", "Points"...; ParaView's names of types, such as
    "UniformGridRepresentation", say nothing here, where one type is for all data.
    values: properties of the representation, set in the same step.
    """
    source = source_or_active(proxy)
    if representationType is not None and not representationType.endswith("Representation"):
        values.setdefault("Representation", representationType)
    return _represented(source, _view(view, source.connection), values, visible=True)


def _represented(source: Source, view: View, values: dict[str, Any], visible: bool | None) -> Any:
    """The representation of `source` in `view`, with these values; made if there is none.

    visible: None leaves it as it is, and makes a new one invisible.
    """
    connection, session = source.connection, source.connection.session
    there = showing.representation_of(session.state, Input(source.id), view.id)
    derived = session.derived_of(source.id)
    information = derived.ports[0] if visible and derived and derived.ports else None
    port = Input(source.id)
    id, made = showing.show(
        session.state, port, view.id, session.new_id, information, visible=bool(visible)
    )
    operations: list[Operation] = list(made) if there is None or visible else []
    known: Vocabulary = {}
    if values:
        type = showing.representation_type(session.state, view.id)
        definition = connection.run(session.definition(*type))
        known = connection.vocabulary(definition)
        given = named(connection, definition, values)
        operations.append(Set(id, session.values(given)))
    with in_words(known, values):
        connection.edit(*operations, label=f"Show {source.title}")
    return connection.wrap(id)


def Hide(proxy: Proxy | None = None, view: View | None = None) -> None:
    """Make a source invisible in a view; nothing happens if it never was visible there."""
    source = source_or_active(proxy)
    connection = source.connection
    target = _view(view, connection)
    operations = showing.hide(connection.session.state, Input(source.id), target.id)
    connection.edit(*operations, label=f"Hide {source.title}")


def HideAll(view: View | None = None) -> None:
    """Make everything invisible in a view, in one step."""
    connection = client.active()
    target = _view(view, connection)
    hidden = (("Visibility", Value(Kind.BOOL, (False,))),)
    found = list(visible(connection.session.state, target.id))
    connection.edit(*(Set(id, hidden) for id in found), label=f"Hide all in {target.name}")


def GetRepresentation(proxy: Proxy | None = None, view: View | None = None) -> Any:
    """How a source looks in a view; one that was never shown there gets an invisible one."""
    source = source_or_active(proxy)
    return _represented(source, _view(view, source.connection), {}, visible=None)


GetDisplayProperties = GetRepresentation


def GetRepresentations(view: View | None = None) -> list[Any]:
    """The representations of data in a view, in the order in which they are drawn."""
    connection = client.active()
    target = _view(view, connection)
    return [r for r in target.Representations if isinstance(r, Representation)]


def SetDisplayProperties(
    proxy: Proxy | None = None, view: View | None = None, **values: Any
) -> None:
    """Set properties of a representation, in one step."""
    source = source_or_active(proxy)
    _represented(source, _view(view, source.connection), values, visible=None)


def SetViewProperties(view: View | None = None, **values: Any) -> None:
    """Set properties of a view, in one step."""
    connection = client.active()
    _view(view, connection).set(values)


# -- looking -------------------------------------------------------------------------------


def Render(view: View | None = None) -> None:
    """Draw a view, so that whatever is wrong with it comes up; see `View.StillRender`."""
    connection = client.active()
    _view(view, connection).StillRender()


def RenderAllViews() -> None:
    """Draw every view."""
    for view in GetViews():
        view.StillRender()


def ResetCamera(view: View | None = None) -> None:
    """Look so that all that is visible in a view fits."""
    connection = client.active()
    _view(view, connection).ResetCamera()


def GetActiveCamera() -> Camera:
    """My own camera in the active view."""
    connection = client.active()
    return _view(None, connection).GetActiveCamera()


def SaveScreenshot(
    filename: str | Path,
    view: View | None = None,
    ImageResolution: Sequence[int] | None = None,
    ImageQuality: int = 0,
    **options: Any,
) -> None:
    """Write a picture of a view, as I see it, to a .png or .jpg file of this machine.

    ImageResolution: (width, height) in pixels; the view's size by default.
    options: ParaView's others; what is not off raises NotThereYetError.
    """
    refuse("SaveScreenshot", options, PICTURE_OPTIONS)
    connection = client.active()
    size = None
    if ImageResolution is not None:
        if len(ImageResolution) != 2:
            raise InvalidValueError(
                f"ImageResolution: {list(ImageResolution)} is no (width, height)"
            )
        size = (int(ImageResolution[0]), int(ImageResolution[1]))
    _view(view, connection).SaveImage(filename, size, ImageQuality)


WriteImage = SaveScreenshot
