"""Pictures that are made from one another: an encoder for each stream of them."""

from __future__ import annotations

from collections import OrderedDict
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np

from collab_kernel.errors import InvalidValueError
from collab_renderer_vtk.bridge import Array

FORMATS = ("h264",) if find_spec("av") else ()
"""None without PyAV: pip install 'collab-renderer-vtk[video]'. It is loaded with the first stream,
since the first picture of all is none."""

MOST_STREAMS = 8
"""That are kept: an encoder of a large picture takes tens of megabytes."""

_OPTIONS = {
    "preset": "superfast",  # a fifth of the bytes of JPEG for five times its work
    "tune": "zerolatency",
    # A picture needs no earlier one when somebody asks for that, and never by itself.
    "x264-params": "keyint=infinite:scenecut=0:repeat-headers=1:annexb=1:threads=1",
}


class Streams:
    """The encoders of one renderer."""

    def __init__(self) -> None:
        self._encoders: OrderedDict[int, _Encoder] = OrderedDict()

    def encode(self, stream: int, pixels: Array, quality: int, key: bool) -> bytes:
        """The next picture of a stream: an H.264 access unit. pixels: as `picture.read_back`
        gives them, with even sides.  quality: 1 to 100, 0 is 70.  key: it shall need no earlier
        one.
        """
        height, width, _ = pixels.shape
        encoder = self._encoders.pop(stream, None)
        made_for = (width, height, quality)
        if encoder is None or encoder.made_for != made_for:
            encoder = _Encoder(made_for)
        self._encoders[stream] = encoder
        if len(self._encoders) > MOST_STREAMS:
            self._encoders.popitem(last=False)
        return encoder.encode(pixels, key)


class _Encoder:
    """made_for: width, height and quality."""

    def __init__(self, made_for: tuple[int, int, int]) -> None:
        import av

        self.made_for = made_for
        width, height, quality = made_for
        context: Any = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, 60)
        context.options = _OPTIONS | {"crf": str(_rate_factor(quality or 70))}
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        context.color_range = 1  # 16 to 235
        self._context = context
        self._number = 0

    def encode(self, pixels: Array, key: bool) -> bytes:
        import av
        from av.video.frame import PictureType

        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[::-1]), format="rgba")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.pts = self._number
        frame.pict_type = PictureType.I if key or not self._number else PictureType.NONE
        self._number += 1
        return b"".join(bytes(packet) for packet in self._context.encode(frame))


def check_size(width: int, height: int) -> None:
    """Raises InvalidValueError for odd sides: colours have half the resolution."""
    if width % 2 or height % 2:
        raise InvalidValueError(f"h264 has even sides: {width} x {height} px are not allowed")


def _rate_factor(quality: int) -> int:
    """What x264 calls the quality: less is better; JPEG's 74 looks as 23 does."""
    return round(min(max(23 + (74 - quality) * 0.28, 14), 40))
