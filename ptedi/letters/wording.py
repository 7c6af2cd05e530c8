"""The words of a letter: Jinja2 templates in schemas/letters, replaced one by one by a practice's own.

A template is plain text; a blank line ends a paragraph, lines that begin with `- ` are a list.  It sees `appeal` (or
`proof`), `subject`, and the filters `usd`, `day` and `days`.  It runs in a sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ptedi.config import data_folder
from ptedi.errors import ConfigurationError
from ptedi.findings import counted
from ptedi.letters.model import Appeal, FilingProof
from ptedi.money import usd

SHIPPED = "letters"
DEFAULT, BARRED = "appeal", "no_appeal.j2"


def day(value: date | None) -> str:
    """`November 20, 2026`; `not on record` without a day."""
    return f"{value:%B} {value.day}, {value.year}" if value else "not on record"


def short(value: date) -> str:
    """`11/20/2026`, as American payers write it."""
    return f"{value:%m/%d/%Y}"


def appeal_paragraphs(appeal: Appeal, own: Path | None = None) -> list[str]:
    """The body of an appeal: the template of its category, or the general one; before it that it is none (N211).

    Raises:
        ConfigurationError: a practice's own template cannot be read; the sentence names it.
    """
    name = re.sub(r"[^a-z]+", "_", appeal.category.lower()).strip("_")
    first = _rendered([BARRED], own, appeal=appeal, subject=appeal.subject) if appeal.barred else []
    return first + _rendered([f"{name}.j2", f"{DEFAULT}.j2"], own, appeal=appeal, subject=appeal.subject)


def proof_paragraphs(proof: FilingProof, own: Path | None = None) -> list[str]:
    """The body of a proof's first page.

    Raises:
        ConfigurationError: a practice's own template cannot be read.
    """
    return _rendered(["filing_proof.j2"], own, proof=proof, subject=proof.subject)


def _rendered(names: Sequence[str], own: Path | None, **facts: object) -> list[str]:
    folders = [str(folder) for folder in (own, data_folder("schemas") / SHIPPED) if folder is not None]
    bench = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=False,  # plain text for a PDF, no markup
    )  # fmt: skip
    bench.filters |= {"usd": dollars, "day": day, "days": lambda count: counted(count, "day")}
    try:
        text = bench.select_template(list(names)).render(**facts)
    except TemplateNotFound as problem:
        raise ConfigurationError(f"the letter template {problem.name} is missing") from None
    except TemplateError as problem:
        raise ConfigurationError(f"a letter template ({names[0]}) cannot be used: {type(problem).__name__}",
                                 hint="schemas/letters/README.md says what a template may say") from None
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def dollars(value: Decimal) -> str:
    """`$1,234.50`."""
    return f"${usd(value)}" if value >= 0 else f"-${usd(-value)}"
