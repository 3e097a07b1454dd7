"""The kernel's metrics as prometheus_client has them, and as bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import assert_never

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.core import (
    Metric as Family,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from collab_kernel.spi import Metric, MetricKind


class _Snapshot(Collector):
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Family]:
        return map(_family, self._metrics)


def exposition(metrics: Sequence[Metric], accept: str) -> tuple[bytes, str]:
    """The text and its content type. accept: the header of whoever asks."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Snapshot(metrics))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _bound(bound: float) -> str:
    """As the format writes it."""
    return "+Inf" if math.isinf(bound) else f"{bound:g}"


def _family(metric: Metric) -> Family:
    names = [name for name, _ in metric.samples[0].labels] if metric.samples else []
    match metric.kind:
        case MetricKind.COUNTER:
            counter = CounterMetricFamily(metric.name, metric.help, labels=names)
            for sample in metric.samples:
                counter.add_metric([value for _, value in sample.labels], sample.value)
            return counter
        case MetricKind.GAUGE:
            gauge = GaugeMetricFamily(metric.name, metric.help, labels=names)
            for sample in metric.samples:
                gauge.add_metric([value for _, value in sample.labels], sample.value)
            return gauge
        case MetricKind.HISTOGRAM:
            histogram = HistogramMetricFamily(metric.name, metric.help, labels=names)
            for sample in metric.samples:
                buckets = [(_bound(bound), float(n)) for bound, n in sample.buckets]
                labels = [value for _, value in sample.labels]
                histogram.add_metric(labels, buckets, sample.value)
            return histogram
        case _:
            assert_never(metric.kind)
