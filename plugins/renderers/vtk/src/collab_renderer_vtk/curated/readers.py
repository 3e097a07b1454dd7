"""Readers: data from files, one reader for each format."""

from __future__ import annotations

from collab_renderer_vtk.curated.vocabulary import CuratedType, FilePath

_SERIES = FilePath(label="File Names")
"""ParaView calls the property FileNames where its reader takes series too: scripts may do so
(labels are names there); ours takes one file, by the name that it has for every reader."""


def _reader(
    type: str, label: str, vtk: str, extension: str, holds: str, path: FilePath | None = None
) -> CuratedType:
    return CuratedType(
        "sources",
        type,
        label,
        vtk,
        documentation=f"Reads {holds} from a .{extension} file.",
        properties=(path or FilePath(),),
        extensions=(extension,),
    )


READERS = (
    _reader(
        "XMLUnstructuredGridReader",
        "XML Unstructured Grid Reader",
        "vtkIOXML.vtkXMLUnstructuredGridReader",
        "vtu",
        "an unstructured grid",
    ),
    _reader(
        "XMLImageDataReader",
        "XML Image Data Reader",
        "vtkIOXML.vtkXMLImageDataReader",
        "vti",
        "a regular grid",
    ),
    _reader(
        "XMLPolyDataReader",
        "XML PolyData Reader",
        "vtkIOXML.vtkXMLPolyDataReader",
        "vtp",
        "points, lines and polygons",
    ),
    _reader(
        "XMLStructuredGridReader",
        "XML Structured Grid Reader",
        "vtkIOXML.vtkXMLStructuredGridReader",
        "vts",
        "a curvilinear grid",
    ),
    _reader(
        "XMLRectilinearGridReader",
        "XML Rectilinear Grid Reader",
        "vtkIOXML.vtkXMLRectilinearGridReader",
        "vtr",
        "a rectilinear grid",
    ),
    _reader(
        "XMLMultiBlockDataReader",
        "XML MultiBlock Data Reader",
        "vtkIOXML.vtkXMLMultiBlockDataReader",
        "vtm",
        "a tree of data sets, each in a file of its own,",
    ),
    _reader(
        "LegacyVTKFileReader",
        "Legacy VTK Reader",
        "vtkIOLegacy.vtkGenericDataObjectReader",
        "vtk",
        "data of any kind",
        _SERIES,
    ),
    _reader("stlreader", "STL Reader", "vtkIOGeometry.vtkSTLReader", "stl", "triangles", _SERIES),
    _reader("PLYReader", "PLY Reader", "vtkIOPLY.vtkPLYReader", "ply", "polygons", _SERIES),
    _reader("objreader", "Wavefront OBJ Reader", "vtkIOGeometry.vtkOBJReader", "obj", "polygons"),
)
