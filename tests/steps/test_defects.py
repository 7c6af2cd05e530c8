"""A reader of ours that raises for one file: it is left whole and told, all others are taken, a fix picks it up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DataError, OperationalError
from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.cli import app, demo
from ptedi.errors import (
    ChannelRefused,
    ChannelUnavailable,
    ConfigurationError,
    ContractViolation,
    PtediError,
    StoreBusy,
)  # fmt: skip
from ptedi.remittances.model import Payment
from ptedi.steps.night import Night
from ptedi.store import files, work
from ptedi.store.work import WorkItem, WorkKind
from ptedi.transactions import remittance_835
from tests.postgresql import new_database
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, meanwhile, to_ready
from tests.steps.sent import books, whole

PAID = dt.date(2026, 11, 20)
SECRET = "JANE DOE 19700101"
Raise = Callable[..., None]


@pytest.fixture
def three(sent: Night) -> list[bytes]:
    """Three remittances in the inbox, each of one claim of its own."""
    return dropped(sent)


def dropped(night: Night) -> list[bytes]:
    made = []
    for number, known in enumerate(remits.known_claims(night)[:3], 1):
        nothing: list[dict[str, Decimal]] = [{} for _ in known.claim.lines]
        answer = remits.answer(known.claim, f"ICN{number}", nothing)
        made.append(remits.file(900 + number, remits.check(f"TRACE{number}", PAID, [answer])))
        (night.workspace.folder("inbox") / f"r{number}.835").write_bytes(made[-1])
    return made


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Raise]:
    """Lets a reader raise for every file that holds some bytes, until `broken()` without them mends it."""
    with monkeypatch.context() as patch:
        def run(where: str = "", real: Any = None, mark: bytes = b"", problem: BaseException | None = None) -> None:
            patch.undo()
            if where:
                def read(data: bytes, *more: object) -> Any:
                    if mark in data:
                        raise problem or ValueError(SECRET)
                    return real(data, *more)
                patch.setattr(where, read)
        yield run


READ_835 = "ptedi.steps.remit.remittance_835.read", remittance_835.read


def defects(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[WorkKind.NIGHT])


def state_of(night: Night, file_id: int) -> str:
    with night.store.read() as conn:
        return files.get(conn, file_id).state


def test_the_other_files_are_taken_and_a_fix_picks_it_up(sent: Night, three: list[bytes], broken: Raise) -> None:
    broken(*READ_835, b"TRACE2")
    told = pipeline.collect(sent)
    assert (len(told.unread), len(told.posted), sum(one.posted for one in told.posted)) == (1, 2, 2)
    assert told.counted.claims == 14  # what comes after goes on
    [file_id], [item] = told.unread, defects(sent)
    assert (item.file_id, item.category, state_of(sent, file_id)) == (file_id, "defect", files.RECEIVED)
    assert "ValueError test_defects.py" not in item.how
    assert "ValueError remit.py:" in item.how
    log = (sent.workspace.folder("logs") / "ptedi.log").read_text()
    assert not any(SECRET in text or "DOE" in text for text in (item.sentence, item.how, log))
    [line] = [one for one in map(json.loads, log.splitlines()) if one["event"] == "defect"]
    assert (line["error"], line["file_id"], line["code"] in item.how) == ("ValueError", file_id, True)
    again = pipeline.collect(sent)
    assert (again.unread, again.posted, [one.id for one in defects(sent)]) == ((file_id,), (), [item.id])
    broken()
    mended = pipeline.collect(sent)
    assert (mended.unread, [one.posted for one in mended.posted], defects(sent)) == ((), [1], [])
    assert state_of(sent, file_id) == files.PROCESSED
    assert len(books(sent)) == 14
    broken(*READ_835, b"TRACE2")
    assert pipeline.collect(sent).unread == ()


def test_it_ends_as_if_nothing_had_been(sent: Night, three: list[bytes], broken: Raise, tmp_path: Path) -> None:
    with world.copy(world.made(), tmp_path / "undisturbed") as other:
        dropped(other)
        pipeline.collect(other)
        wanted = books(other), whole(other)
    broken(*READ_835, b"TRACE1")
    pipeline.collect(sent)
    assert (books(sent), whole(sent)) != wanted
    broken()
    pipeline.collect(sent)
    assert (books(sent), whole(sent)) == wanted


def test_what_a_file_had_posted_before_stays_and_the_rest_follows(sent: Night) -> None:
    several = []
    for number, known in enumerate(remits.known_claims(sent)[:2], 1):
        nothing: list[dict[str, Decimal]] = [{} for _ in known.claim.lines]
        several.append(remits.check(f"TRACE{number}", PAID, [remits.answer(known.claim, f"ICN{number}", nothing)]))
    (sent.workspace.folder("inbox") / "two.835").write_bytes(remits.file(900, *several))

    real = READ_835[1]
    first = {"left": True}

    def reads(data: bytes) -> Iterator[Payment]:
        for number, one in enumerate(real(data)):
            if number and first["left"]:
                raise RecursionError
            yield one

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(READ_835[0], reads)
        assert len(pipeline.collect(sent).unread) == 1
        first["left"] = False
        [done] = pipeline.collect(sent).posted
    assert (done.payments, done.posted, defects(sent)) == (2, 2, [])


def test_an_acknowledgement_and_a_bank_file(sent: Night, broken: Raise) -> None:
    demo.answer(sent.workspace, DAY)
    from ptedi.steps import bank
    from ptedi.transactions import acknowledgement_999

    broken("ptedi.steps.acknowledge.acknowledgement_999.read", acknowledgement_999.read, b"*999*")
    told = pipeline.collect(sent)
    assert told.unread
    assert told.acknowledged
    assert sum(one.posted for one in told.posted) > 0
    broken("ptedi.steps.deposit.bank.read", bank.read)
    (sent.workspace.folder("bank") / "b.csv").write_text("date,trace,amount\n2026-11-20,TRACE77,1.00\n")
    later = pipeline.collect(sent)
    assert (len(later.acknowledged), len(later.unread)) == (len(told.unread), 1)
    broken()
    assert (pipeline.collect(sent).unread, defects(sent)) == ((), [])


def test_a_file_that_cannot_even_be_taken_in_stays_where_it_lies(
    sent: Night, three: list[bytes], broken: Raise
) -> None:
    from ptedi.steps.collect import type_of

    broken("ptedi.steps.collect.type_of", type_of, b"TRACE1")
    for _ in range(2):
        told = pipeline.collect(sent)
        assert (told.collected.unread, told.defects, len(defects(sent))) == (1, 1, 1)
        assert (sent.workspace.folder("inbox") / "r1.835").read_bytes() == three[0]
    assert "r1.835" in defects(sent)[0].sentence
    broken()
    told = pipeline.collect(sent)
    assert (told.defects, [one.posted for one in told.posted], defects(sent)) == (0, [1], [])


class Killed(BaseException):
    """Not an Exception: nothing may catch it."""


def killed(*_: object) -> None:
    raise Killed


def test_a_kill_between_the_file_and_its_question_leaves_no_question(
    sent: Night, three: list[bytes], broken: Raise, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ptedi.steps.collect import type_of

    broken("ptedi.steps.collect.type_of", type_of, b"TRACE1")
    pipeline.collect(sent)
    broken(*READ_835, b"TRACE1")
    with pytest.raises(Killed), meanwhile("collect.file kept", killed):
        pipeline.collect(sent)
    assert len(pipeline.collect(sent).unread) == len(defects(sent)) == 1
    broken()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("ptedi.steps.defects.settle_alarm", killed)
        pipeline.collect(sent)
    assert (pipeline.waiting_files(sent).remittances, len(defects(sent))) == ((), 1)
    pipeline.collect(sent)
    assert defects(sent) == []


@pytest.mark.parametrize("problem", [
    StoreBusy("busy"), ContractViolation("altered"), OSError(28, "No space left on device"), KeyboardInterrupt(),
    OperationalError("select", {}, Exception("server login has been failing")),
], ids=lambda one: type(one).__name__)  # fmt: skip
def test_known_trouble_stops_the_step_as_it_did(
    sent: Night, three: list[bytes], broken: Raise, problem: BaseException
) -> None:
    broken(*READ_835, b"TRACE1", problem)
    with pytest.raises(type(problem)):
        pipeline.collect(sent)
    assert defects(sent) == []
    assert len(pipeline.waiting_files(sent).remittances) == 3
    broken()
    assert sum(one.posted for one in pipeline.collect(sent).posted) == 3


def test_a_value_that_the_database_does_not_take_is_a_defect(sent: Night, three: list[bytes], broken: Raise) -> None:
    broken(*READ_835, b"TRACE1", DataError("insert", {}, Exception(SECRET)))
    [file_id] = pipeline.collect(sent).unread
    assert "DataError remit.py:" in defects(sent)[0].how
    broken()
    assert pipeline.post_remittances(sent, file_id).posted == 1  # as the task of a file does
    assert defects(sent) == []


def test_who_looks_for_the_defect_gets_it(
    sent: Night, three: list[bytes], broken: Raise, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(*READ_835, b"TRACE1")
    monkeypatch.setenv("PTEDI_DEBUG", "1")
    with pytest.raises(ValueError, match=SECRET):
        pipeline.collect(sent)


def test_the_command_says_so(sent: Night, three: list[bytes], broken: Raise) -> None:
    broken(*READ_835, b"TRACE3")
    words = ["collect", "-w", str(sent.workspace.root)]
    told = CliRunner().invoke(app, words)
    assert (told.exit_code, "1 file could not be read: a defect of ptedi" in told.stderr) == (70, True)
    assert "Traceback" not in told.output
    assert "DOE" not in told.output
    document = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert len(document["unread"]) == 1
    broken()
    assert CliRunner().invoke(app, words).exit_code == 0


def test_on_postgresql_what_it_does_not_take_holds_up_nobody(
    workspace: Path, drop: Drop, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = workspace / "ptedi.toml"
    settings.write_text(f'{settings.read_text()}\n[store]\nurl = "{new_database(server, tables=True)}"\n')
    drop()
    with pipeline.open_night(workspace) as night:
        to_ready(night)
        pipeline.build_batches(night, DAY)
        pipeline.deliver_batches(night)
        dropped(night)
        with monkeypatch.context() as patch:
            patch.setattr("ptedi.steps.remit.files.legible", lambda data: data.replace(b"TRACE1", b"TRA\0E1"))
            told = pipeline.collect(night)
        assert (len(told.unread), sum(one.posted for one in told.posted), len(defects(night))) == (1, 2, 1)
        assert (sum(one.posted for one in pipeline.collect(night).posted), defects(night)) == (1, [])


def test_a_partner_who_refuses_us_holds_up_nobodys_money(
    three: list[bytes], sent: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> None:
        raise ChannelRefused("the host key is another one")

    monkeypatch.setattr(Night, "channel", lambda self, partner: refused(partner))
    with pytest.raises(ChannelRefused):
        pipeline.collect(sent)
    assert pipeline.waiting_files(sent).remittances == ()
    with sent.store.read() as conn:
        states = {one.original_name: one.state for one in files.list_files(conn, direction="in")}
    assert [states[f"r{number}.835"] for number in range(1, len(three) + 1)] == [files.PROCESSED] * len(three)


@pytest.mark.parametrize("problem", [ChannelRefused("the login is refused by now"), ContractViolation("there is one"),
                                     ChannelUnavailable("cut"), ConfigurationError("no right to delete")])
def test_a_file_that_cannot_be_cleared_at_the_partners_holds_up_nobodys_money(
    three: list[bytes], sent: Night, monkeypatch: pytest.MonkeyPatch, problem: PtediError
) -> None:
    demo.answer(sent.workspace, DAY)
    left = len(list((sent.workspace.root / "clearinghouse/from").iterdir()))

    def done(*_: object) -> None:
        raise problem

    monkeypatch.setattr("ptedi.transport.local.LocalChannel.done", done)
    with pytest.raises(type(problem)):
        pipeline.collect(sent)
    waiting = pipeline.waiting_files(sent)
    with sent.store.read() as conn:
        taken = files.list_files(conn, direction="in")
    assert (waiting.remittances, waiting.acknowledgements) == ((), ())
    assert len([one for one in taken if one.kind != "charges"]) == left + len(three) > len(three)
