"""Who gets in, and as whom. Every answer is a line in the log "collab.audit"."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from collab_kernel.core.messages import Hello
from collab_kernel.errors import AuthenticationFailedError, CollabError
from collab_kernel.host.tokens import TokenFile
from collab_kernel.plugins import Plugins
from collab_kernel.spi import Credentials, Identity

audit = logging.getLogger("collab.audit")
log = logging.getLogger(__name__)

AUTHENTICATE_WITHIN_S = 10.0
MAX_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Door:
    """A way in. local: only this machine reaches it."""

    transport: str
    local: bool = True
    encrypted: bool = False


class Admission:
    """Asks the plugins, then the token file.

    Whoever comes in by a local door needs no token, unless `require_token`; one that is
    brought all the same is checked.
    """

    def __init__(
        self, plugins: Plugins, token_file: Path | None = None, require_token: bool = False
    ) -> None:
        self._hook = plugins.hooks.hook.collab_authenticate
        self._tokens = TokenFile(token_file) if token_file is not None else None
        self._require_token = require_token

    async def identify(self, hello: Hello, session: str, peer: str, door: Door) -> Identity:
        """Who says hello. Raises AuthenticationFailedError."""
        credentials = Credentials(
            hello.token, session, hello.name, door.transport, peer, door.encrypted
        )
        identity = await self._ask_plugins(credentials)
        if identity is not None:
            return identity
        if hello.token and self._tokens is not None:
            token = await asyncio.to_thread(self._tokens.use, hello.token, session, time.time())
            return Identity(token.name, token.role)
        if hello.token:
            raise AuthenticationFailedError("this server knows no tokens (--token-file)")
        if self._require_token or not door.local:
            raise AuthenticationFailedError(
                "a token is needed to join this server: ask whoever runs it, and pass --token"
            )
        return Identity()

    async def _ask_plugins(self, credentials: Credentials) -> Identity | None:
        if not self._hook.get_hookimpls():
            return None
        try:
            async with asyncio.timeout(AUTHENTICATE_WITHIN_S):
                found: Identity | None = await asyncio.to_thread(
                    self._hook, credentials=credentials
                )
        except AuthenticationFailedError:
            raise
        except Exception:
            log.exception("a plugin failed to authenticate %s", credentials.peer)
            raise AuthenticationFailedError("signing on failed: see the server's log") from None
        return found


def admitted(peer: str, door: Door, session: str, participant: int, name: str, role: str) -> None:
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


def refused(peer: str, door: Door, error: CollabError) -> None:
    """Write the line of somebody who did not, or was put out. One line, whatever was sent."""
    text = "".join(c if c.isprintable() else "?" for c in str(error)[:MAX_REASON_CHARACTERS])
    audit.info("refused %s over %s: %s: %s", peer, door.transport, error.code, text)
