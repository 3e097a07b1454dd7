"""Pictures of several participants side by side, with what happens in words, one after another."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

from collab_kernel.client import Camera, Participant, Session

WIDTH_PX, HEIGHT_PX = 1280, 720
TOP_PX, BOTTOM_PX = 52, 132
HEAD_PX, GAP_PX = 38, 12
MARGIN_PX = 16

PAPER, INK, FAINT = "#14171c", "#f4f4f2", "#9aa3ad"
EDGE, STEERS, ALARM, CARD = "#3a414b", "#ffc857", "#ff7b6b", "#f4f1e4"

Colour = str
Box = tuple[int, int, int, int]


class Sink(Protocol):
    """Where frames go, one after another."""

    def add(self, frame: Image.Image, times: int) -> None: ...


@dataclass
class Panel:
    """What one participant sees in the first view of a session.

    box: left, top, width, height of the whole; the picture is what its heading leaves.
    where: said beside the name, if it matters.
    """

    session: Session
    box: Box
    colour: Colour
    where: str = ""

    @property
    def picture_px(self) -> tuple[int, int]:
        return self.box[2], self.box[3] - HEAD_PX

    async def picture(self) -> Image.Image:
        width, height = self.picture_px
        frame = await self.session.views[0].render(width, height, "png")
        return _opened(frame.data)


def _opened(data: bytes) -> Image.Image:
    from io import BytesIO

    return Image.open(BytesIO(data)).convert("RGB")


def rows(sessions: int, columns: int) -> Iterator[Box]:
    """Boxes of one size for so many panels, row by row."""
    lines = math.ceil(sessions / columns)
    width = (WIDTH_PX - 2 * MARGIN_PX - (columns - 1) * GAP_PX) // columns
    space = HEIGHT_PX - TOP_PX - BOTTOM_PX
    height = (space - (lines - 1) * GAP_PX) // lines
    for number in range(sessions):
        row, column = divmod(number, columns)
        yield (
            MARGIN_PX + column * (width + GAP_PX),
            TOP_PX + row * (height + GAP_PX),
            width,
            height,
        )


@dataclass
class Film:
    """Frames of `panels`, under a title and above a caption. fps: frames a second."""

    title: str
    command: str
    sink: Sink
    fps: int
    panels: list[Panel] = field(default_factory=list)
    frames: int = 0
    _caption: str = ""
    _note: str = ""
    _alarm: bool = False

    @property
    def seconds(self) -> float:
        return self.frames / self.fps

    def say(self, caption: str, note: str = "", alarm: bool = False) -> None:
        """What stands beneath from now on. note: what a program said, in its own words."""
        self._caption, self._note, self._alarm = caption, note, alarm

    def count(self, seconds: float) -> int:
        """How many frames that is: one at least."""
        return max(1, round(seconds * self.fps))

    async def hold(self, seconds: float) -> None:
        """Let what everybody sees now stand for a while."""
        times = self.count(seconds)
        self.sink.add(await self.frame(), times)
        self.frames += times

    async def frame(self) -> Image.Image:
        """What everybody sees now."""
        pictures = await asyncio.gather(*(panel.picture() for panel in self.panels))
        frame = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER)
        draw = ImageDraw.Draw(frame)
        draw.text((MARGIN_PX, TOP_PX / 2), self.title, INK, font(24), anchor="lm")
        right = WIDTH_PX - MARGIN_PX
        draw.text((right, TOP_PX / 2), self.command, FAINT, font(18), anchor="rm")
        for panel, picture in zip(self.panels, pictures, strict=True):
            _paint_panel(frame, panel, picture)
        self._paint_words(draw)
        return frame

    def _paint_words(self, draw: ImageDraw.ImageDraw) -> None:
        top = HEIGHT_PX - BOTTOM_PX + 14
        width = WIDTH_PX - 2 * MARGIN_PX
        for line in wrapped(self._caption, font(28), width, 2):
            draw.text((MARGIN_PX, top), line, INK, font(28))
            top += 36
        colour = ALARM if self._alarm else FAINT
        for line in wrapped(self._note, font(20), width, 2):
            draw.text((MARGIN_PX, top + 4), line, colour, font(20))
            top += 26


_fonts: dict[int, ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}


def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The one that comes with Pillow: the same on every machine."""
    if size_px not in _fonts:
        _fonts[size_px] = ImageFont.load_default(size_px)
    return _fonts[size_px]


def wrapped(
    text: str, in_font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int, most: int
) -> list[str]:
    """`text` in lines that are no wider. Raises ValueError if it takes more than `most`."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and in_font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        raise ValueError(f"{text!r} takes {len(lines)} lines, and there is room for {most}")
    return lines


# -- one participant ------------------------------------------------------------------------


def status(session: Session, me: Participant) -> str:
    """Whose camera a participant looks with, and whether they steer."""
    if me.is_master:
        return "steers"
    if me.following is None:
        return "own camera"
    return f"follows {session.state.name_of(me.following)}"


def _paint_panel(frame: Image.Image, panel: Panel, picture: Image.Image) -> None:
    left, top, width, height = panel.box
    me = panel.session.me
    _paint_pins(picture, panel)
    _paint_proposals(picture, panel)
    frame.paste(picture, (left, top + HEAD_PX))
    draw = ImageDraw.Draw(frame)
    middle = top + HEAD_PX / 2
    draw.ellipse((left + 4, middle - 8, left + 20, middle + 8), panel.colour)
    name = f"{me.name}{'  ·  ' + panel.where if panel.where else ''}"
    draw.text((left + 30, middle), name, INK, font(21), anchor="lm")
    word = status(panel.session, me)
    asks = "  ·  asks for the right" if me.asks else ""
    colour = STEERS if me.is_master else FAINT
    draw.text((left + width - 6, middle), word + asks, colour, font(18), anchor="rm")
    edge = STEERS if me.is_master else EDGE
    draw.rectangle((left, top + HEAD_PX, left + width - 1, top + height - 1), outline=edge, width=2)


def _paint_pins(picture: Image.Image, panel: Panel) -> None:
    """Each pin where its place is seen, with its words beside."""
    draw = ImageDraw.Draw(picture)
    camera = panel.session.looking.camera(panel.session.views[0].id, picture.width / picture.height)
    for pin in panel.session.pins:
        at = seen_at(camera, pin.position, picture.size)
        if at is None:
            continue
        x, y = at
        draw.line((x, y, x, y - 34), INK, 3)
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), ALARM)
        words = f"{pin.author_name}: {pin.text}"
        wide = font(17).getlength(words) + 16
        start = min(max(4.0, x - wide / 2), picture.width - wide - 4)
        draw.rounded_rectangle((start, y - 62, start + wide, y - 34), 6, CARD)
        draw.text((start + 8, y - 48), words, PAPER, font(17), anchor="lm")


def _paint_proposals(picture: Image.Image, panel: Panel) -> None:
    """What waits for whoever steers, as everybody sees it."""
    draw = ImageDraw.Draw(picture)
    top = 10
    for proposal in panel.session.proposals:
        lines = [f"{proposal.author_name} proposes", proposal.text]
        wide = max(font(17).getlength(line) for line in lines) + 20
        draw.rounded_rectangle((10, top, 10 + wide, top + 54), 8, CARD)
        for number, line in enumerate(lines):
            draw.text((20, top + 16 + 22 * number), line, PAPER, font(17), anchor="lm")
        top += 62


def seen_at(
    camera: Camera, place: Sequence[float], size_px: tuple[int, int]
) -> tuple[float, float] | None:
    """Where in a picture of this size a place is seen, from the upper left; None: it is not."""
    ahead = _unit(_minus(camera.focal_point, camera.position))
    right = _unit(_cross(ahead, camera.view_up))
    up = _cross(right, ahead)
    to = _minus(place, camera.position)
    depth = _dot(to, ahead)
    if depth <= 0:
        return None
    width, height = size_px
    scale = height / 2 / math.tan(math.radians(camera.view_angle) / 2) / depth
    x, y = width / 2 + scale * _dot(to, right), height / 2 - scale * _dot(to, up)
    return (x, y) if 0 <= x <= width and 0 <= y <= height else None


Triple = tuple[float, float, float]


def _minus(a: Sequence[float], b: Sequence[float]) -> Triple:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(p * q for p, q in zip(a, b, strict=True))


def _cross(a: Sequence[float], b: Sequence[float]) -> Triple:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(a: Sequence[float]) -> Triple:
    length = math.sqrt(_dot(a, a))
    return a[0] / length, a[1] / length, a[2] / length


# -- where frames go ------------------------------------------------------------------------


class Mp4:
    """Frames as an H.264 file; a context manager. Raises SystemExit where it can't be made."""

    def __init__(self, path: Path, fps: int) -> None:
        try:
            import imageio_ffmpeg
        except ImportError:
            raise SystemExit(
                "dev.py tour: films need an encoder: .venv/bin/python -m pip install imageio-ffmpeg"
            ) from None
        self._writer = imageio_ffmpeg.write_frames(
            str(path),
            (WIDTH_PX, HEIGHT_PX),
            fps=fps,
            codec="libx264",
            macro_block_size=8,
            output_params=["-crf", "20", "-preset", "slow", "-movflags", "+faststart"],
        )
        self._writer.send(None)

    def add(self, frame: Image.Image, times: int) -> None:
        data = frame.tobytes()
        for _ in range(times):
            self._writer.send(data)

    def close(self) -> None:
        self._writer.close()
