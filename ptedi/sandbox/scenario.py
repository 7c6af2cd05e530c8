"""What the sandbox may do beyond a plain night; everything that breaks a remittance is off unless asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The switches of one run.  Shares are permille of the claims that they can befall.

    Attributes:
        rejected_by_clearinghouse: share refused at the clearinghouse stage (277CA, entity AY).
        rejected_by_payer: share refused at the payer stage (277CA, entity PR).
        line_statuses: share of the payer's refusals that are told at a line (277CA 2220D), the claim's own status then
            says only that something is wrong.
        acknowledged_again: the payers send a further 277CA later that says no more than that the claims came.
        ensure_from: from this many newly adjudicated claims on a night is big: every named denial occurs at least once.
        corrections: reverse and correct claims that were paid on an earlier day, one down and one up per earlier day.
        correct_at_once: do so in a second payment of the same run, for a night that has no earlier day.
        letter_recoupment: in a big night a payment takes back an overpayment that was announced by letter.
        copay_at_claim_level, split_lines, bundled_lines, unbundled_lines: the same results in other shapes, shares.
        unanswered_parts: share of claims of several lines whose last line no result speaks of.
        half_reversals: each later day one claim of an earlier day is taken back in other figures than it was paid in,
            half of the payment, and not corrected (X12 RFI 1147).
        crossovers: share of primary Medicare claims that Medicare forwards (CLP02 19) to a supplement of its own
            choice, which answers under the same CLM01 in a run of a later day.
        predeterminations: share of claims that a price was told for beforehand (CLP02 25), in the same payment.
        without_prior_payer: share of later payers' claims whose OA-23 is told as CO-45, as careless payers do.
        provider_kinds: payments carry further provider adjustments (PLB CS, AH, LE, and 72 with WO).
        correction_apart: the correction comes in a payment of its own, after the one with the reversal.
        foreign_claim: a paid claim of nobody's in one 835, as a clearinghouse mixes them up.
        out_of_balance: one claim with a line whose adjustments are a dollar too small.
        claim_out_of_balance: one claim with an adjustment of a dollar at the claim that is in none of its sums.
        check_not_footing: one payment whose BPR02 is a dollar too much.
        provider_not_footing: one payment with a PLB amount that BPR02 does not know.
        altered_835: the checks of the first 835 once more, under the same traces, saying something else of a claim.
        duplicate_835: the first 835 file left twice, under two names.
        foreign_payee: one more 835, for another practice.
        truncated_835: one more copy of the first 835, cut in the middle.
        without_line_numbers: REF*6R left out, share.
        without_modifiers: modifiers left out of SVC01, share.
        strange_codes: share of claims whose first line comes back under a code that was not billed, without REF*6R.
        shortened_claim_numbers: CLP01 cut to 17 characters, a shorter one by three, share.
    """

    rejected_by_clearinghouse: int = 8
    rejected_by_payer: int = 18
    line_statuses: int = 0
    acknowledged_again: bool = False
    ensure_from: int = 100
    corrections: bool = True
    correct_at_once: bool = False
    letter_recoupment: bool = True
    copay_at_claim_level: int = 0
    split_lines: int = 0
    bundled_lines: int = 0
    unbundled_lines: int = 0
    unanswered_parts: int = 0
    half_reversals: bool = False
    crossovers: int = 0
    predeterminations: int = 0
    without_prior_payer: int = 0
    provider_kinds: bool = False
    correction_apart: bool = False
    foreign_claim: bool = False
    out_of_balance: bool = False
    claim_out_of_balance: bool = False
    check_not_footing: bool = False
    provider_not_footing: bool = False
    altered_835: bool = False
    duplicate_835: bool = False
    foreign_payee: bool = False
    truncated_835: bool = False
    without_line_numbers: int = 0
    without_modifiers: int = 0
    strange_codes: int = 0
    shortened_claim_numbers: int = 0


PLAIN = Scenario()
SHAPES = Scenario(
    copay_at_claim_level=250, split_lines=250, bundled_lines=250, unbundled_lines=150, correction_apart=True,
)  # fmt: skip
PAYERS = Scenario(crossovers=500, predeterminations=100, provider_kinds=True, unbundled_lines=100, split_lines=100)
NASTY = Scenario(
    correct_at_once=True, foreign_claim=True, out_of_balance=True, duplicate_835=True, foreign_payee=True,
    truncated_835=True, without_line_numbers=100, without_modifiers=100, shortened_claim_numbers=50,
)  # fmt: skip
ODD = Scenario(corrections=False, unanswered_parts=300, strange_codes=300, half_reversals=True, split_lines=100)
"""Remittances that balance and are of no use until a person asks: what is left out, what fits nothing of ours."""
BROKEN = Scenario(
    foreign_claim=True, out_of_balance=True, claim_out_of_balance=True, check_not_footing=True,
    provider_not_footing=True, altered_835=True, duplicate_835=True, foreign_payee=True, truncated_835=True,
    without_prior_payer=1000, crossovers=300,
)  # fmt: skip
"""Every remittance that is wrong on purpose; what it breaks is named in the report."""
