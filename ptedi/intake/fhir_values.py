"""Looking into FHIR resources without trusting them: what is not there, or is of another kind, is an empty answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

Node = dict[str, object]


def at(node: object, *path: str | int) -> object:
    """What stands at a path of names and positions, None when there is nothing."""
    for step in path:
        if isinstance(step, str) and isinstance(node, dict):
            node = node.get(step)
        elif isinstance(step, int) and isinstance(node, list) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def nodes(node: object, *path: str | int) -> list[Node]:
    """The objects of a list at a path (or the one object there)."""
    there = at(node, *path)
    if isinstance(there, dict):
        return [there]
    return [one for one in there if isinstance(one, dict)] if isinstance(there, list) else []


def text(node: object, *path: str | int) -> str:
    """The text of a primitive at a path, "" for anything else."""
    there = at(node, *path)
    if isinstance(there, bool):
        return "yes" if there else "no"
    if isinstance(there, Decimal) and there.is_finite() and abs(there.adjusted()) < 30:
        return f"{there:f}"
    if isinstance(there, str):
        return (there if there.isascii() else there.encode("utf-8", "replace").decode()).strip()
    return str(there) if isinstance(there, int) else ""


def extension(resource: Node, url: str) -> object:
    """The value of the first extension with a url, None when there is none."""
    return next(extensions(resource, url), None)


def extensions(resource: Node, url: str) -> Iterator[object]:
    """The values of the extensions with a url."""
    for one in nodes(resource, "extension"):
        if text(one, "url") == url:
            yield next((value for name, value in one.items() if name.startswith("value")), None)


def plain(value: object) -> str:
    """The text of an extension's value: a primitive, a quantity or money, a code."""
    for path in ((), ("value",), ("code",), ("coding", 0, "code"), ("text",)):
        said = text(value, *path)
        if said:
            return said
    return ""


def code(concept: object, systems: Collection[str] = ()) -> str:
    """The code of a CodeableConcept: of the first coding of these systems, else of the first coding."""
    codings = nodes(concept, "coding")
    chosen = next((one for one in codings if text(one, "system") in systems), codings[0] if codings else {})
    return text(chosen, "code")


def has_code(concept: object, *wanted: str) -> bool:
    """Whether a CodeableConcept has one of these codes."""
    return any(text(coding, "code") in wanted for coding in nodes(concept, "coding"))


def identifiers(resource: object, *path: str | int) -> list[str]:
    """The values of the identifiers, those of use `official` first."""
    found = nodes(resource, *path or ("identifier",))
    found.sort(key=lambda one: text(one, "use") != "official")
    return [value for one in found if (value := text(one, "value"))]


def day(moment: str) -> str:
    """The day of a FHIR date or dateTime."""
    return moment[:10] if len(moment) > 10 and moment[10] == "T" else moment
