"""Readers: data from files, one reader for each format."""

from __future__ import annotations

from collab_renderer_vtk.curated.vocabulary import CuratedType, FilePath
from collab_renderer_vtk.references import References, names_nothing, xml_file_attributes


def _reader(
    type: str,
    label: str,
    vtk: str,
    extension: str,
    holds: str,
    references: References,
    path: str = "FileName",
    several: bool = True,
) -> CuratedType:
    """path: ParaView's name of the property, which differs."""
    return CuratedType(
        "sources",
        type,
        label,
        vtk,
        documentation=f"Reads {holds} from a .{extension} file.",
        properties=(
            FilePath(
                path,
                "File Names" if path == "FileNames" else "File Name",
                extensions=(extension,),
                references=references,
                several=several,
            ),
        ),
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
        path="FileNames",
    ),
    _reader(
        "stlreader",
        "STL Reader",
        "vtkIOGeometry.vtkSTLReader",
        "stl",
        "triangles",
        names_nothing,
        path="FileNames",
    ),
    _reader(
        "PLYReader",
        "PLY Reader",
        "vtkIOPLY.vtkPLYReader",
        "ply",
        "polygons",
        names_nothing,
        path="FileNames",
    ),
    _reader(
        "objreader",
        "Wavefront OBJ Reader",
        "vtkIOGeometry.vtkOBJReader",
        "obj",
        "polygons",
        names_nothing,
        several=False,
    ),
    _reader(
        "PVDReader",
        "PVD Reader",
        "",
        "pvd",
        "the time steps of a collection, each in files of its own,",
        xml_file_attributes,
        several=False,
    ),
)
