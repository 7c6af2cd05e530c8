"""What a person decides about a batch: what the partner says of a doubtful send, and a refused file sent again."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import RedirectResponse

from ptedi.findings import counted
from ptedi.money import from_cents, usd
from ptedi.pipeline import batching
from ptedi.web import grid, view
from ptedi.web.access import Verb
from ptedi.web.errors import BadForm, Changed
from ptedi.web.grid import Sent
from ptedi.web.pages.batches import BatchId
from ptedi.web.seat import Seat, allow

router = APIRouter()


@router.post("/batches/{batch}/settle", name="batch_settle")
def settle(seat: Annotated[Seat, allow(Verb.APPROVE)], batch: BatchId, form: Sent) -> RedirectResponse:
    """Keeps what the partner says of a file: it has it, or the next night sends the same bytes again."""
    words = grid.text(form, "fate", 20)
    if words not in ("taken", "not taken"):
        raise BadForm("say whether the partner has the file")
    reason, seen = _reason(form), grid.text(form, "seen", 20)

    def run() -> str:
        look = batching.batch_look(seat.night, batch, limit=1)
        if look is not None and seen and seen != look.head.state:
            raise Changed(f"it is {look.head.state} by now; when you looked it was {seen}", hint="look again, then say")
        batching.settle(seat.night, batch, batching.Fate(words), seat.name, reason)
        return ("Recorded as sent; its acknowledgement is waited for." if words == "taken"
                else "The next night sends it again: the same bytes under the same numbers.")  # fmt: skip

    seat.flash(seat.once(_once(form), run))
    return view.go(seat, "batch", batch=batch)


@router.post("/batches/{batch}/resend", name="batch_resend")
def resend(seat: Annotated[Seat, allow(Verb.APPROVE)], batch: BatchId, form: Sent) -> RedirectResponse:
    """Sends the claims of a refused file again, as they are, under new numbers, with the next night."""
    reason, asked = _reason(form), grid.text(form, "not_taken", 5) == "yes"

    def run() -> str:
        done = batching.resend(seat.night, batch, seat.name, reason, not_taken=asked)
        told = (f"{counted(len(done.again), 'claim')}, {usd(from_cents(done.charge_cents))}: sent again with the next "
                "night.")  # fmt: skip
        if done.stopped:
            told += f" {counted(len(done.stopped), 'claim')} cannot go as they are: {done.stopped[0][1]}."
        return told

    seat.flash(seat.once(_once(form), run))
    return view.go(seat, "batch", batch=batch)


def _reason(form: Sent) -> str:
    reason = grid.text(form, "reason", 300)
    if not reason:
        raise BadForm("say who told you, and when", hint="it is kept for ever; no patient's name")
    return reason


def _once(form: Sent) -> str:
    return grid.text(form, "once", 64) or secrets.token_urlsafe(16)
