"""An OpenID Connect provider in a box: discovery, authorization with PKCE, tokens, keys; it signs everybody in."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "ptedi", "a secret between two"


class Provider:
    """What it says of the next person (`claims`), and how it lies (`lies` replaces claims, `key` signs)."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "0001", "preferred_username": "Ann", "groups": ["billing"]}
        self.lies: dict[str, Any] = {}
        self.key = self.published = RSAKey.generate_key(2048, {"kid": "one"})
        self.issuer = ""
        self.asked: dict[str, dict[str, str]] = {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.discovery)
        self.app.get("/authorize")(self.authorize)
        self.app.post("/token")(self.token)
        self.app.get("/keys")(self.keys)

    def discovery(self) -> dict[str, Any]:
        return {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"]}  # fmt: skip

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.published.as_dict(private=False)]}

    def authorize(self, client_id: str, redirect_uri: str, state: str, nonce: str, code_challenge: str,
                  code_challenge_method: str, response_type: str, scope: str) -> RedirectResponse:  # fmt: skip
        assert (client_id, response_type, code_challenge_method) == (CLIENT, "code", "S256") and "openid" in scope
        code = secrets.token_urlsafe(8)
        self.asked[code] = {"nonce": nonce, "challenge": code_challenge, "redirect_uri": redirect_uri}
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 303)

    def token(self, code: Annotated[str, Form()], code_verifier: Annotated[str, Form()],
              redirect_uri: Annotated[str, Form()]) -> JSONResponse:  # fmt: skip
        asked = self.asked.pop(code, None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        if asked is None or digest != asked["challenge"] or redirect_uri != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims | self.claims | self.lies, self.key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": signed})


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that is really served."""
    made = Provider()
    server = uvicorn.Server(uvicorn.Config(made.app, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    made.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield made
    server.should_exit = True
    thread.join(timeout=10)
