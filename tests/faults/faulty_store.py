"""A store that fails at chosen calls: before they have begun, in the middle of their work, or by
an error of another kind than a store should raise."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from collab_kernel.errors import StoreError
from collab_kernel.spi import Store

WRITES = ("append", "save_blob", "save_snapshot", "forget")
STEPS = 400
"""Of SQLite's machine, at most, that a write gets to do before it is broken off."""


class FaultyStore:
    """`store`, an sqlite one, with a fault at some of its writes. failed: how often, by the call
    and the fault.

    chance: of a fault at each write; 0: none, 1: at each, 2: at each, and before it has begun.
    """

    def __init__(self, store: Store, random: Random) -> None:
        self._store = store
        self._random = random
        self.chance = 0.0
        self.failed: Counter[tuple[str, str]] = Counter()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)
        return self._faulty(name, call) if name in WRITES else call

    def _faulty(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            if self._random.random() >= self.chance:
                return call(*args, **kwargs)
            faults = ("refused", "broken", "in the middle", "in the middle")
            fault = self._random.choice(faults if self.chance <= 1 else faults[:1])
            if fault == "refused":
                self.failed[name, fault] += 1
                raise StoreError("there is no room")
            if fault == "broken":
                self.failed[name, fault] += 1
                raise OSError(5, "Input/output error")
            with self._broken_off(name):
                return call(*args, **kwargs)

        return called

    @contextmanager
    def _broken_off(self, name: str) -> Iterator[None]:
        """Let a write fail somewhere: it may also be through by then."""
        database: sqlite3.Connection = self._store._file.to_write()  # type: ignore[attr-defined]
        database.set_progress_handler(lambda: 1, self._random.randrange(1, STEPS))
        try:
            yield
        except StoreError:
            self.failed[name, "in the middle"] += 1
            raise
        finally:
            database.set_progress_handler(None, 0)
