"""What a payer left to the patient, and what it refused under PR, billed to the patient: never what is under CO.

Deductible, coinsurance and copay are the patient's already when the remittance is posted; an amount refused under PR
(not covered, benefit used up) stands as denied until a person says that the patient gets the bill.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from ptedi import dates
from ptedi.codes import adjustments
from ptedi.disk import write_whole
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.matching import LineMatch, match_lines
from ptedi.ledger.policy import Action, standard
from ptedi.ledger.standing import Adjudication
from ptedi.ledger.write_off import patient_entry
from ptedi.money import ZERO, cents, usd
from ptedi.remittances.model import Adjustment
from ptedi.steps import secondary
from ptedi.steps.faults import point
from ptedi.steps.next_payer import next_coverage
from ptedi.steps.night import Night
from ptedi.steps.refused import Refused, find
from ptedi.steps.write_off import entry_key, resolution
from ptedi.store import Connection, claims, closings, coordination, decisions, events, postings, reworks, work
from ptedi.store.coordination import Step
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.postings import Booking
from ptedi.store.reworks import NewRework, ReworkKind, ReworkRow, ReworkState
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import State

FOLDER = "statements"
ADJUDICATED = frozenset({State.PAID, State.PARTLY_PAID, State.DENIED})
HEADER = ("patient_id", "claim", "line", "service_date", "procedure", "units", "charge", "paid_by_payer", "reason",
          "words", "patient_owes")  # fmt: skip
Shares = dict[tuple[int | None, str], Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """A patient's bill: what it comes to, what of it was denied under PR before, and the CSV in the workspace."""

    id: int
    claim: str
    state: str
    total_cents: int
    moved_cents: int
    path: str


def bill_patient(night: Night, number: str, person: str, reason: str = "") -> Billed:
    """Bills the patient what group PR says, with one CSV row for each line and reason.  Once; again tells the same.

    Raises:
        ConfigurationError: the claim has no result, another payer is to answer first, nothing is under PR, or the books
            hold less than the remittance refuses.
    """
    with night.store.exclusive("post"):
        with night.store.begin() as conn:
            case = find(night, conn, number, ADJUDICATED)
            events.lock(conn, [case.row.id])
            basis = " ".join(str(one.id) for one in case.said)
            key = f"patient:{case.row.id}:{sha256(basis.encode()).hexdigest()[:16]}"
            rows = [r for r in reworks.of_claims(conn, [case.row.id], ReworkKind.PATIENT) if r.key.startswith(key)]
            known = next((r for r in rows if r.state is ReworkState.DONE), None)
            shares, refused = _shares(case), _refused(case)
            if known is None:
                _may(conn, case, shares, refused)
                known = _book(night, conn, case, f"{key}:{len(rows) + 1}", shares, refused, person, reason)
            point("patient.booked")
        _write(night, known, _csv(case, shares))
        point("patient.statement written")
    return Billed(id=known.id, claim=case.row.patient_control_number, state=known.state.value,
                  total_cents=known.stake_cents, moved_cents=cents(sum(refused.values(), ZERO)),
                  path=known.file_name)  # fmt: skip


def owed(conn: Connection, case: Refused) -> Decimal:
    """What the patient would be billed.

    Raises:
        ConfigurationError: nothing, or somebody else is to answer first.
    """
    shares = _shares(case)
    _may(conn, case, shares, _refused(case))
    return sum(shares.values(), ZERO)


def bill_next(night: Night, number: str, person: str) -> str:
    """Bills the patient's next payer with what this one decided; the number of that claim.  Once.

    Raises:
        ConfigurationError: there is no next payer, or what was decided cannot be told to it.
    """
    with night.store.begin() as conn:
        case = find(night, conn, number, ADJUDICATED)
        if next_coverage(case.coded, case.rows[0].visit) is None:
            raise ConfigurationError(f"{number}: the visit names no payer after this one")
        items = work.list_work(conn, kinds=[WorkKind.COORDINATION], claim_ids=[case.row.id])
        if not items:
            work.put(conn, NewWork(
                key=f"coordination:{case.row.id}:asked by a person", kind=WorkKind.COORDINATION, claim_id=case.row.id,
                category="next payer", sentence="A person wants the next payer billed.", next_action="APPROVE",
                amount_cents=case.row.charge_cents,
            ))  # fmt: skip
            items = work.list_work(conn, kinds=[WorkKind.COORDINATION], claim_ids=[case.row.id], open_only=False)
    made = secondary.approve(night, items[0], person)
    if not made:
        raise ConfigurationError(f"{number}: what was decided cannot be told to the next payer",
                                 hint="`ptedi work --kind coordination` says why")  # fmt: skip
    return made


# --- what is whose ---


def _named(case: Refused) -> list[tuple[int | None, Adjustment]]:
    """Every PR adjustment that holds, with our line number."""
    found: list[tuple[int | None, Adjustment]] = []
    for one in case.said:
        found += [(None, a) for a in one.clp.adjustments if a.group == "PR"]
        for line, match in zip(one.clp.lines, _matches(case, one), strict=True):
            found += [(match.line, a) for a in line.adjustments if a.group == "PR"]
    return found


def _shares(case: Refused) -> Shares:
    """What the patient owes, by line and reason: group PR and nothing else."""
    return _summed([(line, a) for line, a in _named(case)])


def _refused(case: Refused) -> Shares:
    """What of it stands as denied: PR reasons that the posting policy holds."""
    policy, row = standard(), case.row
    return _summed([(line, a) for line, a in _named(case)
                    if policy.treat(a.group, a.reason, row.payer_id, row.service_date).action is Action.HOLD])


def _summed(found: list[tuple[int | None, Adjustment]]) -> Shares:
    shares: Shares = {}
    for line, one in found:
        shares[line, one.reason] = shares.get((line, one.reason), ZERO) + one.amount
    return {key: amount for key, amount in shares.items() if amount}


def _may(conn: Connection, case: Refused, shares: Shares, refused: Shares) -> None:
    number = case.row.patient_control_number
    if sum(shares.values(), ZERO) <= 0:
        raise ConfigurationError(f"{number}: the payer leaves nothing to the patient (group PR)",
                                 hint="what is under CO is never billed to the patient")  # fmt: skip
    known = coordination.get(conn, [case.row.id]).get(case.row.id)
    if known is not None and known.next_claim_id is not None:
        later = claims.get(conn, known.next_claim_id).patient_control_number
        raise ConfigurationError(f"{number}: what is left to the patient, the next payer decides on {later}",
                                 hint=f"`ptedi rework patient {later}` once it is answered")  # fmt: skip
    waits = known is not None and known.step in (Step.WAITING, Step.CROSSED, Step.ASKED)
    if waits or (known is None and next_coverage(case.coded, case.rows[0].visit) is not None):
        raise ConfigurationError(f"{number}: another payer comes before the patient",
                                 hint=f"`ptedi rework next {number}` bills it")  # fmt: skip
    patient = sum((amount for account, amount in case.balances.items() if account.kind is Kind.PATIENT), ZERO)
    if patient + sum(refused.values(), ZERO) < sum(shares.values(), ZERO):
        raise ConfigurationError(f"{number}: the books hold less for the patient than the remittance leaves",
                                 hint="something of it was paid or given up: `ptedi claim` shows the postings")
    denied = postings.lines_of(conn, case.account, [Account.DENIED])
    for line in {key[0] for key in refused}:
        wanted = sum((amount for key, amount in refused.items() if key[0] == line), ZERO)
        if denied.get((Account.DENIED, line), ZERO) < wanted:
            raise ConfigurationError(f"{number}: the books hold less as denied than the remittance refuses under PR",
                                     hint=f"`ptedi claim {number}` shows the postings")  # fmt: skip


def _book(
    night: Night, conn: Connection, case: Refused, key: str, shares: Shares, refused: Shares, person: str, reason: str
) -> ReworkRow:  # fmt: skip
    owed, text = sum(shares.values(), ZERO), _csv(case, shares)
    digest = sha256(text).hexdigest()
    one = reworks.put(conn, NewRework(
        key=key, claim_id=case.row.id, kind=ReworkKind.PATIENT, basis=case.last, made_by=person, reason=reason,
        state=ReworkState.DONE, message=f"{usd(owed)} billed to the patient", stake_cents=cents(owed),
        paid_cents=cents(case.paid), file_name=f"{FOLDER}/patient-{digest[:16]}.csv", file_sha256=digest,
    ))  # fmt: skip
    day = closings.open_day(conn, dates.today(), dates.today())
    booked = patient_entry(entry_key(one), day, refused, case.account)
    if booked.postings:
        postings.post_all(conn, [Booking(entry=booked)])
    items = work.list_work(conn, kinds=[WorkKind.DENIAL], claim_ids=[case.row.id])
    work.resolve(conn, [item.id for item in items if item.adjustment_group == "PR"], resolution(one))
    decisions.record(conn, NewDecision(actor=person, action=Verb.BILL_PATIENT, reason=reason or "patient's share",
                                       claim_id=case.row.id, detail=one.message))  # fmt: skip
    return one


# --- the statement ---


def _csv(case: Refused, shares: Mapping[tuple[int | None, str], Decimal]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    paid = _paid(case)
    lines = {line.number: line for line in case.coded.claim.lines}
    for (number, reason), amount in sorted(shares.items(), key=lambda pair: (pair[0][0] or 0, pair[0][1])):
        line = lines.get(number or 0)
        writer.writerow([_safe(one) for one in (
            case.row.patient_id, case.row.patient_control_number, str(number or ""),
            str(line.service_date if line else case.row.service_date),
            " ".join((line.procedure, *line.modifiers)) if line else "", str(line.units if line else ""),
            str(line.charge if line else case.coded.claim.charge), str(paid.get(number, ZERO)), f"PR-{reason}",
            adjustments.reason(reason) or "", str(amount),
        )])  # fmt: skip
    return out.getvalue().encode()


def _matches(case: Refused, one: Adjudication) -> list[LineMatch]:
    return match_lines(one.clp.lines, case.coded.claim.lines, one.assigned)


def _paid(case: Refused) -> dict[int | None, Decimal]:
    found: dict[int | None, Decimal] = {None: case.paid}
    for one in case.said:
        for line, match in zip(one.clp.lines, _matches(case, one), strict=True):
            if match.line is not None:
                found[match.line] = found.get(match.line, ZERO) + line.paid
    return found


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _write(night: Night, one: ReworkRow, data: bytes) -> None:
    if sha256(data).hexdigest() == one.file_sha256:
        write_whole(night.workspace.folder(FOLDER) / one.file_name.rpartition("/")[2], data)
