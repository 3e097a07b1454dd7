"""Proposals: anybody's change sets, that whoever steers accepts whole or declines."""

from collections.abc import Iterator

import pytest

from collab_kernel.core import proposals
from collab_kernel.core.commands import (
    AcceptProposal,
    Create,
    DeclineProposal,
    Delete,
    Promote,
    Propose,
    Redo,
    Register,
    Set,
    Undo,
)
from collab_kernel.core.events import EventKind
from collab_kernel.core.messages import Replied
from collab_kernel.core.state import HistoryRow, ProposalRow, Role, Table
from collab_kernel.core.values import Kind, ProxyId, Value, guess
from collab_kernel.errors import (
    InvalidCommandError,
    NameTakenError,
    NotAllowedError,
    NotMasterError,
    ProposalOutdatedError,
    UnknownProposalError,
    UnknownProxyError,
)
from collab_kernel.testing.simulator import World
from collab_kernel.wire.rows import decode_event


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        world.join("vic", Role.VIEWER)
        world["ann"].create("sources", "SphereSource", "Ball")
        yield world
        world.settle()
        world.check()
        world.check_replay()


def ball(world: World) -> ProxyId:
    found = world.state.named("sources", "Ball")
    assert found is not None
    return found


def wider(world: World, radius: float = 2.0) -> Set:
    return Set(ball(world), (("Radius", guess(radius)),))


def propose(world: World, who: str, *operations: Set | Create | Delete | Register) -> int:
    """The number of the proposal."""
    event = world[who].ask(Propose(operations))
    assert event is not None
    return event.revision


def waiting(world: World) -> dict[int, ProposalRow]:
    return dict(world.state.table(Table.PROPOSALS))


def radius(world: World) -> object:
    value = world.state.value(ball(world), "Radius")
    return value and value.plain


def test_a_participant_who_may_not_change_the_pipeline_can_propose(world: World) -> None:
    for who in ("bob", "vic"):
        propose(world, who, wider(world))
    assert radius(world) == 0.5
    names = [row.author_name for row in waiting(world).values()]
    assert sorted(names) == ["bob", "vic"]
    assert dict(world["ann"].mirror.state.table(Table.PROPOSALS)) == waiting(world)


def test_the_master_accepts_and_the_proposer_is_the_author(world: World) -> None:
    number = propose(world, "bob", wider(world))
    assert world["ann"].ask(AcceptProposal(number)) is None
    assert radius(world) == 2.0
    assert not waiting(world)
    entry: HistoryRow = max(world.state.table(Table.HISTORY).items())[1]
    assert (entry.author, entry.author_name) == (world["bob"].id, "bob")
    assert entry.label == "Set Radius of Ball (accepted by ann)"


@pytest.mark.parametrize("proposer", ["ann", "bob"])
def test_whoever_accepts_is_told_and_so_is_one_who_accepts_their_own(
    world: World, proposer: str
) -> None:
    ann = world["ann"]
    number = propose(world, proposer, wider(world))
    request = ann.send(AcceptProposal(number))
    world.settle()
    assert ann.outcomes[request] == Replied(request, world.revision)
    assert radius(world) == 2.0


def test_a_slave_accepts_nothing_and_declines_only_their_own(world: World) -> None:
    own, other = propose(world, "bob", wider(world)), propose(world, "vic", wider(world))
    with pytest.raises(NotMasterError, match="ann"):
        world["bob"].ask(AcceptProposal(own))
    with pytest.raises(NotMasterError, match="ann"):
        world["bob"].ask(DeclineProposal(other))
    with pytest.raises(NotAllowedError):
        world["vic"].ask(AcceptProposal(other))
    world["bob"].ask(DeclineProposal(own))
    world["ann"].ask(DeclineProposal(other))
    assert not waiting(world)
    assert radius(world) == 0.5


def test_what_was_accepted_or_declined_is_there_no_more(world: World) -> None:
    number = propose(world, "bob", wider(world))
    world["ann"].ask(AcceptProposal(number))
    for again in (AcceptProposal(number), DeclineProposal(number)):
        with pytest.raises(UnknownProposalError, match="accepted, declined or withdrawn"):
            world["ann"].ask(again)


def test_what_has_changed_since_is_shown_and_asked_about(world: World) -> None:
    number = propose(world, "bob", wider(world))
    world["ann"].set(ball(world), Radius=9.0)
    with pytest.raises(ProposalOutdatedError) as caught:
        world["ann"].ask(AcceptProposal(number))
    text = str(caught.value)
    assert "Radius of Ball was changed, by ann at revision" in text
    assert "accept it anyway, or decline it" in text
    assert radius(world) == 9.0
    world["ann"].ask(AcceptProposal(number, anyway=True))
    assert radius(world) == 2.0


def test_what_was_changed_elsewhere_is_not_asked_about(world: World) -> None:
    number = propose(world, "bob", wider(world))
    world["ann"].set(ball(world), Center=(1.0, 1.0, 1.0))
    world["ann"].ask(AcceptProposal(number))
    assert radius(world) == 2.0


def test_a_proposal_is_decided_afresh_and_whole(world: World) -> None:
    number = propose(world, "bob", wider(world), Register(ball(world), "Globe"))
    world["ann"].create("sources", "SphereSource", "Globe")
    before = world.revision
    with pytest.raises(NameTakenError, match="'Globe' already"):
        world["ann"].ask(AcceptProposal(number, anyway=True))
    assert world.revision == before
    assert radius(world) == 0.5


def test_a_proposal_about_what_is_gone_can_only_be_declined(world: World) -> None:
    number = propose(world, "bob", wider(world))
    world["ann"].delete(ball(world))
    with pytest.raises(UnknownProxyError):
        world["ann"].ask(AcceptProposal(number, anyway=True))
    world["ann"].ask(DeclineProposal(number))


def test_the_ids_that_a_proposal_creates_are_set_aside_for_it(world: World) -> None:
    bob = world["bob"]
    id = bob.new_id()
    number = propose(world, "bob", Create(id, "sources", "SphereSource", "Proposed"))
    world["ann"].ask(Promote(bob.id))
    with pytest.raises(InvalidCommandError, match="its next id is"):
        bob.edit(Create(id, "sources", "SphereSource", "Mine"))
    bob.create("sources", "SphereSource", "Mine")
    bob.ask(AcceptProposal(number))
    assert world.state.named("sources", "Proposed") == id
    bob.ask(Undo())
    bob.ask(Redo())
    assert world.state.named("sources", "Proposed") == id


def test_a_proposal_outlives_its_author(world: World) -> None:
    number = propose(world, "bob", Create(world["bob"].new_id(), "sources", "SphereSource", "Left"))
    world.leave("bob")
    world["ann"].ask(AcceptProposal(number))
    assert world.state.named("sources", "Left") is not None
    entry: HistoryRow = max(world.state.table(Table.HISTORY).items())[1]
    assert entry.author_name == "bob"


def test_an_accepted_proposal_is_an_entry_of_its_own_whatever_set_it_came_in(
    world: World,
) -> None:
    ann, bob = world["ann"], world["bob"]
    number = propose(world, "bob", wider(world))
    ann.ask(Promote(bob.id))
    bob.edit(Set(ball(world), (("PhiResolution", guess(20)),)), undo_set=5)
    bob.ask(Promote(ann.id))
    ann.ask(AcceptProposal(number), undo_set=5)
    assert ann.ask(Undo()) is not None
    assert radius(world) == 0.5
    assert world.state.value(ball(world), "PhiResolution") == guess(20)


def test_undo_of_ones_own_takes_back_what_one_proposed(world: World) -> None:
    number = propose(world, "ann", wider(world))
    world["ann"].ask(AcceptProposal(number))
    world["ann"].ask(Undo(mine=True))
    assert radius(world) == 0.5
    assert not waiting(world)


def test_an_accepted_proposal_that_changes_nothing_is_off_the_table(world: World) -> None:
    number = propose(world, "bob", wider(world))
    world["ann"].set(ball(world), Radius=2.0)
    world["ann"].ask(AcceptProposal(number, anyway=True))
    assert not waiting(world)
    assert decode_event(world.journal[-1]).kind is EventKind.PROPOSAL


def test_a_proposal_to_change_nothing_is_refused(world: World) -> None:
    with pytest.raises(InvalidCommandError, match="would change nothing"):
        propose(world, "bob", wider(world, 0.5))


def test_a_proposal_that_could_not_be_carried_out_now_is_refused(world: World) -> None:
    with pytest.raises(UnknownProxyError):
        propose(world, "bob", Set(77, (("Radius", guess(1.0)),)))


def test_proposals_are_bounded_in_number_and_size(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "MAX_OF_ONE_AUTHOR", 2)
    monkeypatch.setattr(proposals, "MAX_PROPOSALS", 3)
    for _ in range(2):
        propose(world, "bob", wider(world))
    with pytest.raises(InvalidCommandError, match="withdraw one first"):
        propose(world, "bob", wider(world))
    propose(world, "vic", wider(world))
    with pytest.raises(InvalidCommandError, match="no more fit"):
        propose(world, "vic", wider(world))
    world["ann"].ask(DeclineProposal(min(waiting(world))))
    specimen = world["ann"].create("sources", "Specimen")
    large = Value(Kind.BYTES, (bytes(65_000),))
    title = Value(Kind.STRING, ("x" * 1_000,))
    with pytest.raises(InvalidCommandError, match="split it up"):
        propose(world, "vic", Set(specimen, (("Payload", large), ("Title", title))))


def test_what_is_proposed_changes_no_value_and_no_history(world: World) -> None:
    history = world.state.table(Table.HISTORY)
    values = world.state.table(Table.VALUES)
    propose(world, "bob", wider(world), Create(world["bob"].new_id(), "filters", "Clip"))
    assert world.state.table(Table.HISTORY) == history
    assert world.state.table(Table.VALUES) == values
    assert list(world.state.proxies) == [ball(world)]


def test_a_name_that_was_changed_since_is_asked_about_too(world: World) -> None:
    number = propose(world, "vic", Register(ball(world), "Theirs"))
    world["ann"].edit(Register(ball(world), "Mine"))
    with pytest.raises(ProposalOutdatedError, match="Mine was changed, by ann"):
        world["ann"].ask(AcceptProposal(number))
    world["ann"].ask(AcceptProposal(number, anyway=True))
    assert world.state.named("sources", "Theirs") is not None


def test_who_comes_and_goes_fills_the_table_for_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "MAX_PROPOSALS", 2)
    for _ in range(3):
        world.join("eve")
        last = propose(world, "eve", wider(world))
        world.leave("eve")
    assert len(waiting(world)) == 2
    mine = propose(world, "bob", wider(world))
    assert set(waiting(world)) == {last, mine}


def test_what_somebody_writes_reaches_no_terminal_as_more_than_text(world: World) -> None:
    event = world["vic"].ask(Propose((wider(world),), "ALL YOUR\x1b]0;title\x07 DATA\u202e"))
    assert event is not None
    assert event.label.isprintable()
    assert event.label.startswith("vic proposes: ALL YOUR")
