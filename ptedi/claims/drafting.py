"""From captured rows to lines in the making: units by the payer's rule, variants, the assistant's share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ptedi import money
from ptedi.claims import units
from ptedi.claims.model import Charge, Practice, Reason, Visit
from ptedi.claims.modifiers import Draft
from ptedi.claims.units import Share
from ptedi.codes import modifier, procedures
from ptedi.codes.procedures import Basis, Procedure
from ptedi.findings import counted
from ptedi.payers.profile import PayerRules, UnitRule

_RULE_WORDS = {UnitRule.CMS_TOTAL: "total time", UnitRule.AMA_MIDPOINT: "midpoint"}
_RULE_SOURCE = {UnitRule.CMS_TOTAL: units.CMS_SOURCE, UnitRule.AMA_MIDPOINT: units.AMA_SOURCE}
_OTHER = {UnitRule.CMS_TOTAL: UnitRule.AMA_MIDPOINT, UnitRule.AMA_MIDPOINT: UnitRule.CMS_TOTAL}

_LIABILITY_SOURCE = "Medicare Claims Processing Manual ch.30 50"
LIABILITY = frozenset({"GA", "GX", "GY", "GZ"})
LOST = "lost modifier"


@dataclass(slots=True)
class Rows:
    """The captured rows of a visit by procedure, in the order of first capture."""

    by_code: dict[str, list[Charge]]
    minutes: dict[str, int]
    count: dict[str, int]

    @classmethod
    def of(cls, visit: Visit) -> Rows:
        """The rows of a visit."""
        by_code: dict[str, list[Charge]] = {}
        for charge in visit.charges:
            by_code.setdefault(charge.procedure, []).append(charge)
        return cls(by_code, {code: sum(c.minutes for c in rows) for code, rows in by_code.items()},
                   {code: len(rows) for code, rows in by_code.items()})

    def shared(self, got: units.Allocation, day: date) -> dict[str, list[Charge]]:
        """The rows of each line, where a base that may be billed once hands the rest of its minutes to its add-on."""
        shared = dict(self.by_code)
        for code, own in self.by_code.items():
            item, addon = procedures.find(code, day), procedures.addon(code)
            if item is not None and item.basis is Basis.TIMED and addon in got.units and got.units[code]:
                length = item.minutes if got.units[addon] else sum(self.minutes.values())
                shared[code], shared[addon] = _parted(_steady(own), _steady(self.by_code.get(addon, [])), length)
        return shared

    def behind(self, code: str) -> list[Charge]:
        """The rows a line stands on: an add-on that nobody captured stands on its parent's."""
        if code in self.by_code:
            return self.by_code[code]
        parents = (rows for parent, rows in self.by_code.items() if procedures.addon(parent) == code)
        return next(parents, [])


def _parted(base: list[Charge], addon: list[Charge], length: int) -> tuple[list[Charge], list[Charge]]:
    """The minutes of a base and its add-on apart: the base takes its length, of its own rows and the therapist's first.

    Rows keep what was captured with them, except that minutes the add-on lends belong to the base's first row.
    """
    kept, rest = _first(base, length)
    lent, left = _first(addon, length - sum(row.minutes for row in kept))
    kept = kept or base[:1]
    for row in lent:
        kept[0] = replace(kept[0], therapist_minutes=kept[0].therapist_minutes + row.therapist_minutes,
                          assistant_minutes=kept[0].assistant_minutes + row.assistant_minutes)
    return kept, rest + left


def _first(rows: list[Charge], most: int) -> tuple[list[Charge], list[Charge]]:
    """Rows up to some minutes, the therapist's before the assistant's, and rows of the rest."""
    one, two = [], []
    for_assistant = max(most - sum(row.therapist_minutes for row in rows), 0)
    for row in rows:
        therapist = min(row.therapist_minutes, most)
        assistant = min(row.assistant_minutes, for_assistant)
        most, for_assistant = most - therapist, for_assistant - assistant
        if therapist or assistant:
            one.append(replace(row, therapist_minutes=therapist, assistant_minutes=assistant))
        if row.minutes > therapist + assistant:
            two.append(replace(row, therapist_minutes=row.therapist_minutes - therapist,
                               assistant_minutes=row.assistant_minutes - assistant))
    return one, two


def unit_notes(rule: UnitRule, got: units.Allocation, rows: Rows, day: date) -> list[Reason]:
    """What the other unit rule would have said, ties, and rows that make no line."""
    notes = []
    other = units.visit_units(_OTHER[rule], rows.minutes, rows.count, day)
    if differing := sorted(units.differing(got.units, other.units)):
        shown = ", ".join(f"{c} {got.units.get(c, 0)} against {other.units.get(c, 0)}" for c in differing)
        notes.append(Reason(subject="units", rule="two rules", source=_RULE_SOURCE[rule],
                            message=f"by {_RULE_WORDS[rule]} against {_RULE_WORDS[_OTHER[rule]]}: {shown} "
                                    f"({_minutes(rows)})"))
    if got.ties:
        notes.append(Reason(subject="units", rule="tie", source=units.CMS_SOURCE,
                            message=f"equal minutes left for {', '.join(got.ties)}; the clinician may choose another"))
    for code, count in got.units.items():
        if not count and code in rows.by_code:
            notes.append(Reason(subject=code, rule="no unit", source=_RULE_SOURCE[rule],
                                message=f"{counted(rows.minutes[code], 'minute')} without a unit of {code}; "
                                        "documented, not billed"))
    return notes


def _minutes(rows: Rows) -> str:
    return ", ".join(f"{code} {minutes} min" for code, minutes in rows.minutes.items())


def drafted(rows: Rows, got: units.Allocation, rules: PayerRules, practice: Practice, base: str, day: date,
            notes: list[Reason]) -> list[Draft]:
    """The lines of a visit before their modifiers: units, charges, the assistant's part, what was captured.

    What a biller should know about rows of one code that were captured apart is added to `notes`.
    """
    drafts, shared = [], rows.shared(got, day)
    judged = _judged(rows, shared, got, day)
    for code, count in got.units.items():
        if count:
            item, price = procedures.find(code, day), practice.charges.get(code, money.ZERO)
            variants = _variants(item, count, shared.get(code, []), notes)
            together = judged.get(code) if len(variants) == 1 else None
            for share, members in variants:
                draft = Draft(code=code, item=item, units=share, charge=price)
                drafts += _split(draft, members, rules, base, together)
    captured = {code: place for place, code in enumerate(rows.by_code)}
    drafts.sort(key=lambda d: captured.get(d.code, captured.get(d.item.parent if d.item else "", len(captured))))
    _unit_reasons(drafts, got, rules.unit_rule)
    notes += _lost(rows, drafts)
    return drafts


def _lost(rows: Rows, drafts: list[Draft]) -> list[Reason]:
    """Liability modifiers captured with a row that makes no unit, so that no line of its code has them."""
    notes = []
    for code, captured in rows.by_code.items():
        billed = {m for d in drafts if d.code in (code, procedures.addon(code)) for m in d.modifiers}
        for row in captured:
            notes += [Reason(subject=lost, rule=LOST, source=_LIABILITY_SOURCE,
                             message=f"row {row.source.row}: {code} with {lost} makes no unit, so {lost} is on no line")
                      for lost in row.modifiers if lost in LIABILITY and lost not in billed]  # fmt: skip
    return notes


def _variants(item: Procedure | None, count: int, rows: list[Charge],
              notes: list[Reason]) -> list[tuple[int, list[Charge]]]:
    """Units with the rows they stand on: apart for each set of captured modifiers, where units can be told apart."""
    apart: dict[str, list[Charge]] = {}
    for row in rows:
        apart.setdefault(" ".join(sorted(row.modifiers)), []).append(row)
    if len(apart) > 1 and item is not None:
        if item.basis is Basis.COUNTED:
            return [(len(apart[key]), apart[key]) for key in sorted(apart)]
        minutes = {key: sum(row.minutes for row in apart[key]) for key in sorted(apart)}
        if item.basis is Basis.TIMED and sum(m // item.minutes for m in minutes.values()) <= count:
            got = units.share_out(count, minutes, item.minutes)
            shares = got.units
            if sum(shares.values()) == count:
                if got.ties:
                    notes.append(Reason(
                        subject="units", rule="tie", source=units.CMS_SOURCE,
                        message=f"equal minutes left for rows of {item.code} ({_named(got.ties)}); the clinician may "
                                "choose another"))  # fmt: skip
                return [(shares[key], apart[key]) for key in minutes if shares[key]]
    if len(apart) > 1:
        notes.append(Reason(subject=rows[0].procedure, rule="merged rows", source=units.CMS_SOURCE,
                            message=f"rows of {rows[0].procedure} ({_named(sorted(apart))}) cannot be told apart by "
                                    "units; one line has the modifiers of all"))  # fmt: skip
    return [(count, _steady(rows))]


def _steady(rows: list[Charge]) -> list[Charge]:
    """Rows by their modifiers, so that the order of capture decides nothing."""
    return sorted(rows, key=lambda row: (sorted(row.modifiers), row.modifiers))


def _named(variants: Iterable[str]) -> str:
    return " and ".join(f"with {key}" if key else "without modifier" for key in variants)


def _judged(rows: Rows, shared: dict[str, list[Charge]], got: units.Allocation, day: date) -> dict[str, Share]:
    """The assistant's share of a base and its add-on that were both captured, judged as the one service they are.

    Timed ones of one length share the units of their minutes together; the base keeps what its own minutes say while
    the family has such a unit.  Untimed ones have one answer for both.
    """
    found: dict[str, Share] = {}
    for code, addon in ((code, procedures.addon(code)) for code in rows.by_code):
        item, more = procedures.find(code, day), procedures.find(addon, day) if addon in rows.by_code else None
        mine, theirs = got.units.get(code, 0), got.units.get(addon, 0)
        if item is None or more is None or item.basis is not more.basis or not (mine and theirs):
            continue
        own, family = _spent(shared[code]), _spent(rows.by_code[code] + rows.by_code[addon])
        if not family[1]:
            continue
        if item.basis is not Basis.TIMED:
            found |= {one: replace(units.untimed_share(count, *family), why=f"with {other}, {_why(count, family)}")
                      for one, other, count in ((code, addon, mine), (addon, code, theirs))}  # fmt: skip
        elif item.minutes == more.minutes:
            whole, alone = units.assistant_share(mine + theirs, *family), units.assistant_share(mine, *own)
            assisted = max(min(alone.assisted, whole.assisted), mine - whole.plain)
            for one, other, share in ((code, addon, (mine - assisted, assisted)),
                                      (addon, code, (whole.plain - mine + assisted, whole.assisted - assisted))):
                found[one] = Share(*share, f"with {other}: {whole.why}")
    return found


def _spent(rows: list[Charge]) -> tuple[int, int]:
    return sum(row.therapist_minutes for row in rows), sum(row.assistant_minutes for row in rows)


def _why(count: int, spent: tuple[int, int]) -> str:
    return units.untimed_share(count, *spent).why


def _split(whole: Draft, rows: list[Charge], rules: PayerRules, base: str, judged: Share | None = None) -> list[Draft]:
    """One line, or two where part of the units belongs to the assistant; `judged` was decided with its family."""
    whole.therapist_minutes = therapist = sum(row.therapist_minutes for row in rows)
    whole.assistant_minutes = assistant = sum(row.assistant_minutes for row in rows)
    whole.separate_time = any(row.separate_time for row in rows)
    for row in rows:
        for captured in row.modifiers:
            whole.add(captured, "captured", "documented with the charge", "charge row")
    item, price = whole.item, whole.charge
    whole.charge = price * whole.units
    code = modifier.ASSISTANT.get(base, "")
    if not (rules.assistant_modifier and (assistant or judged) and code and item is not None
            and item.assistant != "supply"):  # fmt: skip
        return [whole]
    timed = item.basis is Basis.TIMED
    share = judged or (units.assistant_share(whole.units, therapist, assistant, item.minutes) if timed
                       else units.untimed_share(whole.units, therapist, assistant))  # fmt: skip
    drafts = []
    for part, assisted in ((share.plain, False), (share.assisted, True)):
        if part:
            draft = replace(whole, units=part, charge=price * part, modifiers=list(whole.modifiers),
                            reasons=list(whole.reasons))
            if share.plain and share.assisted:
                draft.therapist_minutes, draft.assistant_minutes = (0, assistant) if assisted else (therapist, 0)
            drafts.append(draft)
            if assisted:
                draft.add(code, "assistant", share.why, units.ASSISTANT_SOURCE)
            else:
                draft.reasons.append(Reason(subject=f"no {code}", rule="assistant", message=share.why,
                                            source=units.ASSISTANT_SOURCE))
    if units.methods_differ(therapist + assistant, assistant):
        drafts[-1].reasons.append(Reason(
            subject=code, rule="two methods", source=units.ASSISTANT_SOURCE,
            message=f"CMS's two ways of computing a tenth disagree on {assistant} of {therapist + assistant} minutes"))
    return drafts


def _unit_reasons(drafts: list[Draft], got: units.Allocation, rule: UnitRule) -> None:
    for draft in drafts:
        minutes = sum(d.therapist_minutes + d.assistant_minutes for d in drafts if d.code == draft.code)
        if draft.item is None or draft.item.basis is not Basis.TIMED:
            said, name = "counted once whatever the minutes", "untimed"
        elif rule is UnitRule.CMS_TOTAL and draft.item.pool:
            said = (f"{minutes} of {counted(got.total_minutes, 'timed minute')}; the visit makes "
                    f"{counted(units.cms_units(got.total_minutes), 'unit')}, {got.units[draft.code]} of them "
                    f"{draft.code}")
            name = "total time"
        else:
            made = counted(got.units[draft.code], "unit")
            said = f"{counted(minutes, 'minute')} for {made} of {draft.item.minutes} minutes, by this code alone"
            name = "midpoint"
        draft.reasons.insert(0, Reason(subject="units", rule=name, message=said, source=_RULE_SOURCE[rule]))
