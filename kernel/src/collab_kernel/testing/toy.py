"""A renderer for tests: no engine, tiny pictures, every way to misbehave.

Its pictures are of one colour, a hash of all that is visible, so that equal states give equal
pixels and any change of what is visible gives others. `sources/Trouble` kills the process,
fails, works for a second unless it is cancelled (when it is asked for; not by itself), does so and
says all the time how far it is, hangs, or takes more and more memory.
`sources/TimeSource` is where the time is: at time 3 around x = 3.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import math
import os
import signal
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from collab_kernel.core.cameras import camera_of
from collab_kernel.errors import (
    CancelledQueryError,
    InvalidValueError,
    PipelineFailedError,
    RendererError,
    UnknownBlobError,
)
from collab_kernel.spi import (
    MAX_IMAGE_SIDE_PX,
    Answer,
    ArrayInformation,
    Camera,
    DataInformation,
    Derived,
    DescribeScene,
    Event,
    FetchData,
    FetchGeometry,
    FetchRows,
    FitCamera,
    Pick,
    ProxyId,
    Query,
    RendererHost,
    RendererSpec,
    RenderImage,
    SaveData,
    SelectOn,
    SetValue,
    State,
    Table,
    UpdatePipeline,
)
from collab_kernel.testing.catalogue import definitions

PIPELINE = ("sources", "filters")
CRASH, FAIL, WAIT, HANG, TOIL, HOG = 1, 2, 3, 4, 5, 6
HOG_STEP_BYTES, HOG_STEP_S = 8 * 1024 * 1024, 0.05
WAIT_AT_MOST_S, WAIT_STEP_S = 1.0, 0.002
CANCELLED = "cancelled"
TIMED = "TimeSource"
TIME_STEPS = (0.0, 1.0, 2.0, 3.0)


class ToyRenderer:
    """`collab_kernel.spi.Renderer` without an engine."""

    engine = "toy 1"
    video = ("h264",)
    """Nothing that could be shown, but made from one another: each says how many there were since
    the one that needs none."""

    def __init__(self, host: RendererHost) -> None:
        self._host = host
        self._state = State()
        self._stale: set[ProxyId] = set()
        self._known: dict[ProxyId, Derived] = {}
        self._time = 0.0
        self._streams: dict[int, tuple[int, int, int]] = {}
        """Width and height of the last picture of each, and how many there were."""

    # -- state -----------------------------------------------------------------------------

    def load(self, state: State) -> None:
        self._state = state
        self._known = {}
        self._stale = {id for id, row in state.proxies.items() if row.group in PIPELINE}

    def apply(self, state: State, events: Sequence[Event]) -> None:
        self._state = state
        for event in events:
            for change in event.changes:
                if isinstance(change, SetValue):
                    self._touch(change.proxy)
                elif change.table in (Table.PROXIES, Table.QUARANTINE):
                    self._touch(change.key)

    def set_time(self, time: float) -> None:
        if time != self._time:
            self._time = time
            for id, row in self._state.proxies.items():
                if row.type == TIMED:
                    self._touch(id)

    def _touch(self, proxy: ProxyId) -> None:
        """Whatever depends on `proxy` has to be executed again."""
        todo, seen = [proxy], {proxy}
        while todo:
            id = todo.pop()
            self._known.pop(id, None)
            row = self._state.proxies.get(id)
            if row is None:
                self._stale.discard(id)
            elif row.group in PIPELINE:
                self._stale.add(id)
            fresh = {user for user, _ in self._state.users_of(id)} - seen
            seen |= fresh
            todo += sorted(fresh)

    # -- execution -------------------------------------------------------------------------

    def execute(self) -> bool:
        left_out = self._state.table(Table.QUARANTINE)
        self._stale = {
            id
            for id in self._stale
            if id in left_out or self._number(id, "Mischief") not in (WAIT, TOIL)
        }
        if not self._stale:
            return False
        visible = self._stale & {r for r, _ in self._visible()}
        self._derived(min(visible or self._stale), asked=False)
        self._host.working(0)
        return bool(self._stale)

    def _derived(self, proxy: ProxyId, asked: bool) -> Derived:
        """What is known of a proxy, after executing it and what it needs; told when new."""
        self._stale.discard(proxy)
        known = self._known.get(proxy)
        if known is None:
            known = self._executed(proxy, asked)
            self._known[proxy] = known
            self._host.tell(known)
        return known

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        revision = self._state.revision
        if reason := self._state.table(Table.QUARANTINE).get(proxy):
            return Derived(proxy, revision, error=f"it is not executed until it changes: {reason}")
        inputs = [r for _, value in self._state.values(proxy) for r in value.references]
        upstream = [i for i in inputs if self._state.proxy(i).group in PIPELINE]
        for id in upstream:
            if self._derived(id, asked).error:
                return Derived(proxy, revision, error=f"its input {self._state.title(id)} failed")
        self._host.working(proxy)
        if self._misbehave(proxy, asked):
            return Derived(proxy, revision, error=CANCELLED)
        self._host.progress(proxy, 1.0, "done")
        if self._number(proxy, "Mischief") == FAIL:
            return Derived(proxy, revision, error="it was told to fail")
        if self._text(proxy, "FileName").startswith("broken"):
            return Derived(proxy, revision, error=f"{self._text(proxy, 'FileName')} can't be read")
        ports = self._state.definition(proxy).output_ports
        return Derived(proxy, revision, (self._information(proxy),) * ports)

    def _misbehave(self, proxy: ProxyId, asked: bool) -> bool:
        """Whether that was cancelled."""
        mischief = self._number(proxy, "Mischief")
        if mischief == CRASH:
            os.kill(os.getpid(), signal.SIGKILL)
        if mischief == HANG:
            self._host.progress(proxy, 0.25, "hanging")
            while True:
                time.sleep(WAIT_AT_MOST_S)
        if mischief == HOG:
            taken = []
            while True:
                taken.append(b"\1" * HOG_STEP_BYTES)
                time.sleep(HOG_STEP_S)
        if mischief in (WAIT, TOIL) and asked:
            self._host.progress(proxy, 0.25, "waiting")
            until_s = time.monotonic() + WAIT_AT_MOST_S
            while (left_s := until_s - time.monotonic()) > 0:
                if self._host.cancelled():
                    return True
                if mischief == TOIL:
                    self._host.progress(proxy, 1 - left_s / WAIT_AT_MOST_S, "toiling")
                time.sleep(WAIT_STEP_S)
        return False

    def _information(self, proxy: ProxyId) -> DataInformation:
        """A ball's, whatever it is: Radius, Center and the resolutions count."""
        timed = self._state.proxy(proxy).type == TIMED
        radius = self._number(proxy, "Radius", 0.5)
        center = self._state.value(proxy, "Center")
        x, y, z = (float(e) for e in center.elements) if center else (0.0, 0.0, 0.0)  # type: ignore[arg-type]
        x += self._time if timed else 0.0
        bounds = (x - radius, x + radius, y - radius, y + radius, z - radius, z + radius)
        points = int(
            self._number(proxy, "ThetaResolution", 8) * self._number(proxy, "PhiResolution", 8)
        )
        height = ArrayInformation("height", "POINTS", "double", 1, points, (z,), (z + radius,))
        normals = ArrayInformation(
            "Normals", "POINTS", "float", 3, points, (-1.0, -1.0, -1.0, 0.0), (1.0,) * 4
        )
        return DataInformation(
            "vtkPolyData",
            bounds,
            points,
            points,
            12 * points,
            (height, normals),
            TIME_STEPS if timed else (),
        )

    def _number(self, proxy: ProxyId, property: str, otherwise: float = 0.0) -> float:
        value = self._state.value(proxy, property)
        plain = value.plain if value else otherwise
        return float(plain) if isinstance(plain, int | float) else otherwise

    def _text(self, proxy: ProxyId, property: str) -> str:
        value = self._state.value(proxy, property)
        return str(value.plain) if value else ""

    # -- questions -------------------------------------------------------------------------

    def query(self, query: Query) -> Answer:
        try:
            match query:
                case UpdatePipeline(proxy):
                    self._state.proxy(proxy)
                    return self._updated(proxy)
                case RenderImage():
                    self._state.proxy(query.view)
                    return self._picture(query)
                case FitCamera(view, camera):
                    self._state.proxy(view)
                    return Answer(self._state.revision, camera=self._fitted(camera or Camera()))
                case FetchData(proxy):
                    self._state.proxy(proxy)
                    return self._data(proxy)
                case SaveData():
                    return self._saved(query)
                case FetchRows():
                    self._state.proxy(query.proxy)
                    raise InvalidValueError("there is no data here, so it has no rows")
                case Pick() | SelectOn():
                    self._state.proxy(query.view)
                    raise InvalidValueError("in pictures of one colour nothing can be told apart")
                case DescribeScene(view):
                    self._state.proxy(view)
                    raise InvalidValueError("pictures of one colour have no geometry")
                case FetchGeometry():
                    raise UnknownBlobError("no scene names any content here")
        finally:
            self._host.working(0)

    def _saved(self, query: SaveData) -> Answer:
        """What `FetchData` would bring, in a file."""
        self._state.proxy(query.proxy)
        content = self._data(query.proxy).data

        def write(path: str) -> None:
            Path(path).write_bytes(content)

        path = self._host.save(query.file_name, query.replace, write)
        return Answer(self._state.revision, path.encode())

    def _updated(self, proxy: ProxyId) -> Answer:
        derived = self._derived(proxy, asked=True)
        if derived.error == CANCELLED:
            raise CancelledQueryError("the work was given up")
        if derived.error:
            raise PipelineFailedError(f"{self._state.title(proxy)}: {derived.error}")
        return Answer(self._state.revision, derived=derived)

    def _visible(self) -> Iterator[tuple[ProxyId, ProxyId]]:
        """(source, representation) of everything that some view shows."""
        for id, row in sorted(self._state.proxies.items()):
            given = self._state.value(id, "Input")
            shown = self._state.value(id, "Visibility")
            left_out = id in self._state.table(Table.QUARANTINE)
            if row.group == "representations" and given and shown and shown.plain and not left_out:
                for source in given.references:
                    yield source, id

    def _picture(self, image: RenderImage) -> Answer:
        sides = (image.width, image.height)
        if not all(1 <= side <= MAX_IMAGE_SIDE_PX for side in sides):
            raise InvalidValueError(f"a picture's sides have 1 to {MAX_IMAGE_SIDE_PX} px: {sides}")
        pixels = bytes(self._colour(image)) * (image.width * image.height)
        if image.format == "raw":
            data = pixels
        elif image.format in ("png", "jpeg"):
            data = png(image.width, image.height, pixels)
        elif image.format in self.video and image.stream:
            data = self._followed(image) + pixels[:3]
        else:
            raise InvalidValueError(f"{image.format!r} is no format: use raw, png or jpeg")
        return Answer(self._state.revision, data, image.format, image.width, image.height)

    def _followed(self, image: RenderImage) -> bytes:
        width, height, count = self._streams.get(image.stream, (0, 0, 0))
        key = image.key or (width, height) != (image.width, image.height)
        count = 0 if key else count + 1
        self._streams[image.stream] = (image.width, image.height, count)
        return struct.pack(">IBI", 1, 0x67 if key else 0x41, count)

    def _colour(self, image: RenderImage) -> bytes:
        """Three bytes that change with anything that a picture would show."""
        camera = image.camera or camera_of(dict(self._state.values(image.view)))
        seen: list[object] = [camera, self._state.value(image.view, "Background")]
        for source, representation in self._visible():
            derived = self._derived(source, asked=False)
            if not derived.error:
                seen.append((derived.ports, list(self._state.values(representation))))
        self._host.working(image.view)
        return hashlib.sha256(repr(seen).encode()).digest()[:3]

    def _fitted(self, camera: Camera) -> Camera:
        """As far from all that is visible, in the direction it looks from, as it is large."""
        known = [self._derived(source, asked=False) for source, _ in self._visible()]
        bounds = [info.bounds for d in known for info in d.ports] or [(-1.0, 1.0) * 3]
        low = [min(b[2 * axis] for b in bounds) for axis in range(3)]
        high = [max(b[2 * axis + 1] for b in bounds) for axis in range(3)]
        x, y, z = ((a + b) / 2 for a, b in zip(low, high, strict=True))
        size = math.dist(low, high)
        far = size / math.sin(math.radians(camera.view_angle / 2))
        back = math.dist(camera.position, camera.focal_point) or 1.0
        dx, dy, dz = (
            far * (p - f) / back for p, f in zip(camera.position, camera.focal_point, strict=True)
        )
        position = (x + dx, y + dy, z + dz)
        return replace(camera, position=position, focal_point=(x, y, z), parallel_scale=size)

    def _data(self, proxy: ProxyId) -> Answer:
        try:
            np = importlib.import_module("numpy")
        except ImportError:
            raise RendererError("data as arrays needs NumPy: pip install numpy") from None
        answer = self._updated(proxy)
        assert answer.derived is not None
        points = answer.derived.ports[0].points
        out = io.BytesIO()
        np.savez(
            out,
            points=np.zeros((points, 3), "f4"),
            connectivity=np.arange(points),
            offsets=np.arange(points + 1),
            cell_types=np.ones(points, "u1"),
        )
        return Answer(self._state.revision, out.getvalue(), "npz")

    def close(self) -> None:
        """Nothing to release."""


def png(width: int, height: int, pixels: bytes) -> bytes:
    """RGB rows, top row first, as a PNG file."""
    stride = 3 * width
    rows = b"".join(b"\0" + pixels[y * stride : (y + 1) * stride] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


TOY = RendererSpec(
    "toy", definitions, "collab_kernel.testing.toy:ToyRenderer", "no engine: for tests"
)
