"""Expressions over the arrays of data, such as `(RTData > 150) & (id < 100)`.

ParaView hands them to Python. Here they come from whoever may change the session, which is not
leave to run code: this is a small language of its own that looks the same.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from collab_renderer_vtk.bridge import Array, to_numpy
from collab_renderer_vtk.stage_error import StageError

MAX_CHARACTERS = 1000

Number: TypeAlias = Any
"""An array with one row a point or cell, or a single number of NumPy's."""

_OPERATORS: dict[type[ast.AST], Callable[..., Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.And: operator.and_,
    ast.Or: operator.or_,
    ast.Invert: operator.invert,
    ast.Not: np.logical_not,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _magnitude(vectors: Number) -> Number:
    return np.sqrt((np.asarray(vectors, float) ** 2).sum(axis=-1))


_FUNCTIONS: dict[str, Callable[[Number], Number]] = {
    "abs": np.abs,
    "isnan": np.isnan,
    "mag": _magnitude,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "sqrt": np.sqrt,
}

ALLOWED = (
    "use the names of arrays, id, numbers, comparisons, + - * / % **, & | ^ ~, components as in "
    f"V[:,0], and {', '.join(_FUNCTIONS)}"
)


class QueryString:
    """One expression, read. Raises StageError for what is none."""

    def __init__(self, text: str) -> None:
        self._text = text
        if not text.strip():
            raise StageError("QueryString is empty")
        if len(text) > MAX_CHARACTERS:
            raise StageError(f"QueryString has more than {MAX_CHARACTERS} characters")
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else type(error).__name__
            raise self._wrong(f"is no expression ({reason})") from None

    def mask(self, data: Any, *, points: bool) -> Array:
        """Which points or cells of a data set it is true for. Raises StageError."""
        count = data.GetNumberOfPoints() if points else data.GetNumberOfCells()
        variables = _Variables(data.GetPointData() if points else data.GetCellData(), count)
        try:
            with np.errstate(all="ignore"):
                found = np.asarray(self._value(self._tree, variables))
        except StageError:
            raise
        except (ArithmeticError, IndexError, RecursionError, TypeError, ValueError) as error:
            raise self._wrong(f"can't be worked out: {error}") from None
        if found.dtype != bool or found.shape not in ((), (count,)):
            raise self._wrong("is not true or false for each point or cell: compare something")
        return np.broadcast_to(found, (count,))

    def _wrong(self, what: str) -> StageError:
        return StageError(f"QueryString: {self._text[:80]!r} {what}; {ALLOWED}")

    def _value(self, node: ast.expr, variables: _Variables) -> Number:
        def value(inner: ast.expr) -> Number:
            return self._value(inner, variables)

        match node:
            case ast.Constant(value=bool(constant)):
                return np.bool_(constant)
            case ast.Constant(value=int(constant)):
                return np.int64(constant)
            case ast.Constant(value=float(constant)):
                return np.float64(constant)
            case ast.Name(id=name):
                return variables.named(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](value(left), value(right))
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](value(operand))
            case ast.BoolOp(op=op, values=[first, *others]):
                found = value(first)
                for other in others:
                    found = _OPERATORS[type(op)](found, value(other))
                return found
            case ast.Compare(left=left, ops=ops, comparators=others):
                found = np.bool_(True)
                sides = [value(side) for side in (left, *others)]
                for i, comparison in enumerate(ops):
                    if type(comparison) not in _OPERATORS:
                        raise self._wrong(f"has {ast.unparse(node)[:80]}")
                    found = found & _OPERATORS[type(comparison)](sides[i], sides[i + 1])
                return found
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if (
                name in _FUNCTIONS
            ):
                return _FUNCTIONS[name](value(argument))
            case ast.Subscript(
                value=array,
                slice=ast.Tuple(
                    elts=[ast.Slice(lower=None, upper=None, step=None), ast.Constant(value=int(i))]
                ),
            ):
                return value(array)[:, i]
            case _:
                raise self._wrong(f"has {ast.unparse(node)[:80]}")


class _Variables:
    """The arrays of points or cells by name: what is no letter, digit or _ left out."""

    def __init__(self, fields: Any, count: int) -> None:
        self._count = count
        self._arrays: dict[str, Any] = {}
        for i in range(fields.GetNumberOfArrays()):
            array = fields.GetArray(i)  # None for texts
            if array is not None and array.GetName():
                self._arrays.setdefault(re.sub(r"\W", "", array.GetName()), array)

    def named(self, name: str) -> Number:
        if name in self._arrays:
            return to_numpy(self._arrays[name])
        if name == "id":
            return np.arange(self._count)
        raise StageError(
            f"QueryString: its input has no array {name!r}; there are: "
            f"{', '.join(sorted(self._arrays)) or 'none'}, and id"
        )
