"""Coverage-guided inputs: `python tests/hostile/atheris_fuzz.py --help`.

Not part of the tests: it runs for as long as it is told to, and needs atheris (`pip install
atheris`), which does not exist for every system. An input that breaks a promise is written into
tests/hostile/seeds, where an ordinary test replays it, before and after it is repaired.

With `--wire` each input also goes to a server in this process over that wire, whose code guides
the search as well.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

try:
    import atheris
except ImportError:
    sys.exit("atheris_fuzz.py: atheris is not installed here: pip install atheris")

WIRES = ("zmq", "grpc", "websocket")
OURS = [
    "collab_kernel",
    "collab_policy_master_slave",
    *(f"collab_transport_{wire}" for wire in WIRES),
]

with atheris.instrument_imports(include=OURS, exclude=["collab_kernel.testing"]):
    from collab_proto.v1 import wire_pb2
    from hostile import packets
    from hostile.machine import SENDERS, Machine

CORPUS = 400
"""Packets to start from, beside the seeds."""

MAX_BYTES = 1 << 16

KNOWN: tuple[int, ...] = ()
"""Ids of proxies and participants in the machine."""

PEOPLE: tuple[int, ...] = ()
"""Of the senders."""


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Another input, most often well formed: a message is added, dropped, doubled or changed."""
    random = Random(seed)
    sender, packet = data[:1] or b"\0", data[1:]
    if random.random() < 0.05:
        sender = bytes([random.randrange(len(SENDERS))])
    whole = wire_pb2.ClientPacket()
    try:
        whole.ParseFromString(packet)
    except Exception:  # it was no packet
        whole.Clear()
    if random.random() < 0.25:
        return bytes(atheris.Mutate(data, max_size))
    for _ in range(random.choice((1, 1, 2, 4))):
        if random.random() < 0.3 or not whole.messages:
            fresh = fresh_packet(random.getrandbits(64), sender)
            whole.MergeFromString(b"" if len(fresh) > max_size // 2 else _parsed(fresh))
        else:
            _change(whole, random)
    return (sender + whole.SerializeToString())[:max_size]


def fresh_packet(seed: int, sender: bytes) -> bytes:
    """One whose requests are new ones, and so are the ids of its proxies; a stranger's begins
    with a hello."""
    who = sender[0] % len(SENDERS)
    packet = packets.packet(seed, PEOPLE[who % len(PEOPLE)], KNOWN, itertools.count(100))
    if SENDERS[who] != "a stranger":
        return packet
    hello = {"protocol_minimum": seed % 3, "protocol_maximum": seed % 5, "name": packets.TEXTS[-1]}
    whole = wire_pb2.ClientPacket(messages=[wire_pb2.ClientMessage(hello=hello)])
    return whole.SerializeToString() + packet


def _parsed(packet: bytes) -> bytes:
    """The packet if it is one."""
    try:
        wire_pb2.ClientPacket.FromString(packet)
    except Exception:
        return b""
    return packet


def _change(message: Any, random: Random) -> None:
    """Change one thing somewhere in a message."""
    present = message.ListFields()
    if not present:
        return
    field, value = random.choice(present)
    if field.is_repeated:
        at = random.randrange(len(value))
        chance = random.random()
        if chance < 0.15:
            del value[at]
        elif chance < 0.3:
            value.append(value[at]) if field.type != field.TYPE_MESSAGE else value.add().CopyFrom(
                value[at]
            )
        elif field.type == field.TYPE_MESSAGE:
            _change(value[at], random)
        else:
            value[at] = _scalar(field, value[at], random)
    elif field.type == field.TYPE_MESSAGE:
        message.ClearField(field.name) if random.random() < 0.05 else _change(value, random)
    else:
        setattr(message, field.name, _scalar(field, value, random))


def _scalar(field: Any, value: Any, random: Random) -> Any:
    if field.cpp_type == field.CPPTYPE_STRING:
        if field.type == field.TYPE_BYTES:
            return random.randbytes(random.choice((0, 1, 32)))
        return random.choice((value + "x", value[1:], *packets.TEXTS[:8], *packets.PROPERTIES))
    if field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
        return random.choice((*packets.DOUBLES, value + 1.0))
    if field.cpp_type == field.CPPTYPE_BOOL:
        return not value
    if field.cpp_type == field.CPPTYPE_ENUM:
        return random.randrange(12)
    bits = 31 if field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_UINT32) else 63
    known = (*packets.EDGES, *KNOWN, value + 1)
    return random.choice([n for n in known if n < 1 << bits])


def main() -> None:
    global KNOWN, PEOPLE
    parser = argparse.ArgumentParser(description="Coverage-guided inputs for a session.")
    parser.add_argument("--minutes", type=float, default=5.0, help="How long (default: 5).")
    parser.add_argument("--inputs", type=int, default=-1, help="At most so many.")
    parser.add_argument("--wire", choices=WIRES, help="A server, too.")
    parser.add_argument("--corpus", type=Path, help="Keep what was interesting here.")
    parser.add_argument("--seeds", type=Path, default=HERE / "seeds", help="Where finds go.")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # of refusals, which are as they should be
    machine = Machine()
    KNOWN, PEOPLE = machine.known, tuple(machine.ids.values())
    server = None
    if options.wire:
        with atheris.instrument_imports(include=OURS):
            from hostile.wired import Wired
        server = Wired(options.wire)
    began_s, taken = time.monotonic(), 0

    def one(data: bytes) -> None:
        nonlocal taken
        machine.take(data)
        if server is not None:
            server.take(data)
        taken += 1
        if taken % 10_000 == 0:
            print(f"{taken} inputs, {taken / (time.monotonic() - began_s):.0f} a second")
        if taken == options.inputs or time.monotonic() - began_s > options.minutes * 60:
            finish()

    def finish() -> None:
        """Here, since atheris never returns."""
        if server is not None:
            server.close()
        for outcome, times in sorted(machine.outcomes.items()):
            print(f"{times:9}  {outcome}")
        print(f"{taken} inputs ({options.wire or 'no wire'}): nothing was found")
        sys.stdout.flush()
        shutil.rmtree(folder)
        os._exit(0)

    folder = tempfile.mkdtemp(prefix="collab-corpus-")
    corpus = options.corpus or Path(folder)
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in range(CORPUS):
        sender = bytes([seed % len(SENDERS)])
        data = fresh_packet(seed, sender)
        if len(data) < MAX_BYTES:
            (corpus / f"packet-{seed}").write_bytes(sender + data)
    arguments = [
        *(
            sys.argv[0],
            str(corpus),
            str(HERE / "seeds"),
            f"-max_len={MAX_BYTES}",
            "-timeout=60",
            "-rss_limit_mb=0",
        ),
        *(f"-artifact_prefix={options.seeds}/", "-verbosity=0"),
    ]
    atheris.Setup(arguments, one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
