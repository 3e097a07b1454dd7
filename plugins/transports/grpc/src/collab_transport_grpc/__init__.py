"""Carries sessions over gRPC: `grpc://HOST[:PORT]`, and `grpcs://` encrypted by TLS."""

import os

from collab_kernel import hookimpl
from collab_kernel.spi import Transport, TransportSpec


@hookimpl
def collab_transports() -> list[TransportSpec]:
    """gRPC, at the port after ParaView's unless another is named."""

    def create() -> Transport:
        # Its core writes to stderr what becomes an error of ours, and what strangers send.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        from .transport import GrpcTransport  # grpcio is imported only when chosen

        return GrpcTransport()

    return [
        TransportSpec(
            scheme="grpc",
            create=create,
            default_port=11112,
            secure_scheme="grpcs",
            summary="one stream of messages over HTTP/2",
        )
    ]
