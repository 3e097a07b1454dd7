"""`python3 dev.py faults KIND`: do on purpose what goes wrong, many times, and count."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from . import client_kills, full_disks, renderer_kills, server_kills, soak

KILLS: dict[str, Callable[[int, int, Path], Awaitable[list[str]]]] = {
    "server": server_kills.perform,
    "renderer": renderer_kills.perform,
    "clients": client_kills.perform,
    "disk": full_disks.perform,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py faults", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, perform in KILLS.items():
        doc = sys.modules[perform.__module__].__doc__
        kind = kinds.add_parser(name, help=doc, description=doc)
        kind.add_argument("--kills", type=int, default=20, help="How many (default: 20).")
    kind = kinds.add_parser("soak", help=soak.__doc__, description=soak.__doc__)
    kind.add_argument("--minutes", type=float, default=60.0, help="How long (default: 60).")
    for kind in kinds.choices.values():
        kind.add_argument("--seed", type=int, help="What happens (default: a new one).")
    options = parser.parse_args()
    seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    long = options.kind == "soak"
    much = f"--minutes {options.minutes:g}" if long else f"--kills {options.kills}"
    print(f"To repeat: python3 dev.py faults {options.kind} {much} --seed {seed}", flush=True)
    logging.basicConfig(format="%(message)s")
    logging.getLogger(__package__).setLevel(logging.INFO)  # how far it is
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        performing = (
            soak.perform(options.minutes, seed, folder)
            if long
            else KILLS[options.kind](options.kills, seed, folder)
        )
        for line in asyncio.run(_ended(performing)):
            print(line)
    print(f"All of it held, after {time.monotonic() - began_s:.0f} s.")
    return 0


async def _ended(performing: Awaitable[list[str]]) -> list[str]:
    """What was seen; ended from outside, everything that was started is ended too."""
    here = asyncio.current_task()
    assert here is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, here.cancel)
    return await performing


if __name__ == "__main__":
    sys.exit(main())
