"""The application: pages, doors, headers; made for one workspace."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ptedi.errors import PtediError
from ptedi.logs import open_log
from ptedi.web import enter, oidc, problems, sign_in
from ptedi.web.headers import Guard
from ptedi.web.house import Door, House, Identify
from ptedi.web.jobs import Jobs
from ptedi.web.pages import PAGES
from ptedi.web.view import STATIC


def create_app(workspace: Path, *, door: Door = Door.OWN, identify: Identify | None = None) -> FastAPI:
    """The workbench of a workspace.

    Args:
        workspace: the practice's folder.
        door: how people come in.
        identify: behind Airflow's door, says whom Airflow has signed in.
    """
    at = House(root=workspace, door=door, identify=identify)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        at.close()

    app = FastAPI(title="ptedi workbench", version="1", lifespan=life, docs_url=None, redoc_url=None, openapi_url=None,
                  middleware=[Middleware(Guard, told=problems.told, log=_log(at), framed=door is Door.AIRFLOW,
                                         largest=lambda: at.settings.largest_upload, known=at.admit)])  # fmt: skip
    app.state.house = at
    app.state.jobs = Jobs(_log(at))
    for router in (sign_in.router, enter.router, oidc.router, *PAGES):
        app.include_router(router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.state.paths = {route.name: re.findall(r"{(\w+)", route.path) for route in routes(app)}
    for kind in (PtediError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _handle)
    return app


def routes(app: FastAPI) -> list[APIRoute]:
    """Every page and form of the application."""
    return [route for route in app.routes if isinstance(route, APIRoute)]


async def _handle(request: Request, problem: Exception) -> Response:
    return await run_in_threadpool(problems.here, request, problem)


def _log(at: House) -> Any:
    def log(incident: str, kind: str, place: str) -> None:
        if at.root.is_dir():
            folder = at.root / "logs"
            folder.mkdir(exist_ok=True, mode=0o700)
            open_log(folder).error("fault", step="web", error=kind, code=incident, kind=place)

    return log


class _Static(StaticFiles):
    """Our own files; their address changes with their content, so a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer
