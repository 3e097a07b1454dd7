"""Help of commands with many options: under headings, what matters first at the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

OTHERS = "Other options"


class GroupInOrder(click.Group):
    """Commands in the order in which they were added, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


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
