"""Several processes: the same night to the byte, whatever becomes of the helpers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from ptedi.errors import ConfigurationError
from ptedi.sandbox import practice
from ptedi.steps import batch, charge_reader, code, crew, extract, helper, inbox, scrub
from ptedi.steps.crew import Answer, Ask, Crew, Helper, Work
from ptedi.steps.jobs import jobs_of
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from ptedi.steps.rulebook import Rulebook
from ptedi.steps.second_reader import here
from ptedi.store import batches, series
from ptedi.store.series import SeriesKey
from ptedi.submissions.batch import Batch
from tests.steps import snapshot
from tests.steps.conftest import DAY

VISITS, PIECE, PER_SET = 20, 3, 6
Facts = tuple[object, ...]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little work is worth help, in small pieces, and a helper is waited for until it has started."""
    for module, name, value in ((crew, "WORTH", 1), (batch, "WORTH", 1), (charge_reader, "WORTH", 1),
                                (code, "_PIECE", PIECE), (scrub, "_PIECE", PIECE)):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    free = crew.Helper.free.fget
    assert free is not None

    def once_started(self: crew.Helper) -> bool:
        for _ in range(6000):
            if self._started or self._gone:
                break
            time.sleep(0.01)
        return bool(free(self))

    monkeypatch.setattr(crew.Helper, "free", property(once_started))


def a_night(root: Path, jobs: int) -> Facts:
    """Everything that is left of a night with so many processes; its second run finds held claims again."""
    text = practice.settings().replace("claims_per_set = 5000", f"claims_per_set = {PER_SET}")
    make_workspace(root, f"{text}\n[night]\njobs = {jobs}\n\n[checks]\npyx12 = 2\n")
    for name, data in practice.charges(3, DAY, visits=VISITS).items():
        (root / "inbox" / name).write_bytes(data)
    with open_night(root) as night:
        told: list[object] = [extract_charges(night)]
        for _ in range(2):
            told += [code_visits(night, DAY), scrub_claims(night, DAY), build_batches(night, DAY)]
        return (*told, deliver_batches(night), snapshot.of_store(night), snapshot.of_folders(root))


@pytest.fixture
def alone(small: None, tmp_path: Path) -> Facts:
    return a_night(tmp_path / "alone", 1)


def counted(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Crew, Ask], Any] | None = None) -> list[Ask]:
    """Counts the pieces that helpers were asked for; `spoil` may happen before each question."""
    asked: list[Ask] = []
    real = Crew.ask

    def ask(self: Crew, one: Ask) -> Answer:
        asked.append(one)
        changed = spoil(self, one) if spoil else None
        return real(self, changed or one)

    monkeypatch.setattr(Crew, "ask", ask)
    return asked


def test_helpers_change_nothing(alone: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(monkeypatch)
    assert a_night(tmp_path / "helped", 2) == alone
    assert {one.step for one in asked} == {extract.ACTOR, code.ACTOR, scrub.ACTOR}


def test_helpers_that_stay_for_the_next_steps_change_nothing(
    alone: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, real = list[subprocess.Popen[bytes] | None](), crew._started
    monkeypatch.setattr(crew, "_started", lambda night: started.append(real(night)) or started[-1])
    with crew.kept():
        assert a_night(tmp_path / "helped", 2) == alone
        assert [one.poll() for one in started if one] == [None]
    assert [one.poll() is None for one in started if one] == [False]


def test_a_helper_that_is_gone_is_replaced_in_the_next_step(night: Night, small: None) -> None:
    night.workspace.settings["night"] = {"jobs": 2}
    with crew.kept():
        with crew.helped(night, 1) as first:
            assert first.free
            first.helpers[0].process.kill()
            assert first.ask(Ask("", ((1,),))).wait() is None
            first.helpers[0]._thread.join()
        with crew.helped(night, 1) as second:
            assert second.free and second.helpers != first.helpers
        with crew.helped(night, 0) as none:
            assert not none.helpers and not none.free


@pytest.mark.parametrize("change", [
    lambda path: path.write_bytes(path.read_bytes() + b"\n"),  # another file under the name
    lambda path: path.unlink(),
])  # fmt: skip
def test_a_file_that_a_helper_saw_otherwise_is_read_here(
    night: Night, small: None, drop: Callable[..., None], change: Callable[[Path], object]
) -> None:
    drop(visits=VISITS)
    waiting = inbox.charge_files(night)
    assert len(waiting) > 2
    wanted = [charge_reader.read_bytes(night, one.data, one.path.name, DAY) for one in waiting]
    night.workspace.settings["night"] = {"jobs": 2}
    for one in waiting:
        change(one.path)
    with charge_reader.reading(night, waiting) as read:
        found = [read(one, one.path.name) for one in waiting]
    assert found == wanted and all(one.visits for one in wanted)


def test_a_helper_that_is_faster_than_the_step_does_not_read_the_whole_inbox_into_memory(
    night: Night, drop: Callable[..., None]
) -> None:
    drop(visits=4)
    [first, *_] = inbox.charge_files(night)
    waiting = [replace(first, path=first.path.with_name(f"{number}{first.path.suffix}")) for number in range(12)]
    given = list[str]()

    class Quick(Crew):
        def ask(self, ask: Ask) -> Answer:
            given.append(Path(ask.file).name)
            answer = Answer()
            answer.tell(msgspec.msgpack.encode(charge_reader.read_bytes(night, first.data, given[-1], DAY)))
            return answer

    reader = charge_reader._Ahead(night, Quick([cast(Helper, None)]), waiting)
    for place, one in enumerate(waiting):
        found = reader.read(one, one.path.name)
        assert found.file.name == one.path.name and found.visits
        assert len(given) <= place + 5  # four that wait, and this one
    assert len(given) > 8


def test_a_helper_that_dies_loses_nothing(alone: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(self: Crew, _: Ask) -> None:
        self.helpers[0].process.kill()
        self.helpers[0].process.wait()

    monkeypatch.setattr(batch, "WORTH", 10**9)
    asked = counted(monkeypatch, kill)
    assert a_night(tmp_path / "helped", 2) == alone
    assert asked
    assert "helper_lost" in (tmp_path / "helped/logs/ptedi.log").read_text()


def test_a_helper_that_counted_from_another_number_is_not_believed(
    small: None, night: Night, drop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(visits=12)
    extract_charges(night)
    real, begun = code._coded, []

    def off_by_one(night: Night, crew: Crew, waiting: Any) -> Any:
        for start in range(0, len(waiting), PIECE):
            some = tuple(waiting[start : start + PIECE])
            with night.store.read() as conn:
                told = real(night, conn, some, 90 + start)
            yield some, told

    def again(*asked: Any) -> Any:
        begun.append(asked[-1])
        return real(*asked)

    monkeypatch.setattr(code, "_in_pieces", off_by_one)
    monkeypatch.setattr(code, "_coded", again)
    made = code_visits(night, DAY).claims
    with night.store.read() as conn:
        used = series.audit(conn, SeriesKey(night.practice.id, "T", "CLM01"))
    assert [one.value for one in used] == list(range(1, made + 1))
    assert begun == list(range(1, made + 1, PIECE))


def test_a_helper_says_nothing_of_rows_it_cannot_find(night: Night) -> None:
    for step in (code.ACTOR, scrub.ACTOR):
        assert helper._answer(night, Rulebook.of(night), Ask(step, ((10**9,),))) == b""


def test_a_helper_that_dies_before_it_is_asked_says_at_once_that_it_cannot() -> None:
    lost: list[str] = []
    process = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    dead = crew.Helper(process, lambda: lost.append("lost"))
    dead._thread.join()
    assert not dead.free
    assert Crew([dead]).ask(Ask("", ())).wait() is None
    dead.end()
    assert lost == ["lost"]


class Hands:
    """A crew in which so many hands are free; an answer is there at once when it is so wished."""

    def __init__(self, hands: int, at_once: bool) -> None:
        self.hands, self.at_once, self.given = hands, at_once, list[tuple[Ask, Answer]]()

    @property
    def free(self) -> bool:
        return self.hands > 0

    def ask(self, one: Ask) -> Answer:
        answer = Answer()
        self.given.append((one, answer))
        self.hands -= 1
        if self.at_once:
            answer.tell(b"helper")
        return answer


def work(patients: str) -> Work:
    names = [frozenset(one) for one in patients.split()]
    return Work(tuple(((number,),) for number in range(len(names))), names, lambda rows, n: Ask("", rows, n))


def test_a_piece_waits_for_the_pieces_of_its_patients() -> None:
    """The first is done alone; the third shares a patient with the second and is not asked for before that is done."""
    hands, at = Hands(9, True), [0]
    asked, helped = [], []
    for place, (_, found) in enumerate(crew.ahead(hands, work("a b bc d e"), bytes.decode, lambda _: "own")):  # type: ignore[arg-type]
        asked += [(one.rows, one.start, at[0]) for one, _ in hands.given[len(asked) :]]
        at[0] = place + 1
        helped.append(found)
    assert helped == [None, "helper", None, "helper", "helper"]
    assert asked == [(((1,),), 1, 0), (((3,),), 1, 2), (((4,),), 2, 2)]


def test_a_step_that_would_wait_computes_a_later_piece_itself() -> None:
    hands, own = Hands(1, False), list[tuple[object, int]]()

    def compute(one: Ask) -> str:
        own.append((one.rows, one.start))
        if len(own) == 2:
            hands.given[0][1].tell(b"helper")
        return "own"

    found = [one for _, one in crew.ahead(hands, work("a b c d e"), bytes.decode, compute)]  # type: ignore[arg-type]
    assert found == [None, "helper", "own", "own", None]
    assert own == [(((2,),), 1), (((3,),), 2)]


def test_a_step_that_would_wait_does_nothing_ahead_for_a_patient_who_is_not_done() -> None:
    hands = Hands(1, False)
    pieces = crew.ahead(hands, work("a b b"), bytes.decode, lambda _: "own")  # type: ignore[arg-type]
    assert next(pieces)[1] is None
    hands.given[0][1].tell(b"")
    assert [one for _, one in pieces] == [None, None]


def test_files_made_ahead_of_one_that_does_not_go_are_made_anew(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All claims of the first file are refused: the files that follow get its numbers."""
    from ptedi.findings import Finding, Severity

    monkeypatch.setattr(crew, "WORTH", 10**9)
    monkeypatch.setattr(batch, "beside", lambda _: nullcontext(here))
    refused = Finding(code="SB901", severity=Severity.ERROR, message="spoilt")
    first: set[str] = set()
    real = batch.begin

    def begin(one: Batch, **rest: Any) -> Any:
        names = {claim.patient_control_number for claim in one.claims}
        first.update(names if not first else ())
        finish = real(one, **rest)
        return (lambda: replace(finish(), problems={"": (refused,)})) if names & first else finish

    monkeypatch.setattr(batch, "begin", begin)
    monkeypatch.setattr(batch, "culprits", lambda one: dict.fromkeys(
        (claim.patient_control_number for claim in one.claims), (refused,)))  # fmt: skip
    found = []
    for jobs in (1, 3):
        first.clear()
        found.append(a_night(tmp_path / f"with {jobs}", jobs))
        assert len(first) == PER_SET
    assert found[0] == found[1]
    with open_night(tmp_path / "with 3") as night, night.store.read() as conn:
        numbers = [row.interchange_control_number for row in batches.list_batches(conn)]
    assert numbers == list(range(1, len(numbers) + 1)) != []


@pytest.mark.parametrize("value", [0, 65, "two", True, 1.5])
def test_a_wrong_number_of_jobs_is_said(night: Night, value: object) -> None:
    night.workspace.settings["night"] = {"jobs": value}
    with pytest.raises(ConfigurationError, match="jobs"):
        jobs_of(night)


def test_without_a_setting_there_are_as_many_jobs_as_cores_but_few(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ptedi.steps import jobs

    for cores, wanted in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(jobs, "_cores", lambda cores=cores: cores)
        assert jobs_of(night) == wanted
