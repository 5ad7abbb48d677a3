# Two commands on a fresh machine: `make run` and `make test`. Each installs what it needs into .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
EMULATORS := .venv-emulators
# The rooms whose code does no I/O, and the rules of the whole: their tests take no AWS and no process.
QUICK := $(wildcard tests/core tests/permissions tests/views) tests/test_architecture.py tests/test_mutants.py

.DEFAULT_GOAL := help
MERMAID := build/mermaid/package/dist/mermaid.min.js
MERMAID_SUM := 6ad2f42c3fc26bbf9e45cbb6d11898972573ea52b33a5f4ff51952899f950ffd
.PHONY: help run test quick mutants torture emulators mermaid check format bench docs sbom pages lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: $(INSTALLED) ## Create, check and destroy an integration in the embedded sandbox
	$(BIN)/python scripts/demo.py

test: $(INSTALLED) ## Run all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -q $(ARGS)

quick: $(INSTALLED) ## Run the tests that take seconds: those of the code that does no I/O
	$(BIN)/python -m pytest -n 2 --dist worksteal -q $(QUICK) $(ARGS)

mutants: $(INSTALLED) ## Break changed code at random places and list what no test notices; ARGS="--sample 30 --seed 7 FILE..."
	$(BIN)/python scripts/mutants.py $(ARGS)

torture: $(INSTALLED) ## Kill runs at every call and inject storms of faults; ARGS="--seed 17 --seeds 1" repeats one storm
	$(BIN)/python -m pytest -n 2 --dist worksteal -q -m torture --seed $$(date +%s) --seeds 3 $(ARGS)
	$(BIN)/python -m pytest -n 2 -q --hypothesis-profile torture tests/cli/test_fuzz.py

emulators: $(INSTALLED) ## Run the Upsolver integrations on another emulator, in a venv of its own
	test -x $(EMULATORS)/bin/ministack || { $(PYTHON) -m venv $(EMULATORS) && \
		$(EMULATORS)/bin/python -m pip install --quiet --disable-pip-version-check ministack==1.5.33; }
	$(BIN)/python scripts/emulators.py $(EMULATORS)

mermaid: $(MERMAID) ## Fetch Mermaid with npm, so that the tests also draw the pictures of a review's Markdown

$(MERMAID):
	mkdir -p build/mermaid
	cd build/mermaid && npm pack --silent mermaid@11.17.2 >/dev/null && echo "$(MERMAID_SUM)  mermaid-11.17.2.tgz" | sha256sum --check --quiet
	tar -xzmf build/mermaid/mermaid-11.17.2.tgz -C build/mermaid package/dist/mermaid.min.js

check: $(INSTALLED) ## Check format, lint and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

format: $(INSTALLED) ## Format the code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(INSTALLED) ## Measure how close runs come to the minimum that the network allows
	$(BIN)/python -m compileall -q bootstrap  # as pip does for users; some machines never write bytecode by themselves
	$(BIN)/python -m scripts.benchmark $(ARGS)

docs: $(INSTALLED) ## Build the documentation site into build/site; a broken link fails
	$(BIN)/python -m scripts.build_site

sbom: $(INSTALLED) ## Write dist/*.cdx.json: all that an installation has, as CycloneDX
	$(BIN)/python -m scripts.sbom

pages: $(INSTALLED) ## Rewrite what is generated: man pages, completion, deviations, catalog, format, transcripts, recording
	$(BIN)/python -m scripts.write_share
	$(BIN)/python scripts/write_deviations.py
	$(BIN)/python -m scripts.write_catalog
	$(BIN)/python -m scripts.write_format
	$(BIN)/python scripts/demo.py --readme
	$(BIN)/python -m scripts.record

lock: $(INSTALLED) ## Rewrite requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --custom-compile-command "make lock" --extra sandbox --group dev --output-file requirements.lock pyproject.toml

clean: ## Remove what make installed and what runs left behind
	rm -rf .venv .venv-3.* $(EMULATORS) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "bootstrap needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
