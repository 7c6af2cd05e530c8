"""Refused encounters with all they stand on, as they were; an extension of the ChargeItem says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptedi.findings import Finding
from ptedi.intake import fhir_bundle, fhir_rows, json_text
from ptedi.intake.fhir_bundle import Bundle, Resource
from ptedi.intake.fhir_urls import VERDICT
from ptedi.intake.fhir_values import Node, nodes, text


def rejects(source: str, comments: Mapping[int, str]) -> bytes:
    """A Bundle of the encounters that have a row among the comments."""
    bundle = fhir_bundle.read(source)
    if isinstance(bundle, Finding):
        return b""
    rows = fhir_rows.places(bundle)
    said: dict[int, str] = {}
    for number, (encounter, item) in enumerate(rows, 1):
        if number in comments:
            said[id(item or encounter)] = comments[number]
    kept = {id(encounter) for n, (encounter, _) in enumerate(rows, 1) if n in comments and encounter}
    roots = [one for encounter, item in rows for one in (encounter, item)
             if one and (id(one) in said or id(encounter) in kept)]  # fmt: skip
    keep = _closure(bundle, roots)
    entries = [_entry(one, said.get(id(one))) for one in bundle.resources if id(one) in keep]
    whole = {"resourceType": "Bundle", "type": bundle.kind, "entry": entries}
    return json_text.dump(whole, source).encode()


def _closure(bundle: Bundle, roots: list[Resource]) -> set[int]:
    """The resources reached by references from the roots, with the coverages of the patients among them."""
    reached: set[int] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) not in reached:
            reached.add(id(one))
            waiting += bundle.coverages(one)
            waiting += [other for reference in _references(one.node) if (other := bundle.follow(one, reference))]
    addresses = {one.address for one in bundle.resources if id(one) in reached and one.address}
    return reached | {id(one) for one in bundle.resources if one.address in addresses}


def _references(node: object) -> Iterator[Node]:
    """Every Reference below a node."""
    if isinstance(node, dict):
        if text(node, "reference") or nodes(node, "identifier"):
            yield node
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _entry(one: Resource, comment: str | None) -> Node:
    node = dict(one.node)
    extensions = [e for e in nodes(node, "extension") if text(e, "url") != VERDICT]
    if comment is not None:
        extensions.append({"url": VERDICT, "valueString": comment})
    if extensions:
        node["extension"] = extensions
    elif isinstance(node.get("extension"), list):
        node.pop("extension")
    return {**(one.entry or {}), "resource": node}
