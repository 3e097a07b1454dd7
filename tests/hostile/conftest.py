"""The server of these tests: one for all of them, since it has to survive them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from collab_kernel.server import TokenFile

from .stage import WIRES, Outcomes, Stage


@pytest.fixture(scope="package")
def stage(serve_process: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    tokens = TokenFile(tmp_path_factory.mktemp("stage") / "tokens.toml")
    tokens.new()
    server = serve_process(
        *("--renderer", "none", "--multi-clients", "--max-clients", "1000"),
        *(option for wire in WIRES for option in ("--transport", f"{wire}://127.0.0.1:0")),
        *(option for name in ("main", *WIRES) for option in ("--session", name)),
        *("--token-file", str(tokens.path), "--log-level", "info"),
    )
    outcomes = Outcomes()
    server.wait_for("Ctrl-C ends it.")
    yield Stage(server, tokens, outcomes)
    code, errors = server.stop()
    print(f"\n{outcomes}")  # shown with -s
    assert code == 0
    assert "Traceback" not in errors
