"""Addresses, host names and certificates: what every transport over TCP does before it carries.

For transport plugins, and for the host: `parse` an address, ask it for numbers to listen on or to
connect to, and say why that failed. Every error here is an AddressError that a person can act on.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from collab_kernel.errors import AddressError, MessageTooLargeError
from collab_kernel.spi import MAX_MESSAGE_BYTES, Security

LOOPBACK = "127.0.0.1"
_OWN_NAME_WITHIN_S = 1.0

_HOST = re.compile(r"[A-Za-z0-9._-]+|\*|[0-9A-Fa-f:.]+")
_EVERYWHERE = ("*", "0.0.0.0", "::")
_REASONS = {
    errno.EADDRINUSE: "the address is in use",
    errno.EADDRNOTAVAIL: "it is no address of this machine",
    errno.ENODEV: "it is no address of this machine",  # ZeroMQ's word for it
    errno.EACCES: "this port needs more rights",
}


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


def place(host: str, port: int | None) -> str:
    """`host:port`, an IPv6 address in brackets."""
    return (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")


def join(scheme: str, host: str, port: int | None) -> str:
    """The address as transports take it."""
    return f"{scheme}://{place(host, port)}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_size(data: bytes) -> None:
    """Raises MessageTooLargeError for a message that the other side would not take."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise MessageTooLargeError(f"{len(data)} bytes, and {MAX_MESSAGE_BYTES} are the most")


# -- an address at work --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a transport listens or connects. text: as it was given, for errors.

    scheme: says whether the connection is encrypted.
    """

    text: str
    scheme: str
    host: str
    port: int

    async def ips(self) -> list[str]:
        """Numbers for the host, IPv4 first: both ends agree on what `localhost` is.

        Raises AddressError if nobody knows it.
        """
        host = "0.0.0.0" if self.host == "*" else self.host
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise AddressError(f"{self.text}: no host is known as {host!r}") from error
        found.sort(key=lambda entry: entry[0] != socket.AF_INET)
        return [str(entry[4][0]) for entry in found]

    def check_port(self) -> None:
        """Raises AddressError if there is no port to connect to."""
        if self.port == 0:
            raise AddressError(f"{self.text} names no port to connect to")

    async def reached_at(self, port: int) -> str:
        """The address of a listener here, on `port`, as others connect to it."""
        host = await _own_name() if self.host in _EVERYWHERE else self.host
        return join(self.scheme, host, port)

    def refusal(self, number: int | None, otherwise: str | None) -> AddressError:
        """That nobody can listen here. number: of the system's error; `otherwise`: its text."""
        return AddressError(
            f"cannot listen at {self.text}: {_REASONS.get(number or 0, str(otherwise))}"
        )


def parse(
    address: str, plain: str, secure: str, security: Security | None, *aliases: str
) -> Endpoint:
    """What `address` means to a transport: `plain` or `secure`, which it is with `security` too.

    aliases: other words for `plain`. Raises AddressError.
    """
    scheme, host, port = split(address)
    if scheme not in (plain, secure, *aliases) or port is None or not _HOST.fullmatch(host):
        forms = f"{plain}://HOST:PORT or {secure}://HOST:PORT"
        raise AddressError(f"{address!r} is no address here: {forms}")
    encrypted = scheme == secure or security is not None
    return Endpoint(address, secure if encrypted else plain, host, port)


async def _own_name() -> str:
    """This machine's name if it leads back to it, for others to use; else the loopback address."""
    name, loop = socket.gethostname(), asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_OWN_NAME_WITHIN_S):
            found = await loop.getaddrinfo(name, 0, family=socket.AF_INET, type=socket.SOCK_STREAM)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(found[0][4])
    except (OSError, UnicodeError):  # a TimeoutError is an OSError
        return LOOPBACK
    return name


# -- certificates --------------------------------------------------------------------------


def certificate_of(address: str, security: Security | None) -> tuple[str, str]:
    """The files of a listener's certificate and its key. Raises AddressError without."""
    if security is None or security.certificate_file is None or security.key_file is None:
        raise AddressError(f"{address} needs a certificate and its key")
    return security.certificate_file, security.key_file


def server_context(address: str, security: Security | None) -> ssl.SSLContext:
    """A listener's TLS. Raises AddressError that names the file which is no good. Blocks."""
    certificate, key = certificate_of(address, security)
    for file in (certificate, key):
        content(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError) as error:
        reason = f"{certificate} and {key} are no certificate and its key: {error}"
        raise AddressError(reason) from error
    return context


def client_context(authority: str | None) -> ssl.SSLContext:
    """TLS that trusts the certificates in the file `authority`; None: the system's.

    Raises AddressError that names the file. Blocks.
    """
    if authority is not None:
        content(authority)
    try:
        return ssl.create_default_context(cafile=authority)
    except ssl.SSLError as error:
        raise AddressError(f"{authority} holds no certificate: {error}") from error


def content(file: str) -> bytes:
    """What is in the file: ssl's own errors do not name it. Raises AddressError."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise AddressError(f"cannot read {file}: {error.strerror}") from error
