"""The key figures once more, slowly and by other means: plain loops over rows that sqlite3 reads, no pandas, no ptedi.

Only the definitions are shared with the reports, as words; every number is a pair of integers here.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

CUTS = {"adjustment.contractual", "adjustment.sequestration", "adjustment.mppr"}
REFUSED = {"TA1 rejected", "999 rejected", "277CA rejected by clearinghouse", "277CA rejected by payer"}
TAKEN = {"277CA accepted by clearinghouse", "277CA accepted by payer"}
DECIDED = {"835 paid", "835 partly paid", "835 denied"}


@dataclass
class Claim:
    """All that was ever written down about a claim."""

    number: str
    payer: str
    clinic: str
    therapist: str
    service: date
    captured: datetime
    events: list[tuple[str, datetime]] = field(default_factory=list)
    postings: list[dict[str, Any]] = field(default_factory=list)
    remits: list[dict[str, Any]] = field(default_factory=list)
    acts: list[datetime] = field(default_factory=list)  # of persons on its denials
    held: list[dict[str, Any]] = field(default_factory=list)  # what its own remits denied, on whose account ever
    replaces: list[Claim] = field(default_factory=list)  # all that it took the place of, at once or in the end

    def first(self, names: Iterable[str]) -> tuple[int, str, datetime] | None:
        """The first event among some: its place, its name, its time."""
        wanted = set(names)
        return next(((n, name, at) for n, (name, at) in enumerate(self.events) if name in wanted), None)

    def total(self, accounts: Callable[[str], bool], until: date) -> int:
        """What stands in some accounts on a day."""
        return sum(p["amount_cents"] for p in self.postings if accounts(p["account"]) and p["day"] <= until)


def rows(root: Path, query: str) -> list[dict[str, Any]]:
    """Rows of the database as dictionaries."""
    with sqlite3.connect(f"file:{root / 'ptedi.db'}?mode=ro", uri=True) as base:
        base.row_factory = sqlite3.Row
        found = [dict(row) for row in base.execute(query)]
    base.close()
    return found


def work_some_denials(root: Path) -> None:
    """A person takes every third denial at once, every seventh late, and puts every fifth off, which is no work.

    The pipeline closes many by itself, because the payer decides anew.
    """
    with sqlite3.connect(root / "ptedi.db") as base:
        base.execute("update work_items set state = 'taken', owner = 'biller' where kind = 'denial' "
                     "and state = 'open' and id % 3 = 0")  # fmt: skip
        base.execute("insert into work_events (item_id, at, actor, action, detail) select id, created_at, 'biller', "
                     "'taken', '' from work_items where kind = 'denial' and id % 3 = 0")  # fmt: skip
        base.execute("insert into work_events (item_id, at, actor, action, detail) select id, "
                     "'2026-12-20 08:00:00.000000', 'biller', 'noted', 'late' from work_items where kind = 'denial' "
                     "and id % 7 = 0")  # fmt: skip
        base.execute("insert into work_events (item_id, at, actor, action, detail) select id, created_at, 'biller', "
                     "'snoozed', '' from work_items where kind = 'denial' and id % 5 = 0")  # fmt: skip
    base.close()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def claims(root: Path) -> list[Claim]:
    """Every claim with everything that stands about it."""
    captured = {r["visit_id"]: moment(r["at"]) for r in
                rows(root, "select visit_id, min(captured_at) at from visits group by visit_id")}  # fmt: skip
    visits = {r["visit_id"]: json.loads(r["document"]) for r in
              rows(root, "select visit_id, document from visits order by revision")}  # fmt: skip
    found = {}
    for r in rows(root, "select * from claims order by id"):
        visit = visits[r["visit_id"]]
        found[r["id"]] = Claim(r["patient_control_number"], r["payer_id"], visit["clinic_id"], visit["therapist_id"],
                               date.fromisoformat(r["service_date"]), captured[r["visit_id"]])  # fmt: skip
    for r in rows(root, "select * from claim_events order by claim_id, sequence"):
        found[r["claim_id"]].events.append((r["event"], moment(r["at"])))
    by_number, old = {claim.number: claim for claim in found.values()}, "replaced by "
    for r in rows(root, "select claim_id, evidence_key k from claim_events where evidence_key like 'replaced by %' "
                        "and event = 'superseded by a corrected charge' order by id"):  # fmt: skip
        by_number[r["k"].removeprefix(old)].replaces += [found[r["claim_id"]], *found[r["claim_id"]].replaces]
    for r in rows(root, "select * from postings where claim_id is not null order by id"):
        found[r["claim_id"]].postings.append(r | {"day": date.fromisoformat(r["effective_date"])})
    for r in rows(root, "select c.*, p.book_date from claim_payments c join payments p on p.id = c.payment_id "
                        "where c.state = 'posted' and c.claim_id is not null order by c.id"):  # fmt: skip
        found[r["claim_id"]].remits.append(r | {"day": date.fromisoformat(r["book_date"])})
    read = {r["id"]: moment(r["posted_at"]).replace(microsecond=0) for r in rows(
        root, "select c.id, p.posted_at from claim_payments c join payments p on p.id = c.payment_id")}  # fmt: skip
    mine = {r["id"]: claim for claim in found.values() for r in claim.remits}
    for account in found.values():
        for p in account.postings:
            own = mine.get(p["claim_payment_id"])
            p["payer"] = own.payer if own else ""
            p["read"] = read.get(p["claim_payment_id"])
            if own and p["account"] == "receivable.payer.denied" and p["adjustment_reason"]:
                own.held.append(p | {"on": account})
    for r in rows(root, "select i.claim_id, e.actor, e.action, e.at from work_events e join work_items i on "
                        "i.id = e.item_id where i.kind = 'denial' and i.claim_id is not null"):  # fmt: skip
        if r["actor"] != "ptedi" and r["action"] not in ("snoozed", "woken", "returned", "reopened"):
            found[r["claim_id"]].acts.append(moment(r["at"]))
    return list(found.values())


@dataclass
class Figure:
    """A numerator and a denominator, or values for a median."""

    above: int = 0
    below: int = 0
    values: list[int] = field(default_factory=list)

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.above, self.below) if self.below else None

    @property
    def median(self) -> Fraction | None:
        ordered = sorted(self.values)
        if not ordered:
            return None
        half = len(ordered) // 2
        return Fraction(ordered[half] if len(ordered) % 2 else ordered[half - 1] + ordered[half],
                        1 if len(ordered) % 2 else 2)  # fmt: skip


def receivable(account: str) -> bool:
    return account.startswith("receivable.")


def figures(everything: list[Claim], some: list[Claim], first: date, last: date) -> dict[str, Figure]:
    """Every key figure of some claims; allowances are learned from all of them."""
    made: dict[str, Figure] = defaultdict(Figure)
    shares = allowances(everything, last)
    for claim in some:
        _scrubbed(made, claim, first, last)
        _sent(made, claim, first, last)
        _decided(made, claim, first, last)
        _owed(made, claim, first, last, shares)
        _collected(made, claim, first, last)
    return made


def inside(when: datetime | date, first: date, last: date) -> bool:
    day = when.date() if isinstance(when, datetime) else when
    return first <= day <= last


def again(claim: Claim, names: set[str]) -> bool:
    """Whether one that the claim took the place of had come as far."""
    return any(other.first(names) for other in claim.replaces)


def _scrubbed(made: dict[str, Figure], claim: Claim, first: date, last: date) -> None:
    verdict = claim.first({"held", "released"})
    if verdict and inside(verdict[2], first, last) and not again(claim, {"held", "released"}):
        made["clean_claims"].below += 1
        made["clean_claims"].above += "held" not in [name for name, _ in claim.events]


def _sent(made: dict[str, Figure], claim: Claim, first: date, last: date) -> None:
    sent = claim.first({"sent"})
    if not sent or not inside(sent[2], first, last):
        return
    reworked = claim.first({"reworked"})
    journey = [name for name, _ in claim.events[: reworked[0] if reworked else None]]
    accepted = any(n in TAKEN for n in journey) and not any(n in REFUSED for n in journey)
    if not again(claim, {"sent"}):
        made["first_pass_acceptance"].below += 1
        made["first_pass_acceptance"].above += accepted
    made["submission_lag"].values.append(int((sent[2] - claim.captured).total_seconds()))
    answers = {"file_answer_lag": {"999 accepted", "999 rejected"},
               "claim_answer_lag": TAKEN | {"277CA rejected by clearinghouse", "277CA rejected by payer"}}  # fmt: skip
    for key, names in answers.items():
        answer = claim.first(names)
        if answer:
            made[key].values.append(int((answer[2] - sent[2]).total_seconds()))


def _decided(made: dict[str, Figure], claim: Claim, first: date, last: date) -> None:
    decided = claim.first(DECIDED)
    if not decided or not inside(decided[2], first, last):
        return
    if not again(claim, {"sent"}):
        made["first_pass_resolution"].below += 1
        made["first_pass_resolution"].above += decided[1] == "835 paid"
    sent = claim.first({"sent"})
    if sent:
        made["payment_lag"].values.append(int((decided[2] - sent[2]).total_seconds()))
    if again(claim, DECIDED):
        return
    made["denial_rate"].below += 1
    made["denial_rate"].above += decided[1] != "835 paid"
    remits = [r for r in claim.remits if r["status_code"] != "25" and r["charge_cents"] >= 0]
    if not remits:
        return
    made["denial_amount"].below += remits[0]["charge_cents"]
    first_id = remits[0]["id"]
    held = [p for p in claim.held if p["claim_payment_id"] == first_id]
    made["denial_amount"].above += sum(p["amount_cents"] for p in held)
    acts = [*claim.acts, *(at for name, at in claim.events if name in {"reworked", "appealed", "written off"})]
    for line in {p["line"] for p in held} if acts else ():
        denied = sum(p["amount_cents"] for p in held if p["line"] == line)
        later = sum(p["amount_cents"] for p in held[0]["on"].postings
                    if p["account"] == "clearing" and p["line"] == line and p["payer"] == claim.payer
                    and p["claim_payment_id"] > first_id and p["read"] >= min(acts).replace(microsecond=0))  # fmt: skip
        if denied > 0:
            made["recovery"].below += denied
            made["recovery"].above += max(0, min(denied, later))


def adjudicated(claim: Claim, last: date) -> bool:
    return claim.first(DECIDED) is not None and any(r["day"] <= last for r in claim.remits)


def allowances(everything: list[Claim], last: date) -> dict[str, Fraction]:
    """What each payer's contract took so far, as a share of charge."""
    cut, charged = defaultdict(int), defaultdict(int)
    for claim in everything:
        if adjudicated(claim, last):
            cut[claim.payer] += claim.total(CUTS.__contains__, last)
            charged[claim.payer] -= claim.total("charges".__eq__, last)
    return {payer: Fraction(cut[payer], whole) for payer, whole in charged.items() if whole}


def half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _owed(made: dict[str, Figure], claim: Claim, first: date, last: date, shares: dict[str, Fraction]) -> None:
    owed = claim.total(receivable, last)
    charged = -claim.total("charges".__eq__, last) if inside(claim.service, first, last) else 0
    share = Fraction(0) if adjudicated(claim, last) else shares.get(claim.payer, Fraction(0))
    days = made["days_in_ar"]
    days.above += owed - half_up(owed * share)
    days.below += charged - half_up(charged * share)
    if inside(claim.service, first, last):
        days.below -= claim.total(CUTS.__contains__, last)
    sent = claim.first({"sent"})
    if sent and sent[2].date() <= last:
        made["aged_over_90"].below += owed
        made["aged_over_90"].above += owed if (last - claim.service).days > 90 else 0


def _collected(made: dict[str, Figure], claim: Claim, first: date, last: date) -> None:
    if not inside(claim.service, first, last):
        return
    paid, charged = claim.total("clearing".__eq__, date.max), -claim.total("charges".__eq__, date.max)
    for key in ("net_collection", "gross_collection"):
        made[key].above += paid
        made[key].below += charged
    made["net_collection"].below -= claim.total(CUTS.__contains__, date.max)


def charge_lag(root: Path, first: date, last: date) -> Figure:
    """Seconds from the beginning of the day of service to the day of capture, of every visit."""
    query = "select service_date, min(captured_at) at from visits group by visit_id"
    days = [(moment(r["at"]).date(), date.fromisoformat(r["service_date"])) for r in rows(root, query)]
    return Figure(values=[86_400 * (at - of).days for at, of in days if inside(at, first, last)])


def claims_paid_by_the_files(root: Path) -> int:
    """CLP04 of every 835 in the clearinghouse's folder in cents, by cutting texts; each file content once."""
    contents = {path.read_bytes() for path in (root / "clearinghouse/from").iterdir() if path.suffix == ".835"}
    segments = (s.strip() for data in contents for s in data.decode().split("~"))
    return sum(half_up(Fraction(s.split("*")[4]) * 100) for s in segments if s.startswith("CLP*"))
