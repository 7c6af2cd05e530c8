"""An appeal on paper: letterhead, the claim's facts, the practice's words, the lines with their codes, enclosures."""

from __future__ import annotations

from pathlib import Path

from ptedi.letters.model import Appeal, RefusedLine, Subject
from ptedi.letters.paper import Paper
from ptedi.letters.wording import appeal_paragraphs, day, dollars, short
from ptedi.money import usd


def write(appeal: Appeal, own: Path | None = None) -> bytes:
    """The letter as PDF; `own` is the practice's folder of templates.

    Raises:
        ConfigurationError: a template cannot be used.
    """
    subject = appeal.subject
    kind = "Request to reopen" if appeal.barred else "Appeal of"
    paper = Paper(appeal.sender, f"{kind} claim {subject.claim}", f"{kind} claim {subject.claim}", appeal.day)
    office = "Reopenings" if appeal.barred else "Appeals"
    paper.plain(day(appeal.day), "", subject.payer, *(subject.payer_address or (office,)), "")
    paper.heading(f"{kind} a denied claim{f' ({appeal.level})' if appeal.level else ''}: {appeal.category}")
    paper.facts(facts(subject))
    for text in appeal_paragraphs(appeal, own):
        paper.paragraph(text)
    paper.heading("What was denied", 40)
    paper.grid(("Line", "Date", "Procedure", "Units", "Charge", "Paid", "Denied", "Codes"),
               [_line(one) for one in appeal.lines], (8, 17, 25, 9, 16, 16, 16, 25), right=(3, 4, 5, 6))  # fmt: skip
    paper.grid(("Code", "What it says, in our words"), [(one.code, one.words) for one in appeal.reasons], (12, 88))
    if appeal.enclosures:
        paper.heading("Enclosed", 12 + 6 * len(appeal.enclosures))
        paper.paragraph("\n".join(f"- {one}" for one in appeal.enclosures))
    _close(paper, appeal)
    return paper.finished()


def facts(subject: Subject) -> list[tuple[str, str]]:
    """The block that lets a payer find the claim."""
    days = short(subject.service_from)
    if subject.service_to != subject.service_from:
        days += f" - {short(subject.service_to)}"
    return [
        ("Patient", subject.patient), ("Date of birth", short(subject.birth_date)), ("Member ID", subject.member_id),
        ("Group", subject.group_number or "-"), ("Service date", days), ("Charge", dollars(subject.charge)),
        ("Our claim", subject.claim), ("Your claim", subject.payer_claim or "not known"),
        ("Remittance", short(subject.remittance_date) if subject.remittance_date else "none yet"),
        ("Check", subject.trace or "-"), ("Paid so far", dollars(subject.paid)),
    ]  # fmt: skip


def _line(one: RefusedLine) -> tuple[str, ...]:
    return (str(one.number or "all"), short(one.service_date), one.procedure, str(one.units or ""), usd(one.charge),
            usd(one.paid), usd(one.denied), " ".join(one.codes))  # fmt: skip


def _close(paper: Paper, appeal: Appeal) -> None:
    if paper.will_page_break(38):
        paper.add_page()
    paper.ln(2)
    paper.plain("Sincerely,", "", "", appeal.sender.signer or "_" * 34, appeal.sender.title or "Billing office",
                appeal.sender.name)  # fmt: skip
