"""The main job over real wires: servers as processes, several clients, several servers."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from collab_kernel.client import (
    Camera,
    Delete,
    Disconnect,
    Input,
    Proxy,
    Session,
    connect,
)
from collab_kernel.errors import (
    CollabError,
    ForeignProxyError,
    InputCycleError,
    InvalidValueError,
    NameTakenError,
    NotAllowedError,
    NotMasterError,
    PipelineFailedError,
    ProxyInUseError,
    SessionFullError,
    UnknownPropertyError,
    UnknownProxyError,
    UnknownTypeError,
)

Serve = Callable[..., Any]

DEADLINE_S = 60.0


async def all_at(revision: int, *sessions: Session) -> set[str]:
    """The digests of all mirrors at one revision: one digest, if all is well."""
    async with asyncio.timeout(DEADLINE_S):
        for session in sessions:
            await session.reached(revision)
    assert {s.revision for s in sessions} == {revision}
    return {s.digest() for s in sessions}


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(float)


def renderer_of(server: Any) -> int:
    """The process id of the only child of a server."""
    [child] = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return int(child)


async def test_a_master_and_two_slaves_share_one_pipeline(serve: Serve) -> None:
    url = serve("--multi-clients").url
    async with AsyncExitStack() as stack:
        ada, bob, cyd = [
            await stack.enter_async_context(await connect(url, name=name))
            for name in ("Ada", "Bob", "Cyd")
        ]
        assert ada.collaborative
        assert [p.name for p in cyd.participants] == ["Ada", "Bob", "Cyd"]
        assert bob.master is not None
        assert bob.master.name == "Ada"
        assert bob.me.following == ada.id

        sphere = await ada.create("sources", "SphereSource", ThetaResolution=16)
        await sphere.set(ThetaResolution=32, Radius=2.0)
        await ada.show(sphere)
        assert len(await all_at(ada.revision, ada, bob, cyd)) == 1
        theirs = bob.proxy("sources", "Sphere1")
        assert theirs is not None
        assert (theirs["ThetaResolution"], theirs["Radius"]) == (32, 2.0)

        before = bob.digest()
        with pytest.raises(NotMasterError, match="Ada"):
            await theirs.set(Radius=3.0)
        assert bob.digest() == before == ada.digest()

        await ada.promote(bob.id)
        await bob.reached(ada.revision)
        await theirs.set(Radius=3.0)
        await ada.reached(bob.revision)
        assert sphere["Radius"] == 3.0
        assert ada.me.following == bob.id, "who follows the master follows a new one"

        representation = next(p for p in bob.proxies.values() if p.group == "representations")
        await bob.edit(
            Disconnect(bob.views[0].id, "Representations", Input(representation.id)),
            Delete(representation.id),
            Delete(theirs.id),
        )
        assert len(await all_at(bob.revision, ada, bob, cyd)) == 1
        assert ada.proxy("sources", "Sphere1") is None
        await bob.undo()
        assert len(await all_at(bob.revision, ada, bob, cyd)) == 1
        assert sphere["Radius"] == 3.0, "undoing a deletion brings the same id back"


async def test_under_the_shared_policy_everyone_edits_and_nobody_is_master(serve: Serve) -> None:
    url = serve("--multi-clients", "--renderer", "none", "--policy", "shared").url
    async with await connect(url, name="Ada") as ada, await connect(url, name="Bob") as bob:
        sphere = await ada.create("sources", "SphereSource", Radius=1.0)
        await bob.reached(ada.revision)
        theirs = bob.proxy("sources", "Sphere1")
        assert theirs is not None
        await theirs.set(Radius=2.0)
        await bob.create("sources", "ConeSource")
        assert len(await all_at(bob.revision, ada, bob)) == 1
        assert sphere["Radius"] == 2.0
        assert (ada.master, bob.master) == (None, None)
        before = bob.digest()
        with pytest.raises(NotAllowedError, match="everyone but viewers may edit"):
            await ada.promote(bob.id)
        with pytest.raises(NotAllowedError, match="ask Ada, who directs here"):
            await bob.follow_everyone(bob.id)
        assert bob.digest() == before
        await ada.follow_everyone(bob.id)
        await bob.undo()
        assert len(await all_at(bob.revision, ada, bob)) == 1
        assert (ada.me.following, ada.proxy("sources", "Cone1")) == (bob.id, None)


async def test_one_client_works_on_two_servers(serve: Serve) -> None:
    first, second = serve("--multi-clients"), serve("--multi-clients")
    async with (
        await connect(first.url, name="Ada") as here,
        await connect(second.url, name="Ada") as there,
    ):
        for session, radius in ((here, 1.0), (there, 2.0)):
            sphere = await session.create("sources", "SphereSource", Radius=radius)
            information = await sphere.update()
            assert information.bounds[5] == pytest.approx(radius)
            await sphere.set(Radius=radius + 0.5)
            doomed = await session.create("sources", "ConeSource")
            await session.delete(doomed)
            assert session.proxy("sources", "Cone1") is None
        spheres = [s.proxy("sources", "Sphere1") for s in (here, there)]
        assert [s["Radius"] for s in spheres if s] == [1.5, 2.5]
        before = there.digest()
        with pytest.raises(ForeignProxyError, match=here.url):
            await there.create("filters", "ShrinkFilter", Input=spheres[0])
        assert there.digest() == before


async def test_a_killed_renderer_is_replaced_and_draws_the_same_picture(serve: Serve) -> None:
    server = serve("--multi-clients")
    async with await connect(server.url) as ada, await connect(server.url) as bob:
        wavelet = await ada.create("sources", "RTAnalyticSource")
        contour = await ada.create(
            "filters", "Contour", Input=wavelet, ContourValues=[100.0, 150.0, 200.0]
        )
        shown = await ada.show(contour)
        await ada.color_by(shown, "RTData")
        view = ada.views[0]
        await view.reset_camera()
        before = await view.render(640, 360, "png")
        killed = renderer_of(server)
        os.kill(killed, signal.SIGKILL)
        after = await view.render(640, 360, "png")
        assert renderer_of(server) != killed
        assert np.abs(pixels(before.data) - pixels(after.data)).mean() <= 1.0
        await contour.set(ContourValues=[120.0])
        assert len(await all_at(ada.revision, ada, bob)) == 1
        changed = await view.render(640, 360, "png")
        assert changed.revision >= ada.revision
        assert np.abs(pixels(changed.data) - pixels(after.data)).mean() > 1.0
    code, errors = server.stop()
    assert code == 0
    assert errors.count("\n") == 1, "one death, one line in the log"


async def test_everyone_looks_with_a_camera_of_their_own_or_follows(serve: Serve) -> None:
    url = serve("--multi-clients").url
    async with await connect(url, name="Ada") as ada, await connect(url, name="Bob") as bob:
        news = bob.presence()
        view = ada.views[0]
        view.camera = Camera(position=(5.0, 0.0, 0.0))
        async with asyncio.timeout(DEADLINE_S):
            async for item in news:
                if getattr(item, "proxy", 0) == view.id:
                    break
        assert bob.views[0].camera.position == (5.0, 0.0, 0.0)
        bob.views[0].camera = Camera(position=(0.0, 7.0, 0.0))
        assert bob.views[0].camera.position == (0.0, 7.0, 0.0)
        await bob.chat("I look around")  # behind the follow command
        assert bob.me.following is None
        assert ada.views[0].camera.position == (5.0, 0.0, 0.0)
        async with await connect(url, name="Cyd") as cyd:
            late = cyd.presence()
            async with asyncio.timeout(DEADLINE_S):
                while cyd.views[0].camera.position != (5.0, 0.0, 0.0):
                    await anext(late)


async def test_the_second_participant_needs_the_flag(serve: Serve) -> None:
    url = serve("--renderer", "none").url
    async with await connect(url) as only:
        assert not only.collaborative
        with pytest.raises(SessionFullError, match="--multi-clients"):
            await connect(url)
        assert len(only.participants) == 1
    async with await connect(url) as next_one:
        assert next_one.me.is_master


async def test_a_file_is_shown_coloured_and_in_sight_for_whoever_joins(
    serve: Serve, tmp_path: Path
) -> None:
    path = write_wavelet(tmp_path / "wavelet.vti")
    url = serve("--multi-clients", str(path)).url
    async with await connect(url) as ada:
        reader = ada.proxy("sources", "wavelet.vti")
        assert reader is not None
        information = await reader.update()
        assert information.array("RTData", "POINTS") is not None
        [representation] = [p for p in ada.proxies.values() if p.type == "GeometryRepresentation"]
        assert representation["ColorArrayName"] == ("POINTS", "RTData")
        frame = await ada.views[0].render(320, 180, "png")
        picture = pixels(frame.data)
        assert np.abs(picture - picture[0, 0]).max() > 50, "something is in sight"
        assert ada.views[0].name == "RenderView1"


def write_wavelet(path: Path) -> Path:
    """A small file with real data in it, made by VTK."""
    from vtkmodules.vtkImagingCore import vtkRTAnalyticSource
    from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

    source = vtkRTAnalyticSource()
    source.SetWholeExtent(-5, 5, -5, 5, -5, 5)
    writer = vtkXMLImageDataWriter()
    writer.SetInputConnection(source.GetOutputPort())
    writer.SetFileName(str(path))
    assert writer.Write()
    return path


# -- bad input -------------------------------------------------------------------------------

Attempt = Callable[[Session, dict[str, Proxy]], Awaitable[object]]

REFUSED: dict[str, tuple[Attempt, type[CollabError], str]] = {
    "a value of the wrong type": (
        lambda s, p: p["sphere"].set(Radius="wide"),
        InvalidValueError,
        "Radius.*double",
    ),
    "a value out of its domain": (
        lambda s, p: p["sphere"].set(ThetaResolution=1),
        InvalidValueError,
        "ThetaResolution.*from 3",
    ),
    "NaN": (lambda s, p: p["sphere"].set(Radius=float("nan")), InvalidValueError, "NaN"),
    "too many elements": (
        lambda s, p: p["sphere"].set(Center=[1, 2]),
        InvalidValueError,
        "Center.*3 doubles",
    ),
    "an unknown property": (
        lambda s, p: p["sphere"].set(Radios=1.0),
        UnknownPropertyError,
        "Radius",
    ),
    "an unknown type": (
        lambda s, p: s.create("sources", "SphereSauce"),
        UnknownTypeError,
        "SphereSource",
    ),
    "a name that exists": (
        lambda s, p: s.create("sources", "SphereSource", name="Sphere1"),
        NameTakenError,
        "Sphere1",
    ),
    "an input cycle": (
        lambda s, p: p["shrink"].set(Input=p["elevation"]),
        InputCycleError,
        "depends on",
    ),
    "its own input": (
        lambda s, p: p["shrink"].set(Input=p["shrink"]),
        InputCycleError,
        "depends on",
    ),
    "deleting a proxy in use": (
        lambda s, p: s.delete(p["sphere"]),
        ProxyInUseError,
        "Shrink1",
    ),
    "a proxy that is not there": (lambda s, p: s.delete(12345), UnknownProxyError, "12345"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_bad_input_is_refused_by_name_and_changes_nothing(
    what: str, quiet: tuple[Session, Session, dict[str, Proxy]]
) -> None:
    ada, bob, proxies = quiet
    attempt, error, text = REFUSED[what]
    before = ada.digest()
    with pytest.raises(error, match=text):
        await attempt(ada, proxies)
    await ada.chat("still here")
    assert len(await all_at(ada.revision, ada, bob)) == 1
    assert before != ada.digest(), "the chat is a change"
    await proxies["sphere"].set(Radius=0.75)


@pytest.fixture
async def quiet(serve: Serve) -> Any:
    """A master and a slave on a server that executes nothing, and a small pipeline."""
    url = serve("--multi-clients", "--renderer", "none").url
    async with await connect(url, name="Ada") as ada, await connect(url, name="Bob") as bob:
        sphere = await ada.create("sources", "SphereSource")
        shrink = await ada.create("filters", "ShrinkFilter", Input=sphere)
        elevation = await ada.create("filters", "ElevationFilter", Input=shrink)
        await bob.reached(ada.revision)
        yield ada, bob, {"sphere": sphere, "shrink": shrink, "elevation": elevation}


@pytest.mark.parametrize("content", [None, b"", b"no XML at all", b"<VTKFile type='Foo'/>"])
async def test_a_file_that_cant_be_read_is_an_error_at_its_reader_and_nothing_more(
    serve: Serve, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "data.vtu"
    if content is not None:
        path.write_bytes(content)
    url = serve("--multi-clients", cwd=tmp_path).url
    async with await connect(url) as ada, await connect(url) as bob:
        reader = await ada.open_file(path.name)
        facts = bob.derived()
        with pytest.raises(PipelineFailedError, match=r"data\.vtu"):
            await reader.update()
        async with asyncio.timeout(DEADLINE_S):
            while not (fact := await anext(facts)).error:
                pass
        assert fact.proxy == reader.id
        assert "data.vtu" in fact.error
        sphere = await ada.create("sources", "SphereSource")
        assert (await sphere.update()).points > 0
        assert len(await all_at(ada.revision, ada, bob)) == 1


async def test_a_reader_given_another_format_says_so(serve: Serve, tmp_path: Path) -> None:
    write_wavelet(tmp_path / "wavelet.vti")
    url = serve("--data-dir", str(tmp_path)).url
    async with await connect(url) as ada:
        reader = await ada.create("sources", "XMLPolyDataReader", FileName="wavelet.vti")
        with pytest.raises(PipelineFailedError, match=r"wavelet\.vti"):
            await reader.update()
