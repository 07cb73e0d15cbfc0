# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format types imports screenshots bench build lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make the virtual environment and install everything

$(STAMP): pyproject.toml requirements/dev.lock requirements/toy.lock scripts/setup.sh
	@PYTHON=$(PYTHON) sh scripts/setup.sh $(VENV)
	@touch $(STAMP)

run: $(STAMP) ## Start oi-tui (ARGS="..." passes arguments)
	@$(BIN)/oi-tui $(ARGS)

test: $(STAMP) ## Run the tests
	$(PYTEST) -n 2 $(TESTS)

check: lint types imports ## Everything a commit must pass beside the tests

lint: $(STAMP) ## Look for mistakes and bad formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## Put the code in the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## Check all types, strictly
	$(BIN)/mypy

imports: $(STAMP) ## Check rooms, sizes and text safety
	$(BIN)/lint-imports
	$(PYTEST) -q -p no:randomly tests/architecture

screenshots: $(STAMP) ## Draw the pictures in screenshots/
	$(BIN)/python -m tests.ui.scenes screenshots

bench: $(STAMP) ## Measure; prints figures and ratios
	$(BIN)/python -m tests.bench

build: $(STAMP) ## Build the wheel
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation -w dist .

lock: ## Lock the requirements again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra llamacpp \
	  --no-emit-index-url --no-header -o requirements/dev.lock pyproject.toml requirements/dev.in

clean: ## Remove what setup, tests and builds left
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
