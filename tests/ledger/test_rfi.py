"""X12's answers about the 835 (requests for interpretation), each as a small remittance read, proven and posted.

What each answer says is told in the own words of the guide this project works by; RFI 2143 and 2535 are known there
only as further cases of a later payer, and are tested as the shapes of OA-23 that it describes.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import match_lines
from ptedi.ledger.model import Entry
from ptedi.ledger.posting import check_entry, claim_entry, mirrors, misses_prior_payer, prior_payers_part
from ptedi.ledger.standing import Adjudication, standing
from ptedi.remittances import balance
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.remittances.outcome import Outcome, outcome
from tests.ledger.records import PAID_ON, context, line, sums
from tests.ledger.wire import clp, read, svc, told

ZERO = Decimal("0.00")


def sound(payment: Payment) -> bool:
    return balance.check(payment) == []


def posted(clp: ClaimPayment, *, sequence: str = "P", lines: int = 1) -> Entry:
    return claim_entry(clp, context(len(clp.lines) or lines, sequence=sequence), "k", PAID_ON).entry


def test_rfi_227_a_delayed_recoupment_opens_now_and_closes_later_by_the_claims_reference() -> None:
    original = clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10"))
    back = clp("-60", "-50", *svc("97110", "-60", "-50", "CAS*CO*45*-10"), status="22")
    again = clp("60", "30", *svc("97110", "60", "30", "CAS*CO*45*30"), icn="ICN2")
    now = read("0", *back, *again, "PLB*1999900016*20261231*WO:ICN1*-20", method="NON")
    later = read("30", *original, "PLB*1999900016*20261231*WO:ICN1*20")
    assert sound(now)
    assert sound(later)
    both = [check_entry(one, key, PAID_ON) for one, key in ((now, "a"), (later, "b"))]
    assert Account.PROVIDER_RECOUPMENT not in sums(*both)
    assert sums(both[0])[Account.PROVIDER_RECOUPMENT] == -20  # open in between
    assert {p.reference for e in both for p in e.postings if p.account is Account.PROVIDER_RECOUPMENT} == {"ICN1"}


def test_rfi_498_every_unbundled_line_repeats_the_line_number() -> None:
    billed = [line(1, "120"), line(2, "55", "97140")]
    body = (*svc("97016", "120", "60", "CAS*CO*45*30**94*30", "REF*6R*PT000000001XL1", tail="**1*HC:97110"),
            *svc("97018", "0", "30", "CAS*CO*94*-30", "REF*6R*PT000000001XL1"),  # nothing else says which line it was
            *svc("97140", "55", "55", "REF*6R*PT000000001XL2"))  # fmt: skip
    payment = read("145", *clp("175", "145", *body))
    assert sound(payment)
    assert [m.line for m in match_lines(payment.claims[0].lines, billed)] == [1, 1, 2]


@pytest.mark.parametrize("turned", [False, True])
def test_rfi_791_a_reversal_and_its_correction_pair_in_any_order(turned: bool) -> None:
    first, back, again = read("30", *clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10")),
                              *clp("-60", "-50", *svc("97110", "-60", "-50", "CAS*CO*45*-10"), status="22"),
                              *clp("60", "30", *svc("97110", "60", "30", "CAS*CO*45*30"), icn="ICN2"),
                              ).claims  # fmt: skip
    order = [again, back, first] if turned else [first, back, again]
    days = {id(one): PAID_ON + dt.timedelta(days=n) for n, one in enumerate((first, back, again))}
    now = standing([Adjudication(id=n, paid_on=days[id(one)], clp=one) for n, one in enumerate(order, 1)], Decimal(60))
    assert [a.clp for a in now.valid] == [again]
    assert [a.clp for a in now.cancelled] == [first]
    assert not now.unpaired


def test_rfi_1147_a_reversal_keeps_the_groups_and_cr_is_none() -> None:
    first = read("50", *clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10"))).claims[0]
    back = clp("-60", "-50", *svc("97110", "-60", "-50", "CAS*CO*45*-10"), status="22")
    changed = clp("-60", "-50", *svc("97110", "-60", "-50", "CAS*CR*45*-10"), status="22")
    forward = "PLB*1999900016*20261231*FB:T1*-50"
    good, bad = (read("0", *one, forward, method="NON").claims[0] for one in (back, changed))
    assert mirrors(first, good)
    assert not mirrors(first, bad)
    assert "SG009" in told("0", *changed, forward, method="NON")  # no value of CAS01


def test_rfi_1385_a_refund_by_check_is_72_offset_by_wo() -> None:
    payment = read("50", *clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10")),
                   "PLB*1999900016*20261231*72:ICN1*-18.42*WO:ICN1*18.42")  # fmt: skip
    assert sound(payment)
    entry = check_entry(payment, "k", PAID_ON)
    assert sums(entry)[Account.CASH] == 50  # nothing moved but on the two accounts
    assert sum((p.amount for p in entry.postings if p.account.value.startswith("provider.")), ZERO) == 0


def test_rfi_1423_a_zero_paid_denial_is_processed_as_primary() -> None:
    denied = clp("60", "0", *svc("97110", "60", "0", "CAS*CO*16*60", "LQ*HE*N286"))
    share = clp("60", "0", *svc("97110", "60", "0", "CAS*PR*1*60"), share="60")
    stranger = clp("60", "0", *svc("97110", "60", "0", "CAS*CO*31*60"), status="4")
    found = [read("0", *one, method="NON").claims[0] for one in (denied, share, stranger)]
    assert list(map(outcome, found)) == [Outcome.DENIED, Outcome.PATIENT_RESPONSIBILITY, Outcome.DENIED]
    misused = clp("60", "0", *svc("97110", "60", "0", "CAS*CO*45*60"), status="4")
    assert "RP010" in told("0", *misused, method="NON")


def test_rfi_1604_a_negative_remittance_carries_the_balance_and_never_repeats_the_claim() -> None:
    back = clp("-60", "-50", *svc("97110", "-60", "-50", "CAS*CO*45*-10"), status="22")
    other = clp("90", "80", *svc("97110", "90", "80", "CAS*CO*45*10"), number="PT000000002X", icn="ICN2")
    first = read("0", *back, "PLB*1999900016*20261231*FB:T1*-50", method="NON")
    second = read("30", *other, "PLB*1999900016*20261231*FB:T1*50")
    assert sound(first)
    assert sound(second)
    entries = [check_entry(first, "a", PAID_ON), check_entry(second, "b", PAID_ON)]
    assert sums(entries[0])[Account.PROVIDER_FORWARD_BALANCE] == -50
    assert Account.PROVIDER_FORWARD_BALANCE not in sums(*entries)
    assert sums(*entries)[Account.CASH] == 30


def secondary(*lines: str, paid: str = "65", status: str = "2") -> ClaimPayment:
    return read(paid, *clp("500", paid, *lines, status=status)).claims[0]


def test_rfi_1696_a_later_payer_that_forgets_the_first_is_seen() -> None:
    """Charge 500; the first payer paid 300, adjusted 125 and left 75; the second pays 65 of it."""
    good = secondary(*svc("97110", "500", "65", "CAS*OA*23*425", "CAS*CO*45*10"))
    bad = secondary(*svc("97110", "500", "65", "CAS*CO*45*435"))
    assert not misses_prior_payer(good)
    assert misses_prior_payer(bad)
    booked = sums(posted(good, sequence="S"))
    assert booked[Account.PAYER_SECONDARY] == -75  # what the first one left, and nothing of what it did
    assert booked[Account.CONTRACTUAL] == 10


def test_rfi_1981_only_a_forwarded_claim_names_the_next_payer() -> None:
    body = svc("97110", "60", "50", "CAS*CO*45*10")
    named = ("NM1*TT*2*SUPPLEMENT CO*****PI*SUP01",)
    for status, has_name, wrong in (("19", True, False), ("1", True, True), ("19", False, True), ("22", True, True)):
        sign = "-" if status == "22" else ""
        lines = svc("97110", f"{sign}60", f"{sign}50", f"CAS*CO*45*{sign}10") if sign else body
        parts = clp(f"{sign}60", f"{sign}50", status=status)
        whole = (*parts[:2], *(named if has_name else ()), *parts[2:], *lines)
        paid = ("0", (*whole, "PLB*1999900016*20261231*FB:T1*-50"), "NON") if sign else ("50", whole, "ACH")
        assert ("RP011" in told(paid[0], *paid[1], method=paid[2])) is wrong, (status, has_name)


@pytest.mark.parametrize(("owed", "wrong"), [("-1.25", False), ("-1.20", True)])
def test_rfi_2123_interest_of_the_check_is_minus_the_interest_of_its_claims(owed: str, wrong: bool) -> None:
    amount = str(Decimal(50) - Decimal(owed))
    body = (*clp("60", "50", "AMT*I*1.25", *svc("97110", "60", "50", "CAS*CO*45*10")),
            f"PLB*1999900016*20261231*L6:ICN1*{owed}")  # fmt: skip
    assert ("RP017" in {f.code for f in balance.check(read(amount, *body))}) is wrong


def test_rfi_2143_and_2535_what_the_first_payer_did_may_stand_beside_the_second_ones_own_reductions() -> None:
    one = secondary(*svc("97110", "500", "0", "CAS*OA*23*425", "CAS*CO*16*75", "LQ*HE*M76"), paid="0")
    two = secondary(*svc("97110", "500", "40", "CAS*OA*23*425", "CAS*PR*1*35"), paid="40")
    assert not misses_prior_payer(one)
    assert not misses_prior_payer(two)
    denied, shared = sums(posted(one, sequence="S")), sums(posted(two, sequence="S"))
    assert denied == {Account.PAYER_SECONDARY: -75, Account.DENIED: 75}
    assert shared[Account.PATIENT_DEDUCTIBLE] == 35


def test_rfi_2163_units_that_are_not_sent_are_one() -> None:
    (found,) = read("50", *clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10", tail=""))).claims[0].lines
    assert (found.units, found.units_submitted) == (1, None)


def test_rfi_2184_a_positive_provider_amount_lowers_the_check_and_zero_is_none() -> None:
    body = clp("60", "50", *svc("97110", "60", "50", "CAS*CO*45*10"))
    assert sound(read("45", *body, "PLB*1999900016*20261231*WO:ICN1*5"))
    assert sound(read("55", *body, "PLB*1999900016*20261231*L6:ICN1*-5")) is False  # no AMT*I explains it
    assert "RP018" in told("50", *body, "PLB*1999900016*20261231*WO:ICN1*0")


def test_rfi_2283_bundled_unbundled_and_split_lines_are_posted_to_what_was_submitted() -> None:
    billed = [line(1, "120", units=2), line(2, "55", "97140")]
    bundled = (*svc("97110", "120", "100", "CAS*CO*45*60**94*-40", tail="**2"),
               *svc("97110", "55", "0", "CAS*CO*97*55", tail="**0*HC:97140*1"))
    part = svc("97110", "60", "40", "CAS*CO*45*20", "LQ*HE*N123")
    split = (*part, *part, *svc("97140", "55", "20", "CAS*CO*45*35"))
    for body in (bundled, split):
        payment = read("100", *clp("175", "100", *body))
        assert sound(payment)
        found = [m.line for m in match_lines(payment.claims[0].lines, billed)]
        assert found == ([1, 2] if body is bundled else [1, 1, 2])


def test_rfi_2570_claim_and_line_adjustments_add_up_and_never_repeat() -> None:
    once = clp("500", "65", *svc("97110", "500", "65", "CAS*OA*23*425", "CAS*CO*45*10"), status="2")
    twice = clp("500", "65", "CAS*OA*23*425", *svc("97110", "500", "65", "CAS*OA*23*425", "CAS*CO*45*10"), status="2")
    parted = clp("500", "65", "CAS*OA*23*25", *svc("97110", "500", "90", "CAS*OA*23*400", "CAS*CO*45*10"), status="2")
    assert sound(read("65", *once))
    assert {f.code for f in balance.check(read("65", *twice))} & {"RP002", "RP005"}
    assert sound(read("65", *parted))
    assert prior_payers_part(read("65", *parted).claims[0]) == 425
