"""Collab's microkernel: sessions as logs of events, and the contracts that plugins implement.

Public doors: `collab_kernel.client` (an async client), `collab_kernel.server` (an embeddable
server), `collab_kernel.hookspecs` and `collab_kernel.spi` (for plugins),
`collab_kernel.errors`, and `collab_kernel.testing` (contract kits). The rest may change.
"""

__version__ = "0.1.0"

from collab_kernel.hookspecs import hookimpl

__all__ = ["__version__", "hookimpl"]
