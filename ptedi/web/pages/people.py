"""People: who may sign in and as what, who looked at what; and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path
from starlette.responses import JSONResponse, Response

from ptedi.pipeline import people, presence
from ptedi.web import export, grid, view
from ptedi.web.access import LEAST, Verb, may
from ptedi.web.errors import BadForm, NotThere
from ptedi.web.grid import Column, Field, Grid, Row, Sent
from ptedi.web.seat import Seat, allow

router = APIRouter()
_ID = Annotated[int, Path(ge=1, le=2**53)]
_TITLES = {
    people.Role.VIEWER: "looks, changes nothing", people.Role.BILLER: "works the list, reworks, posts",
    people.Role.APPROVER: "the second person: approves, closes days, runs nights",
    people.Role.ADMINISTRATOR: "looks after people, besides everything else",
}  # fmt: skip
_VERBS = {
    Verb.SEE: "see the night, partners, reports, codes", Verb.OWN: "change one's own password",
    Verb.LOOK: "look at claims, work and remittances", Verb.EXPORT: "take lists away as files",
    Verb.WORK: "take, snooze, note and close work", Verb.REWORK: "draft corrections, appeals, write-offs",
    Verb.UPLOAD: "bring charges and remittances in", Verb.POST: "match, release, unpost and repost payments",
    Verb.RUN: "start a night, send a test file", Verb.APPROVE: "approve what somebody else drafted",
    Verb.CLOSE: "close a day and open it again", Verb.MANAGE: "look after people, see who looked at what",
}  # fmt: skip
_LOG = (
    Column(name="at", title="When (UTC)"), Column(name="person", title="Who"), Column(name="verb", title="What"),
    Column(name="page", title="Page"), Column(name="object", title="Of", hint="Ids only, never what was seen"),
)  # fmt: skip
_MOST = 20_000


# --- everybody ---


@router.get("/people", name="people")
def everybody(seat: Annotated[Seat, allow(Verb.MANAGE)]) -> Response:
    """Everybody who may sign in."""
    return _page(seat)


@router.post("/people", name="people_add")
def add(seat: Annotated[Seat, allow(Verb.MANAGE)], name: Annotated[str, Form(max_length=64)],
        role: Annotated[people.Role, Form()]) -> Response:  # fmt: skip
    """Adds somebody with a made password, shown on the answer and nowhere else."""
    password = people.new_password()
    person = people.make_person(seat.night, name, role, password=password, by=seat.name)
    return _page(seat, told=(person.name, password))


@router.post("/people/{number}/role", name="people_role")
def role(seat: Annotated[Seat, allow(Verb.MANAGE)], number: _ID, role: Annotated[people.Role, Form()]) -> Response:
    """Makes somebody something else."""
    person = _person(seat, number)
    people.set_role(seat.night, person.name, role, by=seat.name)
    seat.flash(f"{person.name} is {role.value} now.")
    return view.go(seat, "people")


@router.post("/people/{number}/lock", name="people_lock")
def lock(seat: Annotated[Seat, allow(Verb.MANAGE)], number: _ID) -> Response:
    """Keeps somebody out."""
    person = _person(seat, number)
    if person.id == seat.person.id:
        raise BadForm("you cannot lock yourself out", hint="another administrator can")
    people.lock(seat.night, person.name, by=seat.name)
    seat.flash(f"{person.name} is locked out and signed out everywhere.", "attention")
    return view.go(seat, "people")


@router.post("/people/{number}/unlock", name="people_unlock")
def unlock(seat: Annotated[Seat, allow(Verb.MANAGE)], number: _ID) -> Response:
    """Lets somebody in again."""
    person = _person(seat, number)
    people.unlock(seat.night, person.name, by=seat.name)
    seat.flash(f"{person.name} may sign in again.")
    return view.go(seat, "people")


@router.post("/people/{number}/password", name="people_password")
def password(seat: Annotated[Seat, allow(Verb.MANAGE)], number: _ID) -> Response:
    """Gives somebody a made password, shown on the answer and nowhere else."""
    person, made = _person(seat, number), people.new_password()
    people.set_password(seat.night, person.name, made, by=seat.name,
                        keep=seat.session.key if person.id == seat.person.id else "")  # fmt: skip
    return _page(seat, told=(person.name, made))


@router.post("/people/{number}/out", name="people_out")
def out(seat: Annotated[Seat, allow(Verb.MANAGE)], number: _ID) -> Response:
    """Signs somebody out everywhere."""
    person = _person(seat, number)
    closed = presence.sign_out_everywhere(seat.night, person, by=seat.name)
    seat.flash(f"{person.name} is signed out of {closed} {'browser' if closed == 1 else 'browsers'}.")
    return view.go(seat, "people")


def _person(seat: Seat, number: int) -> people.Person:
    found = people.person_of(seat.night, number)
    if found is None:
        raise NotThere("there is nobody of this number")
    return found


_PAGES = {
    "remits": "remittances", "remit": "remittance", "remit balance": "provider balances", "remit enter": "paper EOB",
    "close deposits": "deposits", "close deposit": "deposit",
    "work": "worklist", "claim source": "source of a figure", "batch file": "837P file",
    "report rows": "rows of a report",
}  # fmt: skip


def _page(seat: Seat, told: tuple[str, str] | None = None) -> Response:
    verbs = [(_VERBS[verb], [role.value for role in people.Role if may(role, verb)]) for verb in LEAST]
    return view.page(seat, "people/list.html", people=people.list_people(seat.night), roles=_TITLES, told=told,
                     verbs=verbs)  # fmt: skip


# --- who looked at what ---


@router.get("/people/log", name="people_log")
def log(seat: Annotated[Seat, allow(Verb.MANAGE)], check: bool = False) -> Response:
    """The access log, newest first; with `check` every hash of it is computed again."""
    asked = grid.asked(seat, "people_log")
    found = presence.accesses(seat.night, limit=asked.size, offset=asked.offset, person=asked.one("person"),
                              object=asked.one("object"))  # fmt: skip
    listed = Grid(
        seat=seat, route="people_log", title="Who looked at what", asked=asked, columns=_LOG,
        rows=_rows(found), total=presence.count_accesses(
            seat.night, person=asked.one("person"), object=asked.one("object")),
        fields=(Field(name="person", title="Who", search=True), Field(name="object", title="Of (id)")),
        filter_route="people_log_filter", export_route="people_log_export",
        empty="Every look at a claim and every act is written here.",
    )  # fmt: skip
    return view.page(seat, "people/log.html", grid=listed,
                     verdict=presence.verify_access(seat.night) if check else None)  # fmt: skip


@router.post("/people/log", name="people_log_filter")
def log_filter(seat: Annotated[Seat, allow(Verb.MANAGE)], form: Sent) -> Response:
    """Narrows the log."""
    return view.go(seat, "people_log", view=grid.keep(seat, "people_log", form))


@router.get("/people/log/export", name="people_log_export")
def log_export(seat: Annotated[Seat, allow(Verb.MANAGE)], format: export.As) -> Response:
    """The log as a file."""
    asked = grid.asked(seat, "people_log")
    found = presence.accesses(seat.night, limit=_MOST, person=asked.one("person"), object=asked.one("object"))
    said = "; ".join(f"{name} {asked.one(name)}" for name in ("person", "object") if asked.one(name))
    return export.export(seat, format, "access-log", _LOG, _rows(found), said)


def _rows(found: list[presence.AccessRow]) -> list[Row]:
    return [Row(id=str(one.id), cells={
        "at": f"{one.at:%Y-%m-%d %H:%M:%S}", "person": one.person, "verb": one.verb, "page": _page_words(one.page),
        "object": one.object}) for one in found]  # fmt: skip


def _page_words(name: str) -> str:
    told = name.replace("_", " ")
    return _PAGES.get(told, told)


# --- oneself ---


@router.get("/session", name="session")
def session(seat: Annotated[Seat, allow(Verb.OWN)]) -> JSONResponse:
    """Whose session this browser has now, and its token: a page that stood open for long asks before it sends."""
    return JSONResponse({"name": seat.name, "csrf": seat.session.csrf})


@router.get("/account", name="account")
def account(seat: Annotated[Seat, allow(Verb.OWN)]) -> Response:
    """One's own account."""
    return _account(seat)


@router.post("/account/password", name="account_password")
def own_password(
    seat: Annotated[Seat, allow(Verb.OWN)], old: Annotated[str, Form(max_length=people.LONGEST)],
    new: Annotated[str, Form(max_length=people.LONGEST)], again: Annotated[str, Form(max_length=people.LONGEST)],
) -> Response:  # fmt: skip
    """Changes one's own password; every other browser is signed out."""
    if new != again:
        return _account(seat, "The two new passwords are not the same.")
    found = people.check_password(seat.night, seat.name, old, verb="confirmed")
    if isinstance(found, people.Refusal):
        wait = f"  Try again after {found.until:%H:%M:%S} UTC." if found.until else ""
        return _account(seat, f"That is not your present password.{wait}")
    people.set_password(seat.night, seat.name, new, by=seat.name, keep=seat.session.key)
    seat.flash("Your password is changed; your other browsers are signed out.")
    return view.go(seat, "account")


@router.post("/account/out", name="account_out")
def own_out(seat: Annotated[Seat, allow(Verb.OWN)]) -> Response:
    """Signs one's other browsers out."""
    closed = presence.sign_out_everywhere(seat.night, seat.person, by=seat.name, keep=seat.session.key)
    seat.flash(f"Signed out of {closed} other {'browser' if closed == 1 else 'browsers'}.")
    return view.go(seat, "account")


def _account(seat: Seat, problem: str = "") -> Response:
    me = people.person_of(seat.night, seat.person.id)
    allowed = [_VERBS[verb] for verb in Verb if seat.may(verb)]
    return view.page(seat, "people/account.html", 422 if problem else 200, me=me, problem=problem, allowed=allowed,
                     shortest=people.SHORTEST)  # fmt: skip
