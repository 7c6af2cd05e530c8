"""Remittances: each check with what is matched, waits and was taken; what a person decides about what waits."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ptedi.codes import provider_adjustments
from ptedi.dates import today
from ptedi.findings import Finding, counted
from ptedi.money import from_cents, usd
from ptedi.pipeline import cashdesk
from ptedi.web import grid, terms, view
from ptedi.web.access import Verb
from ptedi.web.cells import Cell, Chip, Kind, Link, Two
from ptedi.web.errors import BadForm, Changed, NotThere
from ptedi.web.grid import Column, Field, Filter, Grid, Input, Option, Row, Sent
from ptedi.web.pages.claim import payer_name
from ptedi.web.seat import Seat, allow

router = APIRouter()

Ref = Annotated[str, Path(pattern=r"^[0-9]{1,15}(\.[0-9]{1,6})?$")]
METHODS = {"CHK": "check", "ACH": "transfer", "NON": "no money", "FWT": "wire", "BOP": "bank"}
COLUMNS = (
    Column(name="check", title="Check"), Column(name="state", title="State", kind=Kind.CHIP),
    Column(name="payer", title="Payer"), Column(name="day", title="Day", kind=Kind.DATE),
    Column(name="amount", title="Amount", kind=Kind.MONEY),
    Column(name="posted", title="Matched", kind=Kind.MONEY, narrow=True),
    Column(name="waiting", title="Waits", kind=Kind.MONEY),
    Column(name="provider", title="Taken (PLB)", kind=Kind.MONEY, narrow=True,
           hint="What the payer took or gave at provider level, outside any claim"),
    Column(name="bank", title="Bank", kind=Kind.CHIP, narrow=True),
)
CLAIMS = (
    Column(name="ref", title="Claim of the check"), Column(name="state", title="State", kind=Kind.CHIP),
    Column(name="claim", title="Ours or theirs", kind=Kind.CODE), Column(name="paid", title="Paid", kind=Kind.MONEY),
    Column(name="why", title="Why"),
)
BALANCE = (
    Column(name="payer", title="Payer"), Column(name="reference", title="Reference", kind=Kind.CODE),
    Column(name="codes", title="What"), Column(name="since", title="Since", kind=Kind.DATE, narrow=True),
    Column(name="opened", title="Announced", kind=Kind.MONEY), Column(name="closed", title="Taken", kind=Kind.MONEY),
    Column(name="balance", title="Still to come", kind=Kind.MONEY),
    Column(name="state", title="State", kind=Kind.CHIP),
    Column(name="claims", title="Claims", kind=Kind.CODE, narrow=True),
)
_NOT_READ = "Its claims are not in the books; above, 835 segments shows what the payer says of them."
_STANDING = {"open": "attention", "taken without notice": "attention", "closed": "good", "counted": "plain"}


# --- checks ---


@router.get("/remits", name="remits")
def remits(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """Checks, the newest first."""
    asked = grid.asked(seat, "remits")
    page = cashdesk.remit_page(seat.night, _wanted(asked), limit=asked.size, offset=asked.offset)
    return view.page(seat, "remits/list.html", amount=page.amount, grid=Grid(
        seat=seat, route="remits", title="Checks", asked=asked, columns=COLUMNS, total=page.total,
        rows=[_check(seat, one) for one in page.heads], filter_route="remits_filter",
        filters=(
            Filter(name="waiting", title="Only", options=[Option("yes", "with something that waits")]),
            Filter(name="states", title="State", options=[Option(one.value, one.value)
                                                          for one in cashdesk.PaymentState]),
            Filter(name="payers", title="Payer", options=[Option(one, one)
                                                          for one in cashdesk.remit_payers(seat.night)]),
        ),
        fields=(Field(name="trace", title="Check or trace number", search=True),
                Field(name="first", title="Booked from", input=Input.DATE),
                Field(name="last", title="to", input=Input.DATE)),
        empty="No remittance came yet.  The night collects them; a file can also be uploaded.",
    ))  # fmt: skip


@router.post("/remits/filter", name="remits_filter")
def remits_filter(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> RedirectResponse:
    """Keeps a filter of the list."""
    return view.go(seat, "remits", view=grid.keep(seat, "remits", form))


@router.get("/remits/balance", name="remit_balance")
def balance(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """What payers announced to take and took, reference by reference."""
    asked = grid.asked(seat, "remit_balance", {"standing": ("open", "taken without notice")})
    everything = cashdesk.provider_balance(seat.night)
    chosen = asked.many("standing")
    found = [one for one in everything if not chosen or one.standing.value in chosen]
    return view.page(seat, "remits/balance.html", grid=Grid(
        seat=seat, route="remit_balance", title="Provider-level amounts", asked=asked, columns=BALANCE,
        total=len(found), rows=[_reference(one) for one in found[asked.offset : asked.offset + asked.size]],
        filter_route="remit_balance_filter", filters=(Filter(name="standing", title="State", options=[
            Option(one.value, one.value, sum(r.standing is one for r in everything)) for one in cashdesk.Standing]),),
        empty="No payer announced or took anything at provider level.",
    ), money=from_cents(sum(one.balance for one in everything if one.standing is cashdesk.Standing.OPEN)))  # fmt: skip


@router.post("/remits/balance/filter", name="remit_balance_filter")
def balance_filter(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> RedirectResponse:
    """Keeps a filter of the balances."""
    return view.go(seat, "remit_balance", view=grid.keep(seat, "remit_balance", form))


# --- paper ---


@router.get("/remits/enter", name="remit_enter")
def enter_form(seat: Annotated[Seat, allow(Verb.POST)]) -> HTMLResponse:
    """Where a paper EOB is typed."""
    return _enter_page(seat, cashdesk.TEMPLATE)


@router.post("/remits/enter", name="remit_entered")
def entered(seat: Annotated[Seat, allow(Verb.POST)], form: Sent) -> Response:
    """Looks a typed EOB over, or posts it like an 835; or adds a claim to the form."""
    several, typed = _typed(seat, form)
    number = grid.text(form, "number", 40).strip().upper()
    if grid.text(form, "act", 10) == "add" and (number or not several):  # without one, Enter in a field looks it over
        return _add_claim(seat, number, several, typed)
    text = cashdesk.eob_text(several, typed) if several else grid.text(form, "text", 400_000)
    only_look = grid.text(form, "act", 10) != "post"
    name = "typed.json" if several else "typed.csv" if text.lstrip().startswith("trace,") else "typed.toml"
    reason = grid.text(form, "reason", 300) or "paper EOB"
    looked = cashdesk.enter(seat.night, name, text.encode(), seat.name, reason, check_only=True)
    if only_look or any(one.code.startswith("IF") for one in looked.findings):
        return _enter_page(seat, cashdesk.TEMPLATE if several else text, several, typed, findings=looked.findings,
                           checked=True, status=200 if only_look else 422)  # fmt: skip

    def post() -> str:
        done = cashdesk.enter(seat.night, name, text.encode(), seat.name, reason)
        told = done.posted
        return "" if told is None else (
            f"{counted(told.payments, 'payment')}: {counted(told.claims, 'claim')} posted, "
            f"{told.claims_unmatched + told.claims_quarantined} wait, {told.duplicate} known already")  # fmt: skip

    seat.flash(seat.once(_once(form), post) or "nothing could be posted", "good")
    return view.go(seat, "remits")


_MOST_CLAIMS = 40
_FIELDS = re.compile(r"trace|date|amount|method|payer|(?:status|payer_claim)_\d+|(?:paid|adjust|remarks)_\d+_\d+", re.A)


def _typed(seat: Seat, form: Sent) -> tuple[list[cashdesk.SentClaim], dict[str, str]]:
    """The claims of the form and what was typed beside them."""
    numbers = dict.fromkeys(one for one in form.getlist("claim") if isinstance(one, str) and 0 < len(one) <= 40)
    found = [cashdesk.sent_claim(seat.night, one) for one in list(numbers)[:_MOST_CLAIMS]]
    typed = {name: grid.text(form, name, 200) for name in form if _FIELDS.fullmatch(name)}
    return [one for one in found if one], typed


def _add_claim(seat: Seat, number: str, several: list[cashdesk.SentClaim], typed: dict[str, str]) -> HTMLResponse:
    found = cashdesk.sent_claim(seat.night, number)
    known = number in {one.number for one in several}
    if found is not None and not known:
        several = [*several, found]
        typed.setdefault("payer", found.payer)
    missing = "" if found else f"There is no claim {number}." if number else "Type a claim number first."
    return _enter_page(seat, cashdesk.TEMPLATE, several, typed, missing=missing, status=404 if missing else 200)


def _enter_page(
    seat: Seat, text: str, several: Sequence[cashdesk.SentClaim] = (), typed: Mapping[str, str] | None = None, *,
    findings: Sequence[Finding] = (), checked: bool = False, missing: str = "", status: int = 200,
) -> HTMLResponse:  # fmt: skip
    return view.page(
        seat, "remits/enter.html", status, text=text, claims=several, typed=typed or {}, findings=findings,
        checked=checked, missing=missing, statuses=cashdesk.STATUSES, methods=METHODS, today=today(),
        once=secrets.token_urlsafe(16), csv=cashdesk.CSV_TEMPLATE,
    )  # fmt: skip


# --- one check, one claim of it ---


@router.get("/remits/{ref}", name="remit")
def remit(seat: Annotated[Seat, allow(Verb.LOOK)], ref: Ref) -> HTMLResponse:
    """A check with its claims, or one claim of it beside what it could belong to."""
    return _claim(seat, ref) if "." in ref else _payment(seat, ref)


def _payment(seat: Seat, ref: str) -> HTMLResponse:
    asked = grid.asked(seat, "remit")
    head = cashdesk.remit_head(seat.night, int(ref))
    story = cashdesk.check_story(seat.night, int(ref), limit=asked.size, offset=asked.offset)
    if head is None or story is None:
        raise NotThere(f"there is no payment {ref}")
    rows = [_row(seat, one) for one in story.rows]
    return view.page(
        seat, "remits/payment.html", head=head, story=story, method=METHODS.get(head.method, head.method),
        chip=terms.state(head.state), acts=_acts(story), once=secrets.token_urlsafe(16), plain=terms.plain,
        grid=Grid(seat=seat, route="remit", title="Claims of the check", asked=asked, columns=CLAIMS,
                  total=story.total, rows=rows, params={"ref": ref},
                  empty="The check speaks of no claim." if head.state == "posted" else _NOT_READ),
    )  # fmt: skip


def _claim(seat: Seat, ref: str) -> HTMLResponse:
    story = _story(seat, ref)
    head = cashdesk.remit_head(seat.night, int(ref.partition(".")[0]))
    said = story.said
    return view.page(
        seat, "remits/claim.html", head=head, story=story, row=story.row, said=said, chip=terms.state(story.row.state),
        acts=_acts(story), once=secrets.token_urlsafe(16), plain=terms.plain, ours=_ours(story),
        payer_name=lambda payer: payer_name(seat, payer), state=lambda word: terms.state(word).text if word else "",
        asked=[one for one in story.lines if not one.by_itself], our_lines=story.ours,
        days=sorted({str(one.service_date) for one in said.lines if one.service_date}) if said else [],
    )  # fmt: skip


@router.post("/remits/{ref}/release", name="remit_release")
def release(seat: Annotated[Seat, allow(Verb.POST)], ref: Ref, form: Sent) -> Response:
    """Posts what does not add up, as the payer stated it; the difference stands on an account of its own."""
    claim, sure = grid.text(form, "claim", 40), grid.text(form, "sure", 5) == "yes"
    return _decided(seat, ref, form, lambda reason: cashdesk.release(seat.night, ref, seat.name, reason, claim=claim,
                                                                     sure=sure))  # fmt: skip


@router.post("/remits/{ref}/match", name="remit_match")
def match(seat: Annotated[Seat, allow(Verb.POST)], ref: Ref, form: Sent) -> Response:
    """Says which claim of ours it speaks of."""
    claim, sure = grid.text(form, "claim", 40), grid.text(form, "sure", 5) == "yes"
    if not claim:
        raise BadForm("choose a claim first")
    return _decided(seat, ref, form, lambda reason: cashdesk.match(seat.night, ref, claim, seat.name, reason,
                                                                   sure=sure))  # fmt: skip


@router.post("/remits/{ref}/assign", name="remit_assign")
def assign(seat: Annotated[Seat, allow(Verb.POST)], ref: Ref, form: Sent) -> Response:
    """Says which of our lines a line of it is; without one that is taken back."""
    place, line = grid.text(form, "place", 4), grid.text(form, "line", 4)
    if not place.isdecimal() or (line and not line.isdecimal()):
        raise BadForm("choose a line of it and one of ours")
    to = int(line) if line else None
    return _decided(seat, ref, form,
                    lambda reason: cashdesk.assign(seat.night, f"{ref}.{place}", to, seat.name, reason))  # fmt: skip


@router.post("/remits/{ref}/park", name="remit_park")
def park(seat: Annotated[Seat, allow(Verb.POST)], ref: Ref, form: Sent) -> Response:
    """Sets a claim payment of another practice aside."""
    return _decided(seat, ref, form, lambda reason: cashdesk.park(seat.night, ref, seat.name, reason))


@router.post("/remits/{ref}/unpost", name="remit_unpost")
def unpost(seat: Annotated[Seat, allow(Verb.POST)], ref: Ref, form: Sent) -> Response:
    """Takes it out of the books by mirrored entries."""
    return _decided(seat, ref, form, lambda reason: cashdesk.unpost(seat.night, ref, seat.name, reason))


@router.post("/remits/{ref}/repost", name="remit_repost")
def repost(seat: Annotated[Seat, allow(Verb.POST)], ref: Ref, form: Sent) -> Response:
    """Posts it again, by what is known today."""
    return _decided(seat, ref, form, lambda reason: cashdesk.repost(seat.night, ref, seat.name, reason))


def _decided(seat: Seat, ref: str, form: Sent, act: Callable[[str], cashdesk.Done]) -> Response:
    """Decides once; what somebody else decided meanwhile is told and left, what is seldom right is asked about."""
    reason = grid.text(form, "reason", 300)
    if not reason:
        raise BadForm("a decision about money needs a reason", hint="it is kept for ever; no patient's name")

    def run() -> str:
        now, seen = _story(seat, ref).row.state, grid.text(form, "seen", 20)
        if seen and seen != now:
            raise Changed(f"it is {now} by now; when you looked it was {seen}", hint="look again, then decide")
        done = act(reason)
        told = "It" if done.changed else "Nothing changed: it"
        return f"{told} is {done.state}, {usd(from_cents(done.amount_cents))}"

    once = _once(form)
    try:
        seat.flash(f"{seat.once(once, run)}.")
    except cashdesk.Unsure as doubt:
        return view.page(seat, "remits/sure.html", ref=ref, said=str(doubt), hint=doubt.hint, once=once,
                         reason=reason, claim=grid.text(form, "claim", 40), seen=grid.text(form, "seen", 20),
                         act=seat.request.url.path.rpartition("/")[2])  # fmt: skip
    return view.go(seat, "remit", ref=ref)


def _once(form: Sent) -> str:
    return grid.text(form, "once", 64) or secrets.token_urlsafe(16)


def _story(seat: Seat, ref: str) -> cashdesk.RemitStory:
    found = cashdesk.find_story(seat.night, ref)
    if found is None:
        raise NotThere(f"there is no payment {ref}", hint="the page Remittances lists them all")
    return found


# --- facts for the templates ---


def _wanted(asked: grid.Asked) -> cashdesk.WantedRemits:
    known = {one.value for one in cashdesk.PaymentState}
    return cashdesk.WantedRemits(
        states=tuple(cashdesk.PaymentState(one) for one in asked.many("states") if one in known),
        payers=asked.many("payers"), first=asked.day("first"), last=asked.day("last"), trace=asked.one("trace"),
        waiting="yes" in asked.many("waiting"))  # fmt: skip


def _check(seat: Seat, one: cashdesk.RemitHead) -> Row:
    cells: dict[str, Cell] = {
        "check": Two(one.trace, METHODS.get(one.method, one.method)),
        "state": _state(one),
        "payer": one.payer, "day": one.day, "amount": one.amount, "posted": one.posted_amount,
        "waiting": one.waiting_amount or None, "provider": one.provider or None, "bank": _bank(one),
    }  # fmt: skip
    return Row(id=str(one.id), cells=cells, href=seat.url("remit", ref=one.id), label=f"check {one.trace}")


def _state(one: cashdesk.RemitHead) -> Chip:
    if one.unexplained:
        return Chip(f"{usd(one.unexplained)} unexplained", "stopped")
    if one.waiting and one.state == "posted":
        return Chip("1 claim waits" if one.waiting == 1 else f"{one.waiting} claims wait", "attention")
    return terms.state(one.state)


def _bank(one: cashdesk.RemitHead) -> Chip | None:
    if not one.amount:
        return None
    if one.banked is None:
        return Chip("not seen yet", "waiting")
    return Chip("in the bank", "good") if one.banked == one.amount else Chip(f"shows {usd(one.banked)}", "stopped")


def _row(seat: Seat, one: cashdesk.RemitRow) -> Row:
    return Row(id=one.ref.replace(".", "-"), href=seat.url("remit", ref=one.ref), cells={
        "ref": f"No. {one.ref.partition('.')[2]}", "state": terms.state(one.state),
        "claim": Link(one.claim, seat.url("claim", number=one.claim)) if one.state == "posted" else one.claim,
        "paid": one.amount, "why": terms.plain(one.reason)})  # fmt: skip


def _reference(one: cashdesk.Reference) -> Row:
    return Row(id=f"{one.payer}-{one.reference}", label=one.reference, cells={
        "payer": Two(one.payer_name or one.payer, one.payer), "reference": one.reference or "none",
        "codes": Two(" ".join(one.reasons), ", ".join(filter(None, map(provider_adjustments.reason, one.reasons)))),
        "since": one.since, **_figures(one), "state": Chip(one.standing.value, _STANDING[one.standing.value]),
        "claims": " ".join(one.claims)})  # fmt: skip


def _figures(one: cashdesk.Reference) -> dict[str, Cell]:
    """What is only counted (interest, fees) announces nothing and leaves nothing to come."""
    if one.standing is cashdesk.Standing.COUNTED:
        return {"opened": None, "closed": from_cents(-one.balance), "balance": None}
    return {"opened": from_cents(one.opened), "closed": from_cents(one.closed), "balance": from_cents(one.balance)}


def _acts(story: cashdesk.RemitStory) -> tuple[str, ...]:
    """What can be decided about it as it is."""
    is_claim, state = story.row.what == "claim", story.row.state
    if state == "parked" and not is_claim:
        return ("ours",)
    if state == "posted":
        return ("unpost",)
    if state == "unposted":
        return ("repost", "match", "park") if is_claim else ("repost",)
    if state in ("unmatched", "quarantined", "parked"):
        return ("match", "release", "park") if is_claim and state != "parked" else ("release",)
    return ("release",) if state == "conflicting" else ()


def _ours(story: cashdesk.RemitStory) -> str:
    return story.row.claim if story.row.state == "posted" else ""
