"""Claims: the list, one claim from its charge rows to its last posting, the file behind every figure."""

from __future__ import annotations

import secrets
from pathlib import PurePath
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse, Response

from ptedi import pipeline
from ptedi.findings import counted
from ptedi.money import from_cents
from ptedi.pipeline import casework
from ptedi.web import grid, terms, view
from ptedi.web.access import Verb
from ptedi.web.cells import Kind, Two
from ptedi.web.errors import NotThere
from ptedi.web.export import As, export
from ptedi.web.grid import Asked, Column, Field, Filter, Grid, Input, Option, Row, Sent
from ptedi.web.seat import Seat, allow

router = APIRouter()
Number = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,38}$")]
FileId = Annotated[int, Path(ge=1, le=2**53)]
Place = Annotated[int, Query(ge=0, le=2**53)]
FIRST, LATER = "first", "later"
TURNS = {FIRST: "the first payer", LATER: "a later payer"}
TABS = {"overview": "Overview", "coding": "Coding", "ledger": "Ledger", "price": "Price", "segments": "Segments",
        "documents": "Documents"}  # fmt: skip
COLUMNS = (
    Column(name="claim", title="Claim", kind=Kind.CODE, sort=True), Column(name="patient", title="Patient"),
    Column(name="service_date", title="Service", kind=Kind.DATE, sort=True),
    Column(name="payer", title="Payer"), Column(name="state", title="State", kind=Kind.CHIP),
    Column(name="charge", title="Charge", kind=Kind.MONEY),
    Column(name="paid", title="Paid", kind=Kind.MONEY),
    Column(name="adjusted", title="Adjusted", kind=Kind.MONEY, narrow=True),
    Column(name="patient_owes", title="Patient owes", kind=Kind.MONEY, narrow=True),
    Column(name="open", title="Open", kind=Kind.MONEY),
)  # fmt: skip
_AS_FILE = (*COLUMNS, Column(name="payer_id", title="Payer id"),
            Column(name="after", title="After claim", kind=Kind.CODE))  # fmt: skip
_FIELDS = (
    Field(name="claim", title="Claim or visit", placeholder="TAM0000…", search=True),
    Field(name="patient", title="Patient id", placeholder="P00017"),
    Field(name="first", title="Service from", input=Input.DATE), Field(name="last", title="to", input=Input.DATE),
)  # fmt: skip


# --- the list ---


@router.get("/claims", name="claims")
def claims(seat: Annotated[Seat, allow(Verb.LOOK)]) -> Response:
    """Claims by state, payer, patient, service date or the beginning of their number."""
    asked = grid.asked(seat, "claims")
    rows, total = pipeline.claims_page(seat.night, _wanted(asked), asked.size, asked.offset)
    return view.page(seat, "claim/list.html", grid=Grid(
        seat=seat, route="claims", title="Claims", asked=asked, columns=COLUMNS, rows=_rows(seat, rows), total=total,
        filters=_filters(seat), fields=_FIELDS, filter_route="claims_filter", export_route="claims_export",
        default_sort="-service_date", empty="Claims stand here once charges were captured and coded.",
    ))  # fmt: skip


@router.post("/claims/filter", name="claims_filter")
def claims_filter(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> Response:
    """Keeps a filter and shows what fits it."""
    return view.go(seat, "claims", view=grid.keep(seat, "claims", form))


@router.get("/claims/export", name="claims_export")
def claims_export(seat: Annotated[Seat, allow(Verb.EXPORT)], format: As = As.CSV) -> Response:
    """Every claim that fits the filter, as a file."""
    asked = grid.asked(seat, "claims")
    rows, _ = pipeline.claims_page(seat.night, _wanted(asked), 2**31)
    return export(seat, format, "claims", _AS_FILE, _rows(seat, rows), _said(seat, asked))


def _wanted(asked: Asked) -> casework.Wanted:
    number = asked.one("claim").upper()
    visit = number.startswith("V")
    turn = {one for one in asked.many("turn") if one in TURNS}
    order = asked.column if asked.column in tuple(casework.ClaimOrder) else casework.ClaimOrder.SERVICE_DATE
    return casework.Wanted(
        states=tuple(one for one in asked.many("state") if one in tuple(casework.State)), payers=asked.many("payer"),
        patient_id=asked.one("patient") or None, number="" if visit else number, visit_id=number if visit else None,
        first=asked.day("first"), last=asked.day("last"), order=casework.ClaimOrder(order),
        later=LATER in turn if len(turn) == 1 else None,
        backwards=asked.descending or not asked.sort,
    )  # fmt: skip


def _filters(seat: Seat) -> tuple[Filter, ...]:
    profiles = seat.night.profiles
    payers = [Option(one, payer_name(seat, one)) for one in sorted(profiles.ids)]
    return (Filter(name="state", title="State", options=[Option(one.value, one.value) for one in casework.State]),
            Filter(name="payer", title="Payer", options=payers),
            Filter(name="turn", title="Asks", options=[Option(one, word) for one, word in TURNS.items()]))  # fmt: skip


def payer_name(seat: Seat, payer_id: str) -> str:
    """What a payer of ours is called; its id when it has no profile."""
    profile = seat.night.profiles.get(payer_id)
    return profile.name if profile else payer_id


def _rows(seat: Seat, rows: list[casework.ClaimRow]) -> list[Row]:
    return [
        Row(id=str(one.id), href=seat.url("claim", number=one.patient_control_number),
            label=f"claim {one.patient_control_number}", cells={
                "claim": one.patient_control_number, "patient": one.patient_id, "service_date": one.service_date,
                "payer": Two(payer_name(seat, one.payer_id), f"after {one.after}") if one.after
                         else payer_name(seat, one.payer_id), "payer_id": one.payer_id,
                "after": one.after, "state": terms.state(one.state), "charge": one.charge,
                "paid": one.paid, "adjusted": one.adjusted, "patient_owes": one.patient, "open": one.open})
        for one in rows
    ]  # fmt: skip


def _said(seat: Seat, asked: Asked) -> str:
    names = ("state", "payer", "turn", "claim", "patient", "first", "last")
    given = {name: [payer_name(seat, one) if name == "payer" else one for one in asked.many(name)] for name in names}
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in given.items() if values)


# --- one claim ---


@router.get("/claims/{number}", name="claim")
def claim(seat: Annotated[Seat, allow(Verb.LOOK)], number: Number,
          tab: Annotated[str, Query(max_length=20)] = "overview") -> Response:  # fmt: skip
    """One claim: where it is, what was sent and answered, and everything that happened to it."""
    story = pipeline.claim_story(seat.night, number.upper())
    if story is None:
        raise NotThere(f"there is no claim {number}", hint="the list of claims finds it by its beginning")
    shown = tab if tab in TABS else "overview"
    if "application/json" in seat.request.headers.get("accept", ""):
        return JSONResponse(msgspec.to_builtins(story))
    facts = _TAB[shown](seat, story)
    return view.page(seat, f"claim/{shown}.html", story=story, row=story.claim, sent=story.coded.claim, tab=shown,
                     tabs=TABS, times=casework.times(seat.night, number.upper()), state=terms.state,
                     payer=payer_name(seat, story.claim.payer_id), rework=_rework(seat, story), plain=terms.plain,
                     **facts)  # fmt: skip


def _rework(seat: Seat, story: casework.ClaimStory) -> bool:
    """Whether there is something to make of it: it was refused, or something is open or owed."""
    return story.claim.state not in ("captured", "ready", "batched") and seat.may(Verb.REWORK)


def _overview(seat: Seat, story: casework.ClaimStory) -> dict[str, object]:
    found = casework.answers(seat.night, story.claim.patient_control_number)
    return {"once": secrets.token_urlsafe(16), "answers": found,
            "source": _source(seat), "kind": terms.kind, "work_state": terms.work_state,
            "days_left": terms.days_left, "remit": lambda ref: terms.link(seat, "remit", ref=ref),
            "explain": lambda code: terms.explain(seat, code)}  # fmt: skip


def _coding(seat: Seat, story: casework.ClaimStory) -> dict[str, object]:
    shas = [row.file_sha256 for trace in story.coded.trace for row in trace.rows]
    return {"captured": casework.captured_in(seat.night, shas), "source": _source(seat)}


def _ledger(seat: Seat, story: casework.ClaimStory) -> dict[str, object]:
    return {"source": _source(seat)}


def _segments(seat: Seat, story: casework.ClaimStory) -> dict[str, object]:
    found = pipeline.evidence(seat.night, story.claim.patient_control_number) or ()
    return {"evidence": tuple(reversed(found)), "source": _source(seat)}


def _documents(seat: Seat, story: casework.ClaimStory) -> dict[str, object]:
    found = casework.documents(seat.night, story.claim.patient_control_number)
    return {"documents": tuple(reversed(found)), "source": _source(seat), "made_state": terms.made_state,
            "batch": lambda number: terms.link(seat, "batch", batch=number)}  # fmt: skip


def _price(seat: Seat, story: casework.ClaimStory) -> dict[str, object]:
    return {"price": casework.price_story(seat.night, story.claim.patient_control_number), "cents": from_cents}


_TAB = {"overview": _overview, "coding": _coding, "ledger": _ledger, "price": _price, "segments": _segments,
        "documents": _documents}  # fmt: skip


def _source(seat: Seat) -> Any:
    return lambda file_id, place: seat.url("claim_source", file_id=file_id, place=place)


# --- where a figure comes from ---


@router.get("/source/{file_id}", name="claim_source")
def claim_source(seat: Annotated[Seat, allow(Verb.LOOK)], file_id: FileId, place: Place = 1) -> Response:
    """A segment or row of a file with what stands around it, and words beside it."""
    found = casework.source(seat.night, file_id, place)
    if found is None:
        raise NotThere(f"there is no file {file_id}")
    numbers = ([one.index for one in found.segments] or [one.number for one in found.rows]
               or [one.row for one in found.lines if one.row] or [found.place if found.lines else found.count])
    first, last = numbers[0], numbers[-1]
    unit = "segment" if found.segments else "row" if found.rows or found.lines else "line"
    return view.page(seat, "claim/source.html", file=found, first=first, last=last, what=counted(found.count, unit))


@router.get("/source/{file_id}/file", name="claim_source_file")
def claim_source_file(seat: Annotated[Seat, allow(Verb.EXPORT)], file_id: FileId) -> Response:
    """The whole file as it came or went."""
    found = casework.whole_file(seat.night, file_id)
    if found is None:
        raise NotThere(f"there is no file {file_id}")
    ending = "".join(one for one in PurePath(found[0]).suffix.lower() if one.isascii() and one.isalnum())[:8] or "txt"
    return Response(found[1], media_type="application/octet-stream", headers={
        "Content-Disposition": f'attachment; filename="file-{file_id}.{ending}"'})  # fmt: skip
