"""Edits on service lines and charges."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ptedi import money
from ptedi.codes import procedures
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

MOST = 50
LARGEST = Decimal("5000.00")


@edit("LN101", Severity.HOLD)
def zero_charge(c: Context) -> Iterator[Problem]:
    """A line has no charge.

    What it checks: Lines with a charge of zero or less.
    Why it matters: It is paid with nothing; usually the price list lacks the code.
    Example: 97533 without a price in [practice.charges].
    Use instead: Add the price; quality reporting lines with 0.01 are not used here.
    Reference: 005010X222A1 2400 SV102; ptedi.toml [practice.charges].
    """
    for line in c.lines:
        if line.line.charge <= 0:
            known = "" if line.code in c.practice.charges else ", the price list does not have it"
            yield Problem(message=f"{line.code} has a charge of {money.usd(line.line.charge)}{known}.",
                          line=line.number, value=str(line.line.charge), loop="2400", segment="SV1", element="SV102")


@edit("LN102", Severity.ERROR)
def too_many_lines(c: Context) -> Iterator[Problem]:
    """The claim has more than fifty lines.

    What it checks: The number of service lines.
    Why it matters: 2400 may repeat fifty times; the file would be rejected.
    Example: Fifty-one lines.
    Use instead: Split the claim; the parts keep the total.
    Reference: 005010X222A1 2400.
    """
    if len(c.lines) > MOST:
        yield Problem(message=f"The claim has {len(c.lines)} lines, {MOST} fit.", value=str(len(c.lines)))


@edit("LN103", Severity.HOLD)
def nothing_to_bill(c: Context) -> Iterator[Problem]:
    """The visit makes no line.

    What it checks: At least one service line.
    Why it matters: There is nothing to send; usually the minutes are missing or too few.
    Example: A visit with 6 minutes of 97110 alone.
    Use instead: Correct the minutes, or mark the visit as not billable.
    Reference: Medicare Claims Processing Manual ch.5 20.2.
    """
    if not c.lines:
        yield Problem(message="No captured procedure makes a billable unit.")


@edit("LN104", Severity.ERROR)
def procedure_malformed(c: Context) -> Iterator[Problem]:
    """A procedure code does not have the form of one.

    What it checks: Five characters, digits in the middle.
    Why it matters: The clearinghouse rejects the claim (277CA 507).
    Example: 9711O with the letter O.
    Use instead: The code as the table has it.
    Reference: 005010X222A1 2400 SV101-2.
    """
    for line in c.lines:
        if not procedures.is_valid(line.code):
            yield Problem(message=f"{line.code} is not a procedure code.", line=line.number, value=line.code)


@edit("LN105", Severity.WARNING)
def unusual_charge(c: Context) -> Iterator[Problem]:
    """A line's charge is not its price times its units.

    What it checks: The charge against [practice.charges], and lines above 5,000 dollars.
    Why it matters: A wrong charge is paid wrongly and changes what the patient owes.
    Example: Two units of 97110 at 60.00 with a charge of 60.00.
    Use instead: Price times units; correct the price list if it is old.
    Reference: ptedi.toml [practice.charges].
    """
    for line in c.lines:
        price = c.practice.charges.get(line.code)
        wrong = price is not None and line.line.charge != price * line.line.units
        if wrong or line.line.charge > LARGEST:
            yield Problem(message=f"{line.code} has a charge of {money.usd(line.line.charge)} for "
                                  f"{counted(line.line.units, 'unit')}.", line=line.number, value=str(line.line.charge))


@edit("LN106", Severity.ERROR)
def no_units(c: Context) -> Iterator[Problem]:
    """A line has no unit.

    What it checks: Units of each line, from 1 to 999.
    Why it matters: SV104 must be positive; the claim is rejected (277CA 476).
    Example: 97110 with zero units.
    Use instead: Leave the line out, or correct the minutes.
    Reference: 005010X222A1 2400 SV104.
    """
    for line in c.lines:
        if not 0 < line.line.units < 1000:
            yield Problem(message=f"{line.code} has {counted(line.line.units, 'unit')}.", line=line.number,
                          value=str(line.line.units), loop="2400", segment="SV1", element="SV104")
