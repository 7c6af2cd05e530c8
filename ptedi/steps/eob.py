"""A payer's paper (or a portal's page) typed in: TOML, JSON or CSV into payments, every mistake named with its place.

The shape is that of an 835 in words: a payment with its claims, each with lines and adjustments, and provider-level
amounts.  `TEMPLATE` is one, with every field; JSON has the same names; CSV has one row per service line.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from ptedi.findings import Finding
from ptedi.money import ZERO, amount
from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, Payment, ProviderAdjustment, ServicePayment
from ptedi.steps import inbound_pages as pages

_HERE = Origin(0, 0)
_UNSAFE = re.compile(r"[*~:^|\x00-\x1f\x7f]")
_ADJUSTMENT = re.compile(r"(CO|PR|OA|PI)-([A-Z0-9]{1,5})\s+(-?[0-9.]+)", re.ASCII)
_LONGEST = 1 << 22  # bytes of a file that a person typed

TEMPLATE = """\
# A paper EOB for `ptedi remits enter FILE`.  Amounts are text, "12.50"; days are 2026-11-20.
[[payment]]
trace = "778812"            # number of the check or transfer
date = 2026-11-20
amount = "88.00"            # what the bank gets
method = "CHK"              # CHK check, ACH transfer, NON no money
payer = "NORTHERN HEALTH PLAN"
originator = ""             # the payer's id in the bank's text, if the paper shows it

[[payment.claim]]
claim = "PT26080001"        # our claim number, as the paper shows it
status = "1"                # 1 primary, 2 secondary, 4 not found, 22 reversal (amounts negative)
charge = "175.00"
paid = "88.00"
payer_claim = "NH26000001"  # the payer's own number
member = "W100200300"
adjust = []                 # of the claim as a whole, if any: ["CO-45 10.00"]

[[payment.claim.line]]
procedure = "97110"
modifiers = ["GP"]
date = 2026-11-03
units = "2"
charge = "120.00"
paid = "60.00"
adjust = ["CO-45 40.00", "PR-2 20.00"]
remarks = []                # ["N130"]

[[payment.claim.line]]
procedure = "97140"
modifiers = ["GP"]
date = 2026-11-03
units = "1"
charge = "55.00"
paid = "28.00"
adjust = ["CO-45 27.00"]

# [[payment.provider]]      # positive takes money away
# reason = "WO"
# reference = "NH25000009"
# amount = "10.00"
"""
_CHECK = "778812,2026-11-20,88.00,CHK,NORTHERN HEALTH PLAN,PT26080001,1,175.00,88.00,NH26000001,W100200300,"
CSV_TEMPLATE = (
    "trace,date,amount,method,payer,claim,status,claim_charge,claim_paid,payer_claim,member,"
    "procedure,modifiers,service_date,units,charge,paid,adjust\n"
    f"{_CHECK}97110,GP,2026-11-03,2,120.00,60.00,CO-45 40.00; PR-2 20.00\n"
    f"{_CHECK}97140,GP,2026-11-03,1,55.00,28.00,CO-45 27.00\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The payments of a typed file; empty when anything in it cannot be read."""

    payments: tuple[Payment, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who is paid: this practice."""

    name: str
    npi: str
    tax_id: str


def read(data: bytes, payee: Payee) -> Entered:
    """The payments of a typed file; never raises: what is wrong is a finding, and then nothing is taken."""
    problems: list[str] = []
    found: list[Payment] = []
    try:
        if len(data) > _LONGEST:
            raise ValueError("it is larger than anybody types")
        tables = _tables(data.decode("utf-8-sig"))
        found = [_payment(_Table(one, f"payment {n}", problems), payee) for n, one in enumerate(tables, 1)]
        if not found and not problems:
            problems.append("the file holds no payment")
    except (ValueError, RecursionError, csv.Error) as problem:
        problems.append(f"the file cannot be read: {problem}"[:200])
    if problems:
        return Entered(findings=tuple(pages.finding(pages.BAD_ENTRY, f"{text[0].upper()}{text[1:]}.")
                                      for text in problems))  # fmt: skip
    return Entered(payments=tuple(found))


def _tables(text: str) -> list[object]:
    start = text.lstrip()[:1]
    if start in ("{", "["):
        whole = json.loads(text)
    elif text.lstrip().partition("\n")[0].lower().startswith("trace,"):
        return _from_csv(text)
    else:
        whole = tomllib.loads(text)
    several = whole.get("payment") if isinstance(whole, dict) else whole
    several = [several] if isinstance(several, dict) else several
    if not isinstance(several, list):
        raise ValueError("it has no payment")
    return several


def _from_csv(text: str) -> list[object]:
    """One row per service line (or per provider-level amount) into the same shape."""
    payments: dict[tuple[str, str], dict[str, object]] = {}
    claims: dict[tuple[str, ...], dict[str, object]] = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if None in row or None in row.values():
            raise ValueError("a row has more or fewer cells than the header")
        cell = {name.strip().lower(): value.strip() for name, value in row.items()}
        key = cell.get("trace", ""), cell.get("date", "")
        payment = payments.setdefault(key, {"claim": [], "provider": []} | {
            name: cell[name] for name in ("trace", "date", "amount", "method", "payer", "originator") if name in cell})
        if cell.get("plb_reason"):
            _into(payment, "provider", {"reason": cell["plb_reason"], "reference": cell.get("plb_reference", ""),
                                        "amount": cell.get("plb_amount", "")})  # fmt: skip
            continue
        named = (*key, cell.get("claim", ""), cell.get("status", ""), cell.get("payer_claim", ""))
        if named not in claims:
            claims[named] = {name: cell[name] for name in ("claim", "status", "payer_claim", "member") if name in cell}
            claims[named] |= {"charge": cell.get("claim_charge", ""), "paid": cell.get("claim_paid", ""), "line": [],
                              "adjust": cell.get("claim_adjust", "")}  # fmt: skip
            _into(payment, "claim", claims[named])
        if cell.get("procedure"):
            names = ("procedure", "modifiers", "units", "charge", "paid", "adjust", "remarks", "line")
            line: dict[str, object] = {name: cell[name] for name in names if name in cell}
            _into(claims[named], "line", line | {"date": cell.get("service_date", "")})
    return list(payments.values())


def _into(table: dict[str, object], name: str, value: object) -> None:
    several = table[name]
    if isinstance(several, list):
        several.append(value)


# --- the fields ---


@dataclass(slots=True)
class _Table:
    """One table of the file: each field read once, what is left over is a mistake."""

    values: object
    where: str
    problems: list[str]
    used: set[str] = field(default_factory=set)

    def _get(self, name: str) -> object:
        self.used.add(name)
        return self.values.get(name) if isinstance(self.values, Mapping) else None

    def bad(self, name: str, why: str) -> None:
        """Notes a mistake."""
        self.problems.append(f"{self.where}, {name}: {why}")

    def text(self, name: str, *, needed: bool = False, longest: int = 50, default: str = "") -> str:
        """A text, trimmed."""
        value = self._get(name)
        found = default if value is None else str(value).strip() if isinstance(value, str | int) else ""
        if value is not None and (not isinstance(value, str | int) or isinstance(value, bool)):
            self.bad(name, "it must be text")
        elif needed and not found:
            self.bad(name, "it is missing")
        elif len(found) > longest or _UNSAFE.search(found) or not found.isascii():
            self.bad(name, f"at most {longest} plain characters without * ~ : ^ |")
        return found

    def money(self, name: str) -> Decimal:
        """An exact amount, needed."""
        value = self._get(name)
        try:
            if isinstance(value, float | bool) or value is None or value == "":
                raise ValueError("it is missing" if value in (None, "") else "write it as text, \"12.50\"")
            found = amount(str(value).strip())
        except (ValueError, InvalidOperation) as problem:
            self.bad(name, str(problem))
            return ZERO
        if abs(found) >= Decimal(10) ** 10:
            self.bad(name, "it is larger than any check")
        return found

    def day(self, name: str, *, needed: bool = True) -> date | None:
        """A day, YYYY-MM-DD."""
        value = self._get(name)
        if type(value) is date:
            return value
        if value in (None, ""):
            if needed:
                self.bad(name, "it is missing")
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.bad(name, "no day like 2026-11-20")
            return None

    def words(self, name: str) -> list[str]:
        """A list of texts, or one text with them separated by ; or ,."""
        value = self._get(name)
        found = value if isinstance(value, list) else re.split(r"[;,]", value) if isinstance(value, str) else []
        if value is not None and not isinstance(value, list | str):
            self.bad(name, "it must be a list of texts")
        words = [str(one).strip() for one in found if str(one).strip()]
        if any(len(one) > 40 or _UNSAFE.search(one) or not one.isascii() for one in words):
            self.bad(name, "plain short texts without * ~ : ^ |")
        return words

    def tables(self, name: str) -> list[_Table]:
        """The tables below this one."""
        value = self._get(name)
        several = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
        if value is not None and not isinstance(value, list | Mapping):
            self.bad(name, "it must be a table")
        return [_Table(one, f"{self.where}, {name} {n}", self.problems) for n, one in enumerate(several, 1)]

    def adjustments(self, name: str = "adjust") -> list[Adjustment]:
        """`CO-45 10.00` each."""
        found = []
        for word in self.words(name):
            match = _ADJUSTMENT.fullmatch(word)
            try:
                if match is None:
                    raise ValueError
                found.append(Adjustment(match[1], match[2], amount(match[3]), None, _HERE))
            except ValueError:
                self.bad(name, f"{word[:20]!r} is no adjustment like CO-45 10.00")
        return found

    def finish(self) -> None:
        """Names what was not understood."""
        if not isinstance(self.values, Mapping):
            self.problems.append(f"{self.where}: it must be a table")
        else:
            for name in sorted({str(one) for one in self.values} - self.used):
                self.bad(name[:30], "there is no such field")


def _payment(table: _Table, payee: Payee) -> Payment:
    day, method = table.day("date"), table.text("method", default="CHK")
    if method not in ("CHK", "ACH", "NON", "FWT", "BOP"):
        table.bad("method", "CHK, ACH, FWT, BOP or NON")
    found = Payment(
        control_number="0001", trace_number=table.text("trace", needed=True), payer=table.text("payer", needed=True),
        originator=table.text("originator", longest=10), payer_id=table.text("originator", longest=10),
        payee=payee.name, payee_npi=payee.npi, payee_tax_id=payee.tax_id, amount=table.money("amount"), method=method,
        date=day, production_date=day, claims=[_claim(one) for one in table.tables("claim")],
        provider_adjustments=[_provider(one, payee, day) for one in table.tables("provider")], origin=_HERE,
    )  # fmt: skip
    if found.amount < 0:
        table.bad("amount", "a payment is never negative; what is taken is a provider amount")
    table.finish()
    return found


def _claim(table: _Table) -> ClaimPayment:
    status = table.text("status", default="1", longest=2)
    if status not in ("1", "2", "3", "4", "19", "20", "21", "22", "23", "25"):
        table.bad("status", "1, 2, 3, 4, 19 to 23 or 25")
    found = ClaimPayment(
        patient_control_number=table.text("claim", needed=True, longest=38), status_code=status,
        charge=table.money("charge"), paid=table.money("paid"), patient_responsibility=None,
        filing_indicator=table.text("filing", default="ZZ", longest=2),
        payer_claim_control_number=table.text("payer_claim"), member_id=table.text("member", longest=30),
        adjustments=table.adjustments(), lines=[_line(one) for one in table.tables("line")], origin=_HERE,
    )  # fmt: skip
    everything = [*found.adjustments, *(a for line in found.lines for a in line.adjustments)]
    if status != "22":
        found.patient_responsibility = sum((a.amount for a in everything if a.group == "PR"), ZERO)
    table.finish()
    return found


def _line(table: _Table) -> ServicePayment:
    units = table.text("units", default="1", longest=6)
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9])?", units, re.ASCII):
        table.bad("units", "a number")
        units = "1"
    found = ServicePayment(
        qualifier="HC", procedure=table.text("procedure", needed=True, longest=8),
        modifiers=tuple(table.words("modifiers"))[:4], charge=table.money("charge"), paid=table.money("paid"),
        units=Decimal(units), service_date=table.day("date"), line_control_number=table.text("line"),
        adjustments=table.adjustments(), remarks=table.words("remarks"), origin=_HERE,
    )  # fmt: skip
    table.finish()
    return found


def _provider(table: _Table, payee: Payee, day: date | None) -> ProviderAdjustment:
    found = ProviderAdjustment(payee.npi, date((day or date(2000, 1, 1)).year, 12, 31),
                               table.text("reason", needed=True, longest=2), table.text("reference"),
                               table.money("amount"), _HERE)  # fmt: skip
    if not found.amount:
        table.bad("amount", "zero is none")
    table.finish()
    return found
