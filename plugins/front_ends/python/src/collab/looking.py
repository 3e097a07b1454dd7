"""A participant's own values: the camera above all. They are shown to others, never refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from collab_kernel.client import Camera, Session, Value
from collab_kernel.client import Proxy as KernelProxy
from collab_kernel.spi import ProxyId

FIELDS = {
    "CameraPosition": "position",
    "CameraFocalPoint": "focal_point",
    "CameraViewUp": "view_up",
    "CameraViewAngle": "view_angle",
    "CameraParallelScale": "parallel_scale",
    "CameraParallelProjection": "parallel_projection",
}
"""Properties of a view, and the fields of the camera that they are."""

SIZE = "ViewSize"
"""The own property that nobody has from whom they follow."""


def own(session: Session, id: ProxyId, property: str) -> tuple[Any, ...]:
    """The elements of an own property; of what is in sight (a camera, a chart's axes), as I see
    it, whomever I follow."""
    if property in FIELDS:
        value = getattr(session.looking.camera(id), FIELDS[property])
        return value if isinstance(value, tuple) else (value,)
    if property == SIZE:
        found = session.looking.own(id, property)
    else:
        found = session.looking.seen(id).get(property)
    return found.elements if found else ()


async def show_own(session: Session, proxy: KernelProxy, values: Mapping[str, Any]) -> None:
    """Set own properties of mine. Raises InvalidValueError."""
    fields = {}
    for name, value in session.values({n: v for n, v in values.items() if n in FIELDS}):
        fields[FIELDS[name]] = accepted(proxy, name, value)
    if SIZE in values:
        session.looking.show(proxy.id, session.values({SIZE: values[SIZE]}))
    axes = {n: v for n, v in values.items() if n not in FIELDS and n != SIZE}
    if axes:
        checked = [(n, proxy.definition.property(n).accept(v)) for n, v in session.values(axes)]
        await follow_nobody(session)
        session.looking.turn(proxy.id, tuple(checked))
    if fields:
        await look(session, proxy.id, replace(session.looking.camera(proxy.id), **fields))


def accepted(proxy: KernelProxy, property: str, value: Value) -> Any:
    return proxy.definition.property(property).accept(value).plain


async def look(session: Session, view: ProxyId, camera: Camera) -> None:
    """Look with a camera of my own, and follow nobody from now on."""
    await follow_nobody(session)
    session.looking.look(view, camera)


async def follow_nobody(session: Session) -> None:
    """Look around on my own from now on."""
    if session.me.following is not None:
        await session.follow(None)
