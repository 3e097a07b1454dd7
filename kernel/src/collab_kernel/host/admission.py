"""Who gets in, and as whom. Every answer is a line in the log "collab.audit"."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from collab_kernel.core.invitations import Invitation
from collab_kernel.core.messages import Hello
from collab_kernel.errors import AuthenticationFailedError, CollabError, InvalidValueError
from collab_kernel.host.tokens import Token, TokenFile
from collab_kernel.plugins import Plugins
from collab_kernel.spi import Credentials, Identity

audit = logging.getLogger("collab.audit")
log = logging.getLogger(__name__)

T = TypeVar("T")

AUTHENTICATE_WITHIN_S = 10.0
SIGN_ON_THREADS = 4
MAX_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Door:
    """A way in. local: only this machine reaches it."""

    transport: str
    local: bool = True
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who may come in, and by which token ("": none). session: the only one that is known to be
    open to them; "": all are."""

    identity: Identity
    token: str = ""
    session: str = ""


class Admission:
    """Asks the plugins, then the token file.

    Whoever comes in by a local door needs no token, unless `require_token`; one that is
    brought all the same is checked. insecure: where there are neither tokens nor plugins that say
    who comes, anybody does.
    """

    def __init__(
        self,
        plugins: Plugins,
        token_file: Path | None = None,
        require_token: bool = False,
        insecure: bool = False,
    ) -> None:
        self._hook = plugins.hooks.hook.collab_authenticate
        self._tokens = TokenFile(token_file) if token_file is not None else None
        self._require_token = require_token
        knows_nobody = token_file is None and not self._hook.get_hookimpls()
        self._lets_in_all = insecure and knows_nobody
        self._threads = ThreadPoolExecutor(SIGN_ON_THREADS, "sign-on")
        """Their own: who takes long to be let in keeps nobody's events from lasting."""

    async def identify(self, hello: Hello, session: str, peer: str, door: Door) -> Admitted:
        """Who says hello: also of somebody who returns, since a token may be void by now.

        Raises AuthenticationFailedError.
        """
        credentials = Credentials(
            hello.token, session, hello.name, door.transport, peer, door.encrypted
        )
        identity = await self._ask_plugins(credentials)
        if identity is not None:
            return Admitted(identity, session=session)
        if hello.token and self._tokens is not None:
            returns = bool(hello.resume_participant)
            check = partial(self._tokens.check, hello.token, session, time.time(), returns)
            token = await self._checked(check)
            return Admitted(Identity(token.name, token.role), token.id, token.session)
        if hello.token:
            raise AuthenticationFailedError("this server knows no tokens (--token-file)")
        if self._require_token or not (door.local or self._lets_in_all):
            raise AuthenticationFailedError(
                "a token is needed to join this server: ask whoever runs it, and pass --token"
            )
        return Admitted(Identity())

    async def count(self, admitted: Admitted) -> None:
        """Somebody took their seat: their token was used once more."""
        if self._tokens is not None and admitted.token:
            await self._in_thread(partial(self._tokens.count, admitted.token))

    async def check_still(self, admitted: Admitted, session: str) -> None:
        """Raises AuthenticationFailedError if the token by which somebody came in would not let
        them in any more."""
        if self._tokens is not None and admitted.token:
            check = partial(self._tokens.check_still, admitted.token, session, time.time())
            await self._checked(check)

    def tells(self, door: Door) -> bool:
        """Whether whoever comes by this door needs no token, and so may know what there is."""
        return self._lets_in_all or (door.local and not self._require_token)

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def _checked(self, check: Callable[[], Token]) -> Token:
        try:
            return await self._in_thread(check)
        except InvalidValueError as error:  # the file's: that is no stranger's business
            log.error("%s", error)
            raise AuthenticationFailedError("signing on failed: see the server's log") from None

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def _ask_plugins(self, credentials: Credentials) -> Identity | None:
        if not self._hook.get_hookimpls():
            return None
        try:
            async with asyncio.timeout(AUTHENTICATE_WITHIN_S):
                found: Identity | None = await self._in_thread(
                    partial(self._hook, credentials=credentials)
                )
        except AuthenticationFailedError:
            raise
        except Exception:
            log.exception("a plugin failed to authenticate %s", credentials.peer)
            raise AuthenticationFailedError("signing on failed: see the server's log") from None
        return found


def note_admission(
    peer: str, door: Door, session: str, participant: int, name: str, role: str
) -> None:
    """Write the line of somebody who got in."""
    audit.info(
        "admitted %r as participant %d (%s) to %r from %s over %s",
        name,
        participant,
        role,
        session,
        peer,
        door.transport,
    )


def note_onlooker(peer: str, door: Door, session: str, name: str, role: str) -> None:
    """Write the line of somebody who was let in to ask, and took no seat."""
    audit.info("answers %r (%s) in %r from %s over %s", name, role, session, peer, door.transport)


def note_invitation(session: str, participant: int, name: str, invitation: Invitation) -> None:
    """Write the line of somebody who was given a link for others: its token by its id."""
    id = invitation.token.partition(".")[0] or "none"
    role = invitation.role.name.lower()
    audit.info(
        "gave %r (participant %d) a link to %r as %s: token %s",
        name,
        participant,
        session,
        role,
        id,
    )


def note_refusal(peer: str, door: Door, error: CollabError) -> None:
    """Write the line of somebody who did not, or was put out. One line, whatever was sent."""
    text = "".join(c if c.isprintable() else "?" for c in str(error)[:MAX_REASON_CHARACTERS])
    audit.info("refused %s over %s: %s: %s", peer, door.transport, error.code, text)
