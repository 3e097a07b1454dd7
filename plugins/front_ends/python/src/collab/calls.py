"""What every call of a script has in common: it says what it takes, and it fails briefly."""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from types import FunctionType, NoneType, UnionType
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar, Union, get_args, get_origin

from collab_kernel.errors import CollabError, InvalidValueError

if TYPE_CHECKING:
    from collab.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type)

SPECIAL = frozenset(
    """__init__ __call__ __enter__ __exit__ __getitem__ __setitem__ __delitem__
    __setattr__""".split()
)
"""Methods that are calls of a script, though their names begin with a line."""

WORDS: dict[Any, str] = {
    str: "a text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    NoneType: "None",
}


class WrongTypeError(InvalidValueError, TypeError):
    """A call got something of a type that it does not take; nothing was done."""

    code = "refused.invalid_value.type"


class Handle(ABC):
    """What a script holds of a server. It may be gone there, and it may be of another one."""

    connection: Connection
    found_by: ClassVar[str] = "FindSource"
    """What finds one by its name."""

    @property
    @abstractmethod
    def title(self) -> str:
        """How texts call it, also when it is gone."""

    @abstractmethod
    def check_exists(self) -> None:
        """Raises UnknownProxyError if it was deleted."""


def _exists(handle: Handle) -> None:
    handle.check_exists()


def public(function: Callable[P, T], check: Callable[[Handle], None] = _exists) -> Callable[P, T]:
    """`function` as scripts call it.

    Arguments have to be of the types that it is annotated with (WrongTypeError), and what is
    held of a server has to pass `check`. A CollabError comes without the frames behind it.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            for handle in _checked(function, args, kwargs):
                check(handle)
            return function(*args, **kwargs)
        except CollabError as error:
            failure = error.with_traceback(None)
        raise failure

    return call


def public_methods(cls: C) -> C:
    """Make all methods that scripts call public ones, and the setting of attributes."""
    for name, member in list(vars(cls).items()):
        called = name in SPECIAL or not (name.startswith("_") or name in vars(Handle))
        if called and isinstance(member, FunctionType):
            setattr(cls, name, public(member))
        elif called and isinstance(member, property) and isinstance(member.fset, FunctionType):
            setattr(cls, name, member.setter(public(member.fset)))
    return cls


# -- what a call takes ---------------------------------------------------------------------


@functools.cache
def _takes(function: Callable[..., Any]) -> tuple[inspect.Signature, Mapping[str, Any]]:
    """The signature, and the types of the parameters: read when first called, not on import."""
    signature = inspect.signature(function)
    names = getattr(function, "__globals__", {})
    return signature, {n: _resolved(p.annotation, names) for n, p in signature.parameters.items()}


def _resolved(annotation: Any, names: dict[str, Any]) -> Any:
    """A type; Any for none, and for one that only type checkers import."""
    if annotation is inspect.Parameter.empty:
        return Any
    try:
        return eval(annotation, names) if isinstance(annotation, str) else annotation
    except NameError:
        return Any


def _checked(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterator[Handle]:
    """Check the types of the arguments; the handles among them. Raises WrongTypeError."""
    signature, kinds = _takes(function)
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return  # Python says it better, in the call itself
    for name, value in bound.items():
        if name == "self":
            yield from [] if function.__name__ == "__init__" else _handles(value)
            continue
        kind = signature.parameters[name].kind
        one_by_one: Iterable[Any] = [value]
        if kind is inspect.Parameter.VAR_POSITIONAL:
            one_by_one = value
        elif kind is inspect.Parameter.VAR_KEYWORD:
            one_by_one = value.values()
        for one in one_by_one:
            if not fits(one, kinds[name]):
                raise WrongTypeError(
                    f"{_name(function, args)}() takes {phrase(kinds[name])} as {name!r}, "
                    f"not {one!r:.60} ({type(one).__name__}){_hint(one, kinds[name])}"
                )
            yield from _handles(one)


def _handles(value: Any) -> Iterator[Handle]:
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, list | tuple):
        yield from (element for element in value if isinstance(element, Handle))


def _name(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """What a script calls; of a method with a special name, the object or its class."""
    if function.__name__ in SPECIAL:
        return str(getattr(args[0], "__name__", type(args[0]).__name__))
    return function.__name__


def fits(value: Any, kind: Any) -> bool:
    """Whether `value` can be passed where the annotation says `kind`; NumPy's numbers can."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in inner)
    if origin is tuple and Ellipsis not in inner:
        alike = isinstance(value, tuple) and len(value) == len(inner)
        return alike and all(map(fits, value, inner))
    if origin is not None:
        if not isinstance(value, origin):
            return False
        return not issubclass(origin, Sequence) or all(fits(e, inner[0]) for e in value)
    if kind is float:
        return isinstance(value, Real)
    if kind is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if kind is bool:
        return isinstance(value, Integral) or type(value).__name__ in ("bool", "bool_")
    return value is None if kind is None else isinstance(value, kind)


def phrase(kind: Any) -> str:
    """A type, as a text calls it."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        *most, last = dict.fromkeys(map(phrase, inner))
        return f"{', '.join(most)} or {last}" if most else last
    if origin is not None and issubclass(origin, Sequence):
        return f"a list of {' or '.join(map(_plural, get_args(inner[0]) or inner[:1]))}"
    kind = origin or kind
    return WORDS.get(kind, f"a {kind.__name__.lower()}")


def _plural(kind: Any) -> str:
    noun = phrase(kind).removeprefix("a ")
    return f"{noun.removesuffix('y')}{'ies' if noun.endswith('y') else 's'}"


def _hint(value: Any, kind: Any) -> str:
    """What finds by its name what was given by its name."""
    kinds = get_args(kind) or (kind,)
    finders = [k.found_by for k in kinds if isinstance(k, type) and issubclass(k, Handle)]
    if not finders or not isinstance(value, str):
        return ""
    return f": {finders[0]}({value!r:.60}) finds one by name"
