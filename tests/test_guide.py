"""The user guide is true: its snippets run in the order in which they stand, and it leaves out no
option of `collab serve`."""

import re
from pathlib import Path

import pytest

from collab.client import client
from collab.worker import Worker
from collab_cli.serve import serve as serve_command
from collab_kernel.client import connect

from .demo import write_sample

GUIDE = Path(__file__).resolve().parent.parent / "docs/guide.md"


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    client.close()
    worker.stop()


def snippets():
    """(line, text) of every fenced block of Python."""
    text = GUIDE.read_text(encoding="utf-8")
    for found in re.finditer(r"^```python\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start(1)), found[1]


def test_every_snippet_runs_in_the_order_in_which_they_stand(
    serve, worker, tmp_path, monkeypatch, capsys
):
    write_sample(tmp_path / "field.vti")
    server = serve("--multi-clients", "field.vti", cwd=tmp_path)
    port = server.url.rpartition(":")[2]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("collab.connecting.DEFAULT_PORT", int(port))
    # The first snippet is the first participant; Ben is the other one, who comes with the second.
    names = {"__name__": "guide"}
    ben = None
    for line, text in snippets():
        code = compile("\n" * line + text.replace("11111", port), str(GUIDE), "exec")
        exec(code, names)
        ben = ben or worker.run(connect(server.url, name="Ben"))
    assert ben.master is not None
    assert ben.master.id == ben.id
    worker.run(ben.close())
    said = capsys.readouterr().out
    for expected in (
        "Ada steers", "Ben", "Create Contour", "somebody else steers", "ask Ben for it",
        "nope.vtu: there is no such file", "at 1.0", "24 ['Sphere", "hot points",
        "None ['a second surface']", "waiting: ['Ada L.']", "is this a crack?",
        "Set ContourValues of Contour1",
    ):  # fmt: skip
        assert expected in said
    assert {"contour.png", "eve.png"} <= {path.name for path in tmp_path.iterdir()}


def test_every_option_of_serve_is_explained():
    text = GUIDE.read_text(encoding="utf-8")
    options = [name for option in serve_command.params for name in option.opts]
    assert [o for o in options if o.startswith("--") and o not in text] == []
