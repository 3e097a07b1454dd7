"""The graphics libraries that VTK looks for when it first draws, and what to do without them."""

from __future__ import annotations

import ctypes

from collab_kernel.errors import RendererError

DEBIAN_PACKAGES = "libgl1 libegl1 libxrender1"
"""What a bare Debian or Ubuntu lacks for drawing without a display."""

_LAST_RESORT = "vtkOSOpenGLRenderWindow"
"""The window that VTK takes when it finds neither a display nor EGL. It needs OSMesa, and ends
the process where that is missing too."""

_OSMESA = ("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so")


def check_graphics() -> None:
    """Raise RendererError, naming the packages, where VTK could not draw."""
    if _chosen_window() == _LAST_RESORT and not any(map(_loads, _OSMESA)):
        raise missing("it finds neither EGL nor OSMesa, which draw without a display")


def missing(reason: str) -> RendererError:
    """The error for libraries that can't be loaded."""
    return RendererError(
        f"VTK cannot be used on this machine: {reason}. On Debian and Ubuntu install the "
        f"graphics libraries: apt-get install {DEBIAN_PACKAGES}"
    )


def _chosen_window() -> str:
    """The class of the windows that VTK makes on this machine."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  the windows register themselves
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    return str(vtkRenderWindow().GetClassName())


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
