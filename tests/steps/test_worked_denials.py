"""Denials of remittances on the worklist: what went before, what was agreed, what is not a denial at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from decimal import Decimal as D
from pathlib import Path

import pytest

from ptedi.denials import Category, Fault
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.equation import total
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment
from ptedi.sandbox import payers, refusals
from ptedi.sandbox.adjudication import adjudicate
from ptedi.steps import desk, inbound, patient_bill
from ptedi.steps.night import Night
from ptedi.store import claims, events, postings, work
from ptedi.store.claims import NewClaim
from ptedi.store.work import WorkItem, WorkKind
from ptedi.store.worklist import Shown, WantedWork
from ptedi.submissions.status import Event, State
from tests.steps import remits, sent
from tests.steps.conftest import DAY

Lines = list[dict[str, Decimal]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sent.make(tmp_path_factory.mktemp("worked") / "sent", visits=6)


@pytest.fixture
def night(template: Path, tmp_path: Path) -> Iterator[Night]:
    with sent.copy(template, tmp_path / "practice") as opened:
        yield opened


@pytest.fixture
def one(night: Night) -> KnownClaim:
    """A claim of several lines."""
    return max(remits.known_claims(night), key=lambda known: len(known.claim.lines))


def refused(known: KnownClaim, code: str) -> Lines:
    return [{code: line.charge} for line in known.claim.lines]


def told(night: Night, number: int, *clps: ClaimPayment) -> None:
    sent.post(night, remits.file(number, remits.check(f"T{number}", DAY, clps)))


def items(night: Night, *kinds: WorkKind) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=kinds)


def accepted(night: Night, claim_id: int, event: Event) -> None:
    with night.store.begin() as conn:
        events.append(conn, claim_id, event, "test", event.value)


@pytest.mark.parametrize(("event", "fault"), [
    (None, Fault.BILLING), (Event.CLEARINGHOUSE_ACCEPTED, Fault.CLEARINGHOUSE), (Event.PAYER_ACCEPTED, Fault.PAYER),
])  # fmt: skip
def test_late_is_whose_fault_our_own_acknowledgements_say(
    night: Night, event: Event | None, fault: Fault
) -> None:  # fmt: skip
    known = next(k for k in remits.known_claims(night) if night.profiles[k.payer_id].on(DAY).timely_filing_days)
    if event:
        accepted(night, known.claim_id, event)
    told(night, 1, remits.answer(known.claim, "ICN1", refused(known, "CO-29")))
    found = items(night, WorkKind.DENIAL)
    assert {item.fault for item in found} == {fault}
    assert {item.category for item in found} == {Category.TIMELY_FILING}
    assert sum(item.amount_cents for item in found) == known.claim.charge * 100


@pytest.mark.parametrize(("name", "category", "action"), [
    ("NO_REFERRER", "referral", "CORRECT_RESUBMIT"), ("BAD_DIAGNOSIS", "diagnosis", "CORRECT_RESUBMIT"),
    ("NOT_NECESSARY", "medical necessity", "APPEAL"), ("BUNDLED", "bundling", "CORRECT_RESUBMIT"),
    ("NO_AUTHORIZATION", "authorization", "APPEAL"), ("LATE", "timely filing", "ASK_REOPENING"),
    ("NOT_COVERED", "non-covered", "BILL_PATIENT"), ("USED_UP", "benefit limit", "CORRECT_RESUBMIT"),
])  # fmt: skip
def test_a_denial_of_the_sandbox_lands_in_its_category(night: Night, name: str, category: str, action: str) -> None:
    known = next(k for k in remits.known_claims(night) if k.payer_id == "medicare-part-b")
    payer, decision = payers.payer_of(known.claim), refusals.refuse_claim(known.claim, getattr(refusals, name))
    told(night, 1, adjudicate(known.claim, payer, "ICN1", decision, 3, DAY))
    found = items(night, WorkKind.DENIAL)
    assert {(item.category, item.next_action) for item in found} == {(category, action)}
    assert sum(item.amount_cents for item in found) == known.claim.charge * 100
    assert all(item.edits and item.cited and item.fault for item in found)


def again(night: Night, known: KnownClaim) -> KnownClaim:
    """A second claim for the same visit."""
    with night.store.begin() as conn:
        row, coded = claims.get(conn, known.claim_id), claims.load_all(conn, [known.claim_id])[known.claim_id]
        number = "TESTAGAIN00000001"
        lines = tuple(replace(line, control_number=f"{number}{line.number:02d}") for line in known.claim.lines)
        claim = replace(known.claim, patient_control_number=number, lines=lines)
        made = claims.insert(conn, NewClaim(coded=replace(coded, claim=claim), visit_row_id=row.visit_row_id,
                                            visit_id=row.visit_id, revision=9, partner_id=row.partner_id))  # fmt: skip
        for event in (Event.CODED, Event.RELEASED, Event.BATCHED, Event.SENT):
            events.append(conn, made, event, "test", event.value)
    return replace(known, claim_id=made, claim=claim)


def test_a_duplicate_of_a_paid_claim_is_nothing_to_do(night: Night, one: KnownClaim) -> None:
    second = again(night, one)
    told(night, 1, remits.answer(one.claim, "ICN1", [{} for _ in one.claim.lines]))
    told(night, 2, remits.answer(second.claim, "ICN2", refused(second, "OA-18")))
    found = items(night, WorkKind.DENIAL)
    assert {(item.claim_id, item.category, item.next_action) for item in found} == {
        (second.claim_id, "duplicate", "NOTHING")}  # fmt: skip
    assert {item.chance for item in found} == {0}


def test_a_duplicate_of_a_claim_that_was_not_paid_is_looked_into(night: Night, one: KnownClaim) -> None:
    second = again(night, one)
    told(night, 1, remits.answer(second.claim, "ICN2", refused(second, "OA-18")))
    assert {item.next_action for item in items(night, WorkKind.DENIAL)} == {"INVESTIGATE"}
    told(night, 2, remits.answer(one.claim, "ICN1", [{} for _ in one.claim.lines]))
    found = items(night, WorkKind.DENIAL)
    inbound.route_denials(night)
    assert items(night, WorkKind.DENIAL) == found


def test_the_same_reason_for_the_corrected_claim(night: Night, one: KnownClaim) -> None:
    second = again(night, one)
    told(night, 1, remits.answer(one.claim, "ICN1", refused(one, "CO-29")))
    told(night, 2, remits.answer(second.claim, "ICN2", refused(second, "CO-29")))
    by_claim = {item.claim_id: (item.fault, item.chance) for item in items(night, WorkKind.DENIAL)}
    assert by_claim == {one.claim_id: ("billing", 40), second.claim_id: ("payer", 35)}


def test_bundled_as_agreed_is_an_adjustment_and_no_denial(night: Night) -> None:
    known = next(k for k in remits.known_claims(night) if night.profiles[k.payer_id].on(DAY).not_covered)
    rules = night.profiles[known.payer_id].on(DAY)
    clp = remits.answer(known.claim, "ICN1", refused(known, "CO-97"))
    clp.lines[0].procedure = rules.not_covered[0]
    told(night, 1, clp)
    agreed, denied = items(night, WorkKind.ADJUSTMENT), items(night, WorkKind.DENIAL)
    assert [item.category for item in agreed] == ["no payment expected"]
    assert len(denied) == len(known.claim.lines) - 1


def test_zero_paid_by_the_deductible_is_no_denial(night: Night, one: KnownClaim) -> None:
    told(night, 1, remits.answer(one.claim, "ICN1", refused(one, "PR-1")))
    assert not items(night, WorkKind.DENIAL, WorkKind.ADJUSTMENT)
    assert sent.states(night)[one.claim_id] is not State.DENIED


def test_denied_is_not_written_off_and_closing_the_item_does_not_either(night: Night, one: KnownClaim) -> None:
    told(night, 1, remits.answer(one.claim, "ICN1", refused(one, "CO-50")))
    before = sent.books(night)
    with night.store.read() as conn:
        balances = postings.balances_of_claims(conn, [one.claim_id])[one.claim_id]
    assert balances[Account.DENIED] == one.claim.charge
    assert not total(balances, Kind.ADJUSTMENT)
    found = items(night, WorkKind.DENIAL)
    done = desk.resolve_items(night, [i.id for i in found], "ann", "too small")
    assert done.items == tuple(i.id for i in found)
    assert sent.books(night) == before
    assert sent.states(night)[one.claim_id] is State.DENIED
    inbound.route_denials(night)
    assert not items(night, WorkKind.DENIAL)


def test_rejected_is_not_denied(night: Night, one: KnownClaim) -> None:
    accepted(night, one.claim_id, Event.PAYER_REJECTED)
    inbound.route_denials(night)
    assert sent.states(night)[one.claim_id] is State.REJECTED
    assert not items(night, WorkKind.DENIAL)


def test_the_practices_own_row_changes_what_waits(night: Night, one: KnownClaim) -> None:
    told(night, 1, remits.answer(one.claim, "ICN1", refused(one, "CO-50")))
    head = ("reason,group,remark,payer,procedure,history,category,cause,reworkable,action,how,deadline,chance,fault,"
            "edits,effective_from,effective_to,source,verified")  # fmt: skip
    (night.workspace.root / "denials.csv").write_text(
        f"{head}\n50,CO,,{one.payer_id},,,documentation,Ours,yes,ATTACH_RECORDS,Send the notes,appeal,90,payer,,"
        "2026-01-01,,contract,yes\n")
    taken = desk.take_items(night, [items(night, WorkKind.DENIAL)[0].id], "ann")
    inbound.route_denials(night)
    found = items(night, WorkKind.DENIAL)
    assert {(item.category, item.chance, item.next_action) for item in found} == {
        ("documentation", 90, "ATTACH_RECORDS")}  # fmt: skip
    assert [item.owner for item in found if item.id in taken.items] == ["ann"]


@pytest.fixture
def waiting(night: Night, one: KnownClaim) -> list[int]:
    told(night, 1, remits.answer(one.claim, "ICN1", refused(one, "CO-97")))
    return [item.id for item in items(night, WorkKind.DENIAL)]


Act = Callable[[Night, list[int]], desk.Done]


def test_one_person_has_an_item_the_second_is_told(night: Night, waiting: list[int]) -> None:
    assert desk.take_items(night, waiting, "ann").items == tuple(waiting)
    done = desk.take_items(night, [*waiting, 999_999], "ben")
    assert not done.items
    assert [r.item for r in done.refused] == [*waiting, 999_999]
    assert "ann" in done.refused[0].why
    assert desk.take_items(night, waiting, "ben", over=True).items == tuple(waiting)
    assert desk.return_items(night, waiting[:1], "ben").items == tuple(waiting[:1])
    assert [r.item for r in desk.return_items(night, waiting[:1], "ben").refused] == waiting[:1]
    story = desk.work_story(night, waiting[0])
    assert story is not None
    assert [(d.actor, d.action) for d in story.history] == [("ann", "taken"), ("ben", "taken"), ("ben", "returned")]


def test_a_story_shows_the_figures_of_its_rank_and_what_prevents_it(night: Night, waiting: list[int]) -> None:
    story = desk.work_story(night, waiting[0])
    assert story is not None
    assert story.formula.value == story.row.priority > 0
    assert f"{story.row.chance} %" in story.formula.sentence
    assert "NC102" in [one.code for one in story.prevention] and all(one.title for one in story.prevention)
    assert story.cited.startswith("97") and story.confidence == "medium"
    assert desk.work_story(night, 999_999) is None


def test_snoozing_keeps_the_deadline_in_sight(night: Night, waiting: list[int]) -> None:
    with night.store.read() as conn:
        item = work.get(conn, waiting[0])
    assert item is not None and item.deadline is not None
    beyond = item.deadline + dt.timedelta(days=1)
    assert desk.snooze_items(night, waiting[:1], "ann", beyond).refused
    assert desk.snooze_items(night, waiting[:1], "ann", item.deadline).items
    assert desk.snooze_items(night, waiting[:1], "ann", beyond, past_deadline=True).items
    page = desk.work_list(night, WantedWork(states=(Shown.SNOOZED.value,)))
    assert [row.id for row in page.rows] == waiting[:1] and page.total.items == 1
    assert desk.wake_items(night, waiting, "ann").items == tuple(waiting[:1])
    with pytest.raises(Exception, match="has come already"):
        desk.snooze_items(night, waiting, "ann", DAY)


def test_a_view_is_a_filter_with_a_name(night: Night, waiting: list[int]) -> None:
    wanted = WantedWork(kinds=("denial",), reasons=("CO-97",))
    assert desk.save_view(night, " bundled ", wanted, "ann")
    assert desk.saved_view(night, "bundled").wanted == wanted
    assert {row.id for row in desk.work_list(night, desk.saved_view(night, "bundled").wanted).rows} == set(waiting)
    desk.forget_view(night, "bundled")
    assert not desk.saved_views(night)
    for call in (lambda: desk.saved_view(night, "bundled"), lambda: desk.save_view(night, " ", wanted, "ann"),
                 lambda: desk.note_items(night, waiting, "ann", " "),
                 lambda: desk.resolve_items(night, waiting, "ann", "")):  # fmt: skip
        with pytest.raises(Exception, match=r"view|words|reason"):
            call()


def test_notes_stay_with_an_item_that_is_closed(night: Night, waiting: list[int]) -> None:
    desk.resolve_items(night, waiting[:1], "ann", "done by telephone")
    assert desk.resolve_items(night, waiting[:1], "ben", "again").refused
    assert desk.note_items(night, waiting[:1], "ben", "they called back").items
    story = desk.work_story(night, waiting[0])
    assert story is not None
    assert [(d.actor, d.action, d.detail) for d in story.history] == [
        ("ann", "resolved", "ann: done by telephone"), ("ben", "noted", "they called back")]  # fmt: skip


def test_a_patient_billed_more_than_the_payer_leaves_now_has_a_credit(night: Night) -> None:
    one = next(k for k in remits.known_claims(night) if k.payer_id == "bluestone-ppo")
    first = remits.answer(one.claim, "ICN1", [{"PR-1": D("20.00")} for _ in one.claim.lines])
    told(night, 1, first)
    bill = patient_bill.bill_patient(night, one.claim.patient_control_number, "ann")
    assert bill.total_cents == 2000 * len(one.claim.lines) and not items(night, WorkKind.CREDIT)
    told(night, 2, remits.reversed_(first))
    assert not items(night, WorkKind.CREDIT)
    told(night, 3, remits.answer(one.claim, "ICN2", [{"PR-1": D("5.00")} for _ in one.claim.lines]))
    (item,) = items(night, WorkKind.CREDIT)
    assert (item.category, item.next_action, item.amount_cents) == (
        "patient credit", "CORRECT_PATIENT_BILL", 1500 * len(one.claim.lines))  # fmt: skip
    assert inbound.route_denials(night).opened == 0
    patient_bill.bill_patient(night, one.claim.patient_control_number, "ann")
    inbound.route_denials(night)
    assert not items(night, WorkKind.CREDIT)
