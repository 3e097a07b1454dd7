"""The script that rebuilds a session's pipeline, as a person would have written it."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from collab import defaults
from collab.construction import INPUT, SELECTION
from collab.constructors import names as constructor_names
from collab.vocabulary import attribute, squeezed, vocabulary
from collab_kernel.client import ProxyDefinition, showing
from collab_kernel.desk import builtin_catalogue
from collab_kernel.errors import CollabError, InvalidValueError
from collab_kernel.spi import (
    ArrayDomain,
    BoundsDomain,
    EnumerationDomain,
    Input,
    Kind,
    LinkKind,
    LinkRow,
    PropertyDefinition,
    ProxyId,
    Scope,
    State,
    Table,
    Value,
)

MAX_LINE_CHARACTERS = 100

SHOWN = (showing.REPRESENTATION, showing.CHART_REPRESENTATION)
MAPS = {
    showing.LOOKUP_TABLE: "GetColorTransferFunction",
    showing.OPACITY_FUNCTION: "GetOpacityTransferFunction",
}
REPRESENTATIONS = "Representations"
MODE = "InteractionMode"

ADVISED = {
    "ContourValues", "LowerThreshold", "UpperThreshold", "Value",
}  # fmt: skip
"""What a constructor chooses by the range of the data: see `defaults`."""

ON, OFF = Value(Kind.BOOL, (True,)), Value(Kind.BOOL, (False,))

Whole = Callable[[Value], Value]
"""A large value with its elements."""


def script(state: State, whole: Whole, title: str = "") -> str:
    """A script for collab.simple that makes what `state` has, in a session that has nothing.

    Of proxies, only what differs from the defaults is said. Selections are left out. Raises
    InvalidValueError for what no script can name.
    """
    return "\n".join(_Script(state, whole, title).lines()) + "\n"


class _Script:
    def __init__(self, state: State, whole: Whole, title: str) -> None:
        self._state = state
        self._whole = whole
        self._title = title
        self._words: dict[ProxyId, str] = {}
        self._taken = {*keyword.kwlist, *dir(builtins), "new"}
        self._registered: set[tuple[str, str]] = set()
        self._views = {  # by what they show
            shown: view for view in showing.views(state) for shown in self._references(view)
        }
        self._constructors = _constructors()

    def lines(self) -> Iterator[str]:
        body = [line for id in self._in_order() for line in self._made(id)]
        body += [line for id in self._roots() for line in self._noted(id)]
        body += [line for name, row in self._table(Table.LINKS) for line in self._link(name, row)]
        for view in showing.views(self._state):
            body += self._look(view)
        if self._state.time.time:
            body.append(f"GetAnimationScene().AnimationTime = {self._state.time.time!r}")
        if self._title:
            yield f"# {self._title}"
        yield "from collab.simple import *"
        if any("SessionProxyManager()" in line for line in body):
            yield "from collab.servermanager import SessionProxyManager"
        yield ""
        yield from body
        if self._table(Table.SELECTIONS):
            yield "# What is selected is not part of a script: a state file has it."

    def _table(self, table: Table) -> list[tuple[Any, Any]]:
        return sorted(self._state.table(table).items())

    # -- in which order --------------------------------------------------------------------

    def _roots(self) -> list[ProxyId]:
        return [id for id, row in sorted(self._state.proxies.items()) if not row.owner]

    def _in_order(self) -> Iterator[ProxyId]:
        """Views, then everything else behind what it needs, the oldest first."""
        todo = sorted(self._roots(), key=lambda id: (self._state.proxy(id).group != "views", id))
        done: set[ProxyId] = set()
        while todo:
            id = next(id for id in todo if done.issuperset(self._needs(id)))
            todo.remove(id)
            done.add(id)
            yield id

    def _needs(self, id: ProxyId) -> set[ProxyId]:
        """The registered proxies that have to be there before."""
        needed = {self._root(reference) for reference in self._named_by(id)} - {id}
        view = self._views.get(id)
        if view is not None:
            shown = self._references(view)
            needed |= {view, *shown[: shown.index(id)]}
        return needed

    def _named_by(self, id: ProxyId) -> Iterator[ProxyId]:
        is_view = self._state.proxy(id).group == "views"
        for name, value in self._state.values(id):
            if not (is_view and name == REPRESENTATIONS):
                for reference in value.references:
                    yield reference
                    if self._state.proxy(reference).owner == id:
                        yield from self._named_by(reference)

    def _root(self, id: ProxyId) -> ProxyId:
        while owner := self._state.proxy(id).owner:
            id = owner
        return id

    def _references(self, view: ProxyId) -> list[ProxyId]:
        value = self._state.value(view, REPRESENTATIONS)
        return list(value.references) if value else []

    # -- what a proxy takes ----------------------------------------------------------------

    def _made(self, id: ProxyId) -> Iterator[str]:
        """The lines that make a proxy, and its sub-proxies what they are."""
        row, definition = self._state.proxy(id), self._state.definition(id)
        key, word = definition.key, self._word(id, row.name)
        given = dict(self._given(id, definition, self._comes_with(id)))
        names = [repr(row.name)]
        if row.group == "views":
            given.pop(MODE, None)
            find = f"{word} = FindView({row.name!r}) or "
            named = {"registrationName": repr(row.name)}
            yield from _call(find, "CreateView", [repr(row.type)], named)
            yield from (f"{word}.{name} = {text}" for name, text in given.items())
        elif key in MAPS:
            yield from _call(f"{word} = ", MAPS[key], names, given)
        elif self._is_shown(id):
            source = self._state.value(id, INPUT)
            assert source is not None
            given.pop(INPUT, None)
            view = self._words[self._views[id]]
            shown = [self._reference(source.elements[0]), view]
            yield from _call(f"{word} = ", "Show", shown, given)
            yield from self._renamed(id, definition)
        elif self._is_bar(id):
            table = given.pop("LookupTable")
            view = self._words[self._views[id]]
            yield f"{word} = GetScalarBar({table}, {view})"
            yield from (f"{word}.{name} = {text}" for name, text in given.items())
            yield from self._renamed(id, definition)
        elif self._constructors.get(key):
            named = {"registrationName": repr(row.name)}
            yield from _call(f"{word} = ", self._constructors[key], [], named | given)
        else:
            new = "SessionProxyManager().NewProxy"
            yield from _call(f"{word} = ", new, [repr(row.group), repr(row.type), *names], given)
            if id in self._views:
                yield f"{self._words[self._views[id]]}.{REPRESENTATIONS}.append({word})"
        yield from self._sub_proxies(id, word)
        yield ""

    def _comes_with(self, id: ProxyId) -> dict[str, Value] | None:
        """What it has by whatever makes it, other than its type's defaults; None where that goes
        by the data."""
        if self._is_shown(id):
            return {"Visibility": ON}
        if self._is_bar(id):
            return {"Visibility": OFF, "Title": Value(Kind.STRING, (self._explained(id),))}
        row = self._state.proxy(id)
        return {} if row.group == "views" or (row.group, row.type) in MAPS else None

    def _is_shown(self, id: ProxyId) -> bool:
        """Whether `Show` makes it: of an only input, by its first port, in a view."""
        if self._state.definition(id).key not in SHOWN:
            return False
        source = self._state.value(id, INPUT)
        ports = source.elements if source else ()
        first = len(ports) == 1 and isinstance(ports[0], Input) and ports[0].port == 0
        return first and id in self._views

    def _is_bar(self, id: ProxyId) -> bool:
        """Whether `GetScalarBar` makes it: of a colour map, in a view."""
        is_bar = self._state.definition(id).key == showing.SCALAR_BAR
        return is_bar and bool(self._explained(id)) and id in self._views

    def _explained(self, id: ProxyId) -> str:
        """The name of the colour map that a scalar bar explains; "": of none."""
        table = self._state.value(id, "LookupTable")
        return self._state.proxy(table.references[0]).name if table and table.references else ""

    def _renamed(self, id: ProxyId, definition: ProxyDefinition) -> Iterator[str]:
        """What calls it as it was called, if it comes under another name."""
        stem = (definition.label or definition.type).replace(" ", "")
        number = 1
        while (definition.group, f"{stem}{number}") in self._registered:
            number += 1
        name = self._state.proxy(id).name
        self._registered.add((definition.group, name))
        if name != f"{stem}{number}":
            yield f"RenameProxy({self._words[id]}, {name!r})"

    def _sub_proxies(self, id: ProxyId, word: str) -> Iterator[str]:
        """What its sub-proxies have that is not the default."""
        for property, value in self._properties(id):
            for index, inner in enumerate(value.references):
                if self._state.proxy(inner).owner != id or inner in self._words:
                    continue
                place = f"{word}.{_attribute(self._state.definition(id), property)}"
                place += "" if property.number_of_elements == 1 else f"[{index}]"
                self._words[inner] = place
                for name, text in self._given(inner, self._state.definition(inner)):
                    yield f"{place}.{name} = {text}"
                yield from self._sub_proxies(inner, place)

    def _properties(self, id: ProxyId) -> Iterator[tuple[PropertyDefinition, Value]]:
        definition = self._state.definition(id)
        for name, value in self._state.values(id):
            yield definition.property(name), value

    def _given(
        self, id: ProxyId, definition: ProxyDefinition, implied: dict[str, Value] | None = None
    ) -> Iterator[tuple[str, str]]:
        """The shared properties that have to be said, and what. implied: see `_comes_with`."""
        for property, value in self._properties(id):
            is_own = property.scope is Scope.OWN
            if is_own or (definition.group == "views" and property.name == REPRESENTATIONS):
                continue
            default: Value | None = (implied or {}).get(property.name, property.default)
            if implied is None and _is_advised(property):
                default = None
            text = self._text(id, property, value, default)
            if text:
                yield _attribute(definition, property), text

    def _text(
        self, id: ProxyId, property: PropertyDefinition, value: Value, default: Value | None
    ) -> str:
        """A value as Python has it; "" where nothing has to be said."""
        state = self._state
        own = [r for r in value.references if state.proxy(r).owner == id]
        if own:
            row = state.proxy(own[0])
            if len(own) > 1 or (row.group, row.type) == property.sub_proxy:
                return ""
            return repr(squeezed(state.definition(own[0]).label) or row.type)
        if value == default and property.name not in (INPUT, SELECTION):
            return ""
        elements = self._whole(value).elements if value.blob else value.elements
        texts = [self._element(property, element) for element in elements]
        if property.number_of_elements == 1:
            return texts[0] if texts else "None"
        return f"[{', '.join(texts)}]"

    def _element(self, property: PropertyDefinition, element: Any) -> str:
        if property.kind in (Kind.PROXY, Kind.INPUT):
            return self._reference(element)
        for domain in property.domains:
            if isinstance(domain, EnumerationDomain) and property.kind is Kind.INT:
                element = dict(domain.entries).get(element, element)
        if element in (float("inf"), float("-inf")) and isinstance(element, float):
            return f"float({str(element)!r})"
        return repr(element)

    def _reference(self, element: Any) -> str:
        id, port = (element.proxy, element.port) if isinstance(element, Input) else (element, 0)
        return self._words[id] + (f"[{port}]" if port else "")

    # -- beside proxies --------------------------------------------------------------------

    def _noted(self, id: ProxyId) -> Iterator[str]:
        for (proxy, key), text in self._table(Table.ANNOTATIONS):
            if self._root(proxy) == id and proxy in self._words:
                yield f"{self._words[proxy]}.SetAnnotation({key!r}, {text!r})"

    def _link(self, name: str, row: LinkRow) -> Iterator[str]:
        """A link of more than two ends is one for each of the others with the first."""
        first, *others = row.ends
        for number, other in enumerate(others, 1):
            called = repr(name if number == 1 else f"{name} ({number})")
            one, two = self._words[first.proxy], self._words[other.proxy]
            if row.kind is LinkKind.PROPERTY:
                ends = [one, repr(first.property), two, repr(other.property)]
                yield f"AddPropertyLink({', '.join(ends)}, {called})"
            elif row.kind is LinkKind.VIEW:
                yield f"AddRenderViewLink({one}, {two}, {called}, linkCameras=True)"
            else:
                kind = "Camera" if row.kind is LinkKind.CAMERA else "Proxy"
                yield f"Add{kind}Link({one}, {two}, {called})"

    def _look(self, view: ProxyId) -> Iterator[str]:
        """How one looks at first."""
        definition, word = self._state.definition(view), self._words[view]
        for property, value in self._properties(view):
            if property.name == MODE and self._references(view):  # `Show` may have chosen another
                yield f"{word}.{_attribute(definition, property)} = " + self._element(
                    property, value.elements[0]
                )
            elif property.scope is Scope.OWN and value != property.default:
                yield f"{word}.{_attribute(definition, property)} = " + self._text(
                    view, property, value, property.default
                )

    def _word(self, id: ProxyId, name: str) -> str:
        """A variable for a proxy, after its registered name."""
        word = re.sub(r"\W", "", name)
        word = word[:1].lower() + word[1:]
        if not word.isidentifier():
            word = f"proxy{word}"
        wanted, number = word, 2
        while wanted in self._taken:
            wanted, number = f"{word}_{number}", number + 1
        self._taken.add(wanted)
        self._words[id] = wanted
        return wanted


def _attribute(definition: ProxyDefinition, property: PropertyDefinition) -> str:
    """The name of a property that is its alone. Raises InvalidValueError for one that Python can't
    have: a server says what its types are called, and a script is run by whoever asked for it."""
    word = attribute(property)
    name = word if vocabulary(definition)[word] is property else property.name
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InvalidValueError(
            f"there is no script with {definition.type}: its property {name!r:.80} is no name that "
            "Python can have; a state file has it"
        )
    return name


def _is_advised(property: PropertyDefinition) -> bool:
    """Whether who makes a proxy chooses a value by the data, unless one is given."""
    if property.name in defaults.UNASKED:
        return False
    by_data = any(isinstance(d, ArrayDomain | BoundsDomain) for d in property.domains)
    return by_data or property.name in ADVISED


def _constructors() -> dict[tuple[str, str], str]:
    """What makes each type that a built-in session offers."""
    try:
        definitions = builtin_catalogue().definitions
    except CollabError:
        return {}
    return {key: word for word, key in constructor_names(definitions.values()).items()}


def _call(before: str, function: str, first: Iterable[str], named: dict[str, str]) -> Iterator[str]:
    """A call on one line, or with one argument on each."""
    arguments = [*first, *(f"{name}={text}" for name, text in named.items())]
    line = f"{before}{function}({', '.join(arguments)})"
    if len(line) <= MAX_LINE_CHARACTERS:
        yield line
        return
    yield f"{before}{function}("
    yield from (f"    {argument}," for argument in arguments)
    yield ")"
