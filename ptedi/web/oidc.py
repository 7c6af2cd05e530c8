"""Signing in through a practice's own OpenID Connect provider: authorization code with PKCE, state and nonce.

What the provider says is believed only when its signature, issuer, audience, times and nonce fit.  It gives the role
anew at each sign-in, so who leaves a group loses what the group gave.
"""

from __future__ import annotations

import secrets
import threading
import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.oidc.core import CodeIDToken
from fastapi import APIRouter
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ptedi.pipeline import people
from ptedi.web import cookies, urls
from ptedi.web.access import Role
from ptedi.web.errors import NotAllowed, NotThere
from ptedi.web.house import Door, house
from ptedi.web.seat import PUBLIC
from ptedi.web.settings import OidcSettings
from ptedi.web.sign_in import admit, inside

router = APIRouter()
COOKIE = "ptedi-oidc"
SOURCE = "oidc"
_SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_WAIT = 10.0  # seconds
_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a browser was sent to the provider with; kept in its own cookie until it comes back."""

    state: str
    nonce: str
    verifier: str
    next: str


@router.get("/oidc/start", name="oidc_start")
def start(request: Request, _: Annotated[None, PUBLIC], next: str = "") -> Response:
    """Sends the browser to the provider."""
    settings = _settings(request)
    errand = Errand(state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24),
                    verifier=secrets.token_urlsafe(48), next=inside(request, next))  # fmt: skip
    provider = _provider(settings)
    with _client(settings, request) as client:
        where, _state = client.create_authorization_url(
            str(provider["authorization_endpoint"]), state=errand.state, nonce=errand.nonce,
            code_verifier=errand.verifier)
    answer = RedirectResponse(where, status_code=303)
    cookies.write(request, answer, COOKIE, msgspec.json.encode(errand).hex())
    return answer


@router.get("/oidc/back", name="oidc_back")
def back(request: Request, _: Annotated[None, PUBLIC], state: str = "", code: str = "", error: str = "") -> Response:
    """Takes the browser back, asks the provider who it is, and signs the person in."""
    settings, errand = _settings(request), _errand(request)
    if errand is None or not secrets.compare_digest(state.encode(), errand.state.encode()):
        raise NotAllowed("this sign-in was not begun here", hint="begin again on the sign-in page")
    if error or not code:
        raise NotAllowed("the provider did not sign you in", hint="begin again, or ask who looks after it")
    claims = _ask(settings, request, code, errand)
    role = role_of(settings, claims)
    if role is None:
        raise NotAllowed("your groups give you no role here", hint="ask who looks after the groups")
    name = str(claims.get(settings.name_claim) or claims.get("email") or claims["sub"])
    person = people.arrive(house(request).night, source=SOURCE, subject=str(claims["sub"]), name=name, role=role)
    if person is None:
        raise NotAllowed("you are locked out here", hint="an administrator can let you in again")
    answer = admit(request, person, errand.next)
    cookies.clear(request, answer, COOKIE)
    return answer


def role_of(settings: OidcSettings, claims: dict[str, Any]) -> people.Role | None:
    """The highest role that a person's groups give."""
    found: Any = claims
    for part in settings.roles_claim.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    groups = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    given = [settings.roles[group] for group in groups if isinstance(group, str) and group in settings.roles]
    return max(given, key=lambda role: _RANK[role], default=settings.default_role)


# --- asking ---


def _ask(settings: OidcSettings, request: Request, code: str, errand: Errand) -> dict[str, Any]:
    """What the provider says of who comes back with a code, when all of it fits."""
    provider = _provider(settings)
    try:
        with _client(settings, request) as client:
            token = client.fetch_token(str(provider["token_endpoint"]), code=code, grant_type="authorization_code",
                                       code_verifier=errand.verifier)
        keys = _fetch(str(provider["jwks_uri"]))
        signed = [one for one in provider.get("id_token_signing_alg_values_supported", ["RS256"]) if one in _SIGNED]
        read = jwt.decode(str(token["id_token"]), KeySet.import_key_set(keys), algorithms=signed)  # type: ignore[arg-type]
        must = {"iss": {"essential": True, "value": provider["issuer"]}, "sub": {"essential": True},
                "aud": {"essential": True, "value": settings.client_id}, "exp": {"essential": True},
                "iat": {"essential": True}, "nonce": {"essential": True, "value": errand.nonce}}  # fmt: skip
        claims = CodeIDToken(read.claims, read.header, must, {"nonce": errand.nonce, "client_id": settings.client_id})
        claims.validate(leeway=60)
    except (AuthlibBaseError, JoseError, httpx.HTTPError, KeyError, ValueError, TypeError) as problem:
        raise NotAllowed("what the provider says of you cannot be believed",
                         hint=f"begin again; tell who looks after it: {type(problem).__name__}") from None  # fmt: skip
    return dict(claims)


def _settings(request: Request) -> OidcSettings:
    found = house(request).settings.oidc
    if found is None or house(request).door is Door.AIRFLOW:
        raise NotThere("this practice has no single sign-on", hint="sign in by password")
    return found


def _client(settings: OidcSettings, request: Request) -> Any:
    with warnings.catch_warnings():  # authlib would rather have another library than httpx, which Airflow has anyway
        warnings.simplefilter("ignore")
        from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415

    base = settings.base_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    return OAuth2Client(settings.client_id, settings.client_secret, scope=settings.scope, timeout=_WAIT,
                        code_challenge_method="S256", redirect_uri=base + urls.url(request, "oidc_back"),
                        follow_redirects=False)  # fmt: skip


_PROVIDERS: dict[str, dict[str, Any]] = {}
_ASKING = threading.Lock()


def _provider(settings: OidcSettings) -> dict[str, Any]:
    """What the provider publishes of itself, asked once."""
    with _ASKING:
        if settings.issuer not in _PROVIDERS:
            told = _fetch(settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if str(told.get("issuer", "")).rstrip("/") != settings.issuer.rstrip("/"):
                raise NotAllowed("the provider calls itself by another name", hint="see [web.oidc] issuer")
            _PROVIDERS[settings.issuer] = told
        return _PROVIDERS[settings.issuer]


def _fetch(address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=_WAIT, follow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError):
        raise NotAllowed("the provider cannot be reached", hint="sign in by password, or try again later") from None
    if not isinstance(found, dict):
        raise NotAllowed("the provider cannot be understood")
    return found


def _errand(request: Request) -> Errand | None:
    try:
        return msgspec.json.decode(bytes.fromhex(cookies.read(request, COOKIE)), type=Errand)
    except (ValueError, msgspec.DecodeError):
        return None
