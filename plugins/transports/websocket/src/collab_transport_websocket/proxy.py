"""What a reverse proxy says of whom it brings. Where there is none, anybody can say it."""

from __future__ import annotations

import ipaddress

from websockets.datastructures import Headers

from collab_kernel.network import place

FOR, HOST = "X-Forwarded-For", "X-Forwarded-Host"


def forwarded_peer(headers: Headers) -> str | None:
    """The address from which the proxy was asked; None: it does not say one.

    Proxies add to what they are given, and who asks may give anything: the last word is the
    proxy's own.
    """
    text = _last(headers, FOR)
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:  # an IPv4 address and a port, which says nothing
        host = host.partition(":")[0]
    try:
        # A zone can be any text, and is of no use elsewhere.
        return place(str(ipaddress.ip_address(host.partition("%")[0])), None)
    except ValueError:
        return None


def forwarded_host(headers: Headers) -> str | None:
    """The HOST[:PORT] that the proxy was asked for; None: it does not say."""
    return _last(headers, HOST).lower() or None


def _last(headers: Headers, name: str) -> str:
    values = headers.get_all(name)
    return values[-1].rpartition(",")[2].strip() if values else ""
