"""What lies beneath: connections and proxy managers."""

import sys

import pytest

from collab import servermanager, simple
from collab.servermanager import ProxyManager, SessionProxyManager
from collab_kernel.errors import NoRendererError

pytestmark = pytest.mark.usefixtures("builtin_without_renderer")


def test_reading_the_active_connection_makes_the_built_in_session():
    assert servermanager.Connections == []
    connection = servermanager.ActiveConnection
    assert servermanager.Connections == [connection]
    assert servermanager.ActiveConnection is connection
    with pytest.raises(AttributeError):
        _ = servermanager.Nothing


def test_there_is_one_proxy_manager_and_one_more_for_each_connection(serve):
    simple.enableMultiServer()
    manager = ProxyManager()
    assert ProxyManager() is manager
    local = servermanager.ActiveConnection
    sphere = simple.Sphere()
    remote = simple.Connect(serve().url)
    assert manager.GetActiveSession() is remote
    assert manager.GetProxy("sources", "Sphere1") is None
    assert manager.GetSessionProxyManager(local).GetProxy("sources", "Sphere1") == sphere
    assert manager.GetSessionProxyManagers() == [
        SessionProxyManager(local),
        SessionProxyManager(remote),
    ]
    manager.SetActiveSession(local)
    assert manager.GetActiveSessionProxyManager() == SessionProxyManager(local)
    assert manager.GetProxy("sources", "Sphere1") == sphere


def test_proxies_are_found_by_group_and_name():
    manager = SessionProxyManager()
    assert manager.GetSession() is servermanager.ActiveConnection
    sphere = manager.NewProxy("sources", "SphereSource", Radius=2)
    shrink = manager.NewProxy("filters", "ShrinkFilter", "Small", Input=sphere)
    assert shrink.Input == sphere
    assert simple.GetActiveSource() is None
    assert manager.NewProxy("filters", "ShrinkFilter").Input is None
    assert manager.GetProxiesInGroup("sources") == {("Sphere1", str(sphere.id)): sphere}
    assert manager.GetNumberOfProxies("filters") == 2
    assert manager.GetProxyName(shrink) == "Small"
    assert manager.IsProxyInGroup(shrink, "filters")
    assert "SphereSource" in manager.GetProxyTypes("sources")
    manager.UnRegisterProxy(shrink)
    assert manager.GetProxy("filters", "Small") is None


def test_fetching_needs_a_renderer():
    with pytest.raises(NoRendererError, match="renderer"):
        servermanager.Fetch(simple.Sphere())


def test_fetch_gives_what_vtk_users_expect(serve):
    simple.Connect(serve(renderer="vtk").url)
    wavelet = servermanager.Fetch(simple.Wavelet())
    assert wavelet.IsA("vtkImageData")
    assert wavelet.GetPointData().GetArray("RTData").GetNumberOfTuples() == 9261
    assert servermanager.Fetch(simple.Sphere()).IsA("vtkDataSet")


def test_without_vtk_fetch_says_what_does_without(monkeypatch, serve):
    simple.Connect(serve(renderer="vtk").url)
    sphere = simple.Sphere()
    monkeypatch.setitem(sys.modules, "vtkmodules.vtkCommonDataModel", None)
    with pytest.raises(ImportError, match="FetchData"):
        servermanager.Fetch(sphere)
    assert len(simple.FetchData(sphere).points) == 50
