"""Patient and coverages of a captured visit."""

from __future__ import annotations

from ptedi.claims.model import NOT_SENT, Address, Coverage, Person, PersonName, Sex
from ptedi.intake.columns import BY_NAME, COLUMNS, RELATIONSHIPS
from ptedi.intake.fields import Fields

_SELF = "18"
_SUBSCRIBER = tuple(c.name.removeprefix("subscriber_") for c in COLUMNS if c.element == "coverage/subscriber")
_NEEDED = tuple(name for name in _SUBSCRIBER if BY_NAME[f"patient_{name}"].required)
_SECONDARY = tuple(c.name for c in COLUMNS if c.element.startswith("secondary"))


def person(fields: Fields, prefix: str) -> Person:
    """The person whose columns begin with this prefix; required cells are checked by the caller or by their kind."""
    return Person(
        name=PersonName(last=fields.text(f"{prefix}last"), first=fields.text(f"{prefix}first"),
                        middle=fields.text(f"{prefix}middle"), suffix=fields.text(f"{prefix}suffix")),
        birth_date=fields.day(f"{prefix}birth_date") or NOT_SENT, sex=_sex(fields, f"{prefix}sex"),
        address=Address(line1=fields.text(f"{prefix}address"), line2=fields.text(f"{prefix}address2"),
                        city=fields.text(f"{prefix}city"), state=fields.state(f"{prefix}state"),
                        zip_code=fields.zip_code(f"{prefix}zip")),
    )  # fmt: skip


def patient(fields: Fields) -> Person:
    """The person treated; every required cell of a person must be filled."""
    for name in _NEEDED:
        if not fields.raw(f"patient_{name}"):
            fields.note("IN020", f"The cell patient_{name} is empty.", f"patient_{name}")
    return person(fields, "patient_")


def _sex(fields: Fields, name: str) -> Sex:
    value = fields.raw(name).upper()
    if value in ("F", "M", "U"):
        return Sex(value)
    if value:
        fields.note("IN066", f"The cell {name} is not F, M or U.", name)
    return Sex.UNKNOWN


def coverages(fields: Fields, treated: Person, payer_ids: frozenset[str]) -> tuple[Coverage, ...]:
    """The first coverage, and the second where its columns are filled."""
    first = _coverage(fields, "", "P", treated, payer_ids)
    if not fields.any_of(_SECONDARY):
        return (first,)
    if not fields.raw("secondary_payer"):
        fields.note("IN036", "Columns of the second coverage are filled, but its payer is not named.",
                    "secondary_payer")  # fmt: skip
        return (first,)
    second = _coverage(fields, "secondary_", "S", treated, payer_ids)
    if (second.payer_id, second.member_id) == (first.payer_id, first.member_id):
        fields.note("IN036", "The second coverage is the first one again.", "secondary_payer")
    return first, second


def _coverage(fields: Fields, prefix: str, sequence: str, treated: Person, payer_ids: frozenset[str]) -> Coverage:
    payer = fields.raw(f"{prefix}payer")
    if not payer:
        fields.note("IN031", "The visit names no payer: the patient has no coverage.", f"{prefix}payer")
    elif payer not in payer_ids:
        fields.note("IN030", "The payer has no profile.", f"{prefix}payer", known=payer_ids)
    if payer and not fields.raw(f"{prefix}member_id"):
        fields.note("IN032", "The coverage has no member id.", f"{prefix}member_id")
    start, end = fields.day(f"{prefix}coverage_from"), fields.day(f"{prefix}coverage_to")
    if start and end and end < start:
        fields.note("IN023", "The coverage ends before it begins.", f"{prefix}coverage_to")
    relationship = _relationship(fields, f"{prefix}relationship")
    return Coverage(
        payer_id=payer, sequence=sequence, member_id=fields.key(f"{prefix}member_id").replace(" ", ""),
        relationship=relationship, subscriber=_subscriber(fields, prefix, relationship, treated),
        group_number=fields.key(f"{prefix}group_number"), group_name=fields.text(f"{prefix}group_name"),
        property_casualty_number=fields.key(f"{prefix}claim_number"), effective_from=start, effective_to=end,
        therapy_dollars_used=fields.amount(f"{prefix}therapy_dollars_used"),
    )  # fmt: skip


def _relationship(fields: Fields, name: str) -> str:
    value = fields.raw(name).upper() or _SELF
    value = f"0{value}" if value == "1" else value
    if value not in RELATIONSHIPS:
        fields.note("IN033", "The relationship to the subscriber is not a code of the 837P.", name, known=RELATIONSHIPS)
    return value


def _subscriber(fields: Fields, prefix: str, relationship: str, treated: Person) -> Person | None:
    """The subscriber of a dependent; nobody when the patient is the subscriber."""
    columns = {name: f"{prefix}subscriber_{name}" for name in _SUBSCRIBER}
    if relationship not in RELATIONSHIPS or (relationship == _SELF and not fields.any_of(columns.values())):
        return None
    missing = [columns[name] for name in _NEEDED if not fields.raw(columns[name])]
    if relationship != _SELF and missing:
        fields.note("IN034", f"The patient is a dependent, but {', '.join(missing)} "
                    f"{'is' if len(missing) == 1 else 'are'} empty.", missing[0])  # fmt: skip
        return None
    insured = person(fields, f"{prefix}subscriber_")
    if relationship != _SELF:
        return insured
    same = (insured.name.last.casefold(), insured.name.first.casefold()) == (
        treated.name.last.casefold(), treated.name.first.casefold()
    ) and insured.birth_date in (treated.birth_date, NOT_SENT)  # fmt: skip
    if not same:
        fields.note("IN035", "The patient is said to be the subscriber, but another person is named as subscriber.",
                    columns["last"])  # fmt: skip
    return None
