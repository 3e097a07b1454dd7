"""P8, P9 and P11: pictures that are sent to those who watch.

    python bench/frames.py [--seconds 6] [--rounds 3] [--parts rates latency bytes]

"bare" is one process that renders the same sphere (80,000 triangles, 1280 x 720), reads it back
and encodes it, in the same run. The leader, the followers and the server are processes of their
own; the camera turns all the time. Medians of the rounds, which take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from math import cos, sin
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from collab_kernel.client import Camera, Session, WatchedFrame, connect

COLLAB = Path(sys.executable).with_name("collab")
WIDTH, HEIGHT = 1280, 720
RESOLUTION = 200
QUALITY = 92
MOVING_QUALITY = 74
TURNS_PER_S = 120.0
PARTS = ["rates", "latency", "bytes"]


def camera(angle: float) -> Camera:
    return Camera((2.2 * sin(angle), 0.4, 2.2 * cos(angle)))


# -- bare ------------------------------------------------------------------------------------


def bare_window(striped: bool = False) -> Callable[[float], Any]:
    """Draws the scene from an angle: (height, width, 4), bottom row first; with nothing of ours.

    striped: it looks different from each side.
    """
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  the classes that draw register themselves
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkFiltersCore import vtkElevationFilter
    from vtkmodules.vtkFiltersSources import vtkSphereSource
    from vtkmodules.vtkRenderingCore import (
        vtkActor,
        vtkLightKit,
        vtkPolyDataMapper,
        vtkRenderer,
        vtkRenderWindow,
    )

    sphere = vtkSphereSource(theta_resolution=RESOLUTION, phi_resolution=RESOLUTION)
    mapper = vtkPolyDataMapper(input_connection=sphere.output_port)
    renderer: Any = vtkRenderer(background=(0.32, 0.34, 0.43), use_fxaa=True)
    actor: Any = vtkActor(mapper=mapper)
    if striped:
        sphere.theta_resolution = sphere.phi_resolution = 40
        coloured = vtkElevationFilter(low_point=(-0.5, 0, 0), high_point=(0.5, 0, 0))
        coloured.input_connection = sphere.output_port
        mapper.input_connection = coloured.output_port
        actor.GetProperty().EdgeVisibilityOn()
    renderer.AddActor(actor)
    kit = vtkLightKit()
    kit.AddLightsToRenderer(renderer)
    window = vtkRenderWindow(off_screen_rendering=True, multi_samples=0, size=(WIDTH, HEIGHT))
    window.AddRenderer(renderer)
    pixels = vtkUnsignedCharArray()

    def draw(angle: float) -> Any:
        seen, wanted = renderer.GetActiveCamera(), camera(angle)
        seen.SetPosition(*wanted.position)
        renderer.ResetCameraClippingRange()
        window.Render()
        window.GetRGBACharPixelData(0, 0, WIDTH - 1, HEIGHT - 1, 0, pixels)
        return vtk_to_numpy(pixels).reshape(HEIGHT, WIDTH, 4)

    return draw


def as_jpeg(rows: Any, quality: int) -> bytes:
    upright = np.ascontiguousarray(rows[::-1])
    return bytes(simplejpeg.encode_jpeg(upright, quality, "RGBA", "420"))


def bare(pipe: Connection, seconds: float) -> None:
    """Pictures a second, and how long one takes, with nothing of ours."""
    draw = bare_window()
    for step in range(5):
        draw(step / 10)
    times: list[float] = []
    until_s = time.perf_counter() + seconds
    while time.perf_counter() < until_s:
        began_s = time.perf_counter()
        as_jpeg(draw(len(times) / 50), QUALITY)
        times.append(time.perf_counter() - began_s)
    pipe.send((len(times) / sum(times), statistics.median(times)))


# -- bytes -----------------------------------------------------------------------------------


def sizes(pipe: Connection, pictures: int) -> None:
    """(c): bytes a picture while it turns and likeness to what was drawn, as JPEG and H.264."""
    import av

    from collab_renderer_vtk.video import Streams

    draw, streams = bare_window(striped=True), Streams()
    decoder: Any = av.CodecContext.create("h264", "r")
    found: list[tuple[int, float, int, float]] = []
    for step in range(pictures):
        rows = draw(step / 60)
        drawn = rows[::-1, :, :3]
        jpeg = as_jpeg(rows, MOVING_QUALITY)
        video = streams.encode(1, rows, MOVING_QUALITY, key=False)
        [frame] = decoder.decode(av.Packet(video))
        seen = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
        looks = [likeness(drawn, other) for other in (simplejpeg.decode_jpeg(jpeg), seen)]
        found.append((len(jpeg), looks[0], len(video), looks[1]))
    pipe.send([statistics.median(column) for column in zip(*found[1:], strict=True)])


def likeness(one: Any, other: Any) -> float:
    """SSIM of two pictures' brightness, in squares of 8 pixels."""

    def squares(picture: Any) -> Any:
        grey = picture.astype(float) @ (0.299, 0.587, 0.114)
        return grey.reshape(HEIGHT // 8, 8, WIDTH // 8, 8).swapaxes(1, 2).reshape(-1, 64)

    a, b = squares(one), squares(other)
    means = a.mean(axis=1), b.mean(axis=1)
    both = ((a - means[0][:, None]) * (b - means[1][:, None])).mean(axis=1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * means[0] * means[1] + c1) * (2 * both + c2)
    return float((top / ((means[0] ** 2 + means[1] ** 2 + c1) * (a.var(1) + b.var(1) + c2))).mean())


def weigh() -> None:
    jpeg, jpeg_looks, video, video_looks = called(sizes, 120)
    for name, size, looks in (("JPEG", jpeg, jpeg_looks), ("H.264", video, video_looks)):
        print(f"{name + ', moving':<31} {size / 1024:8.1f} KiB a picture, SSIM {looks:.3f}")
    print(f"                                {video / jpeg:8.2f} x JPEG (P11: 0.25)")


# -- ours ------------------------------------------------------------------------------------


def serve(*options: str) -> tuple[subprocess.Popen[str], str]:
    command = [str(COLLAB), "serve", "--transport", "websocket://127.0.0.1:0", "--multi-clients"]
    server = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = server.stdout.readline().split(": ", 1)[1].strip()
    return server, url


async def scene(leader: Session) -> Any:
    sphere = await leader.create(
        "sources", "SphereSource", ThetaResolution=RESOLUTION, PhiResolution=RESOLUTION
    )
    await leader.show(sphere)
    await leader.views[0].set(OrientationAxesVisibility=False)
    leader.views[0].camera = camera(0.0)
    await leader.catch_up()
    return sphere


async def turn(leader: Session) -> None:
    """Turn the camera, for ever."""
    began_s = time.perf_counter()
    while True:
        leader.views[0].camera = camera((time.perf_counter() - began_s) / 2)
        await asyncio.sleep(1 / TURNS_PER_S)


def lead(pipe: Connection, url: str) -> None:
    """The leader's process: it makes the scene, says so, and turns."""

    async def run() -> None:
        async with await connect(url, "Leader") as leader:
            await scene(leader)
            pipe.send(True)
            await turn(leader)

    asyncio.run(run())


def follow(pipe: Connection, url: str, many: int, seconds: float) -> None:
    """Pictures a second at each follower, and bytes a picture."""

    async def one(number: int) -> tuple[float, float]:
        async with await connect(url, f"Follower {number}") as session:
            view = session.views[0]
            async with session.watch(view, WIDTH, HEIGHT, full=True) as frames:
                for _ in range(10):
                    await anext(frames)
                until_s, sizes = time.perf_counter() + seconds, []
                while time.perf_counter() < until_s:
                    sizes.append(len((await anext(frames)).data))
                return len(sizes) / seconds, statistics.median(sizes)

    async def run() -> None:
        found = await asyncio.gather(*(one(number) for number in range(many)))
        pipe.send((statistics.median(r for r, _ in found), statistics.median(b for _, b in found)))

    asyncio.run(run())


def called(work: Any, *arguments: Any) -> Any:
    """What a process of its own finds out."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=work, args=(theirs, *arguments))
    process.start()
    found = ours.recv()
    process.join()
    return found


def rates(seconds: float, rounds: int) -> None:
    """(a)."""
    bares, ones, eights = [], [], []
    spawn = multiprocessing.get_context("spawn")
    for _ in range(rounds):
        server, url = serve()
        ours, theirs = spawn.Pipe()
        leader = spawn.Process(target=lead, args=(theirs, url))
        leader.start()
        try:
            ours.recv()
            for many, found in ((1, ones), (8, eights)):
                found.append(called(follow, url, many, seconds)[0])
        finally:
            leader.terminate()
            leader.join()
            stop(server)
        bares.append(called(bare, seconds)[0])
    rate, one, eight = (statistics.median(found) for found in (bares, ones, eights))
    print(f"bare: render, read back, encode {rate:8.1f} pictures a second")
    print(f"1 follower                      {one:8.1f}   {one / rate:.2f} x bare (P8: 0.95)")
    print(f"8 followers, each               {eight:8.1f}   {eight / rate:.2f} x bare (P8: 0.90)")


def respond() -> None:
    """(b)."""
    _, bare_s = called(bare, 3.0)
    server, url = serve()
    try:
        of_property, of_camera = asyncio.run(latencies(url, 15))
    finally:
        stop(server)
    print(f"bare: one picture               {bare_s * 1e3:8.1f} ms")
    print(f"a property -> its picture       {of_property * 1e3:8.1f} ms  (P9: bare + 10)")
    print(f"a camera -> its first picture   {of_camera * 1e3:8.1f} ms  (smaller while it moves)")


def stop(server: subprocess.Popen[str]) -> None:
    server.terminate()
    server.communicate()


async def latencies(url: str, changes: int) -> tuple[float, float]:
    """From a change to the picture of it, at rest: of a property, and of a camera. Seconds."""
    async with await connect(url, "Leader") as leader, await connect(url, "Follower") as follower:
        sphere = await scene(leader)
        of_property, of_camera = [], []
        async with follower.watch(follower.views[0], WIDTH, HEIGHT) as frames:

            async def rested(frame: WatchedFrame | None = None) -> None:
                while frame is None or not frame.still:
                    frame = await anext(frames)
                await asyncio.sleep(0.3)

            await rested()
            for step in range(1, changes + 1):
                before, began_s = leader.revision, time.perf_counter()
                done = leader.begin(_radius(sphere.id, 0.5 + step / 1000))
                while (frame := await anext(frames)).revision <= before:
                    pass
                of_property.append(time.perf_counter() - began_s)
                await done
                await rested(frame)
                began_s = time.perf_counter()
                leader.views[0].camera = camera(step / 10)
                frame = await anext(frames)
                of_camera.append(time.perf_counter() - began_s)
                await rested(frame)
        return statistics.median(of_property), statistics.median(of_camera)


def _radius(proxy: int, radius: float) -> Any:
    from collab_kernel.client import Edit, Set, Value
    from collab_kernel.spi import Kind

    return Edit((Set(proxy, (("Radius", Value(Kind.DOUBLE, (radius,))),)),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    if "rates" in options.parts:
        rates(options.seconds, options.rounds)
    if "latency" in options.parts:
        respond()
    if "bytes" in options.parts:
        weigh()


if __name__ == "__main__":
    main()
