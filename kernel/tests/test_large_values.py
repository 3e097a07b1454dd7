"""A value above 64 KiB, from the client that sets it to the renderer that executes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Blob, Create, Edit, Proxy, Session, Set, connect
from collab_kernel.client.contents import Contents
from collab_kernel.core.commands import NamedValues
from collab_kernel.core.state import Table
from collab_kernel.core.values import Kind, Value, value_of
from collab_kernel.errors import (
    InvalidValueError,
    NotMasterError,
    StoreError,
    UndoConflictError,
    UnknownBlobError,
    UploadRefusedError,
)
from collab_kernel.host import blobs as host_blobs
from collab_kernel.server import MemoryStore, Server
from collab_kernel.spi import RendererSpec
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.blobs import blob_of, encode_content

WITHIN_S = 30.0
MANY = tuple(n / 4 for n in range(10_240))
"""80 KiB of doubles."""


def a_server(**options: Any) -> Server:
    chosen: dict[str, Any] = {"renderer": None, "catalogue": definitions(), "multi_clients": True}
    return Server(["memory://large:0"], **chosen | options)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with a_server() as server:
        yield server


@asynccontextmanager
async def joined(server: Server, *names: str) -> AsyncIterator[list[Session]]:
    sessions = [await connect(server.addresses[0], name) for name in names]
    try:
        yield sessions
    finally:
        for session in sessions:
            await session.close()


async def read(session: Session, proxy: Proxy, property: str = "Weights") -> Any:
    async with asyncio.timeout(WITHIN_S):
        await session.catch_up()
        return await session.fetch_value(session.proxy_of(proxy.id), property)


def kept(server: Server) -> int:
    return server.sessions["main"].blobs.size_bytes


async def tidied(server: Server) -> None:
    await server.sessions["main"].blobs.tidy(server.state())


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nothing names is forgotten as soon as somebody looks."""
    monkeypatch.setattr(host_blobs, "KEPT_FOR_S", 0.0)
    monkeypatch.setattr(host_blobs, "TIDIED_EVERY_S", 0.0)


# -- setting and reading ---------------------------------------------------------------------


async def test_a_large_value_is_set_by_one_and_read_by_another(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        thing = await ada.create("sources", "Specimen", Weights=MANY)
        assert await read(bob, thing) == MANY
        blob = bob.proxy_of(thing.id)["Weights"]
        assert blob == blob_of(encode_content(value_of(Kind.DOUBLE, MANY)))
        assert isinstance(blob, Blob)
        assert blob.size_bytes > 80 * 1024
        await thing.set(Weights=MANY[:10])
        assert await read(bob, thing) == MANY[:10]
        assert ada.digest() == bob.digest()


@pytest.mark.parametrize(
    ("property", "given", "stored"),
    [
        ("Counts", [float(n) for n in range(9_000)], tuple(range(9_000))),
        ("Weights", range(9_000), tuple(map(float, range(9_000)))),
        ("Words", ["ä" * 9] * 9_000, ("ä" * 9,) * 9_000),
        ("Title", "x" * 100_000, "x" * 100_000),
        ("Payload", bytes(100_000), bytes(100_000)),
    ],
)
async def test_each_kind_of_element_comes_back_as_it_was(
    server: Server, property: str, given: Any, stored: Any
) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        thing = await ada.create("sources", "Specimen")
        await thing.set(**{property: given})
        assert await read(bob, thing, property) == stored
        assert await read(ada, thing, property) == stored


async def test_an_event_does_not_grow_with_the_value(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        events = ada.events()
        await thing.set(Weights=MANY)
        event = await anext(events)
        assert len(repr(event)) < 1_000


async def test_a_late_joiner_reads_it_too(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen", Weights=MANY)
        async with joined(server, "Bob") as [bob]:
            assert await read(bob, thing) == MANY
            assert ada.digest() == bob.digest()


async def test_undo_and_redo_bring_it_back(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        thing = await ada.create("sources", "Specimen", Weights=MANY)
        await thing.set(Weights=MANY[::-1])
        await ada.undo()
        assert await read(bob, thing) == MANY
        await ada.redo()
        assert await read(bob, thing) == MANY[::-1]
        await ada.undo()
        await ada.undo()
        assert thing.id not in ada.state.proxies
        await ada.redo()
        assert await read(bob, thing) == MANY


async def test_undo_knows_that_somebody_changed_it_since(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        thing = await ada.create("sources", "Specimen")
        await thing.set(Weights=MANY)
        await ada.promote(bob.id)
        await bob.catch_up()
        await bob.proxy_of(thing.id).set(Weights=MANY[1:])
        await bob.promote(ada.id)
        await ada.catch_up()
        with pytest.raises(UndoConflictError, match="Bob"):
            await ada.undo(mine=True)
        assert await read(ada, thing) == MANY[1:]


async def test_a_value_that_is_there_already_is_not_sent_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with joined(server, "Ada") as [ada]:
        first = await ada.create("sources", "Specimen", Weights=MANY)
        monkeypatch.setattr("collab_kernel.host.offers._parts", None)
        second = await ada.create("sources", "Specimen", Weights=MANY)
        assert first["Weights"] == second["Weights"]


async def test_a_link_carries_it(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        first = await ada.create("sources", "Specimen")
        second = await ada.create("sources", "Specimen")
        await ada.link_properties("both", (first, "Weights"), (second, "Weights"))
        await first.set(Weights=MANY)
        assert await read(ada, second) == MANY


async def test_a_proposal_carries_it(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        thing = await ada.create("sources", "Specimen")
        await bob.catch_up()
        with pytest.raises(NotMasterError):
            await bob.proxy_of(thing.id).set(Weights=MANY)
        await bob.propose(Set(thing.id, bob.values({"Weights": MANY})))
        await ada.catch_up()
        [proposal] = ada.proposals
        await ada.accept(proposal.number)
        assert await read(bob, thing) == MANY


async def test_what_an_upload_cut_off_is_offered_again(server: Server) -> None:
    """The connection breaks when half of it has gone."""
    async with joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        large = asyncio.create_task(thing.set(Payload=bytes(5_000_000)))
        blobs = server.sessions["main"].blobs
        async with asyncio.timeout(WITHIN_S):
            while not blobs.size_bytes:
                await asyncio.sleep(0)
            await ada._connection._link.channel.close()
            await large
        assert await read(ada, thing, "Payload") == bytes(5_000_000)


# -- what is refused -------------------------------------------------------------------------


async def test_more_than_the_server_takes_is_refused_before_it_is_sent() -> None:
    async with a_server(max_blob_bytes=100_000) as server, joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        with pytest.raises(InvalidValueError, match="--max-blob"):
            await thing.set(Weights=MANY)
        await thing.set(Weights=MANY[:9_000])
        assert await read(ada, thing) == MANY[:9_000]


@pytest.mark.parametrize(
    ("type", "property", "given", "says"),
    [
        ("Specimen", "Center", MANY, "3 doubles"),
        ("Specimen", "Weights", ["x" * 100_000], "no number"),
        ("Specimen", "Palette", "x" * 100_000, "Warm"),
        ("ToyReader", "FileName", "x" * 100_000, "none is allowed"),
    ],
)
async def test_what_the_property_does_not_take_is_refused_with_its_own_reason(
    server: Server, type: str, property: str, given: Any, says: str
) -> None:
    async with joined(server, "Ada") as [ada]:
        with pytest.raises(InvalidValueError, match=says):
            await ada.create("sources", type, **{property: given})
        assert kept(server) == 0


async def test_a_command_that_names_what_the_server_does_not_have_says_what_to_do(
    server: Server,
) -> None:
    async with joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        nowhere = Value(Kind.DOUBLE, blob=Blob(bytes(32), 90_000))
        with pytest.raises(UnknownBlobError, match="upload"):
            await ada.begin(Edit((Set(thing.id, (("Weights", nowhere),)),)))
        with pytest.raises(UnknownBlobError):
            await ada.whole(nowhere)


@pytest.mark.parametrize(
    ("property", "value", "says"),
    [
        ("Weights", Value(Kind.DOUBLE, blob=Blob(bytes(32), 1)), "says of its blob"),
        ("Weights", Value(Kind.INT, blob=Blob(bytes(32), 0)), "says of its blob"),
        ("Words", Value(Kind.DOUBLE, blob=Blob(bytes(32), 0)), "double elements given"),
        ("Center", Value(Kind.DOUBLE, blob=Blob(bytes(32), 0)), "10240 elements given"),
        ("Palette", Value(Kind.STRING, blob=Blob(bytes(32), 0)), "no value above"),
        ("Helpers", Value(Kind.DOUBLE, blob=Blob(bytes(32), 0)), "no value above"),
    ],
)
async def test_a_blob_is_held_to_what_the_property_allows(
    server: Server, property: str, value: Value, says: str
) -> None:
    """blob: its hash is filled in, and its length, where it is 0."""
    async with joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen", Weights=MANY)
        there = thing["Weights"]
        assert value.blob is not None
        size = value.blob.size_bytes or there.size_bytes
        named = Value(value.kind, blob=Blob(there.sha256, size))
        with pytest.raises(InvalidValueError, match=says):
            await ada.begin(Edit((Set(thing.id, ((property, named),)),)))


async def test_a_value_that_fits_an_event_may_not_come_as_a_blob_nor_the_other_way_round(
    server: Server,
) -> None:
    async with joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        with pytest.raises(InvalidValueError, match="has to be sent as a blob"):
            await ada.begin(Edit((Set(thing.id, (("Weights", value_of(Kind.DOUBLE, MANY)),)),)))
        small = encode_content(value_of(Kind.DOUBLE, MANY[:10]))
        with pytest.raises(UploadRefusedError, match="sent as it is"):
            await ada._connection.offers.upload(blob_of(small), small)


# -- the renderer ----------------------------------------------------------------------------

COUNTING = """
from collab_kernel.spi import DataInformation, Derived
class make:
    engine = "counting"
    def __init__(self, host): self.host = host
    def load(self, state): self.state = state; self.tell("load")
    def apply(self, state, events):
        self.state = state
        befores = [c.before for e in events for c in e.changes
                   if getattr(c, "property", "") == "Weights" and c.before is not None]
        assert all(b.blob is None for b in befores), befores
        self.tell(f"apply {sum(len(b.elements) for b in befores)}")
    def tell(self, how):
        for id, row in self.state.proxies.items():
            if row.type == "Specimen":
                value = self.state.value(id, "Weights")
                assert value.blob is None, value
                sizes = DataInformation(how, points=len(value.elements))
                self.host.tell(Derived(id, self.state.revision, (sizes,)))
    def execute(self): return False
    def set_time(self, time): pass
    def close(self): pass
"""


async def told(session: Session, proxy: Proxy, *what: tuple[str, int]) -> None:
    """Return when the renderer tells one of these of what it has."""
    facts = session.derived()
    async with asyncio.timeout(WITHIN_S):
        while (known := proxy.data_information) is None or (known.type, known.points) not in what:
            await anext(facts)


async def test_a_renderer_gets_the_elements_with_events_and_snapshots_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counting.py").write_text(COUNTING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    spec = RendererSpec("counting", definitions, "counting:make")
    async with a_server(renderer=spec) as server, joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        await told(ada, thing, ("load", 0), ("apply 0", 0))  # it may have been there before
        await thing.set(Weights=MANY)
        await told(ada, thing, ("apply 0", len(MANY)))
        await thing.set(Weights=MANY[1:])
        await told(ada, thing, ("apply 10240", len(MANY) - 1))
        await ada.undo()
        await told(ada, thing, ("apply 10239", len(MANY)))
        renderer = server.sessions["main"].renderer
        assert renderer is not None
        await renderer.rest()
        renderer.start()
        await told(ada, thing, ("load", len(MANY)))


# -- what is kept ----------------------------------------------------------------------------


@pytest.mark.usefixtures("forgetful")
async def test_what_nothing_names_any_more_is_forgotten(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        await thing.set(Weights=MANY)
        size = kept(server)
        assert size > 80 * 1024
        await ada.undo()
        await tidied(server)
        assert kept(server) == size  # redo would need it
        await thing.set(Weights=MANY[1:])
        await tidied(server)
        assert kept(server) == size - 8
        with pytest.raises(UnknownBlobError):
            await Contents(ada._connection, ada.definition, lambda: ada.state).whole(_value(MANY))


def _value(elements: Any) -> Value:
    return Value(Kind.DOUBLE, blob=blob_of(encode_content(value_of(Kind.DOUBLE, elements))))


@pytest.mark.usefixtures("forgetful")
async def test_what_was_uploaded_and_never_named_is_forgotten(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        content = encode_content(value_of(Kind.DOUBLE, MANY))
        await ada._connection.offers.upload(blob_of(content), content)
        assert kept(server) == len(content)
        await tidied(server)
        assert kept(server) == 0


@pytest.mark.usefixtures("forgetful")
async def test_the_history_and_proposals_keep_what_they_name(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        thing = await ada.create("sources", "Specimen", Weights=MANY)
        await ada.delete(thing)
        await bob.propose(Create(bob.new_id(), "sources", "Specimen", None, _named(bob, MANY[1:])))
        await tidied(server)
        await ada.undo()
        await ada.accept(ada.proposals[0].number)
        await tidied(server)
        found = {p.id: await read(bob, p) for p in ada.proxies.values() if p.type == "Specimen"}
        assert sorted(found.values()) == [MANY, MANY[1:]]


def _named(session: Session, elements: Any) -> NamedValues:
    return session.values({"Weights": elements})


async def test_what_was_uploaded_a_moment_ago_is_kept(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        content = encode_content(value_of(Kind.DOUBLE, MANY))
        await ada._connection.offers.upload(blob_of(content), content)
        server.sessions["main"].blobs._tidy_s = 0.0
        await tidied(server)
        assert kept(server) == len(content)


async def test_a_large_value_outlives_the_server() -> None:
    store = MemoryStore()
    async with a_server(store=store) as server, joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen", Weights=MANY)
        await thing.set(Weights=MANY[1:])
        values = ada.state.table(Table.VALUES)
    async with a_server(store=store) as server, joined(server, "Bob") as [bob]:
        assert bob.state.table(Table.VALUES) == values
        assert await read(bob, bob.proxy_of(thing.id)) == MANY[1:]
        await bob.undo()
        assert await read(bob, bob.proxy_of(thing.id)) == MANY


class Forgetful(MemoryStore):
    """Loses what it was given, or gives back something else."""

    content: bytes | None = None

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        return self.content


@pytest.mark.parametrize(
    ("content", "says"), [(None, "does not have it"), (b"something else", "another SHA-256")]
)
async def test_a_log_that_names_what_its_store_has_lost_is_not_opened(
    content: bytes | None, says: str
) -> None:
    store = Forgetful()
    async with a_server(store=store) as server, joined(server, "Ada") as [ada]:
        await ada.create("sources", "Specimen", Weights=MANY)
    store.content = content
    with pytest.raises(StoreError, match=says):
        async with a_server(store=store):
            pass


class Full(MemoryStore):
    """Takes events, and no contents; notes in which order it was asked."""

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        raise StoreError("the disk is full")


async def test_an_event_whose_content_could_not_be_kept_has_not_happened() -> None:
    store = Full()
    async with a_server(store=store) as server, joined(server, "Ada") as [ada]:
        thing = await ada.create("sources", "Specimen")
        events = len(store.read("main", 0))
        with pytest.raises(StoreError, match="full"):
            await thing.set(Weights=MANY)
        assert len(store.read("main", 0)) == events
        assert await read(ada, thing) == ()
        await thing.set(Weights=MANY[:5])
        assert await read(ada, thing) == MANY[:5]
