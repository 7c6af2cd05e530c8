"""Every route with what nobody would send: made from the OpenAPI document (schemathesis) and from the pages' fields.

No fault of ours (500), nobody's words unescaped in an answer, whoever asks.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ptedi import pipeline
from ptedi.web import app as web
from ptedi.web.app import create_app
from tests.effort import LONG
from tests.web.conftest import sign_in

schemathesis = pytest.importorskip("schemathesis")
SCRIPT = "<script>alert(1)</script>"
NASTY = (
    "", " ", "0", "-1", "1", "2", "9" * 19, str(2**63), str(2**53), "1e400", "NaN", "null", "\x00", "\u2028", "'", '"',
    "a\r\nSet-Cookie: x=1", "../../etc/passwd", SCRIPT, "=1+1", "2026-11-20", "0001-01-01", "9999-12-31", "2026-02-30",
    "open", "held", "denial", "approver", "x" * 5000, "\U0001f600", "%00", "{{7*7}}", "csv", "xlsx", "1.00", "-0.01",
    "1" * 30, "\u0661\u0662", "Infinity", "12:B:1",
)  # fmt: skip
EXAMPLES = 60 if LONG else 6


@pytest.fixture(scope="module")
def fuzzed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """One workspace for all of it: what an odd request leaves behind, the next one meets."""
    made = create_app(shutil.copytree(template, tmp_path_factory.mktemp("fuzz") / "practice"))
    yield made
    made.state.house.close()


def names() -> list[str]:
    """The names of fields that the pages read from their forms and addresses."""
    source = "".join(path.read_text() for path in (Path(web.__file__).parent / "pages").glob("*.py"))
    return sorted(set(re.findall(r"""(?:text|one|many|day|money|number|get|getlist)\((?:\w+, )?["'](\w+)["']""", source)
                      + re.findall(r'Field\(name="(\w+)"', source) + re.findall(r'Filter\(name="(\w+)"', source)
                      + ["id", "sort", "page", "view", "once", "format"]))  # fmt: skip


def known(app: FastAPI) -> dict[str, list[str]]:
    """Ids that something has, by what they are ids of."""
    night = app.state.house.night
    claims = [row.patient_control_number for row in pipeline.list_claims(night)][:5]
    return {"number": [*claims, "1", "2", "3"], "": ["1", "2", "3", "4", "5", "17", "2026-11-20", "kpis", "P1", "C1"]}


def values() -> st.SearchStrategy[str]:
    return st.sampled_from(NASTY) | st.text(max_size=30)


def well(answer: Any, what: str) -> None:
    assert answer.status_code < 500 or answer.status_code == 503, f"{what}: {answer.status_code}"
    kind = answer.headers.get("content-type", "")
    assert SCRIPT not in answer.text or not kind.startswith("text/html"), what
    assert "x" not in answer.cookies, what
    assert answer.headers["x-content-type-options"] == "nosniff", what


def routes() -> list[APIRoute]:
    return web.routes(create_app(Path("nowhere")))


@pytest.mark.parametrize("route", routes(), ids=lambda one: f"{one.name}")
def test_odd_requests(route: APIRoute, fuzzed: FastAPI) -> None:
    """Ids, fields and addresses mixed of what there is and what there is not."""
    browser, there, fields = sign_in(fuzzed, "administrator"), known(fuzzed), names()
    parts = re.findall(r"{(\w+)", route.path)

    @seed(1)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def odd(data: st.DataObject) -> None:
        path = re.sub(r"{(\w+)[^}]*}", r"{\1}", route.path)
        for part in parts:
            chosen = data.draw(st.sampled_from(there.get(part, []) + there[""]) | values(), label=part)
            path = path.replace(f"{{{part}}}", re.sub(r"[/?#%\x00-\x20\x7f]", "_", chosen) or "_")
        several = values() | st.lists(values(), max_size=3)
        said = data.draw(st.dictionaries(st.sampled_from(fields), several, max_size=6))
        (method,) = route.methods
        more = {"params": {k: v for k, v in said.items() if len(v) < 500}} if method == "GET" else {"data": said}
        well(browser.request(method, path, **more), f"{method} {path}")  # type: ignore[arg-type]

    odd()


def test_requests_made_from_the_document(fuzzed: FastAPI) -> None:
    """Schemathesis reads the OpenAPI document, which lists every route, and makes requests of it, right and wrong."""
    document = fuzzed.openapi()
    schema = schemathesis.openapi.from_dict(document)
    assert {path for path in document["paths"]} == {re.sub(r":\w+}", "}", one.path) for one in web.routes(fuzzed)}
    for found in schema.get_all_operations():
        made_from(found.ok(), sign_in(fuzzed, "administrator"))


def made_from(operation: Any, browser: TestClient) -> None:
    @seed(1)
    @settings(max_examples=EXAMPLES // 2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        body = case.body if isinstance(case.body, dict) else {}
        sent = {k: v if isinstance(v, (str, list)) else str(v) for k, v in body.items()}
        path = re.sub(r"[\x00-\x20\x7f]", "_", case.formatted_path)
        asked = {k: str(v) for k, v in (case.query or {}).items()}
        well(browser.request(case.method, path, params=asked, data=None if case.method == "GET" else sent),
             f"{case.method} {path}")  # fmt: skip

    one()
