"""The table [web] of ptedi.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from ptedi.config import Workspace
from ptedi.errors import ConfigurationError
from ptedi.pipeline import presence

_KNOWN = {"idle_minutes", "hours", "trusted_proxy", "largest_upload_mb", "oidc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the workbench is served.

    Attributes:
        limits: how long a session lives (`idle_minutes`, 30; `hours`, 12).
        trusted_proxy: the address of a proxy that speaks TLS for us ("" for none); only its word about the client
            and the scheme counts.
        largest_upload: bytes of one request (`largest_upload_mb`, 64).
    """

    limits: presence.Limits = field(default_factory=presence.Limits)
    trusted_proxy: str = ""
    largest_upload: int = 64 * 1024 * 1024


def load(workspace: Workspace) -> WebSettings:
    """Reads the settings.

    Raises:
        ConfigurationError: an entry is unknown or no number of a sensible size.
    """
    table = workspace.table("web")
    unknown = sorted(set(table) - _KNOWN)
    if unknown:
        raise ConfigurationError(f"[web] in ptedi.toml does not know {', '.join(unknown)}",
                                 hint=f"it knows {', '.join(sorted(_KNOWN))}")  # fmt: skip

    def number(name: str, default: int, most: int) -> int:
        value = table.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise ConfigurationError(f"[web] {name} is a number from 1 to {most}")
        return value

    limits = presence.Limits(idle=timedelta(minutes=number("idle_minutes", 30, 24 * 60)),
                             longest=timedelta(hours=number("hours", 12, 7 * 24)))  # fmt: skip
    return WebSettings(limits=limits, trusted_proxy=str(table.get("trusted_proxy", "")),
                       largest_upload=number("largest_upload_mb", 64, 2048) * 1024 * 1024)  # fmt: skip
