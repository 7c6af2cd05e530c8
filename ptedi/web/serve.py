"""Serving: on this machine only, unless TLS or a trusted proxy stands before it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from ptedi.config import open_workspace
from ptedi.errors import ConfigurationError
from ptedi.web import enter
from ptedi.web.app import create_app
from ptedi.web.settings import WebSettings, load

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def run(root: Path, *, host: str, port: int, cert: Path | None, key: Path | None,
        tell: Callable[[str], None]) -> None:  # fmt: skip
    """Serves a workspace until it is told to stop.

    Raises:
        ConfigurationError: it would be open beyond this machine without TLS, or the address cannot be listened on.
    """
    settings = load(open_workspace(root))
    app = make(root, host=host, cert=cert, key=key, settings=settings)
    free(host, port)
    address = f"{'https' if cert else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    tell(f"The workbench of {root}: {address}   (Ctrl-C ends it)")
    if is_loopback(host) and (once := enter.link(app.state.house)):
        tell(f"Come in without a password, once, within a quarter of an hour:\n  {address}/enter?key={once}")
    uvicorn.run(app, host=host, port=port, ssl_certfile=cert, ssl_keyfile=key, log_level="warning", access_log=False,
                server_header=False, proxy_headers=bool(settings.trusted_proxy),
                forwarded_allow_ips=settings.trusted_proxy)  # fmt: skip


def free(host: str, port: int) -> None:
    """Whether an address can be listened on, before a link to it is printed.

    Raises:
        ConfigurationError: another program listens there, or it is no address of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(found[0], found[1])) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(found[4])
    except OSError as problem:
        why = "is in use" if problem.errno == errno.EADDRINUSE else "cannot be listened on"
        raise ConfigurationError(f"port {port} of {host} {why}",
                                 hint="another workbench may run there already; --port takes another one") from None


def make(root: Path, *, host: str, cert: Path | None, key: Path | None, settings: WebSettings) -> FastAPI:
    """The application as it may be served at an address.

    Raises:
        ConfigurationError: beyond this machine without TLS and without a trusted proxy, or half a pair of TLS files.
    """
    if bool(cert) != bool(key):
        raise ConfigurationError("TLS needs both --tls-cert and --tls-key")
    near = is_loopback(host)
    if not (near or cert or settings.trusted_proxy):
        raise ConfigurationError(f"{host} is beyond this machine, and nothing would encrypt what goes over the network",
                                 hint="give --tls-cert and --tls-key, or put a TLS proxy before it and name its "
                                      'address: [web] trusted_proxy = "10.0.0.5" in ptedi.toml')  # fmt: skip
    app = create_app(root)
    app.state.house.tls_only = not near
    app.state.house.hosts = _HERE | {host} if near and not settings.trusted_proxy else None
    return app


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
