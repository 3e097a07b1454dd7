"""State files: what a session consists of, kept in a file of this machine, and made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import fspath
from pathlib import Path
from typing import Any

from collab.client import client
from collab.connection import Connection
from collab.missing import NotThereYetError, refuse
from collab.pipeline import Source
from collab.scripting import script
from collab.view import View
from collab_kernel.client import Files, load_state, save_state
from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import ProxyId

SAVE_OPTIONS = frozenset({"location", "proxy"})
LOAD_OPTIONS = frozenset({"location", "restrict_to_data_directory"})


def SaveState(filename: str | Path, **options: Any) -> None:
    """Write everything that is made in the active session into a file of this machine: a script
    for collab.simple if its name ends in .py, and else a state file, whose name ends in
    .collab-state.json by custom. That has proxies, links, selections, the time, and how one looks
    at first.

    options: ParaView's; what is not off raises NotThereYetError, and so does ParaView's .pvsm.
    """
    refuse("SaveState", options, SAVE_OPTIONS)
    ending = Path(filename).suffix.lower()
    if ending == ".pvsm":
        raise NotThereYetError(
            "ParaView's state files (.pvsm) are not there yet: go through .collab-state.json or .py"
        )
    connection = client.active()
    session = connection.session
    if ending == ".py":
        title = f"Session {session.name!r} at revision {session.revision}"
        text = script(session.state, lambda value: connection.run(session.whole(value)), title)
    else:
        text = connection.run(save_state(session))
    Path(filename).write_text(text, encoding="utf-8")


def LoadState(
    statefile: str | Path,
    data_directory: str | Path | None = None,
    filenames: Sequence[Mapping[str, Any]] | None = None,
    **options: Any,
) -> None:
    """Make what a state file of this machine says in the active session, in one step that can be
    undone. Names that are taken get a number behind them.

    data_directory: where the server finds all files that are named.  filenames: for some readers,
    as in [{"name": "can.ex2", "FileName": "data/can.ex2"}].
    options: ParaView's others; what is not off raises NotThereYetError.
    Raises StateFileError, and the RefusedErrors of what can't be made: then nothing was.
    """
    refuse("LoadState", options, LOAD_OPTIONS)
    data = Path(statefile).read_bytes()
    chosen = dict(map(_chosen, filenames or ()))
    files = Files(fspath(data_directory) if data_directory is not None else "", chosen)
    connection = client.active()
    label = f"Load {Path(statefile).name}"
    made = connection.run(load_state(connection.session, data, files, label))
    _activate(connection, made)


def _chosen(given: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A reader's registered name, and its files."""
    name = given.get("name")
    files = [value for key, value in given.items() if key != "name"]
    if not isinstance(name, str) or len(files) != 1:
        raise InvalidValueError(
            'filenames: each is {"name": A READER, "FileName": ITS FILES}, '
            f"not {dict(given)!r:.80}"
        )
    several = not isinstance(files[0], str | Path)
    return name, [fspath(file) for file in (files[0] if several else files)]


def _activate(connection: Connection, made: Sequence[ProxyId]) -> None:
    """The first view, and the last source, are what the script works with next."""
    proxies = [connection.wrap(id) for id in made]
    views = [p for p in proxies if isinstance(p, View)]
    sources = [p for p in proxies if isinstance(p, Source)]
    if views:
        connection.view = views[0]
    if sources:
        connection.source = sources[-1]
