"""What goes to stderr: lines for people, or JSON for what collects them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import click

from collab_kernel.server import LogContext

TEXT, JSON = "text", "json"


class JsonLines(logging.Formatter):
    """One object a line. The fields: see docs/guide.md."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        said: dict[str, object] = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if session := getattr(record, "session", ""):
            said["session"] = session
        if participant := getattr(record, "participant", 0):
            said["participant"] = participant
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def log_to_stderr(level: str, format: str) -> None:
    """level: by name, in any case. Raises BadParameter."""
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise click.BadParameter(f"{level!r} is no level", param_hint="--log-level")
    handler = logging.StreamHandler()
    handler.addFilter(LogContext())
    people = logging.Formatter("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if format == JSON else people)
    logging.basicConfig(level=number, handlers=[handler])
