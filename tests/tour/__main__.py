"""`python3 dev.py tour`: record the films."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from PIL import Image

from .film import Mp4
from .stories import FILMS

FPS = 10


class Stills:
    """Each frame as a PNG file, in place of a film."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._number = 0

    def add(self, frame: Image.Image, times: int) -> None:
        self._number += 1
        frame.save(self._folder / f"{self._number:04}.png")

    def close(self) -> None:
        """Nothing is open."""


async def record(name: str, output: Path, fps: int, stills: bool) -> None:
    path = output / (name if stills else f"{name}.mp4")
    sink = Stills(path) if stills else Mp4(path, fps)
    try:
        with tempfile.TemporaryDirectory() as folder:
            film = await FILMS[name](Path(folder), sink, fps)
    finally:
        sink.close()
    print(f"{path}: {film.frames} frames, {film.seconds:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py tour", description="Record the films.")
    parser.add_argument("--output", type=Path, default=Path("tour-output"))
    parser.add_argument("--fps", type=int, default=FPS, help=f"Frames a second (default: {FPS}).")
    parser.add_argument("--stills", action="store_true", help="PNG files in place of films.")
    parser.add_argument("films", nargs="*", metavar="FILM", help=f"Of {', '.join(FILMS)}.")
    options = parser.parse_args()
    if unknown := set(options.films) - set(FILMS):
        parser.error(f"there is no film {sorted(unknown)[0]!r}: there are {', '.join(FILMS)}")
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.films or FILMS:
        asyncio.run(record(name, options.output, options.fps, options.stills))
    return 0


if __name__ == "__main__":
    sys.exit(main())
