# `make run` and `make test` do everything from a fresh clone: they install what they need into .venv first.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: run test test-thorough test-all test-live lint docs bench install lock clean

run: install ## sync the sample registry, and look at the result
	$(BIN)/aclf sync --registry sample --condition-set aclf
	@echo
	$(BIN)/aclf query "select nct_id, status_label, phase_label, start_date, left(brief_title, 60) as title from trials order by nct_id limit 5"
	@echo
	@echo "The warehouse is $(or $(ACLF_WAREHOUSE),$(CURDIR)/aclf.duckdb): open it with any DuckDB from 1.2 on. What to try next:"
	@echo "  $(BIN)/aclf sync --registry sample            the sample's second night, its third, then nothing new"
	@echo "  $(BIN)/aclf changes                           what changed, field by field"
	@echo "  $(BIN)/aclf show NCT03863002                  one trial's page"
	@echo "  $(BIN)/aclf backfill NCT03863002 --registry sample"
	@echo "  $(BIN)/aclf report report.html                the set in charts, to open in a browser"
	@echo "  $(BIN)/aclf runs                              what each run did"
	@echo "  $(BIN)/aclf serve --registry sample           the schedule, and the flow run with its artifacts in a browser"

test: install ## the promises, in some minutes, on this machine alone
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow and not thorough"

test-thorough: install ## what takes seconds a test: whole nights, failures, processes, the browser
	$(BIN)/python -m pytest -n auto --dist worksteal -m "thorough and not slow"

test-all: install ## everything, also what takes minutes: every kill, fifty readers, nights of faults
	$(BIN)/python -m pytest -n auto --dist worksteal

test-live: install ## what is taken for granted about the registry, asked of it in fewer than 20 requests
	$(BIN)/python -m pytest -m live -rs -s tests/live

lint: install ## style, format, types, layers, and code that nothing uses
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/vulture

docs: install ## write the pages that commands and tests make: cookbook answers, dictionary, errors, faults
	$(BIN)/python -m tests.tools

bench: install ## the figures of tests/benchmarks/README.md, as ratios in one run
	$(BIN)/python -m tests.benchmarks

install: $(INSTALLED) ## a virtual environment with the locked packages

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "aclf-trials needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(INSTALLED)

lock: ## choose versions again within pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --no-header --python-version 3.11 --extra dev --output-file requirements.lock pyproject.toml

clean: ## what was installed and made here, but no warehouse
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis
