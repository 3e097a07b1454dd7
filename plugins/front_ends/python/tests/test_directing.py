"""Working together over a real wire: the right, the door, moderation, pointers, pins, the log."""

import asyncio

import pytest

from collab import collaboration, simple
from collab.collaboration import (
    BringEveryone,
    CancelWork,
    Chat,
    DeclineRequest,
    DisableFurtherConnections,
    FollowMaster,
    FollowUser,
    GetDisableFurtherConnections,
    GetFollowedUser,
    GetLockedBy,
    GetLog,
    GetMuted,
    GetPins,
    GetPointers,
    GetProgress,
    GetRequests,
    GetUserId,
    GetUsers,
    GoToPin,
    GrantMaster,
    IsMaster,
    Lock,
    MuteUser,
    Pin,
    Point,
    RemovePin,
    RemoveUser,
    RequestMaster,
    SetConnectID,
    SetUserColour,
    ShowIdle,
    ShowTyping,
    Unlock,
    WithdrawRequest,
    processServerEvents,
)
from collab.simple import Connect, GetActiveView, SetActiveSource, Show, Sphere
from collab_kernel.client import Camera
from collab_kernel.errors import (
    NotAllowedError,
    NotMasterError,
    RemovedError,
    SessionLockedError,
    UnknownParticipantError,
    UnknownPinError,
    WrongConnectIdError,
)

SOON_S = 20.0


@pytest.fixture
def served(serve):
    return serve()


async def until_shown(session, holds):
    """Return when what others show is as it should be."""
    news = session.presence()
    async with asyncio.timeout(SOON_S):
        while not holds():
            await anext(news)


def sees(peer, holds):
    peer.run(until_shown(peer.session, holds))


# -- the right -------------------------------------------------------------------------------


def test_the_right_is_asked_for_and_granted(served):
    ann = served.peer("Ann")
    connection = Connect(served.url, name="Bob")
    RequestMaster()
    assert [user.name for user in GetRequests()] == ["Bob"]
    WithdrawRequest()
    assert GetRequests() == ()
    RequestMaster()
    ann.reaches(connection.session.revision)
    revision = ann.run(ann.session.grant())
    connection.run(connection.session.reached(revision))
    processServerEvents()
    assert IsMaster()
    ann.run(ann.session.request_master())
    processServerEvents()
    DeclineRequest(GetUsers()[0])
    assert GetRequests() == ()
    with pytest.raises(UnknownParticipantError, match="does not ask"):
        GrantMaster()
    ann.run(ann.session.request_master())
    processServerEvents()
    GrantMaster(GetRequests()[0])
    assert not IsMaster()


# -- the door --------------------------------------------------------------------------------


def test_further_connections_can_be_disabled(served):
    Connect(served.url, name="Ann")
    DisableFurtherConnections()
    assert (GetDisableFurtherConnections(), GetLockedBy()) == (True, "Ann")
    with pytest.raises(SessionLockedError, match="Ann"):
        served.peer("Bob")
    DisableFurtherConnections(False)
    assert not GetDisableFurtherConnections()
    served.peer("Bob")
    Lock()
    Unlock()
    served.peer("Cyd")


def test_a_connect_id_is_asked_for_and_given(served):
    Connect(served.url, name="Ann")
    SetConnectID(42)
    with pytest.raises(WrongConnectIdError):
        served.peer("Bob")
    simple.Disconnect()
    for wrong in ("", 41):
        with pytest.raises(WrongConnectIdError):
            Connect(served.url, name="Bob", connect_id=wrong)
    Connect(served.url, name="Bob", connect_id=42)
    assert IsMaster()


def test_who_is_removed_learns_it_from_the_next_call(served):
    ann = served.peer("Ann")
    Connect(served.url, name="Bob")
    ann.run(ann.session.catch_up())
    ann.run(ann.session.remove(GetUserId(), "the lecture is over"))
    with pytest.raises(Exception, match="Ann removed you from the session: the lecture is over"):
        Chat("hello?")


def test_users_are_removed_and_muted_by_who_steers(served):
    Connect(served.url, name="Ann")
    bob, cyd = served.peer("Bob"), served.peer("Cyd")
    processServerEvents()
    _, second, third = GetUsers()
    MuteUser(second, pointers=False)
    assert (GetMuted(second).chat, GetMuted(second).pointers, GetMuted().chat) == (
        True,
        False,
        False,
    )
    with pytest.raises(NotAllowedError, match="muted"):
        bob.run(bob.session.chat("hello?"))
    MuteUser(second, chat=False, pointers=False)
    MuteUser(None)
    with pytest.raises(NotAllowedError):
        cyd.run(cyd.session.chat("hello?"))
    Chat("quiet, please")
    MuteUser(None, False, False)
    RemoveUser(third, "bye")
    assert [user.name for user in GetUsers()] == ["Ann", "Bob"]
    with pytest.raises(RemovedError, match="bye"):
        cyd.reaches(10_000)


# -- what one shows --------------------------------------------------------------------------


def test_colours_and_states_are_shown_to_others(served):
    connection = Connect(served.url, name="Ann")
    bob = served.peer("Bob")
    SetUserColour("#ABCDEF")
    ShowIdle()
    ShowTyping()
    sees(bob, lambda: bob.session.participants[0].idle and bob.session.participants[0].typing)
    bob.reaches(connection.session.revision)
    assert bob.session.participants[0].colour == "#abcdef"
    ShowIdle(False)
    ShowTyping(False)
    sees(bob, lambda: not (bob.session.participants[0].idle or bob.session.participants[0].typing))


def test_everyone_is_brought_to_where_one_looks_and_stays_free(served):
    Connect(served.url, name="Ann")
    bob = served.peer("Bob")
    bob.run(bob.session.follow(None))
    simple.GetActiveCamera().SetPosition(1, 2, 3)
    BringEveryone()
    sees(bob, lambda: bob.session.views[0].camera.position == (1.0, 2.0, 3.0))
    assert bob.session.me.following is None


def test_the_active_source_is_shown_and_that_of_the_master_is_mirrored(served):
    ann = served.peer("Ann")
    theirs = ann.run(ann.session.create("sources", "SphereSource"))
    connection = Connect(served.url, name="Bob")
    assert simple.GetActiveSource() is None

    async def activate():
        ann.session.active_source = theirs

    ann.run(activate())
    connection.run(until_shown(connection.session, lambda: connection.session.active_source))
    assert simple.GetActiveSource().id == theirs.id
    FollowUser(None)
    assert simple.GetActiveSource() is None
    FollowMaster()
    assert simple.GetActiveSource().id == theirs.id


def test_a_script_keeps_the_source_that_it_made_active_and_the_others_see_it(served):
    ann = served.peer("Ann")
    first, second = (
        ann.run(ann.session.create("sources", "SphereSource", name=name)) for name in ("A", "B")
    )
    connection = Connect(served.url, name="Bob")

    async def activate():
        ann.session.active_source = first

    ann.run(activate())
    connection.run(until_shown(connection.session, lambda: connection.session.active_source))
    SetActiveSource(simple.FindSource("B"))
    assert simple.GetActiveSource().id == second.id
    ann.run(ann.session.promote(connection.session.id))
    sees(ann, lambda: ann.session.active_source and ann.session.active_source.id == second.id)
    processServerEvents()
    SetActiveSource(None)
    assert simple.GetActiveSource() is None
    sees(ann, lambda: ann.session.active_source is None)


def test_what_a_script_makes_is_what_its_followers_work_at(served):
    connection = Connect(served.url, name="Ann")
    bob = served.peer("Bob")
    sphere = Sphere()
    view = simple.CreateRenderView()
    bob.reaches(connection.session.revision)
    sees(bob, lambda: bob.session.active_source and bob.session.active_view)
    assert bob.session.active_source.id == sphere.id
    assert bob.session.active_view.id == view.id
    simple.Delete(sphere)
    assert simple.GetActiveSource() is None


# -- pointers and pins -----------------------------------------------------------------------


def test_pointing_is_seen_at_once_and_by_whom(served):
    ann = served.peer("Ann")
    Connect(served.url, name="Bob")
    Point((0.25, 0.5), (1.0, 2.0, 3.0), "a crack")
    sees(ann, lambda: ann.session.pointers)
    [pointer] = ann.session.pointers
    assert (pointer.participant, pointer.at, pointer.place, pointer.text) == (
        GetUserId(),
        (0.25, 0.5),
        (1.0, 2.0, 3.0),
        "a crack",
    )
    assert GetPointers() == GetPointers(GetActiveView()) == (pointer,)
    Point()
    sees(ann, lambda: not ann.session.pointers)
    with pytest.raises(TypeError):
        Point((0.5, 0.5, 0.5))


def test_the_renderer_says_what_is_under_a_pointer(serve):
    served = serve(renderer="vtk")
    ann = served.peer("Ann")
    sphere = ann.run(ann.session.create("sources", "SphereSource", Radius=1.0))
    ann.run(ann.session.show(sphere))
    Connect(served.url, name="Bob")
    simple.Render()
    Point((0.5, 0.5))
    sees(ann, lambda: ann.session.pointers)
    [pointer] = ann.session.pointers
    assert pointer.place == pytest.approx((0.0, 0.0, 1.0), abs=0.1)
    Point((0.01, 0.01))
    sees(ann, lambda: ann.session.pointers[0].place is None)


def test_pins_are_left_found_gone_to_and_removed(served):
    ann = served.peer("Ann")
    connection = Connect(served.url, name="Bob")
    camera = simple.GetActiveCamera()
    camera.SetPosition(4, 5, 6)
    number = Pin("look here", [1, 2, 3])
    [pin] = GetPins()
    assert (pin.number, pin.text, pin.author_name) == (number, "look here", "Bob")
    assert pin.camera == Camera(position=(4.0, 5.0, 6.0), focal_point=camera.GetFocalPoint())
    FollowMaster()
    GoToPin(pin)
    assert camera.GetPosition() == (4.0, 5.0, 6.0)
    assert GetFollowedUser() is None
    theirs = ann.run(ann.session.pin("mine", (0, 0, 0), ann.session.views[0]))
    processServerEvents()
    with pytest.raises(NotMasterError):
        RemovePin(theirs)
    RemovePin(pin)
    assert [left.text for left in GetPins()] == ["mine"]
    with pytest.raises(UnknownPinError):
        GoToPin(number)
    assert connection.session.looking.camera(GetActiveView().id).position == (4.0, 5.0, 6.0)


# -- what happened ---------------------------------------------------------------------------


def test_the_log_says_who_did_what(served):
    ann = served.peer("Ann")
    connection = Connect(served.url, name="Bob")
    ann.run(ann.session.chat("hello"))
    before = connection.session.revision
    log = GetLog()
    assert [entry.label for entry in log][-3:] == ["Ann joined", "Bob joined", "Chat"]
    assert connection.session.revision == before, "looking at the log moves nothing"
    assert [entry.author_name for entry in GetLog(most=1)] == ["Ann"]
    assert GetLog(after=log[-1].revision) == ()


def test_work_is_cancelled_by_who_may(serve):
    served = serve(renderer="vtk")
    ann = served.peer("Ann")
    Connect(served.url, name="Bob")
    assert GetProgress() == ()
    with pytest.raises(NotMasterError, match="cancel"):
        CancelWork()
    ann.run(ann.session.promote(GetUserId()))
    processServerEvents()
    Show(Sphere())
    CancelWork()
    CancelWork(simple.GetActiveSource())


def test_every_function_has_a_name_with_underscores_and_says_what_it_does():
    words = [name for name in collaboration.__all__ if not name.islower()]
    assert {"FollowUser", "SetConnectID", "processServerEvents"} <= set(words)
    assert "set_connect_id" in collaboration.__all__
    for name in collaboration.__all__:
        assert (getattr(collaboration, name).__doc__ or "").strip(), name
