"""What everybody is told when the server stops."""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.errors import ConnectionLostError, ServerAwayError, ServerStoppedError

STOPPING = "the server is stopping"


@dataclass(frozen=True, slots=True)
class Farewell:
    """text: why, for people.  back_in_s: about when it will be there again; 0: nobody knows."""

    text: str = STOPPING
    back_in_s: float = 0.0

    def error(self, lasts: bool) -> ConnectionLostError:
        """With what a connection ends. lasts: whether the session outlives the server."""
        text = self.text
        if self.back_in_s:
            text += f"; it will be back in about {self.back_in_s:g} s"
        if not lasts:
            return ServerStoppedError(text)
        return ServerAwayError(f"{text}; the session goes on when it is back", self.back_in_s)
