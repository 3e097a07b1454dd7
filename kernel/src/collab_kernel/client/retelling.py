"""A stored session's log, told again in a session that is served: by its commands, as a participant
of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from collab_kernel.client.session import Session
from collab_kernel.core.commands import Command, Create, Edit, NamedValues, Operation, Set
from collab_kernel.core.evolve import evolve
from collab_kernel.core.labels import MAX_LABEL_CHARACTERS
from collab_kernel.core.queries import LogEntry
from collab_kernel.core.retelling import Retelling, everything
from collab_kernel.core.values import SERVER
from collab_kernel.host.past import Pace
from collab_kernel.host.stored_log import StoredLog
from collab_kernel.wire.blobs import decode_content


async def retell(
    session: Session,
    log: StoredLog,
    first: int,
    until: int,
    pace: Pace,
    told: Callable[[LogEntry], None],
) -> None:
    """Do in `session` what was done in `log` behind revision `first`, which is made at once, up to
    `until`: labels say who did it. told: of what was done.

    Raises StoreError, and what commands raise: NotMasterError unless I steer, UnknownTypeError...
    """
    state = await asyncio.to_thread(log.state, first)
    teller = _Teller(session, log)
    if first:
        event = everything(state)
        await teller.tell(teller.retelling.commands(event, state, session.ahead, session.new_id))
    entries = log.told(first, until)
    while (found := await asyncio.to_thread(next, entries, None)) is not None:
        event, entry = found
        state = evolve(state, event)
        commands = teller.retelling.commands(event, state, session.ahead, session.new_id)
        if commands:
            await asyncio.sleep(pace.wait_s(event))
            whose = f"{entry.author_name}: " if event.author != SERVER else ""
            await teller.tell(commands, whose + event.label)
            told(entry)


class _Teller:
    def __init__(self, session: Session, log: StoredLog) -> None:
        self._session = session
        self._log = log
        self.retelling = Retelling()

    async def tell(self, commands: tuple[Command, ...], label: str = "") -> None:
        label = "".join(c if c.isprintable() else " " for c in label)[:MAX_LABEL_CHARACTERS]
        for command in commands:
            if isinstance(command, Edit):
                operations = [await asyncio.to_thread(self._whole, o) for o in command.operations]
                await self._session.edit(*operations, label=label)
            else:
                await self._session.begin(command, label)

    def _whole(self, operation: Operation) -> Operation:
        """With the elements of large values: the other server has to get them."""
        if not isinstance(operation, Create | Set):
            return operation
        values: NamedValues = tuple(
            (
                name,
                decode_content(self._log.content(value.blob.sha256), value)
                if value.blob
                else value,
            )
            for name, value in operation.values
        )
        return replace(operation, values=values)
