"""The day's close: files = payments = claims - provider adjustments = bank, to the cent, closed by a person."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi.money import amount, cents, from_cents, usd
from ptedi.pipeline import cashdesk
from ptedi.web import grid, view
from ptedi.web.access import Verb
from ptedi.web.cells import Cell, Chip, Kind, Link
from ptedi.web.errors import BadForm, NotThere
from ptedi.web.grid import Column, Filter, Grid, Option, Row, Sent
from ptedi.web.seat import Seat, allow

router = APIRouter()
Number = Annotated[int, Path(ge=1, lt=2**53)]
_MOST, _DIGITS = 40, 16  # checks shown to choose from; of a check's number

DAYS = (
    Column(name="day", title="Day", kind=Kind.DATE), Column(name="state", title="State", kind=Kind.CHIP),
    Column(name="by", title="Closed by"), Column(name="at", title="At (UTC)", kind=Kind.DATE),
    Column(name="seal", title="Seal", kind=Kind.CODE, narrow=True),
)
DEPOSITS = (
    Column(name="day", title="Day", kind=Kind.DATE), Column(name="trace", title="Trace", kind=Kind.CODE),
    Column(name="originator", title="From"), Column(name="amount", title="Amount", kind=Kind.MONEY),
    Column(name="check", title="Remittance"),
)
FIGURES = (
    ("files", "What the files say"), ("payments", "Checks"), ("claims", "Claims of the checks"),
    ("posted", "posted on claims"), ("unapplied", "waiting"), ("provider", "Taken at provider level"),
    ("suspense", "Let in unexplained"), ("bank", "Bank"), ("waiting_for_bank", "Not in the bank yet"),
)  # fmt: skip


@router.get("/close", name="close")
def close(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """Every day with money and whether it is closed."""
    asked = grid.asked(seat, "close")
    found = cashdesk.days(seat.night)
    rows = [
        Row(id=day.isoformat(), label=f"{day}", href=seat.url("close_day", day=day), cells={
            "day": day, "state": Chip("closed", "good") if one else Chip("open", "attention"),
            "by": one.actor if one else "", "at": view.moment(one.at) if one else "",
            "seal": one.hash[:16] if one else ""})
        for day, one in found[asked.offset : asked.offset + asked.size]
    ]  # fmt: skip
    return view.page(seat, "close/list.html", open=sum(one is None for _, one in found), grid=Grid(
        seat=seat, route="close", title="Days", asked=asked, columns=DAYS, rows=rows, total=len(found),
        empty="No money came yet: the first remittance makes the first day."))  # fmt: skip


@router.get("/close/day/{day}", name="close_day")
def close_day(seat: Annotated[Seat, allow(Verb.LOOK)], day: date, bank: Annotated[bool, Query()] = True,
              ) -> HTMLResponse:  # fmt: skip
    """One day: its equation, each figure with its rows, and what is still open."""
    found = cashdesk.day_close(seat.night, day, without_bank=not bank)
    figures = [(name, words, getattr(found.equation, name)) for name, words in FIGURES]
    return view.page(seat, "close/day.html", found=found, figures=figures, bank=bank, cents=from_cents,
                     differences=[(name, from_cents(off)) for name, off in found.equation.differences.items() if off],
                     unexplained=from_cents(found.equation.unexplained))  # fmt: skip


@router.post("/close/day/{day}", name="close_do")
def close_do(seat: Annotated[Seat, allow(Verb.CLOSE)], day: date, form: Sent) -> RedirectResponse:
    """Closes a day if nothing is open; a closed one stays as it is."""
    without_bank = grid.text(form, "without_bank", 5) == "yes"
    found = cashdesk.close_day(seat.night, day, seat.name, without_bank=without_bank)
    if found.closing is not None:
        seat.flash(f"{day} is closed by {found.closing.actor}; what comes later stands in the books of an open day.")
    else:
        seat.flash(f"{day} does not close yet: something is open.", "stopped")
    return view.go(seat, "close_day", day=day, bank="false" if without_bank else None)


@router.post("/close/verify", name="close_verify")
def close_verify(seat: Annotated[Seat, allow(Verb.LOOK)]) -> RedirectResponse:
    """Looks whether each closed day is still what was closed."""
    misfits = cashdesk.verify_closings(seat.night)
    for one in misfits:
        seat.flash(f"{one.day}: {one.problem}", "stopped")
    if not misfits:
        seat.flash("Every closed day is what was closed.")
    return view.go(seat, "close")


@router.get("/deposits", name="close_deposits")
def deposits(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """What the bank shows, and the remittance each deposit is tied to."""
    asked = grid.asked(seat, "close_deposits")
    found, total = cashdesk.deposit_page(seat.night, waiting="waiting" in asked.many("which"), limit=asked.size,
                                         offset=asked.offset)  # fmt: skip
    rows = [
        Row(id=str(one.id), label=one.trace, href=seat.url("close_deposit", number=one.id), cells={
            "day": one.day, "trace": one.trace, "originator": one.originator, "amount": one.amount,
            "check": _checks(seat, one)})
        for one in found
    ]  # fmt: skip
    return view.page(seat, "close/deposits.html", grid=Grid(
        seat=seat, route="close_deposits", title="Deposits", asked=asked, columns=DEPOSITS, rows=rows, total=total,
        filters=(Filter(name="which", title="Only", options=[Option("waiting", "without a remittance")]),),
        filter_route="close_deposits_filter", empty="The bank showed nothing yet: upload its BAI2 or CSV file.",
    ))  # fmt: skip


def _checks(seat: Seat, one: cashdesk.DepositView) -> Cell:
    if one.open:
        return Chip(f"{usd(one.open)} without remittance" if one.checks else "no remittance yet", "attention")
    if len(one.checks) == 1:
        return Link(f"check {one.checks[0]}", seat.url("remit", ref=one.checks[0]))
    return f"checks {', '.join(map(str, one.checks))}"


@router.get("/deposits/{number}", name="close_deposit")
def deposit(seat: Annotated[Seat, allow(Verb.LOOK)], number: Number) -> HTMLResponse:
    """One deposit, the checks it is tied to, and those that wait for one."""
    found = cashdesk.deposit(seat.night, number)
    if found is None:
        raise NotThere(f"there is no deposit {number}")
    waiting = cashdesk.waiting_checks(seat.night) if found.open else []
    likely = sorted(waiting, key=lambda one: (one.open != found.open, abs((one.day - found.day).days), -one.id))
    return view.page(seat, "close/deposit.html", found=found, waiting=likely[:_MOST], more=len(likely) - _MOST,
                     once=secrets.token_urlsafe(16))  # fmt: skip


@router.post("/deposits/{number}/tie", name="close_tie")
def tie(seat: Annotated[Seat, allow(Verb.POST)], number: Number, form: Sent) -> RedirectResponse:
    """Ties a deposit to the checks that a person chose; what differs is stated, and stays open."""
    chosen = [one for one in (*form.getlist("check"), *grid.text(form, "other", 100).replace(",", " ").split())
              if isinstance(one, str)]  # fmt: skip
    if not chosen or not all(one.isdecimal() and len(one) < _DIGITS for one in chosen):
        raise BadForm("choose the checks that it pays")
    try:
        off = cents(amount(grid.text(form, "difference", 20) or "0"))
    except ValueError:
        raise BadForm("the difference is an amount such as 1.25 or -1.25") from None

    def act() -> str:
        return cashdesk.tie(seat.night, [number], [int(one) for one in chosen], seat.name, _why(form),
                            difference_cents=off).sentence  # fmt: skip
    seat.flash(f"Tied: {seat.once(_once(form), act)}.")
    return view.go(seat, "close_deposit", number=number)


@router.post("/deposits/{number}/untie", name="close_untie")
def untie(seat: Annotated[Seat, allow(Verb.POST)], number: Number, form: Sent) -> RedirectResponse:
    """Lets go of a deposit: it and its checks wait again."""
    def act() -> str:
        return cashdesk.untie(seat.night, number, seat.name, _why(form)).sentence
    told = seat.once(_once(form), act)
    seat.flash(f"{told[:1].upper()}{told[1:]}.")
    return view.go(seat, "close_deposit", number=number)


def _why(form: Sent) -> str:
    if reason := grid.text(form, "reason", 300):
        return reason
    raise BadForm("a decision about money needs a reason", hint="it is kept for ever; no patient's name")


def _once(form: Sent) -> str:
    return grid.text(form, "once", 64) or secrets.token_urlsafe(16)


@router.post("/deposits/filter", name="close_deposits_filter")
def deposits_filter(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> RedirectResponse:
    """Keeps a filter of the list."""
    return view.go(seat, "close_deposits", view=grid.keep(seat, "close_deposits", form))
