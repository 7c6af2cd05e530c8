"""Serving: on this machine only, unless TLS or a trusted proxy stands before it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ptedi.config import open_workspace
from ptedi.errors import ConfigurationError
from ptedi.web.app import create_app
from ptedi.web.settings import WebSettings, load


def run(root: Path, *, host: str, port: int, cert: Path | None, key: Path | None,
        tell: Callable[[str], None]) -> None:  # fmt: skip
    """Serves a workspace until it is told to stop.

    Raises:
        ConfigurationError: it would be open beyond this machine without TLS.
    """
    settings = load(open_workspace(root))
    guard(host, cert, key, settings)
    address = f"{'https' if cert else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    tell(f"The workbench: {address}  (workspace {root}; Ctrl-C ends)")
    uvicorn.run(create_app(root), host=host, port=port, ssl_certfile=cert, ssl_keyfile=key, log_level="warning",
                access_log=False, server_header=False, proxy_headers=bool(settings.trusted_proxy),
                forwarded_allow_ips=settings.trusted_proxy or "")  # fmt: skip


def guard(host: str, cert: Path | None, key: Path | None, settings: WebSettings) -> None:
    """Refuses what would carry passwords and patients over a network in the clear.

    Raises:
        ConfigurationError: beyond loopback without TLS and without a trusted proxy, or half a pair of TLS files.
    """
    if bool(cert) != bool(key):
        raise ConfigurationError("TLS needs both --tls-cert and --tls-key")
    if _loopback(host) or cert or settings.trusted_proxy:
        return
    raise ConfigurationError(f"{host} is beyond this machine, and nothing would encrypt what goes over the network",
                             hint="give --tls-cert and --tls-key, or put a TLS proxy before it and name its address: "
                                  '[web] trusted_proxy = "10.0.0.5" in ptedi.toml')  # fmt: skip


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
