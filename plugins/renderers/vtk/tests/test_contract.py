"""VTK keeps the renderer contract."""

from collab_kernel.testing import RendererContract
from collab_renderer_vtk import collab_renderers


class TestVtk(RendererContract):
    [spec] = collab_renderers()
    timed = (("sources", "TimeSource"), {"XAmplitude": 1.0})
    lasting = (("sources", "RTAnalyticSource"), {"WholeExtent": (-60, 60, -60, 60, -60, 60)})
    saves = "vtp"
    picks = True
    describes = True
    lists_rows = True
    entry_module = "collab_renderer_vtk"
    libraries = ("vtkmodules", "numpy", "simplejpeg")
