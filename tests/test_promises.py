"""What docs/semantics.md promises of the plugins together, and no other test says by itself."""

import pytest

from collab_kernel.core.definitions import Catalogue
from collab_kernel.plugins import load

GROUPS = {
    "animation", "extended_sources", "filters", "implicit_functions", "lookup_tables", "misc",
    "piecewise_functions", "representations", "sources", "views",
}  # fmt: skip
"""Of ParaView's server manager, those that hold something here."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load().renderer("vtk").definitions()


@pytest.mark.parametrize(
    ("group", "type", "property"),
    [
        ("sources", "SphereSource", "ThetaResolution"),
        ("sources", "RTAnalyticSource", "WholeExtent"),  # Wavelet, in its menus
        ("sources", "XMLUnstructuredGridReader", "FileName"),
        ("filters", "Contour", "ContourValues"),  # Isosurfaces
        ("filters", "Cut", "CutFunction"),  # Slice
        ("filters", "WarpVector", "SelectInputVectors"),
        ("implicit_functions", "Plane", "Normal"),
        ("representations", "GeometryRepresentation", "ColorArrayName"),
        ("lookup_tables", "PVLookupTable", "RGBPoints"),
        ("views", "RenderView", "CameraFocalPoint"),
        ("views", "XYChartView", "LeftAxisUseCustomRange"),
        ("views", "SpreadSheetView", "FieldAssociation"),
        ("animation", "KeyFrameAnimationCue", "AnimatedPropertyName"),
    ],
)
def test_groups_types_and_properties_have_paraviews_xml_names(
    catalogue: Catalogue, group: str, type: str, property: str
) -> None:
    assert catalogue.definition(group, type).has(property)
    assert {group for group, _ in catalogue.definitions} <= GROUPS
