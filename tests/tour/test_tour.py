"""The films can be made, and show what they say."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .film import HEAD_PX, HEIGHT_PX, WIDTH_PX, Mp4, font, rows, wrapped

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 110.0


def recorded(name: str, output: Path) -> list[np.ndarray]:
    """The frames of a film, one a second and one for each picture that stands."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.tour", "--stills", "--fps", "1", "--output", output, name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    frames = [np.asarray(Image.open(f)).astype(int) for f in sorted((output / name).iterdir())]
    assert {frame.shape for frame in frames} == {(HEIGHT_PX, WIDTH_PX, 3)}
    return frames


def pictures(frame: np.ndarray, count: int, columns: int) -> list[np.ndarray]:
    """What each participant sees in it, without the edges."""
    return [
        frame[top + HEAD_PX + 3 : top + height - 3, left + 3 : left + width - 3]
        for left, top, width, height in rows(count, columns)
    ]


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one - other).mean() < 1.0)


def test_the_first_film_shows_who_follows_and_who_looks_around(tmp_path: Path) -> None:
    shown = [pictures(frame, 3, 3) for frame in recorded("one-server", tmp_path)]
    assert all(picture.std() > 10 for three in shown for picture in three)
    for ada, bob, cyd in (shown[0], shown[-1]):
        assert same(ada, bob)
        assert same(ada, cyd)
    assert any(same(ada, cyd) and not same(ada, bob) for ada, bob, cyd in shown)
    assert any(same(bob, cyd) and not same(ada, bob) for ada, bob, cyd in shown)
    assert any(same(ada, cyd) and not same(ada, bob) for ada, bob, cyd in shown[-6:])
    assert not same(shown[0][0], shown[-1][0])


def test_the_second_film_shows_two_servers_at_once(tmp_path: Path) -> None:
    shown = [pictures(frame, 4, 2) for frame in recorded("several-servers", tmp_path)]
    assert all(picture.std() > 5 for four in shown for picture in four)
    for here, bob, there, cyd in shown:
        assert same(here, bob)
        assert same(there, cyd)
        assert not same(here, there)
    pairs = list(itertools.pairwise(shown))
    assert any(same(a[0], b[0]) and not same(a[2], b[2]) for a, b in pairs)
    assert any(same(a[2], b[2]) and not same(a[0], b[0]) for a, b in pairs)


def test_without_an_encoder_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(SystemExit, match="pip install imageio-ffmpeg"):
        Mp4(tmp_path / "film.mp4", 10)


def test_no_caption_is_cut_off() -> None:
    lines = wrapped("one two three four", font(20), 100, 2)
    assert lines == ["one two", "three four"]
    assert all(font(20).getlength(line) <= 100 for line in lines)
    with pytest.raises(ValueError, match="room for 1"):
        wrapped("one two three four", font(20), 100, 1)
