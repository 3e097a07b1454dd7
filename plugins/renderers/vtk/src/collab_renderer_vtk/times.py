"""Whether what an algorithm puts out depends on time, and the steps it has."""

from __future__ import annotations

from math import isfinite
from typing import Any

from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline

MAX_TIME_STEPS = 100_000


def time_steps(algorithm: Any, port: int = 0) -> tuple[float, ...]:
    """The times at which an output has something of its own; of one that changes all the time,
    the first and the last."""
    steps = _numbers(algorithm, port, vtkStreamingDemandDrivenPipeline.TIME_STEPS())
    return steps or _numbers(algorithm, port, vtkStreamingDemandDrivenPipeline.TIME_RANGE())


def depends_on_time(algorithm: Any) -> bool:
    """Whether another time may give another output."""
    first, *others = time_steps(algorithm) or (0.0,)
    return any(time != first for time in others)


def _numbers(algorithm: Any, port: int, key: Any) -> tuple[float, ...]:
    information = algorithm.GetOutputInformation(port)
    if information is None or not information.Has(key):
        return ()
    numbers = (information.Get(key, i) for i in range(min(information.Length(key), MAX_TIME_STEPS)))
    return tuple(filter(isfinite, numbers))
