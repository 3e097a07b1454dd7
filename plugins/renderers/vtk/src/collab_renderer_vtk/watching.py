"""Work under way: how far it is, and giving it up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from collab_kernel.spi import ProxyId, RendererHost
from collab_renderer_vtk.stages import Stage

WATCH_EVERY_S = 0.05
"""How soon work that says nothing of how far it is notices that it shall be given up."""

ALMOST = 0.99
"""An algorithm says that it is done; a stage is when all of its algorithms are."""


def observe(stage: Stage, proxy: ProxyId, host: RendererHost) -> None:
    """Let `stage` tell how far it is, short of being done, and give up when it should."""

    def progressed(algorithm: Any, _event: str) -> None:
        text = algorithm.GetProgressText() or stage.curated.label
        host.progress(proxy, min(ALMOST, max(0.0, algorithm.GetProgress())), text)
        if host.cancelled():
            stage.give_up()

    for algorithm in stage.all_algorithms:
        algorithm.AddObserver("ProgressEvent", progressed)


@contextmanager
def watched(stage: Stage, host: RendererHost) -> Iterator[None]:
    """Give up what runs within when it should: much of VTK looks whether it is told to stop and
    never says how far it is. It lets other threads run meanwhile.

    A few algorithms break when they are stopped half-way (vtkContourFilter, of unstructured
    grids): that ends this process, which is what the server does with work that goes on.
    """
    over = threading.Event()

    def watch() -> None:
        while not stage.aborted and not over.wait(WATCH_EVERY_S):
            if host.cancelled():
                stage.give_up()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
