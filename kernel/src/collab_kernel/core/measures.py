"""How a server is: what it has counted, and whether all is well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MetricKind(StrEnum):
    """COUNTER only rises; GAUGE is as it is now; HISTOGRAM counts how often something was how
    large."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Sample:
    """A number, or a histogram. labels: name and value each, in the same order in all samples of a
    metric.  value: of a histogram, the sum of all that was observed.
    buckets: of a histogram, each (upper bound, how many were no larger); the last bound is
    infinite.
    """

    labels: tuple[tuple[str, str], ...]
    value: float
    buckets: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """name: as Prometheus has them (`collab_events_total`).  help: what it is, in a line."""

    name: str
    kind: MetricKind
    help: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """troubles: what is wrong now, each a sentence for people; none: all is well."""

    troubles: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.troubles


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """connected: of the participants.  renderer: what it is doing; its `trouble` and the store's
    are "" where there is none.  store: whether the session outlives the server.
    waiting: what has arrived and was not decided yet.
    """

    name: str
    participants: int
    connected: int
    revision: int
    proxies: int
    renderer: str
    renderer_trouble: str
    renderer_restarts: int
    store: bool
    store_trouble: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Status:
    """server: name and version.  uptime_s: since it was started."""

    server: str
    uptime_s: float
    sessions: tuple[SessionStatus, ...]
    metrics: tuple[Metric, ...]
    health: Health = Health()
