"""Durations as people write them."""

from __future__ import annotations

import re

import click

UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
"""By what stands behind the number."""


def duration_s(text: str) -> float | None:
    """`90`, `90s`, `30m`, `24h`, `7d` in seconds; None if it is none of these."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)([smhd]?)", text, re.ASCII)
    return None if found is None else float(found[1]) * UNITS_S[found[2]]


def seconds(context: click.Context, parameter: click.Parameter, text: str | None) -> float:
    """What an option says; 0 where it was not given. Raises BadParameter."""
    found = 0.0 if text is None else duration_s(text)
    if found is None:
        raise click.BadParameter(
            f"{text!r:.80} is no duration: 90 and 90s are seconds, and there are 30m, 24h and 7d"
        )
    return found


def some_seconds(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> float | None:
    """As `seconds`, and more than none; None where it was not given."""
    found = seconds(context, parameter, text)
    if text is not None and not found:
        raise click.BadParameter(f"{text!r}: it has to last for a while")
    return found if text is not None else None
