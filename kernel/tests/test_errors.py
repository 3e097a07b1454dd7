"""Every error has a code of its own, and is the same error at the other end of the wire."""

from collections.abc import Iterator

import pytest

from collab_kernel import errors
from collab_kernel.core.messages import Goodbye, Replied
from collab_kernel.errors import (
    CollabError,
    FlagNeededError,
    NotAllowedError,
    NotMasterError,
    PastError,
    RefusedError,
    error_of,
)
from collab_kernel.wire.packets import server_messages, server_packet


def every(base: type[CollabError] = CollabError) -> Iterator[type[CollabError]]:
    yield base
    for derived in base.__subclasses__():
        if derived.__module__ == errors.__name__:
            yield from every(derived)


def an_error(cls: type[CollabError]) -> CollabError:
    if cls is NotMasterError:
        return NotMasterError("bob", "undo", "ann")
    if cls is PastError:
        return PastError("ann", "undo", "main", 7)
    if cls is FlagNeededError:
        return FlagNeededError("eve", "run code", "--allow-code")
    if cls is NotAllowedError:
        return NotAllowedError("eve", "steer", "viewers look")
    return cls("Ünglück: 7 > 3")


@pytest.mark.parametrize("cls", list(every()), ids=lambda cls: cls.__name__)
def test_an_error_is_the_same_behind_the_wire(cls: type[CollabError]) -> None:
    error = an_error(cls)
    for message in (Replied(1, 2, error), Goodbye(error)):
        [arrived] = server_messages(server_packet(message))
        assert isinstance(arrived, Replied | Goodbye)
        again = arrived.error
        assert type(again) is cls
        assert str(again) == str(error)
        assert again.facts == error.facts


def test_codes_are_unique_and_say_where_they_belong() -> None:
    classes = list(every())
    codes = [cls.code for cls in classes]
    assert len(codes) == len(set(codes))
    for cls in classes:
        assert cls.__name__.endswith("Error")
        assert cls.__doc__
        [parent] = cls.__bases__
        if parent not in (CollabError, Exception):
            assert cls.code.startswith(f"{parent.code}.")  # type: ignore[attr-defined]


def test_facts_travel_with_their_types() -> None:
    error = RefusedError("no")
    error.count, error.share, error.who = -3, 0.5, "ann"  # type: ignore[attr-defined]
    error.secret = object()  # type: ignore[attr-defined]
    [arrived] = server_messages(server_packet(Goodbye(error)))
    assert isinstance(arrived, Goodbye)
    assert arrived.error.facts == {"count": -3, "share": 0.5, "who": "ann"}


def test_the_holder_of_the_right_is_named() -> None:
    error = error_of("refused.not_master", "text", NotMasterError("bob", "undo", "ann").facts)
    assert isinstance(error, NotMasterError)
    assert (error.actor, error.action, error.master) == ("bob", "undo", "ann")
    assert "nobody has it now" in str(NotMasterError("bob", "undo", None))


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        ("refused.brand_new", RefusedError),
        ("refused.not_master.very_new", NotMasterError),
        ("brand_new", CollabError),
        ("", CollabError),
        ("..", CollabError),
    ],
)
def test_an_unknown_code_becomes_the_nearest_known_ancestor(
    code: str, cls: type[CollabError]
) -> None:
    error = error_of(code, "why")
    assert type(error) is cls
    assert str(error) == "why"


@pytest.mark.parametrize("name", ["with_traceback", "args", "code", "facts", "__class__"])
def test_a_fact_of_a_peer_never_stands_in_for_what_an_error_is(name: str) -> None:
    error = error_of("refused", "why", {name: "mischief"})
    with pytest.raises(RefusedError, match="why"):
        raise error.with_traceback(None)
    assert error.code == "refused"
    assert error.facts == {}


def test_too_many_facts_are_cut_off() -> None:
    error = RefusedError("no")
    vars(error).update({f"fact{n}": n for n in range(999)})
    [arrived] = server_messages(server_packet(Goodbye(error)))
    assert isinstance(arrived, Goodbye)
    assert len(arrived.error.facts) <= 32
