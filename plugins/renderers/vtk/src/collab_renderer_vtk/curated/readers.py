"""Readers: data from files, one reader for each format."""

from __future__ import annotations

from collab_renderer_vtk.curated.vocabulary import CuratedType, FilePath
from collab_renderer_vtk.references import References, names_nothing, xml_file_attributes

_SERIES = "File Names"
"""ParaView calls the property FileNames where its reader takes series too: scripts may do so
(labels are names there); ours takes one file, by the name that it has for every reader."""


def _reader(
    type: str,
    label: str,
    vtk: str,
    extension: str,
    holds: str,
    references: References,
    path_label: str = "File Name",
) -> CuratedType:
    path = FilePath(label=path_label, extensions=(extension,), references=references)
    return CuratedType(
        "sources",
        type,
        label,
        vtk,
        documentation=f"Reads {holds} from a .{extension} file.",
        properties=(path,),
    )


READERS = (
    _reader(
        "XMLUnstructuredGridReader",
        "XML Unstructured Grid Reader",
        "vtkIOXML.vtkXMLUnstructuredGridReader",
        "vtu",
        "an unstructured grid",
        names_nothing,
    ),
    _reader(
        "XMLImageDataReader",
        "XML Image Data Reader",
        "vtkIOXML.vtkXMLImageDataReader",
        "vti",
        "a regular grid",
        names_nothing,
    ),
    _reader(
        "XMLPolyDataReader",
        "XML PolyData Reader",
        "vtkIOXML.vtkXMLPolyDataReader",
        "vtp",
        "points, lines and polygons",
        names_nothing,
    ),
    _reader(
        "XMLStructuredGridReader",
        "XML Structured Grid Reader",
        "vtkIOXML.vtkXMLStructuredGridReader",
        "vts",
        "a curvilinear grid",
        names_nothing,
    ),
    _reader(
        "XMLRectilinearGridReader",
        "XML Rectilinear Grid Reader",
        "vtkIOXML.vtkXMLRectilinearGridReader",
        "vtr",
        "a rectilinear grid",
        names_nothing,
    ),
    _reader(
        "XMLMultiBlockDataReader",
        "XML MultiBlock Data Reader",
        "vtkIOXML.vtkXMLMultiBlockDataReader",
        "vtm",
        "a tree of data sets, each in a file of its own,",
        xml_file_attributes,
    ),
    _reader(
        "LegacyVTKFileReader",
        "Legacy VTK Reader",
        "vtkIOLegacy.vtkGenericDataObjectReader",
        "vtk",
        "data of any kind",
        names_nothing,
        _SERIES,
    ),
    _reader(
        "stlreader",
        "STL Reader",
        "vtkIOGeometry.vtkSTLReader",
        "stl",
        "triangles",
        names_nothing,
        _SERIES,
    ),
    _reader(
        "PLYReader",
        "PLY Reader",
        "vtkIOPLY.vtkPLYReader",
        "ply",
        "polygons",
        names_nothing,
        _SERIES,
    ),
    _reader(
        "objreader",
        "Wavefront OBJ Reader",
        "vtkIOGeometry.vtkOBJReader",
        "obj",
        "polygons",
        names_nothing,
    ),
)
