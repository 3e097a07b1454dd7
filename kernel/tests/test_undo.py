"""The history is everybody's and linear; undo takes back what stands, or says why not."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_kernel.core import undo as undoing
from collab_kernel.core.commands import Chat, Create, Delete, Promote, Redo, Set, SetHome, Undo
from collab_kernel.core.events import Event, EventKind, Put, SetValue, inverse, merge
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import HistoryRow, State, Table
from collab_kernel.core.undo import remember
from collab_kernel.core.values import Input, Kind, Value, guess
from collab_kernel.errors import (
    InvalidCommandError,
    InvariantError,
    NothingToUndoError,
    UndoConflictError,
)
from collab_kernel.testing import invariants
from collab_kernel.testing.hindsight import undoable
from collab_kernel.testing.simulator import World
from collab_kernel.wire.rows import decode_event, digest


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        yield world
        invariants.check_state(world.state)
        world.check()
        world.check_replay()


def entries(world: World) -> list[HistoryRow]:
    return [row for _, row in sorted(world.state.table(Table.HISTORY).items())]


def hand_over(world: World, to: str) -> None:
    master = next(p for p in world.players.values() if p.id == world.state.master)
    master.ask(Promote(world[to].id))


# -- taking back and bringing again ----------------------------------------------------------


def test_undoing_a_deletion_brings_the_same_ids_and_values_back(world: World) -> None:
    ann = world["ann"]
    clip = ann.create("filters", "Clip", "Cut", Invert=False)
    before, proxies = undoable(world.state), set(world.state.proxies)
    ann.delete(clip)
    ann.ask(Undo())
    assert undoable(world.state) == before
    assert set(world.state.proxies) == proxies
    assert world.state.named("filters", "Cut") == clip


def test_undo_and_redo_walk_the_whole_history_there_and_back(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    states = [undoable(world.state)]
    for radius in (1, 2, 3):
        ann.set(sphere, Radius=radius)
        states.append(undoable(world.state))
    for state in states[-2::-1]:
        ann.ask(Undo())
        assert undoable(world.state) == state
    for state in states[1:]:
        ann.ask(Redo())
        assert undoable(world.state) == state
    with pytest.raises(NothingToUndoError, match="nothing to redo"):
        ann.ask(Redo())


def test_undo_is_a_new_event_and_the_log_never_rewinds(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    before = world.revision
    event = ann.ask(Undo())
    assert event is not None
    assert (event.revision, event.kind) == (before + 1, EventKind.UNDO)
    assert event.label == "Undo Create SphereSource"
    assert sphere not in world.state.proxies


def test_an_id_stays_spent_when_its_creation_is_undone(world: World) -> None:
    ann = world["ann"]
    ann.create("sources", "SphereSource")
    counters = world.state.table(Table.COUNTERS)
    ann.ask(Undo())
    assert world.state.table(Table.COUNTERS) == counters


def test_a_new_edit_ends_what_could_be_redone(world: World) -> None:
    ann = world["ann"]
    ann.create("sources", "SphereSource")
    ann.ask(Undo())
    ann.create("sources", "SphereSource")
    with pytest.raises(NothingToUndoError):
        ann.ask(Redo())
    assert len(entries(world)) == 1


def test_an_entry_says_who_did_what_when_and_whether_it_stands(world: World) -> None:
    ann = world["ann"]
    ann.create("sources", "SphereSource")
    created = world.revision
    [row] = entries(world)
    assert (row.author, row.author_name, row.label) == (ann.id, "ann", "Create SphereSource")
    assert (row.time_s, row.last_revision, row.undone_at) == (1_000.0, created, 0)
    ann.ask(Undo())
    assert entries(world)[0].undone_at == created + 1
    ann.ask(Redo())
    assert entries(world)[0].undone_at == 0


def test_people_chat_and_home_values_are_nobodys_to_undo(world: World) -> None:
    ann = world["ann"]
    view = ann.create("views", "RenderView")
    ann.ask(Chat("hello"))
    ann.ask(SetHome(view, (("CameraViewAngle", guess(50)),)))
    hand_over(world, "bob")
    hand_over(world, "ann")
    assert len(entries(world)) == 1
    ann.ask(Undo())  # the view, though its home camera has changed since
    assert not world.state.proxies
    ann.ask(Redo())
    assert view in world.state.proxies


def test_a_deletion_is_redone_though_the_home_value_has_changed_since(world: World) -> None:
    ann = world["ann"]
    view = ann.create("views", "RenderView")
    ann.delete(view)
    ann.ask(Undo())
    ann.ask(SetHome(view, (("CameraViewAngle", guess(50)),)))
    ann.ask(Redo())
    assert not world.state.proxies


# -- sets ------------------------------------------------------------------------------------


def test_neighbouring_edits_of_one_set_are_one_entry(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    before = undoable(world.state)
    for radius in (1, 2, 3):
        ann.edit(Set(sphere, (("Radius", guess(radius)),)), label="Drag", undo_set=7)
    assert [row.label for row in entries(world)] == ["Create SphereSource", "Drag"]
    assert entries(world)[1].last_revision == world.revision
    ann.ask(Undo())
    assert undoable(world.state) == before


def test_an_edit_without_a_set_is_an_entry_of_its_own(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    for radius in (1, 2):
        ann.set(sphere, Radius=radius)
    assert len(entries(world)) == 3


def test_anothers_edit_closes_a_set(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    sphere = ann.create("sources", "SphereSource")
    ann.edit(Set(sphere, (("Radius", guess(1)),)), undo_set=7)
    hand_over(world, "bob")
    bob.edit(Set(sphere, (("Radius", guess(2)),)), undo_set=7)  # another's set of that number
    hand_over(world, "ann")
    ann.edit(Set(sphere, (("Radius", guess(3)),)), undo_set=7)
    assert [row.author for row in entries(world)] == [ann.id, ann.id, bob.id, ann.id]


def test_what_is_no_edit_does_not_close_a_set(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    sphere = ann.create("sources", "SphereSource")
    ann.edit(Set(sphere, (("Radius", guess(1)),)), undo_set=7)
    bob.ask(Chat("nice"))
    ann.edit(Set(sphere, (("Radius", guess(2)),)), undo_set=7)
    assert len(entries(world)) == 2


def test_an_undo_closes_a_set(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    ann.edit(Set(sphere, (("Radius", guess(1)),)), undo_set=7)
    ann.edit(Set(sphere, (("Center", guess((1, 1, 1))),)), undo_set=8)
    ann.ask(Undo())
    ann.edit(Set(sphere, (("Radius", guess(2)),)), undo_set=7)
    assert [row.undo_set for row in entries(world)] == [0, 7, 7]


# -- conflicts -------------------------------------------------------------------------------


def test_a_conflict_says_what_by_whom_and_when(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    sphere = ann.create("sources", "SphereSource", "Ball")
    ann.edit(Set(sphere, (("Radius", guess(1)),)), label="Grow")
    hand_over(world, "bob")
    bob.edit(Set(sphere, (("Radius", guess(2)),)), label="Shrink")
    revision = world.revision
    hand_over(world, "ann")
    with pytest.raises(
        UndoConflictError,
        match=rf"'Grow' by ann can't be undone: Radius of Ball was changed since, by bob at "
        rf"revision {revision} \(Shrink\)",
    ):
        ann.ask(Undo(mine=True))


def test_mine_takes_ones_own_last_entry_past_those_of_others(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    sphere = ann.create("sources", "SphereSource")
    ann.set(sphere, Radius=1)
    hand_over(world, "bob")
    bob.set(sphere, Center=(1, 2, 3))
    hand_over(world, "ann")
    ann.ask(Undo(mine=True))
    assert world.state.value(sphere, "Radius") == Value(Kind.DOUBLE, (0.5,))
    assert world.state.value(sphere, "Center") == Value(Kind.DOUBLE, (1.0, 2.0, 3.0))
    ann.ask(Redo())
    assert world.state.value(sphere, "Radius") == Value(Kind.DOUBLE, (1.0,))


def test_mine_without_an_entry_of_ones_own_is_nothing_to_undo(world: World) -> None:
    world["ann"].create("sources", "SphereSource")
    hand_over(world, "bob")
    with pytest.raises(NothingToUndoError, match="you have nothing"):
        world["bob"].ask(Undo(mine=True))


def test_undoing_a_creation_that_others_use_since_is_a_conflict(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    sphere = ann.create("sources", "SphereSource", "Ball")
    hand_over(world, "bob")
    bob.create("filters", "ShrinkFilter", Input=Input(sphere))
    hand_over(world, "ann")
    with pytest.raises(UndoConflictError, match="Ball is used by Shrink1"):
        ann.ask(Undo(mine=True))


def test_undoing_would_not_name_what_is_deleted(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    sphere = ann.create("sources", "SphereSource")
    shrink = ann.create("filters", "ShrinkFilter", Input=Input(sphere))
    ann.set(shrink, Input=None)
    hand_over(world, "bob")
    bob.delete(sphere)
    hand_over(world, "ann")
    with pytest.raises(UndoConflictError, match="Input of Shrink1 would name a deleted proxy"):
        ann.ask(Undo(mine=True))


def test_undoing_would_not_close_a_circle(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    a, b = ann.create("filters", "ShrinkFilter"), ann.create("filters", "ShrinkFilter")
    ann.set(a, Input=Input(b))
    ann.set(a, Input=None)
    hand_over(world, "bob")
    bob.set(b, Input=Input(a))
    hand_over(world, "ann")
    with pytest.raises(UndoConflictError, match="Shrink1 would depend on itself"):
        ann.ask(Undo(mine=True))


def test_undoing_would_not_leave_a_sub_proxy_that_nobody_names(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    clip = ann.create("filters", "Clip")
    [plane] = world.state.value(clip, "ClipFunction").references  # type: ignore[union-attr]
    hand_over(world, "bob")
    other = bob.create("filters", "Clip")
    bob.set(other, ClipFunction=Input(plane))
    hand_over(world, "ann")
    ann.set(clip, ClipFunction=None)  # the plane is the other's now
    hand_over(world, "bob")
    with pytest.raises(UndoConflictError, match="nothing would use the Plane of Clip2"):
        bob.ask(Undo(mine=True))


def test_a_name_given_away_is_a_conflict(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    sphere = ann.create("sources", "SphereSource", "Ball")
    ann.delete(sphere)
    hand_over(world, "bob")
    bob.create("sources", "Specimen", "Ball")
    hand_over(world, "ann")
    with pytest.raises(UndoConflictError, match="the name 'Ball' was changed since, by bob"):
        ann.ask(Undo(mine=True))


# -- bounds ----------------------------------------------------------------------------------


def test_the_history_is_bounded_and_the_oldest_falls_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "MAX_ENTRIES", 5)
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    for radius in range(1, 9):
        ann.set(sphere, Radius=radius)
    assert len(entries(world)) == 5
    for _ in range(5):
        ann.ask(Undo())
    with pytest.raises(NothingToUndoError):
        ann.ask(Undo())
    assert world.state.value(sphere, "Radius") == Value(Kind.DOUBLE, (3.0,))
    ann.ask(Redo())
    ann.set(sphere, Radius=99)
    assert [row.undone_at for row in entries(world)] == [0, 0]


def test_the_history_counts_in_no_digest_and_is_on_every_mirror(world: World) -> None:
    world["ann"].create("sources", "SphereSource")
    for player in world.players.values():
        assert player.mirror.state.table(Table.HISTORY) == world.state.table(Table.HISTORY)
        assert player.mirror.state.undo is None
    bare = State(world.revision, world.state.tables.delete(Table.HISTORY), world.state.users)
    assert digest(bare) == world.digest()


# -- turned round ----------------------------------------------------------------------------


def rows(state: State) -> dict[object, object]:
    """Every row but what counts requests, which an event raises and nothing lowers."""
    return {
        (int(table), key): row
        for table, content in state.tables.items()
        for key, row in content.items()
        if table != Table.REQUESTS
    }


@pytest.mark.parametrize("seed", range(3))
def test_every_event_and_its_inverse_lead_back(seed: int) -> None:
    with World(seed, ["ann", "bob"], "ann") as world:
        world.wander(400)
        state, kinds = State(), set()
        for data in world.journal:
            event = decode_event(data)
            after = evolve(state, event)
            back = Event(0, 0, 0, event.kind, "", 0, 0.0, inverse(event.changes))
            again = evolve(after, back)
            assert rows(again) == rows(state)
            assert again.users == state.users
            state = after
            kinds.add(event.kind)
    assert {EventKind.EDIT, EventKind.UNDO, EventKind.PEOPLE, EventKind.CHAT} <= kinds


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just(Table.CHAT), st.integers(1, 4), st.none() | st.text(max_size=2)),
        st.tuples(st.just(Table.VALUES), st.integers(1, 4), st.none() | st.integers(0, 2)),
    ),
    max_size=12,
)


@given(CHANGES)
def test_merged_changes_lead_where_the_changes_lead(
    steps: list[tuple[Table, int, object]],
) -> None:
    state, changes = State(), list[Put | SetValue]()
    for table, key, row in steps:
        if table is Table.VALUES:
            after = None if row is None else Value(Kind.PROXY, (row,))  # type: ignore[arg-type]
            change: Put | SetValue = SetValue(key, "p", state.value(key, "p"), after)
        else:
            change = Put(table, key, state.table(table).get(key), row)
        changes.append(change)
        state = evolve(state, Event(0, 0, 0, EventKind.EDIT, "", 0, 0.0, (change,)))
    merged = merge(tuple(changes))
    once = evolve(State(), Event(0, 0, 0, EventKind.EDIT, "", 0, 0.0, merged))
    assert rows(once) == rows(state)
    assert once.users == state.users
    assert len({(c.table, c.key) if isinstance(c, Put) else c.proxy for c in merged}) == len(merged)


@pytest.mark.parametrize("kind", [EventKind.UNDO, EventKind.REDO])
def test_a_log_that_undoes_what_nobody_did_is_noticed(kind: EventKind) -> None:
    with pytest.raises(InvariantError):
        remember(State(), Event(1, 0, 0, kind, "", 0, 0.0, ()))


def test_a_proxy_made_and_deleted_in_one_edit_leaves_no_entry_and_spends_its_id(
    world: World,
) -> None:
    ann = world["ann"]
    id = ann.new_id()
    ann.edit(Create(id, "sources", "SphereSource"), Delete(id))
    assert not world.state.proxies
    assert not world.state.table(Table.HISTORY)
    with pytest.raises(InvalidCommandError):
        ann.edit(Create(id, "sources", "SphereSource"))
