"""Contract kits in general: a contract is a class, each of its clauses one test method.

Free of any test runner: a clause is a plain method named `test_…` that raises an AssertionError
if it is broken, so pytest, unittest (mixed with a TestCase) and a bare loop can all run it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import unittest
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

Kit = TypeVar("Kit", bound="Contract")
Result = TypeVar("Result")


class ContractBrokenError(AssertionError):
    """What was tested does not keep a clause; the text starts with the clause."""


class Contract:
    """What a kit derives from.

    deadline_s: how long one clause that waits may take before it counts as hung.
    """

    deadline_s: float = 60.0

    @classmethod
    def clauses(cls) -> tuple[str, ...]:
        """The names of the methods that test a clause each, sorted."""
        return tuple(name for name in sorted(dir(cls)) if name.startswith("test_"))


def sentence_of(name: str) -> str:
    """The name of a clause's method, read as a sentence."""
    return name.removeprefix("test_").replace("_", " ")


def clause(body: Callable[[Kit], Coroutine[Any, Any, None] | None]) -> Callable[[Kit], None]:
    """Make a method into a test whose failures name the clause: its name, read as a sentence.

    A coroutine gets an event loop and a deadline of its own.
    """
    sentence = sentence_of(body.__name__)

    async def bounded(kit: Kit, running: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(kit.deadline_s):
                await running
        except TimeoutError as error:
            raise AssertionError(f"not done after {kit.deadline_s:g} s") from error

    def test(kit: Kit) -> None:
        try:
            running = body(kit)
            if running is not None:
                asyncio.run(bounded(kit, running))
        except (ContractBrokenError, unittest.SkipTest):
            raise
        except Exception as error:
            what = str(error) if isinstance(error, AssertionError) else f"raised {error!r}"
            raise ContractBrokenError(f"{sentence}: {what}") from error

    # Not functools.wraps: pytest looks behind that, at the parameters of `body`.
    test.__name__, test.__qualname__ = body.__name__, body.__qualname__
    test.__doc__, test.__module__ = body.__doc__, body.__module__
    return test


async def within(limit_s: float, doing: str, awaitable: Awaitable[Result]) -> Result:
    """The result, or an AssertionError that says what took too long."""
    try:
        async with asyncio.timeout(limit_s):
            return await awaitable
    except TimeoutError as error:
        raise AssertionError(f"{doing} took more than {limit_s:g} s") from error


async def raises(doing: str, awaitable: Awaitable[object], *errors: type[Exception]) -> Exception:
    """The error that `awaitable` raised; an AssertionError if it was none of `errors`."""
    try:
        result = await awaitable
    except Exception as error:
        return _expected(doing, error, errors)
    raise AssertionError(f"{doing} gave {result!r:.60} where {_names(errors)} was due")


def refuses(doing: str, call: Callable[[], object], *errors: type[Exception]) -> Exception:
    """The error that `call` raised; an AssertionError if it was none of `errors`."""
    try:
        result = call()
    except Exception as error:
        return _expected(doing, error, errors)
    raise AssertionError(f"{doing} gave {result!r:.60} where {_names(errors)} was due")


def _expected(doing: str, error: Exception, errors: tuple[type[Exception], ...]) -> Exception:
    if isinstance(error, errors):
        return error
    if isinstance(error, AssertionError):
        raise error
    foreign = f"{type(error).__module__}.{type(error).__qualname__}"
    raise AssertionError(f"{doing} raised {foreign} ({error}), not {_names(errors)}") from error


def _names(errors: tuple[type[Exception], ...]) -> str:
    return " or ".join(error.__name__ for error in errors)


def check_entry_module(module: str, libraries: Iterable[str]) -> None:
    """Raise an AssertionError if importing `module`, in a fresh interpreter, loads a library."""
    code = f"import sys; sys.path[:] = {sys.path!r}; import {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"import {module} failed: {done.stderr.strip()[-300:]}"
    loaded = sorted(set(libraries) & set(done.stdout.split()))
    assert not loaded, f"importing {module} loads {', '.join(loaded)}"
