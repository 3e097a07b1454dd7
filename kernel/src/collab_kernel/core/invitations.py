"""Letting others in: by a link that carries a token of a role."""

from __future__ import annotations

from dataclasses import dataclass, field

from collab_kernel.core.state import Role, State
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import NotAllowedError


@dataclass(frozen=True, slots=True)
class Invite:
    """A token by which any number of others can join the session in this role, until it expires.
    Answered by the server itself; the bytes of the answer are an `Invitation`."""

    role: Role


@dataclass(frozen=True, slots=True)
class Invitation:
    """token: "" where the server knows none, and whoever reaches it joins in `role` anyway.
    expires_s: since the epoch; 0: never."""

    token: str = field(repr=False)
    role: Role
    expires_s: float = 0.0


def check_invite(state: State, actor: ParticipantId, invite: Invite) -> None:
    """Raises NotAllowedError for a role above one's own: nobody lets in who may do more."""
    own = state.participant(actor).role
    if invite.role < own:
        raise NotAllowedError(
            state.name_of(actor),
            f"let somebody in as {invite.role.name.lower()}",
            f"a link gives no more than its maker's role, {own.name.lower()}",
        )
