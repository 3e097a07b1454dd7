"""VTK objects that stand for proxies, and how values reach them."""

from __future__ import annotations

from typing import Any

from vtkmodules.vtkCommonTransforms import vtkTransform

from collab_kernel.spi import (
    ProxyId,
    State,
    Value,
)
from collab_renderer_vtk.curated.vocabulary import Attribute, CuratedType, ValueList
from collab_renderer_vtk.describe import vtk_class
from collab_renderer_vtk.stage_error import StageError

LARGEST = 1e150
"""Squares of larger numbers are none any more, and some of VTK's algorithms then write where
they must not."""


def create(curated: CuratedType) -> Any:
    """A new object of the class behind a type."""
    return vtk_class(curated.vtk)()


def push(target: Any, curated: CuratedType, state: State, proxy: ProxyId) -> None:
    """Give `target` the values of `proxy` that are plain attributes.

    VTK marks an object as modified only when a value differs from the one it has. Raises
    StageError for numbers that VTK can't calculate with.
    """
    for property in curated.properties:
        if not isinstance(property, Attribute | ValueList):
            continue
        value = state.value(proxy, property.name)
        if value is None:  # an older journal's proxy may lack it: VTK's default stays
            continue
        _check(property.name, value)
        if isinstance(property, Attribute):
            getattr(target, f"Set{property.attribute}")(*value.elements)
        else:
            getattr(target, f"SetNumberOf{property.plural}")(len(value.elements))
            for i, element in enumerate(value.elements):
                target.SetValue(i, element)


def _check(name: str, value: Value) -> None:
    for element in value.elements:
        if isinstance(element, float) and abs(element) > LARGEST:
            raise StageError(f"{name}: {element:g} is too large to calculate with")


def plain(state: State, proxy: ProxyId, name: str, default: Any = None) -> Any:
    """The single element, or the tuple of elements, of a value; `default` when there is none."""
    value = state.value(proxy, name)
    return default if value is None else value.plain


def elements(state: State, proxy: ProxyId, name: str) -> tuple[Any, ...]:
    """The elements of a value; () when there is none."""
    value: Value | None = state.value(proxy, name)
    return value.elements if value else ()


def reference(state: State, proxy: ProxyId, name: str) -> ProxyId:
    """The first proxy that a value names; 0: none."""
    value = state.value(proxy, name)
    found = value.references if value else ()
    return found[0] if found else 0


class ImplicitFunction:
    """The implicit function of a proxy. function: None for the type Scalar."""

    def __init__(self, curated: CuratedType) -> None:
        self._curated = curated
        self.function: Any = create(curated) if curated.vtk else None

    def push(self, state: State, proxy: ProxyId) -> None:
        """Take over the values of `proxy`."""
        if self.function is None:
            return
        push(self.function, self._curated, state, proxy)
        if self._curated.type == "Box":
            self._place_box(state, proxy)

    def _place_box(self, state: State, proxy: ProxyId) -> None:
        """VTK's box is the unit cube, moved; a transform takes points into its frame."""
        rotation = elements(state, proxy, "Rotation") or (0.0, 0.0, 0.0)
        transform = vtkTransform()
        transform.Translate(*elements(state, proxy, "Position"))
        transform.RotateZ(rotation[2])
        transform.RotateX(rotation[0])
        transform.RotateY(rotation[1])
        # A flat box would have no inverse.
        transform.Scale(*(length or 1e-12 for length in elements(state, proxy, "Length")))
        transform.Inverse()
        self.function.SetBounds(0.0, 1.0, 0.0, 1.0, 0.0, 1.0)
        self.function.SetTransform(transform)
