"""What the first payer left: billed to the next one exactly once, or stopped because the payer forwarded it itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import checks, pipeline
from ptedi.claims.model import Claim, Coverage, Visit
from ptedi.config import data_folder
from ptedi.ledger.accounts import Account
from ptedi.ledger.coordination import imbalances
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.steps import faults
from ptedi.steps.batch import rebuild
from ptedi.steps.inbound import post_remittances
from ptedi.steps.night import Night, open_night
from ptedi.steps.secondary import Forwarded, bill_next_payers
from ptedi.store import claims, coordination, events, files, findings, payments, postings, visits, work
from ptedi.store.coordination import Step
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import State
from ptedi.transactions import claim_837p
from ptedi.x12 import oracle
from tests.steps import remits
from tests.steps.conftest import DAY

PAID_ON = DAY
ZERO = Decimal("0.00")


@pytest.fixture
def first(night: Night, drop: Callable[..., None]) -> KnownClaim:
    """A Medicare claim, sent, whose patient has a second coverage."""
    drop(visits=8, seed=5)
    pipeline.nightly(night, DAY)
    sent = remits.known_claims(night)
    with night.store.read() as conn:
        rows = claims.get_all(conn, [one.claim_id for one in sent])
        captured = visits.get(conn, [row.visit_row_id for row in rows.values()])
    return next(one for one in sent if len(captured[rows[one.claim_id].visit_row_id].visit.coverages) > 1)


def answered(claim: Claim, **more: object) -> ClaimPayment:
    """Paid, with 20 % of each line left to the patient."""
    lines = []
    for line in claim.lines:
        share = (line.charge / 5).quantize(Decimal("0.01"))
        lines.append({"CO-45": Decimal("7.00"), "PR-2": share})
    return remits.answer(claim, "ICN1", lines, **more)


def post(night: Night, number: int, *found: Payment) -> None:
    with night.store.begin() as conn:
        file = files.register(conn, night.archive, remits.file(number, *found), f"{number}.835", direction="in",
                              kind="835")  # fmt: skip
    post_remittances(night, file.id)


def checked(trace: str, *found: ClaimPayment, day: dt.date = PAID_ON, **more: object) -> Payment:
    return remits.check(trace, day, found, **more)  # type: ignore[arg-type]


def items(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[WorkKind.COORDINATION])


def step(night: Night, claim_id: int) -> coordination.Coordination:
    with night.store.read() as conn:
        return coordination.get(conn, [claim_id])[claim_id]


def balances(night: Night, claim_id: int) -> dict[Account, Decimal]:
    with night.store.read() as conn:
        found = postings.balances_of_claims(conn, [claim_id])[claim_id]
        return {account: amount for account, amount in found.items() if amount}


def share(clp: ClaimPayment) -> Decimal:
    return sum((a.amount for s in clp.lines for a in s.adjustments if a.group == "PR"), ZERO)


@pytest.fixture
def billed(night: Night, first: KnownClaim) -> KnownClaim:
    """The claim to the second payer, made of the first one's remittance."""
    post(night, 1, checked("T1", answered(first.claim)))
    assert bill_next_payers(night).billed == 1
    next_id = step(night, first.claim_id).next_claim_id
    assert next_id is not None
    with night.store.read() as conn:
        row, coded = claims.get(conn, next_id), claims.load(conn, next_id)
    return KnownClaim(claim_id=next_id, payer_id=row.payer_id, service_date=row.service_date, claim=coded.claim,
                      account_id=first.claim_id)  # fmt: skip


def closes(night: Night) -> bool:
    return pipeline.census(night).closes and pipeline.summary(night, DAY).closes


# --- our own secondary claim ---


def test_the_second_payer_is_billed_once_with_what_the_first_said(night: Night, first: KnownClaim,
                                                                   billed: KnownClaim) -> None:  # fmt: skip
    claim = billed.claim
    assert (billed.payer_id, claim.sequence, claim.payer.id) == ("bluestone-ppo", "S", "SYN03")
    assert claim.patient_control_number != first.claim.patient_control_number
    (other,) = claim.other_payers
    assert (other.payer, other.claim_number) == (first.claim.payer, "ICN1")
    assert list(imbalances(claim)) == []
    assert bill_next_payers(night) == Forwarded()
    with night.store.read() as conn:
        assert events.current_states(conn, [billed.claim_id])[billed.claim_id] is State.READY
    assert closes(night)


def test_the_first_payer_is_told_of_the_second_coverage(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    (other,) = first.claim.other_payers
    assert (other.sequence, other.payer.id, other.filing_indicator, other.paid) == ("S", "SYN03", "BL", None)
    assert other.member_id == billed.claim.member_id
    with night.store.read() as conn:
        sent = next(f for f in files.list_files(conn, direction="out"))
        data = files.read_bytes(night.archive, sent)
    (batch,) = claim_837p.read_batches(data)
    assert first.claim.patient_control_number in {c.patient_control_number for c in batch.claims if c.other_payers}
    assert checks.check_file(data).verdict == "accepted"
    assert oracle.validate(data).ok


def test_a_payer_that_does_not_want_to_know_is_not_told(workspace: Path, drop: Callable[..., None]) -> None:
    profile(workspace, "medicare-part-b", "names_other_payers = false")
    drop(visits=8, seed=5)
    with open_night(workspace) as night:
        pipeline.nightly(night, DAY)
        assert not any(one.claim.other_payers for one in remits.known_claims(night))


def profile(workspace: Path, name: str, *lines: str) -> None:
    """A payer of the workspace that differs in these lines."""
    text = (data_folder("schemas") / "payers" / f"{name}.toml").read_text()
    (workspace / "payers").mkdir(exist_ok=True)
    more = "\n".join(("", "[[differs]]", "from = 2020-01-01", 'source = "our own"', *lines, ""))
    (workspace / "payers" / f"{name}.toml").write_text(text + more)


def test_medicare_as_the_second_payer_needs_its_reason(workspace: Path, night: Night, first: KnownClaim) -> None:
    """SBR05: without it the claim is held by our own check before it leaves, and let go when the profile says it."""
    profile(workspace, "bluestone-ppo", "secondary_approval = false", 'secondary_type = ""')
    path = workspace / "payers" / "bluestone-ppo.toml"
    path.write_text(path.read_text().replace('filing_indicator = "BL"', 'filing_indicator = "MB"'))
    post(night, 1, checked("T1", answered(first.claim)))
    with open_night(workspace) as again:
        assert bill_next_payers(again).billed == 1
        assert pipeline.build_batches(again, DAY).claims == 0
        with again.store.read() as conn:
            (held,) = claims.by_state(conn, [State.HELD])
            said = findings.of_claims(conn, [held.id])[held.id]
        assert "CS006" in {f.code for f in said if f.severity.stops}
        assert closes(again)


def test_the_receivable_moves_to_the_second_payer(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    left = share(answered(first.claim))
    found = balances(night, first.claim_id)
    assert found[Account.PAYER_SECONDARY] == left
    assert sum((a for k, a in found.items() if k.value.startswith("receivable.patient")), ZERO) == 0
    assert Account.PAYER_PRIMARY not in found
    with night.store.read() as conn:
        assert postings.balances_of_claims(conn, [billed.claim_id]) == {}


def test_it_goes_out_with_the_next_batch_and_reads_back(night: Night, billed: KnownClaim) -> None:
    built = pipeline.build_batches(night, DAY)
    assert built.claims == 1
    (one,) = claim_837p.read_batches(rebuild(night, built.batch_ids[0]))
    assert one.claims == (claim_837p.normalise(billed.claim),)


def secondary_answer(first: Claim, second: Claim, prior: ClaimPayment, *, oa23: bool = True) -> ClaimPayment:
    """The second payer pays what was left, but for a copay of a dollar on the first line."""
    lines = []
    for number, (line, said) in enumerate(zip(second.lines, prior.lines, strict=True)):
        left = sum((a.amount for a in said.adjustments if a.group == "PR"), ZERO)
        copay = Decimal("1.00") if not number else ZERO
        lines.append({("OA-23" if oa23 else "CO-45"): line.charge - left, "PR-3": copay})
    return remits.answer(second, "SEC1", lines, status_code="2")


def test_the_second_payers_answer_settles_what_was_left(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    prior = answered(first.claim)
    post(night, 2, checked("T2", secondary_answer(first.claim, billed.claim, prior), originator="1999999997"))
    found = balances(night, first.claim_id)
    assert found[Account.CONTRACTUAL] == 7 * len(first.claim.lines)  # OA-23 is no write-off
    assert Account.PAYER_SECONDARY not in found
    assert found[Account.PATIENT_COPAY] == Decimal("1.00")
    assert sum((a for k, a in found.items() if k.is_receivable), ZERO) == Decimal("1.00")
    with night.store.read() as conn:
        assert events.current_states(conn, [billed.claim_id])[billed.claim_id] is State.PAID
    assert (bill_next_payers(night).asked, items(night)) == (0, [])
    assert closes(night)


def test_rfi_1696_an_answer_without_oa_23_waits_in_unapplied(night: Night, first: KnownClaim,
                                                              billed: KnownClaim) -> None:  # fmt: skip
    bad = secondary_answer(first.claim, billed.claim, answered(first.claim), oa23=False)
    post(night, 2, checked("T2", bad, originator="1999999997"))
    assert balances(night, first.claim_id)[Account.PAYER_SECONDARY] == share(answered(first.claim))
    with night.store.read() as conn:
        (held,) = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert held.sentence.startswith("IF011")
    assert closes(night)


@pytest.mark.parametrize("status", ["1", "2"])
def test_an_answer_that_restates_too_little_waits_for_a_person(night: Night, first: KnownClaim, billed: KnownClaim,
                                                               status: str) -> None:  # fmt: skip
    prior = answered(first.claim)
    good = secondary_answer(first.claim, billed.claim, prior)
    line, restated = good.lines[0], good.lines[0].adjustments[0]
    less = [replace(restated, amount=restated.amount - 3), *remits.cas({"CO-45": Decimal("3.00")})]
    less += line.adjustments[1:]
    bad = replace(good, status_code=status, lines=[replace(line, adjustments=less), *good.lines[1:]])
    before = balances(night, first.claim_id)
    post(night, 2, checked("T2", bad, originator="1999999997"))
    assert balances(night, first.claim_id) == before
    with night.store.read() as conn:
        (held,) = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert held.sentence.startswith("IF016")
    assert "off by 3.00" in held.sentence
    assert closes(night)


def test_an_answer_with_another_status_and_no_oa_23_waits_too(night: Night, first: KnownClaim,
                                                              billed: KnownClaim) -> None:  # fmt: skip
    bad = secondary_answer(first.claim, billed.claim, answered(first.claim), oa23=False)
    post(night, 2, checked("T2", replace(bad, status_code="1"), originator="1999999997"))
    with night.store.read() as conn:
        (held,) = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert held.sentence.startswith("IF011")
    assert closes(night)


def test_a_denial_by_the_second_payer_is_work_on_its_claim(night: Night, first: KnownClaim,
                                                           billed: KnownClaim) -> None:  # fmt: skip
    lines = [{"OA-23": line.charge - share_of(answered(first.claim), n), "CO-16": share_of(answered(first.claim), n)}
             for n, line in enumerate(billed.claim.lines)]  # fmt: skip
    post(night, 2, checked("T2", remits.answer(billed.claim, "SEC1", lines, status_code="2"), originator="1999999997"))
    pipeline.route_denials(night)
    with night.store.read() as conn:
        found = work.list_work(conn, kinds=[WorkKind.DENIAL])
    assert {item.claim_id for item in found} == {billed.claim_id}
    assert sum(item.amount_cents for item in found) == int(share(answered(first.claim)) * 100)
    assert closes(night)


def share_of(clp: ClaimPayment, line: int) -> Decimal:
    return sum((a.amount for a in clp.lines[line].adjustments if a.group == "PR"), ZERO)


def test_a_first_payer_that_decides_anew_asks_a_person(night: Night, first: KnownClaim, billed: KnownClaim) -> None:
    prior = answered(first.claim)
    again = replace(prior, payer_claim_control_number="ICN2", lines=[
        replace(s, paid=s.paid - 1, adjustments=[*s.adjustments, *remits.cas({"PR-1": Decimal("1.00")})])
        for s in prior.lines], paid=prior.paid - len(prior.lines))  # fmt: skip
    post(night, 2, checked("T2", remits.reversed_(prior), again, day=PAID_ON + dt.timedelta(days=9)))
    assert bill_next_payers(night).asked == 1
    (item,) = items(night)
    assert "decided anew" in item.sentence
    assert bill_next_payers(night) == Forwarded()
    assert closes(night)


# --- a coverage captured or changed after the first payer decided ---


def captured_again(night: Night, first: KnownClaim, change: Callable[[Visit], Visit]) -> None:
    """The visit of a claim as a later file captures it."""
    with night.store.begin() as conn:
        (row,) = visits.of_claims(conn, [first.claim_id])[first.claim_id]
        newest = visits.newest(conn, [row.visit_id])[row.visit_id]
        visits.save(conn, change(newest.visit), next(f.id for f in files.list_files(conn)))


def without_second(visit: Visit) -> Visit:
    return replace(visit, coverages=visit.coverages[:1])


def with_second(second: Coverage) -> Callable[[Visit], Visit]:
    return lambda visit: replace(visit, coverages=(visit.coverages[0], second))


def second_of(night: Night, first: KnownClaim) -> Coverage:
    with night.store.read() as conn:
        (row,) = visits.of_claims(conn, [first.claim_id])[first.claim_id]
    return row.visit.coverages[1]


def test_a_second_coverage_that_is_captured_later_is_billed_then(night: Night, first: KnownClaim) -> None:
    second = second_of(night, first)
    captured_again(night, first, without_second)
    post(night, 1, checked("T1", answered(first.claim)))
    assert bill_next_payers(night) == Forwarded(looked=1)
    assert step(night, first.claim_id).step is Step.NONE
    captured_again(night, first, with_second(replace(second, member_id="LATE00001")))
    assert bill_next_payers(night).billed == 1
    assert bill_next_payers(night) == Forwarded()
    with night.store.read() as conn:
        made = claims.load(conn, step(night, first.claim_id).next_claim_id or 0)
        assert events.current_states(conn)[step(night, first.claim_id).next_claim_id or 0] is State.READY
    assert (made.claim.member_id, made.claim.sequence) == ("LATE00001", "S")
    assert closes(night)


@pytest.mark.parametrize("gone", [False, True])
def test_a_second_coverage_that_changes_after_billing_is_asked(night: Night, first: KnownClaim, billed: KnownClaim,
                                                               gone: bool) -> None:  # fmt: skip
    second = second_of(night, first)
    captured_again(night, first, without_second if gone else with_second(replace(second, member_id="OTHER0001")))
    assert bill_next_payers(night).asked == 1
    (item,) = items(night)
    assert billed.claim.patient_control_number in item.sentence
    assert bill_next_payers(night) == Forwarded()
    assert closes(night)


# --- when we do not bill ---


def test_a_forwarded_claim_is_not_billed_by_us_and_has_a_clock(night: Night, first: KnownClaim,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    post(night, 1, checked("T1", answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")))
    assert bill_next_payers(night) == Forwarded(looked=1, crossed=1)
    assert step(night, first.claim_id).step is Step.CROSSED
    assert items(night) == []
    monkeypatch.setenv("PTEDI_NOW", "2027-01-02T02:00:00+00:00")
    bill_next_payers(night)
    (item,) = items(night)
    assert item.category == "no 835 after crossover"
    bill_next_payers(night)
    assert len(items(night)) == 1


def test_the_next_payers_answer_stops_the_clock(night: Night, first: KnownClaim,
                                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    post(night, 1, checked("T1", prior))
    bill_next_payers(night)
    monkeypatch.setenv("PTEDI_NOW", "2027-01-02T02:00:00+00:00")
    bill_next_payers(night)
    post(night, 2, checked("T2", secondary_answer(first.claim, first.claim, prior), originator="1999999997"))
    bill_next_payers(night)
    assert (step(night, first.claim_id).step, items(night)) == (Step.ANSWERED, [])
    assert closes(night)


@pytest.mark.parametrize("backwards", [False, True])
def test_an_answer_after_a_crossover_that_restates_too_little_is_asked(night: Night, first: KnownClaim,
                                                                       backwards: bool) -> None:  # fmt: skip
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    good = secondary_answer(first.claim, first.claim, prior)
    line, restated = good.lines[0], good.lines[0].adjustments[0]
    less = [replace(restated, amount=restated.amount - 3), *remits.cas({"CO-45": Decimal("3.00")})]
    bad = replace(good, lines=[replace(line, adjustments=[*less, *line.adjustments[1:]]), *good.lines[1:]])
    checks = [checked("T1", prior), checked("T2", bad, originator="1999999997")]
    for number, one in enumerate(reversed(checks) if backwards else checks):
        post(night, number, one)
        bill_next_payers(night)
    (item,) = items(night)
    assert item.sentence.startswith("IF016")
    assert (item.amount_cents, step(night, first.claim_id).step) == (300, Step.ANSWERED)
    assert bill_next_payers(night) == Forwarded()
    assert closes(night)


def test_the_answers_may_come_in_the_other_order(night: Night, first: KnownClaim) -> None:
    prior = answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")
    post(night, 1, checked("T2", secondary_answer(first.claim, first.claim, prior), originator="1999999997"))
    bill_next_payers(night)
    post(night, 2, checked("T1", prior))
    assert bill_next_payers(night).billed == 0
    assert step(night, first.claim_id).step is Step.ANSWERED


def test_a_late_crossover_can_be_billed_by_a_person(night: Night, first: KnownClaim,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    post(night, 1, checked("T1", answered(first.claim, status_code="19", crossover_payer="BLUESTONE MUTUAL PPO")))
    bill_next_payers(night)
    monkeypatch.setenv("PTEDI_NOW", "2027-01-02T02:00:00+00:00")
    bill_next_payers(night)
    (item,) = items(night)
    number = pipeline.release_draft(night, item.id, "ANNA").claim
    assert pipeline.release_draft(night, item.id, "ANNA").claim == number
    assert items(night) == []
    with night.store.read() as conn:
        assert claims.get(conn, step(night, first.claim_id).next_claim_id or 0).patient_control_number == number


def test_clp02_23_was_forwarded_and_moves_no_money(night: Night, first: KnownClaim) -> None:
    claim = first.claim
    lines = [{"OA-B11": line.charge} for line in claim.lines]
    post(night, 1, checked("T1", remits.answer(claim, "ICN1", lines, status_code="23", crossover_payer="ANOTHER PLAN")))
    bill_next_payers(night)
    assert step(night, first.claim_id).step is Step.CROSSED
    assert balances(night, first.claim_id)[Account.PAYER_PRIMARY] == claim.charge


def test_clp02_25_is_no_result(night: Night, first: KnownClaim) -> None:
    claim = first.claim
    lines = [{"OA-101": line.charge} for line in claim.lines]
    post(night, 1, checked("T1", remits.answer(claim, "ICN1", lines, status_code="25")))
    assert bill_next_payers(night) == Forwarded()
    assert balances(night, first.claim_id)[Account.PAYER_PRIMARY] == claim.charge


def test_clp02_4_is_a_denial_and_asks_before_the_next_payer(night: Night, first: KnownClaim) -> None:
    claim = first.claim
    lines = [{"CO-31": line.charge} for line in claim.lines]
    post(night, 1, checked("T1", remits.answer(claim, "ICN1", lines, status_code="4")))
    assert bill_next_payers(night).asked == 1
    with night.store.read() as conn:
        assert events.current_states(conn, [first.claim_id])[first.claim_id] is State.DENIED


def test_nothing_left_is_nothing_to_bill(night: Night, first: KnownClaim) -> None:
    lines = [{"CO-45": Decimal("7.00")} for _ in first.claim.lines]
    post(night, 1, checked("T1", remits.answer(first.claim, "ICN1", lines)))
    assert (bill_next_payers(night).billed, items(night)) == (0, [])


def test_what_belongs_to_no_line_is_asked_and_not_billed(night: Night, first: KnownClaim) -> None:
    prior = answered(first.claim)
    stranger = [replace(s, line_control_number="", procedure="99213") if not n else s
                for n, s in enumerate(prior.lines)]  # fmt: skip
    post(night, 1, checked("T1", replace(prior, lines=stranger)))
    assert bill_next_payers(night).asked == 1
    (item,) = items(night)
    with pytest.raises(Exception, match="makes no claim"):
        pipeline.release_draft(night, item.id, "ANNA")


def test_a_profile_can_ask_for_approval(workspace: Path, night: Night, first: KnownClaim) -> None:
    text = (data_folder("schemas") / "payers" / "bluestone-ppo.toml").read_text()
    (workspace / "payers").mkdir(exist_ok=True)
    (workspace / "payers" / "bluestone-ppo.toml").write_text(
        text + '\n[[differs]]\nfrom = 2020-01-01\nsource = "our own"\nsecondary_approval = true\n')
    with open_night(workspace) as careful:
        post(careful, 1, checked("T1", answered(first.claim)))
        assert bill_next_payers(careful) == Forwarded(looked=1, asked=1)
        (item,) = items(careful)
        pipeline.release_draft(careful, item.id, "ANNA")
        assert step(careful, first.claim_id).step is Step.BILLED
        assert (items(careful), bill_next_payers(careful).billed) == ([], 0)


def test_history_of_the_claim_is_left_alone_by_further_nights(night: Night, first: KnownClaim,
                                                              billed: KnownClaim) -> None:  # fmt: skip
    pipeline.nightly(night, DAY)
    with night.store.read() as conn:
        assert claims.load(conn, billed.claim_id).claim == billed.claim
        assert payments.of_claims(conn, [billed.claim_id]) == {}
    assert closes(night)


def test_a_decision_of_a_day_to_come_waits_for_that_day(night: Night, first: KnownClaim,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    post(night, 1, checked("T1", answered(first.claim), day=DAY + dt.timedelta(days=3)))
    assert bill_next_payers(night).billed == 0
    monkeypatch.setenv("PTEDI_NOW", "2026-11-24T02:00:00+00:00")
    assert bill_next_payers(night).billed == 1


class Killed(BaseException):
    """The process is gone; nobody may catch this."""


@pytest.mark.parametrize("name", ["secondary.claim inserted", "secondary.booked", "secondary.piece kept",
                                  "secondary.kept"])  # fmt: skip
def test_cut_off_anywhere_the_second_payer_is_billed_once(workspace: Path, first: KnownClaim, name: str) -> None:
    with open_night(workspace) as night:
        post(night, 1, checked("T1", answered(first.claim)))

    def plug(point: str) -> None:
        if point == name:
            raise Killed

    with open_night(workspace) as night, pytest.raises(Killed), faults.watching(plug):
        bill_next_payers(night)
    with open_night(workspace) as night:
        bill_next_payers(night)
        assert bill_next_payers(night) == Forwarded()
        with night.store.read() as conn:
            assert len(coordination.later(conn)) == 1
        assert balances(night, first.claim_id)[Account.PAYER_SECONDARY] == share(answered(first.claim))
        assert closes(night)
