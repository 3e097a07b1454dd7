"""Ports that stay one's own while nobody listens at them: for servers that end and come back."""

from __future__ import annotations

import socket


class HeldPort:
    """A free port of the loopback. Whoever names it can listen there; nobody gets it by chance,
    as happens to a port that is only free, when other tests run meanwhile.
    """

    def __init__(self) -> None:
        self._holding = socket.socket()
        # Two may have a port where both say so, and one of them at most listens.
        self._holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holding.bind(("127.0.0.1", 0))
        self.number: int = self._holding.getsockname()[1]

    def close(self) -> None:
        self._holding.close()

    def __enter__(self) -> int:
        return self.number

    def __exit__(self, *_: object) -> None:
        self.close()
