"""Messages over a pipe: each with its length in front (4 bytes, big-endian)."""

from __future__ import annotations

import struct
from typing import BinaryIO

_LENGTH = struct.Struct(">I")
HEAD_BYTES = _LENGTH.size


def framed(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


def length(head: bytes) -> int:
    """The length that a head of HEAD_BYTES announces."""
    return int(_LENGTH.unpack(head)[0])


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next message of a blocking stream; None at its end."""
    head = stream.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        return None
    data = stream.read(length(head))
    return data if len(data) == length(head) else None
