"""Addresses as people write them, and as transports take them: scheme://host:port."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from collab_kernel.errors import AddressError
from collab_kernel.network import LOOPBACK, is_loopback, join, split
from collab_kernel.plugins import Plugins
from collab_kernel.spi import TransportSpec

DEFAULT_SCHEME = "zmq"
"""What a bare host name means: its default port is ParaView's, 11111."""

PAGE_SCHEMES = {"http": "ws", "https": "wss"}
"""What people copy from a browser, and what a client says for it."""

PAGE_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen or to connect to. local: only this machine reaches it.

    encrypted: the address asks for it (`grpcs://`); whether it can be had is for others to say.
    """

    spec: TransportSpec
    host: str
    port: int | None
    encrypted: bool
    path: str = ""
    """Below which a session is, where a proxy has it: for transports over HTTP."""

    @property
    def local(self) -> bool:
        return self.spec.default_port is None or is_loopback(self.host)

    @property
    def address(self) -> str:
        """As the transport takes it."""
        secure = self.spec.secure_scheme if self.encrypted else None
        return join(secure or self.spec.scheme, self.host, self.port) + self.path


def to_listen_on(text: str, plugins: Plugins) -> Place:
    """What `--transport NAME[://HOST[:PORT]]` means; by default loopback and the usual port.

    Raises AddressError, or PluginError for a transport that is not there.
    """
    scheme, host, port = split(text if "://" in text else f"{text}://")
    return _place(plugins, scheme, host or LOOPBACK, port)


def to_connect_to(text: str, plugins: Plugins) -> Place:
    """Where a server is: a URL, `host:port`, or `host`; below a path, if a transport over HTTP
    leads there. Raises AddressError or PluginError."""
    page, _, rest = text.partition("://")
    if page in PAGE_SCHEMES:
        where, _, token = rest.partition("#")
        where = where.rstrip("/")
        if not re.search(r":\d+(/|$)", where):
            host, slash, below = where.partition("/")
            where = f"{host}:{PAGE_PORTS[page]}{slash}{below}"
        token = " with --token and what stands behind #token=" if "token=" in token else ""
        raise AddressError(
            f"{page}://{where} is a page, for a browser; a client joins at "
            f"{PAGE_SCHEMES[page]}://{where}{token}"
        )
    scheme, mark, rest = text.rpartition("://")
    where, slash, path = rest.partition("/")
    scheme, host, port = split(f"{scheme}{mark}{where}")
    if not host:
        raise AddressError(f"{text!r} names no host")
    place = _place(plugins, scheme or DEFAULT_SCHEME, host, port)
    return replace(place, path=f"{slash}{path}".rstrip("/"))


def _place(plugins: Plugins, scheme: str, host: str, port: int | None) -> Place:
    spec = plugins.transport(scheme)
    port = spec.default_port if port is None else port
    return Place(spec, host, port, scheme == spec.secure_scheme)
