"""Implicit functions: negative on one side, positive on the other; what clips and slices."""

from __future__ import annotations

from collab_kernel.spi import (
    BoundsDomain,
    Kind,
)
from collab_renderer_vtk.curated.vocabulary import (
    BOX_WIDGET,
    PLANE_WIDGET,
    SPHERE_WIDGET,
    Attribute,
    CuratedType,
    handle_widget,
    plain,
    vector,
)

PLANE = ("implicit_functions", "Plane")
BOX = ("implicit_functions", "Box")
SPHERE = ("implicit_functions", "Sphere")
CYLINDER = ("implicit_functions", "Cylinder")
SCALAR = ("implicit_functions", "Scalar")

_CENTER = (BoundsDomain("center"),)
_EXTENT = (BoundsDomain("extent"),)

IMPLICIT_FUNCTIONS = (
    CuratedType(
        *PLANE,
        "Plane",
        "vtkCommonDataModel.vtkPlane",
        documentation="A plane through a point; the side that its normal points to is positive.",
        output_ports=0,
        properties=(
            Attribute("Origin", advice=_CENTER),
            Attribute("Normal", default=(1.0, 0.0, 0.0)),
            Attribute("Offset"),
        ),
        widgets=PLANE_WIDGET,
    ),
    CuratedType(
        *SPHERE,
        "Sphere",
        "vtkCommonDataModel.vtkSphere",
        documentation="A ball; its inside is negative.",
        output_ports=0,
        properties=(
            Attribute("Center", advice=_CENTER),
            Attribute("Radius", default=(1.0,), minimum=0, advice=_EXTENT),
        ),
        widgets=SPHERE_WIDGET,
    ),
    CuratedType(
        *BOX,
        "Box",
        "vtkCommonDataModel.vtkBox",
        documentation="A box given by a corner, its rotation and its lengths; inside is negative.",
        output_ports=0,
        properties=(
            plain(
                "Position",
                Kind.DOUBLE,
                0.0,
                0.0,
                0.0,
                documentation="The corner with the smallest coordinates, before rotation.",
                domains=(BoundsDomain("range"),),
            ),
            vector("Rotation", 0, 0, 0, documentation="Degrees about x, y and z."),
            plain(
                "Length",
                Kind.DOUBLE,
                1.0,
                1.0,
                1.0,
                documentation="Lengths of the edges.",
                domains=_EXTENT,
            ),
        ),
        widgets=BOX_WIDGET,
    ),
    CuratedType(
        *CYLINDER,
        "Cylinder",
        "vtkCommonDataModel.vtkCylinder",
        documentation="A cylinder without ends; its inside is negative.",
        output_ports=0,
        properties=(
            Attribute("Center", advice=_CENTER),
            Attribute("Axis"),
            Attribute("Radius", minimum=0, advice=_EXTENT),
        ),
        widgets=handle_widget("Center"),
    ),
    CuratedType(
        *SCALAR,
        "Scalar",
        documentation="No shape: the chosen array and value are what divides.",
        output_ports=0,
    ),
)
