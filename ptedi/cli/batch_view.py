"""How `ptedi batch show` lays out a batch: its totals, its answers, and each claim as a page beside its segments."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from rich.markup import escape

from ptedi.claims.model import Address, Claim, Person, PersonName
from ptedi.cli.common import out
from ptedi.findings import counted
from ptedi.money import usd
from ptedi.steps.batch_view import BatchClaim, BatchHead, BatchStory


def show(story: BatchStory, only: str | None = None) -> None:
    """Prints a batch, or one claim of it."""
    head = story.head
    out.print(f"[bold]Batch {head.id}[/]  {escape(head.file)}  {head.state}"
              f"{escape(f' ({head.reason})') if head.reason else ''}", highlight=False)  # fmt: skip
    out.print(f"to {escape(head.partner)} ({'test' if head.environment == 'T' else 'production'})  "
              f"ISA13 {head.interchange}  GS06 {head.group}  BHT03 {_references(head)}", highlight=False)  # fmt: skip
    out.print(f"{counted(head.claims, 'claim')}, {usd(head.charge)}; now " + ", ".join(
        f"{count} {state}" for state, count in head.states.items()), highlight=False)  # fmt: skip
    out.print(f"[dim]built {head.built_at:%Y-%m-%d %H:%M}, sent "
              f"{f'{head.sent_at:%Y-%m-%d %H:%M}' if head.sent_at else 'not yet'}, sha256 {head.sha256}[/]",
              highlight=False)  # fmt: skip
    judged = "all" if head.second_opinion_claims == head.claims else f"{head.second_opinion_claims} of {head.claims}"
    out.print(f"[dim]checked before it left: all claims by us, {judged} by pyx12[/]", highlight=False)
    for answer in story.answers:
        out.print(f"  {answer.at:%Y-%m-%d %H:%M}  {answer.event}: {counted(answer.claims, 'claim')}  "
                  f"[dim]{escape(answer.file)}[/]", highlight=False)  # fmt: skip
    for report in story.reports:
        out.print(f"  {report.at:%Y-%m-%d %H:%M}  report in words  [dim]{escape(report.file)}, "
                  f"archive/{report.archived}[/]", highlight=False)  # fmt: skip
    for one in story.claims:
        if only in (None, one.claim.patient_control_number):
            _page(one)


def _references(head: BatchHead) -> str:
    """BHT03 of each set."""
    if not head.further_references:
        return head.reference
    return f"{head.reference} to {head.further_references[-1]} ({counted(1 + len(head.further_references), 'set')})"


def _page(one: BatchClaim) -> None:
    """The page with the segments beside it, or below it where the terminal is narrow."""
    left, right = list(page(one.claim)), [segment.text for segment in one.segments]
    width = max(map(len, left)) + 3
    out.print()
    out.rule(f"{one.claim.patient_control_number}  {one.state}  ST02 {one.set_control_number}", align="left")
    if width + 50 > out.width:
        rows = [*left, "", *(f"     {text}" for text in right)]
    else:
        rows = [f"{a:{width}}{b}" for a, b in zip_longest(left, right, fillvalue="")]
    for row in rows:
        out.print(row.rstrip(), markup=False, highlight=False)


def page(claim: Claim) -> Iterator[str]:
    """A claim as a page of text; the number at the left is the item of the paper form that asks for the same."""
    patient = claim.patient or claim.subscriber
    yield f"     PAYER {claim.payer.name} ({claim.payer.id}), {claim.filing_indicator}, {_rank(claim.sequence)}"
    yield f"1a   member     {claim.member_id}"
    yield f"2    patient    {_name(patient.name)}"
    yield f"3    born       {patient.birth_date}  {patient.sex.value}"
    if claim.patient is not None:
        yield f"4    insured    {_person(claim.subscriber)}"
    yield f"5    lives at   {_place(patient.address)}"
    yield f"6    relation   {'self' if claim.relationship == '18' else claim.relationship}"
    if claim.related_cause:
        yield f"10   caused by  {claim.related_cause} {claim.accident_state}".rstrip()
    if claim.group_number or claim.group_name:
        yield f"11   group      {claim.group_number} {claim.group_name}".rstrip()
    yield from _dates(claim)
    if claim.referring is not None:
        yield f"17   referred   {_name(claim.referring.name)}  NPI {claim.referring.npi}"
    if claim.note:
        yield f"19   note       {claim.note}"
    codes = "  ".join(f"{letter} {code}" for letter, code in zip("ABCDEFGHIJKL", claim.diagnoses, strict=False))
    yield f"21   diagnoses  {codes}"
    if claim.frequency != "1":
        yield f"22   again      frequency {claim.frequency} of {claim.original_reference}"
    if claim.prior_authorization or claim.referral_number:
        yield f"23   authorized {claim.prior_authorization or claim.referral_number}"
    yield from _lines(claim)
    yield f"25   tax id     {claim.billing.tax_id}"
    yield f"26   claim      {claim.patient_control_number}"
    yield f"28   total      {usd(claim.charge)}"
    yield f"31   by         {_name(claim.rendering.name)}  NPI {claim.rendering.npi}"
    if claim.facility is not None:
        yield f"32   where      {claim.facility.name}  NPI {claim.facility.npi}"
    yield f"33   billed by  {claim.billing.name}  NPI {claim.billing.npi}"
    yield f"                {_place(claim.billing.address)}"


def _dates(claim: Claim) -> Iterator[str]:
    if claim.onset_date:
        yield f"14   onset      {claim.onset_date}"
    if claim.initial_treatment_date:
        yield f"15   treated    since {claim.initial_treatment_date}"
    if claim.accident_date:
        yield f"15   accident   {claim.accident_date}"


def _lines(claim: Claim) -> Iterator[str]:
    yield "24   " + f"{'date':10} {'pl':2} {'code':5} {'modifiers':11} {'diag':4} {'charge':>10} {'units':>5}"
    for line in claim.lines:
        pointers = "".join("ABCDEFGHIJKL"[p - 1] for p in line.pointers)
        place = line.place_of_service or claim.place_of_service
        yield (f"{line.number:>4} {line.service_date} {place:2} {line.procedure:5} {' '.join(line.modifiers):11} "
               f"{pointers:4} {usd(line.charge):>10} {line.units:>5}")  # fmt: skip


def _rank(sequence: str) -> str:
    return {"P": "first payer", "S": "second payer", "T": "third payer"}.get(sequence, sequence)


def _name(name: PersonName) -> str:
    return ", ".join(filter(None, (name.last, " ".join(filter(None, (name.first, name.middle, name.suffix))))))


def _person(person: Person) -> str:
    return f"{_name(person.name)}  born {person.birth_date}  {person.sex.value}"


def _place(address: Address) -> str:
    return ", ".join(filter(None, (address.line1, address.line2, address.city, f"{address.state} {address.zip_code}")))
