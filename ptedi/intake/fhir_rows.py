"""Captured charges as FHIR R4: each ChargeItem is a row, its Encounter and what that refers to is the visit.

docs/intake.md says for every column which element is read.  Minutes are taken from the extensions of the ChargeItem,
else from Observations (minutes, by who performed them), else from the quantity in minutes, else from occurrencePeriod.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ptedi.codes import diagnosis
from ptedi.findings import Finding
from ptedi.intake import cells, fhir_bundle
from ptedi.intake import fhir_values as fhir
from ptedi.intake.columns import MAX_ROWS
from ptedi.intake.csv_rows import too_long
from ptedi.intake.fhir_bundle import Bundle, Resource
from ptedi.intake.fhir_people import Walk, coverages, patient, practitioner
from ptedi.intake.fhir_urls import AUTHORIZATION, DIAGNOSES, EXTENSIONS, PROCEDURES, REFERRAL
from ptedi.intake.fhir_values import Node, at, code, day, extension, has_code, identifiers, nodes, plain, text
from ptedi.intake.model import RawFile, RawRow
from ptedi.intake.pages import found
from ptedi.intake.senders import Names, Senders

_NOT_HELD = ("planned", "cancelled", "entered-in-error")
_LEFT_OUT = ("not-billable", "aborted", "entered-in-error")
_OF_ENCOUNTER = ("place_of_service", "initial_treatment_date", "plan_of_care_start", "plan_of_care_end",
                 "accident_date", "accident_cause", "accident_state", "plan_of_care_certified",
                 "documented_timed_minutes", "documented_minutes", "signed_date", "progress_report_date")  # fmt: skip
_ASSISTING, _REFERRING, _SUPERVISING = ("SPRF",), ("REF",), ("supervisor",)
_POINTERS = 4
Known = dict[str, str]


def places(bundle: Bundle) -> list[tuple[Resource | None, Resource | None]]:
    """Encounter and ChargeItem of each row, in the order of the encounters; lone charge items come last."""
    items: dict[int, list[Resource]] = {}
    alone: list[Resource] = []
    for item in bundle.of("ChargeItem"):
        if text(item.node, "status") not in _LEFT_OUT:
            encounter = bundle.follow(item, at(item.node, "context"), "Encounter")
            (alone if encounter is None else items.setdefault(id(encounter), [])).append(item)
    rows: list[tuple[Resource | None, Resource | None]] = []
    for encounter in bundle.of("Encounter"):
        own = items.pop(id(encounter), [])
        rows += [(encounter, item) for item in own]
        if not own and text(encounter.node, "status") not in _NOT_HELD:
            rows.append((encounter, None))
    alone += [item for rest in items.values() for item in rest]
    return rows + [(None, item) for item in alone]


def read(source: str, senders: Senders, names: Names) -> RawFile:
    """The rows of a FHIR file; an error among the findings means that there are none."""
    bundle = fhir_bundle.read(source)
    if isinstance(bundle, Finding):
        return RawFile(findings=(bundle,))
    rows = places(bundle)
    if not rows:
        return RawFile(findings=(found("IN091", "The file has no charge that is to be billed."),))
    if len(rows) > MAX_ROWS:
        return RawFile(findings=(found("IN010", f"The file has more than {MAX_ROWS:,} rows."),))
    reader = _Reader(bundle, names, {**EXTENSIONS, **senders.extensions})
    return RawFile(rows=tuple(reader.row(n, *place) for n, place in enumerate(rows, 1)), findings=_passed_over(bundle))


def _passed_over(bundle: Bundle) -> tuple[Finding, ...]:
    counted = Counter(text(item.node, "status") for item in bundle.of("ChargeItem"))
    return tuple(found("IN096", f"{counted[status]} charge items are {status} and were left out.")
                 for status in _LEFT_OUT if counted[status])  # fmt: skip


class _Reader:
    """Reads the rows of a bundle; what belongs to an encounter is read once."""

    def __init__(self, bundle: Bundle, names: Names, urls: dict[str, str]) -> None:
        self._bundle, self._names, self._urls = bundle, names, urls
        self._visits: dict[int, tuple[Known, list[Finding]]] = {}

    def row(self, number: int, encounter: Resource | None, item: Resource | None) -> RawRow:
        """One row."""
        walk = Walk(self._bundle)
        shared: Known = {}
        if encounter is not None:
            if id(encounter) not in self._visits:
                self._visits[id(encounter)] = self._visit(encounter)
            shared, notes = self._visits[id(encounter)]
            walk.notes.extend(notes)
        elif item is not None:
            walk.notes.append(found("IN093", "The ChargeItem belongs to no Encounter of the file.",
                                    value=text(item.node, "context", "reference")[:60] or None))  # fmt: skip
            treated = walk.to(item, at(item.node, "subject"), "Patient")
            shared = patient(treated) if treated is not None else {}  # so that the patient's visit of that day waits
        own = shared | (self._item(walk, item, shared) if item is not None else {})
        known = {name: said for name, raw in own.items() if (said := cells.normal(raw))}
        findings = [found(n.code, n.message, row=number, column=n.element, value=n.value) for n in walk.notes]
        return RawRow(row=number, row_sha256=cells.fingerprint(known), cells=known,
                      findings=tuple(dict.fromkeys((*too_long(number, known), *findings))))  # fmt: skip

    def _visit(self, encounter: Resource) -> tuple[Known, list[Finding]]:
        walk, node = Walk(self._bundle), encounter.node
        walk.visit(encounter)
        if text(node, "status") in _NOT_HELD:
            walk.notes.append(found("IN095", f"The encounter is {text(node, 'status')}.", value=text(node, "status")))
        known = {
            "visit_id": next(iter(identifiers(node)), "") or text(node, "id"),
            "service_date": day(text(node, "period", "start")),
            "clinic": self._names.clinic(self._where(walk, encounter)),
            **self._staff(walk, encounter),
            **{name: day(plain(extension(node, self._urls[name]))) for name in _OF_ENCOUNTER},
            **self._diagnoses(walk, encounter), **self._orders(walk, encounter),
        }  # fmt: skip
        treated = walk.to(encounter, at(node, "subject"), "Patient")
        if treated is not None:
            known |= patient(treated) | coverages(walk, treated, self._names, self._urls)
        return known, walk.notes

    def _where(self, walk: Walk, encounter: Resource) -> list[str]:
        here = [at(one, "location") for one in nodes(encounter.node, "location")]
        return walk.names(encounter, [*here, at(encounter.node, "serviceProvider")], "Location", "Organization")

    def _staff(self, walk: Walk, encounter: Resource) -> Known:
        """Who was in charge, and who supervised; an assistant is a secondary performer, or one we know as assistant."""
        charge: list[list[str]] = []
        assisting: list[list[str]] = []
        supervising: list[list[str]] = []
        for one in nodes(encounter.node, "participant"):
            roles = nodes(one, "type")
            if any(has_code(role, *_REFERRING) for role in roles):
                continue
            said = walk.names(encounter, [at(one, "individual")], "Practitioner", "PractitionerRole", "RelatedPerson")
            which = ((_ASSISTING, assisting), (_SUPERVISING, supervising))
            next((names for kind, names in which if any(has_code(role, *kind) for role in roles)), charge).append(said)
        named = [name for said in charge for name in said]
        assistant = self._names.assistant([name for said in (*assisting, *charge) for name in said])
        if not assistant and assisting and assisting[0]:
            assistant = self._names.clinician(assisting[0][0])
        supervisor = next((self._names.clinician(name) for said in supervising for name in said), "")
        return {"therapist": self._names.therapist(named), "assistant": assistant, "supervisor": supervisor}

    def _diagnoses(self, walk: Walk, encounter: Resource) -> Known:
        listed = nodes(encounter.node, "diagnosis")
        listed.sort(key=_rank)
        conditions = [walk.to(encounter, at(one, "condition"), "Condition") for one in listed]
        if not conditions:
            conditions = [walk.to(encounter, one, "Condition") for one in nodes(encounter.node, "reasonReference")]
        codes = [code(at(one.node, "code"), DIAGNOSES) for one in conditions if one is not None]
        codes = codes or [code(one, DIAGNOSES) for one in nodes(encounter.node, "reasonCode")]
        first = conditions[0].node if conditions and conditions[0] is not None else {}
        return {"diagnoses": " ".join(filter(None, codes)), "onset_date": day(text(first, "onsetDateTime"))}

    def _orders(self, walk: Walk, encounter: Resource) -> Known:
        """Referrer, authorization and referral number of the orders that the encounter is based on."""
        known: Known = {}
        for reference in nodes(encounter.node, "basedOn"):
            order = walk.to(encounter, reference, "ServiceRequest")
            if order is None:
                continue
            who = walk.to(order, at(order.node, "requester"), "Practitioner", "PractitionerRole")
            if who is not None and who.type == "PractitionerRole":
                who = walk.to(who, at(who.node, "practitioner"), "Practitioner")
            said = practitioner(who) if who is not None else {}
            for identifier in nodes(order.node, "identifier"):
                name = {AUTHORIZATION: "authorization", REFERRAL: "referral_number"}.get(text(identifier, "system"))
                if name:
                    said[name] = text(identifier, "value")
            known = {**said, **{name: value for name, value in known.items() if value}}
        return known

    def _item(self, walk: Walk, item: Resource, shared: Known) -> Known:
        node = walk.visit(item).node
        walk.notes.extend(_billable(node))
        performers = [at(one, "actor") for one in nodes(node, "performer")]
        staff = walk.names(item, performers, "Practitioner", "PractitionerRole", "Organization", "Patient")
        moment = text(node, "occurrenceDateTime") or text(node, "occurrencePeriod", "start")
        url = self._urls
        modifiers = [plain(value) for value in fhir.extensions(node, url["modifiers"])]
        return {
            "service_date": shared.get("service_date") or day(moment),
            "therapist": shared.get("therapist") or self._names.therapist(staff),
            "assistant": shared.get("assistant") or self._names.assistant(staff),
            "procedure": code(at(node, "code"), PROCEDURES), "modifiers": " ".join(modifiers),
            "separate_time": plain(extension(node, url["separate_time"])),
            "description": plain(extension(node, url["description"])),
            **self._minutes(walk, item, staff),
            "pointers": self._pointers(walk, item, shared.get("diagnoses", "").split()),
        }  # fmt: skip

    def _minutes(self, walk: Walk, item: Resource, staff: list[str]) -> Known:
        """Minutes of therapist and assistant, from the first place that says any."""
        stated = {name: plain(extension(item.node, self._urls[name])) for name in ("therapist_minutes",
                                                                                   "assistant_minutes")}  # fmt: skip
        if any(stated.values()):
            return stated
        whose = "assistant_minutes" if self._names.assistant(staff[:1]) else "therapist_minutes"
        sums: Counter[str] = Counter()
        for reference in (*nodes(item.node, "service"), *nodes(item.node, "supportingInformation")):
            one = self._bundle.follow(item, reference, "Observation")
            if one is not None:
                who = walk.names(walk.visit(one), nodes(one.node, "performer"), "Practitioner", "PractitionerRole")
                other = "assistant_minutes" if self._names.assistant(who) else "therapist_minutes"
                sums[other if who else whose] += _whole_minutes(at(one.node, "valueQuantity"))
            elif text(reference, "reference").startswith("Observation/"):
                walk.to(item, reference, "Observation")
        if sums:
            return {name: str(count) for name, count in sums.items() if count}
        count = _whole_minutes(at(item.node, "quantity")) or _elapsed(at(item.node, "occurrencePeriod"))
        return {whose: str(count)} if count else {}

    def _pointers(self, walk: Walk, item: Resource, listed: list[str]) -> str:
        """Positions of the item's conditions and reasons among the diagnoses of the visit."""
        order = [diagnosis.compact(one) for one in listed]
        wanted = [code(one, DIAGNOSES) for one in nodes(item.node, "reason")]
        for reference in nodes(item.node, "supportingInformation"):
            if not text(reference, "reference").startswith("Observation/"):
                one = self._bundle.follow(item, reference, "Condition")
                wanted += [code(at(walk.visit(one).node, "code"), DIAGNOSES)] if one is not None else []
        wanted = list(dict.fromkeys(diagnosis.compact(one) for one in wanted))[:_POINTERS]
        for lost in (one for one in wanted if one not in order):
            walk.notes.append(found("IN062", "A diagnosis of the procedure is not among those of the visit.",
                                    column="pointers", value=lost[:20]))  # fmt: skip
        return " ".join(str(order.index(one) + 1) for one in wanted if one in order)


def _rank(one: Node) -> int:
    said = text(one, "rank")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 6 else 1_000_000


def _billable(node: Node) -> Iterator[Finding]:
    status, quantity = text(node, "status"), text(node, "quantity", "value")
    if status != "billable":
        yield found("IN084", "The ChargeItem is not billable.", column="ChargeItem.status", value=status[:20])
    if quantity and (quantity.startswith("-") or not quantity.strip("0.")):
        yield found("IN084", "The quantity of the ChargeItem is not positive.", column="ChargeItem.quantity",
                    value=quantity[:20])  # fmt: skip


def _whole_minutes(quantity: object) -> int:
    """The minutes of a quantity in minutes, 0 when it is another one; a part of a minute does not count."""
    unit, value = text(quantity, "code") or text(quantity, "unit"), text(quantity, "value").partition(".")[0]
    return int(value) if unit in ("min", "minutes") and value.isascii() and value.isdecimal() and len(value) < 5 else 0


def _elapsed(period: object) -> int:
    """Whole minutes from start to end, 0 when one of them is only a day."""
    start, end = text(period, "start"), text(period, "end")
    try:
        first, last = (datetime.fromisoformat(moment) for moment in (start, end) if "T" in moment)
        return max(0, int((last - first).total_seconds()) // 60)
    except (ValueError, TypeError, OverflowError):
        return 0
