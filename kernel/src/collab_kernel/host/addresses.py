"""Addresses as people write them, and as transports take them: scheme://host:port."""

from __future__ import annotations

import ipaddress

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
    if not (port_text.isascii() and port_text.isdigit() and int(port_text) < 65536):
        raise AddressError(f"{text!r} is no address: {port_text!r} is no port (0 to 65535)")
    return scheme, host, int(port_text)


def join(scheme: str, host: str, port: int | None) -> str:
    """The address as transports take it."""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port is None else f":{port}")


def to_listen_on(text: str, plugins: Plugins) -> tuple[TransportSpec, str]:
    """What `--transport NAME[://HOST[:PORT]]` means: the transport and where it listens.

    Raises AddressError, also for a host beyond this machine: nobody listens there without
    authentication. Raises PluginError for a transport that is not there.
    """
    if "://" not in text:
        text = f"{text}://"
    scheme, host, port = split(text)
    spec = plugins.transport(scheme)
    if spec.default_port is None:
        return spec, join(spec.scheme, host, port)
    host = host or LOOPBACK
    if not is_loopback(host):
        raise AddressError(
            f"{text!r} is beyond this machine: listening there needs authentication, which is "
            f"not available yet; use {join(spec.scheme, LOOPBACK, spec.default_port)} and an SSH "
            "tunnel"
        )
    return spec, join(spec.scheme, host, spec.default_port if port is None else port)


def to_connect_to(text: str, plugins: Plugins) -> tuple[TransportSpec, str]:
    """The transport and the address of a server: a URL, `host:port`, or `host`.

    Raises AddressError or PluginError.
    """
    scheme, host, port = split(text)
    spec = plugins.transport(scheme or DEFAULT_SCHEME)
    if not host:
        raise AddressError(f"{text!r} names no host")
    if spec.default_port is None:
        return spec, join(spec.scheme, host, port)
    return spec, join(spec.scheme, host, spec.default_port if port is None else port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
