"""An appeal that was sent: what the payer's letter answered, or that it is taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from ptedi.dates import today
from ptedi.pipeline import casework
from ptedi.web import grid, view
from ptedi.web.access import Verb
from ptedi.web.errors import BadForm
from ptedi.web.grid import Sent
from ptedi.web.pages.rework import MadeId, once_token
from ptedi.web.seat import Seat, allow

router = APIRouter()


@router.post("/rework/{rework_id}/answered", name="appeal_answered")
def answered(seat: Annotated[Seat, allow(Verb.REWORK)], rework_id: MadeId, form: Sent) -> Response:
    """Says what the payer's letter answered; an 835 that decides the claim anew needs nobody."""
    word = grid.text(form, "outcome", 20)
    outcome = next((one for one in casework.ANSWERS if one.value == word), None)
    if outcome is None:
        raise BadForm("choose what the payer answered")
    day = grid.Asked(values={"day": (grid.text(form, "day", 10),)}).day("day") or today()
    reason = grid.text(form, "reason", 300)

    def act() -> str:
        done = casework.appeal_answered(seat.night, rework_id, outcome, day, seat.name, reason)
        if done.outcome:
            return f"The payer's answer of {day} is kept: {done.outcome}.  The claim stands as its remittances say."
        return f"The payer's answer of {day} is kept: overturned.  Its payment is waited for until {done.due}."

    seat.flash(seat.once(once_token(form, f"answered:{rework_id}"), act))
    return view.go(seat, "rework_show", rework_id=rework_id)


@router.post("/rework/{rework_id}/unsent", name="appeal_withdraw")
def withdraw(seat: Annotated[Seat, allow(Verb.REWORK)], rework_id: MadeId, form: Sent) -> Response:
    """Takes an appeal back that was sent: what was denied waits again."""
    reason = grid.text(form, "reason", 300)

    def act() -> str:
        done = casework.withdraw_appeal(seat.night, rework_id, seat.name, reason)
        return f"The appeal is taken back; what was denied of {done.claim} waits again."

    seat.flash(seat.once(once_token(form, f"unsent:{rework_id}"), act))
    return view.go(seat, "rework_show", rework_id=rework_id)
