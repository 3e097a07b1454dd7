"""How a server is: to protobuf and back."""

from __future__ import annotations

from collab_kernel.core.measures import (
    Health,
    Metric,
    MetricKind,
    Sample,
    SessionStatus,
    Status,
)
from collab_kernel.wire.rows import refusing_garbage
from collab_proto.v1 import status_pb2 as pb

_KINDS = {str(kind): kind for kind in MetricKind}


def encode_status(status: Status) -> bytes:
    message = pb.Status(
        server=status.server, uptime_s=status.uptime_s, troubles=status.health.troubles
    )
    for session in status.sessions:
        message.sessions.add(
            name=session.name,
            participants=session.participants,
            connected=session.connected,
            revision=session.revision,
            proxies=session.proxies,
            renderer=session.renderer,
            renderer_trouble=session.renderer_trouble,
            renderer_restarts=session.renderer_restarts,
            store=session.store,
            store_trouble=session.store_trouble,
            waiting=session.waiting,
        )
    for metric in status.metrics:
        m = message.metrics.add(name=metric.name, kind=metric.kind, help=metric.help)
        for sample in metric.samples:
            s = m.samples.add(value=sample.value)
            for name, value in sample.labels:
                s.labels.add(name=name, value=value)
            for bound, count in sample.buckets:
                s.buckets.add(bound=bound, count=count)
    return message.SerializeToString()


def decode_status(data: bytes) -> Status:
    """Metrics of kinds that are unknown here are left out. Raises RemoteProtocolError."""
    with refusing_garbage():
        message = pb.Status.FromString(data)
    return Status(
        message.server,
        message.uptime_s,
        tuple(map(_session, message.sessions)),
        tuple(_metric(m) for m in message.metrics if m.kind in _KINDS),
        Health(tuple(message.troubles)),
    )


def _session(m: pb.SessionStatus) -> SessionStatus:
    return SessionStatus(
        m.name,
        m.participants,
        m.connected,
        m.revision,
        m.proxies,
        m.renderer,
        m.renderer_trouble,
        m.renderer_restarts,
        m.store,
        m.store_trouble,
        m.waiting,
    )


def _metric(m: pb.Metric) -> Metric:
    samples = tuple(
        Sample(
            tuple((label.name, label.value) for label in s.labels),
            s.value,
            tuple((b.bound, b.count) for b in s.buckets),
        )
        for s in m.samples
    )
    return Metric(m.name, _KINDS[m.kind], m.help, samples)
