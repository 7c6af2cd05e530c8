"""What counts towards the year's therapy threshold: allowed amounts, else estimates, of the right year and payers."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.claims.coding import therapy_dollars
from ptedi.claims.model import Visit
from ptedi.remittances.model import Adjustment, ClaimPayment
from ptedi.steps.night import Night, open_night
from ptedi.steps.spent import Spent, allowed
from ptedi.store import claims, events, visits
from ptedi.submissions.status import Event
from tests.steps import remits
from tests.steps.remits import NOWHERE
from tests.steps.sent import post
from tests.steps.test_drafts import treated

DAY = date(2026, 11, 20)


def visit(number: int, day: date, *, used: str = "0.00", payer: str = "medicare-part-b", **over: str) -> bytes:
    plan = f"{day.year}-12-31"
    return treated(("97110", 30), payer="medicare-part-b", visit_id=f"V-{number:02}", service_date=f"{day}",
                   therapy_dollars_used=used, plan_of_care_start=f"{day}", plan_of_care_end=plan,
                   initial_treatment_date=f"{day}", onset_date="", coverage_from="", coverage_to="", **over,
                   ).replace(b"medicare-part-b", payer.encode())  # fmt: skip


def captured(night: Night, root: Path, *files: bytes) -> None:
    rows = [row for data in files for row in csv.DictReader(io.StringIO(data.decode()))]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (root / "inbox" / f"{abs(hash(files))}.csv").write_bytes(out.getvalue().encode())
    pipeline.nightly(night, date(2027, 12, 31))


def before(night: Night, number: int) -> Decimal:
    with night.store.read() as conn:
        one: Visit = visits.newest(conn, [f"V-{number:02}"])[f"V-{number:02}"].visit
        return Spent.before_claims_of(night, conn, [one]).before(one, one.primary.payer_id)


def estimate(night: Night, number: int) -> Decimal:
    with night.store.read() as conn:
        [row] = claims.of_visits(conn, [f"V-{number:02}"])[f"V-{number:02}"]
        return therapy_dollars(claims.load(conn, row.id))


def modifiers(night: Night, number: int) -> set[str]:
    with night.store.read() as conn:
        row = claims.of_visits(conn, [f"V-{number:02}"])[f"V-{number:02}"][-1]
        return {code for line in claims.load(conn, row.id).claim.lines for code in line.modifiers}


def test_opening_balance_estimates_and_the_order_of_days(night: Night, workspace: Path) -> None:
    captured(night, workspace, visit(3, DAY, used="100.00"), visit(2, date(2026, 11, 18), used="100.00"),
             visit(1, date(2026, 11, 16), used="100.00"))  # fmt: skip
    assert before(night, 1) == 100
    assert before(night, 2) == 100 + estimate(night, 1)
    assert before(night, 3) == 100 + estimate(night, 1) + estimate(night, 2)


def test_a_new_year_begins_at_nothing(night: Night, workspace: Path) -> None:
    captured(night, workspace, visit(1, date(2025, 12, 30)), visit(2, date(2025, 12, 31)), visit(3, date(2026, 1, 5)))
    assert before(night, 2) == estimate(night, 1) > 0
    assert before(night, 3) == 0


def test_only_payers_with_the_threshold_count(night: Night, workspace: Path) -> None:
    captured(night, workspace, visit(1, date(2026, 11, 16), payer="bluestone-ppo"), visit(2, date(2026, 11, 17)),
             visit(3, DAY), visit(4, date(2026, 11, 19), payer="bluestone-ppo"))  # fmt: skip
    assert before(night, 2) == 0
    assert before(night, 3) == estimate(night, 2)
    assert before(night, 4) == 0


def test_occupational_therapy_counts_apart(night: Night, workspace: Path) -> None:
    settings = (workspace / "ptedi.toml").read_text()
    therapist = next(csv.DictReader(io.StringIO(visit(1, DAY).decode())))["therapist"]
    parts = settings.split("[[practice.therapists]]")
    own = next(part for part in parts if f'id = "{therapist}"' in part)
    other = own.replace(therapist, "ot-one").replace('"PT"', '"OT"')
    (workspace / "ptedi.toml").write_text(settings.replace(own, f"{own}[[practice.therapists]]{other}"))
    with open_night(workspace) as opened:
        captured(opened, workspace, visit(1, date(2026, 11, 16), therapist="ot-one"), visit(2, date(2026, 11, 17)),
                 visit(3, DAY, therapist="ot-one"), visit(4, DAY))  # fmt: skip
        assert "GO" in modifiers(opened, 1) and "GP" in modifiers(opened, 2)
        assert before(opened, 3) == estimate(opened, 1)
        assert before(opened, 4) == estimate(opened, 2)


def test_what_was_allowed_takes_the_place_of_the_estimate(night: Night, workspace: Path) -> None:
    captured(night, workspace, visit(1, date(2026, 11, 16), used="2400.00"))
    [known] = remits.known_claims(night)
    parts = {"CO-45": Decimal("64.00"), "PR-2": Decimal("12.00"), "CO-253": Decimal("0.96")}
    assert known.claim.charge == 124  # allowed: 60.00
    post(night, remits.file(1, remits.check("T1", DAY, [remits.answer(known.claim, "ICN1", [parts])])))
    captured(night, workspace, visit(2, DAY, used="2400.00"), visit(3, date(2026, 11, 21), used="2400.00"))
    assert before(night, 2) == Decimal("2460.00")
    assert estimate(night, 2) < 80 and modifiers(night, 3) >= {"KX"}
    with night.store.begin() as conn:  # superseded: it never was
        [row] = claims.of_visits(conn, ["V-02"])["V-02"]
        events.append(conn, row.id, Event.SUPERSEDED, "test", "gone")
    assert before(night, 3) == Decimal("2460.00")


@pytest.mark.parametrize(("parts", "wanted"), [
    ({"CO-45": "24.00", "PR-1": "100.00"}, "100.00"), ({"CO-50": "124.00"}, "0.00"), ({"PR-96": "124.00"}, "0.00"),
    ({"CO-45": "24.00", "CO-253": "1.60", "PR-2": "20.00"}, "100.00"), ({"CO-45": "24.00", "PR-3": "30.00"}, "100.00"),
])  # fmt: skip
def test_what_a_payer_allowed(parts: dict[str, str], wanted: str) -> None:
    adjustments = remits.cas({code: Decimal(text) for code, text in parts.items()})
    refused = sum((a.amount for a in adjustments), Decimal(0))
    clp = ClaimPayment(patient_control_number="X", status_code="1", charge=Decimal("124.00"), origin=NOWHERE,
                       paid=Decimal("124.00") - refused, adjustments=adjustments, patient_responsibility=None,
                       filing_indicator="MB", payer_claim_control_number="")  # fmt: skip
    assert allowed(clp) == Decimal(wanted)
    back = [Adjustment(a.group, a.reason, -a.amount, None, NOWHERE) for a in adjustments]
    taken = replace(clp, charge=-clp.charge, paid=-clp.paid, adjustments=back)
    assert allowed(clp) + allowed(taken) == 0
