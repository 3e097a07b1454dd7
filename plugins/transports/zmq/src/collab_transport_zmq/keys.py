"""`collab keys`: the pair of keys of a listener that encrypts by CURVE."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("keys")
@click.option(
    "--out",
    "stem",
    type=click.Path(path_type=Path),
    default=Path("collab"),
    show_default=True,
    help="Where to write: STEM.key (public) and STEM.key_secret.",
)
def keys(stem: Path) -> None:
    """Make the keys of a zmq+curve server.

    Or those of a client that waits for one (collab client --reverse).
    """
    for suffix in (".key", ".key_secret"):
        if Path(f"{stem}{suffix}").exists():
            raise click.UsageError(f"{stem}{suffix} exists already: nothing was written")
    if not stem.parent.is_dir():
        raise click.UsageError(f"there is no folder {stem.parent}")
    import zmq.auth  # for whoever makes some, not for everybody who reads the help

    public, secret = zmq.auth.create_certificates(str(stem.parent), stem.name)
    Path(secret).chmod(0o600)
    click.echo(f"{public}: give it to whoever connects (--tls-ca {Path(public).name})")
    click.echo(f"{secret}: keep it where it listens (--curve-key {Path(secret).name})")
