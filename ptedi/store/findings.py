"""What the scrubber said of each claim, as of its last scrub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, select

from ptedi.findings import Finding
from ptedi.store._sql import among, chunks, insert_rows
from ptedi.store.json import decode, encode
from ptedi.store.tables import claim_findings


def replace_all(conn: Connection, found: Mapping[int, Sequence[Finding]]) -> None:
    """Puts these findings in the place of what the last scrub said of these claims."""
    for some in chunks(sorted(found)):
        conn.execute(delete(claim_findings).where(among(conn, claim_findings.c.claim_id, some)))
    rows = [
        {"claim_id": claim, "code": one.code, "severity": one.severity.value, "document": encode(one)}
        for claim, several in found.items() for one in several
    ]  # fmt: skip
    insert_rows(conn, claim_findings, rows)


def of_claims(conn: Connection, claim_ids: Iterable[int]) -> dict[int, list[Finding]]:
    """The findings of these claims, in the order found."""
    found: dict[int, list[Finding]] = {}
    for some in chunks(sorted(set(claim_ids))):
        mine = among(conn, claim_findings.c.claim_id, some)
        query = select(claim_findings).where(mine).order_by(claim_findings.c.id)
        for row in conn.execute(query):
            found.setdefault(row.claim_id, []).append(decode(row.document, Finding))
    return found


def mentions(conn: Connection, code: str, words: str) -> bool:
    """Whether the finding of any claim with this code says these words."""
    at = claim_findings.c
    query = select(at.id).where(at.code == code, at.document.contains(words, autoescape=True)).limit(1)
    return conn.execute(query).first() is not None
