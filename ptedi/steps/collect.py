"""Everything that came in, each file once by its content: archived unchanged, typed, or quarantined with its reason."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ptedi.errors import ChannelRefused, ConfigurationError, ContractViolation, PtediError, Transient
from ptedi.findings import Finding
from ptedi.payers.partner import TradingPartner
from ptedi.steps import bank, defects, quarantine, report
from ptedi.steps import inbound_pages as pages
from ptedi.steps.faults import point
from ptedi.steps.fetched import Fetched
from ptedi.steps.inbox import clear, content, holds_charges, left_alone
from ptedi.steps.night import Night
from ptedi.store import Connection, files, work
from ptedi.store.files import StoredFile
from ptedi.store.work import NewWork, WorkKind
from ptedi.transport import Channel, settled_files
from ptedi.x12.interchange import ends_early, identify
from ptedi.x12.lookalike import looks_like
from ptedi.x12.rules import IEA_MISSING

ACKNOWLEDGEMENTS = frozenset({"TA1", "999", "997", "277CA"})
SEVERAL = "acknowledgement"  # TA1 and 999 and the like in one file
MIXED = "mixed"              # remittances and acknowledgements in one file
BANK = "bank"
ENTERED = "eob"              # an 835 that a person entered from paper
REMITTANCE = "835"
_OURS = ("inbox", "bank")    # where people drop files
_OF_REMITTANCES = (REMITTANCE, MIXED, BANK, ENTERED)
_OF_ACKNOWLEDGEMENTS = (*sorted(ACKNOWLEDGEMENTS), SEVERAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedFile:
    """A file that came in for the first time: its id, kind, state and, in quarantine, the codes of the reasons."""

    id: int
    kind: str
    state: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What collect_inbound found: new files, how many were known already, and what in our folders is never read.

    `stuck_in_inbox` counts what was taken in and cannot be deleted from our own folders, `unread` what a defect of ours
    left where it lies: it is tried again each time, and a work item tells of it.
    """

    files: tuple[CollectedFile, ...] = ()
    repeated: int = 0
    quarantined: int = 0
    left_alone: int = 0
    stuck_in_inbox: int = 0
    unread: int = 0
    by_kind: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFiles:
    """Ids of files that are collected and not yet applied, in the order in which they came."""

    acknowledgements: tuple[int, ...] = ()
    remittances: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    name: str
    data: bytes | None  # None: a file that did not change since its content was taken in, and was not fetched
    path: Path | None = None  # ours to clear away once it is kept
    channel: Channel | None = None  # to be told when it is kept
    is_mixed: bool = False  # from the inbox, where captured charges lie too
    partner_id: str = ""


def collect_inbound(night: Night) -> Collected:
    """Takes in what the partners left and what people dropped; running it again takes in only what is new."""
    new, repeated, stuck, unread = [], 0, 0, 0
    trouble: list[PtediError] = []
    with night.store.exclusive("collect"):
        for found in _everything(night, trouble):
            try:
                if _for_the_way_out(found):
                    continue
                kept = None if found.data is None else _keep(night, found.name, found.data, found.partner_id)
            except Exception as problem:
                if not defects.is_defect(problem):
                    raise
                defects.tell_of_bytes(night, found.name, found.data or b"", problem)
                unread += 1
                continue
            point("collect.file kept")
            if kept is None:
                repeated += 1
            else:
                new.append(kept)
            if found.path is not None and found.data is not None:
                stuck += not clear(found.path, found.data)
            if found.channel is not None:
                try:
                    found.channel.done(found.name)
                except PtediError as problem:
                    trouble.append(problem)
        defects.close_done(night)
    if trouble:  # what came in is kept and waits; the others' files are not held up by one partner
        raise min(trouble, key=lambda one: isinstance(one, Transient))
    return Collected(files=tuple(new), repeated=repeated, stuck_in_inbox=stuck, unread=unread,
                     by_kind=dict(Counter(f.kind for f in new)),
                     quarantined=sum(f.state == files.QUARANTINED for f in new),
                     left_alone=sum(left_alone(night.workspace.folder(folder)) for folder in _OURS))  # fmt: skip


def _everything(night: Night, trouble: list[PtediError]) -> Iterator[_Found]:
    for partner in night.partners.values():
        try:
            with closing(night.channel(partner)) as channel:
                yield from _left_by(night, partner, channel, trouble)
        except (Transient, ChannelRefused, ConfigurationError) as problem:
            trouble.append(problem)
    for folder in _OURS:
        for path in settled_files(night.workspace.folder(folder)):
            data = content(path)
            if data is not None:
                yield _Found(name=path.name, data=data, path=path, is_mixed=folder == "inbox")


def _for_the_way_out(found: _Found) -> bool:
    return found.is_mixed and found.data is not None and holds_charges(found.name, found.data)


def _left_by(night: Night, partner: TradingPartner, channel: Channel, trouble: list[PtediError]) -> Iterator[_Found]:
    """The files of one partner; one that cannot be read now does not hold up the next."""
    waiting, fetched = channel.list(), Fetched.of(night, partner)
    for finding in channel.refused:
        _tell(night, partner.id, finding)
    for remote in waiting:
        if fetched.knows(remote):
            yield _Found(name=remote.name, data=None)
            continue
        try:
            data = channel.get(remote.name)
        except (Transient, ContractViolation) as problem:
            trouble.append(problem)
            continue
        yield _Found(name=remote.name, data=data, channel=channel, partner_id=partner.id)
        fetched.remember(remote, data)
    fetched.keep()


def _tell(night: Night, partner: str, finding: Finding) -> None:
    name = hashlib.sha256((finding.value or "").encode()).hexdigest()[:16]
    with night.store.begin() as conn:
        work.put(conn, NewWork(
            key=f"refused:{partner}:{finding.code}:{name}", kind=WorkKind.QUARANTINE, category="file",
            sentence=finding.message, next_action="LOOK_AT_FILE", how=finding.hint or "",
        ))  # fmt: skip


def _keep(night: Night, name: str, data: bytes, partner_id: str) -> CollectedFile | None:
    """Registers a file; None when its content was taken in before."""
    with night.store.read() as conn:
        if files.find(conn, hashlib.sha256(data).hexdigest()) is not None:
            return None
    kind, problem = type_of(data)
    with night.store.begin() as conn:
        file = files.register(conn, night.archive, data, name, kind=kind)
        if not file.is_new:
            return None
        if problem is None:
            if kind != BANK and ends_early(data):
                _breaks_off(conn, file)
            return CollectedFile(id=file.id, kind=kind, state=files.RECEIVED)
        batch_ids = report.about(conn, name, data, partner_id) if problem.code == pages.NOT_X12 else ()
        if batch_ids:
            report.attach(conn, file, batch_ids)
            return CollectedFile(id=file.id, kind=report.KIND, state=files.PROCESSED)
        put_away(night, conn, file, data, [problem])
    return CollectedFile(id=file.id, kind=kind, state=files.QUARANTINED, codes=(problem.code,))


def _breaks_off(conn: Connection, file: StoredFile) -> None:
    """What came of a file is whole and is applied; whether more should have come, only its sender knows."""
    work.put(conn, NewWork(
        key=f"end:{file.sha256}", kind=WorkKind.QUARANTINE, file_id=file.id, category="file",
        sentence=f"{IEA_MISSING.code} The file {file.original_name} has no end (IEA): what came of it is applied, more "
                 "may be missing.", next_action="LOOK_AT_FILE",
        how="Ask the partner for the whole file; what is applied already is known again in it.",
    ))  # fmt: skip


def type_of(data: bytes) -> tuple[str, Finding | None]:
    """The kind of a file by its content, and why it cannot be applied, if it cannot."""
    if not data.strip():
        return "empty", pages.finding(pages.EMPTY, "The file has no content.")
    if bank.is_bank(data):
        return BANK, None
    kinds = identify(data)
    if not kinds:
        return "unknown", pages.finding(pages.NOT_X12, _not_x12(data))
    wanted = kinds & (ACKNOWLEDGEMENTS | {REMITTANCE})
    if not wanted:
        sentence = f"The file holds {', '.join(sorted(kinds))}, which is not for us."
        return min(kinds)[:16], pages.finding(pages.NOTHING_FOR_US, sentence)
    if REMITTANCE in wanted:
        return (MIXED if len(wanted) > 1 else REMITTANCE), None
    return (SEVERAL if len(wanted) > 1 else min(wanted)), None


def _not_x12(data: bytes) -> str:
    seems = looks_like(data[:1000])
    return f"The file is not X12: {f'it looks like {seems}' if seems else 'no transaction could be found in it'}."


def put_away(night: Night, conn: Connection, file: StoredFile, data: bytes, problems: list[Finding]) -> None:
    """Quarantines a whole file: the bytes with their reason, the file's state, one work item."""
    kept = quarantine.keep(night, file, data, problems)
    reason = quarantine.sentence(problems)
    files.set_state(conn, file.id, files.QUARANTINED, reason)
    work.put(conn, NewWork(
        key=f"file:{file.sha256}", kind=WorkKind.QUARANTINE, file_id=file.id, category="file",
        sentence=reason, next_action="LOOK_AT_FILE",
        how=f"quarantine/{kept.name} is the file ({file.original_name}), its reason beside it",
    ))  # fmt: skip


def waiting_files(night: Night) -> WaitingFiles:
    """Files that wait to be applied; a file with both kinds counts as a remittance, which applies all of it."""
    with night.store.read() as conn:
        waiting = files.list_files(conn, state=files.RECEIVED, direction="in")
    return WaitingFiles(
        acknowledgements=tuple(f.id for f in waiting if f.kind in _OF_ACKNOWLEDGEMENTS),
        remittances=tuple(f.id for f in waiting if f.kind in _OF_REMITTANCES),
    )
