#!/usr/bin/env python3
"""Everything a developer does with this repository: `python3 dev.py --help`.

Needs Python 3.11 and nothing else: the rest goes into `.venv`, beside this file. Works from any
directory; the commands it starts run in the repository's root. Exit codes pass through.
"""

import sys

# This file keeps to syntax that any Python 3.6 reads, so that an old one says this line.
if sys.version_info < (3, 11):
    sys.exit("dev.py: Python 3.11 or later is needed, this is %d.%d" % sys.version_info[:2])

import argparse
import hashlib
import importlib.util
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.sha256"
REQUIREMENTS = ROOT / "requirements-dev.txt"
CONSTRAINTS = ROOT / "constraints.txt"
WHEELS = ROOT / "dist"
WEB = ROOT / "plugins" / "front_ends" / "web"
PAGE = WEB / "hatch_build.py"
NO_NODE = 3  # of PAGE
PIP = (PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check")
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index")
MOST_TESTS_AT_ONCE = 8


class StepFailedError(Exception):
    """A step ended with this exit code, and has already said why."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"exit code {code}")


def say(line: str) -> None:
    """Print one line, ahead of whatever the step itself prints."""
    print(f"dev.py: {line}", flush=True)


def run(*command: str | Path) -> int:
    """Run `command` in the root; return its exit code, 128 + n where signal n ended it.

    Ctrl-C reaches the command as well: it is waited for, so that it can end what it has started.
    """
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        try:
            process.wait()
        except KeyboardInterrupt:  # once more: now
            process.kill()
        raise
    return code if code >= 0 else 128 - code


def must(*command: str | Path) -> None:
    """Run `command` in the root, or raise StepFailedError."""
    code = run(*command)
    if code:
        raise StepFailedError(code)


def distributions() -> list[Path]:
    """The folder of every distribution, in the order of requirements-dev.txt."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [ROOT / line.split()[1] for line in lines if line.startswith("-e ")]


def fingerprint() -> str:
    """A hash of all that decides what belongs in `.venv`.

    The root is part of it, because an editable install points there: a copied tree installs anew.
    """
    inputs = [REQUIREMENTS, CONSTRAINTS, *(folder / "pyproject.toml" for folder in distributions())]
    digest = hashlib.sha256(str(ROOT).encode())
    for path in inputs:
        digest.update(b"\0" + path.read_bytes())
    return digest.hexdigest()


def make_venv() -> None:
    """Make `.venv` anew, or say which package is missing and raise StepFailedError."""
    if importlib.util.find_spec("ensurepip") is None:
        package = "python%d.%d-venv" % sys.version_info[:2]
        say(f"this Python cannot make a virtual environment: install {package} (Debian, Ubuntu)")
        raise StepFailedError(1)
    say("making .venv")
    must(sys.executable, "-m", "venv", "--clear", VENV)


def make_page() -> bool:
    """Build the web page, unless it is as new as its sources; whether that worked."""
    if run(PYTHON, PAGE):
        say("there is no web page without that; everything else works")
        return False
    return True


def install() -> int:
    """Make .venv and install everything, if anything changed since the last time."""
    wanted = fingerprint()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        say(".venv is up to date")
        make_page()
        return 0
    if not PYTHON.exists():
        make_venv()
    STAMP.unlink(missing_ok=True)  # an install that breaks off is not taken for a whole one
    say("installing requirements-dev.txt into .venv (minutes, the first time)")
    must(*PIP, "install", "-r", REQUIREMENTS, "-c", CONSTRAINTS)
    STAMP.write_text(wanted, encoding="utf-8")
    make_page()
    return 0


def passes() -> dict[str, tuple[str, ...]]:
    """What pytest is given for each of its passes: a test belongs to exactly one."""
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    # More than there are processors, as many tests wait most of the time.
    at_once = min(processors + (processors + 1) // 2, MOST_TESTS_AT_ONCE)
    spread = ("--numprocesses", str(at_once), "--dist", "worksteal")
    return {"side by side": (*spread, "-m", "not alone"), "alone": ("-m", "alone")}


def test(*arguments: str) -> int:
    """Run the tests, several at a time; with arguments, pytest with those, paths relative to the
    root.
    """
    install()
    if arguments:
        say(" ".join(["pytest", *arguments]))
        return run(PYTHON, "-m", "pytest", *arguments)
    failed, took = {}, []
    for name, part in passes().items():  # both, so that one run tells everything
        say(f"tests {name}: pytest {' '.join(part)}")
        began_s = time.monotonic()
        code = run(PYTHON, "-m", "pytest", *part)
        took.append(f"{name} {time.monotonic() - began_s:.0f} s")
        if code:
            failed[f"{name} (exit code {code})"] = code
    say(f"tests took: {', '.join(took)}")
    say(f"tests failed: {', '.join(failed)}" if failed else "tests passed")
    return next(iter(failed.values()), 0)


def lint() -> int:
    """Run ruff, mypy and the page's eslint; see whether generated code is up to date."""
    install()
    checks = {
        "ruff check": ("-m", "ruff", "check"),
        "ruff format --check": ("-m", "ruff", "format", "--check"),
        "mypy": ("-m", "mypy"),
        "generate.py --check": ("proto/generate.py", "--check"),
        "eslint, vue-tsc": (str(PAGE), "lint"),
    }
    failed = {}
    for name, arguments in checks.items():  # all of them, so that one run tells everything
        say(name)
        code = run(PYTHON, *arguments)
        if code == NO_NODE and str(PAGE) in arguments:
            say(f"{name} left out")
        elif code:
            failed[name] = code
    say(f"lint failed: {', '.join(failed)}" if failed else "lint passed")
    return next(iter(failed.values()), 0)


def build() -> int:
    """Make the wheels of every distribution in dist/, in place of those that lay there."""
    install()
    for old in WHEELS.glob("*.whl"):
        old.unlink()
    wanted = [folder for folder in distributions() if folder != WEB or make_page()]
    say(f"building {len(wanted)} wheels into dist/")
    # The build backend is in .venv: nothing is fetched to build.
    must(*PIP, "wheel", *OFFLINE, "--wheel-dir", WHEELS, *wanted)
    for wheel in sorted(WHEELS.glob("*.whl")):
        say(f"made dist/{wheel.name}")
    return 0


def demo() -> int:
    """Share a sample session between two participants; what each sees is in demo-output/."""
    install()
    say("demo: one server, two participants; pictures into demo-output/")
    return run(PYTHON, "tests/demo.py", "--output", "demo-output")


def pictures() -> int:
    """Take pictures of the web page in its states; docs/pictures gets those that it has anew."""
    install()
    say("pictures: the page, as several participants see it")
    return run(
        PYTHON, WEB / "pictures.py", "--output", "pictures-output", "--renew", "docs/pictures"
    )


def simulate(*arguments: str) -> int:
    """Try many seeds of the simulator; what follows is passed on, as in `--seeds 1000:5000`."""
    install()
    say(" ".join(["simulate", *arguments]))
    return run(PYTHON, "-m", "collab_kernel.testing.simulation", *arguments)


def crowd(*arguments: str) -> int:
    """Let real clients work on real servers, and disturb them, as in `--minutes 10 --seed 7`."""
    install()
    say(" ".join(["crowd", *arguments]))
    return run(PYTHON, "-m", "tests.crowd", *arguments)


def faults(*arguments: str) -> int:
    """Kill servers, renderers, clients, and soak, as in `server --kills 500 --seed 7`."""
    install()
    say(" ".join(["faults", *arguments]))
    return run(PYTHON, "-m", "tests.faults", *arguments)


def classroom(*arguments: str) -> int:
    """Hold a class of two pages and many who look on, and measure, as in `--viewers 29`."""
    install()
    say(" ".join(["classroom", *arguments]))
    return run(PYTHON, "-m", "tests.classroom", *arguments)


def tour(*arguments: str) -> int:
    """Record two films of several people at work, in tour-output/."""
    install()
    say("tour: real servers, clients and pictures; films into tour-output/")
    return run(PYTHON, "-m", "tests.tour", "--output", "tour-output", *arguments)


def generate() -> int:
    """Write the Python code of the protobuf files anew, beside them."""
    install()
    say("generating the protobuf code")
    return run(PYTHON, "proto/generate.py")


COMMANDS: dict[str, Callable[..., int]] = {
    command.__name__: command
    for command in (
        install,
        test,
        lint,
        build,
        demo,
        pictures,
        simulate,
        crowd,
        faults,
        classroom,
        tour,
        generate,
    )
}


def main() -> int:
    """Do what the command line says and return its exit code."""
    parser = argparse.ArgumentParser(prog="dev.py", description="Everything a developer does here.")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparsers.add_parser(
            name, help=command.__doc__, description=command.__doc__, allow_abbrev=False
        )
    options, rest = parser.parse_known_args()
    if options.command is None:
        parser.print_help()
        return 0
    if rest and options.command not in ("test", "simulate", "crowd", "faults", "classroom", "tour"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return COMMANDS[options.command](*rest)
    except StepFailedError as failure:
        return failure.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
