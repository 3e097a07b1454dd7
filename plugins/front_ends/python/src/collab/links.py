"""What is kept equal: properties, proxies, views and their cameras.

A link of a name that is there already takes its place. Without a name it is called after what it
ties. Each of these is one step, which can be undone.
"""

from __future__ import annotations

from collab.client import client
from collab.proxy import Proxy
from collab.view import View
from collab_kernel.client import Link, Operation, Unlink
from collab_kernel.spi import LinkEnd, LinkKind


def AddProxyLink(proxy1: Proxy, proxy2: Proxy, linkName: str = "") -> str:
    """Keep every property that two proxies have in common equal, but what they are connected
    to; the link's name. Now the second becomes what the first is. Raises LinkError."""
    return _add(LinkKind.PROXY, linkName, (proxy1, ""), (proxy2, ""))


def AddPropertyLink(
    proxy1: Proxy, property1: str, proxy2: Proxy, property2: str, linkName: str = ""
) -> str:
    """Keep two properties equal, of two proxies or of one; the link's name. Raises LinkError,
    UnknownAttributeError."""
    ends = ((proxy1, property1), (proxy2, property2))
    named = ((proxy, proxy.GetProperty(property).Name) for proxy, property in ends)
    return _add(LinkKind.PROPERTY, linkName, *named)


def AddViewLink(viewProxy: View, viewProxyOther: View, linkName: str = "") -> str:
    """Keep two views equal, but their cameras; the link's name."""
    return _add(LinkKind.PROXY, linkName, (viewProxy, ""), (viewProxyOther, ""))


def AddRenderViewLink(
    viewProxy: View, viewProxyOther: View, linkName: str = "", linkCameras: bool = False
) -> str:
    """Keep two views equal, and (linkCameras) everybody's cameras in them; the link's name."""
    kind = LinkKind.VIEW if linkCameras else LinkKind.PROXY
    return _add(kind, linkName, (viewProxy, ""), (viewProxyOther, ""))


def AddCameraLink(viewProxy: View, viewProxyOther: View, linkName: str = "") -> str:
    """Let everybody look at two views with one camera, their own; the link's name."""
    return _add(LinkKind.CAMERA, linkName, (viewProxy, ""), (viewProxyOther, ""))


def _add(kind: LinkKind, name: str, *ends: tuple[Proxy, str]) -> str:
    connection = client.active()
    name = name or "-".join([*(proxy.name for proxy, _ in ends), "link"])
    tied = tuple(LinkEnd(proxy.id, property) for proxy, property in ends)
    gone: tuple[Operation, ...] = (Unlink(name),) if name in connection.session.links else ()
    connection.edit(*gone, Link(name, kind, tied), label=f"Link {name}")
    return name


def RemoveLink(linkName: str) -> None:
    """Raises UnknownLinkError."""
    connection = client.active()
    connection.run(connection.session.unlink(linkName))


RemoveCameraLink = RemoveLink


def GetLinks() -> list[str]:
    """The names of all links."""
    return list(client.active().session.links)
