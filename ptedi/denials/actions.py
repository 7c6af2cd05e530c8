"""What a person does next, as a code for programs and as words for people; the one list of both."""

from __future__ import annotations

WORDS = {
    "CORRECT_RESUBMIT": "correct and send again", "APPEAL": "appeal", "BILL_PATIENT": "bill the patient",
    "BILL_NEXT_PAYER": "bill the next payer", "ATTACH_RECORDS": "send records", "CONTACT_PATIENT": "ask the patient",
    "INVESTIGATE": "find out what happened", "WRITE_OFF": "write off", "ASK_PAYER": "ask the payer",
    "ASK_CLEARINGHOUSE": "ask the clearinghouse", "TELL_CLEARINGHOUSE": "tell the clearinghouse",
    "FIND_CLAIM": "find its claim", "LOOK_AT_FILE": "look at the file", "REPOST": "post it again or match it",
    "RUN_AGAIN": "run the night again", "CORRECT_DROP_AGAIN": "correct and drop again",
    "APPROVE_REPAIR": "approve the repair, or correct",
    "CORRECT_FILE": "correct the file", "CORRECT_SETTINGS": "correct the settings",
    "CORRECT_NEXT_CLAIM": "correct the next payer's claim", "CHANGE_WAIVERS": "change waivers.toml",
    "SEND_CORRECTED": "send a corrected claim", "APPROVE": "approve, then it goes out",
    "ASK_FOR_REST": "ask for the rest",
    "WAIT_FOR_NUMBER": "wait for the payer's number", "ASK_REOPENING": "ask for a reopening",
    "LET_IT_GO": "let it go", "WAIT": "wait",
    "WAIT_FOR_ANSWER": "wait for the acknowledgement", "CALL_PARTNER": "call the partner",
    "CHECK_OVERPAYMENT": "check, then give it back",
    "CORRECT_PATIENT_BILL": "correct the patient's bill",
    "READ": "read the report", "NOTHING": "close it: nothing to do", "APPROVE_RULE": "approve the rule for the payer",
}  # fmt: skip
_CODES = {words: code for code, words in WORDS.items()}


def words(action: str) -> str:
    """An action for people, given as its code or in its words."""
    return WORDS.get(action, action if action != action.upper() else action.lower().replace("_", " "))


def code(action: str) -> str:
    """An action for programs, given as its code or in its words: capitals and underscores."""
    known = _CODES.get(action)
    return known or "_".join("".join(c if c.isalnum() else " " for c in action).upper().split())


COMMANDS = {
    "CORRECT_RESUBMIT": "ptedi rework draft {claim} --set WHAT=VALUE", "APPEAL": "ptedi rework appeal {claim}",
    "ATTACH_RECORDS": "ptedi rework appeal {claim}", "ASK_REOPENING": "ptedi rework appeal {claim}",
    "BILL_PATIENT": "ptedi rework patient {claim}",
    "BILL_NEXT_PAYER": "ptedi rework next {claim}", "CORRECT_PATIENT_BILL": "ptedi rework patient {claim}",
    "WRITE_OFF": "ptedi rework write-off {claim} --code CODE", "CHECK_OVERPAYMENT": "ptedi price claim {claim}",
    "ASK_FOR_REST": "ptedi price claim {claim}",
    "APPROVE_REPAIR": "ptedi work approve {item}", "APPROVE": "ptedi work approve {item}",
    "APPROVE_RULE": "ptedi work approve {item}", "NOTHING": "ptedi work resolve {item} --reason WHY",
    "INVESTIGATE": "ptedi claim {claim}",
}  # fmt: skip
"""What to type for an action."""


def command(action: str, item: int, claim: str | None) -> str:
    """The command that does it or begins it, "" where it is done elsewhere or needs a claim that there is not."""
    wanted = COMMANDS.get(code(action), "")
    return "" if "{claim}" in wanted and not claim else wanted.format(item=item, claim=claim)
