"""`--metrics`: what a server counts is shown to what watches it, at an address of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from collab_kernel.errors import AddressError, AuthenticationFailedError, InvalidValueError
from collab_kernel.host.security import TOKENS, Locks
from collab_kernel.host.tokens import TokenFile
from collab_kernel.network import is_loopback, place, split
from collab_kernel.plugins import Plugins, made
from collab_kernel.spi import Admits, Measured, MetricsExporter, Security

DEFAULT_EXPORTER = "prometheus"


@dataclass(frozen=True, slots=True)
class Exporting:
    """One that was started. address: HOST:PORT, the real one."""

    exporter: MetricsExporter
    address: str


def is_beyond(text: str) -> bool:
    """Whether other machines reach what `--metrics` names. Raises AddressError."""
    return not is_loopback(split(text)[1])


async def export(text: str, plugins: Plugins, locks: Locks, measured: Measured) -> Exporting:
    """Start what `--metrics [NAME://]HOST:PORT` names.

    Raises AddressError, also for one that other machines reach without a certificate or where
    nothing asks them for a token, or PluginError.
    """
    name, host, port = split(text)
    if not host or port is None:
        raise AddressError(f"--metrics {text}: write HOST:PORT, 127.0.0.1:9464 say")
    beyond = is_beyond(text)
    security = None
    if beyond and locks.tls_certificate and locks.tls_key:
        security = Security(str(locks.tls_certificate), str(locks.tls_key))
    missing = [
        *([] if security else ["a certificate (--tls-cert and --tls-key)"]),
        *([] if locks.token_file else [TOKENS]),
    ]
    if beyond and missing and not locks.insecure:  # a token lets into the sessions, too
        raise AddressError(
            f"--metrics {text} is reached from other machines, and that needs "
            f"{' and '.join(missing)}; --insecure does without"
        )
    spec = plugins.metrics(name or DEFAULT_EXPORTER)
    exporter = made(spec, spec.create)
    asks = locks.token_file is not None and (beyond or locks.require_token)
    admits = _admits(TokenFile(locks.token_file)) if asks and locks.token_file else None
    address = await exporter.start(place(host, port), measured, admits, security)
    return Exporting(exporter, address)


def _admits(tokens: TokenFile) -> Admits:
    """Any token that is good for every session; it is not used up by this."""

    async def admits(text: str) -> bool:
        try:
            await asyncio.to_thread(tokens.check, text, "", time.time(), True)
        except (AuthenticationFailedError, InvalidValueError):
            return False
        return True

    return admits
