"""Reports in words that a partner leaves beside its X12: kept unchanged, attached to every batch that they name.

A report may name a batch by its file, by BHT03, by its claims (our number of a claim, or theirs that a 277CA told),
and, when it says nothing else that we know, by ISA13 or GS06, which count anew for every partner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from ptedi.claims import identity
from ptedi.store import Connection, batches, census, claims, files, references, work
from ptedi.store.files import StoredFile
from ptedi.store.work import NewWork, WorkKind

KIND = "report"
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{8,}")
_LOOKED_AT = 1_000_000  # bytes; what a report is about stands in its head
_MOST = 20_000  # words that are looked up as somebody's number of a claim
_SAID = r"(?:[ _-]?control)?(?:[ _-]?(?:number|num|no|id))?[^A-Za-z0-9\n]{1,12}0*([1-9][0-9]{0,8})\b"
_INTERCHANGE = re.compile(rf"\b(?:ISA[ _-]?13|ISA|interchange){_SAID}", re.IGNORECASE)
_GROUP = re.compile(rf"\b(?:GS[ _-]?0?6|GS|(?:functional[ _-]?)?group){_SAID}", re.IGNORECASE)
_OF_BATCHES = "report on batch"


def about(conn: Connection, name: str, data: bytes, partner_id: str = "") -> tuple[int, ...]:
    """The batches that a report names in its own name or text, oldest first; none when nothing in it is ours.

    Args:
        conn: the transaction.
        name: the report's name.
        data: the report.
        partner_id: who left it, "" when nobody knows; ISA13 and GS06 are those of its batches.
    """
    if b"\0" in data[:_LOOKED_AT]:
        return ()
    text = f"{name} {data[:_LOOKED_AT].decode('utf-8', 'replace')}"
    words = set(_TOKEN.findall(text))
    words |= {word.strip(".-_") for word in words}
    found = {*_by_name(conn, words, name.lower()), *_by_claims(conn, words)}
    return tuple(sorted(found or set(_by_number(conn, text, partner_id))))


def attach(conn: Connection, file: StoredFile, batch_ids: Iterable[int]) -> None:
    """Ties a kept file to its batches; a person is asked to read it, since nothing of it is applied."""
    ids = list(batch_ids)
    files.set_state(conn, file.id, files.PROCESSED, _reason(ids), kind=KIND)
    shown = " and ".join(f"`ptedi batch show {one}`" for one in ids[:3])
    work.put(conn, NewWork(
        key=f"report:{file.sha256}", kind=WorkKind.ACKNOWLEDGEMENT, category=KIND, file_id=file.id,
        sentence=f"A {_reason(ids).replace('report', 'report in words', 1)} came in; nothing of it was applied.",
        next_action="READ",
        how=f"{shown} name{'s' * (len(ids) == 1)} it; its bytes lie unchanged in archive/{file.stored_name}.",
    ))  # fmt: skip


def of_batch(conn: Connection, batch_id: int) -> list[StoredFile]:
    """The reports attached to a batch, oldest first."""
    return [one for one in files.list_files(conn, kinds=[KIND], direction="in") if batch_id in _named(one.reason)]


def _by_name(conn: Connection, words: Set[str], report: str) -> Iterator[int]:
    """File, its stem, or the BHT03 of one of its sets."""
    for batch in batches.list_batches(conn):
        stem = batch.file_name.rsplit(".", 1)[0]
        if not words.isdisjoint((batch.file_name, stem, *batch.envelope.references)) or stem.lower() in report:
            yield batch.id


def _by_claims(conn: Connection, words: Set[str]) -> Set[int]:
    """The newest batch of each claim that is named, by our number or by one that an answer told us."""
    numbers = sorted(word for word in words if any(c.isdigit() for c in word))[:_MOST]
    ours = claims.by_control_numbers(conn, [word for word in numbers if identity.is_ours(word)])
    theirs = references.claims_with(conn, numbers)
    named = {row.id for row in ours.values()} | {one for several in theirs.values() for one in several}
    return set(census.newest_batches(conn, named).values())


def _by_number(conn: Connection, text: str, partner_id: str) -> Iterator[int]:
    """ISA13 and GS06 with the word for it before; of a report from nobody known only what one batch alone has."""
    for said, lookup in ((_INTERCHANGE, batches.by_interchange), (_GROUP, batches.by_group)):
        for number in sorted({int(one) for one in said.findall(text)})[:_MOST]:
            found = lookup(conn, number, partner_id=partner_id or None)
            if len(found) == 1:
                yield found[0].id


def _reason(ids: list[int]) -> str:
    told = ", ".join(map(str, ids))
    return f"{_OF_BATCHES} {told}" if len(ids) == 1 else f"{_OF_BATCHES}es {told}"


def _named(reason: str) -> set[int]:
    return {int(one) for one in re.findall("[0-9]+", reason)} if reason.startswith(_OF_BATCHES) else set()
