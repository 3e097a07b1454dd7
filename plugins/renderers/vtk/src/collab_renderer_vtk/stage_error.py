"""The one way in which a stage of the pipeline, or a part of a picture, fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from collab_kernel.errors import CollabError

_logger = logging.getLogger(__name__)


class StageError(Exception):
    """Why a proxy has no output, in words for the one who made it.

    cause: where the failure began, if not here.
    """

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause


@contextmanager
def told_as_stage_error() -> Iterator[None]:
    """Whatever goes wrong within is a StageError: nothing that a proxy's values lead to ends
    the renderer."""
    try:
        yield
    except StageError:
        raise
    except Exception as error:  # what VTK's wrappers raise is not ours to list
        raise StageError(in_words(error)) from error


def in_words(error: Exception) -> str:
    """What to tell of an error. One that nobody foresaw is logged, with where it happened."""
    if isinstance(error, StageError | CollabError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    _logger.debug("unforeseen", exc_info=error)
    return f"{type(error).__name__}: {error}"
