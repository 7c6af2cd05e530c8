"""Implementation guides as data: read from pyx12's maps, corrected by schemas/x12, kept compiled in the user's cache.

A guide is a tree of loops, segments and elements, exactly what the published guide tabulates and nothing derived.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import cast

import msgspec
from lxml import etree
from platformdirs import user_cache_path

from ptedi.config import data_folder
from ptedi.errors import ConfigurationError

ASSUMED = frozenset({"005010X222A1", "005010X221A1", "005010X231A1", "005010X214"})
FORM = "3"  # of the compiled file; raise it when the classes below change


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element or component.

    Attributes:
        ref: NM109, or SV101-3 for a component.
        number: place in the segment or composite, from 1.
        usage: R required, S situational, N not used.
        data_element: number in the X12 data element dictionary.
        type: AN, ID, N0, N2, R, DT, TM, or "" for a composite.
        least: shortest length, signs and decimal point not counted.
        most: longest length.
        codes: the values allowed, () when not listed.
        pattern: a regular expression the value fully matches, or "".
        repeat: how often it may repeat.
        components: of a composite.
    """

    ref: str
    number: int
    name: str
    usage: str
    data_element: str = ""
    type: str = ""
    least: int = 0
    most: int = 0
    codes: tuple[str, ...] = ()
    pattern: str = ""
    repeat: int = 1
    components: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSpec:
    """A segment at its place in a guide; `most` 0 means without limit, `syntax` holds notes such as P0304."""

    id: str
    name: str
    usage: str
    position: int
    most: int
    elements: tuple[Element, ...]
    syntax: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSpec:
    """A loop; a wrapper (HEADER, DETAIL, FOOTER) only groups and has no first segment of its own."""

    id: str
    name: str
    usage: str
    position: int
    most: int
    loops: tuple[LoopSpec, ...]
    segments: tuple[SegmentSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A transaction set as one implementation guide defines it.

    Attributes:
        id: names the guide among all; its reference, and the set behind it where one reference has two sets.
        set_id: ST01.
        functional_id: GS01.
        name: in everyday words.
        claim: `LOOP/SEG` of the segment whose element names the claim, with the element's number: 2300/CLM01.
        counted_lines: `LOOP/SEG` that numbers service lines from 1, or "".
        also: references treated as this guide, with a warning.
        without_reference: ST03 is not sent (835, and all of version 4010).
        retired: of a version no longer adopted.
        root: the set from ST to SE.
    """

    id: str
    set_id: str
    functional_id: str
    name: str
    claim: str
    counted_lines: str
    also: tuple[str, ...]
    without_reference: bool
    retired: bool
    root: LoopSpec

    @property
    def reference(self) -> str:
        """What GS08 says: 005010X222A1."""
        return self.id.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A guide by name: ST01, what GS08 says, everyday words."""

    set_id: str
    reference: str
    name: str


# --- which guides there are ------------------------------------------------------------------------------------------


def _overlays() -> Path:
    return data_folder("schemas") / "x12"


@cache
def _index() -> dict[str, tuple[tuple[str, str], ...]]:
    """Reference, those with a warning included, to the guides so called: (set, id)."""
    index: dict[str, tuple[tuple[str, str], ...]] = {}
    for path in sorted(_overlays().glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"))
        for reference in (table["guide"], *table.get("also", [])):
            index[reference] = (*index.get(reference, ()), (table["set"], path.stem))
    return index


def known() -> tuple[str, ...]:
    """The ids of all guides that can be checked, the newest version first."""
    ids = sorted({name for several in _index().values() for _, name in several})
    return tuple(sorted(ids, key=lambda name: name[:6], reverse=True))


def listed() -> tuple[Listed, ...]:
    """Every guide that can be checked, by name only, in the order of `known`: quick, nothing is compiled."""
    tables = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in _overlays().glob("*.toml")}
    return tuple(Listed(set_id=tables[one]["set"], reference=tables[one]["guide"], name=tables[one]["name"])
                 for one in known())  # fmt: skip


@cache
def of_set(set_id: str) -> tuple[str, ...]:
    """The ids of the guides of a set: the one to assume when a file names none first, then the newest version."""
    fitting = {name for several in _index().values() for its_set, name in several if its_set == set_id}
    return tuple(sorted((name for name in known() if name in fitting), key=lambda name: name not in ASSUMED))


def find(reference: str, set_id: str = "") -> Guide | None:
    """The guide for a GS08 or ST03 value (and set, where two share it), or None when it is not among ours."""
    several = _index().get(reference, ())
    fitting = [name for its_set, name in several if its_set == set_id] or [name for _, name in several]
    return load(fitting[0]) if fitting else None


@cache
def load(reference: str) -> Guide:
    """The compiled guide of an id, from the cache when it is fresh.

    Raises:
        ConfigurationError: there is no such guide, or its map is damaged.
    """
    path = _overlays() / f"{reference}.toml"
    try:
        overlay = path.read_bytes()
    except OSError as why:
        raise ConfigurationError(f"no guide {reference}") from why
    key = hashlib.sha256(b"\n".join((FORM.encode(), version("pyx12").encode(), overlay))).hexdigest()[:16]
    stored = user_cache_path("ptedi") / f"guide-{reference}-{key}.msgpack"
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.msgpack.decode(stored.read_bytes(), type=Guide)
    guide = _compile(reference, tomllib.loads(overlay.decode("utf-8")))
    _store(stored, msgspec.msgpack.encode(guide))
    return guide


def _store(path: Path, data: bytes) -> None:
    """Writes the cache whole or not at all; without a writable cache everything works, only slower."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except OSError:
            os.unlink(name)


# --- reading of the maps ---------------------------------------------------------------------------------------------


def _parse(name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    return etree.fromstring((files("pyx12") / "map" / name).read_bytes(), parser)


def _text(node: etree._Element, tag: str, default: str = "") -> str:
    return (node.findtext(tag) or default).strip()


def _limit(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _compile(name: str, overlay: dict[str, object]) -> Guide:
    """Reads the map, makes the corrections and drops what stands outside ST to SE."""
    try:
        root = _parse(str(overlay["map"]))
        found = root.find(".//loop[@xid='ST_LOOP']")
    except (OSError, etree.XMLSyntaxError) as why:
        raise ConfigurationError(f"the map {overlay['map']} cannot be read") from why
    if found is None:
        raise ConfigurationError(f"the map {overlay['map']} holds no transaction set")
    for correction in cast("list[dict[str, str]]", overlay.get("correction", [])):
        _correct(found, correction)
    return Guide(
        id=name, set_id=str(overlay["set"]), functional_id=str(overlay["functional_id"]),
        name=str(overlay["name"]), claim=str(overlay.get("claim", "")),
        counted_lines=str(overlay.get("counted_lines", "")), also=tuple(cast("list[str]", overlay.get("also", []))),
        without_reference=bool(overlay.get("without_reference", False)), retired=bool(overlay.get("retired", False)),
        root=_Reader(cast("list[str]", overlay.get("code_lists", []))).loop(found),
    )  # fmt: skip


def _correct(root: etree._Element, correction: dict[str, str]) -> None:
    """Sets child texts of the node at `2200C/STC`, `2200C/STC/STC01` or its `valid_codes`; `drop = true` removes it."""
    steps = correction["at"].split("/")
    nodes = [root]
    for step in steps:
        name, _, which = step.partition("#")
        nodes = [
            child for node in nodes for child in node.iter()
            if child is not node and (child.get("xid") == name or child.tag == name == "valid_codes")
        ]  # fmt: skip
        nodes = list(dict.fromkeys(nodes))
        nodes = nodes[int(which) - 1 : int(which)] if which else nodes
    if not nodes:
        raise ConfigurationError(f"nothing to correct at {correction['at']}")
    for node in nodes:
        if correction.get("drop"):
            cast("etree._Element", node.getparent()).remove(node)
        for tag in correction.keys() - {"at", "source", "drop"}:
            child = node.find(tag)
            if child is None:
                child = etree.SubElement(node, tag)
            child.text = correction[tag]


class _Reader:
    """Turns map XML into specs; only the code lists named are taken over, the others have owners of their own."""

    def __init__(self, lists: list[str]) -> None:
        self.types = {
            cast("str", node.get("ele_num")): (
                cast("str", node.get("data_type")), int(cast("str", node.get("min_len"))),
                int(cast("str", node.get("max_len"))))
            for node in _parse("dataele.xml").iter("data_ele")
        }  # fmt: skip
        self.lists = {
            name: tuple(sorted({code.text or "" for code in node.iterfind("version/code")}))
            for node in _parse("codes.xml").iter("codeset")
            if (name := _text(node, "id")) in lists
        }

    def loop(self, node: etree._Element) -> LoopSpec:
        loops = tuple(spec for child in node.findall("loop") if (spec := self.loop(child)).segments or spec.loops)
        return LoopSpec(
            id=cast("str", node.get("xid")), name=_text(node, "name"), usage=_text(node, "usage"),
            position=int(_text(node, "pos", "0")), most=_limit(_text(node, "repeat")), loops=loops,
            segments=tuple(self.segment(child) for child in node.findall("segment")),
        )  # fmt: skip

    def segment(self, node: etree._Element) -> SegmentSpec:
        name = cast("str", node.get("xid"))
        parts = [child for child in node if child.tag in ("element", "composite")]
        elements = sorted((self.element(child, name, "") for child in parts), key=lambda e: e.number)
        return SegmentSpec(
            id=name, name=_text(node, "name"), usage=_text(node, "usage"), position=int(_text(node, "pos")),
            most=_limit(_text(node, "max_use")), elements=tuple(elements),
            syntax=tuple(note.text.strip() for note in node.findall("syntax") if note.text),
        )  # fmt: skip

    def element(self, node: etree._Element, segment: str, composite: str) -> Element:
        number = int(_text(node, "seq"))
        ref = f"{composite}-{number}" if composite else f"{segment}{number:02d}"
        base = {"ref": ref, "number": number, "name": _text(node, "name"), "usage": _text(node, "usage")}
        repeat = int(_text(node, "repeat", "1")) if _text(node, "repeat", "1").isdigit() else 99
        number_of = _text(node, "data_ele")
        if node.tag == "composite":
            parts = tuple(self.element(child, segment, ref) for child in node.findall("element"))
            return Element(**base, data_element=number_of, repeat=repeat, components=parts)  # type: ignore[arg-type]
        kind, least, most = self.types[number_of]
        return Element(
            **base, data_element=number_of, type=kind, least=least, most=most, codes=self._codes(node),  # type: ignore[arg-type]
            pattern=_text(node, "regex").removeprefix("^").removesuffix("$"), repeat=repeat,
        )  # fmt: skip

    def _codes(self, node: etree._Element) -> tuple[str, ...]:
        valid = node.find("valid_codes")
        if valid is None:
            return ()
        codes = {(code.text or "").strip() for code in valid.findall("code")}
        external = valid.get("external")
        if external and not codes and external not in self.lists:
            return ()
        return tuple(sorted(codes | set(self.lists.get(external or "", ()))))


def walk(loop: LoopSpec) -> Iterator[tuple[LoopSpec, SegmentSpec]]:
    """Every segment of a guide with its loop."""
    for segment in loop.segments:
        yield loop, segment
    for child in loop.loops:
        yield from walk(child)
