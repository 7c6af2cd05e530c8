"""Rework: what is made of refused claims, from the desk of one claim to the approval of a second person."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.datastructures import FormData
from starlette.responses import Response

from ptedi import pipeline
from ptedi.dates import today
from ptedi.money import from_cents
from ptedi.pipeline import casework
from ptedi.web import grid, terms, view
from ptedi.web.access import Verb
from ptedi.web.cells import Kind, Two
from ptedi.web.errors import BadForm, NotThere
from ptedi.web.grid import Column, Field, Filter, Grid, Option, Row, Sent
from ptedi.web.pages.claim import Number, payer_name
from ptedi.web.seat import Seat, allow

router = APIRouter()
MadeId = Annotated[int, Path(ge=1, le=2**53)]
COLUMNS = (
    Column(name="what", title="What"), Column(name="claim", title="Claim"), Column(name="payer", title="Payer"),
    Column(name="state", title="State", kind=Kind.CHIP), Column(name="amount", title="Amount", kind=Kind.MONEY),
    Column(name="made", title="Made by"), Column(name="decided", title="Decided by"),
    Column(name="became", title="Became", kind=Kind.CODE),
)  # fmt: skip
_FIELDS = (Field(name="claim", title="Claim", placeholder="TAM0000…", search=True),)
WHAT = {"corrected claim": "Corrected claim", "appeal": "Appeal", "filing proof": "Proof of timely filing",
        "patient": "Patient's bill", "write-off": "Write-off"}  # fmt: skip
REASONS = {one.value: one.value.replace("-", " ") for one in casework.WriteOffReason}
_REWORK_FIELDS = frozenset({"csrf", "once", "seen", "reason"})


# --- the list ---


@router.get("/rework", name="rework")
def rework(seat: Annotated[Seat, allow(Verb.LOOK)]) -> Response:
    """What was made of claims; at first what waits for a decision or for the mail."""
    asked = grid.asked(seat, "rework", {"state": ("open",)})
    found = casework.made_page(seat.night, kinds=asked.many("kind"), states=asked.many("state"),
                               claim=asked.one("claim").upper(), limit=asked.size, offset=asked.offset)  # fmt: skip
    return view.page(seat, "rework/list.html", grid=Grid(
        seat=seat, route="rework", title="Rework", asked=asked, columns=COLUMNS, fields=_FIELDS,
        rows=[_row(seat, one) for one in found.rows], total=found.total, money=found.amount, filters=_filters(),
        filter_route="rework_filter",
        empty="Corrections, letters and write-offs that wait for somebody stand here.  They begin on a refused claim: "
              "open it from the worklist.",
    ))  # fmt: skip


@router.post("/rework/filter", name="rework_filter")
def rework_filter(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> Response:
    """Keeps a filter and shows what fits it."""
    return view.go(seat, "rework", view=grid.keep(seat, "rework", form))


def _filters() -> tuple[Filter, ...]:
    states = {"open": "waits", "done": "done or sent", "withdrawn": "given up", "undone": "taken back"}
    return (Filter(name="kind", title="What", options=[Option(one, word) for one, word in WHAT.items()]),
            Filter(name="state", title="State", options=[Option(one, word) for one, word in states.items()]))


def _row(seat: Seat, one: casework.ReworkLine) -> Row:
    decided = f"{one.decided_by}, {view.moment(one.decided_at)}" if one.decided_by and one.state != "open" else ""
    return Row(
        id=str(one.id), href=seat.url("rework_show", rework_id=one.id), label=f"{WHAT[one.kind]} of {one.claim}",
        cells={
            "what": Two(WHAT[one.kind], one.message[:70]), "claim": Two(one.claim, one.patient_id),
            "payer": payer_name(seat, one.payer_id), "state": terms.made_state(one.kind, one.state),
            "amount": from_cents(one.stake_cents),
            "made": Two(one.made_by, view.moment(one.made_at)), "decided": decided, "became": one.became,
        },
    )  # fmt: skip


# --- one claim on the desk ---


@router.get("/rework/claim/{number}", name="rework_claim")
def rework_claim(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number) -> Response:
    """What can be made of a claim, and what was made of it."""
    story = _story(seat, number)
    desk = casework.desk(seat.night, story.claim.patient_control_number)
    values = casework.draft_values(seat.night, desk)
    tried = casework.try_correction(seat.night, desk.claim, values) if desk.choice("correct").open else None
    return view.page(
        seat, "rework/claim.html", story=story, desk=desk, tried=tried, values=values, what=WHAT,
        reasons=REASONS, plain=terms.plain,
        patients=sorted(casework.PATIENTS), state=terms.state(desk.state), made_state=terms.made_state,
        payer=payer_name(seat, desk.payer_id), once=secrets.token_urlsafe(16), today=today(), kind=terms.kind,
        work=[one for one in story.work if one.state != "resolved"], explain=lambda code: terms.explain(seat, code),
        days_left=terms.days_left, own_changes=_own_changes, payments=casework.answers(seat.night, desk.claim),
    )  # fmt: skip


def _story(seat: Seat, number: str) -> casework.ClaimStory:
    story = pipeline.claim_story(seat.night, number.upper())
    if story is None:
        raise NotThere(f"there is no claim {number}")
    return story


@router.post("/rework/claim/{number}/try", name="rework_try")
def rework_try(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number, form: Sent) -> Response:
    """The correction as it stands in the form: what differs and what the edits say; nothing is kept."""
    tried = casework.try_correction(seat.night, number.upper(), _wanted(form))
    return view.page(seat, "rework/tried.html", tried=tried, explain=lambda code: terms.explain(seat, code),
                     plain=terms.plain, own_changes=_own_changes)  # fmt: skip


@router.post("/rework/claim/{number}/draft", name="rework_draft")
def rework_draft(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number, form: Sent) -> Response:
    """Keeps the correction as a draft; nothing is sent."""
    seen = grid.text(form, "seen", 15)
    done = seat.once(once_token(form, "draft"), lambda: str(casework.draft_correction(
        seat.night, number.upper(), _wanted(form), seat.name, grid.text(form, "reason"),
        seen=int(seen) if seen.isascii() and seen.isdecimal() else None).id))  # fmt: skip
    return view.go(seat, "rework_show", rework_id=int(done))


def _own_changes(tried: casework.Tried) -> list[str]:
    """The changes that a person made: how it goes is said apart."""
    return [one for one in tried.changes if not one.startswith(("frequency: ", "original reference: "))]


def _wanted(form: FormData) -> dict[str, str]:
    """The fields of the form by path.

    Raises:
        BadForm: more than a claim has.
    """
    found = {name: value for name, value in form.multi_items() if isinstance(value, str) and name not in _REWORK_FIELDS}
    if len(found) > 500 or any(len(value) > 200 for value in found.values()):
        raise BadForm("this is more than a claim has")
    return found


def once_token(form: FormData, act: str) -> str:
    """The key under which a form does its act once; a form without one does it anew."""
    return f"{grid.text(form, 'once', 64) or secrets.token_urlsafe(16)}:{act}"


# --- one thing that was made ---


@router.get("/rework/{rework_id}", name="rework_show")
def rework_show(seat: Annotated[Seat, allow(Verb.LOOK)], rework_id: MadeId) -> Response:
    """A correction against what was sent, a letter, a bill or a write-off, with what can be decided about it."""
    one = casework.made_of(seat.night, rework_id)
    if one is None:
        raise NotThere(f"there is nothing under {rework_id}")
    corrected = one.kind is casework.ReworkKind.CORRECTED
    return view.page(
        seat, "rework/show.html", one=one, title=WHAT[one.kind], state=terms.made_state(one.kind, one.state),
        tried=casework.tried_draft(seat.night, rework_id) if corrected else None, payer=payer_name(seat, one.payer_id),
        explain=lambda code: terms.explain(seat, code), plain=terms.plain, once=secrets.token_urlsafe(16),
        amount=from_cents(one.stake_cents), reason=REASONS.get(one.code, one.code), today=today(),
        own=one.made_by.casefold() == seat.name.casefold(), is_letter=one.kind in casework.LETTERS,
        appeal=casework.appeal_told(seat.night, rework_id) if one.kind is casework.ReworkKind.APPEAL else None,
        answers=[each.value for each in casework.ANSWERS], days_left=terms.days_left,
        undoable=corrected and one.state == "done" and casework.can_take_back(seat.night, rework_id),
    )  # fmt: skip


@router.post("/rework/{rework_id}/approve", name="rework_approve")
def rework_approve(seat: Annotated[Seat, allow(Verb.APPROVE)], rework_id: MadeId, form: Sent) -> Response:
    """Lets a correction go with the next night, or posts a write-off that somebody else asked for."""
    one = _made(seat, rework_id)

    def act() -> str:
        if one.kind is casework.ReworkKind.WRITE_OFF:
            casework.approve_write_off(seat.night, rework_id, seat.name)
            return "The write-off is in the books."
        done = casework.approve_correction(seat.night, rework_id, seat.name)
        return f"{done.claim} goes as {done.released} with the next night; until then it can be taken back."

    return _done(seat, rework_id, form, "approve", act)


@router.post("/rework/{rework_id}/withdraw", name="rework_withdraw")
def rework_withdraw(seat: Annotated[Seat, allow(Verb.REWORK)], rework_id: MadeId, form: Sent) -> Response:
    """Gives a draft up, or turns a write-off down."""
    one, reason = _made(seat, rework_id), grid.text(form, "reason", 500)

    def act() -> str:
        if one.kind is casework.ReworkKind.WRITE_OFF:
            casework.refuse_write_off(seat.night, rework_id, seat.name, reason)
            return "The write-off is turned down; nothing was posted."
        casework.withdraw_correction(seat.night, rework_id, seat.name, reason)
        return "The draft is given up; the claim stays as it is."

    return _done(seat, rework_id, form, "withdraw", act)


@router.post("/rework/{rework_id}/undo", name="rework_undo")
def rework_undo(seat: Annotated[Seat, allow(Verb.APPROVE)], rework_id: MadeId, form: Sent) -> Response:
    """Takes an approved correction back until it stands in a batch; a write-off or bill until its day is closed."""
    one, reason = _made(seat, rework_id), grid.text(form, "reason", 500)

    def act() -> str:
        if one.kind is casework.ReworkKind.CORRECTED:
            casework.take_back_correction(seat.night, rework_id, seat.name, reason)
            return f"The correction is taken back; {one.claim} waits again."
        casework.undo_booking(seat.night, rework_id, seat.name, reason)
        return "It is taken out of the books by its mirror."

    return _done(seat, rework_id, form, "undo", act)


@router.post("/rework/{rework_id}/sent", name="rework_sent")
def rework_sent(seat: Annotated[Seat, allow(Verb.REWORK)], rework_id: MadeId, form: Sent) -> Response:
    """Says that a letter was sent; an appealed claim is appealed from then on."""
    day = grid.Asked(values={"day": (grid.text(form, "day", 10),)}).day("day") or today()

    def act() -> str:
        casework.sent(seat.night, rework_id, day, seat.name)
        return f"Sent on {day}."

    return _done(seat, rework_id, form, "sent", act)


def _made(seat: Seat, rework_id: int) -> casework.MadeStory:
    one = casework.made_of(seat.night, rework_id)
    if one is None:
        raise NotThere(f"there is nothing under {rework_id}")
    return one


def _done(seat: Seat, rework_id: int, form: FormData, name: str, act: Callable[[], str]) -> Response:
    seat.flash(seat.once(once_token(form, f"{name}:{rework_id}"), act))
    return view.go(seat, "rework_show", rework_id=rework_id)


# --- letters ---


@router.get("/rework/claim/{number}/preview/{what}", name="rework_preview")
def rework_preview(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number,
                   what: Annotated[str, Path(pattern="^(appeal|proof)$")]) -> Response:  # fmt: skip
    """A letter as it would be written now, as PDF; nothing is kept."""
    draw = casework.preview_appeal if what == "appeal" else casework.preview_proof
    return _pdf(f"{what}-preview.pdf", draw(seat.night, number.upper()))


@router.post("/rework/claim/{number}/write/{what}", name="rework_write")
def rework_write(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number,
                 what: Annotated[str, Path(pattern="^(appeal|proof)$")], form: Sent) -> Response:  # fmt: skip
    """Writes a letter and keeps it; nothing is sent."""
    write = casework.write_appeal if what == "appeal" else casework.write_proof
    done = seat.once(once_token(form, f"{what}:{number}"), lambda: str(write(seat.night, number.upper(), seat.name).id))
    seat.flash("The letter is written.  Read it, sign it, send it, then say when it went.")
    return view.go(seat, "rework_show", rework_id=int(done))


@router.get("/rework/{rework_id}/letter", name="rework_letter")
def rework_letter(seat: Annotated[Seat, allow(Verb.LOOK)], rework_id: MadeId) -> Response:
    """A letter or bill as it was written."""
    name, data = casework.letter(seat.night, rework_id)
    if name.endswith(".pdf"):
        return _pdf(name, data)
    return Response(data, media_type="text/csv; charset=utf-8",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


def _pdf(name: str, data: bytes) -> Response:
    return Response(data, media_type="application/pdf",
                    headers={"Content-Disposition": f'inline; filename="{name}"'})  # fmt: skip


# --- giving up, and whom else to bill ---


@router.post("/rework/claim/{number}/write-off", name="rework_write_off")
def rework_write_off(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number, form: Sent) -> Response:
    """Asks to give up what is open; above the practice's limit a second person approves it."""
    code, whom, line = grid.text(form, "code", 30), grid.text(form, "whom", 10), grid.text(form, "line", 3)
    if code not in REASONS or whom not in ("payer", "patient") or (line and not line.isdecimal()):
        raise BadForm("choose a reason and what is given up")
    done = seat.once(once_token(form, f"write-off:{number}"), lambda: str(casework.ask_write_off(
        seat.night, number.upper(), casework.WriteOffReason(code), seat.name, note=grid.text(form, "note", 500),
        line=int(line) if line else None, patient=whom == "patient").id))  # fmt: skip
    one = casework.write_off(seat.night, int(done))
    seat.flash("It is in the books." if one.state == "done" else "Asked for; a second person approves it.")
    return view.go(seat, "rework_show", rework_id=int(done))


@router.post("/rework/claim/{number}/patient", name="rework_patient")
def rework_patient(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number, form: Sent) -> Response:
    """Bills the patient what the payer says is theirs."""
    done = seat.once(once_token(form, f"patient:{number}"), lambda: str(casework.bill_patient(
        seat.night, number.upper(), seat.name, grid.text(form, "reason", 500)).id))  # fmt: skip
    seat.flash("The patient's bill is made.")
    return view.go(seat, "rework_show", rework_id=int(done))


@router.post("/rework/claim/{number}/next", name="rework_next")
def rework_next(seat: Annotated[Seat, allow(Verb.REWORK)], number: Number, form: Sent) -> Response:
    """Bills the patient's next payer with what this one decided."""
    made = seat.once(once_token(form, f"next:{number}"),
                     lambda: casework.bill_next(seat.night, number.upper(), seat.name))  # fmt: skip
    seat.flash(f"{number.upper()} goes on as {made}.")
    return view.go(seat, "claim", number=made)
