"""`--store NAME:LOCATION`: a store, opened to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import click

from collab_kernel.errors import StoreError, UnknownSessionError
from collab_kernel.plugins import load, made
from collab_kernel.stored import Store

F = TypeVar("F", bound=Callable[..., Any])

HOW = "expected NAME:LOCATION, as in sqlite:work.collab (`collab plugins` lists stores)"


def store_option(required: bool = False) -> Callable[[F], F]:
    """Where sessions are kept; of a command of a group, also as the group was told."""

    def checked(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
        if text is None and context.parent is not None:
            text = context.parent.params.get("store")
        if text is None and required:
            raise click.MissingParameter(ctx=context, param=parameter)
        if text is not None and not all(text.partition(":")):
            raise click.BadParameter(f"{text!r} names no store: {HOW}")
        return text

    return click.option(
        "--store",
        "store",
        metavar="NAME:LOCATION",
        callback=checked,
        help="Where sessions are kept: sqlite:work.collab, say.",
    )


@contextmanager
def opened(text: str) -> Iterator[Store]:
    """The store that `text` names; what was found damaged in it is told on stderr.

    Raises UnknownPluginError, or a StoreError or UnknownSessionError that names the store.
    """
    name, _, location = text.partition(":")
    spec = load().store(name)
    try:
        store = made(spec, partial(spec.create, location))
        try:
            yield store
        finally:
            for notice in store.notices():
                click.echo(f"collab: {notice}", err=True)
            store.close()
    except StoreError as error:
        raise StoreError(f"{text}: {error}") from error
    except UnknownSessionError as error:
        raise UnknownSessionError(f"{text}: {error}") from error
