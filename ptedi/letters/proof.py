"""A proof of timely filing: the verdict on one page, then every sending and every answer, as it lies in the archive."""

from __future__ import annotations

from pathlib import Path

from ptedi.letters.appeal import facts
from ptedi.letters.model import Exhibit, FilingProof, Sending
from ptedi.letters.paper import Paper
from ptedi.letters.wording import day, proof_paragraphs, short


def write(proof: FilingProof, own: Path | None = None) -> bytes:
    """The pack as PDF; `own` is the practice's folder of templates.

    Raises:
        ConfigurationError: a template cannot be used.
    """
    subject = proof.subject
    title = f"Proof of timely filing of claim {subject.claim}"
    paper = Paper(proof.sender, title, title, proof.day)
    paper.plain(day(proof.day), "", subject.payer, *subject.payer_address, "")
    paper.heading("Proof of timely filing")
    paper.facts(facts(subject))
    for text in proof_paragraphs(proof, own):
        paper.paragraph(text)
    _verdict(paper, proof)
    paper.heading("When it was sent", 40)
    for one in proof.sendings:
        _sending(paper, one)
    paper.heading("What came back", 40)
    paper.grid(("Received", "Kind", "Claim", "What it says", "File"),
               [(f"{e.received:%m/%d/%Y %H:%M} UTC", e.kind, e.claim, e.says, e.file)
                for e in proof.exhibits if e.kind != "837"], (24, 8, 18, 29, 38), size=7.5)  # fmt: skip
    for number, exhibit in enumerate(proof.exhibits, 1):
        _exhibit(paper, number, exhibit)
    return paper.finished()


def _verdict(paper: Paper, proof: FilingProof) -> None:
    limit = f"{proof.limit_days} days from the date of service" if proof.limit_days else "not on record"
    rows = [("Filing limit", limit), ("Last day", short(proof.last_day) if proof.last_day else "-"),
            ("First sent", short(proof.first_sent) if proof.first_sent else "-"),
            ("First accepted", f"{short(proof.first_received)} {proof.received_by}" if proof.first_received else "-")]
    paper.grid((), rows, (22, 78), size=9.5)


def _sending(paper: Paper, one: Sending) -> None:
    if paper.will_page_break(42):
        paper.add_page()
    sent = f"{one.sent:%m/%d/%Y %H:%M:%S} UTC" if one.sent else "not yet"
    paper.grid((f"Claim {one.claim}", ""), [
        ("Sent", f"{sent} to {one.receiver}"), ("File", one.file), ("SHA-256", one.sha256),
        ("Control numbers", f"ISA13 {one.interchange:09d}   GS06 {one.group}   ST02 {one.transaction_set}   "
                            f"BHT03 {one.batch}"),
    ], (22, 78))  # fmt: skip


def _exhibit(paper: Paper, number: int, one: Exhibit) -> None:
    paper.heading(f"Exhibit {number}: {one.kind} of claim {one.claim}", 36)
    paper.paragraph(f"{one.says}.  File {one.file}, on record since {one.received:%m/%d/%Y %H:%M} UTC.  SHA-256 "
                    f"{one.sha256}")  # fmt: skip
    for piece in one.pieces:
        paper.raw(piece.index, piece.text, piece.name, piece.words)
