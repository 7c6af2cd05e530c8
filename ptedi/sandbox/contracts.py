"""What the sandbox payers publish of their prices: the files that the practice keeps in `contracts/`.

A fee list is all that a payer tells; how a visit is priced from it, and with what mistakes, stays in `adjudication`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ptedi.payers.profile import PayerProfile
from ptedi.sandbox.adjudication import TIMED_OUT
from ptedi.sandbox.fees import fee, known
from ptedi.sandbox.payers import Plan, percent_of, plan_of

_MEDICARE = ("mppr = true", "assistant_percent = 85", "sequestration_percent = 2", "coinsurance_percent = 20")


def files(profiles: Iterable[PayerProfile], prices: Mapping[str, str]) -> dict[str, bytes]:
    """Contract and price list of each payer by their path in a workspace.

    Args:
        profiles: the payers.
        prices: what the practice charges by code; codes without a fee are paid by 45 % of it.
    """
    found: dict[str, bytes] = {}
    for profile in profiles:
        plan = plan_of(profile.filing_indicator)
        found[f"contracts/{profile.id}.toml"] = _contract(profile.id, plan)
        found[f"contracts/{profile.id}.csv"] = _list(percent_of(profile.payer_id, plan), prices)
    return found


def _contract(payer: str, plan: Plan) -> bytes:
    more = _MEDICARE if plan is Plan.MEDICARE else ('after_others = "patient share"',)
    lines = (f'id = "{payer}"', f'payer = "{payer}"', "", "[[terms]]", "from = 2020-01-01",
             'source = "fee list of the sandbox payer: invented, no price of any real payer"', 'verified = "synthetic"',
             f'list = "{payer}.csv"', *more, "")  # fmt: skip
    return "\n".join(lines).encode()


def _list(percent: int, prices: Mapping[str, str]) -> bytes:
    rows = ["code,amount,practice"]
    for code in sorted(known() | set(prices)):
        one = fee(code, Decimal(prices.get(code, "0")), percent)
        rows.append(f"{code},{one.unit},{'' if code in TIMED_OUT else one.expense}")
    return "\n".join((*rows, "")).encode()
