"""What a server does only if it was started so: run code, write files; and which files it
tells of."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collab_kernel.client import connect
from collab_kernel.core.commands import (
    Command,
    Create,
    Delete,
    Edit,
    Redo,
    Register,
    Request,
    Set,
    Undo,
)
from collab_kernel.core.decide import Rules, decide
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.core.files import FileRules
from collab_kernel.core.queries import FileEntry, ListFiles, SaveData
from collab_kernel.core.state import State
from collab_kernel.core.undo import remember
from collab_kernel.core.values import COUNTER_BITS, SERVER, guess
from collab_kernel.errors import (
    FlagNeededError,
    InvalidValueError,
    NoRendererError,
    NotAllowedError,
    PipelineFailedError,
    RefusedError,
)
from collab_kernel.host import listing as listing_module
from collab_kernel.host.listing import Listing
from collab_kernel.host.roots import Allowance, Roots
from collab_kernel.host.saving import save
from collab_kernel.server import Server
from collab_kernel.spi import Policy
from collab_kernel.testing.catalogue import SPECIMEN, SPHERE, definitions
from collab_kernel.testing.simulator import World
from collab_kernel.testing.toy import TOY

ANN = 1
CODE = Catalogue("toy", definitions().definitions.values(), [SPECIMEN])


# -- code ------------------------------------------------------------------------------------


class Coder:
    """One participant who may do everything, on a server with or without `--allow-code`."""

    def __init__(self, state: State, policy: Policy) -> None:
        self.state = state
        self._rules = Rules(policy, CODE, allow_code=False)
        self._number = 1_000

    def allow(self, code: bool) -> None:
        self._rules = replace(self._rules, allow_code=code)

    def do(self, command: Command, actor: int = ANN) -> Event | None:
        """Raises RefusedError; then nothing has changed."""
        self._number += 1
        event = decide(self.state, actor, Request(self._number, command), self._rules, 1.0)
        if event is not None:
            self.state = remember(evolve(self.state, event), event)
        return event

    def make(self, type: tuple[str, str], actor: int = ANN) -> int:
        self._number += 1
        id = (actor << COUNTER_BITS) + self._number
        self.do(Edit((Create(id, *type),)), actor)
        return id


@pytest.fixture
def coder() -> Iterator[Coder]:
    with World(0, ["ann"], "ann") as world:
        yield Coder(world.state, world.session.rules.policy)


def test_a_proxy_that_runs_code_is_not_made_without_the_flag(coder: Coder) -> None:
    before = coder.state
    with pytest.raises(FlagNeededError, match="--allow-code") as refused:
        coder.make(SPECIMEN)
    assert refused.value.flag == "--allow-code"
    assert coder.state is before
    coder.make(SPHERE)
    coder.allow(True)
    coder.make(SPECIMEN)


def test_one_that_is_there_already_is_neither_set_nor_brought_back(coder: Coder) -> None:
    coder.allow(True)
    id = coder.make(SPECIMEN)
    coder.do(Edit((Set(id, (("Title", guess("run this")),)),)))
    coder.do(Edit((Set(id, (("Title", guess("or this")),)),)))
    coder.allow(False)
    for command in (Undo(), Edit((Set(id, (("Count", guess(1)),)),))):
        with pytest.raises(FlagNeededError):
            coder.do(command)
    coder.allow(True)
    coder.do(Undo())
    coder.allow(False)
    with pytest.raises(FlagNeededError):
        coder.do(Redo())
    coder.do(Edit((Delete(id),)))
    with pytest.raises(FlagNeededError):
        coder.do(Undo())


def test_one_that_is_there_already_can_be_renamed_and_deleted(coder: Coder) -> None:
    coder.allow(True)
    id = coder.make(SPECIMEN)
    coder.allow(False)
    coder.do(Edit((Register(id, "suspicious"),)))
    coder.do(Edit((Delete(id),)))
    assert id not in coder.state.proxies


def test_whoever_started_the_server_may_make_one(coder: Coder) -> None:
    assert coder.make(SPECIMEN, SERVER) in coder.state.proxies


async def test_types_that_run_code_are_offered_only_with_the_flag() -> None:
    for allowed in (False, True):
        server = Server(["memory://code"], renderer=None, catalogue=CODE, allow_code=allowed)
        async with server, await connect(server.addresses[0]) as ann:
            offered = {(t.group, t.type) for t in ann.types}
            assert SPHERE in offered
            assert (SPECIMEN in offered) is allowed


# -- writing: judged by text -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.vtp", "sub/a.vtp", "/out/a.vtp", "/more/sub/a.vtp", "a..vtp"])
def test_names_below_a_writable_folder_are_allowed(name: str) -> None:
    FileRules(writable=("/out", "/more")).check_writing("Ada", name)


@pytest.mark.parametrize("name", ["../a.vtp", "/etc/a.vtp", "/output/a.vtp", "/out/../a", "a/.."])
def test_names_beside_the_writable_folders_are_refused(name: str) -> None:
    with pytest.raises(NotAllowedError, match="--allow-write"):
        FileRules(writable=("/out",)).check_writing("Ada", name)


def test_without_the_flag_no_name_is_writable() -> None:
    with pytest.raises(FlagNeededError, match="--allow-write") as refused:
        FileRules("/data").check_writing("Ada", "a.vtp")
    assert refused.value.flag == "--allow-write"


@pytest.mark.parametrize("name", ["", "folder/", "a\0b", "a" * 4097])
def test_what_names_no_file_is_an_invalid_value(name: str) -> None:
    with pytest.raises(InvalidValueError):
        FileRules(writable=("/out",)).check_writing("Ada", name)


# -- writing: judged where it happens ----------------------------------------------------------


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to write in, with a link that leads out of it."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "sub").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "linked.txt").symlink_to(tmp_path / "secret")
    return folder


def hello(path: str) -> None:
    Path(path).write_text("hello")


def test_a_file_is_written_below_its_folder(out: Path) -> None:
    roots = Roots(writable=(out,))
    assert save(roots, "a.txt", False, hello) == str(out / "a.txt")
    assert save(roots, str(out / "sub/b.txt"), False, hello) == str(out / "sub/b.txt")
    assert (out / "a.txt").read_text() == (out / "sub/b.txt").read_text() == "hello"
    umask = os.umask(0)
    os.umask(umask)
    assert (out / "a.txt").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("name", ["../a.txt", "link/a.txt", "linked.txt", "/nowhere/a.txt"])
def test_nothing_is_written_elsewhere_also_by_way_of_a_link(
    out: Path, name: str, tmp_path: Path
) -> None:
    for replacing in (False, True):
        with pytest.raises(PipelineFailedError, match="--allow-write"):
            save(Roots(writable=(out,)), name, replacing, hello)
    assert (tmp_path / "secret").read_text() == "secret"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    with pytest.raises(PipelineFailedError, match="--allow-write"):
        save(Roots(out), "a.txt", False, hello)


def test_a_file_that_is_there_is_replaced_only_if_that_is_asked_for(out: Path) -> None:
    roots = Roots(writable=(out,))
    (out / "a.txt").write_text("before")
    with pytest.raises(InvalidValueError, match="already"):
        save(roots, "a.txt", False, hello)
    assert (out / "a.txt").read_text() == "before"
    save(roots, "a.txt", True, hello)
    assert (out / "a.txt").read_text() == "hello"
    with pytest.raises(InvalidValueError, match="folder"):
        save(roots, "sub", True, hello)


def test_of_two_that_save_under_one_name_at_once_the_second_is_told(out: Path) -> None:
    roots = Roots(writable=(out,))

    def slowly(path: str) -> None:
        hello(path)
        save(roots, "a.txt", False, lambda other: Path(other).write_text("first") and None)

    with pytest.raises(InvalidValueError, match="already"):
        save(roots, "a.txt", False, slowly)
    assert (out / "a.txt").read_text() == "first"


def test_a_file_that_fails_half_way_leaves_nothing_and_what_was_there(out: Path) -> None:
    roots = Roots(writable=(out,))
    (out / "a.txt").write_text("before")
    names = sorted(p.name for p in out.iterdir())

    def fail(path: str) -> None:
        hello(path)
        assert (out / "a.txt").read_text() == "before"
        raise OSError(28, "No space left on device")

    with pytest.raises(PipelineFailedError, match="No space"):
        save(roots, "a.txt", True, fail)
    assert sorted(p.name for p in out.iterdir()) == names
    with pytest.raises(PipelineFailedError, match="No such file"):
        save(roots, "not/there.txt", False, hello)


def test_a_link_that_is_replaced_is_replaced_itself(out: Path) -> None:
    (out / "target.txt").write_text("target")
    (out / "inner.txt").symlink_to(out / "target.txt")
    save(Roots(writable=(out,)), "inner.txt", True, hello)
    assert (out / "target.txt").read_text() == "target"
    assert not (out / "inner.txt").is_symlink()


def test_an_allowance_crosses_a_command_line_whole() -> None:
    roots = Roots(Path("/data"), (Path("/a b.vtu"),), (Path("/out"), Path("/ü")))
    for allowance in (Allowance(), Allowance(roots, code=True, confined=False)):
        assert Allowance.of(allowance.text()) == allowance


# -- writing: asked by participants --------------------------------------------------------------


async def test_a_participant_has_data_saved_at_the_server(out: Path) -> None:
    async with (
        Server(["memory://save"], renderer=TOY, allow_write=[out]) as server,
        await connect(server.addresses[0]) as ann,
    ):
        ball = await ann.create(*SPHERE)
        assert await ball.save("ball.npz") == str(out / "ball.npz")
        assert (out / "ball.npz").read_bytes() == (await ball.fetch()).data
        with pytest.raises(InvalidValueError, match="replace"):
            await ball.save("ball.npz")
        await ball.save("ball.npz", replace=True)
        with pytest.raises(PipelineFailedError, match="--allow-write"):
            await ball.save("link/ball.npz")


async def test_nobody_has_anything_saved_without_the_flag(tmp_path: Path) -> None:
    server = Server(["memory://save"], renderer=None, catalogue=definitions(), data_dir=tmp_path)
    async with server, await connect(server.addresses[0]) as ann:
        assert ann.master is not None
        ball = await ann.create(*SPHERE)
        with pytest.raises(FlagNeededError, match="--allow-write"):
            await ball.save("ball.npz")


async def test_names_are_judged_by_the_server_before_the_renderer_is_asked(out: Path) -> None:
    server = Server(
        ["memory://save"], renderer=None, catalogue=definitions(), allow_write=[str(out)]
    )
    async with server, await connect(server.addresses[0]) as ann:
        ball = await ann.create(*SPHERE)
        for name in ("../ball.npz", "/etc/ball.npz"):
            with pytest.raises(NotAllowedError, match="--allow-write"):
                await ann.ask(SaveData(ball.id, 0, name, True))
        with pytest.raises(NoRendererError):
            await ball.save("ball.npz")


# -- files there are ---------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "c.toy").write_text("")
    (folder / "B.TOY").write_text("12345")
    (folder / "a.toy").write_text("1")
    (folder / "notes.txt").write_text("")
    (folder / ".hidden.toy").write_text("")
    (tmp_path / "secret.toy").write_text("")
    (folder / "link.toy").symlink_to(tmp_path / "secret.toy")
    (folder / "inner.toy").symlink_to(folder / "a.toy")
    (folder / "up").symlink_to(tmp_path)
    (folder / "broken.toy").symlink_to(folder / "gone")
    os.mkfifo(folder / "pipe.toy")
    (folder / os.fsdecode(b"\xff.toy")).write_text("")
    return folder


def names(listing: Listing, path: str = "", all: bool = False) -> list[str]:
    return [entry.name for entry in listing.now(path, all).entries]


@pytest.fixture
def listing(data: Path) -> Iterator[Listing]:
    made = Listing(Roots(data), definitions())
    yield made
    made.close()


def test_folders_come_first_and_then_the_files_that_a_reader_takes(listing: Listing) -> None:
    found = listing.now("")
    assert found.complete
    assert found.entries == (
        FileEntry("sub", True),
        FileEntry("B.TOY", False, 5),
        FileEntry("a.toy", False, 1),
        FileEntry("inner.toy", False, 1),
    )
    assert names(listing, all=True) == ["sub", "B.TOY", "a.toy", "inner.toy", "notes.txt"]


def test_a_folder_is_named_from_the_data_directory_or_in_full(listing: Listing, data: Path) -> None:
    assert names(listing, "sub") == names(listing, str(data / "sub")) == ["c.toy"]


@pytest.mark.parametrize("path", ["..", "/", "up", "sub/../..", "gone", "a.toy", "a\0b"])
def test_what_is_no_folder_below_the_data_directory_is_not_listed(
    listing: Listing, path: str
) -> None:
    with pytest.raises(InvalidValueError):
        listing.now(path)


def test_a_folder_too_large_to_tell_is_told_in_part(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_module, "MAX_ENTRIES", 2)
    found = listing.now("", all=True)
    assert len(found.entries) == 2
    assert not found.complete
    monkeypatch.setattr(listing_module, "MAX_ENTRIES", 5_000)
    monkeypatch.setattr(listing_module, "MAX_SEEN", 3)
    assert not listing.now("").complete


async def test_a_folder_that_does_not_answer_is_given_up(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(listing_module, "WITHIN_S", 0.01)
    monkeypatch.setattr(listing, "now", lambda path, all: answers.wait())
    with pytest.raises(RefusedError, match="within"):
        await listing.of("", False)
    answers.set()


async def test_participants_list_the_servers_files_also_without_a_renderer(data: Path) -> None:
    server = Server(["memory://list"], renderer=None, catalogue=definitions(), data_dir=data)
    async with server, await connect(server.addresses[0]) as ann:
        found = await ann.list_files()
        assert [e.name for e in found.entries] == ["sub", "B.TOY", "a.toy", "inner.toy"]
        assert [e.name for e in (await ann.list_files("sub")).entries] == ["c.toy"]
        assert (await ann.list_files(all=True)).entries[-1].name == "notes.txt"
        for path in ("..", "/etc"):
            with pytest.raises(NotAllowedError, match="--data-dir"):
                await ann.ask(ListFiles(path))
        with pytest.raises(InvalidValueError):
            await ann.list_files("up")
