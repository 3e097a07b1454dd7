"""The front end `web` keeps the contract, as far as it has a page and no command of its own."""

import pytest

from collab_front_end_web import collab_front_ends
from collab_kernel.errors import BrokenPluginError
from collab_kernel.testing import FrontEndContract


def is_built() -> bool:
    [spec] = collab_front_ends()
    assert spec.files is not None
    try:
        return (spec.files() / "index.html").is_file()
    except BrokenPluginError:
        return False


@pytest.mark.skipif(not is_built(), reason="the page is not built: node 20.19 or later does it")
class TestWeb(FrontEndContract):
    entry_module = "collab_front_end_web"
