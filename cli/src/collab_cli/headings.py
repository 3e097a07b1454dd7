"""Help of commands with many options: under headings, what matters first at the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

OTHERS = "Other options"


@dataclass(frozen=True, slots=True)
class Later:
    """A command that is imported once it is asked for. summary: its own help's first line."""

    module: str
    summary: str


class GroupInOrder(click.Group):
    """Commands in the order in which they were added, not by the alphabet: first those of `later`,
    by name."""

    def __init__(self, *args: Any, later: Mapping[str, Later], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return [*self.later, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The one of this name."""
        if cmd_name in self.later:
            found = getattr(import_module(self.later[cmd_name].module), cmd_name)
            assert isinstance(found, click.Command)
            return found
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each is for; none is imported for that."""
        summaries = {name: later.summary for name, later in self.later.items()}
        longest = max(map(len, (*summaries, *self.commands)))
        width = formatter.width - 6 - longest
        summaries |= {name: c.get_short_help_str(width) for name, c in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(list(summaries.items()))


class CommandWithHeadings(click.Command):
    """A command whose help has its options under headings.

    headings: the options under each, by name and in the order in which they are shown; what is
    under none comes last.
    """

    def __init__(self, *args: Any, headings: Mapping[str, Sequence[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headings = headings

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each heading with its options."""
        left = {
            name: record
            for parameter in self.get_params(ctx)
            if (record := parameter.get_help_record(ctx)) is not None
            for name in parameter.opts
            if name.startswith("--")
        }
        shown = {
            title: [left.pop(name) for name in names] for title, names in self.headings.items()
        }
        for title, records in {**shown, OTHERS: list(left.values())}.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
