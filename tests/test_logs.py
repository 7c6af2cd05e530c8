"""A name that slips into a log call is lost in the log, not leaked by it."""

import json
from pathlib import Path

from ptedi import logs


def test_only_listed_keys_and_plain_values_reach_the_file(tmp_path: Path) -> None:
    log = logs.open_log(tmp_path)
    log.info("step done", step="post_remittances", count=3, patient="RIVERA", error="RIVERA, ANA 19800101",
             counts={"lines": 4, "Ana Rivera": 1}, sha256="ab12")  # fmt: skip
    text = (tmp_path / "ptedi.log").read_text()
    line = json.loads(text)
    assert line["step"] == "post_remittances"
    assert line["count"] == 3
    assert line["counts"] == {"lines": 4}
    assert line["sha256"] == "ab12"
    assert line["error"] == "(withheld)"
    assert "rivera" not in text.lower()
    assert (tmp_path / "ptedi.log").stat().st_mode & 0o777 == 0o600
