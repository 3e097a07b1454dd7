"""Logs that were recorded once lead to the same rows, bytes and digest for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import State
from collab_kernel.wire.rows import decode_event, digest, encode_event, rows
from collab_kernel.wire.tables import codec

VECTORS = Path(__file__).parents[2] / "proto" / "vectors" / "digest.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_old_log_leads_where_it_always_led(case: dict[str, Any]) -> None:
    state = State()
    for text in case["events"]:
        data = bytes.fromhex(text)
        event = decode_event(data)
        assert encode_event(event) == data
        state = evolve(state, event)
    found = sorted(
        (int(table), codec(table).encode_key(key), codec(table).encode_row(row))
        for table, key, row in rows(state)
    )
    assert [[table, key.hex(), row.hex()] for table, key, row in found] == case["rows"]
    assert (state.revision, digest(state)) == (case["revision"], case["digest"])
