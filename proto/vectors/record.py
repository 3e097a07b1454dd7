"""Record the test vectors: logs of events, the rows that they lead to, and the digest of those.

    python proto/vectors/record.py        adds to digest.json beside this file what it lacks

A mirror in any language reads them: fold `events` (each a collab.v1.Event) in order, and you
have `rows` (in the order of the digest) and `digest`. A change of the file is a change of the
contract: old logs must lead where they always led, so cases are added and none is changed.
"""

import json
from pathlib import Path

from collab_kernel.core.commands import (
    AcceptProposal,
    Annotate,
    Chat,
    Follow,
    GoTo,
    Link,
    Lock,
    Mute,
    PlacePin,
    Play,
    Propose,
    Register,
    RequestRight,
    Select,
    Set,
    SetColour,
    SetConnectId,
    SetHome,
    Undo,
    Unlink,
)
from collab_kernel.core.events import Event, EventKind, Put
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import FollowTarget, LinkEnd, LinkKind, State
from collab_kernel.core.stimuli import Quarantine
from collab_kernel.core.values import Input, guess
from collab_kernel.testing.simulator import World
from collab_kernel.wire.rows import decode_event, digest, encode_event, rows
from collab_kernel.wire.tables import codec

VECTORS = Path(__file__).parent / "digest.json"


def every_kind_of_value() -> list[bytes]:
    with World(0, ["ann", "bob"], "ann") as world:
        ann = world["ann"]
        ball = ann.create("sources", "SphereSource", "Bällchen 𝄞")
        specimen = ann.create("sources", "Specimen")
        ann.set(specimen, Count=100, Counts=(-(1 << 63), (1 << 63) - 1, 0))
        ann.set(specimen, Radius=1e-300, Weights=(0.1, float("inf"), -0.0), Center=(1, 2, 3))
        ann.set(specimen, Title="", Words=["a", "Å", "日本", "𝄞"], Enabled=False)
        ann.set(specimen, Switches=(True, False), Axis="Z", Palette="Cool")
        ann.set(specimen, Helper=Input(ball), Helpers=[Input(ball), Input(ball)])
        ann.set(specimen, Source=Input(ball), Sources=[Input(ball)], Payload=b"\0\xff")
        ann.ask(SetHome(specimen, (("Pointer", guess((0.5, 0.25))),)))
    return world.journal


def what_people_do() -> list[bytes]:
    with World(0, ["ann", "bob", "cid"], "ann") as world:
        ann = world["ann"]
        clip = ann.create("filters", "Slice")
        ann.edit(Register(clip, "Cut"))
        world["bob"].ask(Chat("line 1\nline 2"))
        world["bob"].ask(Follow(FollowTarget(FollowTarget.Kind.PARTICIPANT, 3)))
        world.step(Quarantine(clip, "the renderer died twice"))
        ann.delete(clip)
        ann.ask(Undo())
        world.lose("cid")
        world.leave("ann")
    return world.journal


def what_they_do_together() -> list[bytes]:
    with World(0, ["ann", "bob", "cid"], "ann") as world:
        ann, bob, cid = world["ann"], world["bob"], world["cid"]
        view = ann.create("views", "RenderView")
        other = ann.create("views", "RenderView")
        ball = ann.create("sources", "SphereSource")
        twin = ann.create("sources", "SphereSource", "Zwilling 𝄞")
        radius = tuple(LinkEnd(id, "Radius") for id in (ball, twin))
        ann.edit(Link("radii", LinkKind.PROPERTY, radius))
        ann.edit(Link("Ångström", LinkKind.VIEW, (LinkEnd(view), LinkEnd(other))))
        ann.set(twin, Radius=2.5)
        ann.edit(Link("for a while", LinkKind.PROXY, (LinkEnd(ball), LinkEnd(twin))))
        ann.edit(Unlink("for a while"))
        ann.edit(Select(Input(ball), twin), Select(Input(twin), ball))
        ann.edit(Select(Input(twin)))
        bob.ask(Propose((Set(ball, (("Radius", guess(0.25)),)), Register(ball, "Bällchen")), "so?"))
        proposed = world.revision
        cid.ask(Propose((Set(ball, (("PhiResolution", guess(12)),)),)))
        ann.ask(AcceptProposal(proposed))
        look = (("CameraPosition", guess((0.0, -1.5, 1e9))),)
        bob.ask(PlacePin("hier, 日本", (1.0, -2.0, 0.1), view, look))
        cid.ask(RequestRight())
        cid.ask(SetColour("#00ffEE"))
        ann.ask(Mute(2, chat=True))
        ann.ask(Mute(0, pointers=True))
        ann.ask(SetConnectId("secret"))
        ann.ask(Lock())
        ann.ask(GoTo(-0.5))
        ann.ask(Play((0.0, 0.5, 1.0), 24.0, loop=True))
    return world.journal


def what_they_note() -> list[bytes]:
    with World(0, ["ann"], "ann") as world:
        ann = world["ann"]
        ball = ann.create("sources", "SphereSource")
        ann.edit(Annotate(ball, "Ångström", "1e-10 m"), Annotate(ball, "note", "zwei\nZeilen"))
        ann.edit(Annotate(ball, "note", None))
    return world.journal


def a_table_that_nobody_knows_yet() -> list[bytes]:
    puts = (Put(99, b"\x00key", None, b"\xffrow"), Put(99, b"", None, b""))
    gone = (Put(99, b"\x00key", b"\xffrow", None),)
    events = [
        Event(1, 0, 0, EventKind.SYSTEM, "", 0, 0.0, puts),
        Event(2, 0, 0, EventKind.SYSTEM, "", 0, 0.0, gone),
    ]
    return [encode_event(event) for event in events]


def a_long_story_together() -> list[bytes]:
    with World(7, ["ann", "bob", "cid"], "ann") as world:
        world.wander(160)
    return world.journal


def case(name: str, events: list[bytes]) -> dict[str, object]:
    """One vector: everything in hexadecimal."""
    state = State()
    for data in events:
        state = evolve(state, decode_event(data))
    found = [
        (int(table), codec(table).encode_key(key), codec(table).encode_row(row))
        for table, key, row in rows(state)
    ]
    return {
        "name": name,
        "events": [data.hex() for data in events],
        "revision": state.revision,
        "rows": [[table, key.hex(), row.hex()] for table, key, row in sorted(found)],
        "digest": digest(state),
    }


def main() -> None:
    """Add the cases that are not there yet; those that are stay as they are."""
    cases = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
    there = {case["name"] for case in cases}
    for story in (
        every_kind_of_value,
        what_people_do,
        what_they_do_together,
        what_they_note,
        a_table_that_nobody_knows_yet,
        a_long_story_together,
    ):
        name = story.__name__.replace("_", " ")
        if name not in there:
            cases.append(case(name, story()))
    VECTORS.write_text(json.dumps({"cases": cases}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
