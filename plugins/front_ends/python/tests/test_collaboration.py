"""Working with others: one pinned state, people, the right, following, chat, undo."""

import pytest

from collab import collaboration, simple
from collab.collaboration import (
    Chat,
    FollowEveryone,
    FollowMaster,
    FollowUser,
    GetChat,
    GetFollowedUser,
    GetMasterId,
    GetUserId,
    GetUserLabel,
    GetUsers,
    IsMaster,
    PromoteToMaster,
    Redo,
    SetUserLabel,
    Undo,
    processServerEvents,
)
from collab.simple import Connect, Sphere
from collab_kernel.errors import (
    ConnectionLostError,
    NothingToUndoError,
    NotMasterError,
    UnknownParticipantError,
)


@pytest.fixture
def served(serve):
    return serve()


@pytest.fixture
def master(served):
    return served.peer("Ann")


def joined(served, master):
    """I, as a slave, and a sphere of the master's that I know."""
    sphere = master.run(master.session.create("sources", "SphereSource", Radius=1.0))
    connection = Connect(served.url, name="Bob")
    return connection, sphere


def test_the_script_sees_one_state_until_it_asks_for_the_newest(served, master):
    connection, sphere = joined(served, master)
    mine = simple.FindSource("Sphere1")
    for radius in (2.0, 3.0):
        revision = master.run(sphere.set(Radius=radius))
    connection.run(connection.session.reached(revision))
    assert mine.Radius == 1.0
    assert connection.session.revision < revision
    processServerEvents()
    assert mine.Radius == 3.0
    assert connection.session.revision >= revision


def test_an_own_change_moves_the_state_to_its_revision_and_no_further(served):
    connection = Connect(served.url, name="Ann")
    sphere = Sphere(Radius=1)
    bob = served.peer("Bob")
    bob.reaches(connection.session.revision)
    before = connection.session.revision
    assert [u.name for u in GetUsers()] == ["Ann"], "nobody has told the script of Bob"
    said = bob.run(bob.session.chat("before"))
    sphere.Radius = 2
    assert connection.session.revision == said + 1 > before
    assert [row.text for row in GetChat()] == ["before"]
    after = bob.run(bob.session.chat("after"))
    connection.run(connection.session.reached(after))
    assert [row.text for row in GetChat()] == ["before"]
    assert connection.session.revision == said + 1
    processServerEvents()
    assert [row.text for row in GetChat()] == ["before", "after"]


def test_a_change_that_changes_nothing_is_seen_too(served, master):
    connection, _ = joined(served, master)
    master.run(master.session.promote(connection.session.id))
    processServerEvents()
    sphere = simple.FindSource("Sphere1")
    master.run(master.session.chat("hello"))
    sphere.Radius = 1.0
    assert [row.text for row in GetChat()] == ["hello"]


def test_a_slaves_change_is_refused_and_names_the_master(served, master):
    connection, _ = joined(served, master)
    sphere = simple.FindSource("Sphere1")
    with pytest.raises(NotMasterError, match="Ann"):
        sphere.Radius = 5
    with pytest.raises(NotMasterError, match="Ann"):
        Sphere()
    assert sphere.Radius == 1.0
    assert connection.session.digest() == master.session.digest()


def test_users_and_their_names(served, master):
    connection, _ = joined(served, master)
    assert [u.name for u in GetUsers()] == ["Ann", "Bob"]
    assert (GetUserId(), GetUserId(0)) == (connection.session.id, master.session.id)
    assert (GetUserLabel(), GetUserLabel(master.session.id)) == ("Bob", "Ann")
    SetUserLabel("Robert")
    assert GetUserLabel() == "Robert"
    SetUserLabel(GetUserId(), "Bob")
    assert GetUserLabel(GetUsers()[1]) == "Bob"
    with pytest.raises(Exception, match="names themselves"):
        SetUserLabel(master.session.id, "Anna")
    with pytest.raises(UnknownParticipantError):
        GetUserLabel(99)
    assert collaboration.GetNumberOfUsers() == 2


def test_the_right_is_handed_over(served, master):
    connection, _ = joined(served, master)
    assert GetMasterId() == master.session.id
    assert IsMaster(master.session.id)
    assert not IsMaster()
    with pytest.raises(NotMasterError):
        PromoteToMaster(GetUserId())
    revision = master.run(master.session.promote(connection.session.id))
    assert not IsMaster(), "the script has not been told"
    connection.run(connection.session.reached(revision))
    processServerEvents()
    assert IsMaster()
    Sphere()
    PromoteToMaster(GetUsers()[0])
    assert not IsMaster()


def test_following(served, master):
    _, _ = joined(served, master)
    assert GetFollowedUser() == master.session.id
    FollowUser(None)
    assert GetFollowedUser() is None
    FollowMaster()
    assert GetFollowedUser() == master.session.id
    FollowUser(-1)
    assert GetFollowedUser() is None
    FollowUser(master.session.id)
    assert GetFollowedUser() == master.session.id
    with pytest.raises(NotMasterError):
        FollowEveryone(GetUserId())


def test_everyone_can_be_made_to_follow(served):
    connection = Connect(served.url, name="Ann")
    bob = served.peer("Bob")
    processServerEvents()
    FollowEveryone(bob.session.id)
    assert GetFollowedUser() == bob.session.id
    assert connection.session.me.following == bob.session.id


def test_turning_ones_camera_ends_the_following_and_nobody_elses(served, master):
    connection, _ = joined(served, master)
    view = master.session.views[0]

    async def look():
        from collab_kernel.client import Camera

        view.camera = Camera(position=(0, 0, 9))

    master.run(look())
    processServerEvents()
    camera = simple.GetActiveCamera()
    camera.SetPosition(1, 2, 3)
    assert GetFollowedUser() is None
    assert camera.GetPosition() == (1.0, 2.0, 3.0)
    assert simple.GetActiveView().CameraPosition == [1.0, 2.0, 3.0]
    master.reaches(connection.session.revision)
    assert master.session.looking.camera(view.id).position == (0.0, 0.0, 9.0)


def test_own_values_of_a_view_are_nobody_elses(served, master):
    _, _ = joined(served, master)
    view = simple.GetActiveView()
    digest = view.connection.session.digest()
    view.ViewSize = [400, 300]
    assert view.ViewSize == [400, 300]
    assert view.connection.session.digest() == digest
    with pytest.raises(Exception, match="ViewSize"):
        view.ViewSize = [0, 0]
    with pytest.raises(NotMasterError):
        view.Background = [0, 0, 0]


def test_chat_is_kept(served, master):
    joined(served, master)
    Chat("hello")
    collaboration.SendChat("there")
    assert [(row.author_name, row.text) for row in GetChat()] == [
        ("Bob", "hello"),
        ("Bob", "there"),
    ]


def test_undo_and_redo(served):
    Connect(served.url)
    sphere = Sphere(Radius=1)
    sphere.Radius = 2
    Undo()
    assert sphere.Radius == 1.0
    Redo()
    assert sphere.Radius == 2.0
    Undo()
    Undo()
    assert simple.GetSources() == {}
    assert simple.GetActiveSource() is None
    with pytest.raises(NothingToUndoError):
        Undo(mine=True)
    assert [row.label for row in collaboration.GetHistory()]


def test_names_with_underscores_are_the_same():
    assert collaboration.process_server_events is processServerEvents
    assert collaboration.get_users is GetUsers
    assert collaboration.promote_to_master is PromoteToMaster
    assert collaboration.rename is SetUserLabel
    functions = {getattr(collaboration, name) for name in collaboration.__all__}
    snakes = {getattr(collaboration, name) for name in collaboration.__all__ if name.islower()}
    assert functions == snakes, "every function has such a name"


def test_the_history_says_who_did_what_and_when(served):
    Connect(served.url, name="Ann")
    Sphere(registrationName="Ball").Radius = 2
    *_, made, changed = collaboration.get_history()
    assert (made.author_name, made.label) == ("Ann", "Create Ball")
    assert (changed.author, changed.label) == (GetUserId(), "Change Ball")
    assert made.time_s <= changed.time_s


def test_events_of_all_servers_are_processed(serve):
    simple.enableMultiServer()
    ones = [serve(), serve()]
    connections = [Connect(served.url) for served in ones]
    peers = [served.peer("Ann") for served in ones]
    for peer in peers:
        peer.run(peer.session.chat("hello"))
    processServerEvents()
    assert [len(c.session.chat_history) for c in connections] == [1, 1]


def test_a_lost_server_is_noticed(served):
    Connect(served.url, reconnect_s=0)
    served.run(served._server._stop())
    with pytest.raises(ConnectionLostError):
        processServerEvents()
