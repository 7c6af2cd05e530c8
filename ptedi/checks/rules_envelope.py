"""837P rules E: the batch as a whole (BHT, dates of the envelope, size)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptedi import dates
from ptedi.checks.records import Header, Subscriber
from ptedi.checks.registry import E, W, on, page
from ptedi.checks.telling import Teller
from ptedi.checks.values import DAY, get

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

CLAIMS_PER_SET = 5_000
CLAIMS_PER_PATIENT = 100

ENCOUNTERS = page(
    "CE009", "E09", 4, W, "The batch holds encounters, not claims",
    checks="BHT06 is CH; RP (reporting) and 31 (subrogation) are for encounters and plan-to-plan demands.",
    matters="A payer does not pay what is sent as RP: the claims are counted and closed without money.",
    example="BHT*0019*00*B1*20260805*2130*RP", instead="Send CH in BHT06 for claims that shall be paid.",
    reference="X222A1 BHT06",
)  # fmt: skip
BATCH_REPEATED = page(
    "CE010", "E10", 1, E, "Batch number used twice",
    checks="BHT03 is not repeated within a file (and, in the nightly run, never for one submitter).",
    matters="The 277CA answers by BHT03: two batches of one number cannot be told apart, many receivers refuse the "
    "second.",
    example="two ST..SE with BHT*0019*00*B1*...", instead="Give every batch its own number in BHT03.",
    reference="X222A1 BHT03",
)  # fmt: skip
TOO_MANY = page(
    "CE011", "E11", 2, W, "Too many claims in one transaction set",
    checks="At most 5,000 claims in one ST..SE and 100 below one patient.",
    matters="Clearinghouses cut or refuse larger sets, and one bad segment rejects all of them.",
    example="an ST..SE with 6,000 CLM", instead="Split the batch.", reference="X222A1 loop 2300 repeat 100",
)  # fmt: skip
FUTURE = page(
    "CE012", "E12", 4, E, "Creation date in the future",
    checks="ISA09, GS04 and BHT04 are not after today; the sender's clock may be ahead of UTC by 14 hours.",
    matters="Receivers answer a future date with TA1 014 or drop the file.",
    example="BHT*0019*00*B1*20990101*...", instead="Correct the clock of the sending system and build the file again.",
    reference="X222A1 ISA09, GS04, BHT04",
)  # fmt: skip


@on("transaction")
def encounters(collector: Collector, header: Header, tell: Teller) -> None:
    """E09."""
    kind = get(header.bht[0].split("*"), 6)
    if kind and kind != "CH":
        what = "encounters" if kind == "RP" else "subrogation demands"
        tell(ENCOUNTERS, header.bht, f"BHT06 is {kind}: these are {what}, not claims to be paid.", "BHT06")


@on("transaction")
def batch_number(collector: Collector, header: Header, tell: Teller) -> None:
    """E10, within the file."""
    number = get(header.bht[0].split("*"), 3)
    if number and number in collector.seen_batches:
        tell(BATCH_REPEATED, header.bht, f"Batch number {number} is used twice in this file.", "BHT03")
    collector.seen_batches.add(number)


@on("transaction")
def size(collector: Collector, header: Header, tell: Teller) -> None:
    """E11, the transaction set."""
    count = collector.extents.count
    if count > CLAIMS_PER_SET:
        tell(TOO_MANY, header.bht, f"{count:,} claims in one transaction set; split it below {CLAIMS_PER_SET:,}.")


@on("subscriber")
def patient_size(collector: Collector, subscriber: Subscriber, tell: Teller) -> None:
    """E11, one subscriber; below a dependent the structure counts."""
    if subscriber.claims > CLAIMS_PER_PATIENT:
        tell(TOO_MANY, subscriber.hl, f"{subscriber.claims} claims below one subscriber.", loop="2000B")


@on("transaction")
def creation(collector: Collector, header: Header, tell: Teller) -> None:
    """E12; one finding though the same clock wrote all three dates."""
    newest = dates.x12_date(dates.newest_day())
    isa, gs, bht = (seg[0].split("*") for seg in (header.isa, header.gs, header.bht))
    for seg, element, day in (
        (header.bht, "BHT04", get(bht, 4)), (header.gs, "GS04", get(gs, 4)), (header.isa, "ISA09", "20" + get(isa, 9)),
    ):  # fmt: skip
        if DAY[day] is not None and day > newest:
            tell(FUTURE, seg, f"{element} {day} is a future date.", element)
            return
