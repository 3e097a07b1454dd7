"""Sources and filters that are written in Python: for servers that allow code."""

from __future__ import annotations

from collab_kernel.spi import Kind
from collab_renderer_vtk.curated.vocabulary import (
    CuratedType,
    InputPort,
    Plain,
    choice,
    plain,
    switch,
)

SAME_AS_INPUT = 8
"""VTK_DATA_SET, as ParaView has it."""

_OUTPUTS = (
    (0, "vtkPolyData"),
    (2, "vtkStructuredGrid"),
    (3, "vtkRectilinearGrid"),
    (4, "vtkUnstructuredGrid"),
    (6, "vtkImageData"),
    (13, "vtkMultiblockDataSet"),
    (19, "vtkTable"),
)


def _text(name: str, label: str, documentation: str, advanced: bool = False) -> Plain:
    return plain(name, Kind.STRING, "", label=label, documentation=documentation, advanced=advanced)


_SCRIPT = _text("Script", "Script", "Python that makes the output; `self`, `inputs` and `output`.")
_PARAMETERS = plain(
    "Parameters",
    Kind.STRING,
    elements=0,
    documentation="Names and expressions in turns: variables of the scripts.",
    advanced=True,
)
_PYTHON_PATH = _text("PythonPath", "Python Path", "Folders of modules, separated by ';'.", True)

PROGRAMMABLE = (
    CuratedType(
        "sources",
        "ProgrammableSource",
        "Programmable Source",
        "vtkFiltersPython.vtkPythonAlgorithm",
        documentation="Data that a Python script makes.",
        properties=(
            choice("OutputDataSetType", 0, _OUTPUTS, "What the output is."),
            _SCRIPT,
            _text(
                "InformationScript",
                "Script (RequestInformation)",
                "Python that says what there will be: a grid's extent, time steps.",
                True,
            ),
            _PARAMETERS,
            _PYTHON_PATH,
        ),
        runs_code=True,
    ),
    CuratedType(
        "filters",
        "ProgrammableFilter",
        "Programmable Filter",
        "vtkFiltersPython.vtkPythonAlgorithm",
        documentation="Data that a Python script makes from other data.",
        properties=(
            InputPort(several=True),
            choice(
                "OutputDataSetType",
                SAME_AS_INPUT,
                ((SAME_AS_INPUT, "Same as Input"), *_OUTPUTS),
                "What the output is.",
            ),
            _SCRIPT,
            _text(
                "InformationScript",
                "RequestInformation Script",
                "Python that says what there will be: a grid's extent, time steps.",
                True,
            ),
            _text(
                "UpdateExtentScript",
                "RequestUpdateExtent Script",
                "Python that says what is needed of the input.",
                True,
            ),
            switch("CopyArrays", False, "The first input's arrays are there before the script."),
            _PARAMETERS,
            _PYTHON_PATH,
        ),
        runs_code=True,
    ),
)
