"""Synthetic payments for `sample_edi/835`: one situation each; every total is reckoned, so every file balances."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from ptedi.claims.identity import control_number, line_control_number
from ptedi.money import ZERO
from ptedi.remittances.balance import patient_share, total
from ptedi.remittances.model import (
    Adjustment,
    ClaimPayment,
    Origin,
    Payment,
    ProviderAdjustment,
    ServicePayment,
)
from ptedi.transactions import remittance_835
from ptedi.transactions.remittance_835 import RemittanceFile, RemittanceHeader
from tests.samples.claims import BILLING, DAY, RENDERING

HERE = Origin(0, 0)
PAID = date(2026, 10, 27)
PAYERS = {
    "MB": ("MEDICARE PART B OHIO", "SMPMB", "1340000017"),
    "12": ("NORTHERN HEALTH PLAN", "SMPNH", "1340000025"),
    "WC": ("STATE WORKERS FUND", "SMPWC", "1340000033"),
}


def cas(text: str) -> list[Adjustment]:
    """Adjustments from `CO-45 60, PR-2 9.4`."""
    made = []
    for part in filter(None, text.split(", ")):
        code, amount = part.split(" ")
        group, reason = code.split("-")
        made.append(Adjustment(group, reason, Decimal(amount), None, HERE))
    return made


def line(
    pcn: str, number: int, procedure: str, charge: str, adjustments: str, *, allowed: str = "", units: int = 1,
    remarks: str = "", modifiers: tuple[str, ...] = ("GP",),
) -> ServicePayment:  # fmt: skip
    """A line whose payment is its charge less its adjustments."""
    made = cas(adjustments)
    return ServicePayment(
        qualifier="HC", procedure=procedure, modifiers=modifiers, charge=Decimal(charge),
        paid=Decimal(charge) - total(made), units=Decimal(units), service_date=DAY,
        line_control_number=line_control_number(pcn, number), allowed=Decimal(allowed) if allowed else None,
        adjustments=made, remarks=remarks.split(), origin=HERE,
    )  # fmt: skip


def claim(number: int, lines: list[ServicePayment], **more: object) -> ClaimPayment:
    """A claim whose amounts are the sums of its lines."""
    fields: dict[str, object] = {
        "patient_control_number": control_number("WC", number), "status_code": "1", "filing_indicator": "MB",
        "charge": sum((ln.charge for ln in lines), ZERO), "paid": sum((ln.paid for ln in lines), ZERO),
        "patient_responsibility": None, "payer_claim_control_number": f"MB2629{number:06d}", "place_of_service": "11",
        "frequency": "1", "patient_last": "TANAKA", "patient_first": "JUNE", "member_id": "3AC1DE2FG45",
        "rendering_npi": RENDERING.npi, "statement_from": DAY, "statement_to": DAY, "received": date(2026, 10, 7),
        "lines": lines, "origin": HERE,
    }  # fmt: skip
    made = ClaimPayment(**{**fields, **more})  # type: ignore[arg-type]
    made.patient_responsibility = (patient_share(made) or None) if made.status_code != "22" else None
    return made


def plb(reason: str, reference: str, amount: str) -> ProviderAdjustment:
    return ProviderAdjustment(BILLING.npi, date(2026, 12, 31), reason, reference, Decimal(amount), HERE)


def payment(number: int, claims: list[ClaimPayment], *adjustments: ProviderAdjustment, **more: object) -> Payment:
    """A payment whose amount is what its claims and provider adjustments leave."""
    payer, payer_id, originator = PAYERS[str(more.pop("payer", "MB"))]
    amount = sum((c.paid for c in claims), ZERO) - sum((a.amount for a in adjustments), ZERO)
    fields: dict[str, object] = {
        "control_number": f"{number:04d}", "trace_number": f"EFT{700000 + number}", "originator": originator,
        "payer": payer, "payer_id": payer_id, "payee": BILLING.name, "payee_npi": BILLING.npi,
        "payee_tax_id": BILLING.tax_id, "amount": amount, "method": "ACH" if amount else "NON", "date": PAID,
        "production_date": PAID, "claims": claims, "provider_adjustments": list(adjustments), "origin": HERE,
    }  # fmt: skip
    return Payment(**{**fields, **more})  # type: ignore[arg-type]


def reduced_lines(pcn: str) -> list[ServicePayment]:
    return [
        line(pcn, 1, "97110", "120.00", "CO-45 60, CO-59 13, CO-253 0.75, PR-2 9.4", allowed="47.00", units=2),
        line(pcn, 2, "97140", "55.00", "CO-97 55", remarks="N20"),
        line(pcn, 3, "97530", "65.50", "CO-45 27.5, CO-253 0.61, PR-2 7.6", allowed="38.00", modifiers=("GP", "KX")),
    ]


def reduced() -> ClaimPayment:
    """Fee schedule, multiple procedure reduction, sequestration, a bundled line, coinsurance."""
    return claim(1, reduced_lines(control_number("WC", 1)), remarks=["MA01"])


def denied() -> ClaimPayment:
    pcn = control_number("WC", 31)
    return claim(
        31, [line(pcn, 1, "97110", "120.00", "CO-16 120", remarks="N286", units=2)], remarks=["MA01", "MA130"]
    )  # fmt: skip


def deductible() -> ClaimPayment:
    pcn = control_number("WC", 32)
    return claim(
        32,
        [
            line(pcn, 1, "97161", "150.00", "CO-45 62, PR-1 88", allowed="88.00"),
            line(pcn, 2, "97110", "60.00", "CO-45 30, PR-1 30", allowed="30.00"),
        ],
    )  # fmt: skip


def reversal() -> list[ClaimPayment]:
    """The claim of `reduced` taken back, then paid anew with the second line no longer bundled."""
    old, pcn = reduced(), control_number("WC", 1)
    undone = [
        replace(
            ln, charge=-ln.charge, paid=-ln.paid, allowed=None if ln.allowed is None else -ln.allowed,
            adjustments=[replace(a, amount=-a.amount) for a in ln.adjustments],
        )
        for ln in old.lines
    ]  # fmt: skip
    first = claim(1, undone, status_code="22")
    again = reduced_lines(pcn)
    again[1] = line(pcn, 2, "97140", "55.00", "CO-45 27, CO-59 6, CO-253 0.35, PR-2 4.4", allowed="22.00",
                    modifiers=("GP", "59"))  # fmt: skip
    number = old.payer_claim_control_number
    second = claim(1, again, payer_claim_control_number="MB2629900077", original_reference=number, remarks=["MA01"])
    return [first, second]


def commercial(number: int, **more: object) -> ClaimPayment:
    pcn = control_number("WC", number)
    rows = [line(pcn, 1, "97161", "150.00", "CO-45 48.5, PR-3 25"), line(pcn, 2, "97110", "60.00", "CO-45 22.15")]
    return claim(
        number, rows, filing_indicator="12", payer_claim_control_number=f"NH2629{number:06d}", patient_last="OKONKWO",
        patient_first="OMAR", member_id="NHP00417733", **more,
    )  # fmt: skip


def split_and_bundled() -> ClaimPayment:
    """One submitted line paid as two, and one code paid under another."""
    pcn = control_number("WC", 35)
    first = line(pcn, 1, "97110", "120.00", "CO-45 40, PR-3 20", allowed="80.00", units=2, remarks="N123")
    rest = line(pcn, 1, "97110", "60.00", "CO-119 60", remarks="N123")
    other = replace(
        line(pcn, 2, "97530", "55.00", "CO-97 55"), submitted_procedure="97140", submitted_modifiers=("GP",),
        units=Decimal(0), units_submitted=Decimal(1),
    )  # fmt: skip
    return claim(35, [first, rest, other], filing_indicator="12", payer_claim_control_number="NH2629000035")


def files() -> dict[str, bytes]:
    """Every 835 sample by its name."""
    interest = claim(34, reduced_lines(control_number("WC", 34)), interest=Decimal("1.25"))
    forwarded = claim(36, reduced_lines(control_number("WC", 36)), status_code="19", crossover_payer="SUPPLEMENT PLAN",
                      remarks=["MA01", "MA18"])  # fmt: skip
    at_claim = claim(37, [], charge=Decimal("120.00"), paid=Decimal("84.00"), adjustments=cas("CO-45 26, PR-3 10"),
                     filing_indicator="WC", payer_claim_control_number="WC2629000037")  # fmt: skip
    situations: dict[str, list[Payment]] = {
        "paid_with_reductions": [payment(1, [reduced()])],
        "denied": [payment(2, [reduced(), denied()])],
        "patient_responsibility": [payment(3, [deductible()])],
        "reversal_and_correction": [payment(4, reversal())],
        "recoupment": [payment(5, [reduced()], plb("WO", "MB2620000417", "40.00"))],
        "provider_adjustment_only": [payment(6, [], plb("IS", "FY2026Q3", "-250.00"))],
        "interest": [payment(7, [interest], plb("L6", "MB2629000034", "-1.25"))],
        "zero_payment": [payment(8, [denied()])],
        "forwarded_balance": [payment(9, [reversal()[0]], plb("FB", "EFT700009", "-66.64"))],
        "several_payers": [
            payment(1, [reduced()]),
            payment(2, [commercial(2), commercial(33, status_code="2")], payer="12", method="CHK"),
            payment(3, [at_claim], payer="WC"),
        ],
        "forwarded_to_secondary": [payment(11, [forwarded])],
        "split_and_bundled": [payment(12, [split_and_bundled()], payer="12")],
        "adjusted_at_claim_level": [payment(13, [at_claim], payer="WC")],
    }
    return {
        f"835/{name}.edi": remittance_835.write(RemittanceFile(header=header(number), payments=tuple(payments)))
        for number, (name, payments) in enumerate(situations.items(), 101)
    }


def header(number: int) -> RemittanceHeader:
    """The envelope of one sample file."""
    return RemittanceHeader(
        sender_id="SMPCLEAR", receiver_id="WILLOWPT", interchange_control_number=number, group_control_number=number,
        created=datetime(2026, 10, 27, 6, 0, tzinfo=UTC), newline="\n", receiver_reference="WILLOWPT",
        payee_address=BILLING.address,
    )  # fmt: skip
