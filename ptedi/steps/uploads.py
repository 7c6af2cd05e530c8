"""Files that a person hands over: kept aside, looked over before anything is taken in, then dropped into the inbox.

Looking changes nothing.  Taking in is dropping the file where the night finds it; what then happens to it is what
happens to every file: each content once, archived unchanged, typed by content, quarantined with its reason.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePath
from tempfile import NamedTemporaryFile

from ptedi import dates, intake
from ptedi.config import Workspace
from ptedi.errors import UnreadableFile
from ptedi.findings import Finding
from ptedi.intake import RowVerdict
from ptedi.remittances import balance
from ptedi.remittances.model import Payment
from ptedi.steps import bank
from ptedi.steps.collect import BANK, type_of
from ptedi.steps.extract import reject_name
from ptedi.steps.inbox import holds_charges
from ptedi.steps.night import Night
from ptedi.steps.remit import is_ours
from ptedi.steps.views import drop
from ptedi.store import files, visits
from ptedi.transactions import remittance_835

FOLDER = "uploads"
CHARGES = "charges"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 200  # rows and payments that one page shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was handed over: its content and the name it came with, made harmless."""

    sha256: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLook:
    """A payment of an 835 before it is posted: whom it pays, whether it adds up, and what is wrong if not.

    One that is not `ours` is set aside whole.
    """

    payer: str
    payee: str
    ours: bool
    trace: str
    day: date | None
    amount: Decimal
    claims: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a file is and what would become of it.

    Attributes:
        kind: charges, 835, 999, 277CA, TA1, bank ... or what `type_of` makes of it.
        known: the state of the same content where it was taken in before, "" where it was not.
        problem: why nothing of it can be taken.
        accepted, refused: rows of charges; `rows` the first of the refused ones with their reasons.
        visits: whole visits of the accepted rows.
        payments: the first payments of an 835; `total_payments` how many there are.
        deposits: rows of a bank's file.
    """

    upload: Upload
    kind: str
    known: str = ""
    problem: Finding | None = None
    accepted: int = 0
    refused: int = 0
    visits: int = 0
    rows: tuple[RowVerdict, ...] = ()
    payments: tuple[PaymentLook, ...] = ()
    total_payments: int = 0
    deposits: int = 0

    @property
    def takeable(self) -> bool:
        """Whether taking it in does anything."""
        return not self.known or self.kind == CHARGES


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """A file that came in, and what became of it."""

    id: int
    sha256: str
    name: str
    kind: str
    state: str
    size: int
    at: datetime
    reason: str


def stage(workspace: Workspace, name: str, chunks: Iterable[bytes]) -> Upload:
    """Keeps a file aside under its content, private; nothing is read of it yet."""
    folder, digest, size = workspace.folder(FOLDER), hashlib.sha256(), 0
    with NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as kept:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            kept.write(chunk)
        kept.flush()
        os.fsync(kept.fileno())
    sha256 = digest.hexdigest()
    Path(kept.name).replace(folder / sha256)
    return Upload(sha256=sha256, name=safe_name(name), size=size)


def safe_name(name: str) -> str:
    """The last part of a name with nothing in it that a folder or a page could mind."""
    last = PurePath(name.replace("\\", "/")).name
    kept = _UNSAFE.sub("_", last).strip("._-")[-80:]
    return kept or "upload"


def look(night: Night, upload: Upload) -> Look | None:
    """What a staged file is and what would become of it; None when it is no longer there."""
    data = _bytes(night, upload)
    if data is None:
        return None
    with night.store.read() as conn:
        before = files.find(conn, upload.sha256)
    known = before.state if before else ""
    if holds_charges(upload.name, data):
        return _charges(night, upload, data, known)
    kind, problem = type_of(data)
    if problem is not None or known:
        return Look(upload=upload, kind=kind, known=known, problem=problem)
    if kind == BANK:
        return Look(upload=upload, kind=kind, deposits=len(bank.read(data).deposits))
    found, wrong = _payments(data) if "835" in kind or kind == "mixed" else ([], None)
    return Look(upload=upload, kind=kind, problem=wrong, total_payments=len(found),
                payments=tuple(_payment(night, one) for one in found[:_MOST]))  # fmt: skip


def take(night: Night, upload: Upload) -> bool:
    """Drops a staged file into the inbox under a name of its own; False when it is no longer there."""
    data = _bytes(night, upload)
    if data is None:
        return False
    stem, dot, ending = upload.name.rpartition(".")
    name = f"{stem or ending}-{upload.sha256[:8]}{dot and '.'}{ending if stem else ''}"
    drop(night.workspace, name, data)
    _path(night, upload).unlink(missing_ok=True)
    return True


def came_in(night: Night, *, limit: int = 50) -> list[CameIn]:
    """The newest files that came in, whoever brought them."""
    with night.store.read() as conn:
        found = files.newest_in(conn, limit)
    return [_came(one) for one in found]


def file_rows(night: Night, sha256: str) -> tuple[CameIn, list[visits.RowOutcome]] | None:
    """A file that was taken in, with the verdict on each captured row; None while it was not."""
    with night.store.read() as conn:
        file = files.find(conn, sha256)
        return None if file is None else (_came(file), visits.rows_of(conn, file.id))


def refused_rows(night: Night, sha256: str) -> tuple[str, bytes] | None:
    """The refused rows of a charge file, to correct and bring again, with a name; None when there are none."""
    with night.store.read() as conn:
        file = files.find(conn, sha256)
    stem = "" if file is None else reject_name(file, "")
    found = sorted(night.workspace.folder("rejects").glob(f"{stem}*")) if stem else []
    return (found[0].name, found[0].read_bytes()) if found else None


def _came(file: files.StoredFile) -> CameIn:
    return CameIn(id=file.id, sha256=file.sha256, name=file.original_name, kind=file.kind, state=file.state,
                  size=file.size, at=file.received_at, reason=file.reason)  # fmt: skip


def _path(night: Night, upload: Upload) -> Path:
    assert _SHA256.fullmatch(upload.sha256)  # noqa: S101 - a key of ours, never a name
    return night.workspace.folder(FOLDER) / upload.sha256


def _bytes(night: Night, upload: Upload) -> bytes | None:
    try:
        return _path(night, upload).read_bytes()
    except FileNotFoundError:
        return None


def _charges(night: Night, upload: Upload, data: bytes, known: str) -> Look:
    night.use_tables()
    senders = intake.load_senders(night.workspace.table("intake"))
    read = intake.read(data, upload.name, night.practice, night.profiles.ids, dates.today(), senders)
    refused = read.waiting
    return Look(
        upload=upload, kind=CHARGES, known=known, accepted=len(read.rows) - len(refused), refused=len(refused),
        problem=next((one for one in read.findings if one.severity.stops), None), visits=len(read.visits),
        rows=refused[:_MOST],
    )  # fmt: skip


def _payments(data: bytes) -> tuple[list[Payment], Finding | None]:
    found: list[Payment] = []
    try:
        found.extend(remittance_835.read(files.legible(data)))
    except UnreadableFile as problem:
        from ptedi.steps import inbound_pages as pages  # noqa: PLC0415

        return found, pages.finding(pages.NOT_X12, str(problem))
    return found, None


def _payment(night: Night, one: Payment) -> PaymentLook:
    payee = f"{one.payee} {one.payee_npi or one.payee_tax_id}".strip()
    return PaymentLook(payer=one.payer, payee=payee, ours=is_ours(night, one), trace=one.trace_number,
                       day=one.date, amount=one.amount, claims=len(one.claims),
                       findings=tuple(balance.check(one)))  # fmt: skip
