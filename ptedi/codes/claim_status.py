"""Claim status of a 277CA (STC01): category, status and entity, in our own words."""

from __future__ import annotations

from ptedi.codes import table


@table.remembered
def _rows() -> dict[tuple[str, str], tuple[str, str]]:
    return {(row["list"], row["code"]): (row["label"], row["state"]) for row in table.rows("claim_status")}


@table.remembered
def _entities() -> dict[str, str]:
    return {row["code"]: row["label"] for row in table.rows("claim_status_entities")}


def known() -> tuple[str, ...]:
    """All codes that have our own words: categories (`A7`), then statuses (`562`)."""
    return tuple(code for _, code in _rows())


def category(code: str) -> str | None:
    """What a category says (`A7`: rejected, information is invalid), or None."""
    found = _rows().get(("category", code))
    return found[0] if found else None


def state(code: str) -> str | None:
    """What a category means for the claim: forwarded, received, accepted, rejected, pending, final ..., or None."""
    found = _rows().get(("category", code))
    return found[1] if found else None


def status(code: str) -> str | None:
    """What a status says (`562`: NPI missing or invalid), or None."""
    found = _rows().get(("status", code))
    return found[0] if found else None


def entity(code: str) -> str | None:
    """Whom a status is about (`85`: billing provider), or None."""
    return _entities().get(code)


def label(category_code: str, status_code: str = "", entity_code: str = "") -> str | None:
    """STC01 in one phrase: `rejected, information is invalid: NPI missing or invalid (billing provider)`."""
    words = [text for text in (category(category_code), status(status_code)) if text]
    who = entity(entity_code)
    return ": ".join(words) + (f" ({who})" if who else "") if words else None
