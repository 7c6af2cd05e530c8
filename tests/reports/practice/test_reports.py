"""Every report, split every way, in every format: sums against plain SQL, places against the bytes of the files."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ptedi import dates, pipeline
from ptedi.cli import app
from ptedi.errors import ConfigurationError
from ptedi.reports.practice import cash, tables
from ptedi.reports.practice.aging import bucket
from ptedi.reports.practice.facts import Facts, Window
from ptedi.reports.practice.lines import shared, spread
from ptedi.reports.practice.make import REPORTS
from ptedi.reports.practice.page import html
from ptedi.reports.practice.report import Report, Show, top
from ptedi.sandbox import practice
from ptedi.steps.night import Night
from ptedi.steps.reporting import StoreSource, report
from tests.reports.practice import oracle

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
IN_WINDOW = f"between '{FIRST}' and '{LAST}'"


def made(night: Night, name: str, *by: str, rows: str = "", first: date = FIRST, last: date = LAST) -> Report:
    return report(night, name, first=first, last=last, by=by, rows=rows)


def total(root: Path, query: str) -> int:
    return int(oracle.rows(root, query)[0]["n"] or 0)


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_can_be_split_every_way_and_opened(night: Night, name: str) -> None:
    for by in ((), REPORTS[name].by):
        one = made(night, name, *by, rows="denial_rate")
        assert one.method
        for view in one.views:
            for row in view.rows():
                assert len(row) == len(view.columns)
        for picture in one.pictures:
            assert all(len(values) == len(picture.labels) for values in picture.series.values())
            assert all(word in picture.alt for word in picture.words)
        assert one.rows is not None
        assert all(len(row) == len(one.rows.columns) for row in one.rows.rows())


def test_sums_are_those_of_the_ledger(night: Night, month: Path) -> None:
    owed = total(month, "select sum(amount_cents) n from postings where account like 'receivable.%' "
                        f"and claim_id is not null and effective_date <= '{LAST}'")  # fmt: skip
    aging = made(night, "aging")
    for view in aging.views:
        assert int(view.frame["total"].sum()) == view.total["total"] == owed
    denied = total(month, "select sum(amount_cents) n from postings where account = 'receivable.payer.denied' "
                          "and adjustment_reason != '' and claim_payment_id is not null "
                          f"and effective_date {IN_WINDOW}")  # fmt: skip
    for by in ((), ("payer",), ("code",), ("clinic", "therapist")):
        one = made(night, "denials", *by)
        assert int(made(night, "payments", *by).views[0].frame["denied"].sum()) == denied
        assert [int(view.frame["cents"].sum()) for view in one.views] == [denied] * len(one.views)
    held = total(month, "select sum(c.charge_cents) n from claims c join claim_states s on s.claim_id = c.id where "
                        f"s.state_after in ('held', 'ready', 'batched') and c.service_date {IN_WINDOW} "
                        "and c.id not in (select next_claim_id from coordinations where next_claim_id > 0)")
    for by in ((), ("code",), ("payer", "code")):
        assert {int(v.frame["cents"].sum()) for v in made(night, "unbilled", *by).views} == {held}, by
        assert int(made(night, "aging", *by).views[2].frame["total"].sum()) == owed, by
    coded = made(night, "unbilled", "code").views[1].frame.set_index(["state", "code"])
    lines = oracle.rows(month, "select c.document d from claims c join claim_states s on s.claim_id = c.id "
                               f"where s.state_after = 'held' and c.service_date {IN_WINDOW}")  # fmt: skip
    coded_lines = [[line for line in json.loads(r["d"])["claim"]["lines"] if line["procedure"] == "97110"]
                   for r in lines]  # fmt: skip
    assert coded.loc[("held", "97110"), "count"] == sum(1 for several in coded_lines if several)
    assert coded.loc[("held", "97110"), "cents"] == sum(int(Decimal(one["charge"]) * 100) for several in coded_lines
                                                        for one in several)  # fmt: skip
    assert held > 0
    assert denied > 0


WHOLE = {"first": date(2026, 7, 1), "last": date(2027, 1, 15)}


@pytest.mark.parametrize("name", ["payments", "denials"])
@pytest.mark.parametrize("rows", ["", "all"])
def test_what_a_payer_paid_and_denied_is_what_its_own_remittances_say(night: Night, month: Path, name: str,
                                                                       rows: str) -> None:  # fmt: skip
    later = total(month, "select count(*) n from postings p join claim_payments c on c.id = p.claim_payment_id where "
                         "p.claim_id != c.claim_id")  # fmt: skip
    assert later > 0
    column, where = {"payments": ("paid", "p.account = 'clearing'"),
                     "denials": ("cents", "p.account = 'receivable.payer.denied' and p.adjustment_reason != ''")}[name]
    wanted = {r["payer"]: r["n"] for r in oracle.rows(
        month, "select b.payer, sum(p.amount_cents) n from postings p join claim_payments c on c.id = "
               f"p.claim_payment_id join payments b on b.id = c.payment_id where p.claim_id > 0 and {where} "
               "group by b.payer")}  # fmt: skip
    one = made(night, name, "payer", rows=rows, **WHOLE)
    split = next(view for view in one.views if view.key == "split").frame
    assert sorted(int(cents) for cents in split[column]) == sorted(wanted.values())
    if one.rows is not None:
        opened = one.rows.frame
        opened = opened[opened["part"] == "paid"] if name == "payments" else opened
        assert opened.groupby("payer")["cents"].sum().to_dict() == dict(zip(split["payer"], split[column], strict=True))


def test_a_denial_that_was_taken_back_is_no_denied_line(night: Night, month: Path) -> None:
    found: dict[str, dict[tuple[int, int], int]] = {}
    for r in oracle.rows(month, "select claim_id c, coalesce(line, 0) l, adjustment_group || '-' || adjustment_reason "
                                "r, amount_cents n from postings where account = 'receivable.payer.denied' and "
                                "adjustment_reason != '' and claim_payment_id is not null"):  # fmt: skip
        lines = found.setdefault(r["r"], {})
        lines[r["c"], r["l"]] = lines.get((r["c"], r["l"]), 0) + r["n"]
    assert any(n == 0 for lines in found.values() for n in lines.values())  # some were taken back
    frame = made(night, "denials", **WHOLE).views[0].frame.set_index("reason")
    for reason, lines in found.items():
        kept = [place for place, n in lines.items() if n > 0]
        told = frame.loc[reason]
        assert (told["lines"], told["claims"], told["cents"]) == (
            len(kept), len({c for c, _ in kept}), sum(lines.values())), reason  # fmt: skip


def test_what_a_second_payer_was_asked_for_is_his(night: Night, month: Path) -> None:
    wanted: dict[str, int] = {}
    for r in oracle.rows(month, "select p.amount_cents n, p.account a, c.payer_id own, x.payer_id nxt from postings p "
                                "join claims c on c.id = p.claim_id left join coordinations x on x.claim_id = c.id "
                                "where p.account like 'receivable.%'"):  # fmt: skip
        owes = r["nxt"] if r["a"] == "receivable.payer.secondary" and r["nxt"] else r["own"]
        wanted[owes] = wanted.get(owes, 0) + r["n"]
    assert total(month, "select count(*) n from postings where account = 'receivable.payer.secondary'") > 0
    split = made(night, "aging", "payer", **WHOLE).views[2].frame
    assert dict(zip(split["payer"], split["total"], strict=True)) == {k: v for k, v in wanted.items() if v}


def test_what_is_not_billed_is_what_the_aging_says(night: Night) -> None:
    unbilled, aging = made(night, "unbilled", **WHOLE).views[0].frame, made(night, "aging", **WHOLE).views[1].frame
    waiting = aging[aging["bucket"] == "not billed yet"]["total"].sum()
    assert int(unbilled["cents"].sum()) == int(waiting) > 0


def test_a_later_payer_is_expected_to_pay_as_later_payers_do(night: Night) -> None:
    with night.store.read() as conn:
        facts = Facts(StoreSource(conn), Window(first=FIRST, last=LAST), dates.now())
        past = cash.history(facts)
        claims = facts.claims
        later = [name for name in past if name.endswith(cash.AS_LATER)]
        assert len(later) > 1  # a payer's own, and that of all of them
        for name in later:
            first = past[name.removesuffix(cash.AS_LATER)]
            assert past[name].paid * first.charge < first.paid * past[name].charge
        assert sum(past[name].charge for name in past if name and name not in later) == past[""].charge
        some = claims["sent_at"].notna() & claims["later_payer"]
        facts.claims = claims.assign(remitted_at=claims["remitted_at"].where(~some),
                                     state=claims["state"].where(~some, "sent"))  # fmt: skip
        found = cash.expected(facts, past)
        found = found[found["role"].str.endswith(cash.AS_LATER)]
        assert len(found) > 0
        for row in found.to_dict("records"):
            one = past.get(row["role"]) or past[cash.AS_LATER]
            assert row["expected"] == (2 * row["charge_cents"] * one.paid + one.charge) // (2 * one.charge)


def test_productivity_counts_visits_and_minutes(night: Night, month: Path) -> None:
    one = made(night, "productivity", "clinic").views[0].frame
    documents = oracle.rows(
        month, "select c.document d, s.state_after s, x.claim_id later from claims c join claim_states s on "
               "s.claim_id = c.id left join coordinations x on x.next_claim_id = c.id")  # fmt: skip
    coded = [json.loads(r["d"])["claim"] for r in documents if r["s"] != "superseded" and r["later"] is None]
    lines = [line for claim in coded for line in claim["lines"]]
    lines = [line for line in lines if FIRST <= date.fromisoformat(line["service_date"]) <= LAST]
    assert int(one["units"].sum()) == sum(line["units"] for line in lines)
    assert int(one["charge"].sum()) == sum(int(Decimal(line["charge"]) * 100) for line in lines)


MONEY = ("denial_amount", "days_in_ar", "aged_over_90", "net_collection", "gross_collection", "recovery")
CLAIMS = {"clean_claims": "scrubbed_at", "denial_rate": "remitted_at", "payment_lag": "remitted_at",
          "file_answer_lag": "sent_at"}  # fmt: skip


def test_key_figures_by_code_are_the_same_money_and_the_claims_that_carry_it(night: Night, month: Path) -> None:
    whole = made(night, "kpis").views[0].frame.set_index("key")
    split = next(view for view in made(night, "kpis", "code").views if view.key == "split").frame
    assert set(split["key"]) == set(whole[whole["rows"] > 0].index)
    for key in MONEY:
        parts = split[split["key"] == key]
        assert len(parts) > 1, key
        for name in ("numerator", "denominator"):
            assert sum(parts[name]) == whole.loc[key, name], (key, name)
        assert "97110" in set(parts["code"])
    carried: dict[int, set[str]] = {}
    for r in oracle.rows(month, "select claim_id c, procedure p from claim_lines"):
        carried.setdefault(r["c"], set()).add(r["p"])
    with night.store.read() as conn:
        facts = Facts(StoreSource(conn), Window(first=FIRST, last=LAST), dates.now())
        for key, at in CLAIMS.items():
            told = facts.claims[facts.window.holds(facts.claims[at])]
            told = told[told["file_answered_at"].notna()] if key == "file_answer_lag" else told
            wanted = sum("97110" in carried[int(one)] for one in told["claim_id"])
            parts = split[(split["key"] == key) & (split["code"] == "97110")]
            assert int(parts["rows"].iloc[0]) == wanted > 0, key
    for by in (("code", "payer"), ("clinic", "code")):
        more = next(view for view in made(night, "kpis", *by).views if view.key == "split").frame
        for key in MONEY:
            assert sum(more[more["key"] == key]["numerator"]) == whole.loc[key, "numerator"], (by, key)


def test_a_forecast_by_code_is_the_same_money(night: Night) -> None:
    end = date(2026, 9, 10)
    whole, split = (made(night, "cash", *by, last=end).views[0].frame for by in ((), ("code",)))
    assert int(whole["total"].sum()) > 0
    for column in ("total", "charge"):
        assert int(split[column].sum()) == int(whole[column].sum()), column
    assert len(split) > 3
    assert int(split["claims"].max()) <= int(whole["claims"].sum())


@pytest.mark.parametrize("name", ["denials", "payments"])
def test_a_place_is_where_the_file_says_it(night: Night, month: Path, name: str) -> None:
    rows = made(night, name, rows="all").rows
    assert rows is not None
    files = oracle.rows(month, "select id, stored_name from files")
    stored = {r["id"]: month / "archive" / r["stored_name"] for r in files}
    told = rows.frame[rows.frame["byte_offset"].notna()]
    assert len(told) == len(rows.frame) > 0
    for file_id, offset in {(int(f), int(b)) for f, b in zip(told["file_id"], told["byte_offset"], strict=True)}:
        with stored[file_id].open("rb") as file:
            file.seek(offset)
            assert file.read(3) in (b"CAS", b"SVC", b"CLP"), (file_id, offset)


def test_an_empty_window_says_so_and_shows_no_number(night: Night) -> None:
    for name in REPORTS:
        one = made(night, name, first=date(2001, 1, 1), last=date(2001, 1, 31))
        assert one.is_empty, name
        assert not one.pictures
        assert "there are no rows, so there are no figures" in html(one)


def test_a_practice_without_anything_has_reports(tmp_path: Path) -> None:
    pipeline.make_workspace(tmp_path / "new", practice.settings(seed=1))
    with pipeline.open_night(tmp_path / "new") as empty:
        for name in REPORTS:
            for rows in ("", "recovery"):
                assert made(empty, name, *REPORTS[name].by, rows=rows).is_empty, name


def test_words_that_mean_nothing_are_refused(night: Night) -> None:
    for name, by, rows in (("nothing", "", ""), ("kpis", "colour", ""), ("kpis", "", "speed")):
        with pytest.raises(ConfigurationError):
            made(night, name, *filter(None, [by]), rows=rows)
    with pytest.raises(ConfigurationError):
        made(night, "kpis", first=LAST, last=FIRST)


# --- laws ---


@given(amounts=st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=5), data=st.data())
def test_a_spread_amount_is_whole(amounts: list[int], data: st.DataObject) -> None:
    weights = [(claim, line, cents) for claim in range(len(amounts)) for line, cents in enumerate(
        data.draw(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=4).filter(sum)), 1)]  # fmt: skip
    frame = pd.DataFrame(weights, columns=["claim_id", "line", "cents"])
    found = spread(pd.Series(amounts), frame).groupby("claim_id")["cents"].sum()
    assert found.to_dict() == dict(enumerate(amounts))


@given(cents=st.integers(0, 10**9), lags=st.lists(st.integers(0, 200), max_size=40), waited=st.integers(0, 220))
def test_a_forecast_deals_every_cent(cents: int, lags: list[int], waited: int) -> None:
    dealt = cash.deal(cents, np.array(sorted(lags), dtype="int64"), waited)
    assert sum(dealt) == cents
    assert len(dealt) == len(cash.COLUMNS)
    assert min(dealt) >= 0
    assert (dealt[0] == cents) if not any(lag > waited for lag in lags) else dealt[0] == 0


def test_weeks_are_told_by_their_days() -> None:
    weeks = ("Oct 1-7", "Oct 8-14", "Oct 15-21", "Oct 22-28", "Oct 29-Nov 4", "Nov 5-11")
    assert cash.labels(date(2026, 9, 30)) == ("overdue", *weeks, "after Nov 11")


def test_the_last_line_of_a_table_is_its_total_and_counts_nothing_twice(night: Night, month: Path) -> None:
    for name in REPORTS:
        for by in ((), ("payer",), REPORTS[name].by):
            for view in made(night, name, *by).views:
                row = view.total_row()
                assert not row or len(row) == len(view.shown())
                for column in view.columns:
                    if column.show is Show.MONEY and column.name in view.total:
                        assert int(view.frame[column.name].sum()) == view.total[column.name], (name, by, column.name)
    both = total(month, "select count(distinct claim_id) n from (select p.claim_id from postings p where "
                        f"p.claim_payment_id > 0 and p.claim_id > 0 and p.effective_date {IN_WINDOW})")  # fmt: skip
    split = made(night, "payments", "payer").views[0]
    assert split.total["claims"] == both
    assert int(split.frame["claims"].sum()) > both  # a claim that two payers answered counts with each, once in all


def test_a_bar_of_nothing_is_not_drawn() -> None:
    frame = pd.DataFrame({"name": ["a", "b", "c"], "cents": [0, 5, -3]})
    assert top(frame, "name", "cents") == (("b", "c"), (5, -3))
    assert top(frame.iloc[:1], "name", "cents") == ((), ())


def test_buckets_end_where_they_say() -> None:
    ages = pd.Series([0, 30, 31, 60, 61, 90, 91, 120, 121, 900, float("nan")])
    assert bucket(ages).tolist() == [
        "0-30", "0-30", "31-60", "31-60", "61-90", "61-90", "91-120", "91-120", "121+", "121+",
        "not billed yet"]  # fmt: skip


@given(amounts=st.lists(st.integers(-(10**12), 10**12)), part=st.integers(0, 10**14), whole=st.integers(-5, 10**14))
def test_a_share_is_exact_however_large(amounts: list[int], part: int, whole: int) -> None:
    found = shared(pd.Series(amounts, dtype="int64"), min(part, max(whole, 0)), whole)
    exact = [int((Fraction(a * min(part, whole), whole) + Fraction(1, 2)) // 1) if whole > 0 else 0 for a in amounts]
    assert found.tolist() == exact


# --- command line ---


def run(month: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["report", *words, "--workspace", str(month)], env={"COLUMNS": "200"})
    return done.exit_code, done.output


def test_the_command_takes_a_day_and_a_format_under_one_word(month: Path, tmp_path: Path) -> None:
    out = tmp_path / "kpis.txt"
    code, said = run(month, "kpis", "--from", str(FIRST), "--to", str(LAST), "--to", "html", "--out", str(out))
    assert (code, out.read_text(encoding="utf-8").startswith("<!doctype html>")) == (0, True), said
    code, said = run(month, "denials", "--from", str(FIRST), "--to", str(LAST), "--json", "--by", "payer")
    told = json.loads(said)
    assert (code, told["empty"], told["by"]) == (0, False, ["payer"])
    assert sum(Decimal(r["amount"]) for r in told["views"]["split"]) == sum(
        Decimal(r["amount"]) for r in told["views"]["reasons"])  # fmt: skip


def test_the_command_explains_what_it_refuses(month: Path) -> None:
    assert run(month, "kpis", "--to", "soon")[0] == 2
    assert run(month, "kpis", "--to", "csv")[0] == 2
    assert run(month, "kpis", "--to", "csv", "--to", "html", "--out", "x.csv")[0] == 2
    code, said = run(month, "list", "--json")
    assert (code, {r["name"] for r in json.loads(said)["reports"]}) == (0, set(REPORTS))


def test_a_table_of_text_names_the_key_figures(month: Path) -> None:
    code, said = run(month, "kpis", "--from", str(FIRST), "--to", str(LAST), "--rows", "denial_rate")
    assert code == 0
    assert "Denial rate, claims" in said
    assert "835 denied" in said


def test_words_are_the_same_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list[tuple[Any, ...]]] = [[(1, "a", "2026-09-01", None), (None, None, None, 1)], [(3, "", 20_000, 0)]]
    names = ("file_id", "file", "received_at", "kind")
    kinds = (tables.Kind.COUNT, tables.Kind.TEXT, tables.Kind.DAY, tables.Kind.FLAG)
    table = tables.Table("one", "", tuple(tables.Column(n, k, "") for n, k in zip(names, kinds, strict=True)))
    found = [tables.frame(table, names, rows), tables.frame(table, names, [])]
    monkeypatch.setattr(tables, "pa", None)
    for told, again in zip(found, (tables.frame(table, names, rows), tables.frame(table, names, [])), strict=True):
        pd.testing.assert_frame_equal(told, again)
    assert found[0]["file_id"].isna().tolist() == [False, True, False]
    assert found[0]["file"].tolist() == ["a", "", ""]
    assert found[0]["received_at"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2026-09-01", "", "2024-10-04"]
    assert found[0]["kind"].tolist() == [False, True, False]
    assert [str(kind) for kind in found[1].dtypes] == ["int64", "str", "datetime64[s]", "bool"]
