# What a person types; `make help` lists it. Everything goes into .venv and var/, nothing needs root.

VENV := .venv
BIN  := $(VENV)/bin
UV   := $(BIN)/uv
PINS := requirements/build.txt requirements/run.txt
NUMPROCESSES ?= 2

.PHONY: help setup demo test lint types pins bench soak screenshots handbook openapi clean browser
.DEFAULT_GOAL := help

help: ## List these targets.
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '%-12s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.dev ## Make .venv with everything that running, checking and testing need.

demo: $(VENV)/.run ## Write the example manufacturer into var/ (or ASEPSIS_HOME) and serve it on this machine.
	ASEPSIS_HOME="$${ASEPSIS_HOME:-var}" $(BIN)/asepsis demo
	ASEPSIS_HOME="$${ASEPSIS_HOME:-var}" $(BIN)/asepsis serve

test: lint types browser ## Run every check and test, the fastest first; this is what decides whether a change may land.
	@echo "== pytest, $(NUMPROCESSES) processes, with branch coverage"
	@$(BIN)/pytest -n $(NUMPROCESSES) --cov --cov-report=term
	@echo "== the store's tests on PostgreSQL"
	@$(BIN)/python -m tests.store.engine tests/store -q -n $(NUMPROCESSES)

lint: $(VENV)/.dev ## Check style, format and the order of the packages.
	@echo "== ruff check"
	@$(BIN)/ruff check --quiet
	@echo "== ruff format --check"
	@$(BIN)/ruff format --check --quiet || { echo "Run $(BIN)/ruff format to have these formatted."; exit 1; }
	@echo "== lint-imports"
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/.dev ## Check the types, strictly.
	@echo "== mypy --strict"
	@$(BIN)/mypy

pins: $(UV) ## Pin all dependencies again, with hashes; UPGRADE=--upgrade takes the newest that requirements/*.in allow.
	@for name in build run dev bench; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    $(UPGRADE) --output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done

bench: $(VENV)/.dev ## Measure what benchmarks/ measures, and print it beside what it is measured against.
	@test -e benchmarks/__main__.py || { echo "There is nothing to measure: benchmarks/__main__.py does not exist." >&2; exit 1; }
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.dev browser ## Run the long tests that make test leaves out.
	@$(BIN)/pytest -q -m soak

screenshots: $(VENV)/.dev browser ## Take the pictures of the pages again.
	@$(BIN)/pytest -q -m screenshots tests/web/test_screenshots.py

handbook: $(VENV)/.dev ## Write the pages of docs/clauses again.
	@$(BIN)/python scripts/write_handbook.py

openapi: $(VENV)/.dev ## Write docs/openapi.json again.
	@$(BIN)/python scripts/write_openapi.py

clean: ## Remove .venv and all that can be made again; var/ stays.
	@rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache src/*.egg-info

# Browser tests want Chromium. Where this is root on a Debian machine it is installed, else they say why they are skipped.
browser:
	@for one in chromium chromium-browser google-chrome; do command -v $$one >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && [ -z "$(NO_APT)" ]; then \
	  echo "== installing Chromium for the browser tests (NO_APT=1 leaves it out)"; \
	  if timeout 420 sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium' </dev/null >/dev/null 2>&1; then exit 0; fi; \
	fi; \
	echo "No Chromium here and none could be installed: the tests that need a browser are skipped."

# ------------------------------------------------------------------------------------------ how .venv comes about

$(UV): requirements/build.txt
	@python=$$(for one in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  "$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$one" && break; done); \
	if [ -z "$$python" ]; then \
	  echo "Asepsis needs Python 3.11 or later and none was found: install one, or name it with make PYTHON=/path/to/python3." >&2; exit 1; fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "== making $(VENV) with $$python"; "$$python" -m venv --clear $(VENV) >/dev/null; } || { \
	  echo "$$python cannot make virtual environments: install its venv module (on Debian: python3-venv), or name another with make PYTHON=/path/to/python3." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

define INSTALL
	@echo "== installing requirements/$(1).txt into $(VENV)"
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/build.txt requirements/$(1).txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
endef

# A person who only wants to see the demonstration gets only what running needs; nobody's tools are taken away by it.
$(VENV)/.run: $(UV) $(PINS) pyproject.toml
	$(call INSTALL,$(if $(wildcard $(VENV)/.dev),dev,run))
	@touch $@

$(VENV)/.dev: $(UV) $(PINS) requirements/dev.txt pyproject.toml
	$(call INSTALL,dev)
	@touch $(VENV)/.run $@
