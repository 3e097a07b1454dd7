"""The one way in which a stage of the pipeline fails."""

from __future__ import annotations


class StageError(Exception):
    """Why a proxy has no output, in words for the one who made it.

    cause: where the failure began, if not here.
    """

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause
