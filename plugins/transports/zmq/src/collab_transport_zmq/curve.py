"""The keys of CURVE, ZeroMQ's encryption, as options of a socket.

A key is a ZeroMQ certificate file, as zmq.auth.create_certificates writes it: the listener's holds
both its keys, and its clients have the public one. That is how a client knows the server. Who the
client is says nothing here: its keys are made for one connection, and identity is the kernel's.
"""

from __future__ import annotations

import zmq
import zmq.auth
from zmq.utils import z85

from collab_kernel.errors import AddressError
from collab_kernel.spi import Security

Options = dict[int, int | bytes]

OVERHEAD_BYTES = 33
"""What CURVE adds to a frame: ZeroMQ measures what is on the wire."""


def listener_options(address: str, security: Security | None) -> Options:
    """Raises AddressError if there is no secret key, or none that can be used."""
    if security is None or security.key_file is None:
        raise AddressError(f"{address} needs a file with its secret key")
    _, secret = _keys(security.key_file)
    if secret is None:
        raise AddressError(f"{security.key_file} holds no secret key")
    return {zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: secret}


def client_options(address: str, security: Security | None) -> Options:
    """Raises AddressError if the server's public key is missing, or cannot be used."""
    if security is None or security.authority_file is None:
        raise AddressError(f"{address} needs a file with the server's public key")
    server, _ = _keys(security.authority_file)
    public, secret = zmq.curve_keypair()
    return {
        zmq.CURVE_SERVERKEY: server,
        zmq.CURVE_PUBLICKEY: public,
        zmq.CURVE_SECRETKEY: secret,
    }


def _keys(file: str) -> tuple[bytes, bytes | None]:
    """The public and the secret key in `file`."""
    if not zmq.has("curve"):
        raise AddressError("this ZeroMQ was built without CURVE: it cannot encrypt")
    try:
        public, secret = zmq.auth.load_certificate(file)
        for key in (public, secret or public):
            if len(z85.decode(key)) != 32:
                raise ValueError("a key has 40 characters")
    except (OSError, ValueError, LookupError) as error:
        raise AddressError(f"cannot read a key from {file}: {error}") from error
    return public, secret
