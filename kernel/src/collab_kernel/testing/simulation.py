"""Many seeds of the simulator, from the command line.

    python -m collab_kernel.testing.simulation --seeds 0:100 --commands 500

Prints what was tried and how much of it was accepted. Of the first seed that fails it prints a
story as short as can be that fails the same way, and exits with 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from collab_kernel.testing.story import Failure, Setting, script, shorten, wander
from collab_kernel.testing.tally import Tally

COMMANDS = 500
"""Of one seed: enough for a long story, and short enough to be read when it is shortened."""


def simulated(seed: int, commands: int = COMMANDS) -> Tally | Failure:
    """One seed, from its beginning to its end."""
    world = wander(Setting(seed), commands)
    if isinstance(world, Failure):
        return world
    return replace(world.tally, seeds=1, commands=commands)


def _simulated(task: tuple[int, int]) -> tuple[int, Tally | Failure]:
    return task[0], simulated(*task)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Do what the command line says; the exit code."""
    parser = argparse.ArgumentParser(prog="simulation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", default="0:100", help="FIRST:BEHIND THE LAST, or one seed")
    parser.add_argument("--commands", type=int, default=COMMANDS, help="of each seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args(arguments)
    first, _, behind = options.seeds.partition(":")
    seeds = range(int(first), int(behind) if behind else int(first) + 1)
    tally, started_s = Tally(), time.monotonic()
    for seed, found in _all(seeds, options.commands, options.jobs):
        if isinstance(found, Failure):
            say(f"seed {seed} fails after {len(found.story)} acts: {found.kind}")
            setting = Setting(seed)
            say(script(setting, shorten(setting, found)))
            return 1
        tally += found
    for line in tally.lines():
        say(line)
    say(f"every promise held; {time.monotonic() - started_s:.0f} s")
    return 0


def _all(seeds: range, commands: int, jobs: int) -> Iterator[tuple[int, Tally | Failure]]:
    tasks = [(seed, commands) for seed in seeds]
    if jobs == 1 or len(tasks) == 1:
        yield from map(_simulated, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(_simulated, tasks, chunksize=4)


if __name__ == "__main__":
    sys.exit(main())
