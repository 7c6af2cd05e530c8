"""One regular expression per segment of a guide: usage, lengths, codes, dates and syntax notes in a single match.

A pattern may be stricter than the rule (the explanation then finds nothing wrong), never looser.
"""

from __future__ import annotations

import re

from ptedi.x12.guide import Element, SegmentSpec

CHARACTERS = r"""A-Z0-9!"&'()+,\-./;?= a-z%@\[\]_{}\\|<>`#$"""
_DAY = r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|1\d|2[0-8]))"
_CENTURY = r"(?:1[89]|[2-9]\d)"
_LEAP = r"(?:" + _CENTURY + r"(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[3579][26])00)0229"
D8 = rf"(?:{_CENTURY}\d\d{_DAY}|{_LEAP})"
D6 = rf"(?:\d\d{_DAY})"
TM = r"(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,2})?)"
FORMATS = {"D8": D8, "D6": D6, "TM": TM, "DT": rf"(?:{D8}(?:[01]\d|2[0-3])[0-5]\d)", "RD8": rf"(?:{D8}-{D8})"}


def one_of(words: set[str]) -> str:
    """An alternation as a prefix tree, so that a long code list costs its depth and not its length."""
    ends, heads = "" in words, dict[str, set[str]]()
    for word in words - {""}:
        heads.setdefault(word[0], set()).add(word[1:])
    if not heads:
        return ""
    branches = [re.escape(head) + one_of(tails) for head, tails in sorted(heads.items())]
    body = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return body + ("?" if ends else "")


def value(element: Element) -> str:
    """Pattern of a present value, repetitions included."""
    once = _composite(element) if element.components else _simple(element)
    return f"{once}(?:\\^{once}){{0,{element.repeat - 1}}}" if element.repeat > 1 else once


def _simple(element: Element) -> str:
    least, most = element.least, element.most
    if element.type == "R":
        body = rf"-?\d{{1,{most - 2}}}(?:\.\d{{1,2}})?" if most > 4 else rf"\d{{1,{most}}}"
    elif element.type.startswith("N"):
        body = rf"-?\d{{{least},{most}}}"
    elif element.type == "DT":
        body = D8 if least == most == 8 else D6 if most == 6 else f"(?:{D8}|{D6})"
    elif element.type == "TM":
        body = rf"(?=\d{{{least},{most}}}(?!\d)){TM}"
    elif element.codes:
        body = one_of({code for code in element.codes if least <= len(code) <= most})
    else:
        body = rf"[{CHARACTERS}]{{{least},{most}}}" + ("" if least == most else "(?<! )")
    return f"(?={element.pattern}(?![{CHARACTERS}])){body}" if element.pattern else body


def _composite(element: Element) -> str:
    body, parts = "", element.components
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        body = (":" if place else "") + _slot(part, part.usage == "R") + body
        if place and not any(later.usage == "R" for later in parts[place:]):
            body = f"(?:{body}|)"
    return body


def _slot(element: Element, required: bool) -> str:
    """Pattern of the place: the value, or nothing where that is allowed."""
    if element.usage == "N":
        return ""
    return value(element) if required else f"(?:{value(element)}|)"


def compile_segment(spec: SegmentSpec) -> re.Pattern[str]:
    """The pattern a whole valid segment fully matches."""
    body, elements = "", spec.elements
    for place in range(len(elements) - 1, -1, -1):
        here = rf"\*{_place(spec, place)}{body}" if not _paired(spec, place) else body
        body = here if any(later.usage == "R" for later in elements[place:]) else f"(?:{here}|)"
    notes = "".join(_note(spec, note) for note in spec.syntax)
    return re.compile(notes + spec.id + body + r"(?<!\*)", re.ASCII)


def _place(spec: SegmentSpec, place: int) -> str:
    element = spec.elements[place]
    if place + 1 < len(spec.elements) and _paired(spec, place + 1):
        pairs = "|".join(rf"{name}\*{FORMATS[name]}" for name in date_formats(spec, place + 1) if name in FORMATS)
        return f"(?:{pairs})"
    formats = date_formats(spec, place)
    if formats and element.usage != "N":
        body = "(?:" + "|".join(FORMATS[name] for name in formats if name in FORMATS) + ")"
        return body if element.usage == "R" else f"(?:{body}|)"
    return _slot(element, element.usage == "R")


def _paired(spec: SegmentSpec, place: int) -> bool:
    """Whether a date is matched together with the qualifier before it, because it allows several formats."""
    return (
        len(date_formats(spec, place)) > 1
        and spec.elements[place - 1].data_element == "1250"
        and spec.elements[place - 1].usage == spec.elements[place].usage == "R"
    )


def date_formats(spec: SegmentSpec, place: int) -> tuple[str, ...]:
    """The formats the qualifier before a date allows (DTP02 for DTP03), () where there is none."""
    element = spec.elements[place]
    if element.data_element != "1251" or element.components:
        return ()
    before = [e for e in spec.elements[:place] if e.data_element == "1250"]
    return before[-1].codes if before else ()


def _note(spec: SegmentSpec, note: str) -> str:
    """A syntax note as a lookahead, left out where the usages already imply it."""
    kind, places = note[0], syntax_places(note)
    usage = {k: spec.elements[k - 1].usage if k <= len(spec.elements) else "N" for k in places}
    first, rest = places[0], places[1:]
    match kind:
        case "P":
            alike = len(set(usage.values())) == 1 and usage[first] in "RN"
            return "" if alike else f"(?:{''.join(map(_has, places))}|{''.join(map(_no, places))})"
        case "R":
            return "" if "R" in usage.values() else f"(?:{'|'.join(map(_has, places))})"
        case "E":
            live = [k for k in places if usage[k] != "N"]
            alone = ("".join(_no(other) for other in live if other != k) for k in live)
            return "" if len(live) < 2 else f"(?:{'|'.join(alone)})"
        case "C":
            implied = usage[first] == "N" or all(usage[k] == "R" for k in rest)
            return "" if implied else f"(?:{_no(first)}|{''.join(map(_has, rest))})"
        case _:
            implied = usage[first] == "N" or any(usage[k] == "R" for k in rest)
            return "" if implied else f"(?:{_no(first)}|{'|'.join(map(_has, rest))})"


def syntax_places(note: str) -> list[int]:
    """The element numbers of a syntax note: P0304 gives 3 and 4."""
    return [int(note[i : i + 2]) for i in range(1, len(note), 2)]


def _has(number: int) -> str:
    return f"(?={_skip(number)}[^*])"


def _no(number: int) -> str:
    return f"(?!{_skip(number)}[^*])"


def _skip(number: int) -> str:
    return r"[^*]*\*" * number
