"""Several transaction sets in one file: numbers without a gap, each set answered and sent again by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ptedi import checks
from ptedi.errors import ConfigurationError
from ptedi.payers.partner import MOST_SETS
from ptedi.sandbox import clearinghouse, practice
from ptedi.steps import inbound
from ptedi.steps.batch_view import batch_story, rebuilt
from ptedi.steps.documents import documents
from ptedi.steps.evidence import evidence
from ptedi.steps.night import Night, open_night
from ptedi.steps.outbound import build_batches, deliver_batches
from ptedi.steps.proof import culprits, prove
from ptedi.store import batches, claims, files, series, work
from ptedi.store.batches import BatchClaim, BatchRow
from ptedi.store.series import SeriesKey
from ptedi.store.work import WorkKind
from ptedi.submissions.acknowledgements import ClaimAcknowledgement, GroupAcknowledgement, SetAcknowledgement
from ptedi.submissions.batch import Batch
from ptedi.submissions.status import State
from ptedi.transactions import acknowledgement_999, claim_837p, claim_acknowledgement_277ca
from ptedi.x12 import oracle
from tests.sandbox.night import claim
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, states, to_ready
from tests.steps.test_acknowledge import HEADER, PLACE, apply, members, status
from tests.store.samples import envelope

VISITS, PER_SET, SETS = 14, 3, 3


@pytest.fixture
def night(workspace: Path) -> Iterator[Night]:
    text = (workspace / "ptedi.toml").read_text()
    limits = f"claims_per_set = {PER_SET}\nsets_per_file = {SETS}"
    (workspace / "ptedi.toml").write_text(text.replace("claims_per_set = 5000", limits))
    with open_night(workspace) as opened:
        yield opened


@pytest.fixture
def sent(night: Night, drop: Drop) -> list[BatchRow]:
    drop(visits=VISITS)
    to_ready(night)
    built = build_batches(night, DAY).batch_ids
    deliver_batches(night)
    with night.store.read() as conn:
        return [batches.get(conn, one) for one in built]


def data_of(night: Night, batch: BatchRow) -> bytes:
    with night.store.read() as conn:
        return files.read_bytes(night.archive, files.get(conn, batch.file_id))


def by_set(night: Night, batch: BatchRow) -> dict[str, list[BatchClaim]]:
    found: dict[str, list[BatchClaim]] = {}
    for one in members(night, batch):
        found.setdefault(one.set_control_number, []).append(one)
    return found


def verdict(batch: BatchRow, **codes: str) -> bytes:
    """A 999 with a code for each set."""
    sets = tuple(
        SetAcknowledgement(set_id="837", control_number=number[1:], guide="005010X222A1", code=code,
                           notes=("5",) if code == "R" else (), **PLACE)  # type: ignore[arg-type]
        for number, code in codes.items()
    )  # fmt: skip
    return acknowledgement_999.write(HEADER, [GroupAcknowledgement(
        sender_id="", receiver_id="", functional_id="HC", group_control_number=batch.group_control_number,
        guide="005010X222A1", code="P", included=len(sets), received=len(sets),
        accepted=sum(one.code == "A" for one in sets), sets=sets, **PLACE,  # type: ignore[arg-type]
    )])  # fmt: skip


def test_a_file_holds_as_many_sets_as_the_partner_takes(night: Night, sent: list[BatchRow]) -> None:
    full, *_, last = sent
    assert len(full.envelope.references) == SETS
    references: list[str] = []
    for batch in sent:
        data = data_of(night, batch)
        read = claim_837p.read_batches(data)
        assert [one.control_number for one in read] == [f"{len(references) + n:09d}" for n in range(1, len(read) + 1)]
        assert [len(one.claims) for one in read[:-1]] == [PER_SET] * (len(read) - 1)
        assert 0 < len(read[-1].claims) <= PER_SET
        references += [one.batch_reference for one in read]
        assert tuple(batch.envelope.references) == tuple(one.batch_reference for one in read)
        assert oracle.validate(data).ok
        assert not [one for one in checks.check_file(data).findings if one.severity.stops]
        assert data.count(b"~GS*") == data.count(b"~IEA*") == 1
    assert last.claim_count <= PER_SET * SETS
    with night.store.read() as conn:
        used, numbered = [series.audit(conn, SeriesKey("harbor", "T", name)) for name in ("BHT03", "ST02")]
        isa = series.audit(conn, SeriesKey("harbor", "T", "ISA13"))
    assert [one.value for one in used] == list(range(1, len(references) + 1))
    assert [one.used_for for one in used] == [f"batch {one}" for one in references]
    assert [(one.value, one.used_for) for one in numbered] == [(one.value, one.used_for) for one in used]
    assert [one.value for one in isa] == list(range(1, len(sent) + 1))


def test_it_can_be_made_again_and_looked_into(night: Night, sent: list[BatchRow]) -> None:
    for batch in sent:
        told = rebuilt(night, batch.id)
        assert told is not None
        assert told.same
        story = batch_story(night, batch.id)
        assert story is not None
        assert story.head.further_references == batch.envelope.further_references
        sets = claim_837p.read_batches(data_of(night, batch))
        numbers = [(one.control_number, c.patient_control_number) for one in sets for c in one.claims]
        assert [(one.set_control_number, one.claim.patient_control_number) for one in story.claims] == numbers
        for one in story.claims:
            assert one.claim.patient_control_number in next(s.text for s in one.segments if s.text.startswith("CLM"))


def test_a_claims_place_in_the_file_is_found_in_every_set(night: Night, sent: list[BatchRow]) -> None:
    texts = data_of(night, sent[0]).decode().split("~")
    for one in members(night, sent[0]):
        with night.store.read() as conn:
            number = claims.get(conn, one.claim_id).patient_control_number
        [place] = [paper.place for paper in documents(night, number) or () if paper.kind == "837P"]
        after = [text for text in texts[place - 1 :] if text.startswith("CLM*")]
        assert after[0].split("*")[1] == number


def test_a_group_accepted_in_part_moves_each_set_by_its_own_verdict(night: Night, sent: list[BatchRow]) -> None:
    batch = sent[0]
    sets = by_set(night, batch)
    apply(night, verdict(batch, _000000001="A", _000000002="R", _000000003="A"))
    told = states(night)
    assert {told[m.claim_id] for m in sets["000000001"] + sets["000000003"]} == {State.RECEIVED}
    assert {told[m.claim_id] for m in sets["000000002"]} == {State.REJECTED}
    with night.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.REJECTION])
        rows = claims.get_all(conn, [m.claim_id for m in sets["000000002"]])
    assert item.amount_cents == sum(row.charge_cents for row in rows.values())
    for row in rows.values():
        papers = evidence(night, row.patient_control_number)
        assert papers is not None
        assert "AK2*837*000000002" in " ".join(s.text for one in papers if one.set_id == "999" for s in one.segments)


def test_a_999_may_leave_the_leading_zeros_off(night: Night, sent: list[BatchRow]) -> None:
    apply(night, verdict(sent[0], _0001="A", _00002="R", _000000003="A"))
    told, sets = states(night), by_set(night, sent[0])
    assert {told[m.claim_id] for m in sets["000000002"]} == {State.REJECTED}
    assert {told[m.claim_id] for m in sets["000000001"] + sets["000000003"]} == {State.RECEIVED}


def test_only_the_claims_of_the_refused_set_are_sent_again(night: Night, sent: list[BatchRow]) -> None:
    """All visits are captured again with another member id; what was accepted is not sent a second time."""
    apply(night, verdict(sent[0], _000000001="A", _000000002="R", _000000003="A"))
    refused = {m.claim_id for m in by_set(night, sent[0])["000000002"]}
    before = set(states(night))
    with night.store.read() as conn:
        rows = claims.get_all(conn, before)
    captured = captured_again(night)
    wanted = {rows[claim_id].visit_id for claim_id in refused} & captured
    accepted = {m.claim_id for number in ("000000001", "000000003") for m in by_set(night, sent[0])[number]}
    assert wanted
    assert {rows[claim_id].visit_id for claim_id in accepted} & captured
    to_ready(night)
    [new] = build_batches(night, DAY).batch_ids
    told = states(night)
    with night.store.read() as conn:
        again = {claims.get(conn, m.claim_id).visit_id for m in batches.claims_of(conn, new)}
    assert again == wanted
    assert {told[claim_id] for claim_id in accepted} == {State.RECEIVED}


def captured_again(night: Night) -> set[str]:
    """The visits of the day's CSV file, dropped again with other member ids."""
    found: set[str] = set()
    for name, data in practice.charges(3, DAY, visits=VISITS, bad_rows=False).items():
        if name.endswith(".csv"):
            rows = list(csv.DictReader(io.StringIO(data.decode())))
            text = io.StringIO()
            writer = csv.DictWriter(text, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(row | {"member_id": row["member_id"][:-1] + "7"} for row in rows)
            (night.workspace.root / "inbox" / name).write_bytes(text.getvalue().encode())
            found |= {row["visit_id"] for row in rows}
    return found


def test_a_277ca_finds_its_set_by_the_reference_and_refuses_no_other(night: Night, sent: list[BatchRow]) -> None:
    batch = sent[0]
    first, second, _ = batch.envelope.references
    with night.store.read() as conn:
        assert [row.id for row in batches.by_reference(conn, second)] == [batch.id]
        assert [row.id for row in batches.by_reference(conn, first)] == [batch.id]
        assert batches.by_reference(conn, second[:-9] + "000000099") == []
    apply(night, claim_acknowledgement_277ca.write(HEADER, [ClaimAcknowledgement(
        control_number="0001", source_entity="AY", source_name="SOURCE", batch_reference=second,
        receiver_statuses=(status("A3", "24", "41"),), claims=(), **PLACE,  # type: ignore[arg-type]
    )]))  # fmt: skip
    told, sets = states(night), by_set(night, batch)
    assert {told[m.claim_id] for m in sets["000000002"]} == {State.REJECTED}
    assert State.REJECTED not in {told[m.claim_id] for m in sets["000000001"] + sets["000000003"]}


def test_the_sandbox_answers_set_by_set(night: Night, sent: list[BatchRow]) -> None:
    house = night.workspace.root / "clearinghouse"
    report = clearinghouse.run(house / "to", house / "from", house / "state", seed=3, today=DAY)
    assert report.claims_received == sum(one.claim_count for one in sent)
    inbound.collect_inbound(night)
    for number in inbound.waiting_files(night).acknowledgements:
        assert inbound.apply_acknowledgements(night, number).unknown == 0
    assert not {State.SENT, State.BATCHED} & set(states(night).values())


def several(*spoiled: int) -> Batch:
    made = [claim(number, payer=3) for number in range(7)]
    for number in spoiled:
        made[number] = replace(made[number], diagnoses=())
    head = replace(envelope(), claims_per_set=3, further_references=("TSTT000000002", "TSTT000000003"))
    return Batch(envelope=head, claims=tuple(made))


@pytest.mark.parametrize("spoiled", [(0,), (4,), (6,), (2, 3)])
def test_a_culprit_is_found_in_whichever_set_it_stands(spoiled: tuple[int, ...]) -> None:
    assert prove(several()).problems == {}
    names = {claim(number, payer=3).patient_control_number for number in spoiled}
    assert set(prove(several(*spoiled)).problems) == names
    assert set(culprits(several(*spoiled))) == names


def test_claims_that_no_set_has_room_for_are_refused() -> None:
    batch = several()
    with pytest.raises(ValueError, match="more claims"):
        claim_837p.write(replace(batch, envelope=replace(batch.envelope, further_references=())))


@pytest.mark.parametrize("value", [0, MOST_SETS + 1, "two"])
def test_a_wrong_number_of_sets_is_said(workspace: Path, value: object) -> None:
    text = (workspace / "ptedi.toml").read_text()
    written = f'"{value}"' if isinstance(value, str) else value
    (workspace / "ptedi.toml").write_text(text.replace("claims_per_set", f"sets_per_file = {written}\nclaims_per_set"))
    with pytest.raises(ConfigurationError, match="sets_per_file"):
        open_night(workspace)
