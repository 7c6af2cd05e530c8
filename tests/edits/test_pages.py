"""schemas/edits says what the registry says; PTEDI_UPDATE=1 writes it anew."""

import os

from ptedi.config import data_folder
from ptedi.edits import EDITS, pages

FOLDER = data_folder("schemas") / "edits"


def test_the_pages_are_current():
    wanted = pages.files()
    if os.environ.get("PTEDI_UPDATE") == "1":
        for path in FOLDER.glob("*.md"):
            path.unlink()
        for name, text in wanted.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert found == wanted, "run the test with PTEDI_UPDATE=1 and look at the difference"


def test_the_index_lists_every_edit_once():
    text = pages.index()
    assert all(text.count(f"[{code}]") == 1 for code in EDITS)
