"""Claims held back by a person before they are sent, and what the next night would send."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi.pipeline import batching
from ptedi.web import grid, view
from ptedi.web.access import Verb
from ptedi.web.errors import BadForm
from ptedi.web.grid import Sent
from ptedi.web.pages.claim import Number, payer_name
from ptedi.web.seat import Seat, allow

router = APIRouter()
_SHOWN = 500


@router.get("/batches/next", name="batch_next")
def next_(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """What the next night would send, to whom, in how many files, and what is held back from it."""
    found = batching.next_night(seat.night)
    names = {one.id: one.name for one in seat.night.partners.values()}
    return view.page(seat, "batches/next.html", found=found, partners=names, shown=found.held_back[:_SHOWN],
                     payer=lambda payer_id: payer_name(seat, payer_id))  # fmt: skip


@router.post("/claims/{number}/hold", name="claim_hold")
def hold(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number, form: Sent) -> RedirectResponse:
    """Holds a claim back until a day, or until somebody lets it go."""
    reason, day = grid.text(form, "reason", 300), _day(grid.text(form, "until", 10))
    late = grid.text(form, "past_deadline", 5) == "yes"
    if not reason:
        raise BadForm("say why it shall wait", hint="no patient's name")

    def run() -> str:
        [one] = batching.hold_back(seat.night, [number], seat.name, reason, until=day, past_deadline=late)
        return f"Held back until {one.until}." if one.until else "Held back until somebody lets it go."

    seat.flash(seat.once(grid.text(form, "once", 64) or secrets.token_urlsafe(16), run))
    return view.go(seat, "claim", number=number.upper())


@router.post("/claims/{number}/unhold", name="claim_unhold")
def unhold(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number, form: Sent) -> RedirectResponse:
    """Lets a claim go that was held back: it is scrubbed at once."""

    def run() -> str:
        stops = batching.let_go(seat.night, [number], seat.name)[number.upper()]
        return f"Let go; {', '.join(stops)} holds it." if stops else "Let go: the next night sends it."

    seat.flash(seat.once(grid.text(form, "once", 64) or secrets.token_urlsafe(16), run))
    return view.go(seat, "claim", number=number.upper())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadForm("the day must be YYYY-MM-DD") from None
