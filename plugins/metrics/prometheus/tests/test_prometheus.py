"""What is counted is shown over HTTP, to whoever may see it, and to nobody's harm."""

import asyncio
import http.client
import json
import math
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from prometheus_client.parser import text_string_to_metric_families

from collab_kernel.errors import AddressError
from collab_kernel.network import split
from collab_kernel.plugins import load
from collab_kernel.spi import Health, Metric, MetricKind, Sample, Security
from collab_metrics_prometheus import exporter
from collab_metrics_prometheus.exporter import AT_ONCE, PrometheusExporter

SESSION = (("session", 'a "quoted" \\ one\nand two'),)
METRICS = (
    Metric("collab_events_total", MetricKind.COUNTER, "Events.", (Sample(SESSION, 7),)),
    Metric("collab_uptime_seconds", MetricKind.GAUGE, "Seconds.", (Sample((), 1.5),)),
    Metric(
        "collab_answer_seconds",
        MetricKind.HISTOGRAM,
        "Answers.",
        (Sample(SESSION, 3.5, ((0.5, 1), (2.0, 2), (math.inf, 3))),),
    ),
    Metric("collab_nothing_total", MetricKind.COUNTER, "Nothing yet.", ()),
)


class Measured:
    """A server that says what it is told to."""

    def __init__(self) -> None:
        self.troubles: tuple[str, ...] = ()

    def metrics(self) -> tuple[Metric, ...]:
        asyncio.get_running_loop()  # never from another thread
        return METRICS

    def health(self) -> Health:
        asyncio.get_running_loop()
        return Health(self.troubles)


async def admits(token: str) -> bool:
    await asyncio.sleep(0)
    return token == "good"


def ask(
    address: str, path: str, headers: dict[str, str] | None = None, trust: str | None = None
) -> tuple[int, str, str]:
    """Status, content type and body."""
    _, host, port = split(address)
    connection: http.client.HTTPConnection
    if trust is not None:
        context = ssl.create_default_context(cafile=trust)
        connection = http.client.HTTPSConnection(host, port, timeout=20, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def measured() -> Measured:
    return Measured()


@pytest.fixture
async def address(measured: Measured) -> AsyncIterator[str]:
    exporter = PrometheusExporter()
    yield await exporter.start("127.0.0.1:0", measured, None, None)
    await exporter.close()


async def test_every_metric_is_shown_as_prometheus_reads_it(address: str) -> None:
    status, kind, text = await asyncio.to_thread(ask, address, "/metrics")
    assert (status, kind.partition(";")[0]) == (200, "text/plain")
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("collab_")
    }
    bucket = "collab_answer_seconds_bucket"
    assert found == {
        ("collab_events_total", *SESSION): 7,
        ("collab_uptime_seconds",): 1.5,
        (bucket, ("le", "0.5"), *SESSION): 1,
        (bucket, ("le", "2"), *SESSION): 2,
        (bucket, ("le", "+Inf"), *SESSION): 3,
        ("collab_answer_seconds_count", *SESSION): 3,
        ("collab_answer_seconds_sum", *SESSION): 3.5,
    }
    assert "process_resident_memory_bytes" in text


async def test_whoever_asks_for_openmetrics_gets_it(address: str) -> None:
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    _, kind, text = await asyncio.to_thread(ask, address, "/metrics", wanted)
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")


async def test_health_is_200_or_503_with_what_is_wrong(address: str, measured: Measured) -> None:
    status, kind, body = await asyncio.to_thread(ask, address, "/healthz")
    assert (status, kind, json.loads(body)) == (
        200,
        "application/json",
        {"status": "ok", "troubles": []},
    )
    measured.troubles = ("session 'main': the store takes nothing",)
    status, _, body = await asyncio.to_thread(ask, address, "/healthz")
    assert status == 503
    assert json.loads(body) == {"status": "trouble", "troubles": list(measured.troubles)}


async def test_a_server_that_hangs_is_not_well(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab_metrics_prometheus.exporter.WITHIN_S", 0.1)
    exporter = PrometheusExporter()
    address = await exporter.start("127.0.0.1:0", measured, None, None)
    code = "import http.client, sys; c = http.client.HTTPConnection(sys.argv[1], timeout=20)"
    code += "; c.request('GET', sys.argv[2]); print(c.getresponse().status)"
    for path in ("/healthz", "/metrics"):  # the event loop does not turn meanwhile
        asked = subprocess.run(
            [sys.executable, "-c", code, address, path], capture_output=True, text=True, check=True
        )
        assert asked.stdout.strip() == "503"
    await exporter.close()


async def test_other_paths_are_not_there(address: str) -> None:
    assert (await asyncio.to_thread(ask, address, "/"))[0] == 404
    assert (await asyncio.to_thread(ask, address, "/metrics?name=x"))[0] == 200


async def test_on_loopback_it_is_asked_by_a_name_of_the_loopback(address: str) -> None:
    for host, status in (("attacker.example", 421), ("localhost:1", 200), ("[::1]", 200)):
        assert (await asyncio.to_thread(ask, address, "/metrics", {"Host": host}))[0] == status


async def test_where_tokens_are_asked_for_metrics_need_one_and_health_does_not(
    measured: Measured,
) -> None:
    exporter = PrometheusExporter()
    address = await exporter.start("127.0.0.1:0", measured, admits, None)
    for authorization, status in (
        (None, 401),
        ("Bearer bad", 401),
        ("Bearer ", 401),
        ("Basic good", 401),
        ("good", 401),
        ("Bearer good", 200),
        ("bearer good", 200),
    ):
        headers = {} if authorization is None else {"Authorization": authorization}
        assert (await asyncio.to_thread(ask, address, "/metrics", headers))[0] == status
    assert (await asyncio.to_thread(ask, address, "/healthz"))[0] == 200
    await exporter.close()


async def test_with_a_certificate_it_is_https(measured: Measured, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "server.key")
    security = Security(str(tmp_path / "server.pem"), str(tmp_path / "server.key"))
    exporter = PrometheusExporter()
    address = await exporter.start("127.0.0.1:0", measured, None, security)
    trust = str(tmp_path / "authority.pem")
    assert (await asyncio.to_thread(ask, address, "/healthz", None, trust))[0] == 200
    await exporter.close()


async def test_an_address_that_is_taken_is_an_address_error(
    address: str, measured: Measured
) -> None:
    with pytest.raises(
        AddressError, match=r"can't be served at 127\.0\.0\.1:\d+: the address is in use"
    ):
        await PrometheusExporter().start(address, measured, None, None)


async def test_a_crowd_that_says_nothing_takes_no_thread_more_than_there_may_be(
    address: str,
) -> None:
    _, host, port = split(address)
    crowd = [socket.create_connection((host, port or 0)) for _ in range(2 * AT_ONCE)]
    turned_away = 0
    for silent in crowd[AT_ONCE:]:
        silent.settimeout(20)
        turned_away += await asyncio.to_thread(silent.recv, 1) == b""
    assert turned_away == AT_ONCE
    for silent in crowd:
        silent.close()


async def test_a_request_that_trickles_in_is_cut_off(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a few strangers keep whoever looks after the server from seeing that it is well."""
    monkeypatch.setattr(exporter, "ALTOGETHER_S", 0.3)
    _, host, port = split(address)

    def trickle() -> bool:
        with socket.create_connection((host, port or 0)) as stranger:
            stranger.settimeout(0.02)
            for _ in range(1_000):
                try:
                    stranger.sendall(b"x")
                    if stranger.recv(1) == b"":
                        return True
                except TimeoutError:
                    pass
                except OSError:
                    return True
        return False

    assert await asyncio.to_thread(trickle)


async def test_closing_ends_it_and_closing_again_is_nothing(measured: Measured) -> None:
    exporter = PrometheusExporter()
    address = await exporter.start("127.0.0.1:0", measured, None, None)
    await exporter.close()
    await exporter.close()
    with pytest.raises(OSError, match=r".+"):
        await asyncio.to_thread(ask, address, "/healthz")


def test_its_entry_module_loads_no_http_and_no_prometheus() -> None:
    code = "import collab_metrics_prometheus, sys; print('prometheus_client' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "False"
    assert load().metrics("prometheus").name == "prometheus"
