"""docs/semantics.md is whole: every promise has its tests, and every test it names is there."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/semantics.md"
PROMISES = ("kernel/tests/test_promises.py", "tests/test_promises.py")
"""Whose tests are there for the page alone."""

NOT_YET: set[str] = set()
"""What is promised and not kept: each says why on the page. This list only gets shorter."""


@dataclass(frozen=True)
class Promise:
    """tests: "file::name" each.  excuse: why it is not kept yet; "" if it is."""

    id: str
    text: str
    tests: tuple[str, ...]
    excuse: str


@cache
def promises() -> tuple[Promise, ...]:
    found = re.findall(r"^- \*\*(\S+)\*\* (.*?)(?=^- |^\||^#|\Z)", page(), re.M | re.S)
    return tuple(
        Promise(
            id,
            re.split(r"\n  (?:`[\w/]+\.py::|\*Not yet)", text)[0].strip(),
            tuple(re.findall(r"`([\w/]+\.py::[\w:]+)`", text)),
            " ".join(re.findall(r"\*Not yet: ([^*]+)\*", text)),
        )
        for id, text in found
    )


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@cache
def names_of(file: str) -> frozenset[str]:
    """The tests of a file by name, those of classes as `Class::test`."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    found: list[str] = []

    def collect(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append(prefix + node.name)
            elif isinstance(node, ast.ClassDef):
                collect(node.body, f"{prefix}{node.name}::")

    collect(ast.parse(path.read_text(encoding="utf-8")).body, "")
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))


def test_every_promise_has_a_test_or_says_why_not_yet() -> None:
    assert len(promises()) > 100
    assert [p.id for p in promises() if bool(p.tests) == bool(p.excuse)] == []
    assert {p.id for p in promises() if p.excuse} == NOT_YET


def test_every_test_that_is_named_is_there() -> None:
    named = [(p.id, *test.split("::", 1)) for p in promises() for test in p.tests]
    assert [n for n in named if n[2] not in names_of(n[1])] == []


def test_every_line_of_the_list_is_a_promise_with_a_name_of_its_own() -> None:
    ids = [p.id for p in promises()]
    assert len(ids) == len(re.findall(r"^\s*[-*] ", page(), re.M)), "a line without a name"
    assert len(set(ids)) == len(ids)
    assert [p.id for p in promises() if not p.text.endswith(".")] == []
    assert [p.id for p in promises() if len(set(p.tests)) < len(p.tests)] == []


def test_the_names_of_promises_count_up_without_a_gap() -> None:
    """So that nobody takes one out unseen."""
    numbered = [(p.id.rpartition("-")[0], int(p.id.rpartition("-")[2])) for p in promises()]
    for (subject, number), (following, next_number) in pairwise([("", 0), *numbered]):
        assert next_number == (number + 1 if subject == following else 1), following


def test_what_is_tested_for_this_page_is_on_it() -> None:
    named = {test for p in promises() for test in p.tests}
    assert {f"{file}::{name}" for file in PROMISES for name in names_of(file)} - named == set()


def test_no_test_is_named_outside_of_a_promise() -> None:
    listed = [test for p in promises() for test in p.tests]
    assert len(re.findall(r"\.py::", page())) == len(listed)
