"""The pages of what can go wrong between a ready claim and a sent file."""

from __future__ import annotations

from ptedi.findings import Rule, Severity, register

ROUND_TRIP = register(Rule(
    code="SB001", title="Claim changes on the wire", severity=Severity.ERROR,
    checks="A claim that was written into an 837P is read back from the bytes and must be the same claim.",
    matters="What the payer reads would not be what the practice billed.",
    instead="Correct the value that the format cannot carry, for example an amount with a fraction of a cent.",
    reference="005010X222A1 loops 2000B to 2400",
))  # fmt: skip
SECOND_OPINION = register(Rule(
    code="SB002", title="Claim fails the independent validator", severity=Severity.ERROR,
    checks="pyx12, which shares no code with our writer, must find nothing wrong with the file.",
    matters="Two independent readers agree before a payer reads it.",
    instead="See the text of the validator in the finding.", reference="005010X222A1",
))  # fmt: skip
HELD_BACK = register(Rule(
    code="SB004", title="Held back by a person", severity=Severity.HOLD,
    checks="Nobody asked that this claim wait (`ptedi batch hold`, or the claim's page in the workbench).",
    matters="A person knows something that no edit can see: a coverage being looked up, a chart not signed yet.",
    instead="It goes with the first night after its day has come, or after somebody lets it go: `ptedi batch unhold`.",
    reference="",
))  # fmt: skip
NO_PROFILE = register(Rule(
    code="SB003", title="Payer without a profile", severity=Severity.HOLD,
    checks="The payer of every claim has a profile among the shipped ones or in the workspace's payers/ folder.",
    matters="Without it nobody knows who carries the claim and which rules hold.",
    instead="Put the payer's profile back, then run the night again.", reference="schemas/payers",
))  # fmt: skip
