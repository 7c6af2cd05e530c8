"""Day's close."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.seat import Seat, allow

router = APIRouter()


@router.get("/close", name="close")
def close(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """Day's close."""
    return view.page(seat, "soon.html", title="Day's close")
