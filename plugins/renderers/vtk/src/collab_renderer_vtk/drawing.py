"""One view: its representations as parts in a window, brought up to date and drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import (
    Camera,
    Hit,
    Pick,
    ProxyId,
    RendererHost,
    Scene,
    Selected,
    SelectOn,
    State,
    Table,
)
from collab_renderer_vtk import objects
from collab_renderer_vtk.complaints import Complaints
from collab_renderer_vtk.contents import Contents
from collab_renderer_vtk.curated.views import GEOMETRY_REPRESENTATION
from collab_renderer_vtk.highlight import HighlightPart
from collab_renderer_vtk.information import united_bounds
from collab_renderer_vtk.parts import GeometryPart, Shown, VolumePart
from collab_renderer_vtk.picking import (
    ASSOCIATIONS,
    Pickable,
    area_of,
    corners_of,
    hit,
    on_surface,
    through,
)
from collab_renderer_vtk.pipeline import Pipeline
from collab_renderer_vtk.scalar_bar import Box, ScalarBarPart
from collab_renderer_vtk.scene import Describing, Visible
from collab_renderer_vtk.stage_error import StageError, told_as_stage_error
from collab_renderer_vtk.window import Window

_SCALAR_BAR = "ScalarBarWidgetRepresentation"


def visible(state: State, view: ProxyId) -> Iterator[ProxyId]:
    """The representations that a view draws, in order."""
    for id in objects.elements(state, view, "Representations"):
        if id in state.proxies and objects.plain(state, id, "Visibility", True):
            yield id


def wanted(state: State, view: ProxyId) -> Iterator[ProxyId]:
    """The proxies with data that a view shows."""
    for id in visible(state, view):
        for element in objects.elements(state, id, "Input"):
            yield element.proxy


class Drawing:
    """What is drawn of one view."""

    def __init__(
        self, view: ProxyId, host: RendererHost, pipeline: Pipeline, complaints: Complaints
    ) -> None:
        self._view = view
        self._host = host
        self._complaints = complaints
        self._pipeline = pipeline
        self._window = Window()
        self._parts: dict[ProxyId, GeometryPart | VolumePart] = {}
        self._shown_by: dict[ProxyId, Shown] = {}
        self._signatures: dict[ProxyId, Any] = {}
        """What each part was last made from."""
        self._highlights: dict[ProxyId, HighlightPart] = {}
        """By the representation over which it is drawn."""
        self._bars: dict[ProxyId, ScalarBarPart] = {}
        self._explained: dict[ProxyId, tuple[Any, str] | None] = {}
        """What each bar shows."""
        self._made_from: State | None = None
        self._made_after = 0
        self._bars_made_for: tuple[Any, ...] = ()
        self.problems: dict[ProxyId, str] = {}
        """Why a representation does not look as it should, by proxy."""

    def close(self) -> None:
        """Give the window's memory back."""
        self._window.close()

    # -- bringing it up to date --------------------------------------------------------------

    def update(self, state: State) -> None:
        """Bring the parts in line with `state` and what the pipeline has put out."""
        executions = self._pipeline.executions
        if self._made_from is state and self._made_after == executions:
            return
        self._made_from, self._made_after, self._bars_made_for = state, executions, ()
        self.problems = {}
        quarantine = state.table(Table.QUARANTINE)
        drawn = [id for id in visible(state, self._view) if id not in quarantine]
        bars = [id for id in drawn if state.proxy(id).type == _SCALAR_BAR]
        shown = {id: found for id in drawn if (found := self._shown(state, id))}
        for id in [*self._parts.keys() - shown.keys(), *self._bars.keys() - set(bars)]:
            self._remove(id)
        for id, found in shown.items():
            with self._noted(id) as complaints:
                self._update_part(id, found, complaints)
        self._highlight(state, {id: found for id, found in shown.items() if id in self._parts})
        self._explained.clear()
        for id in bars:
            if id not in self._bars:
                self._bars[id] = ScalarBarPart(self._window.overlay)
            with self._noted(id):
                self._explained[id] = self._explanation(state, id)

    @contextmanager
    def _noted(self, id: ProxyId) -> Iterator[Complaints]:
        """Say that `id` is worked at; what goes wrong within is its problem, and ends there."""
        self._host.working(id)
        try:
            with self._complaints.listen() as complaints, told_as_stage_error():
                yield complaints
        except StageError as error:
            self.problems[id] = str(error)
        finally:
            self._host.working(0)

    def _shown(self, state: State, id: ProxyId) -> Shown | None:
        """What a representation shows; None when its input has nothing to show."""
        inputs = objects.elements(state, id, "Input")
        if not inputs:
            return None
        source, port = inputs[0].proxy, inputs[0].port
        data = self._pipeline.output(source, port)
        information = self._pipeline.information(source, port)
        if data is None or information is None:
            return None
        return Shown(state, id, data, information)

    def _update_part(self, id: ProxyId, shown: Shown, complaints: Complaints) -> None:
        if (type := shown.state.proxy(id).type) != GEOMETRY_REPRESENTATION.type:
            raise StageError(f"{type} can't be drawn in a view of three dimensions")
        volume = shown.plain("Representation") == "Volume"
        part = self._parts.get(id)
        if part is None or isinstance(part, VolumePart) != volume:
            self._remove(id)
            part = self._new_part(id, volume)
        self._shown_by[id] = shown
        signature = self._signature(shown)
        if self._signatures.get(id) == signature:
            return
        self._signatures.pop(id, None)
        part.prop.SetVisibility(not volume)  # a surface without its colours is worth drawing
        part.update(shown)
        part.prop.SetVisibility(True)
        if complaints.error:
            raise StageError(complaints.error)
        self._signatures[id] = signature

    def _highlight(self, state: State, parts: Mapping[ProxyId, Shown]) -> None:
        """Draw what is selected of the data that these parts show."""
        selections = state.table(Table.SELECTIONS)
        selected: dict[ProxyId, ProxyId] = {}
        for id in parts:
            source = objects.elements(state, id, "Input")[0]
            selection: ProxyId = selections.get((source.proxy, source.port), 0)
            if selection in state.proxies:
                selected[id] = selection
        for id in self._highlights.keys() - selected.keys():
            self._window.scene.RemoveViewProp(self._highlights.pop(id).prop)
        for id, selection in selected.items():
            if id not in self._highlights:
                self._highlights[id] = HighlightPart()
                self._window.scene.AddViewProp(self._highlights[id].prop)
            signature = (selection, tuple(state.values(selection)), self._signature(parts[id]))
            with self._noted(id):
                self._highlights[id].update(parts[id], selection, signature)

    def _new_part(self, id: ProxyId, volume: bool) -> GeometryPart | VolumePart:
        def working() -> None:
            self._host.working(id)

        part = VolumePart(self._window.emulated) if volume else GeometryPart(working)
        self._parts[id] = part
        self._window.scene.AddViewProp(part.prop)
        return part

    def _remove(self, id: ProxyId) -> None:
        if part := self._parts.pop(id, None):
            self._window.scene.RemoveViewProp(part.prop)
        if bar := self._bars.pop(id, None):
            bar.remove()
        self._signatures.pop(id, None)
        self._shown_by.pop(id, None)

    def _signature(self, shown: Shown) -> Any:
        state = shown.state
        source = objects.elements(state, shown.proxy, "Input")[0]
        referenced = [
            tuple(state.values(id))
            for name in ("LookupTable", "ScalarOpacityFunction")
            if (id := objects.reference(state, shown.proxy, name)) in state.proxies
        ]
        serial = self._pipeline.serial(source.proxy)
        return (tuple(state.values(shown.proxy)), referenced, source, serial)

    def bounds(self) -> tuple[float, ...]:
        """The bounds of all that is visible; empty when nothing is."""
        props: list[Any] = [part.prop for part in self._parts.values()]
        return united_bounds(prop.GetBounds() or () for prop in props if prop.GetVisibility())

    # -- the picture -------------------------------------------------------------------------

    def draw(self, state: State, camera: Camera, size_px: tuple[int, int], draft: bool) -> Any:
        """Draw what `update` has prepared; returns the VTK window, for its pixels to be read.

        draft: edges need not be smooth. Raises whatever VTK's wrappers do.
        """
        window = self._window
        axes = self._furnish(state)
        self._set_bars(state, size_px)
        parts = [part for part in self._parts.values() if part.prop.GetVisibility()]
        self._host.working(self._view)
        try:
            return window.draw(
                camera,
                size_px,
                axes=axes,
                smooth=objects.plain(state, self._view, "UseFXAA", True) and not draft,
                peel=any(part.translucent for part in parts),
            )
        finally:
            self._host.working(0)

    def _furnish(self, state: State) -> bool:
        """Set what is around the data as the view says; whether there are axes in the corner."""

        def plain(name: str, default: Any) -> Any:
            return objects.plain(state, self._view, name, default)

        gradient = plain("BackgroundColorMode", 0) == 1
        lower = plain("Background", (0.32, 0.34, 0.43))
        self._window.set_background(lower, plain("Background2", lower) if gradient else None)
        self._window.set_lights(plain("UseLight", True))
        return bool(plain("OrientationAxesVisibility", True))

    def scene(self, state: State, contents: Contents, max_bytes: int) -> Scene:
        """What `update` has prepared, for somebody else to draw. Raises StageError."""
        axes = self._furnish(state)
        visible: list[Visible] = []
        for id, part in self._parts.items():
            shown = self._shown_by.get(id)
            if shown is not None and part.prop.GetVisibility():
                source = objects.elements(state, id, "Input")[0]
                outline = shown.plain("Representation") == "Outline"
                serial = self._pipeline.serial(source.proxy)
                made_from = (source.proxy, source.port, serial, outline)
                visible.append(Visible(id, part, made_from, shown))
        for id, highlight in self._highlights.items():
            if highlight.prop.GetVisibility():
                visible.append(Visible(id, highlight, highlight.made_from))
        bars = {id: found for id, found in self._explained.items() if found is not None}
        self._host.working(self._view)
        try:
            describing = Describing(contents)
            return describing.scene(state, visible, bars, self._window, axes, max_bytes)
        finally:
            self._host.working(0)

    # -- what is in the picture --------------------------------------------------------------

    def pick(self, camera: Camera, size_px: tuple[int, int], query: Pick) -> Hit:
        """What is seen at a point. Raises InvalidValueError."""
        area = area_of((query.x, query.y) * 2, size_px)
        with self._seen(camera, size_px):
            found = self._window.select(area)
            return hit(self._window.scene, found, self._pickable(), query.x, query.y)

    def select(self, camera: Camera, size_px: tuple[int, int], query: SelectOn) -> Selected:
        """The points or cells in a rectangle. Raises InvalidValueError."""
        area = area_of(query.rectangle, size_px)
        if query.association not in ASSOCIATIONS:
            raise InvalidValueError(
                f"{query.association!r} can't be selected; allowed: {', '.join(ASSOCIATIONS)}"
            )
        with self._seen(camera, size_px):
            corners = corners_of(self._window.scene, area)
            if query.through:
                return through(self._pickable(), query.association, corners)
            found = self._window.select(area)
            return on_surface(found, self._pickable(), query.association, corners)

    @contextmanager
    def _seen(self, camera: Camera, size_px: tuple[int, int]) -> Iterator[None]:
        """Look with this camera, and say that the view is worked at."""
        self._host.working(self._view)
        try:
            with self._complaints.listen() as complaints, told_as_stage_error():
                self._window.look(camera, size_px)
                yield
            if complaints.error:
                raise StageError(complaints.error)
        finally:
            self._host.working(0)

    def _pickable(self) -> dict[ProxyId, Pickable]:
        """What can be picked: surfaces, not volumes."""
        return {
            id: Pickable(
                part.prop,
                part.surface,
                shown,
                objects.elements(shown.state, id, "Input")[0],
                shown.plain("Representation") != "Outline",
            )
            for id, part in self._parts.items()
            if isinstance(part, GeometryPart)
            and part.prop.GetVisibility()
            and (shown := self._shown_by.get(id))
        }

    def _set_bars(self, state: State, size_px: tuple[int, int]) -> None:
        """Lay out the scalar bars, unless they are as they must be."""
        window = self._window
        made_for = (size_px, window.ink, window.paper)
        if made_for == self._bars_made_for:
            return
        self._bars_made_for = made_for
        taken: list[Box] = []
        for id, bar in self._bars.items():
            bar.hide()
            if found := self._explained.get(id):
                bar.update(state, id, *found, size_px, window.ink, window.paper, taken)

    def _explanation(self, state: State, bar: ProxyId) -> tuple[Any, str] | None:
        """The colours that a scalar bar explains, and a title for them."""
        table = objects.reference(state, bar, "LookupTable")
        for id in self._parts:
            if objects.reference(state, id, "LookupTable") == table:
                shown = self._shown(state, id)
                array = shown.array() if shown else None
                if shown and array:
                    function = shown.colours(array)
                    return function, _title(array.name, array.components, function)
        return None


def _title(name: str, components: int, function: Any) -> str:
    """What a scalar bar is called when nobody has said."""
    if components == 1:
        return name
    if function.GetVectorMode() == function.MAGNITUDE:
        return f"{name} Magnitude"
    component = function.GetVectorComponent()
    return f"{name} {'XYZ'[component] if components <= 3 and component < 3 else component}"
