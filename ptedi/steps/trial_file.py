"""A test file: one 837P with a patient whom nobody knows, sent the way of every claim, and what came back for it.

It goes out of a test workspace only (ISA15 T), under the next numbers of the series.  Its claim stands in no table and
in no books: no real claim, person or amount is in it.  What a TA1, 999 or 277CA says of it is kept with its batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from ptedi import dates
from ptedi.claims.identity import line_control_number
from ptedi.claims.model import Claim, PayerName, Person, Provider, ServiceLine, Sex
from ptedi.claims.names import PersonName
from ptedi.errors import ConfigurationError
from ptedi.payers.profile import PayerProfile
from ptedi.steps.batch import build_trial
from ptedi.steps.deliver import deliver_batch
from ptedi.steps.night import Night
from ptedi.store import batches
from ptedi.store.batches import BatchRow

NAME = PersonName(last="TESTPATIENT", first="NOBODY")
MEMBER = "TEST0000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFile:
    """A test file: its batch, its name at the partner, where it is (`built`, `sent`, `confirmed` ...), the answers."""

    batch_id: int
    file: str
    state: str
    sent_at: datetime | None
    answers: tuple[str, ...]


def send_trial(night: Night, partner: str) -> TrialFile:
    """Builds a test file and sends it to a partner; claims that wait in the outbox stay there.

    Raises:
        InterlockError: the workspace, the partner or the channel is not a test one.
        ConfigurationError: there is no such partner, it carries no payer, or a folder or key is missing.
        ContractViolation: the settings would make every file for the partner fail.
        ChannelUnavailable, ChannelRefused: the way does not work; the file waits in the outbox for the next night.
    """
    night.use_tables()
    if partner not in night.partners:
        raise ConfigurationError(f"ptedi.toml has no partner {partner}")
    payers = [one for one in night.profiles.values() if one.partner == partner or len(night.partners) == 1]
    if not payers:
        raise ConfigurationError(f"partner {partner} carries no payer", hint="name it in a payer's profile")
    made = build_trial(night, night.partners[partner], partial(_claims, night, payers))
    deliver_batch(night, made)
    with night.store.read() as conn:
        return told(batches.get(conn, made))


def newest_trial(night: Night, partner: str) -> TrialFile | None:
    """The last test file that was made for a partner, None when there was none."""
    with night.store.read() as conn:
        row = batches.newest_trial(conn, partner)
    return told(row) if row else None


def told(row: BatchRow) -> TrialFile:
    """A test file by its batch."""
    return TrialFile(batch_id=row.id, file=row.file_name, state=row.state.value, sent_at=row.sent_at,
                     answers=tuple(row.reason.splitlines()))  # fmt: skip


def _claims(night: Night, payers: list[PayerProfile], number: int) -> Iterator[Claim]:
    """The same test claim for each payer, the plainest first: of some a claim needs more than this one says."""
    for payer in sorted(payers, key=lambda one: (one.filing_indicator not in ("CI", "BL", "HM", "12", "MB"), one.id)):
        yield claim(night, payer, f"TESTFILE{number:09d}", dates.today() - timedelta(days=1))


def claim(night: Night, payer: PayerProfile, number: str, day: date) -> Claim:
    """One visit with one timed line of a patient whom nobody knows; its number carries no check character."""
    practice = night.practice
    clinic = next((one for one in practice.clinics if one.is_billing_address), practice.clinics[0])
    therapist = next((one for one in practice.therapists if not one.discipline.is_assistant), practice.therapists[0])
    person = Person(name=NAME, birth_date=date(1970, 1, 1), sex=Sex.FEMALE, address=practice.billing.address)
    rendering = Provider(name=therapist.name, npi=therapist.npi, taxonomy=therapist.taxonomy)
    line = ServiceLine(number=1, procedure="97110", modifiers=("GP",), charge=Decimal("1.00"), units=1, pointers=(1,),
                       service_date=day, control_number=line_control_number(number, 1))  # fmt: skip
    made = Claim(
        patient_control_number=number, payer=PayerName(name=payer.name, id=payer.payer_id), billing=practice.billing,
        rendering=rendering, filing_indicator=payer.filing_indicator, member_id=MEMBER, subscriber=person,
        place_of_service=clinic.place_of_service, diagnoses=("M545",) if day < date(2021, 10, 1) else ("M5450",),
        lines=(line,), note="TEST FILE. NO PATIENT, NO SERVICE, NOTHING TO PAY.",
    )  # fmt: skip
    return made if payer.filing_indicator != "MB" else replace(made, onset_date=day - timedelta(days=1))
