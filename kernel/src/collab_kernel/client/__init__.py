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
from functools import partial
from pathlib import Path

from collab_kernel.client.drafting import Drafting
from collab_kernel.client.drags import Drag
from collab_kernel.client.people import Participant, Pointer
from collab_kernel.client.pins import Pin
from collab_kernel.client.proposals import Proposal
from collab_kernel.client.proxies import Frame, Proxy, View
from collab_kernel.client.session import Session
from collab_kernel.client.statefile import Files, load_state, save_state
from collab_kernel.client.watching import Frames, WatchedFrame
from collab_kernel.core import series, showing
from collab_kernel.core.commands import (
    Annotate,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Link,
    Operation,
    Register,
    Select,
    Set,
    Unlink,
)
from collab_kernel.core.definitions import ProxyDefinition, nearest
from collab_kernel.core.events import Event
from collab_kernel.core.facts import ArrayInformation, Camera, DataInformation, Derived, Progress
from collab_kernel.core.measures import Health, Metric, Sample, SessionStatus, Status
from collab_kernel.core.messages import Hello, LookingBack, TypeInfo
from collab_kernel.core.peer import Capability
from collab_kernel.core.queries import Hit, Log, LogEntry, Selected, SelectedIds
from collab_kernel.core.spreadsheet import Block, Column, Rows
from collab_kernel.core.state import ChatRow, HistoryRow, Role, State
from collab_kernel.core.values import Blob, Input, Value
from collab_kernel.errors import AddressError
from collab_kernel.host.addresses import to_connect_to, to_listen_on
from collab_kernel.host.client import Connection
from collab_kernel.host.reconnection import (
    RECONNECT_S,
    Back,
    Dial,
    Notice,
    Reconnecting,
    Reconnection,
    Skipped,
)
from collab_kernel.host.security import Locks
from collab_kernel.plugins import Plugins, load, made
from collab_kernel.spi import Channel, Listener, Security

__all__ = [
    "RECONNECT_S",
    "Annotate",
    "ArrayInformation",
    "Back",
    "Blob",
    "Block",
    "Camera",
    "ChatRow",
    "Column",
    "Connect",
    "Create",
    "DataInformation",
    "Delete",
    "Derived",
    "Disconnect",
    "Drafting",
    "Drag",
    "Edit",
    "Event",
    "Files",
    "Frame",
    "Frames",
    "Health",
    "HistoryRow",
    "Hit",
    "Input",
    "Link",
    "Log",
    "LogEntry",
    "LookingBack",
    "Metric",
    "Notice",
    "Operation",
    "Participant",
    "Pin",
    "Pointer",
    "Progress",
    "Proposal",
    "Proxy",
    "ProxyDefinition",
    "Reconnecting",
    "Register",
    "Role",
    "Rows",
    "Sample",
    "Select",
    "Selected",
    "SelectedIds",
    "Session",
    "SessionStatus",
    "Set",
    "Skipped",
    "State",
    "Status",
    "TypeInfo",
    "Unlink",
    "Value",
    "View",
    "WatchedFrame",
    "connect",
    "load_state",
    "look_on",
    "nearest",
    "save_state",
    "series",
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
    connect_id: str = "",
    front_end: str = "python",
    reconnect_s: float = RECONNECT_S,
    plugins: Plugins | None = None,
) -> Session:
    """Take part in a session of the server at `url`; the empty session is its default.

    url: `scheme://host:port`; `host` and `host:port` mean ZMQ, and a port may be left out.
    token: what the server's owner gave out.  tls: for an encrypted transport, a file with the
    certificates to trust (PEM), or with the server's public key (CURVE).
    connect_id: where the session asks for one.
    reconnect_s: for how long the session tries to come back when its connection breaks, before
    it ends; 0: it ends at once.
    Raises AddressError, UnknownPluginError, ConnectionLostError, SessionFullError and other
    RefusedErrors, VersionMismatchError or AuthenticationFailedError.
    """
    address, dial = _dialled(url, tls, plugins)
    hello = _hello(name, session, token, connect_id, front_end)
    return await _join(await dial(), hello, address, Reconnection(dial, reconnect_s))


async def look_on(
    url: str,
    name: str = "",
    session: str = "",
    token: str | None = None,
    tls: Security | str | Path | None = None,
    *,
    connect_id: str = "",
    front_end: str = "python",
    plugins: Plugins | None = None,
) -> Session:
    """Look at a session and ask about it without taking part: nobody hears of it, it takes no
    seat, and it may know what it could know by joining. The state is as it is now, and stays so.

    What can be asked is `server_status`, `read_log`, `definition` and `fetch_value`; it ends after
    five minutes. A server that does not know of this lets it in as a participant. Arguments and
    errors as of `connect`.
    """
    address, dial = _dialled(url, tls, plugins)
    hello = _hello(name, session, token, connect_id, front_end)
    asks = replace(hello, capabilities=(Capability.ASK,))
    return await _join(await dial(), asks, address, Reconnection(dial, 0.0))


def _dialled(
    url: str, tls: Security | str | Path | None, plugins: Plugins | None
) -> tuple[str, Dial]:
    """The address in full, and how to connect to it. Raises AddressError."""
    place = to_connect_to(url, plugins or load())
    security = None
    if place.encrypted:
        authority = str(tls) if isinstance(tls, str | Path) else None
        security = tls if isinstance(tls, Security) else Security(authority_file=authority)
    elif tls is not None:
        raise AddressError(f"{url!r} is not encrypted, so tls means nothing there")
    transport = made(place.spec, place.spec.create)
    return place.address, partial(transport.connect, place.address, security)


async def wait_for_server(
    url: str,
    name: str = "",
    session: str = "",
    token: str | None = None,
    *,
    locks: Locks | None = None,
    connect_id: str = "",
    front_end: str = "python",
    plugins: Plugins | None = None,
    listening: Callable[[str], None] = lambda address: None,
    reconnect_s: float = RECONNECT_S,
) -> Session:
    """Listen at `url` until a server dials in (`collab serve --reverse`), and join its session.

    locks: certificate or key, as a server has them; beyond this machine encryption is needed,
    since the token goes to whoever dials in.  listening: called with the real address.
    reconnect_s: for how long the session waits for the server to dial in again when the
    connection breaks. Raises as `connect`. What else dials in is turned away.
    """
    place = to_listen_on(url, plugins or load())
    security = (locks or Locks()).security(place, let_in_by="")
    arrivals = _Arrivals()
    secured = replace(place, encrypted=security is not None)
    transport = made(place.spec, place.spec.create)
    listener = await transport.listen(secured.address, arrivals.accept, security)
    try:
        listening(listener.address)
        hello = _hello(name, session, token, connect_id, front_end)
        reconnection = Reconnection(arrivals.next, reconnect_s)
        return await _join(await arrivals.next(), hello, listener.address, reconnection, listener)
    except BaseException:
        await listener.close()
        raise


def _hello(name: str, session: str, token: str | None, connect_id: str, front_end: str) -> Hello:
    return Hello(
        session=session,
        name=name,
        token=token or "",
        front_end=front_end,
        connect_id=connect_id,
    )


class _Arrivals:
    """Who dials in: taken while somebody is waited for, from the beginning on."""

    def __init__(self) -> None:
        self._awaited: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        self._taken = False
        self._turned_away: set[asyncio.Task[None]] = set()

    def accept(self, channel: Channel) -> None:
        if not self._awaited.done():
            self._awaited.set_result(channel)
            return
        closing = asyncio.create_task(channel.close())
        self._turned_away.add(closing)
        closing.add_done_callback(self._turned_away.discard)

    async def next(self) -> Channel:
        """Whoever dials in next."""
        if self._taken:
            self._awaited = asyncio.get_running_loop().create_future()
        self._taken = True
        return await self._awaited


async def _join(
    channel: Channel,
    hello: Hello,
    url: str,
    reconnection: Reconnection,
    listener: Listener | None = None,
) -> Session:
    connection = Connection(channel, reconnection)
    await connection.join(hello)
    return Session(connection, url, listener)
