"""Whatever carries a session, it is the same session: each transport alone, and all at once."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trustme
import zmq.auth
from PIL import Image

from collab_kernel.client import Camera, Session, connect
from collab_kernel.errors import (
    AuthenticationFailedError,
    ConnectionLostError,
    NotAllowedError,
    NotMasterError,
)
from collab_kernel.server import Role, TokenFile

Serve = Callable[..., Any]

TRANSPORTS = ("zmq", "grpc", "websocket")
DEADLINE_S = 60.0


class Keys:
    """What a server needs to encrypt each transport, and what its clients trust."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        authority.cert_pem.write_to_path(folder / "authority.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "server.pem")
        certificate.private_key_pem.write_to_path(folder / "server.key")
        public, secret = zmq.auth.create_certificates(folder, "curve")
        self._authority, self._public = folder / "authority.pem", Path(public)
        self._tls = ("--tls-cert", f"{folder}/server.pem", "--tls-key", f"{folder}/server.key")
        self._curve = ("--curve-key", str(secret))

    def options(self, *transports: str) -> tuple[str, ...]:
        """What a server that accepts on these is given: no lock that nothing uses."""
        tls = self._tls if {"grpc", "websocket"} & set(transports) else ()
        return (*tls, *(self._curve if "zmq" in transports else ()))

    def of(self, url: str) -> Path | None:
        """What a client that connects to `url` trusts; None where nothing is encrypted."""
        return {"zmq+curve": self._public, "grpcs": self._authority, "wss": self._authority}.get(
            url.partition("://")[0]
        )


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def on(*transports: str) -> list[str]:
    """The options that let a server accept on them, each at a port of its own."""
    return [option for t in transports for option in ("--transport", f"{t}://127.0.0.1:0")]


async def one_digest(*sessions: Session) -> None:
    """All have the same state at the same revision, the newest that any of them knows."""
    newest = max(session.revision for session in sessions)
    async with asyncio.timeout(DEADLINE_S):
        for session in sessions:
            await session.reached(newest)
    assert len({(s.revision, s.digest()) for s in sessions}) == 1


async def seen_from(session: Session, position: tuple[float, float, float]) -> None:
    """Return when the session's first view is seen from there."""
    news = session.presence()
    async with asyncio.timeout(DEADLINE_S):
        while session.views[0].camera.position != position:
            await anext(news)


@pytest.mark.parametrize("encrypted", [False, True], ids=["clear", "encrypted"])
@pytest.mark.parametrize("transports", [*[(t,) for t in TRANSPORTS], TRANSPORTS], ids="+".join)
async def test_a_session_is_the_same_whatever_carries_it(
    serve: Serve, keys: Keys, transports: tuple[str, ...], encrypted: bool
) -> None:
    pictures = len(transports) > 1 and not encrypted
    options = [*on(*transports), *(keys.options(*transports) if encrypted else ())]
    server = serve("--multi-clients", "--renderer", "vtk" if pictures else "none", *options)
    urls = (server.urls * len(TRANSPORTS))[: len(TRANSPORTS)]
    if encrypted:
        assert all(keys.of(url) for url in urls)

    async with AsyncExitStack() as stack:

        async def join(name: str, url: str) -> Session:
            return await stack.enter_async_context(await connect(url, name, tls=keys.of(url)))

        ada, bob, cyd = [await join(*who) for who in zip(("Ada", "Bob", "Cyd"), urls, strict=True)]
        await one_digest(ada, bob, cyd)
        assert {p.transport for p in ada.participants} == set(transports)

        sphere = await ada.create("sources", "SphereSource", ThetaResolution=16)
        await sphere.set(Radius=2.0)
        await ada.show(sphere)
        await one_digest(ada, bob, cyd)
        theirs = bob.proxy("sources", "Sphere1")
        assert theirs is not None
        assert (theirs["ThetaResolution"], theirs["Radius"]) == (16, 2.0)

        before = bob.digest()
        with pytest.raises(NotMasterError, match="Ada"):
            await theirs.set(Radius=3.0)
        assert bob.digest() == before == ada.digest()

        await cyd.chat("over whatever wire")
        await sphere.set(Radius=9.0)
        await ada.undo()
        await one_digest(ada, bob, cyd)
        assert theirs["Radius"] == 2.0

        ada.views[0].camera = Camera(position=(5.0, 4.0, 3.0))
        await asyncio.gather(*(seen_from(s, (5.0, 4.0, 3.0)) for s in (bob, cyd)))
        late = await join("Dee", urls[-1])
        assert [row.text for row in late.chat_history] == ["over whatever wire"]
        await seen_from(late, (5.0, 4.0, 3.0))
        await one_digest(ada, bob, cyd, late)

        if pictures:
            await ada.views[0].reset_camera()
            await seen_from(late, ada.views[0].camera.position)
            frames = [await s.views[0].render(160, 90, "png") for s in (ada, late)]
            images = [np.asarray(Image.open(BytesIO(f.data)).convert("RGB")) for f in frames]
            assert np.array_equal(images[0], images[1]), "who follows sees what the master sees"
            assert np.ptp(images[0].astype(int)) > 50, "something is in sight"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_token_lets_in_as_whom_it_says_and_no_longer_than_it_says(
    serve: Serve, keys: Keys, tmp_path: Path, transport: str
) -> None:
    file = TokenFile(tmp_path / "tokens.toml")
    collaborator, viewer = file.new(name="Ada"), file.new(Role.VIEWER, name="Vic")
    revoked, elsewhere = file.new(), file.new(session="other")
    file.revoke(revoked.partition(".")[0])
    refused = {
        "": "token is needed",
        "made.up": "not valid",
        f"{viewer}x": "not valid",
        revoked: "revoked",
        file.new(expires_s=time.time() - 1.0): "expired",
        elsewhere: "another session",
    }
    sessions = ("--session", "main", "--session", "other")
    server = serve(
        *(
            "--multi-clients",
            "--renderer",
            "none",
            *sessions,
            *on(transport),
            *keys.options(transport),
        ),
        *("--require-token", "--token-file", str(file.path)),
    )
    url, tls = server.url, keys.of(server.url)
    for token, why in refused.items():
        with pytest.raises(AuthenticationFailedError, match=why):
            await connect(url, "Eve", token=token, tls=tls)
    async with (
        await connect(url, token=viewer, tls=tls) as vic,
        await connect(url, token=collaborator, tls=tls) as ada,
        await connect(url, "Eve", "other", elsewhere, tls) as eve,
    ):
        assert (vic.me.name, vic.me.role, ada.me.role) == ("Vic", "viewer", "collaborator")
        assert ada.me.is_master, "a viewer never is, who came first or not"
        with pytest.raises(NotAllowedError, match="viewers look"):
            await vic.create("sources", "SphereSource")
        await ada.create("sources", "SphereSource")
        await one_digest(ada, vic)
        assert (eve.name, [p.name for p in eve.participants]) == ("other", ["Eve"])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_who_trusts_another_key_or_none_does_not_connect(
    serve: Serve, keys: Keys, tmp_path: Path, transport: str
) -> None:
    strangers = Keys(tmp_path)
    server = serve("--renderer", "none", *on(transport), *keys.options(transport))
    with pytest.raises(ConnectionLostError):
        await connect(server.url, tls=strangers.of(server.url))
    with pytest.raises(ConnectionLostError):
        await connect(f"{transport}://127.0.0.1:{server.url.rpartition(':')[2]}")
    async with await connect(server.url, tls=keys.of(server.url)) as ada:
        await ada.create("sources", "SphereSource")
