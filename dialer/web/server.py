"""Serves the application on its address: TLS by setting, a taken port named."""

from __future__ import annotations

import asyncio
import errno
import ssl
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from dialer.config import Config
from dialer.core.words import N_
from dialer.errors import AlreadyRunning, ConfigError
from dialer.web.app import TASKS

log = structlog.get_logger("web")

KEEPALIVE_S: Final = 75.0
"""An idle connection is closed after this time; so is one that never sends a whole request."""
SHUTDOWN_S: Final = 3.0
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class WebServer:
    """The running server; made by ``serve``."""

    def __init__(self, runner: web.AppRunner, url: str) -> None:
        self._runner = runner
        self.url = url

    async def run(self) -> None:
        """Wait; raises when a background task of the application dies. Ends only by cancellation."""
        tasks: list[asyncio.Task[None]] = self._runner.app[TASKS]
        ended, _living = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()

    async def aclose(self) -> None:
        """Tell desks and wallboards, let running requests end, close."""
        await self._runner.cleanup()


async def serve(app: web.Application, config: Config, port: int | None = None) -> WebServer:
    """Listen on ``config.web`` (``port`` overrides it; 0: any free one).

    Raises ``AlreadyRunning`` that names the port, or ``ConfigError`` that names the setting.
    """
    settings = config.web
    context = tls_context(config)
    if context is None and settings.host not in LOOPBACK and not settings.public_url.startswith("https://"):
        log.warning("passwords travel unencrypted: set web.certificate and web.private_key")
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=SHUTDOWN_S, handle_signals=False
    )
    await runner.setup()
    wanted = settings.port if port is None else port
    site = web.TCPSite(runner, settings.host, wanted, ssl_context=context)
    try:
        await site.start()
    except OSError as fault:
        await runner.cleanup()
        raise _cannot_listen(fault, settings.host, wanted) from fault
    host, bound = runner.addresses[0][:2]
    scheme = "http" if context is None else "https"
    return WebServer(runner, f"{scheme}://{f'[{host}]' if ':' in host else host}:{bound}")


def tls_context(config: Config) -> ssl.SSLContext | None:
    """The context for ``web.certificate`` and ``web.private_key``; None when TLS is off."""
    settings = config.web
    if settings.certificate is None or settings.private_key is None:
        return None
    certificate, key = config.base / settings.certificate, config.base / settings.private_key
    for name, file in (("web.certificate", certificate), ("web.private_key", key)):
        _check_readable(name, file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as fault:
        raise ConfigError(
            N_("web.certificate {certificate}: does not go with web.private_key {key}, or is no PEM file"),
            certificate=certificate,
            key=key,
        ) from fault
    return context


def _check_readable(name: str, file: Path) -> None:
    try:
        file.read_bytes()
    except OSError as fault:
        raise ConfigError(
            N_("{name}: {file} cannot be read: {why}"), name=name, file=file, why=fault.strerror
        ) from fault


def _cannot_listen(fault: OSError, host: str, port: int) -> AlreadyRunning | ConfigError:
    if fault.errno == errno.EADDRINUSE:
        return AlreadyRunning(
            N_("web.port: {host}:{port} is taken; stop the other program or set another port"),
            host=host,
            port=port,
        )
    return ConfigError(
        N_("web.host, web.port: cannot listen on {host}:{port}: {why}"),
        host=host,
        port=port,
        why=fault.strerror or fault,
    )
