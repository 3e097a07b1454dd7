"""One thread does the work, whatever the script's own thread is busy with."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from collab.client import client
from collab.simple import Connect, Show, Sphere
from collab.worker import Worker
from collab_kernel.errors import InvalidValueError


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.stop()


async def test_it_works_where_an_event_loop_already_runs(builtin_without_renderer):
    """As in a Jupyter notebook, whose cells run inside the loop."""
    assert asyncio.get_running_loop().is_running()
    sphere = Sphere()
    sphere.Radius = 2
    Show()
    with pytest.raises(InvalidValueError):
        sphere.Radius = "wide"
    Connect()
    assert client.connections[-1].session.revision


def test_several_threads_may_share_it(builtin_without_renderer):
    made = []
    Connect()
    threads = [threading.Thread(target=lambda: made.append(Sphere().name)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"Sphere{n}" for n in range(1, 9)]


def test_errors_and_results_come_through(worker):
    async def divide(a, b):
        return a / b

    assert worker.run(divide(6, 3)) == 2
    with pytest.raises(ZeroDivisionError):
        worker.run(divide(1, 0))
    assert worker.call(lambda: threading.current_thread().name) == "collab"


def test_an_interrupt_cancels_what_is_waited_for(worker):
    cancelled = threading.Event()

    async def wait_for_ever():
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(KeyboardInterrupt):
        worker.run(wait_for_ever())
    assert cancelled.wait(10)


def test_waiting_for_oneself_is_an_error_and_no_hang(worker):
    async def inner():
        """Never runs."""

    async def outer():
        with pytest.raises(RuntimeError, match="itself"):
            worker.run(inner())

    worker.run(outer())


def test_stopping_ends_what_runs_and_can_be_repeated(worker):
    worker.stop()
    started = threading.Event()

    async def begin():
        async def work():
            started.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        return task

    task = worker.run(begin())
    assert started.is_set()
    worker.stop()
    worker.stop()
    assert task.cancelled()
    assert not worker.running
    assert "collab" not in {thread.name for thread in threading.enumerate()}


# -- the end of the process ------------------------------------------------------------------

CHILDREN = """
from pathlib import Path
def children():
    tasks = Path("/proc/self/task").iterdir()
    return [pid for task in tasks for pid in (task / "children").read_text().split()]
"""


def python(script: str, tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "script.py"
    path.write_text(script)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return subprocess.run(
        [sys.executable, "-W", "error", *options, str(path)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )


def is_running(pid: str) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
@pytest.mark.parametrize(("last_line", "code"), [("", 0), ("1 / 0", 1), ("raise SystemExit(7)", 7)])
def test_a_script_that_just_ends_leaves_nothing_behind(tmp_path, last_line, code):
    script = f"""
from collab.simple import *
{CHILDREN}
Sphere()
Show()
Render()
assert len(children()) == 1
print(*children())
{last_line}
"""
    done = python(script, tmp_path, "-X", "dev")
    assert done.returncode == code, done.stderr
    slow = "Executing <"  # what a busy machine lets asyncio say in its debug mode
    said = [line for line in done.stderr.splitlines() if not line.startswith(slow)]
    errors = [line for line in said if "ZeroDivision" not in line]
    assert not any("Warning" in line or "collab" in line for line in errors), done.stderr
    assert code == 1 or not said
    (pid,) = done.stdout.split()
    assert not is_running(pid)


def test_importing_starts_nothing_and_loads_nothing_heavy(tmp_path):
    script = """
import sys, threading
from collab.simple import *
from collab.collaboration import *
from collab import servermanager
heavy = {"vtkmodules", "numpy", "zmq", "IPython", "collab_renderer_vtk.pipeline"} & {*sys.modules}
assert not heavy, heavy
assert threading.active_count() == 1
assert Sphere and Clip and processServerEvents and Show
"""
    done = python(script, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
