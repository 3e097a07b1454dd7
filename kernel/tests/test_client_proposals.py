"""Change sets that wait for whoever steers, and how a participant makes one by just working."""

import asyncio
import contextlib
from hashlib import sha256

import pytest

from collab_kernel.client import Create, Delete, Role, Session, Set
from collab_kernel.core.state import Table
from collab_kernel.core.values import COUNTER_BITS
from collab_kernel.errors import (
    InvalidCommandError,
    InvalidValueError,
    NameTakenError,
    NoRendererError,
    NotAllowedError,
    NotMasterError,
    ProposalOutdatedError,
    UnknownProposalError,
    UnknownProxyError,
    UnknownTypeError,
)
from collab_kernel.testing.toy import TOY

from .conftest import Company, Meet


async def met(meet: Meet, *others: str) -> tuple[Company, Session, Session]:
    """Ada, who steers and has made a sphere "Ball", and Bob."""
    company = await meet("Ada", "Bob", *others)
    ada, bob = company.sessions[:2]
    await ada.create("sources", "SphereSource", name="Ball", Radius=1.0)
    await company.agree()
    return company, ada, bob


# -- proposing, accepting, declining ---------------------------------------------------------


async def test_everyone_sees_a_proposal_as_such_and_nothing_changes(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    ball = bob.proxy("sources", "Ball")
    assert ball is not None
    number = await bob.propose(Set(ball.id, bob.values({"Radius": 2.0})), text="larger")
    await company.agree()
    late = await company.join("Cyd")
    for session in (ada, bob, late):
        [proposal] = session.proposals
        assert (proposal.number, proposal.author_name, proposal.text) == (number, "Bob", "larger")
        assert proposal.summary == "Set Radius of Ball"
        assert not proposal.outdated
        assert session.proxies[ball.id]["Radius"] == 1.0


async def test_an_accepted_proposal_is_its_authors_change(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    ball = bob.proxy("sources", "Ball")
    assert ball is not None
    number = await bob.propose(Set(ball.id, bob.values({"Radius": 2.0})), text="larger")
    await ada.reached(number)
    await ada.accept(number)
    await company.agree()
    assert ball["Radius"] == 2.0
    assert bob.proposals == ()
    assert (bob.history[-1].author_name, bob.history[-1].label) == (
        "Bob",
        "larger (accepted by Ada)",
    )
    with pytest.raises(UnknownProposalError):
        await ada.accept(number)


async def test_what_has_changed_since_is_shown_and_asked_about(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    ball = ada.proxy("sources", "Ball")
    assert ball is not None
    number = await bob.propose(Set(ball.id, bob.values({"Radius": 2.0})), text="larger")
    await ball.set(Radius=1.5)
    assert ada.proposals[0].outdated
    with pytest.raises(ProposalOutdatedError, match="Radius of Ball was changed, by Ada"):
        await ada.accept(number)
    await ada.accept(number, anyway=True)
    assert ball["Radius"] == 2.0
    await company.agree()


async def test_a_proposal_outlives_its_author_and_is_still_theirs(meet: Meet) -> None:
    _, ada, bob = await met(meet)
    async with bob.draft("one more") as draft:
        await bob.create("sources", "SphereSource", name="Small")
    await bob.close()
    await ada.reached(draft.number)
    await ada.accept(draft.number)
    assert ada.proxy("sources", "Small") is not None
    assert ada.history[-1].author_name == "Bob"


async def test_an_author_may_take_a_proposal_back_and_others_only_decline_as_who_steers(
    meet: Meet,
) -> None:
    company, ada, bob = await met(meet, "Cyd")
    cyd = company.sessions[2]
    numbers = []
    for radius in (2.0, 3.0):
        async with bob.draft() as draft:
            await bob.proxies[ball_of(bob)].set(Radius=radius)
        numbers.append(draft.number)
    await company.agree()
    with pytest.raises(NotMasterError):
        await cyd.reject(numbers[0])
    await bob.reject(numbers[0])
    await ada.reject(numbers[1])
    await company.agree()
    assert cyd.proposals == ()


async def test_an_owner_accepts_without_steering_and_a_viewer_proposes(meet: Meet) -> None:
    company = await meet("Ada", roles=True)
    [ada] = company.sessions
    await ada.create("sources", "SphereSource", name="Ball")
    olga, eve = await company.join("Olga", Role.OWNER), await company.join("Eve", Role.VIEWER)
    async with eve.draft("may I?") as draft:
        await eve.proxies[ball_of(eve)].set(Radius=3.0)
    with pytest.raises(NotAllowedError):
        await eve.accept(draft.number)
    await olga.reached(draft.number)
    await olga.accept(draft.number)
    await company.agree()
    assert ada.proxies[ball_of(ada)]["Radius"] == 3.0


def ball_of(session: Session) -> int:
    found = session.proxy("sources", "Ball")
    assert found is not None
    return found.id


# -- drafts ----------------------------------------------------------------------------------


async def test_what_is_done_in_a_draft_is_seen_there_and_nowhere_else(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    before = bob.digest()
    async with bob.draft("a shrunk ball") as draft:
        ball = bob.proxies[ball_of(bob)]
        await ball.set(Radius=2.0)
        shrink = await bob.create("filters", "ShrinkFilter", Input=ball, ShrinkFactor=0.25)
        shown = await bob.show(shrink)
        await shrink.rename("Shrunk")
        assert ball["Radius"] == 2.0
        assert (shrink.name, shrink["Input"], shrink["ShrinkFactor"]) == ("Shrunk", ball, 0.25)
        assert shown in bob.views[0]["Representations"]
        await bob.catch_up()
        assert ada.revision == bob._connection.mirror.state.revision
        assert bob._connection.mirror.state.value(ball.id, "Radius") == ada.state.value(
            ball.id, "Radius"
        )
    assert ball["Radius"] == 1.0
    assert not shrink.exists
    assert draft.number == bob.revision
    await company.agree()
    assert ada.digest() != before
    [proposal] = ada.proposals
    assert (proposal.author_name, proposal.text) == ("Bob", "a shrunk ball")


async def test_an_accepted_draft_leads_to_what_its_author_saw(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    async with bob.draft() as draft:
        ball = bob.proxies[ball_of(bob)]
        clip = await bob.create("filters", "Clip", Input=ball, Invert=False)
        await clip["ClipFunction"].set(Normal=(0, 0, 1))
        cut = await bob.create("filters", "Slice", Input=clip)
        await cut["CutFunction"]["Function"].set(Origin=(0, 0, 0.5))
        await bob.show(cut)
        expected = dict(bob.state.table(Table.VALUES)), dict(bob.state.proxies)
    await ada.reached(draft.number)
    await ada.accept(draft.number)
    await company.agree()
    assert (dict(bob.state.table(Table.VALUES)), dict(bob.state.proxies)) == expected
    assert clip["ClipFunction"]["Normal"] == (0.0, 0.0, 1.0)
    assert cut["CutFunction"]["Function"]["Origin"] == (0.0, 0.0, 0.5)
    assert {id >> COUNTER_BITS for id in bob.proxies if bob.proxies[id].type == "Plane"} == {bob.id}
    await ada.undo()
    assert ada.proxy("filters", "Clip1") is None


async def test_what_a_proposal_would_make_is_called_by_its_name(meet: Meet) -> None:
    _, _, bob = await met(meet)
    async with bob.draft():
        clip = await bob.create("filters", "Clip", Input=bob.proxies[ball_of(bob)])
        await clip["ClipFunction"].set(Normal=(0, 0, 1))
    [proposal] = bob.proposals
    assert proposal.text == "Create Clip, Create Plane, Set ClipFunction of Clip1 and 1 more"
    assert proposal.summary == "Create Clip, Create Plane, Set ClipFunction of Clip and 1 more"


async def test_a_sub_proxy_that_a_draft_chooses_itself_stays(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    async with bob.draft() as draft:
        clip = await bob.create("filters", "Clip", Input=bob.proxies[ball_of(bob)])
        turned = bob.new_id()
        await bob.edit(
            Create(turned, "implicit_functions", "Turned", owner=clip.id),
            Set(clip.id, bob.values({"ClipFunction": turned})),
        )
        inner = clip["ClipFunction"]["Function"]
        await inner.set(Origin=(1, 1, 1))
    await ada.reached(draft.number)
    await ada.accept(draft.number)
    await company.agree()
    assert (clip["ClipFunction"].id, clip["ClipFunction"].type) == (turned, "Turned")
    assert clip["ClipFunction"]["Function"]["Origin"] == (1.0, 1.0, 1.0)


async def test_nothing_is_sent_when_the_block_raises(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    revision, digest = bob.revision, bob.digest()
    with contextlib.suppress(ZeroDivisionError):
        async with bob.draft():
            await bob.proxies[ball_of(bob)].set(Radius=2.0)
            assert bob.proxies[ball_of(bob)]["Radius"] == 2.0
            _ = 1 / 0
    await bob.catch_up()
    assert (bob.revision, bob.digest()) == (revision, digest)
    assert bob.drafting is None
    assert bob.proposals == ()
    async with bob.draft():
        await bob.create("sources", "SphereSource")
    await company.agree()
    assert len(ada.proposals) == 1


async def test_what_the_server_would_refuse_is_refused_in_the_draft(meet: Meet) -> None:
    _, _, bob = await met(meet)
    draft = bob.draft()
    draft.begin()
    ball = bob.proxies[ball_of(bob)]
    with pytest.raises(InvalidValueError):
        await ball.set(Radius=-1.0)
    with pytest.raises(NameTakenError):
        await bob.create("sources", "SphereSource", name="Ball")
    with pytest.raises(UnknownTypeError):
        await bob.create("sources", "SphereSorce")
    with pytest.raises(UnknownProxyError):
        await bob.delete(12345)
    draft.end()
    with pytest.raises(InvalidCommandError, match="nothing"):
        await draft.send()
    assert bob.proposals == ()


async def test_a_draft_that_meanwhile_makes_no_sense_is_refused_at_its_end(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    draft = bob.draft()
    draft.begin()
    await bob.proxies[ball_of(bob)].set(Radius=2.0)
    await ada.delete(ball_of(ada))
    draft.end()
    with pytest.raises(UnknownProxyError):
        await draft.send()
    await company.agree()
    assert (bob.proposals, bob.proxy("sources", "Ball")) == ((), None)


async def test_only_changes_of_the_pipeline_can_be_proposed(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    async with bob.draft():
        await bob.proxies[ball_of(bob)].set(Radius=2.0)
        for attempt in (bob.undo(), bob.redo(), bob.go_to_time(1.0), bob.play([0, 1]), bob.pause()):
            with pytest.raises(InvalidCommandError, match="can't be part of a proposal"):
                await attempt
        await bob.chat("I am writing a proposal")
    await company.agree()
    assert [row.text for row in ada.chat_history] == ["I am writing a proposal"]
    assert len(ada.proposals) == 1


async def test_there_is_one_draft_at_a_time(meet: Meet) -> None:
    _, _, bob = await met(meet)
    async with bob.draft():
        await bob.proxies[ball_of(bob)].set(Radius=2.0)
        with pytest.raises(InvalidCommandError, match="already"):
            async with bob.draft():
                pass
    assert len(bob.proposals) == 1


async def test_a_drag_and_a_deletion_can_be_proposed(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    shrink = await ada.create("filters", "ShrinkFilter", Input=ada.proxies[ball_of(ada)])
    await company.agree()
    async with bob.draft() as draft:
        async with bob.drag() as drag:
            for radius in (2.0, 3.0, 4.0):
                drag.set(bob.proxies[ball_of(bob)], Radius=radius)
        await bob.edit(Delete(shrink.id))
        assert shrink.id not in bob.state.proxies
    await ada.accept(draft.number)
    assert ada.proxies[ball_of(ada)]["Radius"] == 4.0
    assert not shrink.exists


async def test_several_tasks_can_work_at_one_draft(meet: Meet) -> None:
    _, ada, bob = await met(meet)
    async with bob.draft() as draft:
        spheres = await asyncio.gather(
            *(bob.create("sources", "SphereSource", Radius=r) for r in (1.0, 2.0, 3.0))
        )
    await ada.reached(draft.number)
    await ada.accept(draft.number)
    assert [ada.proxies[sphere.id]["Radius"] for sphere in spheres] == [1.0, 2.0, 3.0]


async def test_large_values_can_be_proposed(meet: Meet) -> None:
    company, ada, bob = await met(meet)
    payload = bytes(100_000)
    async with bob.draft() as draft:
        thing = await bob.create("sources", "Specimen", Payload=payload)
        await thing.set(Weights=[0.5] * 20_000)
        assert thing["Payload"].size_bytes > 100_000
    await ada.reached(draft.number)
    await ada.accept(draft.number)
    await company.agree()
    found = await ada.fetch_value(ada.proxies[thing.id], "Payload")
    assert sha256(found).digest() == sha256(payload).digest()


async def test_what_is_only_proposed_is_not_executed(meet: Meet) -> None:
    company = await meet("Ada", "Bob", renderer=TOY)
    ada, bob = company.sessions
    sphere = await ada.create("sources", "SphereSource")
    await company.agree()
    async with bob.draft() as draft:
        mine = await bob.create("sources", "SphereSource")
        with pytest.raises(NoRendererError, match="only proposed"):
            await mine.update()
        assert (await bob.proxies[sphere.id].update()).bounds
    await ada.reached(draft.number)
    await ada.accept(draft.number)
    await bob.reached(ada.revision)
    assert (await mine.update()).bounds


async def test_a_held_session_reads_the_draft_and_then_its_own_revision(meet: Meet) -> None:
    _, ada, bob = await met(meet)
    bob.hold()
    async with bob.draft() as draft:
        await bob.proxies[ball_of(bob)].set(Radius=2.0)
        await ada.chat("meanwhile")
        bob.hold()
        assert bob.proxies[ball_of(bob)]["Radius"] == 2.0
    assert bob.revision == draft.number
    assert bob.proxies[ball_of(bob)]["Radius"] == 1.0
