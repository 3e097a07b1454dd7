"""What is said when a server stops, and how long clients wait for it then."""

import asyncio

import pytest

from collab_kernel.errors import (
    ConnectionLostError,
    ServerAwayError,
    ServerStoppedError,
    error_of,
)
from collab_kernel.host.farewell import Farewell
from collab_kernel.host.reconnection import MOST_AWAY_S, Reconnection, _away_s
from collab_kernel.spi import Channel


def test_it_says_why_and_about_when_it_is_back_and_whether_the_session_goes_on() -> None:
    gone = Farewell("a disk is changed", 90.0).error(lasts=False)
    assert type(gone) is ServerStoppedError
    assert str(gone) == "a disk is changed; it will be back in about 90 s"
    away = Farewell("a disk is changed").error(lasts=True)
    assert type(away) is ServerAwayError
    assert str(away) == "a disk is changed; the session goes on when it is back"
    assert str(Farewell().error(lasts=False)) == "the server is stopping"


def test_when_it_is_back_travels_with_the_error() -> None:
    away = Farewell(back_in_s=90.0).error(lasts=True)
    heard = error_of(away.code, str(away), away.facts)
    assert _away_s(heard) == _away_s(away) == 360.0


@pytest.mark.parametrize(
    ("said", "waited_s"),
    [
        (1e9, MOST_AWAY_S),
        (float("inf"), MOST_AWAY_S),
        (float("nan"), 0.0),
        (-5.0, 0.0),
        ("soon", 0.0),
    ],
)
def test_a_time_that_makes_no_sense_is_bounded(said: float | str, waited_s: float) -> None:
    assert _away_s(error_of(ServerAwayError.code, "away", {"back_in_s": said})) == waited_s


async def test_a_server_that_said_when_it_is_back_is_waited_for_longer() -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async def dial() -> Channel:
        if loop.time() - began_s < 0.5:
            raise ConnectionLostError("nobody is there")
        raise RuntimeError("it is back")

    patient = Reconnection(dial, 0.1)
    with pytest.raises(RuntimeError, match="it is back"):
        await patient.channel(ServerAwayError("away", 10.0))
    began_s = loop.time()
    with pytest.raises(ConnectionLostError, match=r"within 0\.1 s"):
        await Reconnection(dial, 0.1).channel(ConnectionLostError("it broke"))
