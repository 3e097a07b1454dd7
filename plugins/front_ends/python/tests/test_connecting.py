"""Which servers a script works with, and what its names are then."""

import asyncio
import sys
from functools import partial

import pytest

from collab import collaboration, servermanager, simple
from collab.client import client
from collab.simple import (
    Connect,
    Disconnect,
    GetActiveConnection,
    GetSources,
    ReverseConnect,
    SetActiveConnection,
    enableMultiServer,
)
from collab_kernel.errors import (
    AddressError,
    ConnectionLostError,
    ForeignProxyError,
    MultiServerError,
    SessionFullError,
)

pytestmark = pytest.mark.usefixtures("builtin_without_renderer")


def test_the_first_use_makes_a_built_in_session():
    assert client.current is None
    simple.Sphere()
    assert GetActiveConnection().GetURI() == "builtin:"
    assert not GetActiveConnection().IsRemote()
    assert not GetActiveConnection().IsCollaborative()


def test_connect_without_an_address_opens_a_built_in_session():
    assert not Connect().IsRemote()
    simple.Sphere()
    again = Connect()
    assert GetSources() == {}, "it is a new one"
    assert servermanager.Connections == [again]


def test_the_first_server_replaces_the_built_in_session(serve):
    local = servermanager.ActiveConnection
    remote = Connect("127.0.0.1", serve().port)
    assert servermanager.Connections == [remote]
    assert remote.IsRemote()
    assert remote.IsCollaborative()
    with pytest.raises(MultiServerError, match="the connection to the built-in session was closed"):
        SetActiveConnection(local)


def test_a_url_is_accepted_in_place_of_a_host(serve):
    served = serve()
    assert Connect(served.url).GetURI() == served.url
    Disconnect()
    assert Connect(served.url.removeprefix("zmq://")).IsRemote()


def test_the_default_port_is_paraviews(serve, monkeypatch):
    monkeypatch.setattr("collab.connecting.DEFAULT_PORT", serve().port)
    assert Connect("localhost").IsRemote()
    Disconnect()
    with pytest.raises(AddressError, match="leave out"):
        Connect("zmq://localhost:1", 2)


def test_a_second_server_is_refused_and_the_text_says_what_allows_it(serve):
    first, second = serve(), serve()
    connection = Connect(first.url)
    for attempt in (lambda: Connect(second.url), Connect):
        with pytest.raises(MultiServerError, match=r"--multi-servers.*enableMultiServer\(\)"):
            attempt()
    assert servermanager.Connections == [connection]
    simple.Sphere()


def test_several_servers_at_once_each_with_its_own_proxies(serve):
    enableMultiServer()
    local = servermanager.ActiveConnection
    here = simple.Sphere(Radius=1)
    remote = Connect(serve().url)
    there = simple.Sphere(Radius=2)
    another = Connect(serve().url)
    assert servermanager.Connections == [local, remote, another]
    assert GetSources() == {}
    SetActiveConnection(remote)
    assert list(GetSources().values()) == [there]
    SetActiveConnection(local)
    assert list(GetSources().values()) == [here]
    there.Radius = 3
    assert (here.Radius, there.Radius) == (1, 3), "a proxy knows where it is"


def test_after_disconnecting_a_remaining_connection_is_active(serve):
    enableMultiServer()
    local = servermanager.ActiveConnection
    remote = Connect(serve().url)
    Disconnect()
    assert servermanager.Connections == [local]
    assert servermanager.ActiveConnection is local
    Disconnect()
    assert servermanager.Connections == []
    Disconnect()
    assert servermanager.ActiveConnection not in (local, remote)


def test_a_proxy_of_one_server_is_no_input_on_another(serve):
    enableMultiServer()
    sphere = simple.Sphere()
    there = Connect(serve().url)
    before = there.session.digest()
    with pytest.raises(ForeignProxyError, match="Sphere1"):
        simple.Shrink(Input=sphere)
    with pytest.raises(ForeignProxyError, match="Sphere1"):
        simple.Clip(Input=sphere)
    shrink = simple.Shrink(Input=None)
    with pytest.raises(ForeignProxyError, match="Sphere1"):
        shrink.Input = sphere
    simple.Delete(shrink)
    view = simple.GetActiveView()
    with pytest.raises(ForeignProxyError):
        simple.Show(sphere, view)
    there.advance()
    # Making and deleting the shrink left nothing but counters and definitions behind.
    assert GetSources() == {}
    assert before != there.session.digest()


def test_functions_take_what_is_of_the_active_server_only(serve):
    enableMultiServer()
    sphere = simple.Sphere(registrationName="Ball")
    view = simple.GetActiveView()
    there = Connect(serve().url)
    text = rf"Ball belongs to connection 1, the built-in session; .* 2, {there.GetURI()}"
    for use in (simple.SetActiveSource, simple.Show, simple.Hide, simple.Delete):
        with pytest.raises(ForeignProxyError, match=text):
            use(sphere)
    with pytest.raises(ForeignProxyError, match=text):
        simple.Delete([sphere])
    with pytest.raises(ForeignProxyError, match="RenderView1 belongs to"):
        simple.SetActiveView(view)
    assert simple.GetActiveSource() is None
    SetActiveConnection(sphere.connection)
    simple.Show(sphere)
    Disconnect()
    with pytest.raises(ForeignProxyError, match="the built-in session, which was closed"):
        simple.Show(sphere)


def test_after_the_server_is_gone_calls_say_so_and_attributes_can_still_be_read(serve):
    served = serve()
    url = Connect(served.url, reconnect_s=0).GetURI()
    sphere = simple.Sphere(Radius=2)
    display = simple.Show()
    served.run(served._server._stop())
    with pytest.raises(ConnectionLostError):
        collaboration.processServerEvents()
    for use in (
        GetSources,
        simple.GetActiveSource,
        simple.GetViews,
        simple.Sphere,
        collaboration.GetUsers,
        collaboration.GetChat,
        sphere.UpdatePipeline,
        lambda: simple.Hide(sphere),
        lambda: setattr(sphere, "Radius", 3),
        lambda: setattr(simple.GetActiveView(), "ViewSize", [10, 10]),
    ):
        with pytest.raises(ConnectionLostError, match=f"the connection to {url} has ended: "):
            use()
    assert (sphere.Radius, display.Visibility, sphere.name) == (2.0, 1, "Sphere1")
    assert GetActiveConnection().GetURI() == url


def test_names_stay_in_step_with_the_active_server(serve):
    ns = {"Sphere": simple.Sphere, "Clip": "the script's own", "Foreign": simple.Cone}
    ns["Foreign"].__class__  # noqa: B018
    served = serve()
    enableMultiServer()
    local = servermanager.ActiveConnection
    remote = Connect(served.url, ns=ns)
    assert ns["Clip"] == "the script's own"
    assert ns["Cone"] is not None
    ns["NoSuchType"] = simple.Constructor("NoSuchType")
    SetActiveConnection(local, ns)
    assert "NoSuchType" not in ns
    assert ns["Sphere"]().connection is local
    SetActiveConnection(remote, ns)
    assert ns["Sphere"]().connection is remote
    Disconnect(ns)
    Disconnect(ns)
    assert "Sphere" in ns, "a built-in session has it"


def test_a_full_server_says_which_flag_it_lacks(serve):
    served = serve(multi_clients=False)
    served.peer("Ann")
    with pytest.raises(SessionFullError, match="--multi-clients"):
        Connect(served.url)
    assert servermanager.Connections == []


def test_a_failed_connect_leaves_everything_as_it_was():
    sphere = simple.Sphere()
    with pytest.raises((ConnectionLostError, AddressError)):
        Connect("memory://nobody")
    assert sphere.Radius == 0.5


def test_a_lost_server_raises_and_does_not_stand_in_the_way(serve):
    served = serve()
    Connect(served.url, reconnect_s=0)
    served.run(served._server._stop())
    with pytest.raises(ConnectionLostError):
        simple.Sphere()
    assert GetActiveConnection().session.lost
    assert Connect(serve().url).IsRemote()


def test_what_comes_to_the_client_may_ask_for_a_connect_id(dial):
    coming = partial(dial, connect_id="4711")
    connection = ReverseConnect("zmq://127.0.0.1:0", connect_id=4711, listening=coming)
    assert connection.session.me.is_master


def test_a_server_can_come_to_the_client(serve, dial):
    ns = {}
    connection = ReverseConnect("zmq://127.0.0.1:0", ns, listening=dial)
    assert connection.IsRemote()
    assert ns["Sphere"]().connection is GetActiveConnection() is connection


@pytest.mark.parametrize("typing", [True, False])
def test_a_connection_that_breaks_is_made_again_and_a_shell_says_so(
    serve, capsys, monkeypatch, typing
):
    if typing:
        monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    else:
        monkeypatch.delattr(sys, "ps1", raising=False)
    url = Connect(serve().url).GetURI()
    sphere = simple.Sphere(Radius=2)
    session = GetActiveConnection().session
    client.worker.run(session._connection._link.channel.close())
    sphere.Radius = 3
    assert (sphere.Radius, session.connected) == (3.0, True)
    client.worker.run(asyncio.sleep(0))
    lines = capsys.readouterr().err.splitlines()
    assert (
        lines
        == [
            f"collab: the connection to {url} broke and is being made again",
            f"collab: the connection to {url} stands again",
        ]
        * typing
    )
