"""The rules on a workbench: a charge file coded and made into claims as the night would, without a database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer
from rich.markup import escape

from ptedi import dates
from ptedi.claims.assembly import split
from ptedi.claims.identity import control_number
from ptedi.claims.spans import Piece, joined, together
from ptedi.cli.common import err
from ptedi.errors import ConfigurationError

if TYPE_CHECKING:
    from decimal import Decimal

    from ptedi.claims.model import CodedClaim, Practice, Visit
    from ptedi.config import Workspace
    from ptedi.intake import Senders
    from ptedi.payers.profile import PayerProfile, Profiles

_FURTHER = 1_000_000  # numbers of further parts, beyond those of any file's visits


class Billed(NamedTuple):
    """A visit coded for a payer; the therapy dollars of its year before it, None where nobody counts them."""

    visit: Visit
    profile: PayerProfile
    coded: CodedClaim
    dollars: Decimal | None

    @property
    def number(self) -> str:
        """The control number it was coded under, its own in the file."""
        return self.coded.claim.patient_control_number


@dataclass(frozen=True, slots=True)
class Bench:
    """A workspace's rules without its database."""

    root: Path
    practice: Practice
    prefix: str
    profiles: Profiles
    senders: Senders


def _workspace(chosen: Path | None) -> Workspace:
    """The workspace meant; where there is none at all, the rules are tried for the synthetic practice."""
    import tomllib

    from ptedi.config import Workspace, find_workspace, open_workspace
    from ptedi.sandbox import practice

    path = chosen or find_workspace()
    if path is not None:
        return open_workspace(path)
    err.print("no workspace here: the clinics, clinicians and prices are the synthetic practice's", highlight=False)
    return Workspace(root=Path(), settings=tomllib.loads(practice.settings()))


def open_bench(workspace: Path | None) -> Bench:
    """The rules of a workspace; without one, of the synthetic practice."""
    from ptedi.claims import practice
    from ptedi.codes import table
    from ptedi.intake import load_senders
    from ptedi.payers import profile

    opened = _workspace(workspace)
    table.use(opened.root / "codes")
    settings = opened.table("practice")
    return Bench(opened.root, practice.load(settings), practice.claim_prefix(settings),
                  profile.load(opened.root / "payers"), load_senders(opened.table("intake")))


def coded_visits(bench: Bench, charges: Path, payer: str | None) -> Iterator[Billed]:
    """Every accepted visit of a file, coded in the order of service, told in the order of the file.

    The therapy dollars of a patient's year begin with the opening balance of the coverage that is billed and are
    carried from visit to visit.  Refused rows are told on standard error.
    """
    from ptedi import intake
    from ptedi.claims.coding import code_visit
    from ptedi.claims.running import TherapyDollars

    if payer is not None and payer not in bench.profiles:
        raise ConfigurationError(f"there is no payer {payer}", hint=f"known: {', '.join(bench.profiles)}")
    try:
        data = charges.read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{charges}: {problem.strerror}") from None
    file = intake.read(data, charges.name, bench.practice, bench.profiles.ids, dates.today(), bench.senders)
    for finding in (*file.findings, *(f for row in file.rows for f in row.findings)):
        where = f"row {finding.row}: " if finding.row else ""
        err.print(f"{where}[bold]{finding.code}[/] {escape(finding.message)}", highlight=False)
    dollars = TherapyDollars(bench.practice, bench.profiles)
    done: dict[int, Billed] = {}
    for number, visit in sorted(enumerate(file.visits, 1), key=lambda one: (one[1].service_date, one[1].visit_id)):
        profile = bench.profiles[payer or visit.primary.payer_id]
        before = dollars.before(visit, profile.id)
        coded = code_visit(visit, bench.practice, profile, control_number=control_number(bench.prefix, number),
                           therapy_dollars_before=before, beside=dollars.beside(visit))  # fmt: skip
        dollars.add(visit, coded)
        counted = dollars.counts(profile.id, visit.service_date)
        done[number] = Billed(visit, profile, coded, before if counted else None)
    yield from (done[number] for number in sorted(done))
    if not file.visits:
        raise typer.Exit(2)


class Draft(NamedTuple):
    """A claim as the night would make it, and the visits on it; `apart` where an edit parted it from its period."""

    visits: tuple[Billed, ...]
    coded: CodedClaim
    apart: bool = False

    @property
    def profile(self) -> PayerProfile:
        """Who is billed."""
        return self.visits[0].profile


def drafts(bench: Bench, billed: Iterable[Billed]) -> list[Draft]:
    """The claims of coded visits, as at night: one per visit, or per period where the payer takes spans.

    What does not fit one claim is split; every period of the file is taken to be over.
    """
    from ptedi.claims.spans import period

    further = (control_number(bench.prefix, number) for number in count(_FURTHER))
    groups: dict[tuple[object, ...], list[Billed]] = {}
    for one in billed:
        day = one.visit.service_date
        span = period(day, one.profile.on(day))
        key = (one.visit.patient_id, one.profile.id, span) if span else (one.number,)
        groups.setdefault(key, []).append(one)
    whole = [draft for several in groups.values() for draft in _together(several)]
    return [draft._replace(coded=part) for draft in whole for part in split(draft.coded, further)]


def _together(several: Sequence[Billed]) -> list[Draft]:
    """Visits of one period on as few claims as may be, each claim under the number of its first visit."""
    if len(several) == 1:
        return [Draft(tuple(several), several[0].coded)]
    own = {one.number: one for one in several}
    pieces = [Piece(visit=one.visit, coded=one.coded) for one in several]
    groups = [[own[piece.coded.claim.patient_control_number] for piece in group]
              for group in together(pieces, several[0].profile.on(several[0].visit.service_date))]
    names = [group[0].number for group in groups]
    return [_joined(group, [name for name in names if name != group[0].number]) for group in groups]


def _joined(several: Sequence[Billed], linked: Sequence[str] = ()) -> Draft:
    pieces = [Piece(visit=one.visit, coded=one.coded) for one in several]
    return Draft(tuple(several), joined(pieces, several[0].number, linked))


def parted(draft: Draft, leaving: Collection[str]) -> list[Draft]:
    """As at night: visits that an edit stops get claims of their own, the others stay together."""
    if not leaving:
        return [draft]
    stay = [one for one in draft.visits if one.visit.visit_id not in leaving]
    gone = [one for one in draft.visits if one.visit.visit_id in leaving]
    return [_joined(stay), *(Draft((one,), one.coded, apart=True) for one in gone)]
