"""Doors: who is let in, what a server refuses to open, and which files may be named."""

import asyncio
import logging
from pathlib import Path

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.core.files import FileRules
from collab_kernel.core.messages import Goodbye, Hello
from collab_kernel.errors import (
    AddressError,
    AuthenticationFailedError,
    BusyError,
    InvalidValueError,
    NotAllowedError,
    NotMasterError,
    PipelineFailedError,
    RefusedError,
    WrongConnectIdError,
)
from collab_kernel.host import server as server_module
from collab_kernel.host.addresses import Place
from collab_kernel.host.roots import Roots
from collab_kernel.host.security import Locks
from collab_kernel.plugins import Plugins, load
from collab_kernel.server import Role, Server, TokenFile
from collab_kernel.spi import Security, TransportSpec
from collab_kernel.testing import MemoryTransport
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.packets import client_packet, server_messages

ADDRESS = "memory://doors"
CERTIFICATE, KEY, TOKENS = Path("c.pem"), Path("k.pem"), Path("t.toml")


@pytest.fixture
def plugins() -> Plugins:
    return load()


def place(host: str, *, encrypted: bool = False, by: str = "certificate") -> Place:
    spec = TransportSpec(
        "pigeon",
        MemoryTransport,
        default_port=1,
        secure_scheme="pigeons" if by else None,
        secured_by=by or "certificate",  # type: ignore[arg-type]
    )
    return Place(spec, host, 1, encrypted)


# -- what a server opens ---------------------------------------------------------------------


def test_this_machine_is_listened_on_without_locks() -> None:
    assert Locks().security(place("127.0.0.1")) is None


@pytest.mark.parametrize(
    ("locks", "missing"),
    [
        (Locks(), "--tls-cert and --tls-key.*--token-file"),
        (Locks(CERTIFICATE, KEY), "--token-file"),
        (Locks(token_file=TOKENS), "--tls-cert"),
    ],
)
def test_other_machines_need_encryption_and_tokens(locks: Locks, missing: str) -> None:
    with pytest.raises(AddressError, match=missing):
        locks.security(place("0.0.0.0"))


def test_with_both_other_machines_may_come() -> None:
    found = Locks(CERTIFICATE, KEY, token_file=TOKENS).security(place("0.0.0.0"))
    assert found == Security("c.pem", "k.pem")


def test_a_transport_with_keys_takes_the_key() -> None:
    locks = Locks(curve_key=KEY, token_file=TOKENS)
    assert locks.security(place("0.0.0.0", by="key")) == Security(key_file="k.pem")
    with pytest.raises(AddressError, match="--curve-key"):
        Locks(token_file=TOKENS).security(place("0.0.0.0", by="key"))


def test_a_transport_that_cant_encrypt_stays_at_home() -> None:
    locks = Locks(CERTIFICATE, KEY, KEY, TOKENS)
    with pytest.raises(AddressError, match="can't"):
        locks.security(place("0.0.0.0", by=""))


def test_an_encrypted_address_is_never_served_in_the_clear() -> None:
    for insecure in (False, True):
        with pytest.raises(AddressError, match="--tls-cert"):
            Locks(insecure=insecure).security(place("127.0.0.1", encrypted=True))


def test_insecure_does_without() -> None:
    assert Locks(insecure=True).security(place("0.0.0.0")) is None


@pytest.mark.parametrize(
    "locks", [Locks(CERTIFICATE, KEY), Locks(tls_certificate=CERTIFICATE), Locks(curve_key=KEY)]
)
async def test_a_lock_that_nothing_uses_is_pointed_out(locks: Locks, plugins: Plugins) -> None:
    with pytest.raises(AddressError, match="no listener here uses"):
        async with Server([ADDRESS], renderer=None, locks=locks, plugins=plugins):
            pass


# -- who is let in ---------------------------------------------------------------------------


async def test_a_token_is_needed_where_it_is_required(plugins: Plugins, tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "tokens.toml")
    text = file.new(Role.COLLABORATOR, name="Ada")
    locks = Locks(token_file=file.path, require_token=True)
    async with Server([ADDRESS], renderer=None, locks=locks, plugins=plugins):
        with pytest.raises(AuthenticationFailedError, match="token is needed"):
            await connect(ADDRESS, plugins=plugins)
        with pytest.raises(AuthenticationFailedError, match="not valid"):
            await connect(ADDRESS, token="guess", plugins=plugins)
        async with await connect(ADDRESS, token=text, plugins=plugins) as ada:
            assert ada.me.name == "Ada"


async def test_a_viewer_by_token_never_steers(plugins: Plugins, tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "tokens.toml")
    text = file.new(Role.VIEWER)
    locks = Locks(token_file=file.path)
    async with (
        Server(
            [ADDRESS],
            renderer=None,
            catalogue=definitions(),
            locks=locks,
            multi_clients=True,
            plugins=plugins,
        ),
        await connect(ADDRESS, token=text, plugins=plugins) as viewer,
    ):
        assert viewer.master is None
        with pytest.raises(RefusedError):
            await viewer.create("sources", "SphereSource")
        async with await connect(ADDRESS, plugins=plugins) as ada:
            await viewer.reached(ada.revision)
            assert ada.me.is_master
            with pytest.raises(NotAllowedError):
                await ada.promote(viewer.id)
            with pytest.raises(NotAllowedError):
                await viewer.promote(viewer.id)


async def test_every_admission_and_refusal_is_a_line_in_the_audit(
    plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collab.audit")
    async with (
        Server([ADDRESS], renderer=None, plugins=plugins),
        await connect(ADDRESS, name="Ada", plugins=plugins),
    ):
        with pytest.raises(RefusedError):
            await connect(ADDRESS, name="Bob", plugins=plugins)
    lines = [record.getMessage() for record in caplog.records if record.name == "collab.audit"]
    assert any("admitted 'Ada'" in line for line in lines)
    assert any("refused" in line and "refused.session_full" in line for line in lines)


async def test_connections_that_never_speak_are_bounded_and_keep_out_nobody_who_does(
    plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MAX_HALF_OPEN", 3)
    transport = MemoryTransport()
    async with Server([ADDRESS], renderer=None, multi_clients=True, plugins=plugins):
        silent = [await transport.connect(ADDRESS, None) for _ in range(3)]
        async with await connect(ADDRESS, plugins=plugins) as session:
            assert session.me.is_master
        async with asyncio.timeout(10):
            told = await silent[0].receive()
            assert told is not None
            [goodbye] = server_messages(told)
            assert isinstance(goodbye, Goodbye)
            assert "others wait" in str(goodbye.error), "who was silent for longest makes room"
            assert await silent[0].receive() is None
        for channel in silent:
            await channel.close()


async def test_what_somebody_says_never_makes_a_line_of_its_own_in_the_audit(
    plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collab.audit")
    async with Server([ADDRESS], renderer=None, plugins=plugins):
        channel = await MemoryTransport().connect(ADDRESS, None)
        await channel.send(client_packet(Hello()))
        forged = RefusedError("bye\nINFO collab.audit: admitted 'Mallory'\x1b[2J")
        await channel.send(client_packet(Goodbye(forged)))
        while await channel.receive() is not None:
            pass
        await channel.close()
    assert all(record.getMessage().isprintable() for record in caplog.records)
    assert any("Mallory" in record.getMessage() for record in caplog.records)


# -- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.vtu", "sub/a.vtu", "/data/a.vtu", "/data/sub/a.vtu", ""])
def test_names_below_the_data_directory_are_allowed(name: str) -> None:
    FileRules("/data").check("Ada", name)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a.vtu", "sub/../../a.vtu", "/data/../etc/passwd", "/database/a"]
)
def test_names_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(NotAllowedError, match="--data-dir"):
        FileRules("/data").check("Ada", name)


def test_names_have_bounds_whatever_is_allowed() -> None:
    with pytest.raises(InvalidValueError, match="4096"):
        FileRules().check("Ada", "a" * 4097)
    with pytest.raises(InvalidValueError):
        FileRules().check("Ada", "a\0b")


def test_a_link_out_of_the_data_directory_is_refused_where_it_is_opened(tmp_path: Path) -> None:
    data, secret = tmp_path / "data", tmp_path / "secret.vtu"
    data.mkdir()
    secret.write_text("")
    (data / "link.vtu").symlink_to(secret)
    (data / "own.vtu").write_text("")
    roots = Roots(data)
    assert roots.resolve("own.vtu") == data / "own.vtu"
    for name in ("link.vtu", "../secret.vtu", str(secret)):
        with pytest.raises(PipelineFailedError, match="--data-dir"):
            roots.resolve(name)
    assert Roots(data, (secret,)).resolve(str(secret)) == secret


async def test_a_participant_names_no_file_outside_of_the_data_directory(
    plugins: Plugins, tmp_path: Path
) -> None:
    server = Server(
        [ADDRESS],
        renderer=None,
        catalogue=definitions(),
        data_dir=tmp_path,
        multi_clients=True,
        plugins=plugins,
    )
    async with server, await connect(ADDRESS, plugins=plugins) as ada:
        before = ada.digest()
        for name in ("/etc/passwd", "../up"):
            with pytest.raises(NotAllowedError, match="--data-dir"):
                await ada.create("sources", "ToyReader", FileName=name)
        assert ada.digest() == before
        reader = await ada.create("sources", "ToyReader", FileName="below.toy")
        with pytest.raises(NotAllowedError):
            await reader.set(FileName="/etc/passwd")
        async with await connect(ADDRESS, plugins=plugins) as bob:
            theirs = bob.proxy("sources", reader.name)
            assert theirs is not None
            with pytest.raises(NotMasterError):
                await theirs.set(FileName="/etc/passwd")


async def test_connect_ids_are_guessed_slowly_by_all_together_and_in_turns(
    plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "GUESSES_PER_S", 0.4)
    monkeypatch.setattr(server_module, "GUESSES_BURST_S", 12.5)
    server = Server(
        [ADDRESS], renderer=None, multi_clients=True, plugins=plugins, connect_id="4711"
    )

    async def come(connect_id: str) -> Session:
        return await connect(ADDRESS, connect_id=connect_id, plugins=plugins)

    async with server:
        for _ in range(10):  # who knows it waits for nobody
            await (await come("4711")).close()
        for guess in range(5):
            with pytest.raises(WrongConnectIdError):
                await come(str(guess))
        # a right guess is no faster than another
        tasks = [asyncio.create_task(come(guess)) for guess in ("4711", "4711", "0")]
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        [refused] = done
        assert isinstance(refused.exception(), BusyError)
        assert "connect ids" in str(refused.exception())
