"""Script in every imported field is shown as text on the pages of claims, work and rework."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.pipeline import casework

BAD = "<script>alert(1)</script>"
SHOWN = "&lt;script&gt;alert(1)"
_COLUMNS = {
    "files": ("original_name",), "claim_events": ("detail", "actor"), "payments": ("payer", "trace_number"),
    "work_items": ("sentence", "category", "how", "owner", "cited", "remarks", "deadline_basis", "fault", "resolution"),
    "claims": ("patient_id",), "work_events": ("detail", "actor"), "work_views": ("name",),
    "reworks": ("message", "reason", "made_by"),
}  # fmt: skip
_WORDS = ("last", "first", "line1", "city", "note", "prior_authorization", "member_id", "group_number", "message",
          "procedure", "payer_claim_control_number", "patient_last", "patient_first", "hint", "value")  # fmt: skip


@pytest.fixture
def infected(night: pipeline.Night) -> casework.Desk:
    """Everything that came from outside says script: columns, names inside documents, segments of files."""
    claim = next(d for row in pipeline.list_claims(night, states=("denied",)) if (d := casework.desk(
        night, row.patient_control_number)).choice("correct").open)  # fmt: skip
    casework.draft_correction(night, claim.claim, {"authorization": "A1"}, "biller")
    item = pipeline.work_list(night, casework.WantedWork(kinds=("denial",), claim=claim.claim)).rows[0]
    pipeline.note_items(night, [item.id], "biller", "a note")
    pipeline.save_view(night, "mine", casework.WantedWork(), "biller")
    with night.store.begin() as conn:
        for table, columns in _COLUMNS.items():
            for column in columns:
                conn.execute(text(f"UPDATE {table} SET {column} = :bad"), {"bad": BAD})
        for table in ("claims", "claim_payments", "claim_findings", "reworks"):
            for key, document in conn.execute(text(f"SELECT id, document FROM {table}")).all():
                changed = re.sub(rf'"({"|".join(_WORDS)})":"[^"]*"', rf'"\1":"{BAD}"', document)
                conn.execute(text(f"UPDATE {table} SET document = :d WHERE id = :i"), {"d": changed, "i": key})
    return claim


def test_nothing_imported_is_taken_for_markup(client: Callable[[str], TestClient], night: pipeline.Night,
                                              infected: casework.Desk) -> None:  # fmt: skip
    administrator = client("administrator")
    item = pipeline.work_list(night, casework.WantedWork(claim=infected.claim, states=tuple(casework.Shown))).rows[0].id
    paths = {
        "/work": True, f"/work/{item}": True, "/claims": True, "/rework": True, "/rework/1": True,
        f"/rework/claim/{infected.claim}": True,
        **{f"/claims/{infected.claim}?tab={tab}": True for tab in ("overview", "coding", "ledger", "documents")},
        f"/claims/{infected.claim}?tab=segments": True, "/source/2": True,
    }  # fmt: skip
    for path, expected in paths.items():
        page = administrator.get(path)
        assert page.status_code == 200, path
        assert BAD not in page.text and (SHOWN in page.text) == expected, path


def test_what_is_typed_comes_back_as_text(client: Callable[[str], TestClient], night: pipeline.Night) -> None:
    biller = client("biller")
    for path in ("/work", "/claims", "/rework"):
        answer = biller.post(f"{path}/filter", data={"claim": BAD, "patient": BAD, "kind": [BAD], "state": [BAD]})
        page = biller.get(answer.headers["location"]).text
        assert BAD not in page and BAD.upper() not in page
    claim = next(d for row in pipeline.list_claims(night, states=("denied",)) if (d := casework.desk(
        night, row.patient_control_number)).choice("correct").open).claim  # fmt: skip
    for field in ("authorization", "note", "line.1.procedure", "diagnoses", "referring"):
        said = biller.post(f"/rework/claim/{claim}/try", data={field: BAD}).text
        assert BAD not in said
    item = pipeline.work_list(night, casework.WantedWork()).rows[0].id
    for data in ({"text": BAD}, {"text": f'"><img src=x onerror={BAD}'}):
        biller.post("/work/note", data={"id": [item], **data})
    page = biller.get(f"/work/{item}").text
    assert BAD not in page and "<img src=x" not in page and SHOWN in page
