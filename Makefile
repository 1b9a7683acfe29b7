# Everything here needs Python 3.11 or newer, pip and make; `make real` wants real components too.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
READY := $(VENV)/.requirements
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := uv==0.13.8

.DEFAULT_GOAL := help
.PHONY: help install test coverage demo lint format real components bench peers thanos million soak generate dashboards alerts graph-view explorer bundle requirements clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(RUNTIME): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		"Astrolabe needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@echo "Installing what Astrolabe needs to run into $(VENV) (some seconds)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --no-compile --require-hashes -r requirements.txt
	@touch $@

$(READY): requirements-dev.txt pyproject.toml $(RUNTIME)
	@echo "Installing the tools for tests into $(VENV) (about a minute the first time)"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

install: $(RUNTIME) ## install the command astrolabe into .venv, without the tools for tests
	@$(PIP) --no-deps .
	@echo "Installed: $(BIN)/astrolabe --help"

test: $(READY) ## run the tests that need nothing but Python
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not real and not long"

coverage: $(READY) ## run the same tests and show the lines that none of them runs
	$(BIN)/coverage run -m pytest -q -m "not real"
	$(BIN)/coverage report

demo: $(RUNTIME) ## run the exporter against a simulated cluster
	PYTHONPATH=exporter $(BIN)/python -m astrolabe demo

lint: $(READY) ## check style, types and the layers' imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## put the code into its one format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

components: ## find the real components that tests run against, or build them with Go
	$(PYTHON) tests/components/build.py

real: $(READY) ## run the tests against those real components that are there, and the long ones
	$(BIN)/python -m pytest -m "real or long"

bench: $(READY) ## measure against the budgets
	@test -d tests/bench || { echo "There are no benchmarks yet."; exit 1; }
	$(BIN)/python -m tests.bench

peers: $(READY) ## compare with kube-state-metrics, if it is there, over a real API server
	$(BIN)/python -m tests.peers $(if $(KUBE_STATE_METRICS),--kube-state-metrics=$(KUBE_STATE_METRICS))

thanos: $(READY) ## ask every panel and rule through Thanos over two real clusters; builds Thanos first
	$(PYTHON) tests/components/build.py thanos
	$(BIN)/python -m pytest -p no:xdist -s tests/clusters/test_thanos.py

million: $(READY) ## measure a million objects in one process and in eight shards
	$(BIN)/python -m tests.bench.million

soak: $(READY) ## run under load for MINUTES=10, then compare with a fresh process; the watch program as well
	$(BIN)/python -m tests.bench.soak --minutes $(or $(MINUTES),10)
	$(BIN)/python -m tests.bench.watchsoak --minutes $(or $(MINUTES),5)

generate: dashboards alerts ## write everything in the tree that is generated
	$(BIN)/python -m deploy write

dashboards: $(READY) ## write the dashboards
	$(BIN)/python -m dashboards write

alerts: $(READY) ## write the alert and recording rules
	$(BIN)/python alerts/render.py

graph-view: $(READY) ## build the graph view that the exporter serves, the panel of it, and pictures
	$(BIN)/python -m tests.graph_view.building
	$(BIN)/python -m tests.bundle.panel
	$(BIN)/python -m tests.graph_view.pictures
	$(BIN)/python -m tests.bundle.pictures

explorer: $(READY) ## build the page of the Grafana app, and its picture
	$(BIN)/python -m tests.explorer.building
	$(BIN)/python -m tests.explorer.pictures

bundle: $(READY) ## build the Grafana app as a zip in dist/
	$(BIN)/python -m dashboards.bundle

requirements: $(READY) ## pin what pyproject.toml asks for and is not pinned yet
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --output-file requirements-override.txt --constraints requirements.txt --extra override pyproject.toml
	$(COMPILE) --output-file requirements-export.txt --constraints requirements.txt --extra ladybug --extra neo4j pyproject.toml
	$(COMPILE) --output-file requirements-otel.txt --constraints requirements.txt --extra otel pyproject.toml
	$(COMPILE) --output-file requirements-messages.txt --constraints requirements.txt --extra nats --extra kafka pyproject.toml
	$(COMPILE) --output-file requirements-dev.txt --constraints requirements-override.txt \
		--constraints requirements-export.txt --constraints requirements-otel.txt --constraints requirements-messages.txt \
		--group dev --extra override --extra ladybug --extra neo4j --extra otel --extra nats --extra kafka pyproject.toml

# Universal: one file for every Python and platform. Registry settings of this machine stay out of it.
COMPILE = env -u PIP_FIND_LINKS $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-config --custom-compile-command 'make requirements'

clean: ## remove what the other targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist
