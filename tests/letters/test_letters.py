"""Letters read back from their PDFs: amounts, days, codes, control numbers, segments; a practice's own templates."""

from __future__ import annotations

import hashlib
import io
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from ptedi.config import data_folder
from ptedi.denials import Category
from ptedi.errors import ConfigurationError
from ptedi.letters.wording import BARRED, DEFAULT
from ptedi.sandbox import practice, refusals
from ptedi.steps import letters, rework
from ptedi.steps.letters import Written
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.summary import summary
from ptedi.store import batches, claims, decisions, events, files, tables, work
from ptedi.store.work import WorkKind
from ptedi.submissions.status import Event, State
from tests.steps.conftest import DAY
from tests.steps.test_drafts import sent as billed
from tests.steps.test_drafts import treated
from tests.steps.test_rework import TWO, answered, approved, denied, only, states

SHIPPED = data_folder("schemas") / "letters"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")
    make_workspace(tmp_path / "practice", practice.settings())
    return tmp_path / "practice"


def read(night: Night, written: Written) -> str:
    data = (night.workspace.root / written.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == written.sha256
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


@pytest.mark.parametrize(("payer", "refusal", "code", "said"), [
    ("bluestone-ppo", refusals.NO_AUTHORIZATION, "CO-197", "because no authorization was found"),
    ("medicare-part-b", refusals.NOT_NECESSARY, "CO-50", "skills of a therapist"),
    ("bluestone-ppo", refusals.LATE, "CO-29", "filed in time: it was accepted on November 20, 2026"),
    ("bluestone-ppo", refusals.BUNDLED, "CO-97", "included in another service"),
])  # fmt: skip
def test_an_appeal_says_what_the_store_knows(root: Path, payer: str, refusal: refusals.Refusal, code: str,
                                             said: str) -> None:  # fmt: skip
    denied(root, payer, refusal)
    with open_night(root) as night:
        row = only(night)
        written = letters.appeal(night, row.patient_control_number, "pat")
        text = read(night, written)
        with night.store.read() as conn:
            claim = claims.load(conn, row.id).claim
        denied_cents = 6000 if refusal is refusals.BUNDLED else 18400
        assert written.stake_cents == denied_cents
        for wanted in (code, said, claim.patient_control_number, claim.member_id, "11/20/2026", "$184.00",
                       f"{denied_cents / 100:.2f}", "November 21, 2026", "Enclosed"):
            assert wanted in text, wanted
        assert written.deadline is not None and f"{written.deadline:%B} {written.deadline.day}" in text
        assert "CONTACT" not in written.path and claim.subscriber.name.last not in written.path
        mode = (root / written.path).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600 and stat.S_IMODE((root / "letters").stat().st_mode) == 0o700
        assert letters.appeal(night, row.patient_control_number, "kim").id == written.id  # the same bytes again


def test_letters_say_the_practices_day(root: Path) -> None:
    denied(root, refusal=refusals.NOT_NECESSARY)
    settings = (root / "ptedi.toml").read_text()
    for zone, day in {"America/Denver": 20, "UTC": 21}.items():
        (root / "ptedi.toml").write_text(settings.replace("[practice]\n", f'[practice]\ntime_zone = "{zone}"\n'))
        with open_night(root) as night:
            number = only(night).patient_control_number
            asked, proof = (read(night, letter(night, number, "pat")) for letter in (letters.appeal, letters.proof))
            assert f"November {day}, 2026 BLUESTONE" in asked and f"November {day}, 2026 BLUESTONE" in proof
            assert f"First sent 11/{day}/2026" in proof


def test_a_day_of_acceptance_is_the_answers_own(root: Path) -> None:
    denied(root, refusal=refusals.LATE)
    with open_night(root) as night:
        with night.store.begin() as conn:  # fetched only when the time to file was over
            late = datetime(2027, 6, 1, 3, tzinfo=UTC)
            conn.execute(update(tables.files).where(tables.files.c.kind == "277CA").values(received_at=late))
        text = read(night, letters.appeal(night, only(night).patient_control_number, "pat"))
        assert "filed in time: it was accepted on November 20, 2026" in text


def test_where_no_appeal_is_granted_the_letter_asks_for_a_reopening(root: Path) -> None:
    denied(root, refusal=refusals.LATE)  # with N211
    with open_night(root) as night:
        written = letters.appeal(night, only(night).patient_control_number, "pat")
        text = read(night, written)
    assert written.message.startswith("request to reopen (timely filing)") and "N211" in written.message
    assert "Request to reopen a denied claim: timely filing" in text
    assert "may not be appealed (N211). This letter is no appeal." in text
    assert "This request is filed within your time limit" in text
    assert "Appeal of" not in text and "This appeal" not in text


def test_what_could_not_be_processed_has_no_letter(root: Path) -> None:
    denied(root, "medicare-part-b", refusals.BAD_DIAGNOSIS)  # with MA130
    with open_night(root) as night, pytest.raises(ConfigurationError, match="MA130"):
        letters.appeal(night, only(night).patient_control_number, "pat")


def test_a_letter_that_was_sent_is_an_event_once(root: Path) -> None:
    denied(root)
    with open_night(root) as night:
        row = only(night)
        written = letters.appeal(night, row.patient_control_number, "pat")
        assert states(night) == [State.DENIED]
        for _ in range(2):
            assert letters.sent(night, written.id, DAY, "kim").state == "done"
        assert states(night) == [State.APPEALED]
        with night.store.read() as conn:
            told = [e for e in events.of_claim(conn, row.id) if e.event is Event.APPEALED]
            assert [(e.actor, "2026-11-20" in e.detail) for e in told] == [("kim", True)]
            assert work.list_work(conn, kinds=[WorkKind.DENIAL]) == [] and decisions.broken(conn) == []
        assert summary(night, DAY).closes
        for day in (date(2026, 11, 19), date(2026, 11, 22)):
            with pytest.raises(ConfigurationError):
                letters.sent(night, written.id, day, "kim")
        with pytest.raises(ConfigurationError):
            letters.sent(night, 99, DAY, "kim")
        assert rework.draft(night, row.patient_control_number, [], "pat").frequency == "7"  # an appeal bars nothing


def test_a_proof_shows_every_sending_and_every_answer(root: Path) -> None:
    denied(root, refusal=refusals.LATE)
    with open_night(root) as night:
        row = only(night)
        first = row.patient_control_number
        text = read(night, letters.proof(night, first, "pat"))
        with night.store.read() as conn:
            [batch] = batches.of_claim(conn, row.id)
            hashes = [one.sha256 for one in files.list_files(conn)
                      if one.kind in ("999", "277CA", "835")] + [files.get(conn, batch.file_id).sha256]  # fmt: skip
        for wanted in (batch.batch_reference, f"ISA13 {batch.interchange_control_number:09d}", batch.file_name,
                       f"CLM*{first}*184", "AK2*837*000000001", "IK5*A", "STC*A1:", "STC*A2:", f"CLP*{first}*",
                       "*CO*29*124", "05/19/2027", "0 days after the service and 180 days before",
                       *hashes):  # fmt: skip
            assert wanted.replace(" ", "") in text.replace(" ", ""), wanted


def test_the_first_filing_counts_after_a_correction(root: Path) -> None:
    denied(root)
    with open_night(root) as night:
        first = only(night).patient_control_number
        done = approved(night, ["authorization=A4711"])
        text = read(night, letters.proof(night, done.released, "pat"))
        assert f"CLM*{first}*184" in text and "0 days after the service" in text


def test_what_was_never_sent_or_denied_has_no_letter(root: Path) -> None:
    billed(root, treated(*TWO))
    with open_night(root) as night:
        number = only(night).patient_control_number
        with pytest.raises(ConfigurationError):
            letters.appeal(night, number, "pat")
    answered(root, None, 0)
    with open_night(root) as night, pytest.raises(ConfigurationError):
        letters.appeal(night, number, "pat")


def test_a_practice_writes_its_own_words(root: Path) -> None:
    denied(root)
    own = root / "letters" / "templates"
    own.mkdir(parents=True)
    (own / "authorization.j2").write_text("Dear {{ subject.payer }},\n\nplease pay {{ appeal.denied | usd }}.")
    with open_night(root) as night:
        number = only(night).patient_control_number
        before = letters.appeal(night, number, "pat")
        assert "please pay $184.00." in read(night, before)
        for bad in ("{{ subject.shoe_size }}", "{% if %}", "{{ ''.__class__.__mro__ }}"):
            (own / "authorization.j2").write_text(bad)
            with pytest.raises(ConfigurationError):
                letters.appeal(night, number, "pat")
        (own / "authorization.j2").write_text("Other words.")
        assert [one.state for one in (letters.appeal(night, number, "pat"), *letters.list_letters(night))] == [
            "open", "withdrawn", "open"]  # fmt: skip


def test_every_template_belongs_to_a_category() -> None:
    names = {path.stem for path in SHIPPED.glob("*.j2")} - {DEFAULT, "filing_proof", BARRED.removesuffix(".j2")}
    assert names <= {one.value.replace(" ", "_") for one in Category}
