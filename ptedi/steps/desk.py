"""The worklist for people: pages of it, one item with everything known, and what can be done with several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ptedi.dates import today
from ptedi.denials import actions
from ptedi.denials.priority import Priority
from ptedi.errors import ConfigurationError
from ptedi.findings import CATALOGUE
from ptedi.steps import decide
from ptedi.steps.night import Night
from ptedi.store import Connection, deeds, desk, files, visits, work, work_views, worklist
from ptedi.store.deeds import DeedRow
from ptedi.store.work import WorkItem
from ptedi.store.work_views import ViewRow
from ptedi.store.worklist import Choices, Sum, WantedWork, WorkRow

_LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPage:
    """Some rows of the worklist, and how many items and how much money all that was asked for is.

    `seen` is the number of the newest act on any item: acts that name it are refused where somebody was faster.
    """

    rows: tuple[WorkRow, ...]
    total: Sum
    seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevention:
    """An edit that stops such a claim before it leaves."""

    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """Where a visit of the item's claim was captured: the file as it was named, and its rows."""

    visit: str
    file: str
    rows: tuple[int, ...]
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItsFile:
    """The file that an item came from."""

    id: int
    sha256: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStory:
    """One item with everything known of it.

    Attributes:
        row: the item as it is listed.
        formula: its rank, said as the figures it is the product of.
        cited: the codes and facts that decided about the category, and the row of the table.
        confidence, reworkable: how sure that is, whether work can still bring the money.
        resolution: the word it was closed with.
        command: what to type to do it, "" where it is done elsewhere.
        prevention: edits that stop such a claim.
        captured: the charge rows behind its claim: what to correct at its source.
        history: what was done with it, oldest first.
        seen: as `WorkPage` has it; `payment` is the check it is about, `file` what it came in.
    """

    row: WorkRow
    formula: Priority
    cited: str
    confidence: str
    reworkable: str
    resolution: str
    command: str
    prevention: tuple[Prevention, ...]
    captured: tuple[Captured, ...]
    history: tuple[DeedRow, ...]
    seen: int = 0
    payment: int | None = None
    file: ItsFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An item with which nothing was done, and why."""

    item: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act did to several items; each stands for itself."""

    items: tuple[int, ...] = ()
    refused: tuple[Refused, ...] = ()


# --- looking ---


def work_list(night: Night, wanted: WantedWork, *, limit: int | None = None, offset: int = 0,
              by_name: bool = False) -> WorkPage:  # fmt: skip
    """One page of the items asked for, highest rank first; `by_name` orders payers by what they are called."""
    payers = {one: profile.name for one, profile in night.profiles.items()} if by_name else None
    with night.store.read() as conn:
        return WorkPage(rows=tuple(worklist.worklist(conn, wanted, limit=limit, offset=offset, payers=payers)),
                        total=worklist.total(conn, wanted), seen=deeds.newest(conn))  # fmt: skip


def work_choices(night: Night, wanted: WantedWork) -> Choices:
    """What the items asked for can be narrowed to: the words of each filter, how many items, how much money."""
    with night.store.read() as conn:
        return worklist.choices(conn, wanted)


def work_total(night: Night, wanted: WantedWork) -> Sum:
    """How many items are asked for, and how much money that is."""
    with night.store.read() as conn:
        return worklist.total(conn, wanted)


def work_version(night: Night) -> tuple[int, int, date]:
    """Another one whenever an item came, a person or the night did something with one, or the day changed."""
    with night.store.read() as conn:
        return deeds.newest(conn), work.newest(conn), today()


def work_story(night: Night, item_id: int) -> WorkStory | None:
    """Everything known of one item, None when there is none."""
    with night.store.read() as conn:
        row, item = worklist.item(conn, item_id), work.get(conn, item_id)
        if row is None or item is None:
            return None
        return WorkStory(
            row=row, formula=worklist.formula(row), cited=item.cited, confidence=item.confidence,
            reworkable=item.reworkable, resolution=item.resolution,
            command="" if item.state == work.RESOLVED else actions.command(
                item.next_action, item.id, row.claim),
            prevention=_prevention(item),
            captured=_captured(conn, item), history=tuple(deeds.history(conn, item_id)),
            seen=deeds.newest(conn), payment=item.payment_id, file=_file(conn, item),
        )  # fmt: skip


def _prevention(item: WorkItem) -> tuple[Prevention, ...]:
    return tuple(Prevention(code=code, title=CATALOGUE[code].title if code in CATALOGUE else "")
                 for code in item.edits.split())  # fmt: skip


def _captured(conn: Connection, item: WorkItem) -> tuple[Captured, ...]:
    if item.claim_id is None:
        return ()
    found: dict[tuple[str, str], set[int]] = {}
    for one in visits.of_claims(conn, [item.claim_id]).get(item.claim_id, []):
        for charge in one.visit.charges:
            found.setdefault((one.visit_id, charge.source.file_sha256), set()).add(charge.source.row)
    return tuple(Captured(visit=visit, file=_name(conn, sha256), rows=tuple(sorted(rows)), sha256=sha256)
                 for (visit, sha256), rows in found.items())  # fmt: skip


def _file(conn: Connection, item: WorkItem) -> ItsFile | None:
    if item.file_id is None:
        return None
    file = files.get(conn, item.file_id)
    return ItsFile(id=file.id, sha256=file.sha256, name=file.original_name, kind=file.kind)


def _name(conn: Connection, sha256: str) -> str:
    file = files.find(conn, sha256)
    return sha256[:12] if file is None else file.original_name


# --- acting ---
#
# `seen` is what `WorkPage` and `WorkStory` say: where somebody else did something with an item since, nothing is done
# with it, and the answer says who and what.  None: nobody looked.


def take_items(night: Night, items: Sequence[int], person: str, *, owner: str = "", over: bool = False,
               seen: int | None = None) -> Done:  # fmt: skip
    """Makes a person (the one who asks, or `owner`) the owner of items; one that another one has only when `over`."""
    name = (owner or person)[:64]

    def act(conn: Connection, item: WorkItem) -> str:
        if desk.take(conn, item.id, name, actor=person, over=over):
            return ""
        now = work.get(conn, item.id) or item
        return f"{now.owner} has it" if now.owner else _closed(now)

    return _each(night, items, act, person, seen if over else None)


def return_items(night: Night, items: Sequence[int], person: str, *, seen: int | None = None) -> Done:
    """Gives items back: they are nobody's again."""
    return _each(night, items, lambda conn, item: "" if desk.give_back(conn, item.id, actor=person) else (
        "nobody has it" if item.state == work.OPEN else _closed(item)), person, seen)  # fmt: skip


def snooze_items(
    night: Night, items: Sequence[int], person: str, until: date, *, reason: str = "", past_deadline: bool = False,
    seen: int | None = None,
) -> Done:  # fmt: skip
    """Takes items off the list until a day; not beyond their deadline unless that is wanted.

    Raises:
        ConfigurationError: the day has come already.
    """
    if until <= today():
        raise ConfigurationError(f"{until} has come already; give a later day")

    def act(conn: Connection, item: WorkItem) -> str:
        if item.deadline is not None and until > item.deadline and not past_deadline:
            return f"its deadline is {item.deadline}, before that day"
        return "" if desk.snooze(conn, item.id, until, actor=person, reason=_text(reason)) else _closed(item)

    return _each(night, items, act, person, seen)


def wake_items(night: Night, items: Sequence[int], person: str, *, seen: int | None = None) -> Done:
    """Puts snoozed items back on the list."""
    return _each(night, items, lambda conn, item: "" if desk.wake(conn, item.id, actor=person) else (
        "it is not snoozed"), person, seen)  # fmt: skip


def note_items(night: Night, items: Sequence[int], person: str, text: str) -> Done:
    """Keeps a person's words with items, closed ones too.

    Raises:
        ConfigurationError: there are no words.
    """
    words = _text(text)
    if not words:
        raise ConfigurationError("a note needs words")

    def act(conn: Connection, item: WorkItem) -> str:
        desk.note(conn, item.id, words, actor=person)
        return ""

    return _each(night, items, act)


def resolve_items(night: Night, items: Sequence[int], person: str, reason: str, *, seen: int | None = None) -> Done:
    """Closes items with a person's reason.  Nothing is written off by that: the books stay as they are.

    Raises:
        ConfigurationError: there is no reason.
    """
    if not _text(reason):
        raise ConfigurationError("closing an item needs a reason")
    closed, refused = [], []
    with night.store.read() as conn:
        moved = _moved(conn, items, person, seen)
    for number in dict.fromkeys(items):
        if number in moved:
            refused.append(Refused(item=number, why=moved[number]))
            continue
        try:
            decide.dismiss(night, number, person, _text(reason))
            closed.append(number)
        except ConfigurationError as problem:
            refused.append(Refused(item=number, why=str(problem)))
    return Done(items=tuple(closed), refused=tuple(refused))


def _each(night: Night, items: Sequence[int], act: Callable[[Connection, WorkItem], str], person: str = "",
          seen: int | None = None) -> Done:  # fmt: skip
    """Does something with each item in one transaction; what is refused stops nothing else."""
    done, refused = [], []
    with night.store.begin() as conn:
        known, moved = work.get_all(conn, items), _moved(conn, items, person, seen)
        for number in dict.fromkeys(items):
            item = known.get(number)
            why = "there is no such item" if item is None else moved.get(number) or act(conn, item)
            if why:
                refused.append(Refused(item=number, why=why))
            else:
                done.append(number)
    return Done(items=tuple(done), refused=tuple(refused))


def _moved(conn: Connection, items: Sequence[int], person: str, seen: int | None) -> dict[int, str]:
    """Items with which somebody else did something since, and what."""
    if seen is None:
        return {}
    found = deeds.after(conn, items, seen, but=person)
    return {number: f"{one.actor} was faster: {one.action}{f' ({one.detail})' if one.detail else ''}"
            for number, one in found.items()}  # fmt: skip


def _closed(item: WorkItem) -> str:
    return f"it is closed: {item.resolution}"


def _text(words: str) -> str:
    return words.strip()[:_LONGEST_NOTE]


# --- saved views ---


def save_view(night: Night, name: str, wanted: WantedWork, person: str) -> bool:
    """Saves a filter under a name, in the place of an earlier one; whether it is new.

    Raises:
        ConfigurationError: the name is empty or longer than 64 characters.
    """
    if not 0 < len(name.strip()) <= 64:
        raise ConfigurationError("a view needs a name of at most 64 characters")
    with night.store.begin() as conn:
        return work_views.save(conn, name.strip(), wanted, person)


def saved_views(night: Night) -> list[ViewRow]:
    """All saved views by name."""
    with night.store.read() as conn:
        return work_views.list_views(conn)


def saved_view(night: Night, name: str) -> ViewRow:
    """One saved view.

    Raises:
        ConfigurationError: there is none of that name.
    """
    with night.store.read() as conn:
        found = work_views.get(conn, name.strip())
    if found is None:
        raise ConfigurationError(f"there is no view {name.strip()}", hint="`ptedi work view` lists them")
    return found


def forget_view(night: Night, name: str) -> None:
    """Forgets a saved view.

    Raises:
        ConfigurationError: there is none of that name.
    """
    saved_view(night, name)
    with night.store.begin() as conn:
        work_views.remove(conn, name.strip())
