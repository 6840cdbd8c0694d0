# Every target sets itself up in .venv, from nothing but Python 3.11, make and the package registries.
.DELETE_ON_ERROR:
.PHONY: help generate check lint prism test emulator bench clean

PYTHON ?= python3
BIN := .venv/bin
REDOCLY := 2.77.0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

help:
	@echo "make generate  compile the contract into generated/"
	@echo "make test      run the tests"
	@echo "make check     lint the contract and the code, check the types, and that generated/ is what the contract gives"
	@echo "make lint      lint the contract alone"
	@echo "make prism     try the compiled client on another mock of the contract (Prism)"
	@echo "make emulator  serve a Lucca on this machine; OPTIONS=\"--approve manual\" sets it up"
	@echo "make bench     measure, and write the table and the plot of benchmarks/"
	@echo "make clean     remove what the other targets installed and built"

# One stamp for each extra of pyproject.toml.
.venv/.%: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[$*]'
	@touch $@

.venv/redocly/node_modules: .venv/.check Makefile
	@mkdir -p .venv/redocly
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv/redocly @redocly/cli@$(REDOCLY)
	@touch $@

generate: .venv/.generate
	$(BIN)/python openapi/generate.py

test: .venv/.test
	$(BIN)/pytest

check: lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --warnings
	$(BIN)/python openapi/generate.py --check
	$(BIN)/python tests/fuzz.py

# Node comes from a wheel, npm with it: what npm installs finds node on the path.
PRISM := 5.16.0
.venv/prism/node_modules: .venv/.check Makefile
	@mkdir -p .venv/prism
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv/prism @stoplight/prism-cli@$(PRISM)
	@touch $@

prism: .venv/prism/node_modules
	PYTHONPATH=openapi $(BIN)/python tests/prism.py $(BIN)/node .venv/prism/node_modules/@stoplight/prism-cli/dist/index.js

lint: .venv/redocly/node_modules
	$(BIN)/openapi-spec-validator openapi/lucca-procurement.yaml
	$(BIN)/node .venv/redocly/node_modules/@redocly/cli/bin/cli.js lint

emulator: .venv/.emulator
	$(BIN)/python -m lucca_procurement.emulator $(OPTIONS)

bench: .venv/.bench
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf .venv dist benchmarks/.build .mypy_cache .pytest_cache .ruff_cache
