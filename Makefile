# Everything this project can do on a machine with Python 3.11, make and git.
#
#   make run                     PORT, BIND, DATA_DIR, ADMIN_USERNAME, ADMIN_PASSWORD, DEMO, SITE_URL,
#                                DATABASE_URL, REDIS_URL, WEB_CONCURRENCY, WEB_THREADS, HOOK_THREADS, WORKER_THREADS
#   make conformance KIT=DIR     JOBS=4, ONLY=REGEX over group/name instead of tests/conformance.txt;
#                                with DATABASE_URL and REDIS_URL (both empty) against those servers
#
# Tests marked `browser` need Chromium: one on PATH is used, else what `playwright install chromium` fetched.
# Without any they are skipped, and the summary says so.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 4
PYTEST ?=
ONLY ?=
OUR_CODE := manage.py mattermost_hooks accounts channels_app integrations tests benchmarks examples

# `check --deploy` looks at the settings of an installation that people reach over HTTPS.
DEPLOYED := SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	SITE_URL=https://chat.example.com HSTS_SECONDS=3600 BEHIND_PROXY=1

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench faults conformance lock format

help: ## show what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

run: $(VENV)/base ## start the server with its database, broker and workers
	@exec $(BIN)/python manage.py up

demo: $(VENV)/base ## the same with a fresh demo team that is gone afterwards
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		DATA_DIR="$$folder" DEMO=1 $(BIN)/python manage.py up

test: $(VENV)/dev ## run the tests; those marked `servers` a second time on PostgreSQL and Redis
	$(BIN)/pytest $(PYTEST)
	$(BIN)/python tests/servers.py $(BIN)/pytest -m servers

check: $(VENV)/dev ## style, types, import rules, migrations, deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard $(OUR_CODE))
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/dev ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev ## measure what benchmarks/ measures
	$(BIN)/python -m benchmarks.incoming
	$(BIN)/python -m benchmarks.rest
	$(BIN)/python -m benchmarks.login
	$(BIN)/python -m benchmarks.lanes
	$(BIN)/python -m benchmarks.servers
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.outgoing

faults: $(VENV)/dev ## see what survives kills, flushes and crashes, and that nothing comes twice without
	$(BIN)/python -m benchmarks.faults --calm
	$(BIN)/python -m benchmarks.faults

conformance: $(VENV)/dev ## replay the recorded requests of KIT=DIR against a fresh server
	@test -n "$(KIT)" || { echo "make conformance KIT=DIR: the folder that holds replay.py" >&2; exit 2; }
	$(BIN)/python tests/conformance.py --kit "$(KIT)" --jobs $(JOBS) --only "$(ONLY)"

lock: ## pin all requirements with hashes, newest versions that pyproject.toml allows (needs uv)
	uv pip compile --universal --generate-hashes --upgrade --no-header --no-annotate \
		--python-version 3.11 pyproject.toml -o requirements/base.txt
	uv pip compile --universal --generate-hashes --upgrade --no-header --no-annotate \
		--python-version 3.11 --extra dev --constraint requirements/base.txt pyproject.toml -o requirements/dev.txt

# --- The virtual environment: a stamp file for each set of requirements -----------------------------

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/base: requirements/base.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
