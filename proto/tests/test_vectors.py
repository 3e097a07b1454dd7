"""The recorded rows have the recorded digest, by the words of session.proto alone."""

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from collab_proto.v1 import session_pb2

VECTORS = Path(__file__).parent.parent / "vectors" / "digest.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_digest_is_over_all_sorted_rows_but_the_historys(case: dict[str, Any]) -> None:
    total = hashlib.sha256()
    rows = [(table, bytes.fromhex(key), bytes.fromhex(row)) for table, key, row in case["rows"]]
    assert rows == sorted(rows)
    for table, key, row in rows:
        if table != session_pb2.TABLE_HISTORY:
            total.update(struct.pack(">II", table, len(key)) + key)
            total.update(struct.pack(">I", len(row)) + row)
    assert total.hexdigest() == case["digest"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_events_are_numbered_from_one_without_a_gap(case: dict[str, Any]) -> None:
    events = [session_pb2.Event.FromString(bytes.fromhex(data)) for data in case["events"]]
    assert [event.revision for event in events] == list(range(1, case["revision"] + 1))


def test_the_cases_hold_every_kind_of_value_and_both_kinds_of_change() -> None:
    kinds, changes = set(), set()
    for case in CASES:
        for data in case["events"]:
            for change in session_pb2.Event.FromString(bytes.fromhex(data)).changes:
                changes.add(change.WhichOneof("kind"))
                kinds.add(change.set_value.after.kind)
    assert changes == {"put", "set_value"}
    assert set(range(1, 8)) <= kinds


def test_the_cases_hold_a_row_of_every_table() -> None:
    known = set(session_pb2.Table.values()) - {session_pb2.TABLE_UNSPECIFIED}
    assert known <= {table for case in CASES for table, _, _ in case["rows"]}
