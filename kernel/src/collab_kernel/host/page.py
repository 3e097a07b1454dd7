"""The web page that a front end brings, for transports that serve files."""

from __future__ import annotations

import logging
from pathlib import Path

from collab_kernel.errors import BrokenPluginError, PluginError
from collab_kernel.plugins import ALLOW_VARIABLE, Plugins, made
from collab_kernel.spi import FrontEndSpec

log = logging.getLogger(__name__)

INDEX = "index.html"


def page_of(plugins: Plugins) -> Path | None:
    """The folder of the first page by its front end's name; None: there is none. A front end
    whose page is no good is a line in the log and no dead server: nobody has asked for it."""
    folders: dict[str, Path] = {}
    for spec in plugins.front_ends():
        try:
            folder = _folder(spec)
        except PluginError as error:
            log.error("%s; no page of it is served", error)
        else:
            if folder is not None:
                folders[spec.name] = folder
    if len(folders) > 1:
        served, *others = folders
        log.warning(
            "the page of front end %r is served, not that of %s: %s chooses",
            served,
            " or ".join(map(repr, others)),
            ALLOW_VARIABLE,
        )
    return next(iter(folders.values()), None)


def _folder(spec: FrontEndSpec) -> Path | None:
    files = spec.files
    if files is None:
        return None
    folder = made(spec, lambda: Path(files()))
    if not (folder / INDEX).is_file():
        raise BrokenPluginError(f"front-end {spec.name!r}: there is no {folder / INDEX}")
    return folder
