"""What others call our claims: the payer's and the clearinghouse's numbers of a 277CA, and what a person matched."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from ptedi.store._sql import chunks, insert_all_new
from ptedi.store.tables import claim_references


class ReferenceKind(StrEnum):
    """Whose number it is."""

    PAYER = "payer"
    CLEARINGHOUSE = "clearinghouse"
    MANUAL = "manual"


def note(conn: Connection, claim_id: int, kind: ReferenceKind, value: str, file_id: int) -> None:
    """Remembers a number; the same number again changes nothing."""
    note_all(conn, [(claim_id, kind, value)], file_id)


def note_all(conn: Connection, told: Iterable[tuple[int, ReferenceKind, str]], file_id: int) -> None:
    """Remembers the numbers that a file told: claim, whose number, the number; empty and known ones change nothing."""
    rows = [{"claim_id": claim_id, "kind": kind.value, "value": value[:50], "file_id": file_id}
            for claim_id, kind, value in dict.fromkeys(told) if value]  # fmt: skip
    if rows:
        insert_all_new(conn, claim_references, ("claim_id", "kind", "value"), rows)


def forget(conn: Connection, claim_id: int, kind: ReferenceKind, values: Iterable[str]) -> None:
    """Takes numbers of a claim back that turned out not to be its."""
    c = claim_references.c
    told = [value[:50] for value in values if value]
    conn.execute(delete(claim_references).where(c.claim_id == claim_id, c.kind == kind.value, c.value.in_(told)))


def claims_with(conn: Connection, values: Iterable[str]) -> dict[str, list[int]]:
    """Claims that bear one of these numbers."""
    c = claim_references.c
    found: dict[str, list[int]] = {}
    for some in chunks(sorted(set(values))):
        for value, claim_id in conn.execute(select(c.value, c.claim_id).where(c.value.in_(some)).distinct()):
            found.setdefault(value, []).append(claim_id)
    return found


def of_claim(conn: Connection, claim_id: int) -> dict[ReferenceKind, list[str]]:
    """The numbers of a claim by kind, oldest first."""
    c = claim_references.c
    found: dict[ReferenceKind, list[str]] = {}
    for kind, value in conn.execute(select(c.kind, c.value).where(c.claim_id == claim_id).order_by(c.id)):
        found.setdefault(ReferenceKind(kind), []).append(value)
    return found
