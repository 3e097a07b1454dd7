"""`collab plugins`: what was found, and what is broken."""

from __future__ import annotations

from collections import Counter

import click

from collab_cli.new import new
from collab_kernel.plugins import load


@click.group(invoke_without_command=True)
@click.pass_context
def plugins(context: click.Context) -> None:
    """List every plugin found, or make one to start from."""
    if context.invoked_subcommand is None:
        context.invoke(list_plugins)


@plugins.command("list")
def list_plugins() -> None:
    """List every plugin found, or why it is broken."""
    rows = [("KIND", "NAME", "DISTRIBUTION", "VERSION", "")]
    found = load().found
    offered = Counter((f.kind, f.name) for f in found)
    for f in found:
        note = f.summary
        if f.error:
            note = "broken: " + " ".join(f.error.split())
        elif offered[f.kind, f.name] > 1:
            note = "conflict: two distributions offer it, so neither is used; uninstall one"
        rows.append((f.kind, f.name, f.distribution, f.version, note))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[4]]).rstrip())


plugins.add_command(new)
