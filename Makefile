# Two commands: `make demo` runs a whole night, `make test` proves it.  Both set up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test beside lint lock spark bench month kill fuzz samples clean
.DEFAULT_GOAL := help

help:            ## show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## a virtual environment in .venv with every pinned, hashed dependency, compiled to bytecode

$(STAMP): requirements/locked.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("ptedi needs Python 3.11 to 3.14; this is " + sys.version.split()[0]) if not (3,11) <= sys.version_info[:2] <= (3,14) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet uv
	@echo "setting up $(VENV): some 170 pinned packages, compiled (once, about half a minute)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/locked.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q ptedi dags
	@touch $@

demo: setup      ## a night of a synthetic practice through the real Airflow DAGs, on SQLite, in ./demo
	@$(BIN)/ptedi demo

test: setup      ## lint, types, import contracts, then every test, in as many processes as there are cores
	@$(MAKE) --no-print-directory --output-sync=target -j2 lint beside
	$(BIN)/python -m pytest -p tests.processes -n auto

beside: setup
	@sh tests/install_system_packages.sh
	@if command -v java >/dev/null 2>&1; then $(MAKE) --no-print-directory spark || echo "Spark could not be installed: its tests are skipped" >&2; fi

lint: setup      ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: setup      ## resolve the pins again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev pyproject.toml -o requirements/locked.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -c requirements/locked.txt requirements/spark.in -o requirements/spark.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -c requirements/locked.txt requirements/fuzz.in -o requirements/fuzz.txt

spark: $(VENV)/.spark  ## the extra `spark`, pinned and hashed (400 MB; `test` wants it where Java is installed)

$(VENV)/.spark: requirements/spark.txt $(STAMP)
	@echo "setting up Spark (once, a few minutes); without it its tests are skipped"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -b requirements/spark.txt -r requirements/spark.txt
	@touch $@

bench: setup     ## the figures of the README
	$(BIN)/python -m benchmarks

month: setup     ## 10,000 visits of a month: every key figure against the slow oracle (minutes; `test` takes 1,500)
	PTEDI_MONTH_VISITS=10000 $(BIN)/python -m pytest -q --timeout=7200 tests/reports/practice

kill: setup      ## a night killed at every point and at 200 random moments, on SQLite and PostgreSQL (ARGS="--help")
	$(BIN)/python -m tests.faults.kill $(ARGS)

fuzz: setup      ## a longer hunt for input that makes a reader raise, guided by coverage (FUZZ_SECONDS=600)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/fuzz.txt || echo "atheris could not be installed: by chance instead" >&2
	$(BIN)/python -m tests.fuzz $(or $(FUZZ_SECONDS),600)

clean:           ## remove what the commands made
	rm -rf $(VENV) demo .airflow .mypy_cache .ruff_cache .import_linter_cache
