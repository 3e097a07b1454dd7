"""What a server has counted, put together when somebody asks: for plugins and for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from collab_kernel.core.measures import (
    Health,
    Metric,
    MetricKind,
    Sample,
    SessionStatus,
    Status,
)
from collab_kernel.host.counters import Histogram, ServerCounters, Traffic
from collab_kernel.host.session import HostedSession

Number: TypeAlias = Callable[[HostedSession], float]

_OF_SESSIONS: tuple[tuple[str, MetricKind, str, Number], ...] = (
    (
        "collab_events_total",
        MetricKind.COUNTER,
        "Events since the start: accepted commands and what the server did itself.",
        lambda s: s.counters.events,
    ),
    (
        "collab_participants",
        MetricKind.GAUGE,
        "Participants that are connected.",
        lambda s: len(s.state.present),
    ),
    (
        "collab_participants_lost",
        MetricKind.GAUGE,
        "Participants whose place is kept for when they come back.",
        lambda s: len(s.state.participants) - len(s.state.present),
    ),
    ("collab_revision", MetricKind.GAUGE, "The newest revision.", lambda s: s.state.revision),
    ("collab_proxies", MetricKind.GAUGE, "Proxies that there are.", lambda s: len(s.state.proxies)),
    (
        "collab_inbox_waiting",
        MetricKind.GAUGE,
        "What has arrived and was not decided yet.",
        lambda s: s.waiting,
    ),
    (
        "collab_presence_merged_total",
        MetricKind.COUNTER,
        "Presence that newer presence replaced before it was decided.",
        lambda s: s.presence_merged,
    ),
    (
        "collab_outbox_bytes",
        MetricKind.GAUGE,
        "What waits to be sent, of all participants together.",
        lambda s: sum(s.members.waiting_bytes()),
    ),
    (
        "collab_outbox_bytes_most",
        MetricKind.GAUGE,
        "What waits to be sent to whoever is farthest behind.",
        lambda s: max(s.members.waiting_bytes(), default=0),
    ),
    (
        "collab_resynced_total",
        MetricKind.COUNTER,
        "Times that somebody who had fallen behind was sent the state anew.",
        lambda s: s.counters.resynced,
    ),
    (
        "collab_let_go_total",
        MetricKind.COUNTER,
        "Participants that were let go because they had fallen too far behind.",
        lambda s: s.counters.let_go,
    ),
    (
        "collab_store_trouble",
        MetricKind.GAUGE,
        "1 while nothing can be made to last.",
        lambda s: bool(s.store_trouble),
    ),
    (
        "collab_renderer_up",
        MetricKind.GAUGE,
        "1 while the renderer is ready.",
        lambda s: bool(s.renderer and s.renderer.engine),
    ),
    (
        "collab_renderer_restarts_total",
        MetricKind.COUNTER,
        "Times that the renderer was started again after it had died or was ended.",
        lambda s: s.renderer.restarts if s.renderer else 0,
    ),
    (
        "collab_renderer_waiting",
        MetricKind.GAUGE,
        "Questions that wait for the renderer's answer.",
        lambda s: s.renderer.waiting if s.renderer else 0,
    ),
)


class Meter:
    """Reads the counters of one server. Cheap: no state is copied.

    server: name and version.  sessions, counters: the server's, as they are.  now_s: a clock that
    only moves on.
    """

    def __init__(
        self,
        server: str,
        sessions: Mapping[str, HostedSession],
        counters: ServerCounters,
        now_s: Callable[[], float],
    ) -> None:
        self._server = server
        self._sessions = sessions
        self._counters = counters
        self._now_s = now_s
        self._began_s = now_s()

    def health(self, only: str = "") -> Health:
        """What is wrong now. Nothing of it is a secret: no names of people or files. only: of one
        session; "": of all."""
        troubles = []
        for name, session in self._of(only).items():
            if session.failure is not None:
                troubles.append(f"session {name!r} has failed")
            if session.store_trouble:
                troubles.append(f"session {name!r}: the store takes nothing")
            if session.renderer is not None and session.renderer.trouble:
                troubles.append(f"session {name!r}: the renderer was given up")
        return Health(tuple(troubles))

    def status(self, only: str = "") -> Status:
        """How one session is and the server as a whole; "": all of them."""
        return Status(
            self._server,
            self._now_s() - self._began_s,
            tuple(map(_status, self._of(only).values())),
            self.metrics(only),
            self.health(only),
        )

    def _of(self, only: str) -> Mapping[str, HostedSession]:
        return {only: self._sessions[only]} if only else self._sessions

    def metrics(self, only: str = "") -> tuple[Metric, ...]:
        """Everything that is counted, as it is now; of sessions, of one only."""
        sessions = self._of(only)
        up_s = self._now_s() - self._began_s
        uptime = "Seconds since the server was started."
        found = [Metric("collab_uptime_seconds", MetricKind.GAUGE, uptime, (Sample((), up_s),))]
        found += [_of_sessions(row, sessions.values()) for row in _OF_SESSIONS]
        found.append(
            Metric(
                "collab_commands_total",
                MetricKind.COUNTER,
                "Commands by what became of them: accepted, nothing (to do), or the refusal.",
                tuple(
                    Sample((("session", name), ("outcome", outcome)), count)
                    for name, session in sessions.items()
                    for outcome, count in sorted(session.counters.commands.items())
                ),
            )
        )
        found.append(
            _histograms(
                "collab_store_append_seconds",
                "How long it took until events lasted; without a store, to encode them.",
                {name: session.counters.append_s for name, session in sessions.items()},
            )
        )
        found.append(
            _histograms(
                "collab_renderer_answer_seconds",
                "From a question to its answer by the renderer, waiting included.",
                {n: s.renderer.answer_s for n, s in sessions.items() if s.renderer},
            )
        )
        found.append(
            Metric(
                "collab_renderer_answers_total",
                MetricKind.COUNTER,
                "Answers of the renderer by the kind of the question.",
                tuple(
                    Sample((("session", name), ("question", question)), count)
                    for name, session in sessions.items()
                    if session.renderer
                    for question, count in sorted(session.renderer.answers.items())
                ),
            )
        )
        found += self._of_transports()
        refused = "Connections that ended with a reason, by its code."
        samples = [Sample((("code", c),), n) for c, n in sorted(self._counters.turned_away.items())]
        found.append(
            Metric("collab_turned_away_total", MetricKind.COUNTER, refused, tuple(samples))
        )
        return tuple(found)

    def _of_transports(self) -> list[Metric]:
        rows: tuple[tuple[str, str, Callable[[Traffic], int]], ...] = (
            ("received_bytes", "Bytes of messages from clients.", lambda t: t.received_bytes),
            ("sent_bytes", "Bytes of messages to clients.", lambda t: t.sent_bytes),
            ("connections", "Connections since the start.", lambda t: t.connections),
        )
        return [
            Metric(
                f"collab_{name}_total",
                MetricKind.COUNTER,
                help,
                tuple(
                    Sample((("transport", transport),), number(traffic))
                    for transport, traffic in sorted(self._counters.traffic.items())
                ),
            )
            for name, help, number in rows
        ]


def _status(session: HostedSession) -> SessionStatus:
    renderer = session.renderer
    return SessionStatus(
        session.name,
        len(session.state.participants),
        len(session.state.present),
        session.state.revision,
        len(session.state.proxies),
        renderer.condition if renderer else "none",
        renderer.trouble if renderer else "",
        renderer.restarts if renderer else 0,
        session.lasts,
        session.store_trouble,
        session.waiting,
    )


def _of_sessions(
    row: tuple[str, MetricKind, str, Number], sessions: Iterable[HostedSession]
) -> Metric:
    name, kind, help, number = row
    samples = tuple(Sample((("session", s.name),), float(number(s))) for s in sessions)
    return Metric(name, kind, help, samples)


def _histograms(name: str, help: str, histograms: Mapping[str, Histogram]) -> Metric:
    samples = tuple(
        Sample((("session", session),), histogram.sum_s, histogram.buckets())
        for session, histogram in histograms.items()
    )
    return Metric(name, MetricKind.HISTOGRAM, help, samples)
