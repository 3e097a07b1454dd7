"""Carries sessions over ZeroMQ: `zmq://HOST[:PORT]`, and `zmq+curve://` encrypted by CURVE."""

from collab_kernel import hookimpl
from collab_kernel.spi import CommandGroup, Transport, TransportSpec


@hookimpl
def collab_transports() -> list[TransportSpec]:
    """ZeroMQ, at the port of ParaView's servers unless another is named."""

    def create() -> Transport:
        from .transport import ZmqTransport  # pyzmq is imported only when chosen

        return ZmqTransport()

    return [
        TransportSpec(
            scheme="zmq",
            create=create,
            default_port=11111,
            secure_scheme="zmq+curve",
            secured_by="key",
            summary="ROUTER/DEALER over TCP",
        )
    ]


@hookimpl
def collab_commands(group: CommandGroup) -> None:
    """`collab keys`, for the encrypted variant."""
    from .keys import keys

    group.add_command(keys)
