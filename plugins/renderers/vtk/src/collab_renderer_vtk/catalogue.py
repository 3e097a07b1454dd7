"""The catalogue of this renderer, without VTK in the asking process.

What the describing process finds is kept in the user's cache directory under a name that
holds the versions of the plugin and of VTK and a hash of the curated tables, so that a stale
file is never read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_cache_dir

from collab_kernel.errors import RendererError
from collab_kernel.spi import Catalogue, ProxyDefinition
from collab_renderer_vtk import document
from collab_renderer_vtk.curated import CURATED
from collab_renderer_vtk.graphics import missing

DESCRIBE_TIMEOUT_S = 120

_DESCRIBE = """
import json, runpy, sys
sys.path += json.loads(sys.argv[1])
runpy.run_module("collab_renderer_vtk.describe", run_name="__main__")
"""


def definitions() -> Catalogue:
    """All types that this renderer knows.

    Raises RendererError where VTK can't be imported; the text says what to install.
    """
    path = cache_file()
    runs_code = (key for key, curated in CURATED.items() if curated.runs_code)
    widgets = {key: curated.widgets for key, curated in CURATED.items() if curated.widgets}
    return Catalogue("vtk", _cached(path) or _described(path), runs_code, widgets)


def cache_file() -> Path:
    """Where the catalogue of exactly these versions is kept."""
    versions = "-".join(_version(name) for name in ("collab-renderer-vtk", "vtk"))
    return Path(user_cache_dir("collab")) / f"catalogue-vtk-{versions}-{_fingerprint()}.json"


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # run from a source tree that isn't installed
        return "0"


def _fingerprint() -> str:
    """A hash of everything that decides what the catalogue says."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in (here / "describe.py", here / "document.py", *sorted(here.glob("curated/*.py"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _cached(path: Path) -> tuple[ProxyDefinition, ...]:
    """What the file holds; nothing when there is none or it is damaged."""
    try:
        return document.decode(path.read_text("utf-8"))
    except (OSError, ValueError):
        return ()


def _described(path: Path) -> tuple[ProxyDefinition, ...]:
    """What the describing process says; kept in `path` if that can be written."""
    text = _run_describe()
    try:
        found = document.decode(text)
    except ValueError as error:
        raise RendererError(f"the types of VTK could not be described: {error}") from error
    with contextlib.suppress(OSError):  # a cache that can't be written is only slower
        _write(path, text)
    return found


def _run_describe() -> str:
    # What this process finds on its path the other must find too, but last: nothing that lies
    # where the user happens to be is taken for the standard library or for VTK (-I).
    path = json.dumps([folder for folder in sys.path if folder])
    command = [sys.executable, "-I", "-c", _DESCRIBE, path]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=DESCRIBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RendererError(f"the types of VTK could not be described: {error}") from error
    if done.returncode == 0:
        return done.stdout
    last = (done.stderr.strip() or f"it ended with {done.returncode}").splitlines()[-1]
    kind, _, reason = last.partition(": ")
    if kind.endswith("RendererError"):
        raise RendererError(reason)
    if kind == "ImportError":  # of a shared library; a missing module is another error
        raise missing(reason)
    raise RendererError(f"the types of VTK could not be described: {last}")


def _write(path: Path, text: str) -> None:
    """All of `text` or nothing, whoever reads meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
