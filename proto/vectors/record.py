"""Record the test vectors: logs of events, the rows that they lead to, and the digest of those.

    python proto/vectors/record.py        writes digest.json beside this file

A mirror in any language reads them: fold `events` (each a collab.v1.Event) in order, and you
have `rows` (in the order of the digest) and `digest`. A change of the file is a change of the
contract: old logs must lead where they always led, so add cases and change none.
"""

import json
from pathlib import Path

from collab_kernel.core.commands import Chat, Follow, Register, SetHome, Undo
from collab_kernel.core.events import Event, EventKind, Put
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import FollowTarget, State
from collab_kernel.core.stimuli import Quarantine
from collab_kernel.core.values import Input, guess
from collab_kernel.testing.simulator import World
from collab_kernel.wire.rows import codec, decode_event, digest, encode_event, rows

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


def a_table_that_nobody_knows_yet() -> list[bytes]:
    puts = (Put(99, b"\x00key", None, b"\xffrow"), Put(99, b"", None, b""))
    gone = (Put(99, b"\x00key", b"\xffrow", None),)
    events = [
        Event(1, 0, 0, EventKind.SYSTEM, "", 0, 0.0, puts),
        Event(2, 0, 0, EventKind.SYSTEM, "", 0, 0.0, gone),
    ]
    return [encode_event(event) for event in events]


def a_long_story() -> list[bytes]:
    with World(7, ["ann", "bob", "cid"], "ann") as world:
        world.wander(120)
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
    """Write the file anew."""
    cases = [case("nothing has happened", [])]
    for story in (
        every_kind_of_value,
        what_people_do,
        a_table_that_nobody_knows_yet,
        a_long_story,
    ):
        cases.append(case(story.__name__.replace("_", " "), story()))
    VECTORS.write_text(json.dumps({"cases": cases}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
