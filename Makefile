# Pierhead. `make` alone lists the targets; each does the set-up it needs by itself, and repeated calls are instant.

SHELL := /bin/sh
BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8080
WORKERS ?= 2
ARGS ?=
export UV_PYTHON_DOWNLOADS := never

.PHONY: help
help: ## list the targets
	@echo "Pierhead, a self-hosted container registry. Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target text; do printf '%-24s %s\n' "$$target" "$$text"; done
	@echo "ARGS='...' is passed on to the command behind run, test and bench; PYTHON=/path/to/python3 chooses the interpreter."

.PHONY: install
install: .venv/.installed ## make .venv with the command pierhead in it
	@echo "The command is .venv/bin/pierhead"

.PHONY: run
run: .venv/.installed ui-if-possible ## serve on http://127.0.0.1:8080 with data in ./var (HOST=, PORT= change it)
	@exec $(BIN)/pierhead serve --data ./var --host $(HOST) --port $(PORT) $(ARGS)

.PHONY: ui
ui: .venv/.installed ## build the web UI (needs node 20.19 or newer)
	@deploy/build-ui

.PHONY: ui-if-possible
ui-if-possible:
	@deploy/build-ui --if-possible

.PHONY: test
test: check ui-if-possible ## run every check and every test (ARGS='tests/house -k name' runs a part)
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

.PHONY: test-sqlite
test-sqlite: .venv/.installed-dev ## run the tests on SQLite only, without the checks
	@PIERHEAD_TEST_DATABASE=sqlite $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

.PHONY: test-postgresql
test-postgresql: .venv/.installed-dev ## run the tests on PostgreSQL only, without the checks
	@PIERHEAD_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

.PHONY: check
check: .venv/.installed-dev ## run the formatter's check, the linter, the types and the import contracts
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted; 'make format' does it."; exit 1; }
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

.PHONY: format
format: .venv/.installed-dev ## format the code and mend what the linter can mend
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

.PHONY: docs
docs: .venv/.installed ## write the generated pages anew (docs/settings.md)
	@$(BIN)/python -m pierhead.cli.settings_reference > docs/settings.md

.PHONY: bench
bench: .venv/.installed-dev ## compare the speed with another registry (ARGS='--help' lists the options)
	@$(BIN)/python -m bench $(ARGS)

.PHONY: tools
tools: ## build the registry clients that the end-to-end tests drive into .tools/bin (needs Go)
	@.ci/build-tools .tools/bin

.PHONY: lock
lock: ## compile the requirements files anew from pyproject.toml (needs uv)
	uv pip compile -q --no-header --generate-hashes pyproject.toml --extra checkout -o requirements.txt
	uv pip compile -q --no-header --generate-hashes pyproject.toml --extra checkout --extra dev -o requirements-dev.txt

.PHONY: clean
clean: ## remove .venv and every cache; the data in ./var stays
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -not -path './web/*' -prune -exec rm -rf {} +

.venv/.installed: requirements.txt pyproject.toml deploy/install-checkout
	@deploy/install-checkout requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt pyproject.toml deploy/install-checkout
	@deploy/install-checkout requirements-dev.txt
	@touch .venv/.installed $@
