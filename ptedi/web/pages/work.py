"""The worklist: everything that waits for a person in one grid, one item with all that is known, bulk acts by keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from textwrap import shorten
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from ptedi import pipeline
from ptedi.dates import today
from ptedi.findings import counted
from ptedi.money import ZERO
from ptedi.pipeline import Done, casework, people
from ptedi.web import grid, terms, view
from ptedi.web.access import Verb
from ptedi.web.cells import Chip, Kind, Two
from ptedi.web.errors import BadForm, NotThere
from ptedi.web.export import As, export
from ptedi.web.grid import Action, Asked, Column, Field, Grid, Input, Row, Sent
from ptedi.web.pages import work_filter as kept
from ptedi.web.pages.claim import payer_name
from ptedi.web.seat import Seat, allow

router = APIRouter()
ItemId = Annotated[int, Path(ge=1, le=2**53)]
COLUMNS = (
    Column(name="kind", title="What", sort=True), Column(name="claim", title="Claim", sort=True),
    Column(name="payer", title="Payer", sort=True),
    Column(name="service_date", title="Service", kind=Kind.DATE, sort=True, narrow=True),
    Column(name="reason", title="Reason", kind=Kind.CODE, sort=True), Column(name="action", title="Do next", sort=True),
    Column(name="amount", title="Amount", kind=Kind.MONEY, sort=True),
    Column(name="deadline", title="Left", kind=Kind.CHIP, sort=True, hint="Days to the deadline"),
    Column(name="age", title="Age", kind=Kind.COUNT, sort=True, narrow=True, hint="Days since it came"),
    Column(name="owner", title="Owner", sort=True, narrow=True),
    Column(name="rank", title="Rank", kind=Kind.COUNT, sort=True, narrow=True,
           hint="Amount at stake x chance of recovery x urgency; an item's page shows the figures"),
)  # fmt: skip
_AS_FILE = (*COLUMNS[:2], Column(name="patient", title="Patient"), *COLUMNS[2:],
            Column(name="payer_id", title="Payer id"), Column(name="remarks", title="Remarks"),
            Column(name="state", title="State", kind=Kind.CHIP),
            Column(name="until", title="Deadline", kind=Kind.DATE), Column(name="sentence", title="Why"),
            Column(name="category", title="Category"), Column(name="clinic", title="Clinic"),
            Column(name="snoozed", title="Snoozed until", kind=Kind.DATE))  # fmt: skip
_FIELDS = (
    Field(name="claim", title="Claim", placeholder="TAM0000…", search=True),
    Field(name="patient", title="Patient id", placeholder="P00017"),
    Field(name="first", title="Service from", input=Input.DATE), Field(name="last", title="to", input=Input.DATE),
    Field(name="within", title="Days left, at most", input=Input.NUMBER),
    Field(name="at_least", title="Amount, at least", input=Input.MONEY),
)  # fmt: skip
_CARDS = (
    ("Denials", {"kind": ("denial",)}),
    ("Rejected or held", {"kind": ("rejection", "held", "hold", "draft", "charge")}),
    ("Remittances", {"kind": ("unmatched", "quarantine", "parked", "conflict", "reversal", "credit", "deposit",
                              "adjustment")}),
    ("Not as agreed", {"kind": ("underpaid", "overpaid")}),
    ("No answer yet", {"kind": ("stale", "unanswered", "acknowledgement", "appeal")}),
)  # fmt: skip


@router.get("/work", name="work")
def work(seat: Annotated[Seat, allow(Verb.LOOK)]) -> Response:
    """What waits, the most valuable and most urgent first; at first what is mine or nobody's."""
    asked = grid.asked(seat, "work", kept.DEFAULT)
    wanted = kept.wanted(seat, asked)
    found = pipeline.work_list(seat.night, wanted, limit=asked.size, offset=asked.offset, by_name=True)
    choices, due = kept.choices(seat, wanted.states)
    shown = Grid(
        seat=seat, route="work", title="Worklist", asked=asked, columns=COLUMNS,
        rows=[_row(seat, one) for one in found.rows], total=found.total.items, money=found.total.amount,
        filters=kept.filters(seat, choices), fields=_FIELDS,
        actions=_actions(seat), filter_route="work_filter", export_route="work_export", default_sort="-rank",
        hidden=_hidden(found.seen, asked),
        empty="Denials, rejections, held claims and remittances that need a person come here by themselves.",
    )  # fmt: skip
    cards = [*_cards(choices), ("Due in 14 days", {"within": ("14",)}, due.items, due.amount)]
    return view.page(seat, "work/list.html", grid=shown, cards=cards, said=kept.said(seat, asked),
                     views=pipeline.saved_views(seat.night), is_default=not asked.key)  # fmt: skip


@router.post("/work/filter", name="work_filter")
def work_filter(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> Response:
    """Keeps a filter and shows what fits it."""
    return view.go(seat, "work", view=grid.keep(seat, "work", form))


@router.get("/work/export", name="work_export")
def work_export(seat: Annotated[Seat, allow(Verb.EXPORT)], format: As = As.CSV) -> Response:
    """Every item that fits the filter, as a file that says the filter."""
    asked = grid.asked(seat, "work", kept.DEFAULT)
    found = pipeline.work_list(seat.night, kept.wanted(seat, asked), by_name=True)
    return export(seat, format, "worklist", _AS_FILE, [_row(seat, one) for one in found.rows], kept.said(seat, asked))


def _row(seat: Seat, one: casework.WorkRow) -> Row:
    days = terms.days_left(one.days_left)
    return Row(
        id=str(one.id), href=seat.url("work_item", item=one.id), label=f"{terms.kind(one.kind)} {one.claim or one.id}",
        cells={
            "kind": Two(terms.kind(one.kind), _about(one)),
            "claim": Two(one.claim or "", one.patient), "patient": one.patient,
            "payer": Two(payer_name(seat, one.payer), one.clinic), "payer_id": one.payer,
            "service_date": one.service_date, "reason": one.adjustment or " ".join(one.remarks.split()[:1]),
            "action": one.do, "amount": one.amount, "deadline": days, "age": one.age, "until": one.deadline,
            "owner": Two(one.owner, f"until {one.snoozed_until}") if one.snoozed_until else one.owner,
            "rank": one.priority, "remarks": one.remarks, "state": terms.work_state(one.state),
            "sentence": one.sentence, "clinic": one.clinic, "category": one.category, "snoozed": one.snoozed_until,
        },
    )  # fmt: skip


def _about(one: casework.WorkRow) -> str:
    """What it is, in the second line: the category, or the visit of refused rows."""
    text = one.sentence.split(" in ")[0] if one.kind == "charge" else one.category or one.sentence
    return shorten(text, 44, placeholder=" …")


def _cards(choices: casework.Choices) -> list[tuple[str, Mapping[str, tuple[str, ...]], int, Decimal]]:
    found: list[tuple[str, Mapping[str, tuple[str, ...]], int, Decimal]] = []
    for title, filters in _CARDS:
        sums = [choices.kinds[one] for one in filters["kind"] if one in choices.kinds]
        found.append((title, filters, sum(one.items for one in sums), sum((one.amount for one in sums), start=ZERO)))
    return found


def _actions(seat: Seat) -> tuple[Action, ...]:
    week = str(today() + timedelta(days=7))
    staff = tuple(one.name for one in people.list_people(seat.night) if not one.locked)
    return (
        Action(name="take", label="Take", route="work_take", verb=Verb.WORK, icon="hand", key="t",
               hint="Make them yours (t)"),
        Action(name="assign", label="Assign", route="work_assign", verb=Verb.WORK, icon="person", key="a",
               fields=(Field(name="owner", title="To", choices=staff, value=seat.name),), hint="Give to somebody (a)"),
        Action(name="snooze", label="Snooze", route="work_snooze", verb=Verb.WORK, icon="clock", key="s",
               fields=(Field(name="until", title="Until", input=Input.DATE, value=week, required=True),
                       Field(name="why", title="Why")), hint="Off the list until a day (s)"),
        Action(name="note", label="Note", route="work_note", verb=Verb.WORK, icon="note", key="n",
               fields=(Field(name="text", title="Note, no patient's name", required=True),), hint="Keep words (n)"),
        Action(name="resolve", label="Close", route="work_resolve", verb=Verb.WORK, icon="check", key="e",
               fields=(Field(name="reason", title="Why it is done", required=True),),
               hint="Close with a reason; the books stay as they are (e)"),
        Action(name="return", label="Give back", route="work_return", verb=Verb.WORK, icon="undo", key="b"),
    )  # fmt: skip


def _hidden(seen: int, asked: Asked) -> dict[str, str]:
    """What an act brings along: what was seen, a key against sending it twice, where to come back to."""
    return {"seen": str(seen), "once": secrets.token_urlsafe(16), "sort": asked.sort, "page": str(asked.page)}


# --- acts ---


@router.post("/work/take", name="work_take")
def work_take(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Makes items mine; those of somebody else only when that is asked for."""
    over = bool(grid.text(form, "over", 5))
    return _acted(seat, form, "taken", lambda items: pipeline.take_items(
        seat.night, items, seat.name, over=over, seen=_seen(form)))  # fmt: skip


@router.post("/work/assign", name="work_assign")
def work_assign(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Gives items to somebody."""
    owner = grid.text(form, "owner", 64)
    if owner not in {one.name for one in people.list_people(seat.night) if not one.locked}:
        raise BadForm("nobody of this name works here", hint="choose a name of the list")
    return _acted(seat, form, f"given to {owner}", lambda items: pipeline.take_items(
        seat.night, items, seat.name, owner=owner, over=True, seen=_seen(form)))  # fmt: skip


@router.post("/work/return", name="work_return")
def work_return(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Gives items back: they are nobody's again."""
    return _acted(seat, form, "given back", lambda items: pipeline.return_items(
        seat.night, items, seat.name, seen=_seen(form)))  # fmt: skip


@router.post("/work/snooze", name="work_snooze")
def work_snooze(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Takes items off the list until a day; not beyond their deadline."""
    until, reason, anyway = _day(form, "until"), grid.text(form, "why"), bool(grid.text(form, "anyway", 5))
    return _acted(seat, form, f"put off until {until}", lambda items: pipeline.snooze_items(
        seat.night, items, seat.name, until, reason=reason, past_deadline=anyway, seen=_seen(form)))  # fmt: skip


@router.post("/work/wake", name="work_wake")
def work_wake(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Puts snoozed items back on the list."""
    return _acted(seat, form, "back on the list", lambda items: pipeline.wake_items(
        seat.night, items, seat.name, seen=_seen(form)))  # fmt: skip


@router.post("/work/note", name="work_note")
def work_note(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Keeps words with items."""
    text = grid.text(form, "text")
    return _acted(seat, form, "noted", lambda items: pipeline.note_items(seat.night, items, seat.name, text))


@router.post("/work/resolve", name="work_resolve")
def work_resolve(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Closes items with a reason; the books stay as they are."""
    reason = grid.text(form, "reason")
    return _acted(seat, form, "closed", lambda items: pipeline.resolve_items(
        seat.night, items, seat.name, reason, seen=_seen(form)))  # fmt: skip


def _acted(seat: Seat, form: FormData, said: str, act: Callable[[Sequence[int]], Done]) -> Response:
    """Does it once for the selected items and says what became of them."""
    items = grid.selected(form)
    token = grid.text(form, "once", 64)
    told = seat.once(_key(token, form), lambda: _told(act(items), said)) if token else _told(act(items), said)
    tone, _, sentence = told.partition(" ")
    seat.flash(sentence, tone)
    back = grid.text(form, "back", 16)
    if back.isascii() and back.isdecimal():
        return view.go(seat, "work_item", item=int(back))
    page = grid.text(form, "page", 6)
    return view.go(seat, "work", view=grid.text(form, "view", 43), sort=grid.text(form, "sort", 40),
                   page=page if page != "1" else None)  # fmt: skip


def _key(token: str, form: FormData) -> str:
    """Another act of the same page is another act: the key is of what is sent, too."""
    sent = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != "csrf"]
    return f"{token}:{hashlib.sha256(msgspec.json.encode(sent)).hexdigest()[:20]}"


def _told(done: Done, said: str) -> str:
    did = bool(done.items) or not done.refused
    parts = [f"{counted(len(done.items), 'item')} {said}." if did else "Nothing was changed."]
    parts += [f"Item {one.item}: {one.why}." for one in done.refused[:5]]
    if len(done.refused) > 5:
        parts.append(f"{len(done.refused) - 5} more were refused.")
    return f"{'good' if not done.refused else 'attention' if done.items else 'stopped'} {' '.join(parts)}"


def _seen(form: FormData) -> int | None:
    text = grid.text(form, "seen", 15)
    if text and not (text.isascii() and text.isdecimal()):
        raise BadForm("the form cannot be understood")
    return int(text) if text else None


def _day(form: FormData, name: str) -> date:
    try:
        return date.fromisoformat(grid.text(form, name, 10))
    except ValueError:
        raise BadForm(f"{name} is not a day like 2026-11-20") from None


# --- saved views ---


@router.post("/work/views/save", name="work_view_save")
def work_view_save(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Saves the filter in effect under a name, in the place of an earlier one."""
    asked = kept.of_key(seat, grid.text(form, "view", 43))
    name = grid.text(form, "name", 64)
    is_new = pipeline.save_view(seat.night, name, kept.wanted(seat, asked, keep_me=True), seat.name)
    seat.flash(f"The view {name} is {'saved' if is_new else 'saved anew'}.")
    return view.go(seat, "work", view=asked.key)


@router.post("/work/views/open", name="work_view_open")
def work_view_open(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> Response:
    """Shows what fits a saved filter."""
    saved = pipeline.saved_view(seat.night, grid.text(form, "name", 64))
    sort = kept.sort_of(saved.wanted)
    return view.go(seat, "work", view=seat.keep("work", kept.document(saved.wanted)), sort=sort)


@router.post("/work/views/forget", name="work_view_forget")
def work_view_forget(seat: Annotated[Seat, allow(Verb.WORK)], form: Sent) -> Response:
    """Forgets a saved filter."""
    name = grid.text(form, "name", 64)
    pipeline.forget_view(seat.night, name)
    seat.flash(f"There is no view {name} any more.")
    return view.go(seat, "work")


# --- one item ---


@router.get("/work/{item}", name="work_item")
def work_item(seat: Annotated[Seat, allow(Verb.LOOK)], item: ItemId) -> Response:
    """One item: why it waits, what to do, how its rank comes about, what was done with it."""
    story = pipeline.work_story(seat.night, item)
    if story is None:
        raise NotThere(f"there is no item {item}")
    if "application/json" in seat.request.headers.get("accept", ""):
        return JSONResponse(msgspec.to_builtins(story))
    row = story.row
    files = casework.captured_in(seat.night, [one.sha256 for one in story.captured])
    return view.page(
        seat, "work/item.html", story=story, row=row, name=terms.kind(row.kind), plain=terms.plain,
        state=terms.work_state(row.state), left=terms.days_left(row.days_left), payer=payer_name(seat, row.payer),
        offers=casework.offers(seat.night, item) if seat.may(Verb.APPROVE) and row.kind == "held" else (),
        name_says=_SAYS.get(row.kind, "It belongs to no claim."),
        approves=_APPROVES.get(row.kind, "") if row.state != "resolved" else "", files=files,
        once=secrets.token_urlsafe(16), week=today() + timedelta(days=7), there=_there(seat, story),
        staff=[one.name for one in people.list_people(seat.night) if not one.locked],
        explain=lambda code: terms.explain(seat, code), days=Chip,
    )  # fmt: skip


_APPROVES = {"draft": "Approve the drafted claim", "pattern": "Put the rule into force",
             "coordination": "Bill the next payer"}  # fmt: skip


_SAYS = {
    "charge": "A captured visit that became no claim, because a row of it cannot be billed as it is.",
    "night": "A step of the night, not a claim.", "pattern": "A rule for one payer, drafted from its denials.",
    "rules": "A payer's profile, not a claim.", "deposit": "Money in the bank that no remittance explains.",
}  # fmt: skip


def _there(seat: Seat, story: pipeline.WorkStory) -> tuple[str, str]:
    """The page on which the item is worked, and what it is called."""
    row = story.row
    if row.kind in ("underpaid", "overpaid") and row.claim:
        return seat.url("claim", number=row.claim, tab="price"), "The price step by step"
    if row.kind in ("denial", "rejection", "reversal", "unanswered", "stale",
                    "appeal") and row.claim:
        return seat.url("rework_claim", number=row.claim), "Work on the claim"
    if row.kind == "charge" and seat.may(Verb.UPLOAD):
        if story.file is not None and story.file.kind == "charges":
            return seat.url("upload_file", sha256=story.file.sha256), "The file and its refused rows"
        return seat.url("upload"), "Upload the corrected rows"
    if story.payment:
        return terms.link(seat, "remit", ref=str(story.payment)), "Open the payment"
    return "", ""


@router.post("/work/{item}/approve", name="work_approve")
def work_approve(seat: Annotated[Seat, allow(Verb.APPROVE)], item: ItemId, form: Sent) -> Response:
    """Approves what the item proposes: repairs of a held claim, a drafted claim, a rule, a claim to the next payer."""
    repairs = tuple(one for one in form.getlist("repair") if isinstance(one, str) and len(one) <= 12)
    if grid.text(form, "some", 5) and not repairs:
        raise BadForm("no repair is ticked", hint="tick at least one")
    token = grid.text(form, "once", 64)
    told = seat.once(f"{token}:approve:{item}", lambda: _approved(seat, item, repairs))
    tone, _, sentence = told.partition(" ")
    seat.flash(sentence, tone)
    return view.go(seat, "work_item", item=item)


def _approved(seat: Seat, item: int, repairs: Sequence[str]) -> str:
    done = pipeline.release_draft(seat.night, item, seat.name, repairs)
    if done.rule:
        return f"good The rule holds from the next night on: {done.rule}."
    if done.stops:
        mended, still = " ".join(done.repairs), " ".join(done.stops)
        return f"attention Claim {done.claim} is mended ({mended}), and still held by {still}."
    if done.repairs:
        return f"good Claim {done.claim} is mended ({' '.join(done.repairs)}); the next night sends it."
    return f"good Claim {done.claim} goes with the next night."
