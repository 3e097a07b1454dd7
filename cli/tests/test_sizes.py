"""Sizes as people write them."""

import subprocess
from collections.abc import Callable

import click
import pytest

from collab_cli.sizes import MOST_BYTES, size_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("100000", 100_000), ("64k", 65_536), ("64M", 64 << 20), (" 1G ", 1 << 30)],
)
def test_a_size_is_a_number_with_or_without_a_unit(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1.5M", "64MB", "64 M", "1T", "9" * 13])
def test_what_is_no_size_is_refused_with_examples(text: str) -> None:
    with pytest.raises(click.BadParameter, match="64M"):
        size_bytes(text)


def test_what_is_too_much_is_refused_with_the_limit() -> None:
    with pytest.raises(click.BadParameter, match=str(MOST_BYTES)):
        size_bytes("2G")


def test_the_option_is_named_where_its_size_is_none(
    collab: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    refused = collab("serve", "--max-blob", "much")
    assert refused.returncode == 2
    assert "--max-blob" in refused.stderr
    assert "64M" in refused.stderr
