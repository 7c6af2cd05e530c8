"""Writes `sample_edi/`: one synthetic situation per file, named by it.

Run it by hand after a change of the writers: `python -m tests.make_samples`.
"""

from __future__ import annotations

from pathlib import Path

from tests.samples import answers, claims, money, remittances

FOLDER = Path(__file__).resolve().parents[1] / "sample_edi"


def files() -> dict[str, bytes]:
    """Every X12 sample by its path below `sample_edi`; `samples.money` has the others."""
    return {**claims.files(), **answers.files(), **remittances.files()}


def main() -> None:
    """Writes them all."""
    for name, data in {**files(), **money.files()}.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
