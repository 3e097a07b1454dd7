"""Change sets that wait for whoever steers."""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.client.acting import Acting
from collab_kernel.core.commands import (
    AcceptProposal,
    Create,
    DeclineProposal,
    Operation,
    Propose,
)
from collab_kernel.core.events import Change, Put
from collab_kernel.core.evolve import apply
from collab_kernel.core.labels import describe
from collab_kernel.core.proposals import still
from collab_kernel.core.state import ProposalRow, ProxyRow, State, Table
from collab_kernel.core.values import ParticipantId


@dataclass(frozen=True, slots=True)
class Proposal:
    """number: to accept or decline it by.  outdated: what it replaces was changed since.

    replaces: what it would change of what was there, as the author saw it.
    """

    number: int
    author: ParticipantId
    author_name: str
    text: str
    summary: str
    time_s: float
    operations: tuple[Operation, ...]
    replaces: tuple[Change, ...]
    outdated: bool


class Proposals(Acting):
    """Proposing, accepting and declining."""

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """What waits, oldest first."""
        return tuple(
            self._proposal(number, row)
            for number, row in sorted(self.state.table(Table.PROPOSALS).items())
        )

    def _proposal(self, number: int, row: ProposalRow) -> Proposal:
        changed = not all(still(self.state, change) for change in row.replaces)
        return Proposal(
            number,
            row.author,
            row.author_name,
            row.text,
            describe(_with_created(self.state, row.operations), row.operations),
            row.time_s,
            row.operations,
            row.replaces,
            changed,
        )

    async def propose(self, *operations: Operation, text: str = "") -> int:
        """Let the others see a change set that whoever steers may accept; its number."""
        return await self._do(Propose(operations, text))

    async def accept(self, proposal: int, anyway: bool = False) -> int:
        """Carry a proposal out, as a change of its author's.

        anyway: also if what it replaces was changed since. Raises ProposalOutdatedError,
        UnknownProposalError, NotMasterError and whatever the change itself is refused with.
        """
        return await self._do(AcceptProposal(proposal, anyway))

    async def reject(self, proposal: int) -> int:
        """Take a proposal off the table: one's own, or as whoever steers."""
        return await self._do(DeclineProposal(proposal))


def _with_created(state: State, operations: tuple[Operation, ...]) -> State:
    """`state` with what the operations would create, for texts that call it by name."""
    rows = {
        o.id: ProxyRow(o.group, o.type, "" if o.owner else o.name or o.type, o.owner)
        for o in operations
        if isinstance(o, Create)
    }
    return apply(state, (Put(Table.PROXIES, id, None, row) for id, row in rows.items()))
