"""Where a server's page is seen: below which path, and whether a proxy stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from collab_kernel.errors import AddressError
from collab_kernel.host.addresses import Place
from collab_kernel.host.security import TOKENS, Locks

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True, slots=True)
class Site:
    """base_path: "" or "/x".  behind_proxy: one that is trusted brings everybody, so all seem to
    come from where it is, and it says where they come from."""

    base_path: str = ""
    behind_proxy: bool = False

    @classmethod
    def of(cls, base_path: str, behind_proxy: bool) -> Site:
        """Raises AddressError for what is no path."""
        path = base_path.removesuffix("/")
        if path and (not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/"))):
            raise AddressError(f"--base-path {base_path!r} is no path: expected one like /x")
        return cls(path, behind_proxy)

    def trusts(self, place: Place) -> bool:
        """Whether whoever comes to `place` is on this machine for sure."""
        has_no_port = place.spec.default_port is None  # nothing but this process reaches it
        return place.local and (has_no_port or not self.behind_proxy)

    def check(self, places: Iterable[Place], locks: Locks) -> None:
        """Raise AddressError if everybody would be taken for somebody on this machine."""
        if not self.behind_proxy or locks.token_file or locks.insecure:
            return
        for place in places:
            if place.local and not self.trusts(place):
                raise AddressError(
                    f"behind a proxy everybody comes to {place.address} from this machine, and "
                    f"that needs {TOKENS}; --insecure does without"
                )
