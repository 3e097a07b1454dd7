"""Proposing changes without the right to make them, and deciding what others propose."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self, TypeAlias

from collab.calls import public_methods
from collab.client import client
from collab.people import session
from collab.proxy import Proxy
from collab.sources import SetProperties
from collab_kernel.client import Proposal

Proposed: TypeAlias = int | Proposal
"""A proposal, by its number or as it comes out of `GetProposals`."""


@public_methods
class Proposing:
    """What a script changes in a `with` block becomes one proposal, instead of being done.

        with Proposing("a finer surface") as proposal:
            contour = Contour(Isosurfaces=[120, 150, 180])
            Show(contour)
        print(proposal.number)

    In the block the script sees its changes as if they were made; behind it, what there is.
    Nothing is sent if the block raises. What is only proposed is not executed: asking for its
    data, or for a picture of it, raises NoRendererError.
    """

    def __init__(self, text: str = "") -> None:
        self._connection = client.active()
        self._draft = self._connection.session.draft(text)
        self._active = self._connection.chosen

    @property
    def number(self) -> int:
        """To accept or decline it by; 0 before the end of the block."""
        return self._draft.number

    def __enter__(self) -> Self:
        self._active = self._connection.chosen
        self._connection.run(self._draft.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._connection.run(self._draft.__aexit__(kind, error, trace))
        finally:
            self._draft.end()  # also if the connection has ended
            self._connection.chosen = self._active


def Propose(text: str, proxy: Proxy | None = None, **values: Any) -> int:
    """Propose to set properties of a proxy (the active source); the proposal's number.

    Raises what setting them would be refused with, but for the right.
    """
    with Proposing(text) as proposal:
        SetProperties(proxy, **values)
    return proposal.number


def GetProposals() -> tuple[Proposal, ...]:
    """What waits, oldest first: .number, .author_name, .text, .summary, .outdated..."""
    return session().proposals


def AcceptProposal(proposal: Proposed, anyway: bool = False) -> None:
    """Carry a proposal out, as a change of its author's.

    anyway: also if what it replaces was changed since. Raises ProposalOutdatedError,
    UnknownProposalError, NotMasterError unless I may, and what the change is refused with.
    """
    connection = client.active()
    connection.run(connection.session.accept(_number(proposal), anyway))


def DeclineProposal(proposal: Proposed) -> None:
    """Take a proposal off the table: my own, or as who may decline those of others."""
    connection = client.active()
    connection.run(connection.session.reject(_number(proposal)))


def _number(proposal: Proposed) -> int:
    return proposal.number if isinstance(proposal, Proposal) else proposal
