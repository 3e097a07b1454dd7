"""Contract kits in general: a contract is a class, each of its clauses one test method.

Free of any test runner: a clause is a plain method named `test_…` that raises an AssertionError
if it is broken, so pytest, unittest (mixed with a TestCase) and a bare loop can all run it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

Kit = TypeVar("Kit", bound="Contract")
Result = TypeVar("Result")


class ContractBrokenError(AssertionError):
    """What was tested does not keep a clause; the text starts with the clause."""


class Contract:
    """What a kit derives from.

    deadline_s: how long one clause may take before it counts as hung.
    """

    deadline_s: float = 60.0

    @classmethod
    def clauses(cls) -> tuple[str, ...]:
        """The names of the methods that test a clause each, sorted."""
        return tuple(name for name in sorted(dir(cls)) if name.startswith("test_"))


def clause(body: Callable[[Kit], Coroutine[Any, Any, None]]) -> Callable[[Kit], None]:
    """Make a coroutine into a plain test method, with an event loop and a deadline of its own.

    Whatever it raises names the clause: the method's name, read as a sentence.
    """
    sentence = body.__name__.removeprefix("test_").replace("_", " ")

    async def bounded(kit: Kit) -> None:
        try:
            async with asyncio.timeout(kit.deadline_s):
                await body(kit)
        except TimeoutError as error:
            raise AssertionError(f"not done after {kit.deadline_s:g} s") from error

    def test(kit: Kit) -> None:
        try:
            asyncio.run(bounded(kit))
        except ContractBrokenError:
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
    names = " or ".join(error.__name__ for error in errors)
    try:
        result = await awaitable
    except errors as error:
        return error
    except AssertionError:
        raise
    except Exception as error:
        foreign = f"{type(error).__module__}.{type(error).__qualname__}"
        raise AssertionError(f"{doing} raised {foreign} ({error}), not {names}") from error
    raise AssertionError(f"{doing} gave {result!r:.60} where {names} was due")


def check_entry_module(module: str, libraries: Iterable[str]) -> None:
    """Raise an AssertionError if importing `module`, in a fresh interpreter, loads a library."""
    code = f"import sys; sys.path[:] = {sys.path!r}; import {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"import {module} failed: {done.stderr.strip()[-300:]}"
    loaded = sorted(set(libraries) & set(done.stdout.split()))
    assert not loaded, f"importing {module} loads {', '.join(loaded)}"
