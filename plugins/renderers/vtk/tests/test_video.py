"""Pictures as video: the same pictures, in a part of the bytes."""

from __future__ import annotations

from math import cos, sin
from typing import Any

import av
import numpy as np
import pytest

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import Camera, RenderImage
from collab_kernel.wire.pictures import needs_no_other
from collab_renderer_vtk.video import MOST_STREAMS, Streams

Scene = Any
SIZE = (320, 240)


def camera(step: int) -> Camera:
    return Camera((2.2 * sin(step / 20), 0.4, 2.2 * cos(step / 20)))


@pytest.fixture
def view(scene: Scene) -> int:
    made: int = scene.view()
    scene.show(made, scene.create("sources", "SphereSource", ThetaResolution=40))
    return made


def decoded(decoder: Any, data: bytes) -> Any:
    """The one picture that a decoder puts out at once."""
    [frame] = decoder.decode(av.Packet(data))
    return frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()


def test_what_is_decoded_looks_like_what_was_drawn_and_takes_a_part_of_the_bytes(
    scene: Scene, view: int
) -> None:
    decoder = av.CodecContext.create("h264", "r")
    video = jpeg = 0
    for step in range(20):
        asked = RenderImage(view, *SIZE, "h264", 74, camera(step), stream=7)
        answer = scene.renderer.query(asked)
        assert needs_no_other("h264", answer.data) == (step == 0)
        width, height = SIZE
        raw = scene.renderer.query(RenderImage(view, *SIZE, "raw", 74, camera(step))).data
        drawn = np.frombuffer(raw, "u1").reshape(height, width, 3)
        seen = decoded(decoder, answer.data)
        assert np.abs(seen.astype(int) - drawn).mean() < 4.0
        if step:
            video += len(answer.data)
            jpeg += len(
                scene.renderer.query(RenderImage(view, *SIZE, "jpeg", 74, camera(step))).data
            )
    assert video < jpeg / 2


def test_a_picture_that_needs_no_other_can_be_shown_without_those_before(
    scene: Scene, view: int
) -> None:
    for step in range(5):
        asked = RenderImage(view, *SIZE, "h264", 74, camera(step), stream=1, key=step == 4)
        data = scene.renderer.query(asked).data
    assert decoded(av.CodecContext.create("h264", "r"), data).shape == (240, 320, 3)


def test_odd_sides_are_refused(scene: Scene, view: int) -> None:
    for size in ((3, 4), (4, 3), (1, 1)):
        with pytest.raises(InvalidValueError, match="even"):
            scene.renderer.query(RenderImage(view, *size, "h264", stream=1))


def test_only_so_many_streams_are_kept_and_a_forgotten_one_begins_again() -> None:
    streams, pixels = Streams(), np.zeros((16, 16, 4), "u1")
    for stream in range(MOST_STREAMS + 1):
        assert needs_no_other("h264", streams.encode(stream, pixels, 70, key=False))
    assert len(streams._encoders) == MOST_STREAMS
    assert not needs_no_other("h264", streams.encode(MOST_STREAMS, pixels, 70, key=False))
    assert needs_no_other("h264", streams.encode(0, pixels, 70, key=False))
