"""`collab plugins new` writes plugins that work, and docs/plugins explains exactly those.

Each is installed into an environment of its own, found there, and run through its contract kit,
with nothing of ours edited.
"""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import collab_kernel.testing
from collab_cli.new import KINDS, distribution, new, package
from collab_kernel.testing.clause import Contract, sentence_of

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/plugins"
NAME = "pigeon"
KITS = {
    "transport": "TransportContract",
    "renderer": "RendererContract",
    "store": "StoreContract",
    "policy": "PolicyContract",
    "front-end": "FrontEndContract",
}
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index")
COLLAB = ("-c", "from collab_cli.main import main; main()")

Collab = Callable[..., "subprocess.CompletedProcess[str]"]


class Installed:
    """An environment with all that is installed here, and one new plugin of each kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for kind in KINDS:
            written = CliRunner().invoke(new, [kind, NAME, "--into", str(folder)])
            assert written.exit_code == 0, written.output
        newer = CliRunner().invoke(new, ["policy", "newer", "--into", str(folder)])
        assert newer.exit_code == 0, newer.output
        entry = folder / "collab-policy-newer/src/collab_policy_newer/__init__.py"
        text = entry.read_text()
        entry.write_text(text.replace('"everyone may edit")', '"everyone may edit", spi=2)'))
        assert entry.read_text() != text
        self._make_environment()

    def _make_environment(self) -> None:
        venv = self.folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        [packages] = venv.glob("lib/python*/site-packages")
        # Ours come by a .pth file, so that the new ones alone are installed here.
        ours = sysconfig.get_paths()["purelib"]
        (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
        folders = [str(path) for path in sorted(self.folder.glob("collab-*"))]
        done = self.python(*PIP, "install", *OFFLINE, *folders)
        assert done.returncode == 0, done.stderr

    def plugin(self, kind: str) -> Path:
        return self.folder / distribution(kind, NAME)

    def python(
        self, *arguments: str, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        hidden = ("PYTHONPATH", "COLLAB_PLUGINS")
        return subprocess.run(
            [str(self.folder / "venv/bin/python"), *arguments],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            cwd=cwd or self.folder,
            env={k: v for k, v in os.environ.items() if k not in hidden}
            | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUNBUFFERED": "1"},
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("templates"))


# -- they work -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_is_found(installed: Installed, kind: str) -> None:
    listed = installed.python(*COLLAB, "plugins")
    assert listed.returncode == 0, listed.stderr
    rows = [line.split()[:4] for line in listed.stdout.splitlines()]
    assert [kind, NAME, distribution(kind, NAME), "0.1.0"] in rows
    [line] = [x for x in listed.stdout.splitlines() if x.split()[:2] == [kind, NAME]]
    assert "broken" not in line


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_keeps_its_contract(installed: Installed, kind: str) -> None:
    ran = installed.python("-m", "pytest", "-v", cwd=installed.plugin(kind))
    assert ran.returncode == 0, ran.stdout[-3000:]
    kit: type[Contract] = getattr(collab_kernel.testing, KITS[kind])
    for clause in kit.clauses():
        assert f"::{clause} " in ran.stdout, f"{clause} was not run"
    src = installed.plugin(kind) / "src"
    code = f"import {distribution(kind, NAME).replace('-', '_')} as module; print(module.__file__)"
    where = installed.python("-c", code).stdout
    assert "site-packages" in where
    assert str(src) not in where


def test_the_new_plugins_make_a_session_together(installed: Installed) -> None:
    """Server, wire, right, pictures and client, all by the templates."""
    script = installed.folder / "share.py"
    script.write_text(
        "ball = wait(session.create('sources', 'SphereSource', Radius=2.0))\n"
        "view = wait(session.create('views', 'RenderView'))\n"
        "wait(session.show(ball, view))\n"
        "print(wait(ball.update()).bounds)\n"
        "print(wait(view.render(64, 48, format='png')).data[:4])\n"
        "print(session.master)\n"
    )
    arguments = ["--transport", f"{NAME}://127.0.0.1:0", "--renderer", NAME, "--policy", NAME]
    python = str(installed.folder / "venv/bin/python")
    with subprocess.Popen(
        [python, *COLLAB, "serve", "--multi-clients", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=installed.folder,
    ) as server:
        try:
            assert server.stdout is not None
            lines = iter(server.stdout.readline, "")
            url = next(m[0] for line in lines if (m := re.search(rf"{NAME}://\S+:\d+", line)))
            client = ("client", "--front-end", NAME, url)
            ran = installed.python(*COLLAB, *client, "--run", str(script))
            listed = installed.python(*COLLAB, *client, "--name", "Ada")
        finally:
            server.terminate()
            server.communicate()
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "(-2.0, 2.0, -2.0, 2.0, -2.0, 2.0)",
        r"b'\x89PNG'",
        "None",
    ]
    assert listed.stdout == "Ada\n", listed.stderr


def test_a_plugin_for_another_spi_is_a_line_of_the_list(installed: Installed) -> None:
    listed = installed.python(*COLLAB, "plugins")
    [line] = [x for x in listed.stdout.splitlines() if x.split()[:2] == ["policy", "newer"]]
    assert "written for SPI version 2; this kernel has 1" in line
    served = installed.python(*COLLAB, "serve", "--policy", "newer", "--renderer", "none")
    assert served.returncode == 5
    assert "SPI version 2" in served.stderr
    assert served.stderr.count("\n") == 1


def test_the_new_plugins_are_clean_under_our_own_rules(installed: Installed) -> None:
    config = ROOT / "pyproject.toml"
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    for kind in KINDS:
        for command in (["check", "--config", 'src=["src"]'], ["format", "--check"]):
            done = subprocess.run(
                [*ruff, *command, "--no-cache", "--config", str(config), "."],
                cwd=installed.plugin(kind),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout
    sources = [str(installed.plugin(kind) / "src") for kind in KINDS]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(config), *sources],
        cwd=installed.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


# -- the command -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Pigeon", "1st", "a_b", "a--b", "a-", "", "ä", "x" * 41, "../pigeon", "a b", "a\n", "zip.zap"],
)
def test_a_name_that_makes_no_package_is_refused(name: str, tmp_path: Path) -> None:
    refused = CliRunner().invoke(new, ["policy", "--into", str(tmp_path), "--", name])
    assert refused.exit_code == 2
    assert "small letters, digits and single dashes" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_not_written_to(collab: Collab, tmp_path: Path) -> None:
    there = tmp_path / "collab-store-shoe-box"
    there.mkdir()
    refused = collab("plugins", "new", "store", "shoe-box", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "collab-store-shoe-box is there already" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert list(there.iterdir()) == []
    there.rmdir()
    written = collab("plugins", "new", "store", "shoe-box", cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    assert "class ShoeBoxStore" in (there / "src/collab_store_shoe_box/store.py").read_text()


def test_an_unknown_kind_is_refused_with_those_that_there_are(collab: Collab) -> None:
    refused = collab("plugins", "new", "pidgin", "pigeon")
    assert refused.returncode == 2
    assert all(kind in refused.stderr for kind in KINDS)
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_mark_is_left_in_what_is_written(kind: str) -> None:
    for path, text in package(kind, NAME):
        assert "{{" not in f"{path}{text}"
        assert not path.name.endswith(".in")


def test_the_templates_are_part_of_the_wheel(tmp_path: Path) -> None:
    command = [sys.executable, *PIP, "wheel", *OFFLINE, "--wheel-dir", str(tmp_path)]
    subprocess.run([*command, str(ROOT / "cli")], check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        packed = {name for name in content.namelist() if "/templates/" in name}
    source = ROOT / "cli/src"
    files = {
        p.relative_to(source).as_posix() for p in source.glob("*/templates/**/*") if p.is_file()
    }
    assert packed == files
    assert len(files) > 20


# -- the pages -------------------------------------------------------------------------------


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    """(mark, code) of each Python block on a page; the mark is the comment above it."""
    text = (PAGES / f"{kind}.md").read_text()
    for found in re.finditer(r"(?:<!-- (.*?) -->\n)?```python\n(.*?)```", text, re.DOTALL):
        yield found[1] or "", found[2]


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_on_a_page_is_that_of_the_template(kind: str) -> None:
    written = {str(path): text for path, text in package(kind, NAME)}
    shown = {mark.removeprefix("file: "): code for mark, code in blocks(kind) if mark != "run"}
    assert shown
    for path, code in shown.items():
        assert code == written[path], f"docs/plugins/{kind}.md shows another {path}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_runnable_code_on_a_page_runs(installed: Installed, kind: str) -> None:
    runnable = [code for mark, code in blocks(kind) if mark == "run"]
    assert runnable
    for code in runnable:
        done = installed.python("-c", code)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_lists_the_clauses_of_its_kit_and_no_others(kind: str) -> None:
    kit: type[Contract] = getattr(collab_kernel.testing, KITS[kind])
    section = (PAGES / f"{kind}.md").read_text().partition("## What it must keep")[2]
    listed = re.findall(r"^- (.+)$", section, re.MULTILINE)
    assert sorted(listed) == sorted(sentence_of(clause) for clause in kit.clauses())


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_begins_with_the_commands_of_the_readme(kind: str) -> None:
    commands = re.findall(r"^    (\S.*)$", (PAGES / f"{kind}.md").read_text(), re.MULTILINE)
    assert commands[0] == f"collab plugins new {kind} {NAME}"
    assert commands[1] == f"cd {distribution(kind, NAME)}"
    readme = next(text for path, text in package(kind, NAME) if path.name == "README.md")
    assert commands[2] in readme
