"""Rendering: the one way from facts to a page."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi.findings import counted
from ptedi.money import usd
from ptedi.pipeline import presence
from ptedi.web import urls
from ptedi.web.access import Verb
from ptedi.web.house import Door, house
from ptedi.web.nav import NAV
from ptedi.web.seat import Seat

HERE = Path(__file__).parent
STATIC = HERE / "static"
_TONES = {"good": "check", "waiting": "clock", "attention": "alert", "stopped": "stop", "plain": "dot"}


def page(seat: Seat, template: str, answer: int = 200, /, **facts: object) -> HTMLResponse:
    """A page or a part of one for somebody who is signed in.

    Templates have, beside the facts: `person`, `may(verb)`, `csrf`, `url(name, ...)`, `flashes`, `nav`, `environment`,
    `practice`, `here` (the route's name).
    """
    text = environment().get_template(template).render(**_common(seat), **facts)
    return HTMLResponse(text, status_code=answer)


def stranger_page(request: Request, template: str, answer: int = 200, /, **facts: object) -> HTMLResponse:
    """A page for somebody who is not signed in; it names nothing of the practice."""
    text = environment().get_template(template).render(
        url=lambda name, **more: urls.url(request, name, **more), static=lambda name: static(request, name),
        framed=house(request).door is Door.AIRFLOW, **facts)  # fmt: skip
    return HTMLResponse(text, status_code=answer)


def go(seat: Seat, name: str, /, **params: object) -> RedirectResponse:
    """The answer to a form: go and look at this page."""
    return RedirectResponse(seat.url(name, **params), status_code=303)


def is_part(request: Request) -> bool:
    """Whether HTMX asks for a part of a page (and not, on the way back, for a whole one)."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def static(request: Request, name: str) -> str:
    """The address of one of our files, new when the file is."""
    return f"{urls.root(request)}/static/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _common(seat: Seat) -> dict[str, object]:
    request = seat.request
    return {
        "seat": seat, "person": seat.person, "may": lambda verb: seat.may(Verb(verb)), "csrf": seat.session.csrf,
        "url": seat.url, "static": lambda name: static(request, name),
        "flashes": () if is_part(request) else presence.take_flash(seat.night, seat.session),
        "nav": NAV, "here": getattr(request.scope.get("route"), "name", ""),
        "environment": seat.night.environment, "practice": seat.night.practice.billing.name,
        "framed": house(request).door is Door.AIRFLOW, "waiting_work": house(request).waiting,
    }  # fmt: skip


# --- what templates can do ---


@cache
def environment() -> Environment:
    """The templates: escaped, and strict about names they do not know."""
    made = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.filters.update(money=money, day=day, moment=moment, counted=counted, count=count)
    from ptedi.web import words  # noqa: PLC0415 - it takes its chips from the cells, which are drawn here

    made.globals.update(account=words.account, by=words.by, tone_icon=lambda tone: _TONES.get(tone, "dot"))
    return made


def money(value: Decimal | None) -> Markup:
    """1,234.56; negative ones with a minus, in red; nothing where there is no amount."""
    if value is None:
        return Markup("")
    tone = "money minus" if value < 0 else "money"
    return Markup('<span class="{}">{}</span>').format(tone, usd(value).replace("-", "\u2212"))


def day(value: date | datetime | None) -> str:
    """2026-11-20, "" when there is none."""
    return "" if value is None else value.strftime("%Y-%m-%d")


def moment(value: datetime | None) -> str:
    """2026-11-20 14:05, UTC."""
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M")


def count(value: int) -> str:
    """12,345."""
    return f"{value:,}"


def answer(value: Any) -> dict[str, Any]:
    """The same facts for a program that asks for JSON."""
    import msgspec  # noqa: PLC0415

    made = msgspec.to_builtins(value)
    return made if isinstance(made, dict) else {"value": made}
