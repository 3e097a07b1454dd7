"""Join links: tokens that are made when somebody wants to send one, and serve many."""

from __future__ import annotations

import asyncio
import time

from collab_kernel.core.invitations import Invitation
from collab_kernel.core.state import Role
from collab_kernel.errors import AuthenticationFailedError
from collab_kernel.host.tokens import TokenFile

DEFAULT_LINK_S = 24 * 3600.0


class Invitations:
    """One link for each session and role at a time, so that asking again and again fills no file.
    It is made anew when half of its time is over, or when it was revoked.

    tokens: None where the server knows none.  lasts_s: how long a link lets people in.
    """

    def __init__(self, tokens: TokenFile | None, lasts_s: float = DEFAULT_LINK_S) -> None:
        self._tokens = tokens
        self._lasts_s = lasts_s
        self._made: dict[tuple[str, Role], Invitation] = {}
        self._turn = asyncio.Lock()

    async def of(self, session: str, role: Role) -> Invitation:
        """What lets others in to `session` as `role`. Raises InvalidValueError or OSError for a
        token file that is no good."""
        if self._tokens is None:
            return Invitation("", Role.COLLABORATOR)
        async with self._turn:
            return await asyncio.to_thread(self._found, self._tokens, session, role)

    def _found(self, tokens: TokenFile, session: str, role: Role) -> Invitation:
        now_s = time.time()
        made = self._made.get((session, role))
        if made is not None and made.expires_s - now_s > self._lasts_s / 2:
            try:
                tokens.check(made.token, session, now_s)
            except AuthenticationFailedError:
                pass  # somebody has revoked it: this one is for nobody any more
            else:
                return made
        expires_s = now_s + self._lasts_s
        made = Invitation(tokens.new_link(role, session, expires_s, now_s), role, expires_s)
        self._made[session, role] = made
        return made
