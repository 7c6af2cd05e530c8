"""Tonight: the run as a flow, the equation that closes it, what waits for a person, what is wrong or late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, RedirectResponse, Response

from ptedi import pipeline
from ptedi.codes import adjustments
from ptedi.dates import today
from ptedi.findings import CATALOGUE, counted
from ptedi.money import ZERO, usd
from ptedi.pipeline import tonight as library
from ptedi.web import view, words
from ptedi.web.access import Verb
from ptedi.web.errors import NotThere
from ptedi.web.pages.claim import FIRST
from ptedi.web.problems import wants_json
from ptedi.web.seat import Seat, allow

router = APIRouter()
_WAIT = ("open", "taken")
_TITLES = {
    "charges": "Charges", "refused": "Rows refused", "claims": "Claims", "held": "Held", "sent": "Sent",
    "unanswered": "No answer yet", "acknowledged": "Acknowledged", "rejected": "Rejected", "paid": "Paid",
    "denied": "Denied", "quarantined": "Set aside",
}  # fmt: skip
_MAIN = (("charges", ("refused",)), ("claims", ("held",)), ("sent", ("unanswered",)), ("acknowledged", ("rejected",)),
         ("paid", ("denied", "quarantined")))  # fmt: skip
_TONE = {"refused": "attention", "held": "attention", "unanswered": "waiting", "rejected": "stopped",
         "denied": "stopped", "quarantined": "stopped"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A station as the page draws it; `share` is its part of the claims' charges, in hundredths, None for no bar."""

    title: str
    count: str
    money: tuple[tuple[Decimal, str], ...]
    href: str
    share: int | None
    tone: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something fell out of the flow, how often, how much; `href` opens its rows, `page` explains the code."""

    code: str
    text: str
    count: int
    amount: Decimal | None
    href: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One equation: its sides in words and figures, and what is unexplained."""

    name: str
    left: tuple[str, Decimal]
    right: tuple[tuple[str, Decimal], ...]
    difference: Decimal


@router.get("/", name="home")
def home(seat: Annotated[Seat, allow(Verb.SEE)]) -> RedirectResponse:
    """The first page."""
    return view.go(seat, "tonight")


@router.get("/tonight", name="tonight")
def tonight(seat: Annotated[Seat, allow(Verb.SEE)], night: date | None = None) -> Response:
    """One night: the newest one, or that of a service date."""
    days = library.nights(seat.night)
    day = night or (days[0] if days else today())
    told = library.look(seat.night, day)
    if wants_json(seat.request):
        return JSONResponse(told.summary.as_json() | {"alarms": msgspec.to_builtins(told.alarms)})
    at = days.index(day) if day in days else -1
    return view.page(
        seat, "tonight/night.html", night=told.summary, told=told, day=day, days=days,
        newer=days[at - 1] if at > 0 else None, older=days[at + 1] if 0 <= at < len(days) - 1 else None,
        flow=[(_stop(seat, told, day, main), [_stop(seat, told, day, one) for one in aside]) for main, aside in _MAIN],
        lines=_lines(told.summary), alarms=[_alarm(seat, one) for one in told.alarms],
        waiting=[(words.kind(one.kind), one, seat.url("tonight_open", kind=one.kind)) for one in told.waiting],
        reasons=_reasons(seat, told.summary, day),
    )  # fmt: skip


@router.get("/tonight/open", name="tonight_open")
def rows(
    seat: Annotated[Seat, allow(Verb.LOOK)], night: date | None = None,
    station: Annotated[str, Query(max_length=20)] = "", kind: Annotated[str, Query(max_length=20)] = "",
    reason: Annotated[str, Query(max_length=20)] = "", within: Annotated[int | None, Query(ge=0, le=3650)] = None,
) -> RedirectResponse:  # fmt: skip
    """The rows behind a figure: the list of claims or the worklist with the filter that counts them."""
    of_day = {"first": (night.isoformat(),), "last": (night.isoformat(),)} if night else {}
    if station:
        if station not in _TITLES:
            raise NotThere("there is no such figure")
        found = library.look(seat.night, night or today()).stations.get(station)
        if found is None:
            raise NotThere("there is no such figure")
        if not found.kinds:
            return _list(seat, "claims", of_day | {"state": found.states, "turn": (FIRST,)})
        return _list(seat, "work", {"kind": found.kinds, "state": _WAIT})
    if kind and kind not in words.KINDS:
        raise NotThere("there is no such kind of work")
    values = {"kind": (kind,) if kind else (), "reason": (reason,) if reason else (),
              "state": (*_WAIT, "snoozed") if reason else _WAIT,
              "within": (str(within),) if within is not None else ()} | of_day  # fmt: skip
    return _list(seat, "work", values)


def _list(seat: Seat, page: str, values: Mapping[str, tuple[str, ...]]) -> RedirectResponse:
    kept = {name: given for name, given in values.items() if given}
    return view.go(seat, page, view=seat.keep(page, msgspec.json.encode(kept).decode()))


# --- the flow ---


def _stop(seat: Seat, told: library.Tonight, day: date, name: str) -> Stop:
    one, whole = told.stations[name], told.summary.claims.amount
    share = None if one.amount is None or not whole else min(100, int(one.amount * 100 / whole))
    money = [(one.amount, "" if name == "quarantined" else "billed")] if one.amount else []
    if name == "paid":
        money = [(told.summary.equation.paid, "paid"), *money]
    counts = {"charges": counted(one.count, "visit"), "refused": counted(one.count, "row"),
              "quarantined": counted(one.count, "payment")}  # fmt: skip
    rows = sum(told.summary.rows_by_verdict.values())
    visits = sum(waits.items for waits in told.waiting if waits.kind == "charge")
    waits = told.summary.visits and not told.summary.claims.count
    notes = {"charges": f"{counted(rows, 'row')}{'; the next night codes them' if waits else ''}",
             "quarantined": "all nights", "refused": f"{counted(visits, 'visit')} to correct, all nights"}  # fmt: skip
    href = seat.url("tonight_open", station="claims" if name == "charges" else name, night=day)
    return Stop(title=_TITLES[name], count=counts.get(name, counted(one.count, "claim")), money=tuple(money),
                share=share, href=href if one.count else "", note=notes.get(name, ""),
                tone=_TONE.get(name, "plain") if one.count else "none")  # fmt: skip


def _reasons(seat: Seat, told: pipeline.NightSummary, day: date) -> list[tuple[str, list[Reason]]]:
    """Why rows were refused, claims held, rejected, lines denied; the most money first."""
    open_ = {"night": day}
    refused = [Reason(code=code, text=_finding(code), count=count, amount=None, page=_page(seat, code))
               for code, count in sorted(told.refused.items(), key=lambda one: -one[1])]  # fmt: skip
    held = [Reason(code=code, text=_finding(code), count=one.count, amount=one.amount, page=_page(seat, code))
            for code, one in told.held.items()]  # fmt: skip
    rejected = [Reason(code="", text=text, count=one.count, amount=one.amount) for text, one in told.rejected.items()]
    denied = [Reason(code=code, text=adjustments.reason(code.rpartition("-")[2]) or "", count=one.count,
                     amount=one.amount, href=seat.url("tonight_open", kind="denial", reason=code, **open_))
              for code, one in told.denied.items()]  # fmt: skip
    found = [("Rows refused", refused), ("Claims held", held), ("Claims rejected", rejected), ("Lines denied", denied)]
    return [(title, sorted(rows, key=lambda one: -(one.amount or ZERO))) for title, rows in found if rows]


def _page(seat: Seat, code: str) -> str:
    return seat.url("reference_code", family="finding", code=code) if code in CATALOGUE else ""


def _finding(code: str) -> str:
    return CATALOGUE[code].title if code in CATALOGUE else ""


# --- what closes it ---


def _lines(told: pipeline.NightSummary) -> list[Line]:
    books = told.books
    made = [Line(name="All nights", left=("billed", books.billed), right=(
        ("paid", books.paid), ("adjusted", books.adjustments), ("patients owe", books.patient), ("open", books.open)),
        difference=books.unexplained or books.disagreement)]  # fmt: skip
    checks, bank = told.remittances, told.bank
    made.append(Line(name="Remittances", left=("checks", checks.checks), right=(
        ("claims", checks.claims), ("unapplied", checks.unapplied), ("provider level", -checks.provider)),
        difference=checks.unexplained + checks.disagreement))  # fmt: skip
    made.append(Line(name="Bank", left=("checks", bank.checks), right=(
        ("deposits", bank.bank), ("not in the bank yet", bank.without_deposit),
        ("deposits without remittance", -bank.without_remittance)), difference=bank.unexplained))  # fmt: skip
    return made


# --- what is wrong or late ---


def _alarm(seat: Seat, one: library.Alarm) -> tuple[str, str, str]:
    """Tone, sentence, where to look."""
    tone = "stopped" if one.stops else "attention"
    money = f", {usd(one.amount)} in them" if one.amount else ""
    batches = counted(one.count, "batch", "batches")
    said = {
        "equation": "The books do not close.  Below is by how much.",
        "step": f"{counted(one.count, 'step')} of the night failed or came late.",
        "channel_failed": f"{one.who} refused the channel: {batches} did not leave{money}.",
        "channel_unknown": f"A send to {one.who} was cut off and may or may not have arrived: {batches}{money}.",
        "answers": f"{counted(one.count, 'answer')} overdue from clearinghouse or payer{money}.",
        "deadlines_past": f"{counted(one.count, 'deadline')} already past.",
        "deadlines_soon": f"{counted(one.count, 'deadline')} within {library.SOON.days} days.",
    }[one.what]  # fmt: skip
    if one.kinds:
        return tone, said, seat.url("tonight_open", kind=one.kinds[0])
    if one.what.startswith("deadlines"):
        return tone, said, seat.url("tonight_open", within=0 if one.what.endswith("past") else library.SOON.days)
    return tone, said, seat.url("batches") if one.what.startswith("channel") else "#closes"
