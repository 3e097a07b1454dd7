"""Tokens: what the file keeps, what it lets in, and what it says to those it does not."""

import stat
from pathlib import Path

import pytest

from collab_kernel.core.state import Role
from collab_kernel.errors import AuthenticationFailedError, InvalidValueError
from collab_kernel.host.tokens import Token, TokenFile

NOW_S = 1_000_000.0


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "tokens.toml")


def use(file: TokenFile, text: str, session: str = "main", now_s: float = NOW_S) -> Token:
    """What letting somebody in takes."""
    token = file.check(text, session, now_s)
    file.count(token.id)
    return token


def test_a_token_lets_in_with_the_role_and_name_it_was_made_for(file: TokenFile) -> None:
    text = file.new(Role.VIEWER, name='Review "board" ü\n')
    used = use(file, text)
    assert (used.role, used.name) == (Role.VIEWER, 'Review "board" ü\n')


def test_the_file_knows_no_secret_and_is_only_the_owners(file: TokenFile) -> None:
    text = file.new()
    secret = text.partition(".")[2]
    assert secret not in file.path.read_text()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "forged",
    ["", ".", "x", "x.y", "{id}.", "{id}.wrong", "{id}.{secret}x", "{id}", "\ud800.\ud800"],
)
def test_what_is_no_token_is_refused_without_a_hint(file: TokenFile, forged: str) -> None:
    id, _, secret = file.new().partition(".")
    with pytest.raises(AuthenticationFailedError, match=r"^the token is not valid$"):
        use(file, forged.format(id=id, secret=secret))
    assert file.tokens()[0].used == 0


def test_a_token_is_used_up(file: TokenFile) -> None:
    text = file.new(uses=2)
    use(file, text)
    use(file, text)
    with pytest.raises(AuthenticationFailedError, match="used up"):
        use(file, text)


def test_a_token_expires(file: TokenFile) -> None:
    text = file.new(expires_s=NOW_S)
    use(file, text)
    with pytest.raises(AuthenticationFailedError, match="expired"):
        use(file, text, now_s=NOW_S + 1)


def test_a_token_of_another_session_is_refused(file: TokenFile) -> None:
    text = file.new(session="physics")
    use(file, text, "physics")
    with pytest.raises(AuthenticationFailedError, match="another session"):
        use(file, text)


def test_a_revoked_token_says_so_to_its_holder(file: TokenFile) -> None:
    text, other = file.new(), file.new()
    file.revoke(text.partition(".")[0])
    with pytest.raises(AuthenticationFailedError, match="revoked"):
        use(file, text)
    use(file, other)


def test_revoking_what_is_not_there_lists_what_is(file: TokenFile) -> None:
    id = file.new().partition(".")[0]
    with pytest.raises(InvalidValueError, match=id):
        file.revoke("nothing")


def test_two_servers_count_the_same_uses(file: TokenFile) -> None:
    text = file.new(uses=1)
    use(TokenFile(file.path), text)
    with pytest.raises(AuthenticationFailedError, match="used up"):
        use(file, text)


@pytest.mark.parametrize("text", ["no toml [", "[[token]]\nid = 'x'\n", "token = 3\n"])
def test_a_file_that_holds_something_else_is_named(file: TokenFile, text: str) -> None:
    file.path.write_text(text)
    with pytest.raises(InvalidValueError, match=str(file.path)):
        file.tokens()


def test_looking_at_a_token_spends_nothing(file: TokenFile) -> None:
    text = file.new(uses=1)
    file.check(text, "main", NOW_S)
    use(file, text)


def test_a_file_that_others_may_write_is_not_trusted(file: TokenFile) -> None:
    text = file.new()
    file.path.chmod(0o666)
    with pytest.raises(InvalidValueError, match="others may write"):
        file.check(text, "main", NOW_S)
