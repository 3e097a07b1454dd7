"""What SQLite does not say: whether the end of a write-ahead log is damaged.

SQLite takes the log up to the last commit whose checksums hold and passes over the rest, which is
right for a write that was not finished, and silent about one that was. Here the rest is looked at.
The format is that of https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Damage:
    """frames: so many can't be used.  commits: so many of them ended a transaction, at least."""

    frames: int
    commits: int


def damage(path: Path) -> Damage | None:
    """What is damaged of the write-ahead log in this file; None: nothing, but for writes that were
    not finished, which nobody was told of."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) < _HEADER.size:
        return None  # never written
    magic, _, page_bytes, _, salt1, salt2, *sums = _HEADER.unpack_from(data)
    frame_bytes = _FRAME.size + page_bytes
    words = _words_of(magic)
    if words is None or _checksum(data[:24], (0, 0), words) != tuple(sums):
        return _all_of(data)
    count = (len(data) - _HEADER.size + frame_bytes - 1) // frame_bytes
    last = (sums[0], sums[1])
    for index in range(count):
        at = _HEADER.size + index * frame_bytes
        frame = data[at : at + frame_bytes]
        if len(frame) < frame_bytes:
            return None  # the file ends in it: it was being written
        _, _, one, two, *stored = _FRAME.unpack_from(frame)
        last = _checksum(frame[:8], last, words)
        last = _checksum(frame[_FRAME.size :], last, words)
        if (one, two) != (salt1, salt2) or last != tuple(stored):
            return _rest(data, at, frame_bytes, (salt1, salt2))
    return None


def _rest(data: bytes, start: int, frame_bytes: int, salts: tuple[int, int]) -> Damage | None:
    """What the frames from `start` on are, of which the first is not good: of an older log, which
    this one is being written over, or of this one. Those of a transaction that failed, behind the
    ones that were written over its beginning, are no loss: none of them ends one."""
    frames = commits = 0
    for at in range(start, len(data) - frame_bytes + 1, frame_bytes):
        _, size, one, two, *_ = _FRAME.unpack_from(data, at)
        if one != salts[0] and two != salts[1]:
            break  # of an older one
        frames += 1
        commits += bool(size)
    return Damage(frames, commits) if commits else None


def _all_of(data: bytes) -> Damage | None:
    """The header is not good, so none of it can be used: how much that is, as far as that can be
    told."""
    for page_bytes in (4096, 1 << 9, 1 << 10, 1 << 11, 1 << 13, 1 << 14, 1 << 15, 1 << 16):
        frame_bytes = _FRAME.size + page_bytes
        if len(data) >= _HEADER.size + frame_bytes:
            first = _FRAME.unpack_from(data, _HEADER.size)
            found = _rest(data, _HEADER.size, frame_bytes, (first[2], first[3]))
            if found is not None and found.frames > 1:
                return found
    return Damage(1, 0) if len(data) > _HEADER.size + _FRAME.size else None


def _words_of(magic: int) -> str | None:
    """How to read the words that are summed up, for `memoryview.cast` after `_swapped`."""
    if magic not in (_MAGIC, _MAGIC | 1):
        return None
    return "big" if magic & 1 else "little"


def _checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    if order != sys.byteorder:
        swapped = bytearray(data)
        for n in range(4):
            swapped[n::4] = data[3 - n :: 4]
        data = bytes(swapped)
    one, two = start
    words = iter(memoryview(data).cast("I"))
    for even, odd in zip(words, words, strict=True):
        one = (one + even + two) & _WORD
        two = (two + odd + one) & _WORD
    return one, two
