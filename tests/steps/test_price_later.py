"""What later payers paid against what their contracts say: on a claim of their own, and on one that was forwarded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from ptedi import pipeline
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import price, reporting
from ptedi.steps.night import Night
from ptedi.steps.secondary import bill_next_payers
from ptedi.store import files, prices, work
from ptedi.store.work import WorkKind
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.two_payers import PAID_ON, answered, billed, checked, first, post, secondary_answer, workspace

__all__ = ["billed", "first", "workspace"]
NEXT = "bluestone-ppo"


def agree(night: Night, rule: str = "patient share") -> None:
    folder = night.workspace.root / "contracts"
    folder.mkdir(exist_ok=True)
    said = f'after_others = "{rule}"\n' if rule else ""
    (folder / "supplement.toml").write_text(f'id = "supplement"\npayer = "{NEXT}"\n[[terms]]\nfrom = 2026-01-01\n'
                                            f'source = "test"\n{said}')  # fmt: skip


def verdicts(night: Night, claim_id: int, payer: str = NEXT) -> list[tuple[str, str, int]]:
    with night.store.read() as conn:
        held = prices.of_claims(conn, [claim_id])[claim_id]
        return [(one.verdict, one.cause, one.difference_cents) for one in held if one.payer_id == payer]


def short(clp: ClaimPayment, cents: int) -> ClaimPayment:
    """The same with so much less paid of the first line, as a contractual cut."""
    off = Decimal(cents) / 100
    cut = next(a for a in clp.lines[0].adjustments if a.reason == "23")
    clp.lines[0].adjustments.append(type(cut)("CO", "45", off, None, cut.origin))
    clp.lines[0].paid -= off
    clp.paid -= off
    return clp


def test_a_claim_to_the_next_payer_is_compared_with_what_was_left(night: Night, first: KnownClaim,
                                                                  billed: KnownClaim) -> None:  # fmt: skip
    agree(night)
    prior = answered(first.claim)
    said = short(secondary_answer(first.claim, billed.claim, prior), 300)
    post(night, 2, checked("T2", said, originator="1999999997"))
    price.compare_payments(night)
    count = len(billed.claim.lines)
    assert verdicts(night, billed.claim_id) == [("underpaid", "payer before", -300),
                                                *[("paid as expected", "", 0)] * (count - 1)]  # fmt: skip
    with night.store.read() as conn:
        (item,) = work.list_work(conn, kinds=[WorkKind.UNDERPAID])
        assert (item.claim_id, item.amount_cents) == (billed.claim_id, 300)
        where = files.list_files(conn, kinds=["835"])
    made = pipeline.report(night, "underpayments", first=DAY, last=PAID_ON + timedelta(days=9), by=("payer",),
                           rows="all")  # fmt: skip
    split = next(view for view in made.views if view.key == "split").frame.set_index("payer")
    assert int(split.loc[NEXT, "under"]) == 300
    assert made.rows is not None
    rows = made.rows.frame[made.rows.frame["payer"] == NEXT]
    names = {one.id: night.archive / one.stored_name for one in where}
    for row in rows.to_dict("records"):  # down to the segment and the byte of the line
        with names[int(row["file_id"])].open("rb") as file:
            file.seek(int(row["byte_offset"]))
            assert file.read(len(row["code"]) + 7) == f"SVC*HC:{row['code']}".encode()


@pytest.mark.parametrize("rule", ["patient share", ""])
def test_a_contract_that_does_not_say_gives_no_figure(night: Night, first: KnownClaim, billed: KnownClaim,
                                                      rule: str) -> None:  # fmt: skip
    agree(night, rule)
    post(night, 2, checked("T2", secondary_answer(first.claim, billed.claim, answered(first.claim)),
                           originator="1999999997"))  # fmt: skip
    price.compare_payments(night)
    wanted = "paid as expected" if rule else "no rule after another"
    assert {verdict for verdict, *_ in verdicts(night, billed.claim_id)} == {wanted}
    made = pipeline.report(night, "underpayments", first=DAY, last=PAID_ON + timedelta(days=9), by=("payer",))
    apart = [view for view in made.views if view.key == "unknown"]
    told = apart[0].frame[apart[0].frame["payer"] == NEXT]["verdict"].tolist() if apart else []
    assert told == ([] if rule else ["no rule after another"])


def test_the_answer_to_a_forwarded_claim_is_the_next_payers(night: Night, first: KnownClaim) -> None:
    agree(night)
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    post(night, 1, checked("T1", prior))
    bill_next_payers(night)
    said = short(secondary_answer(first.claim, first.claim, prior), 250)
    post(night, 2, checked("T2", said, originator="1999999997"))
    price.compare_payments(night)
    own = verdicts(night, first.claim_id, "medicare-part-b")
    count = len(first.claim.lines)
    assert len(own) == count and len(verdicts(night, first.claim_id)) == count  # each line twice, once for each payer
    assert verdicts(night, first.claim_id)[0] == ("underpaid", "payer before", -250)
    assert price.compare_payments(night) == price.Compared()
    again = price.rerun(night)
    assert (again.lines, again.opened) == (0, 0)


def test_a_later_payer_nobody_knows_is_named_so(night: Night, first: KnownClaim) -> None:
    prior = answered(first.claim)
    post(night, 1, checked("T1", prior))
    post(night, 2, checked("T2", secondary_answer(first.claim, first.claim, prior), originator="1999999997"))
    price.compare_payments(night)
    with night.store.read() as conn:
        held = [one for one in prices.of_claims(conn, [first.claim_id])[first.claim_id] if not one.payer_id]
    assert {one.verdict for one in held} == {"no contract known"} and "not known" in held[0].sentence


def test_a_work_item_knows_the_segment_that_denied(night: Night, first: KnownClaim) -> None:
    claim = first.claim
    lines = [{"CO-50": line.charge} if not n else {"CO-45": line.charge / 2} for n, line in enumerate(claim.lines)]
    post(night, 1, checked("T1", remits.answer(claim, "ICN1", lines)))
    pipeline.route_denials(night)
    frame = reporting.frames(night).work
    (row,) = frame[frame["kind"] == "denial"].to_dict("records")
    with night.store.read() as conn:
        path = night.archive / files.get(conn, int(row["file_id"])).stored_name
    data = path.read_bytes()
    assert data[int(row["byte_offset"]) :].startswith(b"CAS*CO*50")
    assert data[: int(row["byte_offset"])].count(b"~") == int(row["segment_index"]) - 1


