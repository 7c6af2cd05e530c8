"""Repeated denials become a drafted rule; approved, it holds the next claim; what is held is counted as prevented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi.errors import ConfigurationError
from ptedi.ledger.matching import KnownClaim
from ptedi.steps import decide, inbound
from ptedi.steps.desk import work_list
from ptedi.steps.night import Night
from ptedi.store import deeds, work
from ptedi.store.work import WorkItem, WorkKind
from ptedi.store.worklist import WantedWork
from tests.steps import remits, sent
from tests.steps.conftest import DAY

PAYER = "evergreen-commercial"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = sent.make(tmp_path_factory.mktemp("patterns") / "sent", visits=24)
    with (root / "ptedi.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[patterns]\nclaims = 2\ndays = 14\n")
    return root


@pytest.fixture
def night(template: Path, tmp_path: Path) -> Iterator[Night]:
    with sent.copy(template, tmp_path / "practice") as opened:
        yield opened


def of_payer(night: Night) -> list[KnownClaim]:
    return [known for known in remits.known_claims(night)
            if known.payer_id == PAYER and not known.claim.prior_authorization]  # fmt: skip


def refuse(night: Night, number: int, known: KnownClaim, code: str = "CO-197") -> None:
    clp = remits.answer(known.claim, f"ICN{number}", [{code: line.charge} for line in known.claim.lines])
    sent.post(night, remits.file(number, remits.check(f"T{number}", DAY, [clp])))


def drafted(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[WorkKind.PATTERN])


def test_a_pattern_is_drafted_once_and_follows_the_denials(night: Night) -> None:
    one, two, three, *_ = of_payer(night)
    refuse(night, 1, one)
    assert not drafted(night)
    refuse(night, 2, two)
    [first] = drafted(night)
    assert first.amount_cents == (one.claim.charge + two.claim.charge) * 100
    assert "authorization_required = true" in first.how
    refuse(night, 3, three)
    [second] = drafted(night)
    assert (second.id, second.amount_cents > first.amount_cents) == (first.id, True)
    inbound.route_denials(night)
    assert drafted(night) == [second]
    assert [row.id for row in work_list(night, WantedWork(payers=(PAYER,), kinds=("pattern",))).rows] == [first.id]


def test_an_approved_rule_is_in_the_payers_file_with_its_source_and_holds_the_next_claim(night: Night) -> None:
    one, two, *_ = of_payer(night)
    refuse(night, 1, one)
    refuse(night, 2, two)
    [item] = drafted(night)
    done = decide.release(night, item.id, "ann")
    assert (done.claim, done.rule) == ("", f"{PAYER}: payers/{PAYER}.toml")
    assert decide.release(night, item.id, "ann") == done
    path = night.workspace.root / "payers" / f"{PAYER}.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8").count("authorization_required = true") == 1
    assert "approved by ann" in path.read_text(encoding="utf-8")
    with night.store.read() as conn:
        assert [d.action for d in deeds.history(conn, item.id)] == ["resolved", "approved"]
    with sent.open_night(night.workspace.root) as later:
        rules = later.profiles[PAYER]
        assert rules.on(DAY).authorization_required
        assert "CO-197" in rules.sources(DAY)["authorization_required"].source
        inbound.route_denials(later)
        assert not drafted(later)


def test_a_rule_that_was_dismissed_stays_away_and_cannot_be_approved(night: Night) -> None:
    one, two, three, *_ = of_payer(night)
    refuse(night, 1, one)
    refuse(night, 2, two)
    [item] = drafted(night)
    decide.dismiss(night, item.id, "ann", "they were wrong")
    refuse(night, 3, three)
    assert not drafted(night)
    with pytest.raises(ConfigurationError):
        decide.release(night, item.id, "ben")
    assert not (night.workspace.root / "payers" / f"{PAYER}.toml").exists()


def test_a_draft_goes_when_the_profile_says_it(night: Night) -> None:
    one, two, *_ = of_payer(night)
    refuse(night, 1, one)
    refuse(night, 2, two)
    [item] = drafted(night)
    folder = night.workspace.folder("payers")
    shipped = Path(__file__).resolve().parents[2] / f"schemas/payers/{PAYER}.toml"
    (folder / f"{PAYER}.toml").write_text(f"{shipped.read_text(encoding='utf-8')}\n{item.how}", encoding="utf-8")
    with sent.open_night(night.workspace.root) as later:
        inbound.route_denials(later)
        assert not drafted(later)


@pytest.mark.parametrize("words", ['claims = "many"', "claims = 0", "days = true", "days = 100000"])
def test_settings_that_say_nonsense(night: Night, words: str) -> None:
    path = night.workspace.root / "ptedi.toml"
    name = words.split(maxsplit=1)[0]
    text = "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith(f"{name} ="))
    path.write_text(f"{text}{words}\n")
    with sent.open_night(night.workspace.root) as later, pytest.raises(ConfigurationError, match=name):
        inbound.route_denials(later)
