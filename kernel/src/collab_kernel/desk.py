"""Several servers at one client: the public door to `collab_kernel.host.desk`."""

from __future__ import annotations

from collab_kernel.host.desk import BUILTIN_URL, Desk, ServerConnection, builtin_catalogue

__all__ = ["BUILTIN_URL", "Desk", "ServerConnection", "builtin_catalogue"]
