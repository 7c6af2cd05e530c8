"""The way back as a whole: the sandbox's answers against what the sandbox says they should lead to."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ptedi.ledger.accounts import Account
from ptedi.sandbox import clearinghouse, oracle, practice
from ptedi.sandbox.oracle import Fate
from ptedi.sandbox.scenario import NASTY, PLAIN, Scenario
from ptedi.steps import faults, inbound, remit
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from ptedi.store import claims, deposits, events, files, payments, postings, work
from ptedi.store.tables import claim_payments
from ptedi.store.tables import postings as posting_table
from ptedi.submissions.status import State
from ptedi.transactions import remittance_835
from ptedi.x12.interchange import identify
from tests.postgresql import new_database
from tests.steps.conftest import DAY

ZERO = Decimal("0.00")
NOT_X12 = (".csv", ".json", ".md")
CORPUS = Path(__file__).resolve().parents[2] / "../shared"


def night_out(root: Path, day: dt.date, visits: int) -> None:
    for name, data in practice.charges(3, day, visits=visits, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    with open_night(root) as night:
        extract_charges(night)
        code_visits(night, day)
        scrub_claims(night, day)
        build_batches(night, day)
        deliver_batches(night)


def answer(root: Path, day: dt.date, scenario: Scenario) -> None:
    house = root / "clearinghouse"
    clearinghouse.run(house / "to", house / "from", root / "state", seed=3, today=day, scenario=scenario)


def way_back(night: Night, dice: random.Random | None = None) -> None:
    inbound.collect_inbound(night)
    waiting = inbound.waiting_files(night)
    acknowledgements = set(waiting.acknowledgements)
    ids = [*waiting.acknowledgements, *waiting.remittances]
    if dice:
        ids += dice.sample(ids, len(ids) // 2)
        dice.shuffle(ids)
    for number in ids:
        (inbound.apply_acknowledgements if number in acknowledgements else inbound.post_remittances)(night, number)
    inbound.reconcile_deposits(night)
    inbound.route_denials(night)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two nights sent and answered, plainly and nastily; nothing collected."""
    base = tmp_path_factory.mktemp("inbound")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")
        make_workspace(base / "sent", practice.settings())
        week = dt.timedelta(days=7)
        night_out(base / "sent", DAY - week, 10)
        for name in ("plain", "nasty"):
            root = shutil.copytree(base / "sent", base / name)
            scenario = NASTY if name == "nasty" else PLAIN
            answer(root, DAY - week + dt.timedelta(days=1), scenario)
            night_out(root, DAY, 24)
            answer(root, DAY + dt.timedelta(days=1), scenario)
            answer(root, DAY + dt.timedelta(days=2), scenario)
    return {name: base / name for name in ("plain", "nasty")}


@pytest.fixture(params=["plain", "nasty"])
def answered(request: pytest.FixtureRequest, templates: dict[str, Path], tmp_path: Path) -> Iterator[Night]:
    with open_night(shutil.copytree(templates[request.param], tmp_path / "practice")) as night:
        yield night


def sums_by_reason(night: Night) -> dict[str, Decimal]:
    c = posting_table.c
    with night.store.read() as conn:
        query = select(c.adjustment_group, c.adjustment_reason, func.sum(c.amount_cents)).where(
            c.claim_id.is_not(None), c.adjustment_group != "").group_by(c.adjustment_group, c.adjustment_reason)
        return {f"{g}-{r}": Decimal(int(total)).scaleb(-2) for g, r, total in conn.execute(query) if total}


def facts(night: Night) -> tuple[object, ...]:
    """What must not depend on the order of files."""
    with night.store.read() as conn:
        return (
            postings.balances(conn), postings.balances_of_claims(conn), events.current_states(conn),
            sorted((i.kind.value, i.claim_id or 0, i.line or 0, i.adjustment_reason, i.amount_cents)
                   for i in work.list_work(conn) if i.category != "remittance"),
            deposits.matched_payments(conn) and deposits.total_cents(conn),
        )  # fmt: skip


FATES = {
    Fate.INTERCHANGE_REJECTED: State.REJECTED, Fate.SET_REJECTED: State.REJECTED,
    Fate.CLEARINGHOUSE_REJECTED: State.REJECTED, Fate.PAYER_REJECTED: State.REJECTED, Fate.PAID: State.PAID,
    Fate.PARTLY_PAID: State.PARTLY_PAID, Fate.DENIED: State.DENIED, Fate.VOIDED: State.REVERSED,
}  # fmt: skip


def test_a_plain_night_is_what_the_sandbox_says(templates: dict[str, Path], tmp_path: Path) -> None:
    root = shutil.copytree(templates["plain"], tmp_path / "practice")
    told = oracle.history(root / "state")
    with open_night(root) as night:
        way_back(night)
        summary = inbound.summary(night, DAY)
        assert summary.closes
        assert summary.books.paid == told.paid
        assert summary.remittances.checks == summary.bank.bank == sum(c.amount for c in told.checks)
        assert sums_by_reason(night) == {reason: amount for reason, amount in told.adjustments.items() if amount}
        assert summary.recouped == told.recouped
        with night.store.read() as conn:
            states = events.current_states(conn)
            rows = claims.by_control_numbers(conn, told.results)
        for number, result in told.results.items():
            state = states[rows[number].id]
            if result.fate in FATES:
                assert state is FATES[result.fate], (number, result)
            else:  # zero paid: the deductible is paid, PR-96 is a denial
                refused = any(reason in ("PR-96", "PR-119", "PR-204") for reason in result.reasons)
                assert state is (State.DENIED if refused else State.PAID)
        denied = {k: v.amount for k, v in told.denied.items() if v.amount}
        with night.store.read() as conn:
            items = Counter[str]()
            for item in work.list_work(conn):
                if item.kind == "denial":
                    items[f"{item.adjustment_group}-{item.adjustment_reason}"] += item.amount_cents
        assert {k: Decimal(v).scaleb(-2) for k, v in items.items()} == denied


def test_careless_payers_leave_nothing_unexplained(templates: dict[str, Path], tmp_path: Path) -> None:
    root = shutil.copytree(templates["nasty"], tmp_path / "practice")
    told = oracle.history(root / "state")
    with open_night(root) as night:
        way_back(night)
        summary = inbound.summary(night, DAY)
    assert summary.closes
    assert summary.remittances.checks == sum(c.amount for c in told.checks)
    assert summary.remittances.unapplied > 0
    assert summary.payments["parked"].count == 2
    assert summary.payments["conflicting"].count + summary.payments.get("quarantined", inbound.Figure()).count == 2
    assert list((root / "quarantine").glob("*.reason.txt"))


@pytest.mark.parametrize("seed", range(2))
def test_the_order_and_number_of_files_do_not_matter(answered: Night, tmp_path: Path, seed: int) -> None:
    root = answered.workspace.root
    other = shutil.copytree(root, tmp_path / f"other{seed}")
    way_back(answered)
    with open_night(other) as night:
        way_back(night, random.Random(seed))
        way_back(night)
        assert facts(night) == facts(answered)
        assert inbound.summary(night, DAY).closes
    before = facts(answered)
    way_back(answered, random.Random(seed))
    assert facts(answered) == before


class Killed(BaseException):
    """The process is gone."""


def test_killed_at_any_point_and_run_again(answered: Night, tmp_path: Path) -> None:
    root = answered.workspace.root
    seen: Counter[str] = Counter()
    template = shutil.copytree(root, tmp_path / "calm")
    with faults.watching(lambda name: seen.update([name])):
        way_back(answered)
    wanted = facts(answered)
    for name, times in seen.items():
        at = (times + 1) // 2
        left = [at]

        def pull(here: str, name: str = name, left: list[int] = left) -> None:
            left[0] -= here == name
            if left[0] == 0 and here == name:
                raise Killed

        copy = shutil.copytree(template, tmp_path / name.replace(" ", "-"))
        with open_night(copy) as night:
            with faults.watching(pull), pytest.raises(Killed):
                way_back(night)
        with open_night(copy) as night:
            way_back(night)
            assert facts(night) == wanted, name


def test_the_same_on_postgresql(templates: dict[str, Path], tmp_path: Path, server: object) -> None:
    """What was captured and sent on SQLite is done again on PostgreSQL; the same answers give the same books."""
    lite = shutil.copytree(templates["nasty"], tmp_path / "lite")
    with open_night(lite) as night:
        way_back(night)
        wanted = facts(night)
    root = tmp_path / "big"
    make_workspace(root, practice.settings() + f'\n[store]\nurl = "{new_database(server)}"\n')
    night_out(root, DAY - dt.timedelta(days=7), 10)
    night_out(root, DAY, 24)
    shutil.copytree(lite / "clearinghouse/from", root / "clearinghouse/from", dirs_exist_ok=True)
    with open_night(root) as night:
        way_back(night, random.Random(1))
        way_back(night)
        assert facts(night) == wanted
        assert inbound.summary(night, DAY).closes


def test_damaged_remittances_never_raise_and_never_unbalance(
    templates: dict[str, Path], night: Night, workspace: Path
) -> None:
    dice = random.Random(5)
    sources = [p.read_bytes() for p in sorted((templates["plain"] / "clearinghouse/from").glob("*.835"))]
    for number in range(60):
        data = bytearray(dice.choice(sources))
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(data))
            kind = dice.randrange(3)
            cut = dice.randint(1, 200) if kind == 0 else 0
            data[at : at + cut] = bytes(dice.choices(b"*~:^0123456789-.AZ \n\xff", k=kind))
        (workspace / "inbox" / f"{number:03d}.835").write_bytes(bytes(data))
    inbound.collect_inbound(night)
    for number in inbound.waiting_files(night).remittances:
        inbound.post_remittances(night, number)
    inbound.route_denials(night)
    assert inbound.waiting_files(night) == inbound.WaitingFiles()
    summary = inbound.summary(night, DAY)
    assert summary.closes
    assert sum(f.count for state, f in summary.payments.items() if state != "posted") > 10


def test_the_summary_as_json(templates: dict[str, Path], tmp_path: Path) -> None:
    with open_night(shutil.copytree(templates["plain"], tmp_path / "practice")) as night:
        way_back(night)
        summary = inbound.summary(night, DAY)
    shown = json.loads(json.dumps(summary.as_json()))
    parts = shown["equation"]
    whole = sum(Decimal(parts[name]) for name in ("paid", "adjustments", "patient", "open"))
    assert Decimal(parts["billed"]) == whole == Decimal(shown["claims"]["amount"])
    assert sum(map(Decimal, shown["adjustments"].values())) == Decimal(parts["adjustments"])
    assert sum(map(Decimal, shown["patient_responsibility"].values())) == Decimal(parts["patient"])
    assert sum(map(Decimal, shown["open"].values())) == Decimal(parts["open"])
    assert sum(v["count"] for v in shown["claims"]["by_state"].values()) == shown["claims"]["count"]
    assert {shown[key]["unexplained"] for key in ("equation", "books", "remittances", "bank")} == {"0.00"}
    assert shown["closes"] is True


# --- files nobody should have sent ---

BAD = {
    "empty.835": (b"", "IF001"), "blank.edi": (b" \r\n", "IF001"), "letter.txt": (b"Dear biller,\n", "IF002"),
    "zip.zip": (b"PK\x03\x04\x00\x00", "IF002"), "half.835": (b"ISA*00*", "IF002"),
    "noise.835": (bytes(range(256)) * 4, "IF002"),
}  # fmt: skip


def test_bad_files_are_kept_with_their_reason_and_harm_nothing(night: Night, workspace: Path) -> None:
    for name, (data, _) in BAD.items():
        (workspace / "inbox" / name).write_bytes(data)
    done = inbound.collect_inbound(night)
    assert done.quarantined == len(done.files) == len(BAD)
    assert Counter(code for f in done.files for code in f.codes) == Counter(code for _, code in BAD.values())
    assert list((workspace / "inbox").iterdir()) == []
    kept = [p for p in (workspace / "quarantine").iterdir() if not p.name.endswith(".reason.txt")]
    assert sorted(p.read_bytes() for p in kept) == sorted(data for data, _ in BAD.values())
    with night.store.read() as conn:
        assert len(work.list_work(conn)) == len(BAD)
    for name, (data, _) in BAD.items():
        (workspace / "inbox" / f"again-{name}").write_bytes(data)
    again = inbound.collect_inbound(night)
    assert (again.files, again.repeated) == ((), len(BAD))


def test_a_claim_file_in_the_inbox_is_not_for_us(night: Night, workspace: Path, templates: dict[str, Path]) -> None:
    [path, *_] = sorted((templates["plain"] / "clearinghouse/to").glob("*.edi"))
    shutil.copy(path, workspace / "inbox" / "claims.edi")
    [file] = inbound.collect_inbound(night).files
    assert (file.kind, file.state, file.codes) == ("837P", files.QUARANTINED, ("IF003",))


def test_acknowledgements_of_nothing_we_sent_become_work(night: Night, templates: dict[str, Path]) -> None:
    for path in sorted((templates["plain"] / "clearinghouse/from").iterdir()):
        shutil.copy(path, night.workspace.root / "inbox" / path.name)
    inbound.collect_inbound(night)
    done = [inbound.apply_acknowledgements(night, n) for n in inbound.waiting_files(night).acknowledgements]
    assert all(d.unknown >= 1 and not d.accepted for d in done)
    with night.store.read() as conn:
        items = work.list_work(conn)
        assert {i.kind.value for i in items} == {"acknowledgement"}
        strange = [i.sentence for i in items if " not ours" in i.sentence]
    assert sum(d.unknown for d in done) > len(items)  # a file of somebody else's is one item, however many claims
    assert len(strange) == len({i.file_id for i in items if " not ours" in i.sentence})
    assert all("TAM0000000" in one for one in strange)


def test_bank_files_by_their_header(night: Night, workspace: Path) -> None:
    rows = (b"Amount,Trace Number,Date\n12.34,T1,2026-11-20\n\"1,000.00\",T2,11/20/2026\n"
            b"abc,T3,2026-11-20\n5.00,,2026-11-20\n")  # fmt: skip
    (workspace / "inbox" / "deposits.csv").write_bytes(rows)
    (workspace / "bank" / "more.csv").write_bytes(b"date,trace,amount\n2026-11-20,T1,12.34\n2026-11-19,T9,1.00\n")
    assert extract_charges(night).files == 0
    inbound.collect_inbound(night)
    for number in inbound.waiting_files(night).remittances:
        inbound.post_remittances(night, number)
    with night.store.read() as conn:
        found = sorted((d.trace_number, d.amount_cents) for d in deposits.list_deposits(conn))
    assert found == [("T1", 1234), ("T2", 100000), ("T9", 100)]
    assert inbound.reconcile_deposits(night).without_remittance == 3


# --- real files ---


def corpus_files() -> list[Path]:
    folders = [folder for folder in (CORPUS / "corpus", CORPUS / "samples") if folder.is_dir()]
    paths = [p for folder in folders for p in folder.rglob("*") if p.is_file() and p.suffix not in NOT_X12]
    return sorted(p for p in paths if "835" in identify(p.read_bytes()) or b"835" in p.read_bytes())


@pytest.mark.corpus
@pytest.mark.parametrize("all_ours", [False, True], ids=["as it is", "as if all paid us"])
def test_no_remittance_of_the_corpus_is_lost(
    night: Night, workspace: Path, monkeypatch: pytest.MonkeyPatch, all_ours: bool
) -> None:
    if all_ours:
        monkeypatch.setattr(remit, "is_ours", lambda *_: True)
    paths = corpus_files()
    if not paths:
        pytest.skip("the corpus is not here")
    contents = {path.read_bytes(): path for path in paths}
    for number, data in enumerate(contents):
        (workspace / "inbox" / f"{number:03d}.edi").write_bytes(data)
    inbound.collect_inbound(night)
    for number in inbound.waiting_files(night).acknowledgements:
        inbound.apply_acknowledgements(night, number)
    for number in inbound.waiting_files(night).remittances:
        inbound.post_remittances(night, number)
    with night.store.read() as conn:
        kept = {files.read_bytes(night.archive, f): f for f in files.list_files(conn, direction="in")}
        written = conn.execute(select(func.count()).select_from(claim_payments)).scalar_one()
        cash = postings.balances(conn).get(Account.CLEARING, ZERO)
        unbalanced = postings.unbalanced(conn)
    assert set(kept) == set(contents)
    for data, file in kept.items():
        assert file.state in (files.PROCESSED, files.PARKED, files.QUARANTINED), contents[data].name
        assert file.state == files.PROCESSED or file.reason, contents[data].name
        if file.kind in ("835", "mixed"):
            sets = len(list(remittance_835.read(data)))
            with night.store.read() as conn:
                rows = payments.of_file(conn, file.id)
            assert len(rows) == sets or file.state == files.QUARANTINED, contents[data].name
            assert all(row.reason for row in rows if row.state not in ("posted", "duplicate"))
    assert written > 0
    assert (cash, unbalanced) == (ZERO, [])
    summary = inbound.summary(night, DAY)
    assert summary.closes
    assert summary.payments["posted"].count > (15 if all_ours else 5)
    assert ("parked" in summary.payments) is not all_ours
