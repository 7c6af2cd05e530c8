"""The synthetic practice: loads, is deterministic, passes its check digits, and makes the mistakes it says."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date, timedelta

import pytest

from ptedi import intake
from ptedi.claims import practice as settings_reader
from ptedi.claims.model import Practice, Visit
from ptedi.codes import mbi, npi
from ptedi.intake.columns import BY_NAME
from ptedi.payers import partner, profile
from ptedi.sandbox import charge_files, mistakes, people, practice

DAY = date(2026, 11, 20)
TODAY = DAY + timedelta(days=1)
DOCUMENT = tomllib.loads(practice.settings())
PRACTICE: Practice = settings_reader.load(DOCUMENT["practice"])
PROFILES = profile.load()


def _read(files: dict[str, bytes], today: date = TODAY) -> dict[str, intake.ChargeFile]:
    return {name: intake.read(data, name, PRACTICE, PROFILES.ids, today) for name, data in files.items()}


def _visits(files: dict[str, intake.ChargeFile]) -> list[Visit]:
    return [visit for file in files.values() for visit in file.visits]


CLEAN = _read(practice.charges(2026, DAY, bad_rows=False))
SPOILED = _read(practice.charges(2026, DAY))


def test_settings_load():
    assert len(PRACTICE.clinics) == 3
    assert len(PRACTICE.therapists) == 8
    assert sum(therapist.discipline.is_assistant for therapist in PRACTICE.therapists) == 3
    harbor = partner.load(DOCUMENT["partners"])[practice.PARTNER]
    assert dict(harbor.transport_settings) == {"outbound": "clearinghouse/to", "inbound": "clearinghouse/from"}
    assert {PROFILES[payer].partner for payer in people.PAYERS} == {practice.PARTNER}
    assert set(people.PAYERS) <= PROFILES.ids and len(people.PAYERS) == 6
    numbers = [PRACTICE.billing.npi, *(c.npi for c in PRACTICE.clinics), *(t.npi for t in PRACTICE.therapists)]
    assert len(set(numbers)) == len(numbers) and all(map(npi.is_valid, numbers))
    assert len(PRACTICE.billing.address.zip_code) == 9


def test_settings_can_be_changed():
    document = tomllib.loads(practice.settings(environment="P", seed=7, outbound="a", inbound="b"))
    assert document["environment"] == "P" and document["sandbox"]["seed"] == 7
    assert partner.load(document["partners"])["harbor"].transport_settings["outbound"] == "a"


def test_same_seed_same_bytes():
    assert practice.charges(2026, DAY) == practice.charges(2026, DAY)
    assert practice.charges(2027, DAY) != practice.charges(2026, DAY)


def test_a_night():
    assert sorted(file.kind for file in CLEAN.values()) == ["csv", "csv", "xml"]
    assert not any(file.findings or file.waiting for file in CLEAN.values())
    visits = _visits(CLEAN)
    assert len(visits) == 400
    assert {visit.primary.payer_id for visit in visits} == set(people.PAYERS)
    assert {visit.clinic_id for visit in visits} == {clinic.id for clinic in PRACTICE.clinics}


def test_what_happens_on_a_night():
    visits = _visits(CLEAN)
    charges = [charge for visit in visits for charge in visit.charges]
    assert sum(visit.charges[0].procedure in ("97161", "97162", "97163") for visit in visits) >= 10
    assert sum(charge.assistant_minutes > 0 for charge in charges) >= 40
    assert sum(visit.primary.subscriber is not None for visit in visits) >= 10
    assert all(v.accident_date and v.primary.property_casualty_number and v.accident_cause == "EM"
               for v in visits if v.primary.payer_id == people.COMPENSATION)  # fmt: skip
    assert sum(bool(v.authorization) for v in visits if v.primary.payer_id == people.ADVANTAGE) >= 30
    assert any(2300 < v.primary.therapy_dollars_used < 2600 for v in visits)
    assert any(charge.modifiers == ("59",) and charge.separate_time for charge in charges)
    assert any(len(visit.coverages) == 2 for visit in visits)


def test_some_claims_will_be_held():
    visits = _visits(CLEAN)
    by_payer = Counter(v.primary.payer_id for v in visits if not v.authorization)
    assert by_payer[people.PPO] + by_payer[people.ADVANTAGE] >= 2
    medicare = [v for v in visits if v.primary.payer_id == people.MEDICARE]
    assert any(v.plan_of_care_end and v.plan_of_care_end < v.service_date for v in medicare)
    assert any(v.referring is None for v in medicare)
    assert any(charge.procedure == "97014" for v in medicare for charge in v.charges)
    group = [[c.procedure for c in v.charges] for v in visits if not any(c.separate_time for c in v.charges)]
    assert ["97150", "97110"] in group


def test_numbers_pass_their_checks():
    for visit in _visits(CLEAN):
        assert visit.referring is None or npi.is_valid(visit.referring.npi)
        assert visit.primary.payer_id != people.MEDICARE or mbi.is_valid(visit.primary.member_id)


def test_each_mistake_gets_its_code():
    found = Counter(f.code for file in SPOILED.values() for row in file.rows for f in row.findings)
    assert len(mistakes.KINDS) >= 8
    for kind, (_, code) in mistakes.KINDS.items():
        assert found[code], kind
    waiting = {row.visit_id for file in SPOILED.values() for row in file.waiting}
    assert len(waiting) == len(mistakes.KINDS)
    assert len(_visits(SPOILED)) == 400 - len(mistakes.KINDS)


@pytest.mark.parametrize("kind", mistakes.KINDS)
def test_each_mistake_by_itself(kind):
    change, code = mistakes.KINDS[kind]
    for write in (charge_files.as_csv, charge_files.as_xml):
        rows = next(rows for rows in practice._captured(5, DAY, 60) if len(rows) > 1)
        change(rows)
        file = intake.read(write([rows]), "charges", PRACTICE, PROFILES.ids, TODAY)
        assert not file.visits
        assert code in {f.code for row in file.rows for f in row.findings}


def test_patients_come_again():
    later = _visits(_read(practice.charges(2026, DAY + timedelta(days=3), bad_rows=False), TODAY + timedelta(days=3)))
    people_now = {visit.patient_id: visit.patient for visit in _visits(CLEAN)}
    both = [visit for visit in later if visit.patient_id in people_now]
    assert len(both) > 50
    assert all(visit.patient == people_now[visit.patient_id] for visit in both)
    assert not {visit.visit_id for visit in later} & {visit.visit_id for visit in _visits(CLEAN)}


@pytest.mark.parametrize("days", [0, 17, 40, 100, 365, 3000])
def test_any_day_will_do(days):
    day = DAY - timedelta(days=days)
    files = _read(practice.history_charges(2026, day), day)
    assert len(_visits(files)) == practice.HISTORY_VISITS
    assert not any(file.waiting or file.findings for file in files.values())


@pytest.mark.parametrize("visits", [1, 2, 12])
def test_a_small_night(visits):
    files = _read(practice.charges(1, DAY, visits=visits))
    assert 1 <= len({row.visit_id for file in files.values() for row in file.rows}) <= visits + 1


def test_the_columns_are_those_of_the_reader():
    assert set(charge_files.HEADER) <= set(BY_NAME)
