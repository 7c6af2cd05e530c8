"""Claim payments into entries: the figures of each situation, to the cent."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.errors import ContractViolation
from ptedi.ledger import posting
from ptedi.ledger.accounts import Account as A
from ptedi.ledger.accounts import Kind
from ptedi.ledger.model import Entry, Posting, Source, mirror
from ptedi.ledger.policy import Action
from tests.ledger.records import DAY, HERE, PAID_ON, clp, context, payment, sums, svc


def charged(*amounts: str, sequence: str = "P") -> Entry:
    lines = {n: D(a) for n, a in enumerate(amounts, 1)}
    return posting.charge_entry("PT000000001X", 1, 1, lines, DAY, sequence)


def test_an_entry_that_does_not_sum_to_zero_cannot_be_made() -> None:
    with pytest.raises(ContractViolation):
        Entry(key="k", effective=DAY, source=Source.ERA, postings=(Posting(account=A.CASH, amount=D("0.01")),))


def test_a_paid_claim_with_reductions() -> None:
    one = clp(svc("120", "36.85", "CO-45 60,CO-59 13,CO-253 0.75,PR-2 9.4"), svc("55", "0", "CO-97 55"))
    posted = posting.claim_entry(one, context(2), "k", PAID_ON)
    assert sums(charged("120", "55"), posted.entry) == {
        A.CHARGES: D("-175"), A.CLEARING: D("36.85"), A.CONTRACTUAL: D("60"), A.MPPR: D("13"),
        A.SEQUESTRATION: D("0.75"), A.PATIENT_COINSURANCE: D("9.4"), A.DENIED: D("55"),
    }  # fmt: skip
    assert posted.total(Action.HOLD) == 55
    assert posted.total(Action.PATIENT) == D("9.4")


HELD = ["CO-97", "CO-50", "CO-96", "CO-999", "PR-96", "PR-119", "PI-45", "OA-18", "XX-1"]


@pytest.mark.parametrize("adjustment", HELD)
def test_a_denial_is_never_written_off_nor_billed_to_the_patient(adjustment: str) -> None:
    posted = posting.claim_entry(clp(svc("55", "0", f"{adjustment} 55")), context(1), "k", PAID_ON)
    assert sums(charged("55"), posted.entry) == {A.CHARGES: D("-55"), A.DENIED: D("55")}


def test_claim_level_adjustments_add_to_those_of_the_lines() -> None:
    one = clp(svc("100", "80", "CO-45 20"), svc("50", "50"), adjustments="PR-1 30,CO-253 2")
    assert one.paid == D("98")
    assert sums(charged("100", "50"), posting.claim_entry(one, context(2), "k", PAID_ON).entry) == {
        A.CHARGES: D("-150"), A.CLEARING: D("98"), A.CONTRACTUAL: D("20"), A.PATIENT_DEDUCTIBLE: D("30"),
        A.SEQUESTRATION: D("2"),
    }  # fmt: skip


def test_a_claim_without_lines() -> None:
    one = clp(adjustments="CO-45 40,PR-3 15", charge="100")
    assert sums(charged("100"), posting.claim_entry(one, context(0), "k", PAID_ON).entry) == {
        A.CHARGES: D("-100"), A.CLEARING: D("45"), A.CONTRACTUAL: D("40"), A.PATIENT_COPAY: D("15"),
    }  # fmt: skip


def test_a_reversal_leaves_the_charge_alone() -> None:
    first = posting.claim_entry(clp(svc("120", "50", "CO-45 60,PR-2 10")), context(1), "a", PAID_ON).entry
    back = clp(svc("-120", "-50", "CO-45 -60,PR-2 -10"), status="22")
    taken = posting.claim_entry(back, context(1), "b", PAID_ON).entry
    assert sums(charged("120"), first, taken) == {A.CHARGES: D("-120"), A.PAYER_PRIMARY: D("120")}
    assert sums(first, mirror(first, "c", PAID_ON, HERE, Source.ERA)) == {}
    assert posting.mirrors(clp(svc("120", "50", "CO-45 60,PR-2 10")), back)
    assert not posting.mirrors(clp(svc("120", "50", "CO-45 55,CO-59 5,PR-2 10")), back)


def test_a_check_is_one_entry_and_its_clearing_is_empty_with_its_claims() -> None:
    one, two = clp(svc("100", "80", "CO-45 20")), clp(svc("50", "50"), number="OTHER")
    check = payment(one, two, plb="L6:ICN1 -1.25,WO:ICN9 30,FB:T0 5,ZZ:X 2")
    entry = posting.check_entry(check, "k", PAID_ON)
    assert check.amount == D("94.25")
    claims = (posting.claim_entry(one, context(1), "a", PAID_ON).entry, posting.unapplied_entry(two, "b", PAID_ON))
    assert sums(entry, *claims) == {
        A.CASH: D("94.25"), A.PROVIDER_INTEREST: D("-1.25"), A.PROVIDER_RECOUPMENT: D("30"),
        A.PROVIDER_FORWARD_BALANCE: D("5"), A.PROVIDER_OTHER: D("2"), A.CONTRACTUAL: D("20"),
        A.PAYER_PRIMARY: D("-100"), A.UNAPPLIED: D("-50"),
    }  # fmt: skip


def test_a_secondary_payment_settles_what_the_first_payer_left() -> None:
    """X12 RFI 1696: 500 billed; Medicare pays 300, patient 75, CO-45 125; Medicaid pays 65 and adjusts 10."""
    first = posting.claim_entry(clp(svc("500", "300", "CO-45 125,PR-2 75"), status="19"), context(1), "a", PAID_ON)
    good = clp(svc("500", "65", "OA-23 425,CO-45 10"), status="2")
    second = posting.claim_entry(good, context(1, payer="state-medicaid"), "b", PAID_ON)
    books = sums(charged("500"), first.entry, second.entry)
    assert books.pop(A.PATIENT_COINSURANCE) + books.pop(A.PATIENT_COVERED) == 0
    assert books == {A.CHARGES: D("-500"), A.CLEARING: D("365"), A.CONTRACTUAL: D("135")}
    assert not posting.misses_prior_payer(good)
    assert posting.misses_prior_payer(clp(svc("500", "65", "CO-45 435"), status="2"))


def test_bundled_lines_hold_nothing_together() -> None:
    one = clp(svc("65", "80", "CO-94 -55,CO-45 40"), svc("55", "0", "CO-97 55", submitted_procedure="97140"))
    posted = posting.claim_entry(one, context(2), "k", PAID_ON)
    assert posted.total(Action.HOLD) == 0
    assert sums(charged("65", "55"), posted.entry) == {
        A.CHARGES: D("-120"), A.CLEARING: D("80"), A.CONTRACTUAL: D("40")}  # fmt: skip


_REASONS = st.sampled_from(["CO-45", "CO-59", "CO-253", "PR-1", "PR-2", "PR-96", "CO-97", "OA-23", "OA-94"])
_CENTS = st.integers(-50_000, 50_000).map(lambda n: D(n).scaleb(-2))


@st.composite
def adjudications(draw: st.DrawFn) -> list[object]:
    def adjusted() -> str:
        found = draw(st.lists(st.tuples(_REASONS, _CENTS.filter(bool)), max_size=5))
        return ",".join(f"{reason} {amount}" for reason, amount in found)

    lines = []
    for _ in range(draw(st.integers(0, 4))):
        charge, text = draw(_CENTS), adjusted()
        taken = sum((D(part.split()[1]) for part in filter(None, text.split(","))), D(0))
        lines.append(svc(str(charge), str(charge - taken), text))
    status = draw(st.sampled_from(["1", "2", "4", "19", "22"]))
    return [clp(*lines, adjustments=adjusted(), status=status, **({} if lines else {"charge": str(draw(_CENTS))}))]


@given(adjudications(), st.sampled_from(["P", "S"]))
def test_every_balanced_adjudication_becomes_an_entry_that_sums_to_zero(made: list[object], sequence: str) -> None:
    [one] = made
    entry = posting.claim_entry(one, context(len(one.lines), sequence=sequence), "k", PAID_ON).entry  # type: ignore[attr-defined,arg-type]
    assert sum(p.amount for p in entry.postings) == 0
    assert entry.total(Kind.CLEARING) == one.paid  # type: ignore[attr-defined]
