"""What protects a server's doors: certificates, keys and tokens, and what is refused without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from collab_kernel.errors import AddressError
from collab_kernel.host.addresses import Place
from collab_kernel.spi import Security

TOKENS = "tokens (--token-file, see collab token new)"


@dataclass(frozen=True, slots=True)
class Locks:
    """What a server was given. tls_authority: whom it trusts where it dials out.  insecure: it
    talks to other machines without all of it."""

    tls_certificate: Path | None = None
    tls_key: Path | None = None
    curve_key: Path | None = None
    token_file: Path | None = None
    require_token: bool = False
    tls_authority: Path | None = None
    insecure: bool = False

    def security(self, place: Place, let_in_by: str = TOKENS) -> Security | None:
        """How to encrypt at `place`; None: in the clear, on this machine only (or insecure).

        let_in_by: what has to be there for other machines; "" asks for nothing.
        Raises AddressError that says what is missing.
        """
        found = self._found(place)
        if found is None and place.encrypted:
            raise AddressError(f"{place.address} needs {_wanted(place)}")
        if place.local or self.insecure:
            return found
        missing = [
            *([] if found else [_wanted(place)]),
            *([] if self.token_file or not let_in_by else [let_in_by]),
        ]
        if missing:
            raise AddressError(
                f"{place.address} is reached from other machines, and that needs "
                f"{' and '.join(missing)}; --insecure does without"
            )
        return found

    def check_use(self, secured: Iterable[Place], certified: bool = False) -> None:
        """Raise AddressError for a certificate or key that no listener uses: whoever gave it
        believes that something is encrypted. certified: what is no listener has a use for the
        certificate."""
        used = {place.spec.secured_by for place in secured}
        if certified:
            used.add("certificate")
        if (self.tls_certificate or self.tls_key) and "certificate" not in used:
            raise AddressError(
                "--tls-cert and --tls-key are for grpc and websocket, both are needed, and no "
                "listener here uses them"
            )
        if self.curve_key and "key" not in used:
            raise AddressError("--curve-key is for zmq, and no listener here uses it")

    def trust(self, place: Place) -> Security | None:
        """How to dial out to `place`: encrypted if the address says so, and always beyond this
        machine. Raises AddressError."""
        if not place.encrypted and not place.local and not self.insecure:
            secure = place.spec.secure_scheme
            instead = f": use {secure}://" if secure else ""
            raise AddressError(
                f"{place.address} is another machine, and not encrypted{instead}; --insecure "
                "does without"
            )
        if not place.encrypted:
            return None
        return Security(authority_file=str(self.tls_authority) if self.tls_authority else None)

    def _found(self, place: Place) -> Security | None:
        if place.spec.secure_scheme is None:
            return None
        if place.spec.secured_by == "key":
            return Security(key_file=str(self.curve_key)) if self.curve_key else None
        if self.tls_certificate is None or self.tls_key is None:
            return None
        return Security(str(self.tls_certificate), str(self.tls_key))


def _wanted(place: Place) -> str:
    if place.spec.secure_scheme is None:
        return f"a transport that can encrypt, which {place.spec.scheme} can't"
    if place.spec.secured_by == "key":
        return "a key (--curve-key, see collab keys)"
    return "a certificate (--tls-cert and --tls-key)"
