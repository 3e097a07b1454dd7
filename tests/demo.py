"""A session of two minutes in ten seconds: a server, two participants, and what each sees.

Run by `python3 dev.py demo`. Everything happens as for a user: `collab serve` is a process of
its own, Ada and Bob are two clients that know nothing but its address.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from pathlib import Path

from collab_kernel.client import Camera, Session, connect
from collab_kernel.errors import NotMasterError

COLLAB = Path(sys.executable).with_name("collab")
SIZE_PX = (1280, 720)
SMALL_PX = (640, 360)


def write_sample(path: Path) -> None:
    """A data set to look at, made by VTK: a field in a box."""
    from vtkmodules.vtkImagingCore import vtkRTAnalyticSource
    from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

    source = vtkRTAnalyticSource()
    source.SetWholeExtent(-25, 25, -25, 25, -25, 25)
    writer = vtkXMLImageDataWriter()
    writer.SetInputConnection(source.GetOutputPort())
    writer.SetFileName(str(path))
    writer.Write()


async def main(output: Path) -> None:
    """Serve, let Ada and Bob work, and write ada.png and bob.png to `output`."""
    output.mkdir(parents=True, exist_ok=True)
    sample = output / "field.vti"
    write_sample(sample)
    server = subprocess.Popen(
        [str(COLLAB), "serve", "--transport", "zmq://127.0.0.1:0", "--multi-clients", str(sample)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = await asyncio.to_thread(announced, server)
        async with await connect(url, name="Ada") as ada, await connect(url, name="Bob") as bob:
            await work(ada, bob, output)
    finally:
        server.terminate()
        server.wait(20)
    print(f"The server ended with exit code {server.returncode}.")


def announced(server: subprocess.Popen[str]) -> str:
    """The address that a server announces, once its files are open."""
    url = ""
    assert server.stdout is not None
    for line in server.stdout:
        print(f"  server | {line}", end="")
        if line.startswith("Accepting connection(s): "):
            url = line.split(": ", 1)[1].strip()
        if "Ctrl-C" in line:
            return url
    raise SystemExit("the server ended before it was ready")


async def work(ada: Session, bob: Session, output: Path) -> None:
    print(f"{ada.me.name} steers; {bob.me.name} follows {bob.master.name if bob.master else '?'}.")
    field = ada.proxy("sources", "field.vti")
    assert field is not None
    view = ada.views[0]

    await ada.hide(field)
    clip = await ada.create("filters", "Clip", Input=field)
    await clip["ClipFunction"].set(Origin=[0.0, 0.0, 0.0], Normal=[-0.5, -0.2, 1.0])
    await ada.color_by(await ada.show(clip), "RTData")
    contour = await ada.create("filters", "Contour", Input=field, ContourValues=[157.0, 220.0])
    await ada.color_by(await ada.show(contour), "RTData")
    print(f"Ada has clipped the field and drawn two surfaces of equal value: {contour.title}.")

    view.camera = Camera(position=(70.0, -95.0, 85.0), view_up=(0.0, 0.0, 1.0))
    await view.reset_camera()
    await save(ada, output / "ada.png")

    await bob.reached(ada.revision)
    theirs = bob.proxy("filters", contour.name)
    assert theirs is not None
    try:
        await theirs.set(ContourValues=[100.0])
    except NotMasterError as refusal:
        print(f"Bob tries to change it, and is told: {refusal}.")

    await ada.promote(bob.id)
    await bob.reached(ada.revision)
    await theirs.set(ContourValues=[130.0, 190.0, 240.0])
    await bob.chat("Three surfaces show it better.")
    bob.views[0].camera = Camera(position=(-40.0, -120.0, 60.0), view_up=(0.0, 0.0, 1.0))
    await bob.views[0].reset_camera()
    await save(bob, output / "bob.png")

    await ada.reached(bob.revision)
    print(f"Ada got the wheel to Bob, who says: {ada.chat_history[-1].text}")
    for entry in ada.history[-3:]:
        print(f"  history | {entry.author_name}: {entry.label}")
    await bob.reached(ada.revision)
    same = (ada.revision, ada.digest()) == (bob.revision, bob.digest())
    print(f"Both hold revision {ada.revision}, {'equal to the last bit' if same else 'DIFFERENT'}.")
    if not same:
        raise SystemExit(1)


async def save(session: Session, path: Path) -> None:
    """What a participant sees, and small for the README: docs/pictures has these."""
    frame = await session.views[0].render(*SIZE_PX, format="png")
    path.write_bytes(frame.data)
    small = await session.views[0].render(*SMALL_PX, format="png")
    path.with_stem(f"{path.stem}-small").write_bytes(small.data)
    print(f"{session.me.name} saved {path.name}: revision {frame.revision}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("demo-output"))
    asyncio.run(main(parser.parse_args().output))
