"""2310D: whose claims name a supervising provider, who that is, and how it goes over the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ptedi.claims import practice as practices
from ptedi.claims.coding import code_visit
from ptedi.claims.model import Practice, Visit
from ptedi.errors import ConfigurationError
from ptedi.payers.lint import lint
from ptedi.payers.profile import Difference, Enrollment, PayerProfile
from ptedi.submissions.batch import Batch
from ptedi.transactions import as_json, claim_837p
from ptedi.x12 import oracle
from tests.claims.visits import CEDAR, PROFILES, number, visit
from tests.samples.claims import envelope

PT1, PT2, PTA1, OT1 = number(11), number(16), number(12), number(13)


def payer(*supervised: str, enrolled: tuple[str, ...] = ()) -> PayerProfile:
    """A commercial payer that wants supervising providers of such visits."""
    plain = PROFILES["bluestone-ppo"]
    days, rules = plain.timeline
    return replace(
        plain, timeline=(days, tuple(replace(one, supervised=supervised) for one in rules)),
        enrollments=tuple(Enrollment(npi=npi, effective_from=date(2026, 1, 1), effective_to=date.max)
                          for npi in enrolled),
    )  # fmt: skip


def with_supervisor(who: str, supervisor: str) -> Practice:
    return replace(CEDAR, therapists=tuple(
        replace(one, supervisor=supervisor) if one.id == who else one for one in CEDAR.therapists))  # fmt: skip


def captured(*rows: str, **over: str) -> Visit:
    return visit(*(rows or ("97110 30",)), payer="bluestone-ppo", **over)


ASSISTED = ("97110 15+15",)


@pytest.mark.parametrize(("one", "who", "practice", "npi"), [
    (captured(*ASSISTED), payer("assistants"), CEDAR, PT1),  # the therapist in charge, when nobody says otherwise
    (captured(*ASSISTED), payer("assistants"), with_supervisor("PTA1", "PT2"), PT2),
    (captured(*ASSISTED, supervising_id="PT1"), payer("assistants"), with_supervisor("PTA1", "PT2"), PT1),
    (captured(), payer("assistants"), with_supervisor("PT1", "PT2"), ""),
    (captured(*ASSISTED), payer(), with_supervisor("PTA1", "PT2"), ""),  # not where the payer does not ask
    (captured(supervising_id="PT2"), payer(), CEDAR, ""),
    (captured(supervising_id="PT2"), payer("unenrolled"), CEDAR, PT2),
    (captured(), payer("unenrolled"), with_supervisor("PT1", "PT2"), PT2),
    (captured(), payer("unenrolled"), CEDAR, ""),  # PV113
    (captured(supervising_id="PT2"), payer("unenrolled", enrolled=(PT1,)), CEDAR, ""),
    (captured(*ASSISTED), payer("assistants", "unenrolled", enrolled=(PT1,)), CEDAR, PT1),
    (captured(supervising_id="GONE"), payer("unenrolled"), CEDAR, ""),
])  # fmt: skip
def test_who_supervised(one: Visit, who: PayerProfile, practice: Practice, npi: str) -> None:
    claim = code_visit(one, practice, who, control_number="CDR000000001J").claim
    assert (claim.supervising.npi if claim.supervising else "") == npi
    assert claim.rendering.npi == PT1


def test_it_goes_out_as_2310d_and_comes_back() -> None:
    one = captured(*ASSISTED, clinic_id="north")
    claim = code_visit(one, with_supervisor("PTA1", "PT2"), payer("assistants"), control_number="CDR000000001J").claim
    data = claim_837p.write(Batch(envelope=envelope(1), claims=(claim, replace(claim, supervising=None))))
    names = [segment.split("*")[1] for segment in data.decode().split("~") if segment.strip().startswith("NM1")]
    assert names[-9:] == ["DN", "82", "77", "DQ", "IL", "PR", "DN", "82", "77"]
    [read] = claim_837p.read_batches(data)
    assert list(read.claims) == [claim_837p.normalise(claim), claim_837p.normalise(replace(claim, supervising=None))]
    assert as_json.claim(claim)["supervising_npi"] == PT2
    assert oracle.validate(data).ok


@pytest.mark.parametrize("supervisor", ["T1", "A1", "NOBODY"])
def test_a_supervisor_is_another_therapist_of_the_practice(supervisor: str) -> None:
    def table(of: str) -> dict[str, object]:
        place = {"line1": "1 A ST", "city": "B", "state": "MI", "zip": "49999-0100"}
        return {
            "id": "x", "name": "X", "npi": number(1), "tax_id": "38-9999999", "taxonomy": "261QP2000X",
            "address": place, "charges": {}, "clinics": [{"id": "m", "name": "M", "npi": number(2), "address": place}],
            "therapists": [
                {"id": "T1", "last": "A", "first": "B", "npi": PT1, "discipline": "PT", "supervisor": of},
                {"id": "T2", "last": "A", "first": "B", "npi": PT2, "discipline": "PT"},
                {"id": "A1", "last": "A", "first": "B", "npi": PTA1, "discipline": "PTA", "supervisor": "T2"}],
        }  # fmt: skip

    assert practices.load(table("T2")).therapists[0].supervisor == "T2"
    with pytest.raises(ConfigurationError, match="supervisor"):
        practices.load(table(supervisor))


def test_a_kind_that_nobody_knows_is_told() -> None:
    wrong = replace(payer(), differences=(Difference(
        effective_from=date(2026, 1, 1), effective_to=date.max, source="contract", verified="yes",
        values=(("supervised", ("students",)),)),))  # fmt: skip
    found = [f.message for f in lint([wrong], date(2026, 11, 20)) if f.code == "PY104"]
    assert len(found) == 1 and "students" in found[0]
