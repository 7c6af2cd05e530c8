"""Remittances and the day's close: what a person decides about money, to the cent, once, and only who may."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import Night, casework, cashdesk
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.sent import post
from tests.web import practice

Client = Callable[[str], TestClient]
WHY = {"reason": "the payer said so on the telephone"}


def heads(night: Night, **wanted: object) -> list[cashdesk.RemitHead]:
    return list(cashdesk.remit_page(night, cashdesk.WantedRemits(**wanted), limit=200).heads)  # type: ignore[arg-type]


def unmatched(night: Night) -> str:
    (head,) = [one for one in heads(night, waiting=True) if one.state == "posted"]
    return f"{head.id}.1"


def quarantined(night: Night) -> str:
    return str(heads(night, states=(cashdesk.PaymentState.QUARANTINED,))[0].id)


def told(seat: TestClient, address: str, **form: str) -> str:
    answer = seat.post(address, data=form)
    assert answer.status_code == 303, answer.text
    return seat.get(answer.headers["location"]).text


# --- looking ---


def test_every_check_foots_by_its_parts(night: Night) -> None:
    posted = [one for one in heads(night) if one.state == "posted"]
    assert len(posted) > 5
    for one in posted:
        assert one.amount == one.posted_amount + one.waiting_amount - one.provider + one.suspense, one.trace
        assert one.unexplained == Decimal("0.00")
    assert any(one.provider for one in posted)
    page = cashdesk.remit_page(night, cashdesk.WantedRemits(), limit=1)
    assert sum(one.amount for one in heads(night)) == page.amount


def test_the_list_finds_by_trace_payer_day_and_what_waits(client: Client, night: Night) -> None:
    seat, everything = client("viewer"), heads(night)
    page = seat.get("/remits").text
    assert all(one.trace in page for one in everything)
    first = everything[-1]
    assert [one.id for one in heads(night, trace=first.trace)] == [first.id]
    assert {one.payer for one in heads(night, payers=(first.payer,))} == {first.payer}
    assert all(one.day == first.day for one in heads(night, first=first.day, last=first.day))
    assert {one.state for one in heads(night, waiting=True)} == {"posted", "quarantined"}
    answer = seat.post("/remits/filter", data={"waiting": "yes"})
    found = seat.get(answer.headers["location"]).text
    assert "<b>2</b> rows" in found


def test_a_check_and_each_of_its_claims_open(client: Client, night: Night) -> None:
    seat = client("viewer")
    for head in heads(night):
        page = seat.get(f"/remits/{head.id}")
        assert page.status_code == 200
        assert head.trace in page.text
        story = cashdesk.find_story(night, str(head.id))
        assert story is not None
        for row in story.rows[:1]:
            assert seat.get(f"/remits/{row.ref}").status_code == 200
    assert seat.get("/remits/balance").status_code == 200
    assert seat.get("/deposits").status_code == 200


def test_a_check_page_by_page_is_the_whole_check(night: Night) -> None:
    seen = 0
    for head in heads(night):
        whole = cashdesk.find_story(night, str(head.id))
        assert whole is not None
        pages = [cashdesk.check_story(night, head.id, limit=2, offset=start)
                 for start in range(0, max(len(whole.rows), 1), 2)]  # fmt: skip
        assert [row for one in pages if one for row in one.rows] == list(whole.rows)
        first = pages[0]
        assert first is not None and first.total == len(whole.rows) and first.row == whole.row
        shown = [*((one.account, one.amount) for one in first.ledger), *first.on_claims]
        assert by_account(shown) == by_account((one.account, one.amount) for one in whole.ledger)
        seen += len(first.on_claims)
    assert seen > 0
    assert cashdesk.check_story(night, 999_999, limit=2) is None


def by_account(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for account, amount in amounts:
        found[account] = found.get(account, Decimal(0)) + amount
    return {account: amount for account, amount in found.items() if amount}


@pytest.mark.parametrize("ref", ["999999", "1.999", "999999.1"])
def test_what_is_not_there_is_said(client: Client, ref: str) -> None:
    assert client("viewer").get(f"/remits/{ref}").status_code == 404


@pytest.mark.parametrize("ref", ["x", "1.", "1.1.1", "-1", "9" * 40])
def test_what_cannot_be_a_payment_is_refused(client: Client, ref: str) -> None:
    assert client("viewer").get(f"/remits/{ref}").status_code in {404, 422}


# --- deciding ---


def test_an_unmatched_payment_is_matched_by_hand_once(client: Client, night: Night) -> None:
    seat, ref = client("biller"), unmatched(night)
    story = cashdesk.find_story(night, ref)
    assert story is not None
    chosen = story.candidates[0]
    page = seat.get(f"/remits/{ref}").text
    assert all(one.claim in page and str(one.score) in page for one in story.candidates[:4])
    form = {"claim": chosen.claim, "seen": "unmatched", "once": "one-and-the-same-form", **WHY}
    asked = seat.post(f"/remits/{ref}/match", data=form)
    profile = night.profiles.get(chosen.payer)
    assert profile is not None and asked.status_code == 200
    assert "check is of PLAN" in asked.text and profile.name in asked.text and 'name="sure" value="yes"' in asked.text
    still = cashdesk.find_story(night, ref)
    assert still is not None and (still.row.state, still.decisions) == ("unmatched", ())
    form["sure"] = "yes"
    assert "250.00" in told(seat, f"/remits/{ref}/match", **form)
    assert "It is posted" in told(seat, f"/remits/{ref}/match", **form)
    after = cashdesk.find_story(night, ref)
    assert after is not None
    assert (after.row.state, after.row.claim) == ("posted", chosen.claim)
    assert len(after.decisions) == 1
    assert (after.decisions[0].actor, after.decisions[0].reason) == ("biller", WHY["reason"])


def test_who_looked_before_somebody_else_decided_is_told(client: Client, night: Night) -> None:
    ref = unmatched(night)
    one, two = client("biller"), client("approver")
    assert one.post(f"/remits/{ref}/park", data={"seen": "unmatched", **WHY}).status_code == 303
    late = two.post(f"/remits/{ref}/release", data={"seen": "unmatched", **WHY})
    assert late.status_code == 409
    assert "parked by now" in late.text
    story = cashdesk.find_story(night, ref)
    assert story is not None
    assert [d.action for d in story.decisions] == ["park"]


def test_a_check_that_does_not_foot_is_let_in_without_a_plug(client: Client, night: Night) -> None:
    seat, ref = client("biller"), quarantined(night)
    assert "249.00" in told(seat, f"/remits/{ref}/release", seen="quarantined", **WHY)
    head = cashdesk.remit_head(night, int(ref))
    assert head is not None
    assert head.state == "posted"
    assert head.suspense == Decimal("-1.00")
    assert head.unexplained == Decimal("0.00")


def test_another_practices_check_is_named_and_not_posted_by_one_click(client: Client, night: Night) -> None:
    with night.store.read() as conn:
        known = remits.store_claims.of_date(conn, practice.TONIGHT)[1]
        claim = remits.store_claims.load_all(conn, [known.id])[known.id].claim
    told_in = remits.check("TRACE-THEIRS", practice.TONIGHT, [remits.answer(claim, "ICN-T", [{} for _ in claim.lines])],
                           payee="SOMEBODY ELSE", payee_npi="1999999976", payee_tax_id="381111111")  # fmt: skip
    data, seat = remits.file(950, told_in), client("biller")
    looked = seat.post("/upload", files={"file": ("theirs.835", data)})
    assert "not this practice: set aside" in (page := seat.get(looked.headers["location"]).text)
    assert "SOMEBODY ELSE 1999999976" in page
    (night.workspace.folder("inbox") / "theirs.835").write_bytes(data)
    pipeline.collect(night)
    ref = heads(night, trace="TRACE-THEIRS")[0].id
    page = seat.get(f"/remits/{ref}").text
    assert "Post it as it is" not in page and "SOMEBODY ELSE" in page
    asked = seat.post(f"/remits/{ref}/release", data={"seen": "parked", **WHY})
    assert asked.status_code == 200 and "1999999976" in asked.text
    assert heads(night, trace="TRACE-THEIRS")[0].state == "parked"
    told(seat, f"/remits/{ref}/release", seen="parked", sure="yes", **WHY)
    assert heads(night, trace="TRACE-THEIRS")[0].state == "posted"


def test_out_of_the_books_and_back(client: Client, night: Night) -> None:
    seat = client("biller")
    head = next(one for one in heads(night) if one.state == "posted" and not one.waiting and one.amount)
    told(seat, f"/remits/{head.id}/unpost", seen="posted", **WHY)
    taken = cashdesk.remit_head(night, head.id)
    assert taken is not None
    assert taken.state == "unposted"
    told(seat, f"/remits/{head.id}/repost", seen="unposted", **WHY)
    back = cashdesk.remit_head(night, head.id)
    assert back is not None
    assert (back.state, back.posted_amount, back.unexplained) == ("posted", head.posted_amount, Decimal("0.00"))


@pytest.mark.parametrize("act", ["release", "match", "park", "unpost", "repost"])
def test_only_who_may_and_only_with_a_reason(client: Client, night: Night, act: str) -> None:
    ref = unmatched(night)
    assert client("viewer").post(f"/remits/{ref}/{act}", data={"claim": "X", **WHY}).status_code == 403
    assert client("biller").post(f"/remits/{ref}/{act}", data={"claim": "X", "reason": " "}).status_code == 422
    story = cashdesk.find_story(night, ref)
    assert story is not None
    assert (story.row.state, story.decisions) == ("unmatched", ())


# --- paper ---


def test_a_paper_eob_is_looked_over_then_posted_once(client: Client, night: Night) -> None:
    seat, before = client("biller"), len(heads(night))
    text = cashdesk.TEMPLATE
    looked = seat.post("/remits/enter", data={"text": text, "act": "look"})
    assert "adds up to the cent" in looked.text
    assert len(heads(night)) == before
    form = {"text": text, "act": "post", "once": "a-form-sent-twice", "reason": "paper"}
    assert seat.post("/remits/enter", data=form).status_code == 303
    assert seat.post("/remits/enter", data=form).status_code == 303
    assert [one.amount for one in heads(night, trace="778812")] == [Decimal("88.00")]


def test_a_paper_eob_is_typed_beside_what_was_sent(client: Client, night: Night) -> None:
    seat, before = client("biller"), len(heads(night))
    number = pipeline.claims_page(night, casework.Wanted(states=("paid",)), 1)[0][0].patient_control_number
    sent = cashdesk.sent_claim(night, number)
    assert sent is not None
    assert seat.post("/remits/enter", data={"act": "add", "number": "NOPE1"}).status_code == 404
    page = seat.post("/remits/enter", data={"act": "add", "number": number.lower()}).text
    assert all(f'name="paid_0_{line.number}"' in page for line in sent.lines) and number in page
    first, *rest = sent.lines
    half = (first.charge / 2).quantize(Decimal("0.01"))
    form = {"claim": number, "trace": "PAPER-1", "date": "2026-11-20", "amount": str(half), "method": "CHK",
            "payer": sent.payer, "status_0": "1", "payer_claim_0": "ICN-PAPER", "act": "look",
            f"paid_0_{first.number}": str(half), f"adjust_0_{first.number}": f"CO-45 {first.charge - half}",
            }  # fmt: skip
    form |= {f"adjust_0_{line.number}": f"CO-45 {line.charge}" for line in rest}
    assert "adds up to the cent" in seat.post("/remits/enter", data=form).text and len(heads(night)) == before
    wrong = seat.post("/remits/enter", data=form | {f"paid_0_{first.number}": "a lot"})
    assert "It does not go yet" in wrong.text and 'value="a lot"' in wrong.text
    for _ in range(2):
        assert seat.post("/remits/enter", data=form | {"act": "post", "once": "typed-twice"}).status_code == 303
    assert [one.amount for one in heads(night, trace="PAPER-1")] == [half]


def test_a_typed_eob_that_cannot_be_read_comes_back_as_typed(client: Client) -> None:
    answer = client("biller").post("/remits/enter", data={"text": "<script>alert(1)</script>", "act": "post"})
    assert answer.status_code == 422
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert(1)" not in answer.text


# --- the day ---


def test_a_day_is_closed_by_an_approver_and_stays_closed(client: Client, night: Night) -> None:
    day = min(one.day for one in heads(night))
    assert client("biller").post(f"/close/day/{day}").status_code == 403
    seat = client("approver")
    assert "0.00 unexplained" in seat.get(f"/close/day/{day}").text
    page = told(seat, f"/close/day/{day}", without_bank="yes")
    found = cashdesk.day_close(night, day)
    assert found.closing is not None, page
    assert found.closing.actor == "approver"
    assert found.closing.hash[:16] in seat.get("/close").text
    assert "Every closed day is what was closed" in told(seat, "/close/verify")


def test_a_day_with_something_open_says_what(client: Client, night: Night) -> None:
    head = next(one for one in heads(night) if one.state == "quarantined")
    page = told(client("approver"), f"/close/day/{head.day}")
    assert "does not close yet" in page
    assert "Still open" in page
    assert cashdesk.day_close(night, head.day).closing is None


def test_money_moves_in_a_real_browser(opened: Callable[..., object], night: Night) -> None:
    ref = unmatched(night)
    window = opened("biller", width=768)
    page = window.go(f"/remits/{ref}")  # type: ignore[attr-defined]
    page.get_by_role("radio").first.check()
    page.get_by_label("Why it is this one").fill("same day, same lines")
    page.get_by_role("button", name="Match the chosen one").click()
    page.get_by_role("button", name="all the same").click()
    page.get_by_text("It is posted").wait_for()
    assert window.complaints == []  # type: ignore[attr-defined]


# --- a line that matching could not place ---


def test_a_line_is_placed_from_the_page(client: Client, night: Night) -> None:
    """Another practice's words for our line: told on the page, placed with a reason, taken back."""
    paid = [k for k in remits.known_claims(night, State.PAID) if k.claim.sequence == "P"]
    one = max(paid, key=lambda k: len(k.claim.lines))
    answer = remits.answer(one.claim, "ODD1", [{} for _ in one.claim.lines])
    answer.lines[0] = replace(answer.lines[0], procedure="99999", line_control_number="")
    post(night, remits.file(9001, remits.check("ODD", date(2026, 11, 20), [answer])))
    [head] = heads(night, trace="ODD")
    ref, biller = f"{head.id}.1", client("biller")
    assert "Lines that fit none of ours" in biller.get(f"/remits/{ref}").text
    form = {"place": "1", "line": "1", **WHY}
    assert client("viewer").post(f"/remits/{ref}/assign", data=form).status_code == 403
    assert biller.post(f"/remits/{ref}/assign", data={**form, "line": "x"}).status_code == 422
    assert "is posted" in told(biller, f"/remits/{ref}/assign", **form)
    story = cashdesk.find_story(night, ref)
    assert story is not None and story.lines[0].line == 1
    assert "given to our line 1" in biller.get(f"/remits/{ref}").text
    assert "Nothing changed" in told(biller, f"/remits/{ref}/assign", **form)
    told(biller, f"/remits/{ref}/assign", **{**form, "line": ""})
    story = cashdesk.find_story(night, ref)
    assert story is not None and story.lines[0].line is None


# --- deposits tied to checks ---


def test_a_deposit_is_tied_to_its_checks_from_its_page(client: Client, night: Night) -> None:
    one, two, *_ = [k for k in remits.known_claims(night, State.PAID) if k.claim.sequence == "P"]
    answers = [remits.answer(k.claim, f"P{n}", [{} for _ in k.claim.lines]) for n, k in enumerate((one, two))]
    papers = [remits.check(f"PAPER{n}", date(2026, 11, 20), [a], method="CHK") for n, a in enumerate(answers)]
    total = sum(paper.amount for paper in papers)
    post(night, remits.file(9101, *papers), f"date,trace_number,amount\n2026-11-20,LOCKBOX9,{total}\n".encode())
    deposit = next(d for d in cashdesk.deposit_page(night, waiting=True, limit=99)[0] if d.trace == "LOCKBOX9")
    several = [heads(night, trace=f"PAPER{n}")[0] for n in range(2)]
    biller, address = client("biller"), f"/deposits/{deposit.id}"
    page = biller.get(address).text
    assert all(f'value="{head.id}"' in page for head in several)
    form = {"check": [str(head.id) for head in several], **WHY}
    assert client("viewer").post(f"{address}/tie", data=form).status_code == 403
    assert biller.post(f"{address}/tie", data={**WHY}).status_code == 422
    assert biller.post(f"{address}/tie", data={**form, "difference": "x"}).status_code == 422
    assert biller.post(f"{address}/tie", data={**form, "check": form["check"][:1]}).status_code == 400
    assert biller.post(f"{address}/tie", data=form).status_code == 303
    assert [heads(night, trace=f"PAPER{n}")[0].banked for n in range(2)] == [paper.amount for paper in papers]
    assert all(f"/remits/{head.id}" in biller.get(address).text for head in several)
    assert f"checks {several[0].id}, {several[1].id}" in biller.get("/deposits").text
    assert biller.post(f"{address}/untie", data=WHY).status_code == 303
    assert [heads(night, trace=f"PAPER{n}")[0].banked for n in range(2)] == [None, None]
    assert biller.get("/deposits/999999").status_code == 404
