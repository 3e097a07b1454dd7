"""What was done in a session: to look at, to take back, and to do again."""

from __future__ import annotations

from collab_kernel.client.acting import Acting
from collab_kernel.core.commands import Redo, Undo
from collab_kernel.core.queries import Log, ReadLog
from collab_kernel.core.state import HistoryRow, Table
from collab_kernel.wire.log import decode_log


class Past(Acting):
    """The history, which can be undone, and the log, which has everything."""

    @property
    def history(self) -> tuple[HistoryRow, ...]:
        """What can be undone and redone, oldest first, with author, label and time."""
        return tuple(row for _, row in sorted(self.state.table(Table.HISTORY).items()))

    async def undo(self, mine: bool = False) -> int:
        """Take back the last entry of the history, or (mine) my own last one.

        Raises NothingToUndoError, UndoConflictError, NotMasterError.
        """
        return await self._do(Undo(mine))

    async def redo(self) -> int:
        """Do again what was undone last. Raises as `undo`."""
        return await self._do(Redo())

    async def read_log(self, after_revision: int = 0, most: int = 100) -> Log:
        """Who did what, when: the newest events after a revision."""
        return decode_log((await self.ask(ReadLog(after_revision, most))).data)
