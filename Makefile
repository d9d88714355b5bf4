# Everything that this project can do with itself. Each target installs what it needs.
#   make demo     a sandbox cluster, and a release's whole life in it
#   make test     every test, with the real helm and kubectl where they can be had

# The first Python that is new enough and really starts: not every name on a PATH does.
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && { echo "$$name"; break; }; done)
endif
BIN := .venv/bin
JOBS ?= auto
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint format clients services record fuzz pairs crash bench picture clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | sort | awk -F '\t' '{printf "make %-9s %s\n", $$1, $$2}'

# A stamp says that the virtual environment is as pyproject.toml wants it.
.venv/installed: pyproject.toml
	@test -n "$(PYTHON)" \
	  || { echo 'pypkg needs Python 3.11 or newer: make PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { echo 'Python cannot make a virtual environment: on Debian, apt install python3-venv'; exit 1; }
	@echo 'Installing pypkg into .venv ...'
	@$(BIN)/python -m pip install --quiet --editable .
	@$(BIN)/python -m compileall -q pypkg # what pip does for packages that are copied
	@touch $@

.venv/developing: .venv/installed
	@echo 'Installing what the tests need ...'
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: .venv/installed ## start the sandbox, and install, upgrade and roll back a release
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo.sh

test: .venv/developing clients ## run every test
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

lint: .venv/developing ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/developing ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clients: .venv/installed ## fetch the real helm and kubectl, which tests compare with
	@$(BIN)/python -m tests.clients

# Debian's packages of the servers and the browser that some tests need: those tests are
# skipped where they are absent. moto is a server of S3; what it needs of other packages
# contradicts what pypkg needs.
services: ## install nginx, PostgreSQL, Chromium and moto (on Debian, as root)
	@sh tests/services.sh
	@test -x .cache/moto/bin/moto_server || { $(PYTHON) -m venv .cache/moto \
	  && .cache/moto/bin/pip install --quiet 'moto[s3]' flask flask-cors; }

record: .venv/developing clients ## record the real helm's output of tests/conformance again
	$(BIN)/python -m tests.conformance.record $(ARGS)

fuzz: .venv/developing clients ## compare random templates with the real helm
	$(BIN)/python -m tests.fuzz_gotemplate $(ARGS)

pairs: .venv/developing clients ## compare every pair of operations by helm and pypkg
	PYPKG_TEST_ALL_PAIRS=1 $(BIN)/python -m pytest -n $(JOBS) tests/e2e/test_operation_pairs.py $(ARGS)

crash: .venv/developing ## kill operations at random moments, and see what is left
	$(BIN)/python -m tests.crashes $(ARGS)

bench: .venv/developing clients ## measure start-up and rendering beside the real helm
	$(BIN)/python benchmarks/run.py $(ARGS)
	@echo 'Releases, on a server: $(BIN)/python benchmarks/releases.py'

picture: .venv/installed ## draw the README's picture from a real session
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/picture.py

clean: ## remove what these targets made
	rm -rf .venv .cache dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
