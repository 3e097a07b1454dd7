"""`python3 dev.py crowd`: let the crowd work for some minutes, and print what it did."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
import time

from .conductor import Plan, perform
from .score import Score

CHECKPOINT_EVERY_S = 25.0
RENDERERS = {"none": ("none", "none"), "second": ("none", "vtk"), "both": ("vtk", "vtk")}


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py crowd", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="How long (default: 1).")
    parser.add_argument("--seed", type=int, help="What to do (default: a new one).")
    parser.add_argument(
        "--render",
        choices=RENDERERS,
        default="second",
        help="Which servers have a renderer, which is killed now and then (default: second).",
    )
    options = parser.parse_args()
    seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    plan = Plan(
        seed, options.minutes * 60.0, CHECKPOINT_EVERY_S, renderers=RENDERERS[options.render]
    )
    again = f"python3 dev.py crowd --minutes {options.minutes:g} --seed {seed}"
    if options.render != "second":
        again += f" --render {options.render}"
    print(f"To repeat: {again}", flush=True)
    began_s = time.monotonic()
    try:
        score = asyncio.run(_performed(plan))
    except AssertionError as error:
        print(f"FAILED: {error}\nTo repeat: {again}", file=sys.stderr)
        raise
    print(f"\n{score.table()}\n\nAll agree, after {time.monotonic() - began_s:.0f} s.")
    return 0


async def _performed(plan: Plan) -> Score:
    """The score; ended from outside, everything that was started is ended too."""
    performing = asyncio.current_task()
    assert performing is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, performing.cancel)
    return await perform(plan)


if __name__ == "__main__":
    sys.exit(main())
