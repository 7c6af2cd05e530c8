"""The segments behind a claim's events, cut out of the archived files, with words beside them.

Of an 837P the claim's own segments with its subscriber and patient; of a 999 the set's verdict and the errors that
name the claim or fall into it; of a 277CA its patient level; of an 835 its claim payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ptedi.errors import PtediError
from ptedi.steps.meanings import meaning
from ptedi.steps.night import Night
from ptedi.store import batches, claims, events, files
from ptedi.store.events import EventRow
from ptedi.x12 import excerpt
from ptedi.x12.excerpt import Excerpt
from ptedi.x12.reader import Segment
from ptedi.x12.wording import NamedSegment

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An element or component: reference, the guide's name, the value, and what the value means where a table knows."""

    ref: str
    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSegment:
    """A segment as it lies in the archive: number and byte in its file, loop and name in the guide, its values."""

    index: int
    offset: int
    text: str
    loop: str
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a file says of a claim: the events that rest on it and the segments."""

    events: tuple[str, ...]
    file_id: int
    file: str
    sha256: str
    set_id: str
    segments: tuple[RawSegment, ...]


def evidence(night: Night, patient_control_number: str) -> tuple[Evidence, ...] | None:
    """The raw evidence of a claim, oldest first; None when there is no such claim."""
    with night.store.read() as conn:
        row = claims.by_control_number(conn, patient_control_number)
        if row is None:
            return None
        story = [one for one in events.of_claim(conn, row.id) if one.file_id is not None]
        spans = [(one.first_segment, one.last_segment) for one in batches.places_of(conn, row.id)]
        stored = {one: files.get(conn, one) for one in sorted({e.file_id for e in story if e.file_id is not None})}
    found, contents = [], dict[int, bytes]()
    for (file_id, _), same in groupby(story, key=lambda e: (e.file_id, e.segment_index)):
        several = list(same)
        file = stored[file_id or 0]
        if file.kind == "charges":
            continue
        data = contents[file.id] = contents.get(file.id) or files.read_bytes(night.archive, file)
        set_id, segments = _cut(data, several[0], row.patient_control_number, spans, row.service_date)
        found.append(Evidence(
            events=tuple(one.event.value for one in several), file_id=file.id, file=file.original_name,
            sha256=file.sha256, set_id=set_id, segments=segments,
        ))  # fmt: skip
    return tuple(found)


def claims_in_file(data: bytes, numbers: Mapping[str, date]) -> dict[str, tuple[RawSegment, ...]]:
    """The segments of several claims of an 837P file, by control number; `numbers` has their dates of service."""
    whole = Excerpt(data)
    segments = whole.segments
    places = {s.get(1): i for i, s in enumerate(segments) if s.id == "CLM" and s.get(1) in numbers}
    spans = {number: _claim(segments, place) for number, place in places.items()}
    every = sorted({i for span in spans.values() for i in span})
    if not every:
        return {}
    by_place = dict(zip(every, whole.named(_guide(segments, every[0]), every), strict=True))
    return {number: tuple(_raw(by_place[i], numbers[number]) for i in span) for number, span in spans.items()}


def claim_payment_segments(data: bytes, segment_index: int, byte_offset: int, on: date) -> tuple[RawSegment, ...]:
    """The segments of the claim payment whose CLP has this number and place in its file, with words."""
    part = excerpt.around(data, byte_offset, segment_index) or Excerpt(data)
    place = part.place(segment_index)
    return () if place is None else words_of(part, _payment(part.segments, place), on)


def _cut(
    data: bytes, event: EventRow, number: str, spans: Sequence[Span], on: date
) -> tuple[str, tuple[RawSegment, ...]]:
    """The set in which an event's evidence stands, and the segments of the claim in it."""
    try:
        part = _part(data, event, number)
    except PtediError:
        return "", ()
    segments = part.segments
    if event.segment_index is None:
        place = next((i for i, s in enumerate(segments) if _is_claim(s, number)), None)
    else:
        place = part.place(event.segment_index)
    if place is None:
        return "", ()
    set_id = "TA1" if segments[place].id == "TA1" else _set(segments, place).get(1)
    chosen = {
        "TA1": lambda: [place], "837": lambda: _claim(segments, place), "277": lambda: _level(segments, place),
        "835": lambda: _payment(segments, place), "999": lambda: _verdict(segments, place, number, spans),
        "997": lambda: _verdict(segments, place, number, spans),
    }.get(set_id, lambda: [place])()  # fmt: skip
    return set_id, words_of(part, chosen, on)


def _part(data: bytes, event: EventRow, number: str) -> Excerpt:
    """As much of a file as tells what an event rests on."""
    if event.segment_index is None:
        offset = excerpt.find(data, "CLM", number)
    else:
        offset = event.byte_offset
    found = None if offset is None else excerpt.around(data, offset, event.segment_index)
    return found or Excerpt(data)


def words_of(part: Excerpt, chosen: Iterable[int], on: date) -> tuple[RawSegment, ...]:
    """Some segments of a file, by their places in the list, with the guide's words and what coded values mean."""
    places = list(chosen)
    guide = _guide(part.segments, places[0]) if places else ""
    return tuple(_raw(one, on) for one in part.named(guide, places))


def _raw(one: NamedSegment, on: date) -> RawSegment:
    values = tuple(Value(ref=e.ref, name=e.name, value=e.value, meaning=meaning(one, e, on)) for e in one.elements)
    return RawSegment(index=one.index, offset=one.offset, text=one.text, loop=one.loop, name=one.name, values=values)


# --- where things begin and end ---


def _back(segments: Sequence[Segment], place: int, *ids: str) -> int | None:
    """The nearest segment at or before a place with one of these ids, within the set."""
    for i in range(place, -1, -1):
        if segments[i].id in ids:
            return i
        if segments[i].id == "ST":
            return None
    return None


def _until(segments: Sequence[Segment], place: int, *ids: str) -> int:
    """The first segment after a place with one of these ids, or where the set ends."""
    stops = {*ids, "SE", "ST", "GE", "IEA", "ISA"}
    return next((i for i in range(place + 1, len(segments)) if segments[i].id in stops), len(segments))


def _set(segments: Sequence[Segment], place: int) -> Segment:
    found = _back(segments, place, "ST")
    return segments[found] if found is not None else segments[place]


def _guide(segments: Sequence[Segment], place: int) -> str:
    """ST03, or GS08 where ST03 is not sent."""
    group = next((s.get(8) for s in reversed(segments[:place]) if s.id == "GS"), "")
    return _set(segments, place).get(3) or group


def _is_claim(segment: Segment, number: str) -> bool:
    return segment.id == "CLM" and segment.get(1) == number


def _claim(segments: Sequence[Segment], place: int) -> list[int]:
    """Subscriber (and patient) level up to its first claim, then this claim."""
    level = _back(segments, place, "HL")
    head: list[int] = []
    if level is not None:
        head = list(range(level, _until(segments, level, "CLM", "HL")))
        if segments[level].get(3) == "23" and (above := _back(segments, level - 1, "HL")) is not None:
            head = [*range(above, _until(segments, above, "CLM", "HL")), *head]
    return [*head, *range(place, _until(segments, place, "CLM", "HL"))]


def _level(segments: Sequence[Segment], place: int) -> list[int]:
    """The HL level that holds this segment."""
    start = _back(segments, place, "HL")
    start = place if start is None else start
    return list(range(start, _until(segments, start, "HL")))


def _payment(segments: Sequence[Segment], place: int) -> list[int]:
    start = _back(segments, place, "CLP")
    start = place if start is None else start
    return list(range(start, _until(segments, start, "CLP", "LX", "PLB")))


def _verdict(segments: Sequence[Segment], place: int, number: str, spans: Sequence[Span]) -> list[int]:
    """AK1, the set's AK2 and IK5, AK9, and the errors that concern the claim."""
    group, start = _back(segments, place, "AK1"), _back(segments, place, "AK2")
    last = _until(segments, place, "AK9")
    chosen = [] if group is None else [group]
    if start is not None:
        end = _until(segments, start, "AK2", "AK9")
        chosen.append(start)
        for error in _errors(segments, start, end):
            if _concerns(segments, error, number, spans):
                chosen += error
        chosen += [i for i in range(start, end) if segments[i].id in ("IK5", "AK5")]
    return [*chosen, *([last] if last < len(segments) and segments[last].id == "AK9" else [])]


def _errors(segments: Sequence[Segment], start: int, end: int) -> Iterator[list[int]]:
    """Each IK3 with what belongs to it."""
    begins = [i for i in range(start, end) if segments[i].id in ("IK3", "AK3")]
    for begin in begins:
        yield list(range(begin, min(_until(segments, begin, "IK3", "AK3", "IK5", "AK5"), end)))


def _concerns(segments: Sequence[Segment], error: Sequence[int], number: str, spans: Sequence[Span]) -> bool:
    position = segments[error[0]].get(2)
    named = any(number in str(segments[i]).replace(":", "*").split("*") for i in error if segments[i].id == "CTX")
    return named or (position.isdigit() and any(first <= int(position) <= last for first, last in spans))
