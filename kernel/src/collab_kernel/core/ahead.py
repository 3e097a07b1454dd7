"""The state as it will be if all is accepted that one has asked for: what a client may show at
once, before the server has decided."""

from __future__ import annotations

from collections.abc import Iterable

from collab_kernel.core.commands import Command, Edit, Sync
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.edit import edit
from collab_kernel.core.evolve import apply
from collab_kernel.core.files import FileRules
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import BlobLookup, ParticipantId
from collab_kernel.errors import RefusedError


def ahead(
    state: State, me: ParticipantId, pending: Iterable[Command | Sync], blobs: BlobLookup
) -> State:
    """`state`, at the same revision, with the edits among `pending` made, in order.

    What can't be made on the state as it is now is left out: its refusal is on the way, or it
    creates something of a type that the session has never used.
    """
    catalogue = Catalogue(state.session.catalogue, state.table(Table.DEFINITIONS).values())
    for command in pending:
        if isinstance(command, Edit):
            try:
                state = apply(state, edit(state, me, command, catalogue, FileRules(), blobs))
            except RefusedError:
                continue
    return state
