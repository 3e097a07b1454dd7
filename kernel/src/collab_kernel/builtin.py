"""What the kernel itself brings: the transport of sessions that never leave a process."""

from __future__ import annotations

from collab_kernel.hookspecs import hookimpl
from collab_kernel.spi import Transport, TransportSpec


def _create() -> Transport:
    from collab_kernel.host.memory_transport import MemoryTransport

    return MemoryTransport()


MEMORY = TransportSpec(
    scheme="memory", create=_create, summary="inside one process, for tests and embedding"
)


@hookimpl
def collab_transports() -> list[TransportSpec]:
    """`memory://NAME`: within one process, for built-in sessions, tests and embedding."""
    return [MEMORY]
