"""What a server counts, says of its health, and tells whoever asks how it is."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_kernel import hookimpl
from collab_kernel.client import Metric, Sample, Session, SessionStatus, Status, connect
from collab_kernel.errors import (
    AddressError,
    NotMasterError,
    PipelineFailedError,
    RemoteProtocolError,
    RendererLostError,
    StoreError,
    UnknownPluginError,
)
from collab_kernel.host.counters import Histogram
from collab_kernel.plugins import Plugins, load
from collab_kernel.server import Locks, LogContext, MemoryStore, Role, Server, TokenFile
from collab_kernel.spi import (
    NO_RECORDS,
    Admits,
    Health,
    Measured,
    MetricKind,
    MetricsSpec,
    Security,
)
from collab_kernel.testing.toy import TOY
from collab_kernel.wire.status import decode_status, encode_status


class FailingStore(MemoryStore):
    fails = False

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        if self.fails:
            raise StoreError("the disk is full: /secret/place")
        super().append(session, epoch, first_revision, events, records)


class Shown:
    """An exporter that keeps what it was started with."""

    measured: Measured
    admits: Admits | None
    security: Security | None
    closed = False

    async def start(
        self, address: str, measured: Measured, admits: Admits | None, security: Security | None
    ) -> str:
        self.measured, self.admits, self.security = measured, admits, security
        return address.replace(":0", ":9999")

    async def close(self) -> None:
        self.closed = True


class Showing:
    """The plugin of one."""

    def __init__(self) -> None:
        self.shown = Shown()

    @hookimpl
    def collab_metrics(self) -> list[MetricsSpec]:
        return [MetricsSpec("shown", lambda: self.shown)]


@pytest.fixture
def showing() -> Showing:
    return Showing()


@pytest.fixture
def plugins(showing: Showing) -> Plugins:
    return load(extra=[showing])


def numbers(metrics: Sequence[Metric], name: str) -> dict[tuple[str, ...], float]:
    """The values of a metric by those of its labels."""
    [metric] = [m for m in metrics if m.name == name]
    return {tuple(value for _, value in s.labels): s.value for s in metric.samples}


def test_a_histogram_counts_what_is_no_larger_than_each_bound() -> None:
    histogram = Histogram((0.1, 1.0))
    for took_s in (0.05, 0.1, 0.5, 3.0):
        histogram.add(took_s)
    assert histogram.buckets() == ((0.1, 2), (1.0, 3), (math.inf, 4))
    assert histogram.count == 4
    assert histogram.sum_s == pytest.approx(3.65)


async def test_commands_are_counted_by_what_became_of_them() -> None:
    async with (
        Server(["memory://counted:0"], renderer=None, multi_clients=True) as server,
        await connect(server.addresses[0], "Ada") as ada,
        await connect(server.addresses[0], "Bob") as bob,
    ):
        sphere = await ada.create("sources", "SphereSource")
        for radius in (2, 3, 3):
            await sphere.set(Radius=radius)
        await bob.reached(ada.revision)
        with pytest.raises(NotMasterError):
            await bob.proxies[sphere.id].set(Radius=4)
        status = await bob.server_status()
    assert numbers(status.metrics, "collab_commands_total") == {
        ("main", "accepted"): 3,
        ("main", "nothing"): 1,
        ("main", "refused.not_master"): 1,
    }
    assert numbers(status.metrics, "collab_events_total")["main",] >= 5  # and two who joined
    assert numbers(status.metrics, "collab_participants") == {("main",): 2}
    assert numbers(status.metrics, "collab_connections_total") == {("memory",): 2}
    for way in ("received", "sent"):
        assert numbers(status.metrics, f"collab_{way}_bytes_total")["memory",] > 100
    assert status.health == Health()
    assert status.uptime_s > 0


async def test_everybody_who_is_in_may_ask_how_the_server_is(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens.toml")
    viewer = tokens.new(Role.VIEWER)
    async with (
        Server(
            ["memory://asked:0"],
            renderer=None,
            sessions=("main", "other"),
            multi_clients=True,
            locks=Locks(token_file=tokens.path),
            store=MemoryStore(),
        ) as server,
        await connect(server.addresses[0], "Vera", token=viewer) as vera,
    ):
        assert vera.me.role == "viewer"
        status = await vera.server_status()
    main, other = status.sessions
    assert (main.name, main.participants, main.connected) == ("main", 1, 1)
    assert (other.name, other.participants, other.connected) == ("other", 0, 0)
    assert (main.renderer, main.store, main.store_trouble) == ("none", True, "")
    assert "Vera" not in str(status), "names of people are nobody else's business"


async def test_a_store_that_takes_nothing_is_a_trouble_until_it_does_again() -> None:
    store = FailingStore()
    async with (
        Server(["memory://store:0"], renderer=None, store=store) as server,
        await connect(server.addresses[0], "Ada") as ada,
    ):
        store.fails = True
        with pytest.raises(StoreError):
            await ada.chat("lost")
        status = await ada.server_status()
        assert status.health.troubles == ("session 'main': the store takes nothing",)
        assert status.sessions[0].store_trouble.startswith("the disk is full")
        assert numbers(status.metrics, "collab_store_trouble") == {("main",): 1}
        store.fails = False
        await ada.chat("kept")
        assert (await ada.server_status()).health == Health()


async def test_a_renderer_counts_its_answers_and_says_what_it_is_doing() -> None:
    async with (
        Server(["memory://renders:0"], renderer=TOY) as server,
        await connect(server.addresses[0], "Ada") as ada,
    ):
        assert (await ada.server_status()).sessions[0].renderer_restarts == 0
        sphere = await ada.create("sources", "SphereSource")
        await sphere.update()
        trouble = await ada.create("sources", "Trouble", Mischief="Crash")
        while not await _put_aside(ada, trouble.id):
            pass
        while (status := await ada.server_status()).sessions[0].renderer != "ready":
            pass  # it does what is left beside the one that was put aside
        [session] = status.sessions
        assert session.renderer_restarts == 2
        assert _answers(status) >= 2
        [by_question] = [m for m in status.metrics if m.name == "collab_renderer_answers_total"]
        labels = {sample.labels for sample in by_question.samples}
        assert labels == {(("session", "main"), ("question", "UpdatePipeline"))}
        assert sum(sample.value for sample in by_question.samples) == _answers(status)


async def _put_aside(session: Session, proxy: int) -> bool:
    """Ask for its data; whether it is left out by now."""
    try:
        await session.proxies[proxy].update()
    except RendererLostError:
        return False
    except PipelineFailedError:
        return True
    raise AssertionError("it should kill the renderer")


def _answers(status: Status) -> int:
    [metric] = [m for m in status.metrics if m.name == "collab_renderer_answer_seconds"]
    return metric.samples[0].buckets[-1][1]


async def test_no_trouble_says_a_secret() -> None:
    """What a store or a library says of itself stays in the log: strangers may ask."""
    store = FailingStore()
    async with (
        Server(["memory://secret:0"], renderer=None, store=store) as server,
        await connect(server.addresses[0], "Ada") as ada,
    ):
        store.fails = True
        with pytest.raises(StoreError):
            await ada.chat("lost")
        assert "secret" not in str((await ada.server_status()).health)
        store.fails = False


# -- showing it ------------------------------------------------------------------------------


async def test_an_exporter_gets_what_is_counted_and_ends_with_the_server(
    showing: Showing, plugins: Plugins
) -> None:
    async with Server(
        ["memory://shown:0"], renderer=None, plugins=plugins, metrics="shown://127.0.0.1:0"
    ) as server:
        assert server.metrics_address == "127.0.0.1:9999"
        names = [metric.name for metric in showing.shown.measured.metrics()]
        assert len(names) == len(set(names)) > 15
        assert all(name.startswith("collab_") for name in names)
        assert showing.shown.measured.health() == Health()
        assert showing.shown.admits is None
    assert showing.shown.closed


async def test_beyond_this_machine_metrics_need_tokens_and_ask_for_them(
    showing: Showing, plugins: Plugins, tmp_path: Path
) -> None:
    def serving(locks: Locks, metrics: str = "shown://0.0.0.0:0") -> Server:
        return Server(
            ["memory://locked:0"], renderer=None, plugins=plugins, metrics=metrics, locks=locks
        )

    certified = Locks(tmp_path / "cert.pem", tmp_path / "key.pem")
    only_tokens = Locks(token_file=tmp_path / "tokens.toml")
    for locks, missing in (
        (Locks(), "needs a certificate .* and tokens"),
        (certified, "needs tokens"),
        (only_tokens, "needs a certificate"),
    ):
        with pytest.raises(AddressError, match=rf"{missing} .* --insecure does without"):
            async with serving(locks):
                pass
    async with serving(Locks(insecure=True)):
        assert showing.shown.admits is None
    tokens = TokenFile(tmp_path / "tokens.toml")
    good, narrow = tokens.new(), tokens.new(session="other")
    for locks, metrics in (
        (replace(certified, token_file=tokens.path), "shown://0.0.0.0:0"),
        (Locks(token_file=tokens.path, insecure=True), "shown://0.0.0.0:0"),
        (Locks(token_file=tokens.path, require_token=True), "shown://127.0.0.1:0"),
    ):
        async with serving(locks, metrics):
            admits = showing.shown.admits
            assert admits is not None
            assert [await admits(t) for t in (good, narrow, "bad", "")] == [True] + [False] * 3
    async with serving(Locks(token_file=tokens.path), "shown://127.0.0.1:0"):
        assert showing.shown.admits is None


@pytest.mark.parametrize("text", ["shown://127.0.0.1", "shown://:9464", "127.0.0.1:x"])
async def test_an_address_of_metrics_that_makes_no_sense_says_how_to_write_it(
    plugins: Plugins, text: str
) -> None:
    with pytest.raises(AddressError):
        async with Server(["memory://odd:0"], renderer=None, plugins=plugins, metrics=text):
            pass


async def test_an_exporter_that_is_not_there_is_named(plugins: Plugins) -> None:
    with pytest.raises(UnknownPluginError, match=r"there is no metrics 'shwon'.*mean shown"):
        async with Server(
            ["memory://odd:0"], renderer=None, plugins=plugins, metrics="shwon://127.0.0.1:0"
        ):
            pass


# -- the log ---------------------------------------------------------------------------------


async def test_a_line_of_the_log_knows_which_session_and_participant_it_is_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.handler.addFilter(LogContext())
    caplog.set_level(logging.INFO)
    async with Server(["memory://context:0"], renderer=None, multi_clients=True) as server:
        async with await connect(server.addresses[0], "Ada") as ada:
            [admitted] = [r for r in caplog.records if r.getMessage().startswith("admitted")]
            assert (admitted.session, admitted.participant) == ("main", ada.id)  # type: ignore[attr-defined]
        logging.getLogger("elsewhere").info("nobody")
    [nobody] = [r for r in caplog.records if r.name == "elsewhere"]
    assert (nobody.session, nobody.participant) == ("", 0)  # type: ignore[attr-defined]


# -- the wire --------------------------------------------------------------------------------

TEXTS = st.text(max_size=8)
COUNTS = st.integers(0, 1 << 31)
SAMPLES = st.builds(
    Sample,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
    st.floats(allow_nan=False),
    st.lists(st.tuples(st.floats(allow_nan=False), COUNTS), max_size=2).map(tuple),
)
METRICS = st.builds(
    Metric,
    TEXTS,
    st.sampled_from(MetricKind),
    TEXTS,
    st.lists(SAMPLES, max_size=2).map(tuple),
)
SESSIONS = st.builds(
    SessionStatus,
    *(TEXTS, COUNTS, COUNTS, COUNTS, COUNTS, TEXTS, TEXTS, COUNTS, st.booleans(), TEXTS, COUNTS),
)


@given(
    st.builds(
        Status,
        TEXTS,
        st.floats(allow_nan=False),
        st.lists(SESSIONS, max_size=2).map(tuple),
        st.lists(METRICS, max_size=2).map(tuple),
        st.builds(Health, st.lists(TEXTS, max_size=2).map(tuple)),
    )
)
def test_a_status_is_the_same_after_the_wire(status: Status) -> None:
    assert decode_status(encode_status(status)) == status


def test_what_is_no_status_is_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        decode_status(b"\xff\xff nonsense")
