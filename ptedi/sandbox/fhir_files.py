"""Captured rows as a clinic's system exports them in FHIR R4: a transaction Bundle (or NDJSON) of encounters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Rows = Sequence[Mapping[str, str]]
Node = dict[str, object]

_BASE = "https://chartroom.example/fhir"
_URN = "urn:ptedi:"
_OF_ROW = frozenset({"procedure", "therapist_minutes", "assistant_minutes", "pointers", "modifiers", "separate_time",
                     "description"})  # fmt: skip
_RELATIONS = {"18": "self", "01": "spouse", "19": "child", "53": "common"}
_GENDERS = {"F": "female", "M": "male", "U": "unknown"}
_DAYS = ("_date", "_start", "_end", "_certified")
_OF_ENCOUNTER = ("place_of_service", "initial_treatment_date", "plan_of_care_start", "plan_of_care_end",
                 "accident_date", "accident_cause", "accident_state", "plan_of_care_certified",
                 "documented_timed_minutes", "documented_minutes", "signed_date", "progress_report_date")  # fmt: skip


def as_fhir(visits: Sequence[Rows], *, ndjson: bool = False) -> bytes:
    """The visits with their patients, coverages, conditions, orders and staff; relative references."""
    file = _File()
    for rows in visits:
        for part in _parts(rows):
            file.visit(part)
    if ndjson:
        return "".join(f"{json.dumps(node)}\n" for node in file.resources.values()).encode()
    entries = [{"fullUrl": f"{_BASE}/{address}", "resource": node, "request": {"method": "PUT", "url": address}}
               for address, node in file.resources.items()]  # fmt: skip
    return (json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}, indent=1) + "\n").encode()


def _parts(rows: Rows) -> list[list[Mapping[str, str]]]:
    """Rows that say the same of their visit, together."""
    parts: dict[tuple[tuple[str, str], ...], list[Mapping[str, str]]] = {}
    for row in rows:
        parts.setdefault(tuple(sorted((k, v) for k, v in row.items() if k not in _OF_ROW and v)), []).append(row)
    return list(parts.values())


def _some(**parts: object) -> Node:
    """An object of what is there; FHIR knows no empty values."""
    return {name.rstrip("_"): value for name, value in parts.items() if value not in ("", None, [], {})}


def _extension(name: str, kind: str, value: object) -> list[Node]:
    return [{"url": f"{_URN}{name.replace('_', '-')}", f"value{kind}": value}] if value not in ("", None) else []


def _coded(code: str, system: str) -> Node:
    return {"coding": [{"system": system, "code": code}]} if code else {}


def _identified(value: str, system: str = "", kind: str = "") -> list[Node]:
    return [_some(value=value, system=system, type_=_coded(kind, "http://terminology.hl7.org/CodeSystem/v2-0203"))
            ] if value else []  # fmt: skip


class _File:
    """Collects resources; staff, clinics and payers are there once for the whole file."""

    def __init__(self) -> None:
        self.resources: dict[str, Node] = {}
        self._visits = 0
        self._shared: dict[tuple[str, str], Node] = {}

    def add(self, kind: str, key: str, node: Node) -> Node:
        """Adds a resource and gives the reference to it."""
        self.resources[f"{kind}/{key}"] = {"resourceType": kind, "id": key, **node}
        return {"reference": f"{kind}/{key}"}

    def shared(self, kind: str, code: str, node: Node) -> Node:
        """The reference to a resource that many visits share, by its code."""
        if (kind, code) not in self._shared:
            self._shared[kind, code] = self.add(kind, f"{kind.lower()[:3]}{len(self._shared) + 1}", node)
        return self._shared[kind, code]

    def visit(self, rows: Rows) -> None:
        """Adds a visit with all it stands on."""
        self._visits += 1
        n, cell = self._visits, rows[0]
        patient = self.add("Patient", f"p{n}", {
            **_person(cell, "patient_"), "identifier": [*_identified(cell.get("patient_id", ""), kind="PI"),
                                                        *_identified(cell.get("medical_record_number", ""), kind="MR")],
        })  # fmt: skip
        for prefix in ("", "secondary_"):
            self._coverage(cell, prefix, f"{prefix[:1]}{n}", patient)
        conditions = [self.add("Condition", f"c{n}-{at}", _some(
            code=_coded(code, "http://hl7.org/fhir/sid/icd-10-cm"), subject=patient,
            onsetDateTime=cell.get("onset_date", "") if at == 1 else ""))
            for at, code in enumerate(cell.get("diagnoses", "").split(), 1)]  # fmt: skip
        encounter = self.add("Encounter", f"e{n}", self._encounter(cell, n, patient, conditions))
        for at, row in enumerate(rows, 1):
            self.add("ChargeItem", f"i{n}-{at}", self._charge(row, patient, encounter, conditions))

    def _staff(self, code: str) -> Node:
        return self.shared("Practitioner", code, {"identifier": _identified(code, "https://chartroom.example/staff")})

    def _encounter(self, cell: Mapping[str, str], n: int, patient: Node, conditions: Sequence[Node]) -> Node:
        roles = (("ATND", "v3-ParticipationType", cell.get("therapist", "")),
                 ("SPRF", "v3-ParticipationType", cell.get("assistant", "")),
                 ("supervisor", "claimcareteamrole", cell.get("supervisor", "")))  # fmt: skip
        clinic = cell.get("clinic", "")
        place = self.shared("Location", clinic, {"identifier": _identified(clinic)}) if clinic else None
        day = cell.get("service_date", "")
        return _some(
            identifier=_identified(cell.get("visit_id", ""), kind="VN"), status="finished",
            class_={"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}, subject=patient,
            basedOn=self._order(cell, n, patient), period=_some(start=day, end=day),
            participant=[{"type": [_coded(role, f"http://terminology.hl7.org/CodeSystem/{system}")],
                          "individual": self._staff(code)} for role, system, code in roles if code],
            diagnosis=[{"condition": one, "rank": at} for at, one in enumerate(conditions, 1)],
            location=[{"location": place}] if place else [],
            extension=[e for name in _OF_ENCOUNTER for e in _extension(
                name, "Date" if name.endswith(_DAYS) else "Code", cell.get(name, ""))],
        )  # fmt: skip

    def _order(self, cell: Mapping[str, str], n: int, patient: Node) -> list[Node]:
        """The order of the referrer, with what the payer gave."""
        given = [i for name, key in (("authorization", "authorization"), ("referral_number", "referral"))
                 for i in _identified(cell.get(name, ""), f"{_URN}{key}")]  # fmt: skip
        npi, last, first = (cell.get(f"referring_{name}", "") for name in ("npi", "last", "first"))
        if not given and not npi and not last:
            return []
        name = _some(family=last, given=[first] if first else [])
        who = self.shared("Practitioner", f"{npi}/{last}/{first}", _some(
            identifier=_identified(npi, "http://hl7.org/fhir/sid/us-npi"), name=[name] if name else [],
        )) if npi or last else None  # fmt: skip
        return [self.add("ServiceRequest", f"o{n}", _some(identifier=given, status="active", intent="order",
                                                          subject=patient, requester=who))]  # fmt: skip

    def _coverage(self, cell: Mapping[str, str], prefix: str, key: str, patient: Node) -> None:
        def of(name: str) -> str:
            return cell.get(f"{prefix}{name}", "")
        if not any(text for name, text in cell.items() if name.startswith(prefix) and text) and prefix:
            return
        relation = of("relationship")
        insured = _person(cell, f"{prefix}subscriber_")
        group = _some(type_=_coded("group", "http://terminology.hl7.org/CodeSystem/coverage-class"),
                      value=of("group_number"), name=of("group_name"))  # fmt: skip
        payer = of("payer")
        self.add("Coverage", f"v{key}", _some(
            status="active", beneficiary=patient, subscriberId=of("member_id"), order=2 if prefix else 1,
            subscriber=self.add("RelatedPerson", f"r{key}", {"patient": patient, **insured}) if insured else None,
            relationship=_coded(_RELATIONS.get(relation, relation), f"{_URN}relationship"),
            payor=[self.shared("Organization", payer, {"identifier": _identified(payer), "name": payer})
                   if payer else {"display": "none"}],
            class_=[group] if of("group_number") else [],
            period=_some(start=of("coverage_from"), end=of("coverage_to")),
            extension=[*_extension("group_name", "String", "" if of("group_number") else of("group_name")),
                       *_extension("claim_number", "String", of("claim_number")),
                       *_extension("therapy_dollars_used", "String", of("therapy_dollars_used"))],
        ))  # fmt: skip

    def _charge(self, row: Mapping[str, str], patient: Node, encounter: Node, conditions: Sequence[Node]) -> Node:
        pointed = [int(p) if p.isdecimal() else 0 for p in row.get("pointers", "").split()]
        assisted = row.get("assistant_minutes") and not row.get("therapist_minutes", "").strip("0")
        actor = row.get("assistant" if assisted else "therapist", "")
        separate = row.get("separate_time", "")
        return _some(
            status="billable", code=_coded(row.get("procedure", ""), "http://www.ama-assn.org/go/cpt"), subject=patient,
            context=encounter, occurrenceDateTime=row.get("service_date", ""), quantity={"value": 1},
            performer=[{"actor": self._staff(actor)}] if actor else [],
            supportingInformation=[conditions[p - 1] for p in pointed if 1 <= p <= len(conditions)],
            reason=[{"text": "not listed"} for p in pointed if not 1 <= p <= len(conditions)],
            extension=[
                *_minutes("therapist_minutes", row.get("therapist_minutes", "")),
                *_minutes("assistant_minutes", row.get("assistant_minutes", "")),
                *(_extension("separate_time", "Boolean", separate == "yes") if separate in ("yes", "no") else
                  _extension("separate_time", "String", separate)),
                *_extension("description", "String", row.get("description", "")),
                *(e for code in row.get("modifiers", "").split() for e in _extension("modifiers", "Code", code)),
            ],
        )  # fmt: skip


def _minutes(name: str, text: str) -> list[Node]:
    whole = text.isdecimal() and str(int(text)) == text
    return _extension(name, "Integer", int(text)) if whole else _extension(name, "String", text)


def _person(cell: Mapping[str, str], prefix: str) -> Node:
    def of(*names: str) -> list[str]:
        return [text for name in names if (text := cell.get(f"{prefix}{name}", ""))]
    name = _some(family="".join(of("last")), given=of("first", "middle"), suffix=of("suffix"))
    address = _some(line=of("address", "address2"), city="".join(of("city")), state="".join(of("state")),
                    postalCode="".join(of("zip")))  # fmt: skip
    sex = "".join(of("sex"))
    return _some(name=[name] if name else [], gender=_GENDERS.get(sex, sex), birthDate="".join(of("birth_date")),
                 address=[address] if address else [])  # fmt: skip
