"""Pixels read back from a window, and as a file's bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import simplejpeg
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkIOImage import vtkPNGWriter

from collab_kernel.errors import InvalidValueError
from collab_renderer_vtk.bridge import Array, to_numpy, to_vtk

DEFAULT_QUALITY = 90
FINE_QUALITY = 95
"""From here on colours keep their full resolution."""

FORMATS = ("jpeg", "png", "raw")


def read_back(window: Any) -> Array:
    """The window's picture: (height, width, 4), uint8, bottom row first.

    RGBA is what the graphics library keeps: asking for RGB costs ten times as much.
    """
    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)
    return to_numpy(pixels).reshape(height, width, 4)


def encode(pixels: Array, format: str, quality: int) -> bytes:
    """A picture as bytes of "jpeg", "png" or "raw" (RGB, top row first).

    pixels: as `read_back` gives them.  quality: 1 to 100 for jpeg, 0 is 90.
    """
    if format == "jpeg":
        quality = quality or DEFAULT_QUALITY
        upright = np.ascontiguousarray(pixels[::-1])
        sampling = "444" if quality >= FINE_QUALITY else "420"
        return bytes(simplejpeg.encode_jpeg(upright, quality, "RGBA", sampling))
    if format == "png":
        return _png(pixels)
    if format == "raw":
        return pixels[::-1, :, :3].tobytes()
    raise InvalidValueError(f"{format!r} is no picture format: {', '.join(FORMATS)}")


def _png(pixels: Array) -> bytes:
    height, width, _ = pixels.shape
    opaque = np.ascontiguousarray(pixels[:, :, :3]).reshape(-1, 3)
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    image.GetPointData().SetScalars(to_vtk(opaque))
    writer = vtkPNGWriter()
    writer.SetWriteToMemory(True)
    writer.SetCompressionLevel(4)  # 9 takes five times as long for a few percent
    writer.SetInputData(image)
    writer.Write()
    return to_numpy(writer.GetResult()).tobytes()
