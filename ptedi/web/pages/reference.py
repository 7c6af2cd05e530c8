"""Reference: every code that a biller meets, explained in our own words, and one search over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi.pipeline import reference as codes
from ptedi.web import grid, view
from ptedi.web.access import Verb
from ptedi.web.cells import Chip, Kind
from ptedi.web.errors import NotThere
from ptedi.web.grid import Column, Field, Filter, Grid, Option, Row, Sent
from ptedi.web.seat import Seat, allow

router = APIRouter()

COLUMNS = (
    Column(name="code", title="Code", kind=Kind.CODE, sort=True),
    Column(name="title", title="What it says"),
    Column(name="family", title="Kind", sort=True),
    Column(name="about", title="About", narrow=True, sort=True),
    Column(name="severity", title="Weight", kind=Kind.CHIP, narrow=True),
)
_TITLES = {
    codes.Family.EDIT: "Edit of a claim", codes.Family.FINDING: "Finding in a file",
    codes.Family.ADJUSTMENT: "Adjustment (CARC)", codes.Family.REMARK: "Remark (RARC)",
    codes.Family.STATUS: "Claim status (277CA)", codes.Family.PROCEDURE: "Procedure",
    codes.Family.MODIFIER: "Modifier", codes.Family.STATE: "State of a claim",
}  # fmt: skip
_TONES = {"error": "stopped", "hold": "attention", "warning": "attention", "info": "waiting"}
_SEARCHED = 4


@router.get("/reference", name="reference")
def reference(seat: Annotated[Seat, allow(Verb.SEE)]) -> HTMLResponse:
    """All codes, or those that fit a search."""
    asked = grid.asked(seat, "reference")
    everything = codes.entries()
    found = _sorted(_fitting(everything, asked), asked)
    counts = Counter(one.family for one in everything)
    options = [Option(family.value, title, counts[family]) for family, title in _TITLES.items()]
    return view.page(seat, "reference/list.html", everything=len(everything), grid=Grid(
        seat=seat, route="reference", title="Codes", asked=asked, columns=COLUMNS, total=len(found),
        rows=[_row(seat, one) for one in found[asked.offset : asked.offset + asked.size]],
        filters=(Filter(name="family", title="Kind", options=options),),
        fields=(Field(name="words", title="Code or words", placeholder="CO-97, plan of care ...", search=True),),
        filter_route="reference_filter", empty="No code is known: the tables of this installation are empty.",
    ))  # fmt: skip


@router.post("/reference/filter", name="reference_filter")
def reference_filter(seat: Annotated[Seat, allow(Verb.SEE)], form: Sent) -> RedirectResponse:
    """A search: a code as people write it opens its page, words list what fits."""
    words = grid.text(form, "words", 200)
    page = codes.code_page(words) if words and not form.getlist("family") else None
    if page is not None:
        return view.go(seat, "reference_code", family=page.family.value, code=page.code)
    return view.go(seat, "reference", view=grid.keep(seat, "reference", form))


@router.get("/reference/{family}/{code}", name="reference_code")
def reference_code(seat: Annotated[Seat, allow(Verb.SEE)], family: codes.Family,
                   code: Annotated[str, Path(max_length=40)]) -> HTMLResponse:  # fmt: skip
    """One code explained."""
    page = codes.code_page(code, family=family)
    if page is None:
        raise NotThere("there is no such code here", hint="look for it in the list of the reference")
    beside = [one for one in codes.entries() if one.family is page.family and one.about and one.code == page.code]
    return view.page(seat, "reference/code.html", page=page, kind=_TITLES[page.family], tones=_TONES,
                     about=beside[0].about if beside else "")  # fmt: skip


def _row(seat: Seat, one: codes.Entry) -> Row:
    return Row(
        id=f"{one.family.name.lower()}-{one.code}".replace(" ", "-"), label=f"{one.code}: {one.title}",
        href=seat.url("reference_code", family=one.family.value, code=one.code),
        cells={"code": one.code, "title": one.title, "family": _TITLES[one.family], "about": one.about,
               "severity": Chip(one.severity, _TONES[one.severity]) if one.severity else None},
    )  # fmt: skip


def _fitting(entries: Iterable[codes.Entry], asked: grid.Asked) -> list[codes.Entry]:
    families, words = asked.many("family"), asked.one("words").lower().split()[:_SEARCHED]
    return [one for one in entries if (not families or one.family in families) and _has(one, words)]


def _has(one: codes.Entry, words: list[str]) -> bool:
    text = f"{one.code} {one.title} {one.about}".lower()
    return all(word in text for word in words)


def _sorted(found: list[codes.Entry], asked: grid.Asked) -> list[codes.Entry]:
    if asked.column not in {"code", "family", "about"}:
        return found
    return sorted(found, key=lambda one: str(getattr(one, asked.column)), reverse=asked.descending)
