"""The facts of an appeal, gathered from the store: nothing in it that is not on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from ptedi import dates, denials
from ptedi.codes import adjustments, modifier, remarks
from ptedi.denials import Category, Deadline, Denial
from ptedi.errors import ConfigurationError
from ptedi.ledger.matching import match_lines
from ptedi.ledger.policy import Action, standard
from ptedi.ledger.standing import Adjudication
from ptedi.letters.model import Appeal, Reason, RefusedLine, Sender, Subject
from ptedi.money import ZERO
from ptedi.remittances.model import Adjustment
from ptedi.steps.appeals import ahead
from ptedi.steps.night import Night
from ptedi.steps.refused import Refused
from ptedi.store import Connection, appeals, events, files, payments
from ptedi.submissions.status import Event
from ptedi.transactions import claim_acknowledgement_277ca

_ENCLOSED: Mapping[Category, tuple[str, ...]] = {
    Category.AUTHORIZATION: ("authorization notice, or the request for one", "plan of care", "daily note of the visit"),
    Category.MEDICAL_NECESSITY: ("evaluation", "signed plan of care", "daily notes", "progress report"),
    Category.TIMELY_FILING: ("proof of timely filing with acknowledgements",),
    Category.BUNDLING: ("daily note with the minutes of each procedure",),
    Category.DOCUMENTATION: ("records as requested", "daily note of the visit"),
    Category.REFERRAL: ("signed referral", "plan of care"),
    Category.ELIGIBILITY: ("answer to our eligibility inquiry",),
}
_ALWAYS = ("copy of the claim as sent", "copy of the remittance")


def sender(night: Night) -> Sender:
    """The practice as it signs; `[letters] signer` and `title` in ptedi.toml."""
    billing, table = night.practice.billing, night.workspace.table("letters")
    where = billing.address
    lines = [one for one in (where.line1, where.line2) if one]
    return Sender(
        name=billing.name, npi=billing.npi, tax_id=f"{billing.tax_id[:2]}-{billing.tax_id[2:]}", phone=billing.phone,
        address=(*lines, f"{where.city} {where.state} {where.zip_code[:5]}"), signer=str(table.get("signer", "")),
        title=str(table.get("title", "")),
    )  # fmt: skip


def subject(night: Night, case: Refused, trace: str = "") -> Subject:
    """The claim as its payer finds it."""
    claim, last = case.coded.claim, case.said[-1] if case.said else None
    person = claim.person_treated
    first, until = claim.service_dates
    known = night.workspace.table("letters").get("address", {})
    where = known.get(case.row.payer_id, ()) if isinstance(known, dict) else ()
    return Subject(
        payer=claim.payer.name, payer_address=tuple(str(one) for one in where) if isinstance(where, list) else (),
        patient=f"{person.name.first} {person.name.last}", birth_date=person.birth_date, member_id=claim.member_id,
        group_number=claim.group_number, claim=claim.patient_control_number, payer_claim=case.payer_claim_number,
        service_from=first, service_to=until, charge=claim.charge, paid=case.paid,
        rendering=f"{claim.rendering.name.first} {claim.rendering.name.last}", rendering_npi=claim.rendering.npi,
        referring=f"{claim.referring.name.first} {claim.referring.name.last}" if claim.referring else "",
        diagnoses=claim.diagnoses, authorization=claim.prior_authorization,
        remittance_date=last.paid_on if last else None, trace=trace,
    )  # fmt: skip


def appeal_facts(night: Night, conn: Connection, case: Refused) -> Appeal:
    """Everything an appeal states.

    Raises:
        ConfigurationError: the payer could not process the claim (MA130), so that there is no decision to appeal.
    """
    lines = tuple(line for one in case.said for line in _lines(case, one))
    if lines and all(denials.UNPROCESSABLE in line.codes for line in lines):
        number = case.row.patient_control_number
        raise ConfigurationError(f"claim {number} could not be processed ({denials.UNPROCESSABLE}): no appeal",
                                 hint=f"`ptedi rework draft {number}` corrects it; it goes as a new claim")  # fmt: skip
    denial = _main(case)
    codes = dict.fromkeys(code for line in lines for code in line.codes)
    on = case.said[-1].paid_on if case.said else dates.today()
    rules = case.profile.on(case.row.service_date)
    limit = denials.deadline(denial, rules, service_date=case.row.service_date, remit_date=on)
    step = ahead(case.profile, appeals.of_claims(conn, [case.row.id]).get(case.row.id, []), dates.today())
    if step.since is not None:
        limit = Deadline(day=step.last_day, basis=f"{step.level.name}, from the decision of {step.since}")
    barred = denials.appeal_barred(codes)
    visit, accepted = case.rows[0].visit, first_accepted(night, conn, case.row.id)[0]
    return Appeal(
        sender=sender(night), subject=subject(night, case, trace_of(conn, case)), day=night.today(),
        category=denial.category.value, cause=denial.cause, denied=sum((line.denied for line in lines), ZERO),
        filed_in_time=_in_time(accepted, case.row.service_date, rules.timely_filing_days),
        lines=lines, reasons=tuple(Reason(code=code, words=_words(code)) for code in codes), deadline=limit.day,
        deadline_basis=limit.basis, first_received=accepted,
        plan_of_care=(visit.plan_of_care_start, visit.plan_of_care_end), note_signed=visit.signed_date,
        separate_time=_separate(case, lines), enclosures=(*_ENCLOSED.get(denial.category, ("daily note of the visit",)),
                                                          *_ALWAYS),
        level=step.level.name if step.number > 1 else "", barred=barred,
    )  # fmt: skip


def _in_time(accepted: date | None, service_date: date, days: int) -> bool:
    return accepted is not None and days > 0 and accepted <= service_date + timedelta(days=days)


def trace_of(conn: Connection, case: Refused) -> str:
    """The check or transfer of the remittance that decided the claim last, "" without one."""
    if not case.said:
        return ""
    row = payments.get_claim(conn, case.said[-1].id)
    return payments.get(conn, row.payment_id).trace_number if row else ""


def first_accepted(night: Night, conn: Connection, claim_id: int) -> tuple[date | None, str]:
    """The day of the first acceptance of the claim, and by whom: the payer's word before others'."""
    found = events.of_claim(conn, claim_id)
    for event, who in ((Event.PAYER_ACCEPTED, "by the payer"), (Event.CLEARINGHOUSE_ACCEPTED, "by the clearinghouse")):
        days = [_accepted(night, conn, one) for one in found if one.event is event]
        if days:
            return min(days), who
    return None, ""


def _accepted(night: Night, conn: Connection, event: events.EventRow) -> date:
    """STC02, else 2200A DTP*050, of the 277CA behind an event; else the day we got it, which may be later."""
    if event.file_id is None:
        return event.at.date()
    file = files.get(conn, event.file_id)
    got = file.received_at.date()
    for one in claim_acknowledgement_277ca.read(files.legible(files.read_bytes(night.archive, file))):
        for claim in (c for c in one.claims if c.byte_offset == event.byte_offset):
            told = [s.effective for s in claim.statuses if s.effective] or [one.received or got]
            return min(*told, got)
    return got


# --- what was denied ---


def _held(case: Refused, found: Sequence[Adjustment]) -> list[Adjustment]:
    policy = standard()
    return [a for a in found
            if policy.treat(a.group, a.reason, case.row.payer_id, case.row.service_date).action is Action.HOLD]


def _lines(case: Refused, one: Adjudication) -> Iterator[RefusedLine]:
    """The lines of which something is denied, and what is denied of the claim as a whole."""
    matched = match_lines(one.clp.lines, case.coded.claim.lines, one.assigned)
    day = case.row.service_date
    whole = _held(case, one.clp.adjustments)
    if sum((a.amount for a in whole), ZERO) > 0:
        yield RefusedLine(number=None, service_date=day, procedure="claim", units=0, charge=one.clp.charge,
                          paid=one.clp.paid, denied=sum((a.amount for a in whole), ZERO),
                          codes=_codes(whole, one.clp.remarks))  # fmt: skip
    for line, match in zip(one.clp.lines, matched, strict=True):
        held = _held(case, line.adjustments)
        denied = sum((a.amount for a in held), ZERO)
        if denied > 0:
            yield RefusedLine(
                number=match.line, service_date=line.service_date or day, units=int(line.units or Decimal(0)),
                procedure=" ".join((line.procedure, *line.modifiers)), charge=line.charge, paid=line.paid,
                denied=denied, codes=_codes(held, (*line.remarks, *one.clp.remarks)),
            )  # fmt: skip


def _codes(held: Sequence[Adjustment], marks: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(f"{a.group}-{a.reason}" for a in held), *marks)))


def _main(case: Refused) -> Denial:
    """What kind of denial the largest denied amount is."""
    found = [(a, (*marks, *one.clp.remarks)) for one in case.said for several, marks in (
             (one.clp.adjustments, ()), *((line.adjustments, tuple(line.remarks)) for line in one.clp.lines))
             for a in _held(case, several)]  # fmt: skip
    best = max(found, key=lambda pair: pair[0].amount, default=None)
    if best is None:
        return _GENERAL
    main, marks = best
    kind = denials.classify(main.group, main.reason, marks, payer=case.row.payer_id, on=case.row.service_date)
    return kind or _GENERAL


_GENERAL = Denial(
    category=Category.UNKNOWN, cause="The remittance does not say why", reworkable=denials.Reworkable.CONDITIONAL,
    action=denials.Action.APPEAL, how="", deadline=denials.DeadlineBasis.APPEAL, chance=30,
    confidence=denials.Confidence.LOW, source="default",
)  # fmt: skip


def _words(code: str) -> str:
    """What a code says; whose share a group is we tell ourselves, not the payer who said so."""
    _, dash, reason = code.partition("-")
    text = adjustments.reason(reason) if dash else remarks.label(code)
    return text or "(no wording on record)"


def _separate(case: Refused, lines: Sequence[RefusedLine]) -> bool:
    captured = {c.procedure for row in case.rows for c in row.visit.charges if c.separate_time}
    return any(modifier.DISTINCT & set(line.procedure.split()[1:]) or line.procedure.split()[0] in captured
               for line in lines)  # fmt: skip
