"""Proposals from a script: it works as always, and the master decides."""

import contextlib

import pytest

from collab import simple
from collab.collaboration import (
    AcceptProposal,
    DeclineProposal,
    GetProposals,
    Propose,
    Proposing,
    Undo,
    processServerEvents,
)
from collab.simple import Clip, Connect, Contour, FindSource, GetActiveSource, Show, Sphere, Wavelet
from collab_kernel.errors import (
    ConnectionLostError,
    InvalidCommandError,
    InvalidValueError,
    NoRendererError,
    NotMasterError,
    ProposalOutdatedError,
    UnknownProposalError,
)


@pytest.fixture
def served(serve):
    return serve()


@pytest.fixture
def master(served):
    peer = served.peer("Ann")
    peer.run(peer.session.create("sources", "SphereSource", name="Ball"))
    return peer


def accepted(master, number):
    """The master accepts, and the script is told."""
    master.reaches(number)
    master.run(master.session.accept(number))
    processServerEvents()


def test_what_a_slaves_script_does_becomes_one_proposal(served, master):
    connection = Connect(served.url, name="Bob")
    ball = FindSource("Ball")
    before = connection.session.digest()
    with Proposing("a clipped ball") as proposal:
        clip = Clip(Input=ball, registrationName="Half")
        clip.ClipType.Normal = [0, 0, 1]
        ball.Radius = 2
        display = Show(clip, Opacity=0.5)
        assert (ball.Radius, clip.ClipType.Normal, display.Opacity) == (2.0, [0, 0, 1], 0.5)
        assert GetActiveSource() == clip
        assert master.session.digest() == before
    assert ball.Radius == 0.5
    assert FindSource("Half") is None
    assert "deleted" in repr(clip)
    [waiting] = GetProposals()
    assert (waiting.number, waiting.text) == (proposal.number, "a clipped ball")
    accepted(master, proposal.number)
    assert GetProposals() == ()
    assert (ball.Radius, clip.ClipType.Normal, display.Opacity) == (2.0, [0, 0, 1], 0.5)
    assert FindSource("Half") == clip
    with pytest.raises(NotMasterError):
        Undo(mine=True)
    master.run(master.session.undo())
    processServerEvents()
    assert FindSource("Half") is None


def test_one_change_is_proposed_in_a_line(served, master):
    Connect(served.url, name="Bob")
    ball = FindSource("Ball")
    number = Propose("finer", ball, ThetaResolution=64, PhiResolution=64)
    assert ball.ThetaResolution == 8
    assert GetProposals()[0].summary == "Set ThetaResolution, PhiResolution of Ball"
    accepted(master, number)
    assert (ball.ThetaResolution, ball.PhiResolution) == (64, 64)


def test_nothing_is_proposed_when_the_block_raises(served, master):
    Connect(served.url, name="Bob")
    ball = FindSource("Ball")
    simple.SetActiveSource(ball)
    with contextlib.suppress(InvalidValueError), Proposing():
        Sphere()
        ball.Radius = -1
        pytest.fail("that is no radius")
    assert GetProposals() == ()
    assert simple.GetActiveSource() == ball
    with pytest.raises(NotMasterError):
        ball.Radius = 2
    with pytest.raises(InvalidCommandError, match="nothing"), Proposing():
        pass


def test_proposals_are_accepted_and_declined_by_who_steers(served):
    Connect(served.url, name="Ann")
    ball = Sphere(registrationName="Ball")
    bob = served.peer("Bob")
    session = bob.session
    numbers = []

    async def propose(radius):
        async with session.draft() as draft:
            await session.proxies[ball.id].set(Radius=radius)
        numbers.append(draft.number)

    for radius in (2, 3):
        bob.run(propose(radius))
    processServerEvents()
    AcceptProposal(GetProposals()[0])
    assert ball.Radius == 2.0
    assert GetProposals()[0].outdated
    with pytest.raises(ProposalOutdatedError, match="Radius of Ball was changed, by Bob"):
        AcceptProposal(numbers[1])
    AcceptProposal(numbers[1], anyway=True)
    assert ball.Radius == 3.0
    bob.run(propose(4))
    processServerEvents()
    DeclineProposal(GetProposals()[0])
    assert GetProposals() == ()
    with pytest.raises(UnknownProposalError):
        DeclineProposal(numbers[2])


def test_a_proposal_is_taken_back_by_its_author(served, master):
    Connect(served.url, name="Bob")
    number = Propose("smaller", FindSource("Ball"), Radius=0.1)
    DeclineProposal(number)
    assert GetProposals() == ()


def test_what_is_only_proposed_has_no_data_and_no_picture(serve, tmp_path):
    served = serve(renderer="vtk")
    served.peer("Ann")
    Connect(served.url, name="Bob")
    with Proposing("surfaces") as proposal:
        wavelet = Wavelet()
        contour = Contour(Input=wavelet, Isosurfaces=[120])
        Show(contour)
        with pytest.raises(NoRendererError, match="Contour1 is only proposed"):
            contour.GetDataInformation()
        with pytest.raises(NoRendererError, match="only proposed"):
            simple.SaveScreenshot(tmp_path / "none.png")
    assert proposal.number == GetProposals()[0].number
    assert not list(tmp_path.iterdir())


def test_a_proposal_that_loses_its_server_is_none_and_what_was_known_can_be_read(served):
    Connect(served.url, name="Ann", reconnect_s=0)
    ball = Sphere(Radius=1)
    with contextlib.suppress(ConnectionLostError), Proposing("too late"):
        ball.Radius = 2
        served.run(served._server._stop())
        simple.Render()
        pytest.fail("nobody is there")
    assert ball.Radius == 1.0
