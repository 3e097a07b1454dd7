"""The crowd for a short while: whatever is done to it, everybody has the same in the end."""

from __future__ import annotations

import secrets

import pytest

from .conductor import Plan, perform


@pytest.mark.timeout(480)
async def test_a_crowd_agrees_whatever_happens_to_it() -> None:
    """Eight clients over three transports, one of them on two servers: see `conductor`."""
    seed = secrets.randbelow(1 << 32)
    print(f"python3 dev.py crowd --minutes 1 --seed {seed}")  # shown when it fails
    plan = Plan(seed, 15.0, 8.0, pause_s=(0.1, 0.8), freeze_s=(0.2, 2.0))
    score = await perform(plan)
    print(score.table())
    assert score.counts["checkpoints"] >= 2
    assert score.counts["handovers"]
    outcomes = {outcome for _, outcome in score.outcomes}
    assert {"revision", "refused"} <= outcomes
