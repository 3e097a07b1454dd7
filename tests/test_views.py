"""Views as several people use them: windows of other shapes, charts, 2D, picks, selections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

from collab_kernel.client import Camera, Session, View, connect
from collab_kernel.core.cameras import INTERACTION_2D, INTERACTION_3D
from collab_kernel.core.commands import Select
from collab_kernel.errors import InvalidCommandError, InvalidValueError, UnknownPropertyError
from collab_kernel.server import Server
from collab_kernel.spi import Input, guess

WITHIN_S = 60.0
CUSTOM = "LeftAxisUseCustomRange"
TOP = "LeftAxisRangeMaximum"


@asynccontextmanager
async def session_of(*names: str) -> AsyncIterator[tuple[Server, list[Session]]]:
    async with Server(["memory://views:0"], renderer="vtk", multi_clients=True) as server:
        sessions = [await connect(server.addresses[0], name) for name in names]
        try:
            yield server, sessions
        finally:
            for session in sessions:
                await session.close()


async def shows(session: Session, condition: Callable[[], object]) -> None:
    """Return when what others show of themselves makes it so."""
    presence = session.presence()
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await anext(presence)
    presence.close()


async def a_chart(session: Session) -> View:
    """A chart of a line through a wavelet."""
    wavelet = await session.create("sources", "RTAnalyticSource")
    line = await session.create(
        "filters", "PlotOverLine", Input=wavelet, Point1=(-10.0, -10.0, -10.0)
    )
    chart = await session.create("views", "XYChartView")
    assert isinstance(chart, View)
    shown = await session.show(line, chart)
    assert shown.type == "XYChartRepresentation"
    return chart


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)


# -- windows ---------------------------------------------------------------------------------


async def test_a_follower_with_a_narrower_window_sees_all_that_the_leader_sees() -> None:
    async with session_of("Ada", "Bob") as (_, [ada, bob]):
        view, theirs = ada.views[0], bob.views[0]
        sphere = await ada.create("sources", "SphereSource", Center=(4.0, 0.0, 0.0))
        await ada.show(sphere)
        await bob.reached(ada.revision)
        camera = Camera(position=(0.0, 0.0, 10.0))
        ada.looking.show(view.id, (("ViewSize", guess((800, 400))),))
        view.camera = camera
        await shows(bob, lambda: theirs.camera == camera)
        edge = await view.pick(0.88, 0.5, (800, 400))
        assert edge is not None
        assert edge.proxy == sphere.id
        # In a square window the leader's camera would show no more than 2.7 to the right.
        assert bob.looking.camera(view.id, 1.0).view_angle > camera.view_angle
        followed = await theirs.pick(0.88, 0.5, (400, 400))
        assert followed is not None
        assert followed.position == pytest.approx(edge.position, abs=0.15)
        mine = pixels((await view.render(800, 400, "png")).data)
        narrow = pixels((await theirs.render(400, 400, "png")).data)
        right = (abs(mine - mine[0, 0]).max(axis=2) > 20)[:, 600:].sum()
        assert (abs(narrow - narrow[0, 0]).max(axis=2) > 20)[:, 300:].sum() > right / 8 > 20

        assert bob.looking.camera(view.id, 3.0) == camera, "a wider window needs no other camera"
        assert ada.looking.camera(view.id, 1.0) == camera, "nobody leads the leader"
        await bob.follow(None)
        theirs.camera = camera
        assert bob.looking.camera(view.id, 1.0) == camera, "one's own camera is one's own"


async def test_where_the_leader_shows_no_size_the_camera_is_theirs_as_it_is() -> None:
    async with session_of("Ada", "Bob") as (_, [ada, bob]):
        camera = Camera(position=(0.0, 3.0, 10.0))
        ada.views[0].camera = camera
        await shows(bob, lambda: bob.views[0].camera == camera)
        assert bob.looking.camera(bob.views[0].id, 0.3) == camera


# -- charts ----------------------------------------------------------------------------------


async def test_the_ranges_of_a_chart_are_followed_until_one_sets_ones_own() -> None:
    async with session_of("Ada", "Bob") as (_, [ada, bob]):
        chart = await a_chart(ada)
        await bob.reached(ada.revision)
        theirs = View(bob, chart.id)
        whole = await theirs.render(320, 180, "png")
        chart.turn(**{CUSTOM: True, TOP: 150.0})
        await shows(bob, lambda: bob.looking.seen(chart.id)[TOP].plain == 150)
        followed = await theirs.render(320, 180, "png")
        assert followed.data != whole.data
        assert followed.data == (await chart.render(320, 180, "png")).data

        assert await theirs.reset_camera() is None
        assert bob.looking.seen(chart.id)[CUSTOM].plain is False
        assert (await theirs.render(320, 180, "png")).data == whole.data
        await asyncio.wait_for(until(bob, lambda: bob.me.following is None), WITHIN_S)
        assert (await chart.render(320, 180, "png")).data == followed.data


async def test_what_the_master_looks_at_becomes_what_a_chart_starts_with() -> None:
    async with session_of("Ada", "Bob") as (_, [ada, bob]):
        chart = await a_chart(ada)
        chart.turn(**{CUSTOM: True, TOP: 150.0})
        ada.looking.go_home()
        await until(bob, lambda: chart.id in bob.state.proxies)
        await until(bob, lambda: View(bob, chart.id)[TOP] == 150)
        assert View(bob, chart.id)[CUSTOM] is True


async def test_a_chart_has_no_camera_and_a_view_no_axes() -> None:
    async with session_of("Ada") as (_, [ada]):
        chart = await a_chart(ada)
        with pytest.raises(UnknownPropertyError, match="CameraPosition"):
            chart.camera = Camera()
        with pytest.raises(UnknownPropertyError, match="LeftAxis"):
            ada.views[0].turn(**{TOP: 1.0})
        with pytest.raises(InvalidValueError, match="is a chart"):
            await chart.pick(0.5, 0.5)


async def until(session: Session, condition: Callable[[], object]) -> None:
    """Return when the mirror shows it, as events arrive."""
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await anext(events)
    events.close()


# -- flat data -------------------------------------------------------------------------------


async def test_a_flat_file_is_looked_at_in_2d_until_something_else_is_shown(
    tmp_path: Path,
) -> None:
    image = vtkImageData()
    image.SetDimensions(9, 5, 1)
    writer = vtkXMLImageDataWriter()
    writer.SetFileName(str(tmp_path / "flat.vti"))
    writer.SetInputDataObject(image)
    writer.Write()
    async with session_of("Ada") as (server, [ada]):
        await server.open_file(tmp_path / "flat.vti")
        view = ada.views[0]
        await until(ada, lambda: view["InteractionMode"] == INTERACTION_2D)
        await until(ada, lambda: view["CameraParallelProjection"])
        assert (view.camera.position[:2], view.camera.view_up) == ((4, 2), (0, 1, 0))
        view.camera = Camera((5.0, 3.0, 9.0), (4.0, 2.0, 0.0), (0.5, 1.0, 0.0))
        assert (view.camera.position[:2], view.camera.view_up) == ((4, 2), (0, 1, 0))
        sphere = await ada.create("sources", "SphereSource")
        await sphere.update()
        await ada.show(sphere)
        assert view["InteractionMode"] == INTERACTION_3D


# -- picks and selections --------------------------------------------------------------------


async def test_what_is_selected_in_a_view_can_be_named_shown_and_taken_out() -> None:
    async with session_of("Ada") as (_, [ada]):
        wavelet = await ada.create("sources", "RTAnalyticSource")
        shown = await ada.show(wavelet)
        view = ada.views[0]
        await view.reset_camera()
        assert await view.pick(0.01, 0.01) is None
        found = await view.select((0.4, 0.4, 0.6, 0.6), size=(320, 180))
        [cells] = found.data
        assert (cells.representation, cells.proxy, cells.port) == (shown.id, wavelet.id, 0)
        source = await ada.create(
            "sources", "IDSelectionSource", IDs=[n for id in cells.ids for n in (-1, id)]
        )
        before = await view.render(320, 180, "png")
        await ada.edit(Select(Input(wavelet.id), source.id))
        after = await view.render(320, 180, "png")
        assert before.data != after.data
        taken = await ada.create("filters", "ExtractSelection", Input=wavelet)
        await taken.set(Selection=source)
        assert (await taken.update()).cells == len(cells.ids)


async def test_a_large_selection_comes_in_parts() -> None:
    async with session_of("Ada") as (_, [ada]):
        extent = (-30, 30, -30, 30, -30, 30)
        wavelet = await ada.create("sources", "RTAnalyticSource", WholeExtent=extent)
        await ada.show(wavelet)
        await ada.views[0].reset_camera()
        found = await ada.views[0].select((0.0, 0.0, 1.0, 1.0), through=True)
        assert not found.complete
        assert found.data[0].ids == tuple(range(100_000))


async def test_rows_of_data_come_to_a_program_as_a_spreadsheet_shows_them() -> None:
    async with session_of("Ada", "Bob") as (_, [ada, bob]):
        wavelet = await ada.create("sources", "RTAnalyticSource")
        await bob.reached(ada.revision)
        theirs = bob.proxies[wavelet.id]
        archive = np.load(BytesIO((await theirs.fetch()).data))
        values = archive["point:RTData"].reshape(-1)
        rows = await theirs.rows(first=1, count=2, columns=("RTData",), sort_by="RTData")
        order = np.argsort(values, kind="stable")
        assert (rows.total, rows.ids) == (len(values), tuple(order[1:3]))
        assert rows.columns[0].cells == tuple(values[order[1:3]])
        for wrong, error in (
            ({"count": 1001}, InvalidValueError),
            ({"association": "ROWS"}, InvalidValueError),
            ({"sort_by": "RTDat"}, InvalidValueError),
            ({"first": -1}, InvalidCommandError),
            ({"count": 2**40}, InvalidCommandError),
        ):
            with pytest.raises(error):
                await theirs.rows(**wrong)
        assert (await theirs.rows(first=2**63, count=5)).ids == ()
