"""Whoever is not let in yet: one message, of few bytes, soon, or the door closes with a reason."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from collab_kernel.core.commands import Chat, Request
from collab_kernel.core.messages import Hello, Ping
from collab_kernel.errors import (
    AuthenticationFailedError,
    CollabError,
    InvalidValueError,
    MessageTooLargeError,
    RemoteProtocolError,
    UnknownSessionError,
    VersionMismatchError,
)
from collab_kernel.wire.packets import client_packet

from .stage import WIRES, Stage, refusal

HELLO = client_packet(Hello(name="Eve"))
NOISE = random.Random(3)

Tokens = Callable[[Stage], str]

FIRST_MESSAGES: dict[str, tuple[bytes, type[CollabError]]] = {
    "random bytes for a hello": (NOISE.randbytes(1000), RemoteProtocolError),
    "a truncated hello": (HELLO[:-2], RemoteProtocolError),
    "an empty message for a hello": (b"", RemoteProtocolError),
    "a valid command before the hello": (
        client_packet(Request(1, Chat("hi"))),
        RemoteProtocolError,
    ),
    "a ping before the hello": (client_packet(Ping(1)), RemoteProtocolError),
    "a hello of 64 KiB and more": (
        client_packet(Hello(name="E" * (64 << 10))),
        RemoteProtocolError,
    ),
    "a hello of 600 KiB": (client_packet(Hello(name="E" * (600 << 10))), MessageTooLargeError),
    "a name of 1,000 characters": (client_packet(Hello(name="E" * 1000)), InvalidValueError),
    "a downgraded version": (client_packet(Hello(0, 0)), VersionMismatchError),
    "a version from the future": (client_packet(Hello(2, 2**32 - 1)), VersionMismatchError),
    "a range of versions upside down": (client_packet(Hello(9, 1)), VersionMismatchError),
    "a session that is not there": (
        client_packet(Hello(session="nowhere\nINFO collab.audit: admitted 'Mallory'")),
        UnknownSessionError,
    ),
}

TOKENS: dict[str, tuple[Tokens, str]] = {
    "a wrong token": (lambda stage: "made.up", "not valid"),
    "a token of 60 KiB": (lambda stage: "x" * 60_000, "not valid"),
    "a token with the wrong secret": (
        lambda stage: f"{stage.owner.partition('.')[0]}.guess",
        "not valid",
    ),
    "an expired token": (lambda stage: stage.tokens.new(expires_s=time.time() - 1), "expired"),
    "a revoked token": (lambda stage: _revoked(stage), "revoked"),
    "another session's token": (lambda stage: stage.tokens.new(session="zmq"), "another session"),
}


def _revoked(stage: Stage) -> str:
    token = stage.tokens.new()
    stage.tokens.revoke(token.partition(".")[0])
    return token


@pytest.mark.parametrize("wire", WIRES)
async def test_a_bad_first_message_is_answered_with_its_reason_and_the_end(
    stage: Stage, wire: str
) -> None:
    async with stage.witness(wire) as witness:
        for sent, (packet, error) in FIRST_MESSAGES.items():
            async with refusal(stage):
                peer = await stage.dial(wire)
                # What comes behind it is not read, let alone done.
                await peer.send(packet, client_packet(Request(1, Chat("hi"))))
                reason = await peer.farewell()
                await peer.close()
            assert type(reason) is error, sent
            stage.outcomes.add(sent, wire, f"goodbye {reason.code}, logged")
        assert witness.authors <= {witness.ada.id}, "nobody else has changed anything"


@pytest.mark.parametrize("wire", WIRES)
async def test_a_token_that_is_no_good_lets_nobody_in(stage: Stage, wire: str) -> None:
    async with stage.witness(wire) as witness:
        for sent, (make, why) in TOKENS.items():
            token = make(stage)
            async with refusal(stage):
                peer = await stage.dial(wire)
                await peer.send(client_packet(Hello(name="Eve", token=token)))
                reason = await peer.farewell()
                await peer.close()
            assert type(reason) is AuthenticationFailedError
            assert why in str(reason), sent
            stage.outcomes.add(sent, wire, f"goodbye {reason.code}, logged")
        assert "Eve" not in {row.name for row in witness.ada.state.participants.values()}
