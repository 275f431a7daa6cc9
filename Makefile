# Two commands for people: `make demo` and `make test`. They need only a Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test check adapters golden docs clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo "make demo    install, index this repository, answer a question"
	@echo "make test    install with the development tools, run the tests"
	@echo "make check   lint, format, types, tests: what a change must pass"
	@echo "make adapters  install the agent frameworks, run the guide for agents against them"
	@echo "make golden  rewrite the golden ranking pages in tests/golden"
	@echo "make docs    rewrite docs/cli.md and docs/schema.md"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "engrep needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/engrep index
	$(BIN)/engrep search 'where are namesakes told apart' -k 3

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

adapters: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[adapters]'
	$(BIN)/python -m pytest tests/test_library_guide.py

golden: $(VENV)/.installed-dev
	ENGREP_GOLDEN=write $(BIN)/python -m pytest tests/test_golden.py

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
