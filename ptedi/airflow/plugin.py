"""The workbench inside Airflow's own pages: at /ptedi, with an entry in Airflow's navigation.

Airflow loads its plugins in every one of its processes, so this module is light: the workbench is made when the first
request for it comes.  Airflow says who somebody is, at each request; what they may do here says ptedi.toml:

    [web.airflow.roles]     # Airflow's role -> ours (SimpleAuthManager, FAB)
    admin = "administrator"
    op = "approver"
    [web.airflow.people]    # one person, before any role
    "lee" = "biller"

Who is in neither table gets in nowhere: Airflow lets a viewer post to a plugin, so its own roles protect nothing here.
"""

from __future__ import annotations

import threading
from typing import Any

import anyio.from_thread
import anyio.to_thread
from airflow.plugins_manager import AirflowPlugin
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/ptedi"
_NOWHERE = "PTEDI_WORKSPACE names no workspace: set it for Airflow's API server."


class Workbench:
    """The workbench as an ASGI application that is made at the first request."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None
        self._making = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "http":
            app = self._app
            if app is None:
                app = await anyio.to_thread.run_sync(self._make)
            await app(scope, receive, send)

    def _make(self) -> ASGIApp:
        from ptedi.config import find_workspace  # noqa: PLC0415
        from ptedi.web.app import create_app  # noqa: PLC0415
        from ptedi.web.house import Door  # noqa: PLC0415

        with self._making:
            if self._app is None:
                root = find_workspace()
                if root is None:
                    return PlainTextResponse(_NOWHERE, status_code=503)
                self._app = create_app(root, door=Door.AIRFLOW, identify=identify)
        return self._app


def identify(request: Request) -> Any:
    """Whom Airflow has signed in: a `ptedi.web.house.Guest` with Airflow's names of the person's roles; None: nobody.

    Called in a worker thread, while Airflow's own answer is a coroutine.
    """
    from ptedi.web.house import Guest  # noqa: PLC0415

    try:
        user = anyio.from_thread.run(_user, request)
    except HTTPException:
        return None
    if user is None:
        return None
    name = str(user.get_name())
    return Guest(subject=str(user.get_id()), name=name, groups=_roles(user))


async def _user(request: Request) -> Any:
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user  # noqa: PLC0415

    return await get_user(request, None, await bearer_scheme(request))


def _roles(user: Any) -> tuple[str, ...]:
    """SimpleAuthManager has one role, FAB several with names; another manager may have none that we can read."""
    one, several = getattr(user, "role", None), getattr(user, "roles", None) or ()
    names = [one] if one else [getattr(role, "name", role) for role in several]
    return tuple(str(getattr(name, "value", name)) for name in names)


class PtediPlugin(AirflowPlugin):
    """What Airflow finds under the entry point `airflow.plugins`."""

    name = "ptedi"
    fastapi_apps = [{"app": Workbench(), "url_prefix": PREFIX, "name": "ptedi workbench"}]  # noqa: RUF012 - Airflow's way
    external_views = [  # noqa: RUF012
        # relative, so that it works under any base URL of Airflow
        {"name": "Claims", "href": f"{PREFIX.strip('/')}/", "destination": "nav", "nav_top_level": True,
         "url_route": "ptedi-claims"},  # without it Airflow draws a button that goes nowhere
    ]
