"""What a shell says when a connection breaks, and when it stands again."""

from __future__ import annotations

import contextlib
import sys

from collab_kernel.client import Reconnecting, Skipped
from collab_kernel.desk import ServerConnection
from collab_kernel.errors import CollabError


async def watch(server: ServerConnection) -> None:
    """Print a line on stderr for each notice, where somebody types; until the session ends."""
    with contextlib.suppress(CollabError):  # whoever uses the session is told
        async for notice in server.session.notices():
            if isinstance(notice, Skipped) or not hasattr(sys, "ps1"):
                continue
            if isinstance(notice, Reconnecting):
                said = f"the connection to {server.url} broke and is being made again"
            else:
                said = f"the connection to {server.url} stands again"
            print(f"collab: {said}", file=sys.stderr, flush=True)
