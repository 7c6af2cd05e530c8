"""The table [web] of ptedi.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from ptedi.config import Workspace
from ptedi.errors import ConfigurationError
from ptedi.pipeline import people, presence

_OIDC = {"issuer", "client_id", "client_secret", "title", "name_claim", "roles_claim", "roles", "default_role",
         "base_url", "scope"}  # fmt: skip
_VARIABLE = "PTEDI_OIDC_SECRET"
_KNOWN = {"idle_minutes", "hours", "trusted_proxy", "largest_upload_mb", "oidc", "airflow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """A practice's own sign-in: the table [web.oidc].

    Attributes:
        issuer: the provider's address, https (on this machine http will do).
        client_id, client_secret: what it knows us as; the secret may stand in PTEDI_OIDC_SECRET instead.
        title: what the button on the sign-in page says.
        name_claim: the claim that holds the name to show (`preferred_username`).
        roles_claim, roles: the claim that lists a person's groups (`groups`; `a.b` looks inside a), and the role of
            each group ([web.oidc.roles]); of several the highest counts.
        default_role: the role of who is in none of these groups; none when it is empty.
        base_url: our own address as the provider knows it, when it is not the one a browser asks for.
        scope: what is asked for.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    title: str = "Single sign-on"
    name_claim: str = "preferred_username"
    roles_claim: str = "groups"
    roles: Mapping[str, people.Role] = field(default_factory=dict)
    default_role: people.Role | None = None
    base_url: str = ""
    scope: str = "openid profile email"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the workbench is served.

    Attributes:
        limits: how long a session lives (`idle_minutes`, 30; `hours`, 12).
        trusted_proxy: the address of a proxy that speaks TLS for us ("" for none); only its word about the client
            and the scheme counts.
        largest_upload: bytes of one request (`largest_upload_mb`, 64).
        oidc: the practice's own sign-in, when it has one.
        airflow_roles, airflow_people: behind Airflow's door, our role of each role of Airflow's and of single persons
            ([web.airflow.roles], [web.airflow.people]).
    """

    limits: presence.Limits = field(default_factory=presence.Limits)
    trusted_proxy: str = ""
    largest_upload: int = 64 * 1024 * 1024
    oidc: OidcSettings | None = None
    airflow_roles: Mapping[str, people.Role] = field(default_factory=dict)
    airflow_people: Mapping[str, people.Role] = field(default_factory=dict)


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
                       largest_upload=number("largest_upload_mb", 64, 2048) * 1024 * 1024,
                       oidc=_oidc(table["oidc"]) if "oidc" in table else None,
                       airflow_roles=_airflow(workspace, "roles"), airflow_people=_airflow(workspace, "people"))


def _oidc(table: object) -> OidcSettings:
    if not isinstance(table, dict) or set(table) - _OIDC:
        raise ConfigurationError(f"[web.oidc] knows {', '.join(sorted(_OIDC))} and nothing else")
    given = dict(table) | {"client_secret": table.get("client_secret") or os.environ.get(_VARIABLE, "")}
    for name in ("issuer", "client_id", "client_secret"):
        if not given.get(name) or not isinstance(given[name], str):
            raise ConfigurationError(f"[web.oidc] needs {name}", hint=f"the secret may stand in {_VARIABLE}")
    issuer = urlsplit(given["issuer"])
    if issuer.scheme != "https" and issuer.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ConfigurationError("[web.oidc] issuer is an https address")
    roles = given.pop("roles", {})
    if not isinstance(roles, dict):
        raise ConfigurationError("[web.oidc.roles] names a role for each group")
    default = given.pop("default_role", "")
    return OidcSettings(**given, roles={str(group): _role(role) for group, role in roles.items()},
                        default_role=_role(default) if default else None)  # fmt: skip


def _airflow(workspace: Workspace, name: str) -> dict[str, people.Role]:
    """Of a practice in a box an administrator of Airflow is one here too, unless its settings say otherwise."""
    table = workspace.table("web").get("airflow", {})
    if not isinstance(table, dict) or set(table) - {"roles", "people"} or not isinstance(table.get(name, {}), dict):
        raise ConfigurationError("[web.airflow.roles] and [web.airflow.people] name a role each, and nothing else")
    if not table and name == "roles" and workspace.environment == "T" and workspace.table("sandbox"):
        return {"admin": people.Role.ADMINISTRATOR}
    return {str(whose).lower(): _role(role) for whose, role in table.get(name, {}).items()}


def _role(text: object) -> people.Role:
    try:
        return people.Role(str(text))
    except ValueError:
        raise ConfigurationError(f"[web.oidc] {text} is no role", hint=f"roles are {', '.join(people.Role)}") from None
