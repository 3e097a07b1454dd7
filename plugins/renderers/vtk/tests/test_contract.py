"""VTK keeps the renderer contract."""

from collab_kernel.testing import RendererContract
from collab_renderer_vtk import collab_renderers


class TestVtk(RendererContract):
    [spec] = collab_renderers()
    entry_module = "collab_renderer_vtk"
    libraries = ("vtkmodules", "numpy", "simplejpeg")
