"""How the server is."""

from __future__ import annotations

from collab_kernel.client.acting import Acting
from collab_kernel.core.measures import Status
from collab_kernel.core.queries import ServerStatus
from collab_kernel.wire.status import decode_status


class Condition(Acting):
    async def server_status(self) -> Status:
        """Sessions, renderers, store, what is wrong, and all that the server counts, as it is
        now."""
        return decode_status((await self.ask(ServerStatus())).data)
