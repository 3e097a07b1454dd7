"""Addresses as people write them, and as transports take them: scheme://host:port."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from collab_kernel.errors import AddressError
from collab_kernel.plugins import Plugins
from collab_kernel.spi import TransportSpec

DEFAULT_SCHEME = "zmq"
"""What a bare host name means: its default port is ParaView's, 11111."""

LOOPBACK = "127.0.0.1"


def split(text: str) -> tuple[str, str, int | None]:
    """(scheme, host, port) of `scheme://host:port`, `host:port` or `host`; "" is no scheme.

    Raises AddressError.
    """
    scheme, mark, rest = text.rpartition("://")
    if mark and not scheme:
        raise AddressError(f"{text!r} is no address: nothing stands before '://'")
    host, port_text = rest, ""
    if rest.startswith("["):  # an IPv6 address
        host, bracket, port_text = rest[1:].partition("]")
        if not bracket or (port_text and not port_text.startswith(":")):
            raise AddressError(f"{text!r} is no address: expected [host]:port")
        port_text = port_text[1:]
    elif rest.count(":") == 1:
        host, port_text = rest.split(":")
    elif ":" in rest:
        raise AddressError(f"{text!r} is no address: write an IPv6 address in brackets")
    if not port_text:
        return scheme, host, None
    digits = port_text.isascii() and port_text.isdigit() and len(port_text) <= 5
    if not (digits and int(port_text) < 65536):
        raise AddressError(f"{text!r} is no address: {port_text!r} is no port (0 to 65535)")
    return scheme, host, int(port_text)


def join(scheme: str, host: str, port: int | None) -> str:
    """The address as transports take it."""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port is None else f":{port}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen or to connect to. local: only this machine reaches it.

    encrypted: the address asks for it (`grpcs://`); whether it can be had is for others to say.
    """

    spec: TransportSpec
    host: str
    port: int | None
    encrypted: bool

    @property
    def local(self) -> bool:
        return self.spec.default_port is None or is_loopback(self.host)

    @property
    def address(self) -> str:
        """As the transport takes it."""
        secure = self.spec.secure_scheme if self.encrypted else None
        return join(secure or self.spec.scheme, self.host, self.port)


def to_listen_on(text: str, plugins: Plugins) -> Place:
    """What `--transport NAME[://HOST[:PORT]]` means; by default loopback and the usual port.

    Raises AddressError, or PluginError for a transport that is not there.
    """
    scheme, host, port = split(text if "://" in text else f"{text}://")
    return _place(plugins, scheme, host or LOOPBACK, port)


def to_connect_to(text: str, plugins: Plugins) -> Place:
    """Where a server is: a URL, `host:port`, or `host`. Raises AddressError or PluginError."""
    scheme, host, port = split(text)
    if not host:
        raise AddressError(f"{text!r} names no host")
    return _place(plugins, scheme or DEFAULT_SCHEME, host, port)


def _place(plugins: Plugins, scheme: str, host: str, port: int | None) -> Place:
    spec = plugins.transport(scheme)
    port = spec.default_port if port is None else port
    return Place(spec, host, port, scheme == spec.secure_scheme)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
