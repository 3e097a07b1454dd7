"""Named arrays of numbers as bytes: what geometry is delivered in.

The format is safetensors': the length of a head (8 bytes, little-endian), the head, JSON that has
each array's type, shape and place, and the arrays' bytes, little-endian. Here each array begins at
a multiple of 8 and equal arrays give equal bytes, so that a hash names them and a reader need not
copy them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from collab_kernel.errors import InvalidValueError

SIZES = {"U8": 1, "I8": 1, "U16": 2, "I16": 2, "U32": 4, "I32": 4, "F32": 4, "F64": 8}
"""Bytes of one number, by type."""

ALIGNED = 8
MAX_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array. type: of `SIZES`.  data: rows behind one another, little-endian."""

    type: str
    shape: tuple[int, ...]
    data: bytes | memoryview = field(repr=False)


def packed(tensors: Mapping[str, Tensor]) -> bytes:
    """The bytes of arrays, in the order of their names. Raises InvalidValueError for one whose
    data is not what its type and shape say."""
    head: dict[str, Any] = {}
    parts: list[bytes | memoryview] = []
    at = 0
    for name, tensor in sorted(tensors.items()):
        size = len(tensor.data)
        if tensor.type not in SIZES or size != SIZES[tensor.type] * prod(tensor.shape):
            raise InvalidValueError(f"{name}: {size} bytes are not {tensor.type} {tensor.shape}")
        head[name] = {
            "dtype": tensor.type,
            "shape": tensor.shape,
            "data_offsets": (at, at + size),
        }
        gap = -size % ALIGNED
        parts += [tensor.data, bytes(gap)]
        at += size + gap
    if parts:
        parts.pop()  # nothing follows the last one
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNED)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def unpacked(content: bytes) -> dict[str, Tensor]:
    """The arrays of bytes that `packed` made. Raises InvalidValueError for others."""
    try:
        length = int.from_bytes(content[:8], "little")
        if not 0 < length <= min(MAX_HEAD_BYTES, len(content) - 8):
            raise ValueError(f"a head of {length} bytes in {len(content)}")
        body = memoryview(content)[8 + length :]
        found = {}
        for name, entry in json.loads(content[8 : 8 + length]).items():
            begin, end = entry["data_offsets"]
            shape = tuple(int(side) for side in entry["shape"])
            size = SIZES[entry["dtype"]] * prod(shape)
            if not (0 <= begin <= end <= len(body) and end - begin == size and min(shape) >= 0):
                raise ValueError(f"{name} does not fit")
            found[name] = Tensor(entry["dtype"], shape, body[begin:end])
        return found
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise InvalidValueError(f"that is no content of arrays: {error}") from None
