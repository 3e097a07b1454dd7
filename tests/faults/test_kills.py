"""The kill loops, the full disks and the soak, for a short while each: `python3 dev.py faults` has
them for long."""

import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from . import client_kills, full_disks, renderer_kills, server_kills, soak

KILLS = 20
SOAK_MINUTES = float(os.environ.get("COLLAB_SOAK_MINUTES", "0.6"))
BOUNDS = soak.Bounds(memory=1.15 if SOAK_MINUTES >= 5 else 1.3, latency=4.0)
"""A shorter time is mostly a warm-up, and whatever else the machine does counts more."""


def new_seed(kind: str, much: str) -> int:
    seed = secrets.randbelow(1 << 32)
    print(f"python3 dev.py faults {kind} {much} --seed {seed}")  # shown when it fails
    return seed


@pytest.mark.timeout(480)
@pytest.mark.parametrize(
    ("kind", "perform"),
    [
        ("server", server_kills.perform),
        ("renderer", renderer_kills.perform),
        ("clients", client_kills.perform),
        ("disk", full_disks.perform),
    ],
    ids=["server", "renderer", "clients", "disk"],
)
async def test_nothing_that_was_acknowledged_is_lost_or_done_twice_whatever_is_killed(
    kind: str, perform: Callable[[int, int, Path], Awaitable[list[str]]], tmp_path: Path
) -> None:
    """Each of them says by AssertionErrors what is wrong."""
    lines = await perform(KILLS, new_seed(kind, f"--kills {KILLS}"), tmp_path)
    print("\n".join(lines))


@pytest.mark.alone
@pytest.mark.timeout(480)
async def test_a_server_at_work_takes_no_more_and_no_longer_after_a_while(tmp_path: Path) -> None:
    seed = new_seed("soak", f"--minutes {SOAK_MINUTES}")
    print("\n".join(await soak.perform(SOAK_MINUTES, seed, tmp_path, BOUNDS)))


def test_what_grows_is_noticed() -> None:
    """A descriptor in ten seconds, say, or a latency that doubles."""
    steady = [soak.Sample(float(n), 60 << 20, 50 + n % 3, 0.002) for n in range(400)]
    assert len(soak.flat(steady)) == 3
    leaking = [
        soak.Sample(s.at_s, s.memory_bytes, 50 + n // 10, 0.002) for n, s in enumerate(steady)
    ]
    with pytest.raises(AssertionError, match="descriptors grow"):
        soak.flat(leaking)
    fatter = [soak.Sample(s.at_s, (60 << 20) + n * 40_000, 50, 0.002) for n, s in enumerate(steady)]
    with pytest.raises(AssertionError, match="memory grows"):
        soak.flat(fatter)
    slower = [
        soak.Sample(s.at_s, 60 << 20, 50, 0.002 * (1 + n / 150)) for n, s in enumerate(steady)
    ]
    with pytest.raises(AssertionError, match="wait longer"):
        soak.flat(slower)
