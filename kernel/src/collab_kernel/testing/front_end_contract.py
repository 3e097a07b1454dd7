"""What every front end keeps that `collab client` can start, as tests: two lines.

    class TestPaper(FrontEndContract):
        entry_module = "collab_front_end_paper"

Each clause starts a server here and the client in a process of its own, with a script to run. Not
asked of front ends: what names a script finds, and what a person sees.
"""

from __future__ import annotations

import re
import tempfile
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from collab_kernel.spi import ClientOptions, FrontEndSpec

from .clause import Contract, check_entry_module, clause

if TYPE_CHECKING:
    from .front_end_trial import Client, Ended, FrontEndTrial

HEAVY = ("numpy", "vtkmodules", "IPython", "PyQt6", "PySide6", "matplotlib", "asyncio", "zmq")

WAIT = """
import pathlib, time
pathlib.Path("here").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.02)
"""
"""A script that says when it runs, and goes on when it may."""


class FrontEndContract(Contract):
    """entry_module: the plugin's entry module.  name: of the front end, if it offers several.

    libraries: what importing the entry module must not load.
    transport: where the server listens; by default any installed transport that has ports.
    leave_s: how long the server may take to notice that a client has left.
    """

    entry_module: ClassVar[str]
    name: ClassVar[str] = ""
    libraries: ClassVar[tuple[str, ...]] = HEAVY
    transport: ClassVar[str] = ""
    leave_s: ClassVar[float] = 10.0

    # -- the plugin --------------------------------------------------------------------------

    @clause
    def test_its_name_is_its_own(self) -> None:
        """In small letters, digits and dashes; nobody else that is installed has it."""
        from collab_kernel.plugins import load

        name = self._spec().name
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name), f"{name!r} is no name"
        found = [f for f in load().found if (f.kind, f.name) == ("front-end", name)]
        assert len(found) <= 1, f"{name} is offered by {' and '.join(f.origin for f in found)}"

    @clause
    def test_its_entry_module_loads_nothing_heavy(self) -> None:
        """Listing the plugins must not cost what they are made of."""
        check_entry_module(self.entry_module, self.libraries)

    @clause
    def test_its_page_can_be_served_as_it_lies_there(self) -> None:
        """For a front end with `files`: an index, no link out of the folder, and no script or
        style but in files of its own, as browsers are told to run no other."""
        from .page import faults

        files = self._spec().files
        if files is None:
            raise unittest.SkipTest("this front end has no page")
        found = list(faults(files()))
        assert not found, "; ".join(found)

    # -- a script ----------------------------------------------------------------------------

    @clause
    def test_the_exit_code_is_the_scripts(self) -> None:
        """0 at its end, and what sys.exit is given; a text is printed, and is 1."""
        endings = {"": 0, "raise SystemExit": 0, "sys.exit(0)": 0, "sys.exit(7)": 7}
        endings["sys.exit('not today')"] = 1
        with self._trial() as trial:
            for ending, code in endings.items():
                ended = self._ran(trial, f"import sys\n{ending}\n")
                assert ended.code == code, f"{ending or 'the end'} is {code}; it gave {ended}"
                assert "Traceback" not in ended.stderr, f"after {ending or 'the end'}: {ended}"
            assert "not today" in ended.stderr, f"the reason is not told: {ended}"

    @clause
    def test_what_the_script_prints_is_all_that_stdout_has(self) -> None:
        """A script's output goes into other programs."""
        with self._trial() as trial:
            text = "import sys\nprint('one')\nsys.stdout.write('two')\nprint('!', file=sys.stderr)"
            ended = self._ran(trial, text)
            assert ended.stdout == "one\ntwo", f"it prints 'one\\ntwo'; it gave {ended}"

    @clause
    def test_a_script_that_fails_shows_where_and_its_exit_code_is_1(self) -> None:
        """On stderr, as Python does."""
        with self._trial() as trial:
            ended = self._ran(trial, "print('before')\n\n1 / 0\n")
            assert (ended.code, ended.stdout) == (1, "before\n"), f"1 / 0 in line 3 gave {ended}"
            for due in ("Traceback", "script.py", "line 3", "ZeroDivisionError"):
                assert due in ended.stderr, f"stderr lacks {due!r}: {ended}"

    @clause
    def test_the_script_is_the_main_program_with_its_arguments(self) -> None:
        """It finds its neighbours, too."""
        with self._trial() as trial:
            trial.script("NAME = 'neighbour'\n", "neighbour.py")
            text = "import sys, neighbour\nprint(__name__, *sys.argv, neighbour.NAME, sep='|')\n"
            ended = self._ran(trial, text, arguments=("a b", "--flag"))
            due = f"__main__|{trial.folder / 'script.py'}|a b|--flag|neighbour\n"
            assert ended.stdout == due, f"due was {due!r}; it gave {ended}"

    @clause
    def test_a_script_that_is_not_there_is_a_usage_error(self) -> None:
        """One line that names it."""
        with self._trial() as trial:
            missing = str(trial.folder / "missing.py")
            ended = self._start(trial, missing).ended(self.deadline_s)
            assert (ended.code, ended.stdout) == (2, ""), f"it gave {ended}"
            lines = ended.stderr.splitlines()
            assert len(lines) == 1, f"it says {len(lines)} lines: {ended}"
            assert "missing.py" in lines[0], f"it names no script: {ended}"

    # -- the session -------------------------------------------------------------------------

    @clause
    def test_the_script_runs_in_the_session_under_the_given_name(self) -> None:
        """From before its first line until its end."""
        with self._trial() as trial:
            client = self._start(trial, trial.script(WAIT), name="Kit's Ada")
            until_s = time.monotonic() + self.deadline_s
            while not (trial.folder / "here").exists():
                ran = client.running and time.monotonic() < until_s
                assert ran, f"the script does not run: {client.ended(0.1)}"
                time.sleep(0.02)
            people = trial.people
            (trial.folder / "go").touch()
            ended = client.ended(self.deadline_s)
            names = [row.name for row in people if row.connected]
            assert names == ["Kit's Ada"], f"while it runs the session has {names}; {ended}"

    @clause
    def test_it_leaves_when_the_script_ends_however_it_ends(self) -> None:
        """With a goodbye: the seat is free and nobody waits for it to come back."""
        with self._trial() as trial:
            for text in ("", "import sys; sys.exit(3)", "1 / 0"):
                self._ran(trial, text)
                trial.left(self.leave_s)

    @clause
    def test_a_refusal_at_the_door_is_told_and_the_script_does_not_run(self) -> None:
        """By the server's words: a session that is full, or that there is not."""
        with self._trial(multi_clients=False) as trial:
            trial.join("Bob")
            for session, word in (("", "multi-clients"), ("nowhere", "nowhere")):
                ended = self._ran(trial, "print('it runs')", session=session)
                assert (ended.code, ended.stdout) == (3, ""), f"3 was due; it gave {ended}"
                assert word in ended.stderr, f"{word!r} is not told: {ended}"
                assert "Traceback" not in ended.stderr, f"it shows a traceback: {ended}"

    @clause
    def test_an_address_where_nobody_is_is_told_and_the_script_does_not_run(self) -> None:
        """Within the time that the transport takes to know."""
        with self._trial() as trial:
            with self._trial() as other:  # beside the first, so that its port is another
                address = other.address
            script = trial.script("print('it runs')")
            ended = self._start(trial, script, urls=(address,)).ended(self.deadline_s)
            assert (ended.code, ended.stdout) == (4, ""), f"4 was due; it gave {ended}"
            assert address.rpartition(":")[2] in ended.stderr, f"no address is named: {ended}"
            assert "Traceback" not in ended.stderr, f"it shows a traceback: {ended}"

    # -- how -------------------------------------------------------------------------------

    def _spec(self) -> FrontEndSpec:
        from .front_end_trial import spec_of

        return spec_of(self.entry_module, self.name)

    @contextmanager
    def _trial(self, multi_clients: bool = True) -> Iterator[FrontEndTrial]:
        from .front_end_trial import FrontEndTrial

        if self._spec().client is None:
            raise unittest.SkipTest("this front end is not started by `collab client`")
        with tempfile.TemporaryDirectory(prefix="collab-front-end-") as folder:
            place = Path(folder).resolve()
            with FrontEndTrial(place, self.transport, multi_clients) as trial:
                yield trial

    def _start(
        self,
        trial: FrontEndTrial,
        script: str,
        *,
        urls: tuple[str, ...] = (),
        name: str = "Ada",
        session: str = "",
        arguments: tuple[str, ...] = (),
    ) -> Client:
        from .front_end_trial import Client

        options = ClientOptions(
            urls or (trial.address,),
            name=name,
            session=session,
            script=script,
            arguments=arguments,
        )
        return Client(self.entry_module, self.name, options, trial.folder)

    def _ran(
        self,
        trial: FrontEndTrial,
        text: str,
        session: str = "",
        arguments: tuple[str, ...] = (),
    ) -> Ended:
        script = trial.script(text)
        client = self._start(trial, script, session=session, arguments=arguments)
        return client.ended(self.deadline_s)
