"""A trame application that shows a file, the way trame's own examples do: the peer that
`first_picture.py` measures beside Collab. Run by a Python that has trame, not by Collab's.

    python bench/trame_view.py FILE
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  the classes that draw register themselves
from trame.app import get_server
from trame.ui.vuetify3 import SinglePageLayout
from trame.widgets import vtk, vuetify3
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkDataSetMapper,
    vtkRenderer,
    vtkRenderWindow,
)


def reader_of(path: Path) -> Any:
    """Only what this kind of file needs is imported."""
    if path.suffix == ".vtk":
        from vtkmodules.vtkIOLegacy import vtkDataSetReader

        return vtkDataSetReader(file_name=str(path))
    from vtkmodules import vtkIOXML

    kinds = {".vtu": "UnstructuredGrid", ".vtp": "PolyData", ".vti": "ImageData"}
    return getattr(vtkIOXML, f"vtkXML{kinds[path.suffix]}Reader")(file_name=str(path))


def window_of(path: Path) -> Any:
    """The data, coloured by their first point array."""
    reader = reader_of(path)
    reader.Update()
    mapper: Any = vtkDataSetMapper(input_connection=reader.output_port)
    array = reader.GetOutput().GetPointData().GetArray(0)
    if array is not None:
        mapper.SetScalarModeToUsePointFieldData()
        mapper.SelectColorArray(array.GetName())
        mapper.SetScalarRange(array.GetRange())
    renderer: Any = vtkRenderer()
    renderer.AddActor(vtkActor(mapper=mapper))
    renderer.ResetCamera()
    window = vtkRenderWindow(off_screen_rendering=True)
    window.AddRenderer(renderer)
    return window


def main() -> None:
    window = window_of(Path(sys.argv.pop(1)))
    server = get_server()
    with (
        SinglePageLayout(server) as layout,
        layout.content,
        vuetify3.VContainer(fluid=True, classes="pa-0 fill-height"),
    ):
        vtk.VtkRemoteView(window)
    server.start(port=0, open_browser=False)


if __name__ == "__main__":
    main()
