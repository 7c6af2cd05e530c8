"""Persons, places and coverages of FHIR resources as the columns of captured charges."""

from __future__ import annotations

from collections.abc import Iterable

from ptedi.findings import Finding
from ptedi.intake import relations
from ptedi.intake.fhir_bundle import Bundle, Resource
from ptedi.intake.fhir_urls import NPI
from ptedi.intake.fhir_values import Node, at, code, day, extension, has_code, identifiers, nodes, plain, text
from ptedi.intake.pages import found
from ptedi.intake.senders import Names

_NOT_IN_FORCE = ("cancelled", "draft", "entered-in-error")


class Walk:
    """Follows references for one visit and notes what leads nowhere or is wrong where it leads."""

    def __init__(self, bundle: Bundle) -> None:
        """Begins without notes."""
        self.bundle = bundle
        self.notes: list[Finding] = []

    def visit(self, one: Resource) -> Resource:
        """Notes what is wrong with a resource that is used."""
        self.notes.extend(self.bundle.flaws(one))
        return one

    def to(self, owner: Resource, reference: object, *kinds: str) -> Resource | None:
        """The resource a reference leads to; one without an address may lead nowhere."""
        if not isinstance(reference, dict):
            return None
        one = self.bundle.follow(owner, reference, *kinds)
        if one is not None:
            return self.visit(one)
        said = text(reference, "reference")
        if said:
            self.notes.append(found("IN093", f"A reference of the {owner.type} leads to no {kinds[0]} of the file.",
                                    value=said[:60]))  # fmt: skip
        return None

    def names(self, owner: Resource, references: Iterable[object], *kinds: str) -> list[str]:
        """The names of what references lead to: identifiers, then the id; NPI last, where others are."""
        said: list[str] = []
        for reference in references:
            one = self.to(owner, reference, *kinds)
            if one is not None and one.type == "PractitionerRole":
                said += self.names(one, [at(one.node, "practitioner")], "Practitioner")
            elif one is not None:
                own = nodes(one.node, "identifier")
                own.sort(key=lambda identifier: text(identifier, "system") in NPI)
                said += [*(text(identifier, "value") for identifier in own), text(one.node, "id")]
            else:
                said += identifiers(reference)
        return [name for name in said if name]


def person(node: Node, prefix: str) -> dict[str, str]:
    """The columns of a person."""
    names = nodes(node, "name")
    name = next((one for one in names if text(one, "use") == "official"), names[0] if names else {})
    home = next((one for one in nodes(node, "address")), {})
    given = [part for nth in range(10) if (part := text(name, "given", nth))]
    parts = {
        "last": text(name, "family"), "first": given[0] if given else "", "middle": " ".join(given[1:]),
        "suffix": text(name, "suffix", 0), "birth_date": text(node, "birthDate"),
        "sex": relations.sex(text(node, "gender")), "address": text(home, "line", 0),
        "address2": text(home, "line", 1), "city": text(home, "city"), "state": text(home, "state"),
        "zip": text(home, "postalCode"),
    }  # fmt: skip
    return {f"{prefix}{part}": said for part, said in parts.items()}


def patient(one: Resource) -> dict[str, str]:
    """The columns of the person treated."""
    records = [text(i, "value") for i in nodes(one.node, "identifier") if has_code(at(i, "type"), "MR")]
    others = [text(i, "value") for i in nodes(one.node, "identifier") if not has_code(at(i, "type"), "MR")]
    key = next(filter(None, (*others, *records, text(one.node, "id"))), "")
    return {"patient_id": key, "medical_record_number": next(iter(records), ""), **person(one.node, "patient_")}


def practitioner(one: Resource) -> dict[str, str]:
    """The columns of the referrer."""
    numbers = nodes(one.node, "identifier")
    npi = next((text(i, "value") for i in numbers if text(i, "system") in NPI), "") or next(
        (text(i, "value") for i in numbers), "")  # fmt: skip
    said = person(one.node, "referring_")
    return {"referring_npi": npi, **{name: said[name] for name in ("referring_last", "referring_first")}}


def coverages(walk: Walk, treated: Resource, names: Names, urls: dict[str, str]) -> dict[str, str]:
    """The columns of the patient's coverages in force, by their order, two of them."""
    own = [one for one in walk.bundle.coverages(treated) if text(one.node, "status") not in _NOT_IN_FORCE]
    own.sort(key=_order)
    if len(own) > 2:
        walk.notes.append(found("IN087", f"The patient has {len(own)} coverages; two are read."))
    known: dict[str, str] = {}
    for prefix, one in zip(("", "secondary_"), own, strict=False):
        said = _coverage(walk, walk.visit(one), treated, names, urls)
        known |= {f"{prefix}{name}": text for name, text in said.items()}
    return known


def _order(one: Resource) -> int:
    said = text(one.node, "order")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 6 else 1_000_000


def _coverage(walk: Walk, one: Resource, treated: Resource, names: Names, urls: dict[str, str]) -> dict[str, str]:
    node = one.node
    group = next((c for c in nodes(node, "class") if has_code(at(c, "type"), "group")), {})
    holder = at(node, "subscriber") or at(node, "policyHolder")
    insured = walk.to(one, holder, "RelatedPerson", "Patient", "Organization")
    known = {
        "payer": names.payer(walk.names(one, nodes(node, "payor"), "Organization")),
        "member_id": text(node, "subscriberId") or next(iter(identifiers(node)), ""),
        "group_number": text(group, "value"),
        "group_name": text(group, "name") or plain(extension(node, urls["group_name"])),
        "relationship": relations.relationship(code(at(node, "relationship"))),
        "coverage_from": day(text(node, "period", "start")), "coverage_to": day(text(node, "period", "end")),
        **{name: plain(extension(node, urls[name])) for name in ("claim_number", "therapy_dollars_used")},
    }  # fmt: skip
    if insured is not None and insured is not treated and insured.type != "Organization":
        known |= person(insured.node, "subscriber_")
    return known
