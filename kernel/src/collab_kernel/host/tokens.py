"""Tokens: what lets somebody in, as whom, and for how long. Kept hashed in a small file.

A token is `ID.SECRET`. The file knows the id, and the SHA-256 of the secret: 192 random bits
need no slow hash. Whoever can write the file can let people in, so it is only the owner's.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from collab_kernel.core.state import Role
from collab_kernel.errors import AuthenticationFailedError, InvalidValueError

ID_BYTES = 4
SECRET_BYTES = 24
LINK_KEPT_S = 7 * 86_400.0
"""For so long whoever has a link that has expired is told so, and not that it was never good."""


@dataclass(frozen=True, slots=True)
class Token:
    """A row of the file. session: "" is any.  expires_s: seconds since the epoch, 0 is never.
    uses: how many may join with it, 0 is any number.  link: made by the server itself, for a link
    to send."""

    id: str
    hash: str
    role: Role = Role.COLLABORATOR
    session: str = ""
    name: str = ""
    expires_s: float = 0.0
    uses: int = 0
    used: int = 0
    revoked: bool = False
    link: bool = False


class TokenFile:
    """The tokens of a server. Several processes may use the file at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tokens(self) -> tuple[Token, ...]:
        """All tokens, oldest first. Raises InvalidValueError if the file is none of ours."""
        try:
            if self.path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise InvalidValueError(f"{self.path}: others may write it (chmod 600)")
            table = tomllib.loads(self.path.read_text(encoding="utf-8"))
            return tuple(_read(row) for row in table.get("token", []))
        except FileNotFoundError:
            return ()
        except (
            OSError,
            tomllib.TOMLDecodeError,
            KeyError,
            TypeError,
            UnicodeError,
            AttributeError,
        ) as error:
            raise InvalidValueError(f"{self.path} is no token file: {error}") from None

    def new(
        self,
        role: Role = Role.COLLABORATOR,
        session: str = "",
        name: str = "",
        expires_s: float = 0.0,
        uses: int = 0,
    ) -> str:
        """Make a token and return it: the only time its secret is seen."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        token = Token(
            secrets.token_hex(ID_BYTES), _hash(secret), role, session, name, expires_s, uses
        )
        with self._locked():
            self._write((*self.tokens(), token))
        return f"{token.id}.{secret}"

    def new_link(self, role: Role, session: str, expires_s: float, now_s: float) -> str:
        """Make a token for a link, and return it. Links that have been void for long are
        forgotten: nobody would take them out of the file."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        token = Token(
            secrets.token_hex(ID_BYTES), _hash(secret), role, session, "", expires_s, link=True
        )
        with self._locked():
            kept = [t for t in self.tokens() if not t.link or now_s - t.expires_s < LINK_KEPT_S]
            self._write((*kept, token))
        return f"{token.id}.{secret}"

    def revoke(self, id: str) -> Token:
        """Let nobody in with the token any more. Raises InvalidValueError if there is none."""
        with self._locked():
            tokens = self.tokens()
            found = next((t for t in tokens if t.id == id), None)
            if found is None:
                known = ", ".join(t.id for t in tokens) or "none"
                raise InvalidValueError(
                    f"there is no token {id!r} in {self.path}; there are: {known}"
                )
            self._write(tuple(replace(t, revoked=True) if t is found else t for t in tokens))
        return found

    def check(self, text: str, session: str, now_s: float, returns: bool = False) -> Token:
        """The token that `text` is. Raises AuthenticationFailedError.

        returns: its holder was let in before, which has been counted.
        The text says no more than that the token is not valid, but for one whose secret was
        right: its holder may know that it has expired.
        """
        id, _, secret = text.partition(".")
        found = next((t for t in self.tokens() if t.id == id), None)
        expected = found.hash if found is not None else _hash("")
        if not hmac.compare_digest(expected, _hash(secret)) or found is None:
            raise AuthenticationFailedError("the token is not valid")
        _check(found, session, now_s, returns)
        return found

    def check_still(self, id: str, session: str, now_s: float) -> Token:
        """The token `id`, by which somebody was let in. Raises AuthenticationFailedError if it
        would not let them come back."""
        found = next((t for t in self.tokens() if t.id == id), None)
        if found is None:
            raise AuthenticationFailedError("the token was taken out of the file")
        _check(found, session, now_s, returns=True)
        return found

    def count(self, id: str) -> None:
        """The token `id` has let somebody in. Raises AuthenticationFailedError if somebody else
        was faster and it is used up."""
        with self._locked():
            tokens = self.tokens()
            for token in tokens:
                if token.id == id and token.uses and token.used >= token.uses:
                    raise AuthenticationFailedError("the token is used up: ask for another one")
            self._write(tuple(replace(t, used=t.used + 1) if t.id == id else t for t in tokens))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.path.with_name(f"{self.path.name}.lock")
        with os.fdopen(os.open(lock, os.O_CREAT | os.O_RDWR, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _write(self, tokens: tuple[Token, ...]) -> None:
        """All of the file, or nothing: by way of another one beside it."""
        text = "# Tokens of a Collab server; secrets are hashed. `collab token --help`\n"
        text += "".join(_written(token) for token in tokens)
        beside = self.path.with_name(f"{self.path.name}.new")
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        beside.replace(self.path)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check(token: Token, session: str, now_s: float, returns: bool) -> None:
    if token.revoked:
        raise AuthenticationFailedError("the token was revoked: ask for another one")
    if token.expires_s and now_s > token.expires_s:
        raise AuthenticationFailedError("the token has expired: ask for another one")
    if token.uses and token.used >= token.uses and not returns:
        raise AuthenticationFailedError("the token is used up: ask for another one")
    if token.session not in ("", session):
        raise AuthenticationFailedError("the token is for another session")


def _read(row: dict[str, object]) -> Token:
    expires, uses, used = row.get("expires_s", 0.0), row.get("uses", 0), row.get("used", 0)
    if (
        not isinstance(expires, int | float)
        or not isinstance(uses, int)
        or not isinstance(used, int)
    ):
        raise TypeError("expires_s, uses and used are numbers")
    return Token(
        str(row["id"]),
        str(row["hash"]),
        Role[str(row["role"]).upper()],
        str(row.get("session", "")),
        str(row.get("name", "")),
        float(expires),
        uses,
        used,
        bool(row.get("revoked", False)),
        bool(row.get("link", False)),
    )


def _written(token: Token) -> str:
    """A TOML table; JSON's strings are TOML's."""
    lines = {
        "id": json.dumps(token.id),
        "hash": json.dumps(token.hash),
        "role": json.dumps(token.role.name.lower()),
        "session": json.dumps(token.session),
        "name": json.dumps(token.name, ensure_ascii=True),
        "expires_s": f"{token.expires_s:.1f}",
        "uses": str(token.uses),
        "used": str(token.used),
        "revoked": "true" if token.revoked else "false",
    }
    if token.link:
        lines["link"] = "true"
    return "\n[[token]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())
