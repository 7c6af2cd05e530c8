"""The claim to the next payer: every shape of the first answer maps to its lines and balances, or no claim is made."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ptedi.claims.model import Claim, Coverage, PayerName
from ptedi.ledger.coordination import (
    Drafted,
    NextPayer,
    forwarded,
    imbalances,
    next_claim,
    patient_share,
    restated,
)
from ptedi.ledger.policy import standard
from ptedi.ledger.standing import Adjudication
from ptedi.remittances.model import ClaimPayment
from tests.ledger.records import PAID_ON, claim, clp, line, svc

NUMBER = "PT000000009X"


def results(*found: ClaimPayment) -> list[Adjudication]:
    return [Adjudication(id=n, paid_on=PAID_ON, clp=one) for n, one in enumerate(found, 1)]


def to(one: Claim, sequence: str = "S", payer: str = "SEC01") -> NextPayer:
    coverage = Coverage(payer_id="second", sequence=sequence, member_id="SUP1")
    return NextPayer(coverage=coverage, payer=PayerName(name="SECOND", id=payer), filing_indicator="CI",
                     member_id="SUP1", patient=one.subscriber)  # fmt: skip


def drafted(one: Claim, *found: ClaimPayment) -> Drafted:
    return next_claim(one, results(*found), to(one), NUMBER)


def made(one: Claim, *found: ClaimPayment) -> Claim:
    result = drafted(one, *found)
    assert result.claim is not None, result.problems
    assert list(imbalances(result.claim)) == []
    return result.claim


BILLED = claim(line(1, "120.00", units=2), line(2, "55.00", "97140"))
PRICED = (svc("120", "60", "CO-45 45,PR-2 15", units=Decimal(2)), svc("55", "40", "CO-45 5,PR-2 10", "97140"))


def test_each_line_tells_what_was_decided_and_what_is_left() -> None:
    second = made(BILLED, clp(*PRICED, icn="ICN9"))
    (other,) = second.other_payers
    assert (other.payer, other.sequence, other.paid) == (BILLED.payer, "P", Decimal("100.00"))
    assert (other.remaining, other.decided_on, other.claim_number) == (None, None, "ICN9")
    told = [(a.paid, a.remaining, a.decided_on) for one in second.lines for a in one.adjudications]
    assert told == [(Decimal("60"), Decimal("15"), PAID_ON), (Decimal("40"), Decimal("10"), PAID_ON)]
    assert (second.sequence, second.member_id, second.frequency) == ("S", "SUP1", "1")
    assert [one.control_number for one in second.lines] == [f"{NUMBER}L1", f"{NUMBER}L2"]


def test_a_line_paid_in_full_has_no_adjustment() -> None:
    """X12 RFI 382."""
    second = made(BILLED, clp(svc("120", "120", units=Decimal(2)), PRICED[1]))
    assert second.lines[0].adjudications[0].adjustments == ()


def test_a_split_line_has_one_adjudication_for_each_part() -> None:
    parts = (svc("60", "30", "CO-45 20,PR-2 10"), svc("60", "25", "CO-45 25,PR-2 10"))
    keyed = [replace(p, line_control_number=BILLED.lines[0].control_number) for p in parts]
    second = made(BILLED, clp(*keyed, PRICED[1]))
    assert [a.paid for a in second.lines[0].adjudications] == [Decimal("30"), Decimal("25")]


def test_a_bundled_line_names_the_line_that_was_paid() -> None:
    taker = svc("120", "100", "CO-45 50,PR-2 10,CO-94 -40", units=Decimal(2))
    gone = svc("55", "0", "CO-97 55", "97110", submitted_procedure="97140", submitted_modifiers=("GP",),
               units_submitted=Decimal(1))  # fmt: skip
    second = made(BILLED, clp(taker, replace(gone, units=Decimal(0))))
    (bundled,) = second.lines[1].adjudications
    assert (bundled.bundled_into, bundled.procedure, bundled.units) == (1, "97110", Decimal(1))


def test_rfi_1405_unbundled_codes_are_one_adjudication_each_and_none_for_the_submitted_code() -> None:
    parts = [
        svc("55", "25", "CO-45 20,PR-2 10", "97016", submitted_procedure="97140"),
        svc("0", "5", "CO-94 -5", "97018", submitted_procedure="97140"),
    ]  # fmt: skip
    keyed = [replace(p, line_control_number=BILLED.lines[1].control_number) for p in parts]
    second = made(BILLED, clp(PRICED[0], *keyed))
    assert [a.procedure for a in second.lines[1].adjudications] == ["97016", "97018"]


def test_adjustments_of_the_claim_stay_at_the_claim() -> None:
    second = made(BILLED, clp(svc("120", "75", "CO-45 45", units=Decimal(2)), svc("55", "50", "CO-45 5", "97140"),
                              adjustments="PR-3 25"))  # fmt: skip
    (other,) = second.other_payers
    assert (other.paid, other.remaining) == (Decimal("100"), Decimal("25"))
    assert [(a.group, a.reason, a.amount) for a in other.adjustments] == [("PR", "3", Decimal("25"))]
    assert all(a.remaining is None for one in second.lines for a in one.adjudications)


def test_a_remittance_without_lines_is_told_at_the_claim_with_its_date() -> None:
    second = made(BILLED, clp(charge="175", adjustments="CO-45 50,PR-1 25"))
    (other,) = second.other_payers
    assert (other.paid, other.decided_on, other.remaining) == (Decimal("100"), PAID_ON, Decimal("25"))
    assert not any(one.adjudications for one in second.lines)


def test_two_answers_to_parts_of_a_claim_are_told_together() -> None:
    second = made(BILLED, clp(PRICED[0], icn="A"), clp(PRICED[1], icn="B"))
    assert second.other_payers[0].paid == Decimal("100")


def test_the_third_payer_is_told_of_both_before() -> None:
    second = made(BILLED, clp(*PRICED))
    lines = (svc("120", "10", "OA-23 105,PR-2 5", units=Decimal(2)), svc("55", "10", "OA-23 45", "97140"))
    third = next_claim(second, results(clp(*lines, status="2")), to(second, "T", "THIRD"), "PT000000010X").claim
    assert third is not None
    assert [(o.payer.id, o.sequence, o.paid) for o in third.other_payers] == [
        (BILLED.payer.id, "P", Decimal("100")), ("SEC01", "S", Decimal("20"))]  # fmt: skip
    assert [a.payer_id for a in third.lines[0].adjudications] == [BILLED.payer.id, "SEC01"]
    assert list(imbalances(third)) == []


def test_what_belongs_to_no_line_makes_no_claim() -> None:
    result = drafted(BILLED, clp(PRICED[0], svc("55", "55", procedure="99213")))
    assert result.claim is None
    assert len(result.problems) == 2  # the stranger, and the line nobody spoke of


def test_a_cent_off_makes_no_claim() -> None:
    off = replace(PRICED[0], paid=Decimal("60.01"))
    result = drafted(BILLED, clp(off, PRICED[1]))
    assert result.claim is None
    assert "0.01" in result.problems[0]


def test_shares_and_forwarding_are_seen_at_both_levels() -> None:
    assert patient_share(results(clp(*PRICED, adjustments="PR-3 2"))) == Decimal("27")
    assert forwarded(results(clp(*PRICED))) is None
    assert forwarded(results(clp(*PRICED, status="19"))) is not None
    assert forwarded(results(clp(*PRICED, crossover_payer="SUPPLEMENT CO"))) is not None


def test_what_the_payer_before_denied_need_not_be_restated() -> None:
    """A later payer may cover it; what was paid and written off is restated at least (X12 RFI 1696, 2143)."""
    denied = svc("55", "0", "CO-50 55", "97140")
    second = made(BILLED, clp(PRICED[0], denied))
    told = clp(svc("120", "15", "OA-23 105", units=Decimal(2)), svc("55", "30", "CO-45 25", "97140"), status="2")
    found = restated(told, second, standard())
    assert found is not None
    assert (found.wanted, found.told, found.short, found.is_missing) == (Decimal("105"), Decimal("105"), 0, False)
    assert (found.most, found.over) == (Decimal("160"), 0)  # the denied 55 may be restated too, the 15 of PR not
    much = restated(replace(told, lines=[told.lines[0], svc("55", "0", "OA-23 55.01", "97140")]), second, standard())
    assert much is not None
    assert (much.short, much.over) == (0, Decimal("0.01"))
    less = restated(replace(told, lines=[svc("120", "15", "CO-45 105", units=Decimal(2)), told.lines[1]]), second,
                    standard())  # fmt: skip
    assert less is not None
    assert less.is_missing
    assert restated(replace(told, charge=Decimal(120), lines=told.lines[:1]), second, standard()) is None
    assert restated(told, BILLED, standard()) is None


def test_a_line_that_a_person_placed_is_told_to_the_next_payer() -> None:
    strange = replace(PRICED[1], procedure="99999", line_control_number="")
    alone = next_claim(BILLED, results(clp(PRICED[0], strange)), to(BILLED), NUMBER)
    assert alone.claim is None and any("belongs to no line" in one for one in alone.problems)
    said = [replace(one, assigned={2: 2}) for one in results(clp(PRICED[0], strange))]
    placed = next_claim(BILLED, said, to(BILLED), NUMBER)
    assert placed.claim is not None, placed.problems
    assert [a.paid for one in placed.claim.lines for a in one.adjudications] == [Decimal("60"), Decimal("40")]
    assert list(imbalances(placed.claim)) == []
