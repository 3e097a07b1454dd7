"""The page's own tests, which node runs."""

import subprocess
import sys
from pathlib import Path

import pytest

BUILD = Path(__file__).resolve().parents[1] / "hatch_build.py"
NO_NODE = 3


@pytest.mark.timeout(300)
def test_the_pages_core_passes_its_own_tests() -> None:
    ran = subprocess.run(
        [sys.executable, str(BUILD), "test"], capture_output=True, text=True, check=False
    )
    if ran.returncode == NO_NODE:
        pytest.skip(ran.stderr.strip())
    assert ran.returncode == 0, ran.stderr
