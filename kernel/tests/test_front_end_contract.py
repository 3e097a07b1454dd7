"""The kit accepts a small front end, and catches each way of breaking the contract."""

import unittest
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.front_end_contract import FrontEndContract

ENTRY = """
from pathlib import Path
from collab_kernel.hookspecs import hookimpl
from collab_kernel.spi import ClientOptions, FrontEndSpec

def client(options):
    import paper_client
    return paper_client.start(options)

@hookimpl
def collab_front_ends():
    return [FrontEndSpec("paper", "", client, files=files)]

def files():
    folder = Path(__file__).with_name("page")
    folder.mkdir(exist_ok=True)
    index = "<script type=module src=/page.js></script><script type=application/json>{}</script>"
    folder.joinpath("index.html").write_text(index)
    return folder
"""

CLIENT = """
import asyncio, os, runpy, sys, traceback
from pathlib import Path
from collab_kernel.client import connect
from collab_kernel.errors import CollabError

def start(options):
    if not Path(options.script).is_file():
        print(f"collab: there is no script {options.script!r}", file=sys.stderr)
        return 2
    return asyncio.run(take_part(options))

async def take_part(options):
    async with await connect(options.urls[0], options.name, options.session) as session:
        return await asyncio.to_thread(run, options)

def run(options):
    sys.argv = [options.script, *options.arguments]
    sys.path.insert(0, str(Path(options.script).parent))
    try:
        runpy.run_path(options.script, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except Exception:
        traceback.print_exc()
        return 1
    return 0
"""


BROKEN: list[tuple[str, str, str]] = [
    # what is written differently, how, and the clause that says so
    ('FrontEndSpec("paper"', 'FrontEndSpec("Paper!"', "its name is its own"),
    (
        "from collab_kernel.spi",
        "import asyncio\nfrom collab_kernel.spi",
        "its entry module loads nothing heavy",
    ),
    ('"index.html"', '"index.htm"', "its page can be served as it lies there"),
    ("src=/page.js", "", "its page can be served as it lies there"),
    ("<script type=module", "<p onclick=go()><script", "its page can be served as it lies there"),
    (
        "<script type=module",
        "<p style=color:red><script",
        "its page can be served as it lies there",
    ),
    ("<script type=module", "<style></style><script", "its page can be served as it lies there"),
    (
        "    return folder",
        "    folder.joinpath('out').symlink_to(Path(__file__))\n    return folder",
        "its page can be served as it lies there",
    ),
    ("return end.code or 0", "return 0", "the exit code is the scripts"),
    ("print(end.code, file=sys.stderr)", "pass", "the exit code is the scripts"),
    (
        "async with await",
        "print('welcome')\n    async with await",
        "what the script prints is all that stdout has",
    ),
    (
        "traceback.print_exc()",
        "print('the script failed', file=sys.stderr)",
        "a script that fails shows where and its exit code is 1",
    ),
    (
        "except Exception:\n        traceback.print_exc()\n        return 1",
        "except Exception:\n        traceback.print_exc()",
        "a script that fails shows where and its exit code is 1",
    ),
    (
        "*options.arguments",
        "",
        "the script is the main program with its arguments",
    ),
    (
        'run_name="__main__"',
        "",
        "the script is the main program with its arguments",
    ),
    (
        "sys.path.insert",
        "str",
        "the script is the main program with its arguments",
    ),
    (
        "if not Path(options.script).is_file():",
        "if False:",
        "a script that is not there is a usage error",
    ),
    (
        "options.urls[0], options.name",
        "options.urls[0], 'paper'",
        "the script runs in the session under the given name",
    ),
    (
        "return asyncio.run(take_part(options))",
        "code = run(options); asyncio.run(take_part(options)); return code",
        "the script runs in the session under the given name",
    ),
    (
        "return await asyncio.to_thread(run, options)",
        "os._exit(await asyncio.to_thread(run, options))",
        "it leaves when the script ends however it ends",
    ),
    (
        "return asyncio.run(take_part(options))",
        "try:\n        return asyncio.run(take_part(options))\n"
        "    except CollabError:\n        return run(options)",
        "a refusal at the door is told and the script does not run",
    ),
    (
        "return asyncio.run(take_part(options))",
        "try:\n        return asyncio.run(take_part(options))\n"
        "    except CollabError:\n        return 3",
        "a refusal at the door is told and the script does not run",
    ),
    (
        "return asyncio.run(take_part(options))",
        "try:\n        return asyncio.run(take_part(options))\n"
        "    except CollabError as error:\n        raise OSError('no route') from error",
        "an address where nobody is is told and the script does not run",
    ),
]


def kit_in(folder: Path, old: str, new: str, patch: pytest.MonkeyPatch) -> FrontEndContract:
    """The kit for the small front end with one thing written differently."""
    assert (old in ENTRY) != (old in CLIENT), f"{old!r} stands in both or in none"
    (folder / "paper.py").write_text(ENTRY.replace(old, new, 1))
    (folder / "paper_client.py").write_text(CLIENT.replace(old, new, 1))
    patch.syspath_prepend(str(folder))

    class Kit(FrontEndContract):
        entry_module = "paper"
        leave_s = 1.0

    return Kit()


@pytest.fixture(autouse=True)
def _forget_paper(monkeypatch: pytest.MonkeyPatch) -> Any:
    import sys

    yield
    sys.modules.pop("paper", None)


def clause_of(sentence: str) -> str:
    name = "test_" + sentence.replace(" ", "_")
    assert name in FrontEndContract.clauses()
    return name


@pytest.mark.parametrize("clause", FrontEndContract.clauses())
def test_a_small_front_end_keeps_it(
    clause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    getattr(kit_in(tmp_path, "paper_client", "paper_client", monkeypatch), clause)()


@pytest.mark.parametrize(("old", "new", "sentence"), BROKEN, ids=[row[2] for row in BROKEN])
def test_a_broken_front_end_is_caught_by_the_clause_it_breaks(
    old: str, new: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = kit_in(tmp_path, old, new, monkeypatch)
    with pytest.raises(ContractBrokenError, match=f"^{sentence}: "):
        getattr(kit, clause_of(sentence))()


def test_every_clause_is_proven_by_a_front_end_that_breaks_it() -> None:
    assert {clause_of(sentence) for _, _, sentence in BROKEN} == set(FrontEndContract.clauses())


def test_a_front_end_that_is_no_client_skips_what_is_about_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = kit_in(tmp_path, '"", client, files=files)', '"")', monkeypatch)
    kit.test_its_name_is_its_own()
    for clause in (
        kit.test_the_exit_code_is_the_scripts,
        kit.test_its_page_can_be_served_as_it_lies_there,
    ):
        with pytest.raises(unittest.SkipTest):
            clause()
