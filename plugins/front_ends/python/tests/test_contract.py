"""The Python front end keeps the front end contract."""

from collab_kernel.testing import FrontEndContract


class TestPython(FrontEndContract):
    entry_module = "collab.plugin"
