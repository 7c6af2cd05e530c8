"""The worklist's filter between its three forms: what a browser sends, what the library takes, what is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from time import monotonic

import msgspec

from ptedi import pipeline
from ptedi.pipeline import casework
from ptedi.web import terms
from ptedi.web.grid import Asked, Filter, Option
from ptedi.web.pages.claim import payer_name
from ptedi.web.seat import Seat

ME = "me"
_FRESH = 60  # seconds
DEFAULT = {"state": ("open", "taken"), "owner": (ME, casework.NOBODY)}
_MANY = {"kind": "kinds", "category": "categories", "payer": "payers", "owner": "owners", "clinic": "clinics",
         "reason": "reasons", "fault": "faults", "action": "actions", "state": "states"}  # fmt: skip
_LARGEST_FIRST = frozenset({casework.Order.RANK, casework.Order.AMOUNT, casework.Order.AGE})
_WORDS = {"kind": "what", "category": "category", "payer": "payer", "owner": "owner", "clinic": "clinic",
          "reason": "reason", "fault": "fault", "action": "do next", "state": "state", "claim": "claim",
          "patient": "patient", "first": "service from", "last": "service to", "within": "days left at most",
          "at_least": "amount at least"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """Choices as they were counted once."""

    version: tuple[int, int, date]
    at: float
    choices: casework.Choices
    due: casework.Sum


def wanted(seat: Seat, asked: Asked, *, keep_me: bool = False) -> casework.WantedWork:
    """What the library is asked for; `me` becomes the person, except in a view that others use too."""
    owners = tuple(seat.name if one == ME and not keep_me else one for one in asked.many("owner"))
    order = casework.Order(asked.column) if asked.column in tuple(casework.Order) else casework.Order.RANK
    found = casework.WantedWork(
        kinds=asked.many("kind"), categories=asked.many("category"), payers=asked.many("payer"),
        clinics=asked.many("clinic"), reasons=asked.many("reason"), faults=asked.many("fault"),
        actions=asked.many("action"), owners=owners,
        claim=asked.one("claim").upper(), patient=asked.one("patient"), first=asked.day("first"),
        last=asked.day("last"), within=asked.number("within"), at_least=asked.money("at_least"),
        states=tuple(one for one in asked.many("state") if one in tuple(casework.Shown)) or casework.WAITING,
        order=order,
    )  # fmt: skip
    return replace(found, backwards=bool(asked.sort) and asked.descending != (order in _LARGEST_FIRST))


def choices(seat: Seat, states: tuple[str, ...]) -> tuple[casework.Choices, casework.Sum]:
    """What all items in these states can be narrowed to, and those due in 14 days; counted anew when something changed.

    An amount that the night renews without an act on its item is seen a minute later.
    """
    at = seat.request.app.state
    if not hasattr(at, "work_choices"):
        at.work_choices = {}
    known: dict[tuple[str, ...], _Counted] = at.work_choices
    version, found = pipeline.work_version(seat.night), known.get(states)
    if found is None or found.version != version or monotonic() - found.at > _FRESH:
        found = _Counted(
            version=version, at=monotonic(), due=pipeline.work_total(seat.night, casework.WantedWork(within=14)),
            choices=pipeline.work_choices(seat.night, casework.WantedWork(states=states)),
        )  # fmt: skip
        known[states] = found
    return found.choices, found.due


def document(saved: casework.WantedWork) -> str:
    """A saved view as the browser's filter."""
    values: dict[str, tuple[str, ...]] = {name: getattr(saved, field) for name, field in _MANY.items()}
    for name in ("claim", "patient", "first", "last", "within", "at_least"):
        value = getattr(saved, name)
        values[name] = () if value in (None, "") else (str(value),)
    return msgspec.json.encode({name: given for name, given in values.items() if given}).decode()


def sort_of(saved: casework.WantedWork) -> str:
    """The order of a saved view as the address has it, "" for the usual one."""
    if saved.order is casework.Order.RANK and not saved.backwards:
        return ""
    down = (saved.order in _LARGEST_FIRST) != saved.backwards
    return f"{'-' if down else ''}{saved.order.value}"


def of_key(seat: Seat, key: str) -> Asked:
    """The filter kept under a key, else the default one."""
    text = seat.kept("work", key)
    values = msgspec.json.decode(text, type=dict[str, tuple[str, ...]]) if text else DEFAULT
    return Asked(values=values, key=key if text else "")


def filters(seat: Seat, choices: casework.Choices) -> tuple[Filter, ...]:
    """What can be chosen from, with how many items each has."""
    def options(found: Mapping[str, casework.Sum], label: Mapping[str, str] | None = None) -> list[Option]:
        return [Option(word, (label or {}).get(word, word), one.items) for word, one in found.items()]

    payers = {one: payer_name(seat, one) for one in choices.payers}
    clinics = {one.id: one.name for one in seat.night.practice.clinics}
    owners = [Option(ME, f"me ({seat.name})"), Option(casework.NOBODY, "nobody"),
              *(one for one in options(choices.owners) if one.value not in (casework.NOBODY, seat.name))]  # fmt: skip
    states = [Option(one.value, one.value) for one in casework.Shown]
    actions = {one: casework.action_words(one) for one in choices.actions}
    return (
        Filter(name="kind", title="What", options=options(choices.kinds, terms.KINDS)),
        Filter(name="owner", title="Owner", options=owners),
        Filter(name="payer", title="Payer", options=options(choices.payers, payers)),
        Filter(name="category", title="Category", options=options(choices.categories)),
        Filter(name="reason", title="Reason", options=options(choices.reasons)),
        Filter(name="action", title="Do next", options=options(choices.actions, actions)),
        Filter(name="clinic", title="Clinic", options=options(choices.clinics, clinics)),
        Filter(name="state", title="State", options=states),
    )  # fmt: skip


def said(seat: Seat, asked: Asked) -> str:
    """The filter in words."""
    parts = []
    for name, title in _WORDS.items():
        given = [_word(seat, name, one) for one in asked.many(name)]
        if given:
            parts.append(f"{title}: {' or '.join(given)}")
    return "; ".join(parts) or "everything open"


def _word(seat: Seat, name: str, value: str) -> str:
    match name:
        case "kind":
            return terms.kind(value)
        case "payer":
            return payer_name(seat, value)
        case "clinic":
            clinic = seat.night.practice.clinic(value)
            return clinic.name if clinic else value
        case _:
            return seat.name if value == ME else value
