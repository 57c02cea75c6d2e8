# Favad 128. `make` alone lists what there is.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SOURCES := $(wildcard api cli.py domain graphql_schema models settings.py sms ui)
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench soak migration format browser clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.runtime ## set up everything with six months of generated cases, and run it
	@$(BIN)/favad demo

test: .venv/.dev .venv/.clients browser ## the whole suite on SQLite, then what touches a database on PostgreSQL
	FAVAD_TEST_DB=sqlite $(PYTEST)
	FAVAD_TEST_DB=postgres $(PYTEST) -m "database and not browser"

check: .venv/.dev ## style, types, layers, migrations, schema snapshot, documentation of settings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(SOURCES) tests
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m models.migrate check
	$(BIN)/favad schema --check
	$(BIN)/python -m settings | diff docs/settings.md -

bench: .venv/.dev ## measure speed; PART=graphql CASES=50000 DB=sqlite SECONDS=2 ONLY=a,b choose
	$(BIN)/python -m tests.bench $(PART) $(if $(CASES),--cases $(CASES)) $(if $(DB),--database $(DB)) \
		$(if $(SECONDS),--seconds $(SECONDS)) $(if $(ONLY),--only $(ONLY)) $(if $(WRITE),--write $(WRITE))

soak: .venv/.dev ## SMS while processes die and calls fail; MESSAGES=10000 WORKERS=4 FAULTS=0.2 DB=sqlite SEED=1
	$(BIN)/python -m tests.soak $(if $(MESSAGES),--messages $(MESSAGES)) $(if $(WORKERS),--workers $(WORKERS)) \
		$(if $(FAULTS),--faults $(FAULTS)) $(if $(DB),--database $(DB)) $(if $(SEED),--seed $(SEED))

migration: .venv/.dev ## write a migration for changed models: make migration NAME=what_changes
	@test -n "$(NAME)" || { echo 'Give it a name: make migration NAME=what_changes' >&2; exit 2; }
	$(BIN)/python -m models.migrate new "$(NAME)"

format: .venv/.dev ## put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

browser: .venv/.dev
	@$(BIN)/python -m tests.support.browser >/dev/null 2>&1 || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'Installing Chromium for the browser tests'; \
		apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium >/dev/null \
			|| echo 'Chromium could not be installed'; \
	fi
	@$(BIN)/python -m tests.support.browser >/dev/null || true

clean: ## remove the environment and what tools left behind; var/ with its data stays
	rm -rf tests/clients/node_modules tests/clients/generated
	rm -rf .venv build favad.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/.clients: .venv/.dev tests/clients/package-lock.json
	@echo 'Installing the JavaScript clients of the tests'
	@$(BIN)/python -m tests.support.node install
	@touch $@
