"""What once found something, or is a good place to look, is tried again each time.

A file in `seeds` is an input as `machine` takes it: one byte for who sends, and a packet.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .machine import SENDERS, Machine
from .stage import WIRES
from .wired import Wired

SEEDS = sorted((Path(__file__).parent / "seeds").iterdir())


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine()


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_keeps_the_promises_of_the_session(machine: Machine, seed: Path) -> None:
    machine.take(seed.read_bytes())


@pytest.mark.parametrize("wire", WIRES)
def test_the_seeds_keep_the_promises_of_a_server_on_a_wire(wire: str) -> None:
    wired = Wired(wire)
    try:
        for seed in SEEDS:
            wired.take(seed.read_bytes())
    finally:
        wired.close()


@pytest.mark.skipif(find_spec("atheris") is not None, reason="atheris is installed here")
def test_the_search_for_more_says_what_it_needs() -> None:
    script = Path(__file__).with_name("atheris_fuzz.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "atheris_fuzz.py: atheris is not installed here: pip install atheris\n"


def test_the_seeds_come_from_everybody() -> None:
    assert {seed.read_bytes()[0] % len(SENDERS) for seed in SEEDS} == set(range(len(SENDERS)))
