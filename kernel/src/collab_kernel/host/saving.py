"""A file that a participant has the server write: whole or not at all, and where it may be."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.host.roots import Roots

Write = Callable[[str], None]
"""Writes the file at a path, which is there already and empty."""


def save(roots: Roots, name: str, replace: bool, write: Write) -> str:
    """Let `write` make a file beside its place, then put it there; its path.

    Raises PipelineFailedError where it may not be or can't be written, InvalidValueError where
    a file is that shall not be replaced, and whatever `write` raises; then nothing has changed.
    """
    path = roots.resolve_writing(name)
    try:
        return _save(path, name, replace, write)
    except OSError as error:
        raise PipelineFailedError(f"{name}: {error.strerror or error}") from error


def _save(path: Path, name: str, replace: bool, write: Write) -> str:
    if path.is_dir() and not path.is_symlink():
        raise InvalidValueError(f"{name}: this is a folder")
    _check_free(path, name, replace)
    # The extension stays last: writers go by it.
    beside = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o666))
    try:
        write(str(beside))
        _put(beside, path, name, replace)
    finally:
        beside.unlink(missing_ok=True)
    return str(path)


def _check_free(path: Path, name: str, replace: bool) -> None:
    if not replace and os.path.lexists(path):
        raise InvalidValueError(f"{name}: there is such a file already (replace=True replaces it)")


def _put(beside: Path, path: Path, name: str, replace: bool) -> None:
    """Rename; of two that save under one name at once, the second is told."""
    if not replace:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            _check_free(path, name, replace)
    beside.replace(path)
