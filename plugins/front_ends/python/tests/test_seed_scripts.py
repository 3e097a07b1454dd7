"""The two scripts of ParaView's page on collaboration run as they stand, but for the imports."""

import pytest

from collab import plugin
from collab_kernel.errors import MultiServerError
from collab_kernel.spi import ClientOptions

COLLABORATION = """
from collab.simple import *
from collab.collaboration import *
processServerEvents()
"""

TWO_SERVERS = """
from collab.simple import *
from collab import servermanager
localConnection = servermanager.ActiveConnection
localSphere = Sphere()
localClip = Clip()
Show()
Render()
ResetCamera()
# enableMultiServer()
remoteConnection = Connect("localhost")
remoteSphere = Sphere()
remoteView = CreateRenderView()
Show()
Render()
SetActiveConnection(localConnection, globals())
SetActiveConnection(remoteConnection, globals())
Disconnect(globals())
Disconnect(globals())
Connect()
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    def start(text, port=0, **options):
        if port:  # what "localhost" alone means
            monkeypatch.setattr("collab.connecting.DEFAULT_PORT", port)
        script = tmp_path / "script.py"
        script.write_text(text)
        (spec,) = plugin.collab_front_ends()
        return spec.client(ClientOptions(script=str(script), **options))

    return start


def test_the_collaborating_script_runs(run, serve):
    assert run(COLLABORATION) == 0
    served = serve()
    served.peer("Ann")
    assert run(COLLABORATION, urls=(served.url,)) == 0


def test_the_script_with_two_servers_runs(run, serve, capfd):
    served = serve(renderer="vtk")
    watcher = served.peer("Ann")
    assert run(TWO_SERVERS, served.port, multi_servers=True) == 1, "a slave can't make a sphere"
    assert "NotMasterError" in capfd.readouterr().err
    watcher.run(watcher.session.close())
    assert run(TWO_SERVERS, served.port, multi_servers=True) == 0, capfd.readouterr()
    assert capfd.readouterr() == ("", "")
    state = served.state()
    made = [row.name for row in state.proxies.values() if row.group in ("sources", "filters")]
    assert made == ["Sphere1"]
    assert len([row for row in state.proxies.values() if row.group == "views"]) == 2


def test_the_script_says_that_it_may(run, serve):
    text = TWO_SERVERS.replace("# enableMultiServer()", "enableMultiServer()")
    assert run(text, serve(renderer="vtk").port) == 0


def test_without_the_flag_the_built_in_session_is_gone(run, serve, capfd):
    assert run(TWO_SERVERS, serve(renderer="vtk").port) == 1
    assert MultiServerError.__name__ in capfd.readouterr().err
