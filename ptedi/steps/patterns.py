"""What payers refuse again and again becomes a drafted rule on the worklist; a person's approval puts it into force.

    [patterns]                      # in ptedi.toml; these are the defaults
    claims = 5                      # so many claims refused for the same ...
    days = 30                       # ... within so many days

An approved rule is appended, with its source and date, to the payer's file in the workspace's `payers/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from ptedi.config import data_folder
from ptedi.dates import today
from ptedi.denials import patterns
from ptedi.denials.patterns import Refusal, RuleDraft
from ptedi.disk import write_whole
from ptedi.errors import ConfigurationError
from ptedi.money import cents, from_cents
from ptedi.payers import profile
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, deeds, work
from ptedi.store.deeds import Deed
from ptedi.store.work import NewWork, WorkItem, WorkKind

CATEGORY = "payer rule"
PASSED = "the profile says so now, or it is not refused any more"
_KINDS = (WorkKind.DENIAL, WorkKind.REJECTION)
_PIECE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A rule put into force: the payer and the file (below the workspace) that holds it now."""

    payer_id: str
    file: str
    toml: str


def draft_rules(night: Night, conn: Connection) -> int:
    """Puts the drafted rules on the worklist and takes those off that nothing calls for; how many are drafted."""
    at_least, days = _settings(night)
    found = patterns.drafts(_refusals(conn, days), night.profiles, at_least)
    wanted = {item.key: item for item in map(_item, found)}
    for item in wanted.values():
        work.put(conn, item)
    work.reopen(conn, wanted, PASSED)
    work.refresh(conn, wanted.values())
    gone = [item.id for item in work.list_work(conn, kinds=[WorkKind.PATTERN]) if item.key not in wanted]
    work.resolve(conn, gone, PASSED)
    return len(wanted)


def _settings(night: Night) -> tuple[int, int]:
    table = night.workspace.table("patterns")
    at_least, days = table.get("claims", 5), table.get("days", 30)
    for name, value in (("claims", at_least), ("days", days)):
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
            raise ConfigurationError(f"{name} in [patterns] of ptedi.toml is not a whole number from 1 to 10000")
    return at_least, days


def _refusals(conn: Connection, days: int) -> Iterator[Refusal]:
    """Denials and rejections told in the last so many days, those that were worked meanwhile too."""
    items = [item for item in work.since(conn, _KINDS, today() - timedelta(days=days)) if item.claim_id is not None]
    for start in range(0, len(items), _PIECE):
        some = items[start : start + _PIECE]
        ids = {item.claim_id for item in some if item.claim_id is not None}
        rows, coded = claims.get_all(conn, ids), claims.load_all(conn, ids)
        for item in some:
            row, claim = rows[item.claim_id or 0], coded[item.claim_id or 0].claim
            for code, reason in _said(item):
                yield Refusal(
                    claim_id=row.id, payer_id=row.payer_id, service_date=row.service_date, code=code, reason=reason,
                    remarks=frozenset(item.remarks.split()), amount=from_cents(item.amount_cents), claim=claim,
                    line=next((line for line in claim.lines if line.number == item.line), None),
                )  # fmt: skip


def _said(item: WorkItem) -> Iterator[tuple[str, str]]:
    """The codes of a refusal and what the table calls them: `CO-197`, 197; `A7:252:1P`, status 252."""
    if item.kind is WorkKind.DENIAL:
        yield f"{item.adjustment_group}-{item.adjustment_reason}", item.adjustment_reason
    else:
        yield from ((code, f"status {code.split(':')[1]}") for code in item.remarks.split() if code.count(":") == 2)


def _item(one: RuleDraft) -> NewWork:
    return NewWork(
        key=f"pattern:{one.payer_id}:{one.rule}:{one.value}", kind=WorkKind.PATTERN, category=CATEGORY,
        remarks=one.payer_id, sentence=one.sentence, next_action="APPROVE_RULE", how=one.toml,
        amount_cents=cents(one.amount), chance=50, cited=f"denial_rules.csv: {one.rule} = {one.value}",
    )  # fmt: skip


# --- approval ---


def install(night: Night, item: WorkItem, person: str) -> Installed:
    """Puts a drafted rule into force: into the payer's file of the workspace.  Once; again tells the same.

    Raises:
        ConfigurationError: the item is closed otherwise, there is no such payer any more, or the file that it would
            make cannot be read.
    """
    payer_id, name = item.remarks, f"payers/{item.remarks}.toml"
    said = f"{person}: approved"
    if item.state == work.RESOLVED and not item.resolution.endswith(": approved"):
        raise ConfigurationError(f"item {item.id} is closed already: {item.resolution}")
    with night.store.exclusive("payers"):
        path = night.workspace.folder("payers") / f"{payer_id}.toml"
        text = _text(path)
        if item.how not in text:
            note = f"# approved by {_plain(person)} on {today()}, work item {item.id}"
            _write(path, f"{text.rstrip()}\n\n{note}\n{item.how}")
        point("patterns.written")
        with night.store.begin() as conn:
            if work.resolve(conn, [item.id], said, actor=person):
                deeds.record(conn, item.id, person, Deed.APPROVED, name)
    return Installed(payer_id=payer_id, file=name, toml=item.how)


def _text(path: Path) -> str:
    """The payer's file of the workspace, else the shipped one.

    Raises:
        ConfigurationError: there is neither.
    """
    shipped = data_folder("schemas") / "payers" / path.name
    for one in (path, shipped):
        if one.exists():
            return one.read_text(encoding="utf-8")
    raise ConfigurationError(f"there is no payer {path.stem}", hint="its profile was taken away; dismiss the item")


def _write(path: Path, text: str) -> None:
    """Writes a payer's file that was read first as it will be read."""
    with TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8")
        profile.read(trial)
    write_whole(path, text.encode())


def _plain(person: str) -> str:
    return "".join(c if c.isprintable() else " " for c in person)
