# Every target sets itself up in .venv, from nothing but Python 3.11, make and the package registries.
.DELETE_ON_ERROR:
.PHONY: help demo demo-picture fleet generate contract-diff check lint prism test test-all simulate fault-matrix imports-proof emulator vendor bench comparison docs dist licences clean

PYTHON ?= python3
BIN := .venv/bin
REDOCLY := 2.77.0
IFRAME_WORKER := 1.0.4
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

help:
	@echo "make demo      place two orders on a Lucca on this machine, and show what happens"
	@echo "make demo-picture"
	@echo "               draw docs/demo.svg, the terminal of the demo"
	@echo "make fleet     three workers place 100 orders, and one of them is killed every few seconds; needs PostgreSQL"
	@echo "make generate  compile the contract into generated/; CONTRACT=file compiles another one, OUTPUT=dir elsewhere"
	@echo "make contract-diff OLD=file"
	@echo "               show what the contract, or NEW=file, changes for callers; fail if it breaks them"
	@echo "make test      run the tests, without the slow ones: 2 to 4 minutes on 2 cores"
	@echo "make test-all  run all tests, as CI does"
	@echo "make simulate  run 10,000 seeds of the simulation of orders, and 10,000 of imports; SEEDS=100000 START=0 choose others"
	@echo "make simulate SEED=4711 WORLD=imports"
	@echo "               show the story of one seed"
	@echo "make fault-matrix"
	@echo "               play every fault at every step of an order, and write docs/fault-matrix.md"
	@echo "make imports-proof"
	@echo "               kill, pause and disturb imports, and write docs/imports-proof.md; needs PostgreSQL; 20 minutes"
	@echo "make check     lint the contract and the code, check the types, and compare generated/ with the contract"
	@echo "make lint      lint the contract alone"
	@echo "make prism     try the compiled client on another mock of the contract (Prism)"
	@echo "make emulator  serve a Lucca on this machine; OPTIONS=\"--approve manual\" sets it up"
	@echo "make vendor DEST=dir"
	@echo "               copy facade and compiled client into one package of your own; FORCE=1 replaces an edited copy,"
	@echo "               WITH=rates also copies the shared rates, and WITH=procrastinate the jobs"
	@echo "make bench     measure, and write the table and the plot of benchmarks/"
	@echo "make comparison"
	@echo "               run other clients at the same faults, and write docs/comparison.md; 5 minutes"
	@echo "make docs      build the site of the documentation into site/: open site/index.html"
	@echo "make dist      build wheel, sdist and SBOM into dist/, check them, and place an order from a clean environment of"
	@echo "               each supported Python on the path; PYTHONS=\"python3.12 /path/python\" chooses others"
	@echo "make licences  list the licences of all dependencies in docs/licences.md"
	@echo "make clean     remove what the other targets installed and built"

# One stamp for each extra of pyproject.toml.
.venv/.%: pyproject.toml
	@$(PYTHON) tools/install.py $*
	@touch $@

.venv/redocly/node_modules: .venv/.check Makefile
	@mkdir -p .venv/redocly
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv/redocly @redocly/cli@$(REDOCLY) iframe-worker@$(IFRAME_WORKER)
	@touch $@

generate: .venv/.generate
	$(BIN)/python openapi/generate.py $(if $(CONTRACT),--contract "$(CONTRACT)") $(if $(OUTPUT),--output "$(OUTPUT)")

contract-diff: .venv/.generate
	$(if $(OLD),,$(error OLD is missing: make contract-diff OLD=old.yaml))
	$(BIN)/python tools/contract_diff.py "$(OLD)" $(if $(NEW),"$(NEW)")

# On all cores. The tests of a file run in one process, as some share a server.
test: .venv/.test
	@echo "This takes 2 to 4 minutes on 2 cores. It leaves the tests with the marker slow to CI; make test-all runs all tests."
	$(BIN)/pytest -n auto --dist loadfile -m "not slow"

test-all: .venv/.test
	@echo "This takes about 15 minutes on 2 cores."
	$(BIN)/pytest -n auto --dist loadfile

SEEDS ?= 10000
START ?= 0
simulate: .venv/.test
	@PYTHONPATH=tests $(BIN)/python -B -m simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --start $(START)) $(if $(WORLD),--world $(WORLD)) $(OPTIONS)

fault-matrix: .venv/.test
	PYTHONPATH=tests $(BIN)/python -B -m ordering.fault_matrix

imports-proof: .venv/.test
	PYTHONPATH=tests $(BIN)/python -B -m stores.proof

check: lint docs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --warnings
	$(BIN)/python openapi/generate.py --check
	$(BIN)/pytest -q tests/docs/test_snippets.py -k satisfy
	PYTHONPATH=tests $(BIN)/python -B -m emulator.fuzz

# Node comes from a wheel, npm with it: what npm installs finds node on the path.
PRISM := 5.16.0
.venv/prism/node_modules: .venv/.check Makefile
	@mkdir -p .venv/prism
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv/prism @stoplight/prism-cli@$(PRISM)
	@touch $@

prism: .venv/prism/node_modules
	PYTHONPATH=openapi:tests $(BIN)/python -B -m compiled.prism $(BIN)/node .venv/prism/node_modules/@stoplight/prism-cli/dist/index.js

lint: .venv/redocly/node_modules
	$(BIN)/openapi-spec-validator openapi/lucca-procurement.yaml
	$(BIN)/node .venv/redocly/node_modules/@redocly/cli/bin/cli.js lint --lint-config error

demo: .venv/.demo
	@$(BIN)/python examples/demo.py

demo-picture: .venv/.test
	@PYTHONPATH=tests:examples $(BIN)/python -B -m examples.demo_picture

fleet: .venv/.fleet
	@$(BIN)/python examples/fleet.py

emulator: .venv/.emulator
	$(BIN)/python -m lucca_procurement.emulator $(OPTIONS)

vendor:
	$(if $(DEST),,$(error DEST is missing: make vendor DEST=path/to/package))
	$(PYTHON) tools/vendor.py "$(DEST)" $(if $(WITH),--with $(WITH)) $(if $(FORCE),--force)

bench: .venv/.bench
	$(BIN)/python benchmarks/run.py

comparison: .venv/.comparison
	PYTHONPATH=tests $(BIN)/python -B benchmarks/comparison.py $(OPTIONS)

# The contract's page has its script inside. The worker lets the search work where the site is opened as files.
docs: .venv/.docs .venv/redocly/node_modules
	@mkdir -p .venv/site
	$(BIN)/node .venv/redocly/node_modules/@redocly/cli/bin/cli.js build-docs lucca-procurement --inlineBundle \
		--output .venv/site/openapi.html >.venv/site/log 2>&1 || { cat .venv/site/log; exit 1; }
	@cp .venv/redocly/node_modules/iframe-worker/shim/index.js .venv/site/iframe-worker.js
	$(BIN)/python tools/docs_site.py gather
	$(BIN)/zensical build --strict --clean
	$(BIN)/python tools/docs_site.py check

dist: .venv/.release
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist
	$(BIN)/twine check --strict dist/*.whl dist/*.tar.gz
	$(BIN)/python -B tools/sbom.py dist
	$(BIN)/python -B tools/check_dist.py dist $(PYTHONS)

licences: .venv/.check .venv/.bench .venv/.comparison
	$(BIN)/python -B tools/licences.py

clean:
	rm -rf .venv dist site .cache benchmarks/.build .hypothesis .mypy_cache .pytest_cache .ruff_cache
