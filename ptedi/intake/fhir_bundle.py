"""The resources of a FHIR file, a Bundle of any type or NDJSON; references are followed inside the file only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ptedi.findings import Finding
from ptedi.intake.fhir_values import Node, at, nodes, text
from ptedi.intake.json_text import Unreadable, load
from ptedi.intake.pages import found

READ = ("Encounter", "ChargeItem", "Observation", "Patient", "Coverage", "RelatedPerson", "Condition", "Practitioner",
        "PractitionerRole", "ServiceRequest", "Location", "Organization")  # fmt: skip
"""The types that are read; all others are passed over."""
_MOST_FLAWS = 5
_MOST_LINES = 1_000_000


@dataclass(slots=True, eq=False)
class Resource:
    """One resource as it is in the file, with its full url and what is wrong with it."""

    node: Node
    url: str = ""
    entry: Node | None = None

    @property
    def type(self) -> str:
        """Its resourceType."""
        return text(self.node, "resourceType")

    @property
    def address(self) -> str:
        """Type and id, as relative references say it; "" without an id."""
        return f"{self.type}/{text(self.node, 'id')}" if text(self.node, "id") else ""


class Bundle:
    """The resources of a file, found by what references say."""

    def __init__(self, resources: list[Resource], kind: str) -> None:
        """Resources in file order; `kind` is the type of the Bundle."""
        self.kind = kind
        self.resources = resources
        self._by_address: dict[str, Resource] = {}
        self._by_identifier: dict[tuple[str, str, str], Resource] = {}
        self._inside: dict[int, Resource] = {}
        self._twice: set[int] = set()
        self._flaws: dict[int, tuple[Finding, ...]] = {}
        for one in resources:
            self._enter(one)
        self._by_type: dict[str, list[Resource]] = {}
        for one in resources:
            if self._is_first(one):
                self._by_type.setdefault(one.type, []).append(one)
        self._coverages: dict[int, list[Resource]] = {}
        for one in self.of("Coverage"):
            whose = self.follow(one, at(one.node, "beneficiary"), "Patient")
            self._coverages.setdefault(id(whose), []).append(one)

    def _enter(self, one: Resource) -> None:
        short = "/".join(one.url.rsplit("/", 2)[-2:]) if one.url.startswith("http") else ""
        for address in {one.url, one.address or short} - {""}:
            other = self._by_address.setdefault(address, one)
            if other is not one and other.node != one.node:
                self._twice |= {id(other), id(one)}
        for identifier in nodes(one.node, "identifier"):
            key = (one.type, text(identifier, "system"), text(identifier, "value"))
            self._by_identifier.setdefault(key, one)

    def of(self, kind: str) -> list[Resource]:
        """The resources of a type, in file order; one that is there twice counts once."""
        return self._by_type.get(kind, [])

    def coverages(self, patient: Resource) -> list[Resource]:
        """The coverages whose beneficiary is this patient, in file order."""
        return self._coverages.get(id(patient), [])

    def _is_first(self, one: Resource) -> bool:
        address = one.address or one.url
        return not address or self._by_address[address] is one or id(one) in self._twice

    def follow(self, owner: Resource, reference: object, *kinds: str) -> Resource | None:
        """The resource that a Reference of `owner` leads to, by address or identifier; None when it is not there."""
        said = text(reference, "reference").partition("/_history/")[0]
        if said.startswith("#"):
            inside = next((node for node in nodes(owner.node, "contained") if text(node, "id") == said[1:]), {})
            held = self._inside.setdefault(id(inside), Resource(inside)) if inside else None
            return held if held and (not kinds or held.type in kinds) else None
        one = self._by_address.get(said)
        if one is None and "://" in said:
            one = self._by_address.get("/".join(said.rsplit("/", 2)[-2:]))
        identifier = at(reference, "identifier")
        if one is None and not said and identifier:
            keys = ((kind, text(identifier, "system"), text(identifier, "value")) for kind in kinds or READ)
            one = next((self._by_identifier[key] for key in keys if key in self._by_identifier), None)
        return one if one is None or not kinds or one.type in kinds else None

    def flaws(self, one: Resource) -> tuple[Finding, ...]:
        """What is wrong with a resource itself."""
        if id(one) not in self._flaws:
            twice = (found("IN094", f"Two resources are called {one.type} {one.address or one.url!a}"[:200] + "."),)
            self._flaws[id(one)] = (*_not_r4(one), *(twice if id(one) in self._twice else ()))
        return self._flaws[id(one)]


def read(source: str) -> Bundle | Finding:
    """The resources of a text, or the finding that says why there are none."""
    try:
        top = load(source)
    except Unreadable as problem:
        lines = source.strip().splitlines()
        if len(lines) < 2 or not lines[0].rstrip().endswith("}"):
            return found("IN090", f"The JSON cannot be read: {problem}.")
        return _lines(source)
    return _gather([top])


def _lines(source: str) -> Bundle | Finding:
    """NDJSON: a resource on each line."""
    values: list[object] = []
    for number, line in enumerate(source.splitlines(), 1):
        if line.strip():
            try:
                values.append(load(line))
            except Unreadable as problem:
                return found("IN090", f"Line {number} of the NDJSON cannot be read: {problem}.")
        if number > _MOST_LINES:
            return found("IN010", f"The file has more than {_MOST_LINES:,} lines.")
    return _gather(values)


def _gather(values: list[object]) -> Bundle | Finding:
    resources: list[Resource] = []
    kind = "collection"
    for value in values:
        if not isinstance(value, dict) or not text(value, "resourceType"):
            return found("IN091", "The JSON is no FHIR resource: it has no resourceType.")
        if value["resourceType"] == "Bundle":
            kind = text(value, "type") or kind
            for entry in nodes(value, "entry"):
                resources.extend(_resources(entry))
        else:
            resources.append(Resource(value))
    if not any(one.type in ("Encounter", "ChargeItem") for one in resources):
        return found("IN091", "The file has no Encounter and no ChargeItem.")
    return Bundle(resources, kind)


def _resources(entry: Node) -> Iterator[Resource]:
    node = entry.get("resource")
    if isinstance(node, dict):
        yield Resource(node, text(entry, "fullUrl"), entry)


@cache
def _model(kind: str) -> Callable[[Node], Any]:
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415  # takes most of a second

    model: Callable[[Node], Any] = get_fhir_model_class(kind).model_validate
    return model


def _not_r4(one: Resource) -> Iterator[Finding]:
    """Where a resource differs from R4; the sentence names the element, never what it holds."""
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        _model(one.type)(json.loads(json.dumps(one.node, default=float)))
    except ValidationError as problem:
        for flaw in problem.errors(include_url=False, include_context=False, include_input=False)[:_MOST_FLAWS]:
            where = ".".join(str(step) for step in flaw["loc"])[:80]
            yield found("IN092", f"{one.type}.{where} is not as FHIR R4 has it ({flaw['type']}).")
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, AssertionError):
        yield found("IN092", f"The {one.type} is not as FHIR R4 has it.")
