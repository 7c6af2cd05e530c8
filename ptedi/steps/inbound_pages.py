"""The rule pages of what comes in and cannot simply be applied (`ptedi explain IF001`)."""

from __future__ import annotations

from ptedi.findings import CATALOGUE, Finding, Rule, Severity, register


def _page(code: str, title: str, checks: str, matters: str, instead: str) -> str:
    return register(Rule(code=code, title=title, severity=Severity.ERROR, checks=checks, matters=matters,
                         instead=instead)).code  # fmt: skip


EMPTY = _page(
    "IF001", "The file is empty", "A file that came in has bytes.",
    "A transfer was cut off or the partner's export failed; money may be missing.",
    "Ask the partner to send the file again.",
)
NOT_X12 = _page(
    "IF002", "The file is not X12", "A file that came in is X12, charges, or a bank's deposits.",
    "It may be a report in words: nothing in it was applied.",
    "Read it; if it should have been an 835, 277CA, 999 or TA1, ask for it again.",
)
NOTHING_FOR_US = _page(
    "IF003", "Nothing in the file is for a practice's inbox", "An X12 file holds a TA1, 999, 277CA or 835.",
    "Claims, enrolments and the like are not addressed to a practice.",
    "Tell the partner that it reached the wrong mailbox.",
)
CUT_OFF = _page(
    "IF004", "A remittance has no end", "Every payment ends with SE.",
    "The rest of the check is missing: nothing of it is posted.",
    "Ask the partner to send the file again; the whole one is posted.",
)
NOT_OURS = _page(
    "IF005", "A remittance for another practice", "The payee's NPI or tax id is one of ours.",
    "Posting it would credit money that is not ours; it is parked whole.",
    "Tell the clearinghouse; the file is kept.",
)
CONFLICT = _page(
    "IF006", "The same check with other content", "A check that comes again says the same.",
    "One of the two is wrong; posting both would double the money.",
    "Ask the payer which one holds.",
)
TEST_DATA = _page(
    "IF007", "Test data in a production mailbox", "ISA15 is P in a production workspace.",
    "Test remittances are not money.", "Tell the clearinghouse.",
)
NOT_FOOTING = _page(
    "IF008", "A check that does not foot", "BPR02 = sum of CLP04 - sum of PLB.",
    "What the bank gets is not what the claims say: nothing of it is posted.",
    "Ask the payer for a corrected 835; it is posted when it comes.",
)
UNREADABLE_MONEY = _page(
    "IF009", "An amount of the check cannot be read", "Every amount is a plain decimal number.",
    "A guess would be a plug: nothing of it is posted.", "Ask the payer for a corrected 835.",
)
BAD_DEPOSIT = _page(
    "IF010", "A row of the bank's file cannot be read",
    "Each row has a date, a trace number and an amount; the totals of a BAI2 file agree with its rows.",
    "A deposit without them cannot be tied to its check.", "Correct the export of the bank's file and drop it again.",
)
NO_PRIOR_PAYER = _page(
    "IF011", "A secondary payment that does not restate the first", "A later payer states OA-23.",
    "Its adjustments would take back what the first payer already settled (X12 RFI 1696).",
    "Post it by hand from the payer's paper, or ask for a corrected 835.",
)
UNMATCHED = _page(
    "IF012", "A claim payment that fits no claim", "Every claim payment finds exactly one claim.",
    "Its money waits in unapplied, so that the check still foots.", "Look at the candidates and decide.",
)
REPEATED = _page(
    "IF013", "The same payment under another trace number",
    "A claim payment with money is not in the books already: same payer's claim number (CLP07), claim, status, charge "
    "and amount in another posted check, and not reversed since.",
    "Posting it again would double the money.  If the whole check repeats, nothing of it is posted; if some of its "
    "claims do, their money waits in unapplied.",
    "Look in the bank account whether the money came twice, and ask the payer.",
)
CORRECTED = _page(
    "IF014", "A corrected copy of a check that is in the books",
    "A copy of a posted check differs only in claim payments that waited, each with the same money, and these are "
    "sound now.",
    "What waited is posted from the copy; what is posted already stays as it is.  Any other difference is a conflict.",
    "Nothing; the claim payments that it replaces say so.",
)
BAD_ENTRY = _page(
    "IF015", "A typed EOB cannot be read", "Every field of the file is known and can be read.",
    "A guess would be a plug: nothing of the file is taken.",
    "Correct the field; `ptedi remits enter --template` prints one with every field.",
)
SHORT_PRIOR_PAYER = _page(
    "IF016", "A secondary payment that restates too little of the first",
    "OA-23 of a later payer is at least what the payers before paid and wrote off.",
    "What is not restated the later payer adjusts itself, and posting it would take the same money off twice.",
    "Ask the later payer for a corrected 835, or release the claim if its figures are right.",
)
ANSWER_CUT_OFF = _page(
    "IF017", "An acknowledgement has no end", "Every 999 and 277CA ends with SE, every TA1 with its last element.",
    "A verdict whose code is cut away would read as a refusal: nothing of the file is applied.",
    "Ask the partner to send the file again; the whole one is applied.",
)
OVERSTATED_PRIOR_PAYER = _page(
    "IF018", "A secondary payment that restates more than the first did",
    "OA-23 of a later payer is at most what the payers before paid and adjusted, the patient's share left out.",
    "What is too much the later payer neither pays nor adjusts: it stays owed by that payer, and nobody may bill it.",
    "Compare both remittances; ask the later payer for a corrected one.  `OA,23+` of posting_policy.csv says whether "
    "such a claim is posted and asked about, or held back.",
)


def finding(code: str, message: str, **more: object) -> Finding:
    """A finding of one of these rules."""
    rule = CATALOGUE[code]
    return Finding(code=code, severity=rule.severity, message=message, hint=rule.instead, **more)  # type: ignore[arg-type]
