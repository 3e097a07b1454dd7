"""Carries sessions over WebSocket: `websocket://HOST[:PORT]`, and `wss://` encrypted by TLS."""

from collab_kernel import hookimpl
from collab_kernel.spi import Transport, TransportSpec


@hookimpl
def collab_transports() -> list[TransportSpec]:
    """WebSocket, at port 8080 unless another is named: what a browser speaks."""

    def create() -> Transport:
        from .transport import WebsocketTransport  # websockets is imported only when chosen

        return WebsocketTransport()

    return [
        TransportSpec(
            scheme="websocket",
            create=create,
            aliases=("ws",),
            default_port=8080,
            secure_scheme="wss",
            summary="binary frames over HTTP, for browsers too",
        )
    ]
