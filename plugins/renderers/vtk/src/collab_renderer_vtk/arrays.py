"""Which array an (association, name) means."""

from __future__ import annotations

from collab_kernel.spi import ArrayInformation, DataInformation
from collab_renderer_vtk.stage_error import StageError

ASSOCIATIONS = {"POINTS": 0, "CELLS": 1}
"""VTK's numbers (vtkDataObject::FIELD_ASSOCIATION_POINTS ...)."""

_NOUNS = {"POINTS": "point", "CELLS": "cell"}


def check_association(association: str, name: str, associations: tuple[str, ...]) -> None:
    """Raise StageError, naming `associations`, for any other, or for none where a name is given."""
    if association not in associations and (association or name):
        allowed = " or ".join(associations)
        raise StageError(f"{association!r} is no association it works on: {allowed}")


def choose(
    data: DataInformation,
    association: str,
    name: str,
    associations: tuple[str, ...],
    components: int = 0,
) -> ArrayInformation:
    """The array that is meant, or with an empty name the first numeric one that fits.

    Raises StageError that says which there are.
    """
    offered = [
        a for a in data.arrays if a.association in associations and a.minimum and a.components
    ]
    fitting = [a for a in offered if components in (0, a.components)]
    check_association(association, name, associations)
    if not name:
        fitting.sort(key=lambda a: a.association != association)
        if fitting:
            return fitting[0]
        raise StageError(f"its input has no {_wanted(components, associations)}; {_known(offered)}")
    for array in offered:
        if (array.association, array.name) == (association, name):
            if components not in (0, 1, array.components):
                raise StageError(
                    f"the array {name!r} has {array.components} components: {components} are needed"
                )
            return array
    noun = _NOUNS[association]
    raise StageError(f"its input has no {noun} array {name!r}; {_known(offered)}")


def _wanted(components: int, associations: tuple[str, ...]) -> str:
    what = {0: "array", 1: "array of single numbers", 3: "array of vectors"}[components]
    return f"{' or '.join(_NOUNS[a] for a in associations)} {what}"


def _known(arrays: list[ArrayInformation]) -> str:
    names = [f"{a.name} ({_NOUNS.get(a.association, a.association)})" for a in arrays]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"there are: {', '.join(names[:8])}{more}" if names else "it has no numeric arrays"
