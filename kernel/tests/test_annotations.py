"""Annotations: texts of one's own about proxies."""

from collections.abc import Iterator

import pytest

from collab_kernel.core import annotations
from collab_kernel.core.annotations import annotations_of
from collab_kernel.core.commands import Annotate, Delete, Edit, Promote, Redo, Undo
from collab_kernel.errors import (
    InvalidCommandError,
    InvalidValueError,
    NotMasterError,
    UndoConflictError,
    UnknownProxyError,
)
from collab_kernel.testing.simulator import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        yield world
        world.settle()
        world.check()
        world.check_replay()


def test_a_proxy_has_annotations_by_keys_that_all_see(world: World) -> None:
    ball = world["ann"].create("sources", "SphereSource")
    world["ann"].edit(Annotate(ball, "why", "for  scale\n"), Annotate(ball, "by", "ann"))
    for state in (world.state, world["bob"].mirror.state):
        assert annotations_of(state, ball) == {"by": "ann", "why": "for  scale"}
    world["ann"].edit(Annotate(ball, "by", None))
    assert annotations_of(world["bob"].mirror.state, ball) == {"why": "for  scale"}
    with pytest.raises(NotMasterError):
        world["bob"].edit(Annotate(ball, "why", "no"))


def test_annotations_go_with_their_proxy_and_come_back_with_it(world: World) -> None:
    ball = world["ann"].create("sources", "SphereSource")
    world["ann"].edit(Annotate(ball, "why", "for scale"))
    world["ann"].edit(Delete(ball))
    assert annotations_of(world.state, ball) == {}
    world["ann"].ask(Undo())
    assert annotations_of(world.state, ball) == {"why": "for scale"}
    world["ann"].ask(Undo())
    assert annotations_of(world.state, ball) == {}
    world["ann"].ask(Redo())
    assert annotations_of(world.state, ball) == {"why": "for scale"}


def test_undoing_a_creation_does_not_lose_what_another_has_noted_since(world: World) -> None:
    ann, bob = world["ann"], world["bob"]
    ball = ann.create("sources", "SphereSource")
    ann.ask(Promote(bob.id))
    bob.edit(Annotate(ball, "why", "for scale"))
    bob.ask(Promote(ann.id))
    with pytest.raises(UndoConflictError, match="the annotation 'why'"):
        ann.ask(Undo(mine=True))


def test_what_can_not_be_an_annotation_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = world["ann"]
    ball = ann.create("sources", "SphereSource")
    for key, text in (("", "x"), ("a\nb", "x"), ("why", ""), ("why", "x" * 8_193)):
        with pytest.raises(InvalidValueError):
            ann.ask(Edit((Annotate(ball, key, text),)))
    with pytest.raises(UnknownProxyError):
        ann.ask(Edit((Annotate(77, "why", "x"),)))
    monkeypatch.setattr(annotations, "MAX_ANNOTATIONS", 1)
    ann.edit(Annotate(ball, "one", "x"))
    ann.edit(Annotate(ball, "one", "y"))
    with pytest.raises(InvalidCommandError, match="1 annotations"):
        ann.edit(Annotate(ball, "two", "x"))
