"""One search: claims by the beginning of their number, patients by name or id, checks, batches, codes; grouped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi import pipeline
from ptedi.pipeline import batching, casework, cashdesk
from ptedi.pipeline import reference as codes
from ptedi.web import view, words
from ptedi.web.access import Verb
from ptedi.web.cells import Chip
from ptedi.web.errors import BadForm
from ptedi.web.grid import Sent, text
from ptedi.web.pages.claim import payer_name
from ptedi.web.seat import Seat, allow

router = APIRouter()

_MOST = 20
_SHORTEST = 2
_ROOM = 110  # characters of ids in one entry of the access log


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found: what it is called, where it opens, what else tells it from others.

    A `patient` has no address: who a person looked for is sent by a form.
    """

    title: str
    href: str
    about: str
    chip: Chip | None = None
    patient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Hits of one kind; `more` when there are further ones, with the list that shows them."""

    title: str
    hits: tuple[Hit, ...]
    more: bool = False


@router.post("/search", name="search_for")
def search_for(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> RedirectResponse:
    """Keeps what is searched for on the server, because it may name a patient; a claim's whole number opens it."""
    wanted = text(form, "words", 100)
    if len(wanted) < _SHORTEST and not wanted.isdecimal():  # a batch may have one figure
        raise BadForm("type at least two characters to search for")
    story = pipeline.claim_story(seat.night, wanted.upper()) if wanted.isascii() else None
    if story is not None:
        return view.go(seat, "claim", number=story.claim.patient_control_number)
    return view.go(seat, "search", view=seat.keep("search", msgspec.json.encode(wanted).decode()))


@router.get("/search", name="search")
def search(seat: Annotated[Seat, allow(Verb.LOOK)],
           key: Annotated[str, Query(alias="view", max_length=43)] = "") -> HTMLResponse:  # fmt: skip
    """What was found."""
    kept = seat.kept("search", key)
    wanted = msgspec.json.decode(kept, type=str) if kept else ""
    groups = [one for one in _groups(seat, wanted) if one.hits] if wanted else []
    return view.page(seat, "search/page.html", wanted=wanted, groups=groups)


def _groups(seat: Seat, wanted: str) -> Iterator[Group]:
    yield _patients(seat, wanted)
    prefix = seat.night.claim_prefix.upper()
    if prefix.startswith(wanted.upper()) or any(one.isdigit() for one in wanted):  # a name is not looked for there
        yield _claims(seat, "Claims", casework.Wanted(number=wanted.upper()))
    yield _claims(seat, "Claims of the patient", casework.Wanted(patient_id=wanted))
    yield _claims(seat, "Claims of the visit", casework.Wanted(visit_id=wanted))
    checks = cashdesk.remit_page(seat.night, cashdesk.WantedRemits(trace=wanted), limit=_MOST)
    yield Group(title="Checks", more=checks.total > _MOST, hits=tuple(
        Hit(title=one.trace, href=seat.url("remit", ref=one.id), about=f"{one.payer}, {one.day}, {one.amount}",
            chip=words.state(one.state)) for one in checks.heads))  # fmt: skip
    batch = _batch(seat, wanted)
    if batch is not None:
        yield batch
    page = codes.code_page(wanted)
    found = [one for one in codes.entries() if all(word in f"{one.code} {one.title}".lower()
                                                   for word in wanted.lower().split())]  # fmt: skip
    hits = [Hit(title=one.code, href=seat.url("reference_code", family=one.family.value, code=one.code),
                about=one.title) for one in ([page] if page else []) + found]  # fmt: skip
    seen = {one.href: one for one in hits}
    yield Group(title="Codes", hits=tuple(seen.values())[:_MOST], more=len(seen) > _MOST)


def _patients(seat: Seat, wanted: str) -> Group:
    """By name; the access log has the ids of those who were shown."""
    if sum(one.isalpha() for one in wanted) < _SHORTEST:
        return Group(title="Patients", hits=())
    found = casework.patients_named(seat.night, wanted, _MOST + 1)
    for ids in _packed([one.patient_id for one in found[:_MOST]]):
        seat.saw(f"patients={ids}")
    return Group(title="Patients", more=len(found) > _MOST, hits=tuple(
        Hit(title=f"{one.last}, {one.first}", href=seat.url("claims_filter"), patient=one.patient_id,
            about=f"{one.patient_id}, born {one.birth_date}") for one in found[:_MOST]))  # fmt: skip


def _packed(ids: Sequence[str]) -> Iterator[str]:
    """Ids side by side, as many as one entry has room for."""
    several: list[str] = []
    for one in dict.fromkeys(ids):
        if several and len(" ".join([*several, one])) > _ROOM:
            yield " ".join(several)
            several = []
        several.append(one)
    if several:
        yield " ".join(several)


def _claims(seat: Seat, title: str, wanted: casework.Wanted) -> Group:
    rows, total = pipeline.claims_page(seat.night, wanted, _MOST)
    return Group(title=title, more=total > _MOST, hits=tuple(
        Hit(title=one.patient_control_number, href=seat.url("claim", number=one.patient_control_number),
            about=f"{one.patient_id}, {payer_name(seat, one.payer_id)}, {one.service_date}",
            chip=words.state(one.state))
        for one in rows))  # fmt: skip


def _batch(seat: Seat, wanted: str) -> Group | None:
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= 9):
        return None
    found = batching.batch_look(seat.night, int(wanted), limit=1)
    if found is None:
        return None
    head = found.head
    return Group(title="Batches", hits=(Hit(title=f"Batch {head.id}", href=seat.url("batch", batch=head.id),
                                            about=f"{head.file}, {head.claims} claims"),))  # fmt: skip
