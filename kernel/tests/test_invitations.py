"""Inviting others: links that carry a token, whom one may invite, and what is kept of it."""

import asyncio
import logging
import time
from dataclasses import replace
from pathlib import Path

import pytest

from collab_kernel import hookimpl
from collab_kernel.client import Session, connect
from collab_kernel.core.invitations import Invitation, Invite
from collab_kernel.core.messages import Hello, Question
from collab_kernel.core.state import Role
from collab_kernel.errors import (
    AddressError,
    AuthenticationFailedError,
    InvalidValueError,
    NotAllowedError,
    RefusedError,
    RemoteProtocolError,
)
from collab_kernel.host.addresses import Place
from collab_kernel.host.admission import Admission, Door
from collab_kernel.host.invitations import Invitations
from collab_kernel.host.security import Locks
from collab_kernel.host.site import Site
from collab_kernel.host.tokens import LINK_KEPT_S, TokenFile
from collab_kernel.plugins import load
from collab_kernel.server import Server
from collab_kernel.spi import Credentials, Identity, TransportSpec
from collab_kernel.testing import MemoryTransport
from collab_kernel.wire.facts import fill_question, read_question
from collab_kernel.wire.invitations import decode_invitation, encode_invitation
from collab_proto.v1 import wire_pb2 as pb

ADDRESS = "memory://invited"


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    path = tmp_path / "tokens.toml"
    path.touch(mode=0o600)
    return TokenFile(path)


def serve(file: TokenFile | None, **options: object) -> Server:
    locks = Locks(token_file=file.path if file else None, require_token=file is not None)
    return Server([ADDRESS], renderer=None, multi_clients=True, locks=locks, **options)  # type: ignore[arg-type]  # of the one option here


async def join(name: str, token: str = "") -> Session:
    return await connect(ADDRESS, name, token=token)


# -- who may invite whom ---------------------------------------------------------------------


async def test_whoever_is_invited_joins_with_the_role_and_one_link_serves_many(
    file: TokenFile,
) -> None:
    async with serve(file), await join("ann", file.new(Role.OWNER)) as ann:
        invitation = await ann.invite("viewer")
        assert invitation.role is Role.VIEWER
        assert invitation.expires_s > time.time()
        for name in ("vic", "wes"):
            guest = await join(name, invitation.token)
            assert (guest.me.name, guest.me.role) == (name, "viewer")
            await guest.close()
        assert (await ann.invite("viewer")).token == invitation.token
        assert (await ann.invite("owner")).token != invitation.token


async def test_nobody_invites_who_would_be_let_do_more_than_they(file: TokenFile) -> None:
    async with serve(file), await join("bob", file.new(Role.COLLABORATOR)) as bob:
        with pytest.raises(NotAllowedError, match="bob may not let somebody in as owner"):
            await bob.invite("owner")
        assert len(file.tokens()) == 1


async def test_a_viewer_invites_nobody(file: TokenFile) -> None:
    async with serve(file), await join("vic", file.new(Role.VIEWER)) as vic:
        with pytest.raises(NotAllowedError, match="vic may not invite others"):
            await vic.invite("viewer")


@pytest.mark.parametrize("revoked", [True, False])
async def test_whoever_could_not_come_back_lets_in_nobody_else(
    file: TokenFile, revoked: bool
) -> None:
    token = file.new(name="Ada", expires_s=0.0 if revoked else time.time() + 3600.0, uses=1)
    async with serve(file), await join("", token) as ada:
        assert (await ada.invite()).token, "a token that is used up lets its holder come back"
        if revoked:
            file.revoke(token.partition(".")[0])
        else:
            file._write(tuple(replace(t, expires_s=1.0) for t in file.tokens()))
        with pytest.raises(NotAllowedError, match="could not come back lets in nobody else"):
            await ada.invite()
        await ada.chat("but I am still here")  # what their role permits until they go
        assert ada.me.is_master


async def test_whose_token_was_taken_out_of_the_file_lets_in_nobody(file: TokenFile) -> None:
    token = file.new()
    async with serve(file), await join("Ada", token) as ada:
        file._write(())
        with pytest.raises(NotAllowedError, match="taken out of the file"):
            await ada.invite()


async def test_a_link_is_for_the_session_of_who_made_it(file: TokenFile) -> None:
    async with serve(file, sessions=("main", "other")), await join("ann", file.new()) as ann:
        invitation = await ann.invite()
        with pytest.raises(AuthenticationFailedError, match="another session"):
            await connect(ADDRESS, "eve", session="other", token=invitation.token)


async def test_without_tokens_there_is_one_link_for_everybody() -> None:
    async with serve(None), await join("ann") as ann:
        assert await ann.invite("viewer") == Invitation("", Role.COLLABORATOR)


async def test_no_role_but_the_three_can_be_asked_for() -> None:
    async with serve(None), await join("ann") as ann:
        with pytest.raises(InvalidValueError, match="owner, collaborator, viewer"):
            await ann.invite("queen")


async def test_a_token_file_that_is_no_good_is_the_servers_business(
    file: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(file), await join("ann", file.new()) as ann:
        file.path.write_text("[nonsense")
        with pytest.raises(RefusedError, match="see the server's log") as refusal:
            await ann.invite()
    assert str(file.path) not in str(refusal.value)
    assert str(file.path) in caplog.text


# -- links, as the server keeps them ---------------------------------------------------------


async def test_a_link_that_was_revoked_or_is_half_over_is_given_to_nobody_again(
    file: TokenFile,
) -> None:
    links = Invitations(file, 3600.0)
    first = await links.of("main", Role.VIEWER)
    file.revoke(first.token.partition(".")[0])
    second = await links.of("main", Role.VIEWER)
    assert second.token != first.token
    file.check(second.token, "main", time.time())
    links._made["main", Role.VIEWER] = replace(second, expires_s=time.time() + 1700.0)
    third = await links.of("main", Role.VIEWER)
    assert third.token != second.token
    assert (await links.of("main", Role.VIEWER)) == third


async def test_those_who_ask_at_once_get_one_link(file: TokenFile) -> None:
    links = Invitations(file)
    made = await asyncio.gather(*(links.of("main", Role.VIEWER) for _ in range(5)))
    assert len({invitation.token for invitation in made}) == len(file.tokens()) == 1


def test_links_that_are_void_for_long_are_forgotten_and_tokens_are_kept(file: TokenFile) -> None:
    kept = file.new(expires_s=1.0).partition(".")[0]
    old = file.new_link(Role.VIEWER, "main", 1.0, 0.0)
    with pytest.raises(AuthenticationFailedError, match="has expired"):
        file.check(old, "main", LINK_KEPT_S)
    new = file.new_link(Role.VIEWER, "main", 2 * LINK_KEPT_S, LINK_KEPT_S + 2.0)
    assert [t.id for t in file.tokens()] == [kept, new.partition(".")[0]]
    assert [t.link for t in file.tokens()] == [False, True]


async def test_the_audit_log_has_the_id_of_a_links_token_and_no_secret(
    file: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve(file), await join("ann", file.new()) as ann:
        invitation = await ann.invite("viewer")
    id, _, secret = invitation.token.partition(".")
    line = f"gave 'ann' (participant 1) a link to 'main' as viewer: token {id}"
    assert line in [r.getMessage() for r in caplog.records if r.name == "collab.audit"]
    assert secret not in caplog.text
    assert secret not in repr(invitation)
    assert secret not in file.path.read_text()


# -- on the wire -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_question_and_its_answer_survive_the_wire(role: Role) -> None:
    message = pb.Query()
    fill_question(message, Question(7, Invite(role)))
    assert read_question(message) == Question(7, Invite(role))
    invitation = Invitation("a.b", role, 12.5)
    assert decode_invitation(encode_invitation(invitation)) == invitation


def test_a_role_of_tomorrow_is_none_here() -> None:
    message = pb.Query(query=7)
    message.invite.role = 9  # type: ignore[assignment]
    with pytest.raises(RemoteProtocolError, match="role 9"):
        read_question(message)
    with pytest.raises(RemoteProtocolError):
        decode_invitation(b"\xff")


# -- behind a proxy --------------------------------------------------------------------------


def at(host: str, port: int | None = 1) -> Place:
    return Place(TransportSpec("pigeon", MemoryTransport, default_port=port), host, port, False)


def test_behind_a_proxy_nobody_is_taken_for_somebody_on_this_machine() -> None:
    assert Site().trusts(at("127.0.0.1"))
    assert not Site(behind_proxy=True).trusts(at("127.0.0.1"))
    assert not Site().trusts(at("0.0.0.0"))
    assert Site(behind_proxy=True).trusts(at("here", None)), "no proxy is within this process"


def test_a_server_behind_a_proxy_needs_tokens_or_says_that_it_does_without() -> None:
    site, places = Site(behind_proxy=True), [at("127.0.0.1")]
    with pytest.raises(AddressError, match="--token-file"):
        site.check(places, Locks())
    site.check(places, Locks(token_file=Path("t.toml")))
    site.check(places, Locks(insecure=True))
    Site().check(places, Locks())


async def test_a_server_that_does_without_tokens_lets_in_who_comes_by_a_proxy() -> None:
    door = Door("pigeon", local=False)
    for insecure, lets_in in ((False, False), (True, True)):
        admission = Admission(load([]), insecure=insecure)
        try:
            found = await admission.identify(Hello(), "main", "somebody", door)
            assert (found.identity.role, lets_in) == (Role.COLLABORATOR, True)
        except AuthenticationFailedError:
            assert not lets_in
        finally:
            admission.close()


async def test_whom_a_sign_on_of_ones_own_does_not_know_is_let_in_by_no_insecure() -> None:
    class SignOn:
        @hookimpl
        def collab_authenticate(self, credentials: Credentials) -> Identity | None:
            return Identity("Ada") if credentials.token == "ada" else None

    admission = Admission(load(extra=[SignOn()]), insecure=True)
    door = Door("pigeon", local=False)
    try:
        known = await admission.identify(Hello(token="ada"), "main", "somebody", door)
        assert known.identity.name == "Ada"
        with pytest.raises(AuthenticationFailedError, match="a token is needed"):
            await admission.identify(Hello(), "main", "somebody", door)
    finally:
        admission.close()


@pytest.mark.parametrize("path", ["x", "/x?", "/x y", "//", "/../x", "/x//y", "/%41", "/x#", "/ü"])
def test_a_base_path_is_a_path(path: str) -> None:
    with pytest.raises(AddressError, match="is no path"):
        Site.of(path, False)


def test_a_base_path_ends_without_a_slash() -> None:
    assert [Site.of(path, False).base_path for path in ("", "/", "/x/", "/x/y")] == [
        "",
        "",
        "/x",
        "/x/y",
    ]


async def test_a_base_path_without_a_transport_that_takes_one_is_an_error() -> None:
    with pytest.raises(AddressError, match="over HTTP"):
        async with Server([ADDRESS], renderer=None, base_path="/x"):
            pytest.fail("nobody serves a page below that path")
