"""The map (ptedi/README.md) and the import contract say what the tree is."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAP = (ROOT / "ptedi/README.md").read_text(encoding="utf-8")


def parts() -> set[str]:
    package = ROOT / "ptedi"
    folders = {f.name for f in package.iterdir() if f.is_dir() and (f / "__init__.py").exists()}
    modules = {f.stem for f in package.glob("*.py")} - {"__init__"}
    return folders | modules


def test_the_map_names_each_part_and_no_other() -> None:
    rows = re.findall(r"^\| (.+?) \|", MAP, re.MULTILINE)[1:]
    names = [name for row in rows for name in re.findall(r"`([a-z0-9_]+(?:/|\.py))`", row)]
    named = {name.rstrip("/").removesuffix(".py") for name in names}
    assert named == parts()


def test_the_order_of_the_map_is_the_contract() -> None:
    block = MAP.split("```")[1].split()
    drawn = [name for name in block if name not in ("|", "dags")]
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    assert drawn == [name for layer in layers for name in layer.replace("|", " ").split()]
    assert set(drawn) == parts()


def test_nothing_names_a_registry_or_a_machine() -> None:
    skipped = {".venv", ".git", "demo", ".mypy_cache", ".ruff_cache"}
    listed = [p for p in ROOT.rglob("*") if p.is_file() and p.suffix in {".py", ".toml", ".md", ".txt", ".cfg", ""}
              and not skipped & set(p.parts) and p != Path(__file__)]  # fmt: skip
    hosts = re.compile(r"pypi\.(org|python)|files\.pythonhosted|registry\.npmjs|--(extra-)?index-url")
    assert [p.name for p in listed if hosts.search(p.read_text(encoding="utf-8", errors="ignore"))] == []
