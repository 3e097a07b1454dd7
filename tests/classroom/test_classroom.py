"""A small class: all that holds in one, but for what only a quiet machine can show."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from . import lesson
from .room import LARGE, SMALL, Room, held
from .screen import PROGRAMS

OTHERS, RESOLUTION = 5, 24
REQUIRE = "COLLAB_REQUIRE_BROWSER"
"""Set where the browser's tests must not be left out."""


@pytest_asyncio.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    if not any(map(shutil.which, PROGRAMS)):
        if os.environ.get(REQUIRE):
            pytest.fail(f"{REQUIRE} is set, but Chromium is not installed")
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    async with held(tmp_path, OTHERS, RESOLUTION) as room:
        yield room


@pytest.mark.timeout(240)
async def test_a_class_looks_on_asks_to_steer_and_is_quiet_when_the_teacher_says_so(
    room: Room,
) -> None:
    await room.let_in_teacher()
    await lesson.change_alone(room, SMALL)
    await room.let_in_class()
    change = await lesson.change_together(room, LARGE)
    assert len(change.onlookers) == OTHERS
    await lesson.at_rest(room, 1.0)

    looked = await lesson.look_around(room, 1.0)
    del looked.answers["RenderImage"]  # a busy machine may be late, and the server draws until then
    assert looked.answers == lesson.ONE_EXTRACTION
    assert looked.cameras > OTHERS
    await lesson.look_together(room)
    await lesson.change_together(room, LARGE)

    queue = await lesson.queue_up(room, secrets.randbelow(1 << 32))
    assert len(queue.order) == room.may_steer
    await lesson.keep_quiet(room)
    await lesson.agree(room)
