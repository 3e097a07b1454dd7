"""P12: from the start of a server to the first picture in a browser, beside trame.

    python bench/first_picture.py [FILE] [--turns 5] [--trame PYTHON]

trame is not among this project's requirements. PYTHON is one that has it, in an environment of
its own: `python -m venv ENV && ENV/bin/pip install trame trame-vtk trame-vuetify vtk`, and then
`--trame ENV/bin/python`. Without it only Collab is measured.

Each turn starts servers from nothing, one after the other, Collab's and trame's in turns, and opens
the page in a context of its own of one Chromium without a window (Playwright's, with the machine's
program), at 1280 x 720:

  listening   process start -> the line that says where it listens
  picture     process start -> the data are seen, the page being opened as soon as its address is
              said
  link        opening the page -> the data are seen; the server has been up for a while, and nobody
              has been there

Seen means that what the browser has put on the screen shows the data: part of the middle is in
colour. FILE is shown coloured by its first point array; by default a small sphere that is made
here. Modules are compiled before, as an installer does it.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 1280, 720
SETTLED_S = 2.0
"""A server that has been up for a while."""

WITHIN_S = 60.0
SHOTS = {"format": "jpeg", "quality": 80, "maxWidth": WIDTH // 4, "maxHeight": HEIGHT // 4}
"""Small ones: to look at the screen must not take the time of what is on it."""

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
HERE = Path(__file__).parent
COLLAB = Path(sys.executable).with_name("collab")


@dataclass(frozen=True)
class Peer:
    """A server to start. listening, page: what the lines begin with that say so."""

    name: str
    command: tuple[str, ...]
    listening: str
    page: str


@dataclass(frozen=True)
class Turn:
    """Seconds."""

    listening: float
    picture: float
    link: float


def ours(file: Path) -> Peer:
    command = (str(COLLAB), "serve", "--multi-clients", "--transport", "websocket://127.0.0.1:0")
    return Peer("Collab", (*command, str(file)), "Accepting connection(s)", "In a browser: ")


def trames(python: str, file: Path) -> Peer:
    command = (python, str(HERE / "trame_view.py"), str(file), "--server", "--host", "127.0.0.1")
    return Peer("trame", command, "App running at", " - Local:")


# -- what is measured --------------------------------------------------------------------------


@contextlib.contextmanager
def running(peer: Peer, folder: Path) -> Iterator[tuple[float, float, str]]:
    """A server from its start to its end: when it was started, how long until it listened, and
    its page's address."""
    began_s = time.time()
    server = subprocess.Popen(
        peer.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder
    )
    try:
        assert server.stdout is not None
        listening_s = 0.0
        for line in iter(server.stdout.readline, ""):
            if line.startswith(peer.listening):
                listening_s = time.time() - began_s
            if line.startswith(peer.page):
                yield began_s, listening_s, line.removeprefix(peer.page).strip()
                return
        raise SystemExit(f"{peer.name} ended before it said where its page is")
    finally:
        server.terminate()
        try:
            server.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()


def shows_data(picture: bytes) -> bool:
    """Whether a fiftieth of the middle of a screen is in colour: no spinner is as large."""
    rgb = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    height, width, _ = rgb.shape
    middle = rgb[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    return bool((np.ptp(middle, axis=2) > 60).mean() > 0.02)


class Browser:
    """One Chromium, for all turns."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    async def seen_s(self, address: str) -> tuple[float, float]:
        """When the page was opened and when it showed the data, in seconds since 1970."""
        context = await self._browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        page = await context.new_page()
        screen = await context.new_cdp_session(page)
        seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def on_screen(shot: dict[str, Any]) -> None:
            if seen.done():
                return
            if shows_data(base64.b64decode(shot["data"])):
                seen.set_result(shot["metadata"]["timestamp"])
                return
            acknowledged = screen.send("Page.screencastFrameAck", {"sessionId": shot["sessionId"]})
            tasks.append(asyncio.ensure_future(acknowledged))

        tasks: list[asyncio.Future[Any]] = []
        screen.on("Page.screencastFrame", on_screen)
        await screen.send("Page.startScreencast", SHOTS)
        opened_s = time.time()
        await page.goto(address, wait_until="commit")
        async with asyncio.timeout(WITHIN_S):
            seen_s = await seen
        await asyncio.gather(*tasks)
        await context.close()
        return opened_s, seen_s

    async def turn(self, peer: Peer, folder: Path) -> Turn:
        with running(peer, folder) as (began_s, listening_s, address):
            _, seen_s = await self.seen_s(address)
            picture_s = seen_s - began_s
        with running(peer, folder) as (_, _, address):
            await asyncio.sleep(SETTLED_S)
            opened_s, seen_s = await self.seen_s(address)
        return Turn(listening_s, picture_s, seen_s - opened_s)


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise SystemExit("Chromium is not installed (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=SWITCHES)
        version = chromium.version
        print(f"Chromium {version}, {WIDTH} x {HEIGHT}, {os.cpu_count()} cores")
        yield Browser(chromium)
        await chromium.close()


# -- what is needed before -----------------------------------------------------------------------

CODE = """
from vtkmodules.vtkFiltersCore import vtkElevationFilter
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter
import sys
sphere = vtkSphereSource(theta_resolution=100, phi_resolution=100)
high = vtkElevationFilter(low_point=(0, -0.5, 0), high_point=(0, 0.5, 0))
high.input_connection = sphere.output_port
vtkXMLPolyDataWriter(input_connection=high.output_port, file_name=sys.argv[1]).Write()
"""


def sphere(folder: Path) -> Path:
    """A small file to open: 20,000 triangles with an array of points."""
    file = folder / "sphere.vtp"
    subprocess.run([sys.executable, "-c", CODE, str(file)], check=True)
    return file


VERSIONS = """
import importlib.util, compileall, sys
from importlib.metadata import PackageNotFoundError, version
said = []
for name in sys.argv[1].split(","):
    try: said.append(f"{name} {version(name)}")
    except PackageNotFoundError: sys.exit(name)
for name in sys.argv[2].split(","):
    spec = importlib.util.find_spec(name)
    for folder in (spec and spec.submodule_search_locations) or ():
        compileall.compile_dir(folder, quiet=2)
print("Python", sys.version.split()[0] + ",", ", ".join(said))
"""


def prepared(python: str, distributions: str, packages: str) -> str:
    """Compile what is going to run, and say its versions. Ends the program where one is missing."""
    command = [python, "-c", VERSIONS, distributions, packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{python} lacks {done.stderr.strip()}: pip install trame trame-vtk trame-vuetify vtk "
            "into an environment of its own, and name its Python with --trame"
        )
    return done.stdout.strip()


OURS = (
    "collab-kernel,vtk,websockets",
    "collab_kernel,collab_proto,collab_cli,collab_front_end_web,collab_front_end_python,"
    "collab_renderer_vtk,collab_transport_websocket,collab_transport_zmq,collab_transport_grpc,"
    "collab_store_sqlite,collab_policy_master_slave,collab_policy_shared,"
    "collab_metrics_prometheus,collab,vtkmodules,google,websockets,click,pluggy,numpy,av",
)
TRAMES = (
    "trame,trame-vtk,trame-vuetify,wslink,vtk",
    "trame,trame_client,trame_server,trame_common,trame_vtk,trame_vuetify,wslink,vtkmodules,"
    "aiohttp,numpy",
)


# -- the table ---------------------------------------------------------------------------------


async def measure(peers: list[Peer], turns: int, folder: Path) -> dict[str, list[Turn]]:
    found: dict[str, list[Turn]] = {peer.name: [] for peer in peers}
    async with browser() as chromium:
        for number in range(turns + 1):
            for peer in peers:
                turn = await chromium.turn(peer, folder)
                load = os.getloadavg()[0]
                if not number:
                    continue  # files and programs that nothing has read yet
                found[peer.name].append(turn)
                print(
                    f"{number:>3}  {peer.name:<8} {turn.listening:7.2f} {turn.picture:9.2f} "
                    f"{turn.link:9.2f}   load {load:.1f}",
                    flush=True,
                )
    return found


ROWS: tuple[tuple[str, Callable[[Turn], float], str], ...] = (
    ("process start -> listening", lambda turn: turn.listening, "0.5"),
    ("process start -> first picture", lambda turn: turn.picture, "2.0"),
    ("opening the link -> first picture", lambda turn: turn.link, "1.0"),
)


def tell(found: dict[str, list[Turn]]) -> None:
    theirs = found.get("trame")
    print(f"\n{'medians, seconds':<36}{'Collab':>8}{'target':>8}{'trame':>8}{'Collab/trame':>14}")
    for label, of, target in ROWS:
        own = statistics.median(map(of, found["Collab"]))
        beside = f"{'-':>8}{'-':>14}"
        if theirs:
            other = statistics.median(map(of, theirs))
            beside = f"{other:>8.2f}{own / other:>14.2f}"
        print(f"{label:<36}{own:>8.2f}{target:>8}{beside}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--trame", metavar="PYTHON", help="a Python that has trame")
    options = parser.parse_args()
    print("Collab:", prepared(sys.executable, *OURS))
    if options.trame:
        print("trame: ", prepared(options.trame, *TRAMES))
    else:
        print(
            "trame:  not measured; --trame PYTHON, of an environment with trame trame-vtk", end=""
        )
        print(" trame-vuetify vtk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / options.file.name if options.file else sphere(folder)
        if options.file:
            shutil.copyfile(options.file, file)
        peers = [ours(file)] + ([trames(options.trame, file)] if options.trame else [])
        tell(asyncio.run(measure(peers, options.turns, folder)))


if __name__ == "__main__":
    main()
