"""Small remittance records for tests."""

from decimal import Decimal

from ptedi.remittances.model import (
    Adjustment,
    ClaimPayment,
    Origin,
    Payment,
    ProviderAdjustment,
    ServicePayment,
)

HERE = Origin(10, 500)


def cas(text: str, origin: Origin = HERE) -> list[Adjustment]:
    """`CO-45 60, PR-2 9.4`."""
    result = []
    for part in filter(None, text.split(",")):
        code, amount = part.split()
        group, reason = code.split("-")
        result.append(Adjustment(group, reason, Decimal(amount), None, origin))
    return result


def line(charge: str, paid: str, adjustments: str = "", procedure: str = "97110", **more: object) -> ServicePayment:
    return ServicePayment(
        qualifier="HC", procedure=procedure, modifiers=("GP",), charge=Decimal(charge), paid=Decimal(paid),
        units=Decimal(1), adjustments=cas(adjustments), origin=Origin(12, 700), **more,
    )  # type: ignore[arg-type]  # fmt: skip


def claim(
    charge: str, paid: str, *lines: ServicePayment, adjustments: str = "", status: str = "1", share: str | None = None
) -> ClaimPayment:
    own = cas(adjustments)
    pr = sum((a.amount for a in [*own, *(a for x in lines for a in x.adjustments)] if a.group == "PR"), Decimal(0))
    stated = None if status == "22" and share is None else Decimal(share) if share is not None else pr
    return ClaimPayment(
        patient_control_number="PT1", status_code=status, charge=Decimal(charge), paid=Decimal(paid),
        patient_responsibility=stated, filing_indicator="MB", payer_claim_control_number="ICN1",
        lines=list(lines), adjustments=own, origin=HERE,
    )  # fmt: skip


def payment(amount: str, *claims: ClaimPayment, plb: str = "") -> Payment:
    pairs = [x.split() for x in filter(None, plb.split(","))]
    return Payment(
        control_number="0001", amount=Decimal(amount), claims=list(claims), origin=Origin(3, 200),
        provider_adjustments=[
            ProviderAdjustment("1999900016", None, reason, "REF1", Decimal(amount), HERE) for reason, amount in pairs
        ],
    )  # fmt: skip
