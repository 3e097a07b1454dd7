"""Shows what a server counts to Prometheus: `--metrics [prometheus://]HOST:PORT`."""

from collab_kernel import hookimpl
from collab_kernel.spi import MetricsExporter, MetricsSpec


@hookimpl
def collab_metrics() -> list[MetricsSpec]:
    """`/metrics` and `/healthz` over HTTP."""

    def create() -> MetricsExporter:
        from .exporter import PrometheusExporter  # prometheus_client is imported only when chosen

        return PrometheusExporter()

    return [MetricsSpec("prometheus", create, "/metrics and /healthz over HTTP")]
