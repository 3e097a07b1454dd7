"""The public async client: join a session, see it, and change it.

    session = await connect("zmq://127.0.0.1:11111", name="Ada")
    sphere = await session.create("sources", "SphereSource", ThetaResolution=16)
    await sphere.set(Radius=2.0)
    await session.close()

Everything that is read (`sphere["Radius"]`, `session.participants`) comes from a mirror in
this process and costs no round trip; everything that is changed is acknowledged by the server
or raises the error that it answers with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from collab_kernel.client.proxies import Frame, Proxy, View
from collab_kernel.client.session import Participant, Session
from collab_kernel.core import showing
from collab_kernel.core.commands import (
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Operation,
    Register,
    Set,
)
from collab_kernel.core.definitions import ProxyDefinition, nearest
from collab_kernel.core.events import Event
from collab_kernel.core.facts import ArrayInformation, Camera, DataInformation, Derived, Progress
from collab_kernel.core.messages import Hello, TypeInfo
from collab_kernel.core.state import ChatRow, HistoryRow, Role, State
from collab_kernel.core.values import Input, Value
from collab_kernel.errors import AddressError
from collab_kernel.host.addresses import to_connect_to, to_listen_on
from collab_kernel.host.client import Connection
from collab_kernel.host.security import Locks
from collab_kernel.plugins import Plugins, load, made
from collab_kernel.spi import Channel, Listener, Security

__all__ = [
    "ArrayInformation",
    "Camera",
    "ChatRow",
    "Connect",
    "Create",
    "DataInformation",
    "Delete",
    "Derived",
    "Disconnect",
    "Edit",
    "Event",
    "Frame",
    "HistoryRow",
    "Input",
    "Operation",
    "Participant",
    "Progress",
    "Proxy",
    "ProxyDefinition",
    "Register",
    "Role",
    "Session",
    "Set",
    "State",
    "TypeInfo",
    "Value",
    "View",
    "connect",
    "nearest",
    "showing",
    "wait_for_server",
]


async def connect(
    url: str,
    name: str = "",
    session: str = "",
    token: str | None = None,
    tls: Security | str | Path | None = None,
    *,
    front_end: str = "python",
    plugins: Plugins | None = None,
) -> Session:
    """Take part in a session of the server at `url`; the empty session is its default.

    url: `scheme://host:port`; `host` and `host:port` mean ZMQ, and a port may be left out.
    token: what the server's owner gave out.  tls: for an encrypted transport, a file with the
    certificates to trust (PEM), or with the server's public key (CURVE).
    Raises AddressError, UnknownPluginError, ConnectionLostError, SessionFullError and other
    RefusedErrors, VersionMismatchError or AuthenticationFailedError.
    """
    place = to_connect_to(url, plugins or load())
    security = None
    if place.encrypted:
        authority = str(tls) if isinstance(tls, str | Path) else None
        security = tls if isinstance(tls, Security) else Security(authority_file=authority)
    elif tls is not None:
        raise AddressError(f"{url!r} is not encrypted, so tls means nothing there")
    channel = await made(place.spec, place.spec.create).connect(place.address, security)
    hello = Hello(session=session, name=name, token=token or "", front_end=front_end)
    return await _join(channel, hello, place.address)


async def wait_for_server(
    url: str,
    name: str = "",
    session: str = "",
    token: str | None = None,
    *,
    locks: Locks | None = None,
    front_end: str = "python",
    plugins: Plugins | None = None,
    listening: Callable[[str], None] = lambda address: None,
) -> Session:
    """Listen at `url` until a server dials in (`collab serve --reverse`), and join its session.

    locks: certificate or key, as a server has them; beyond this machine encryption is needed,
    since the token goes to whoever dials in.  listening: called with the real address.
    Raises as `connect`. What dials in later is turned away.
    """
    place = to_listen_on(url, plugins or load())
    security = (locks or Locks()).security(place, let_in_by="")
    arrived: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
    turned_away: set[asyncio.Task[None]] = set()

    def accept(channel: Channel) -> None:
        if not arrived.done():
            arrived.set_result(channel)
        else:
            turned_away.add(asyncio.create_task(channel.close()))

    secured = replace(place, encrypted=security is not None)
    transport = made(place.spec, place.spec.create)
    listener = await transport.listen(secured.address, accept, security)
    try:
        listening(listener.address)
        hello = Hello(session=session, name=name, token=token or "", front_end=front_end)
        return await _join(await arrived, hello, listener.address, listener)
    except BaseException:
        await listener.close()
        raise


async def _join(
    channel: Channel, hello: Hello, url: str, listener: Listener | None = None
) -> Session:
    connection = Connection(channel)
    await connection.join(hello)
    return Session(connection, url, listener)
