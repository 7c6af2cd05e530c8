"""Addresses by name, right under any root path; what is not part of the path becomes the query."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request


def url(request: Request, name: str, /, **params: object) -> str:
    """The address of a route: `url(request, "claim", number=..., tab="lines")`; None and "" are left out.

    Raises:
        LookupError: there is no route of this name.
    """
    wanted = request.app.state.paths.get(name)
    if wanted is None:
        raise LookupError(f"no route is called {name}")
    inside = {key: params[key] for key in wanted}
    query = {key: value for key, value in params.items() if key not in wanted and value not in (None, "")}
    path = str(request.app.url_path_for(name, **inside))
    asked = f"?{urlencode(query, doseq=True)}" if query else ""
    return root(request) + path + asked


def root(request: Request) -> str:
    """What stands before every path: "" or, say, `/ptedi`."""
    return str(request.scope.get("root_path", "")).rstrip("/")
