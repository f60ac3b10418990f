# Everything here works on a fresh checkout with Python 3.11 or newer and make: what is missing is installed into .venv, once.

PYTHON ?= python3
VENV   ?= .venv

BIN     := $(VENV)/bin
RUNTIME := $(VENV)/.installed
DEV     := $(VENV)/.installed-dev
PIP     := $(BIN)/python -m pip --disable-pip-version-check --quiet

# A protocol that holds, a broken variant of one, and where the picture of its failure goes.
HOLDS  := two-phase-commit
BROKEN := paxos:ForgetfulAcceptor
OUT    := quorate-out/demo

.PHONY: help demo test test-full lint docs gallery benchmark wheel clean
.NOTPARALLEL:

help:
	@echo "make demo        check a protocol that holds and one that does not, and draw the failure"
	@echo "make test        the fast tests"
	@echo "make test-full   all tests, with new random examples each time"
	@echo "make lint        ruff, and mypy on the checker"
	@echo "make docs        make docs/errors.md from the catalogue of mistakes"
	@echo "make gallery     draw the counterexamples of all broken variants into docs/gallery"
	@echo "make benchmark   measure the speed of the checker"
	@echo "make wheel       build the source distribution and the wheel into dist/"
	@echo "make clean       remove everything that these commands made in this folder"

demo: $(RUNTIME)
	@rm -rf $(OUT)
	@echo '$$ quorate check $(HOLDS)'
	@$(BIN)/quorate check $(HOLDS)
	@echo
	@echo '$$ quorate check $(BROKEN) --out $(OUT)'
	@code=0; $(BIN)/quorate check $(BROKEN) --out $(OUT) || code=$$?; \
	if [ $$code -ne 12 ]; then \
		echo "make demo: the broken variant must be caught with exit code 12 (safety), not $$code" >&2; exit 1; \
	fi
	@if [ -z "$$(find $(OUT) -type f -name '*.svg')" ]; then \
		echo "make demo: no picture of the counterexample was left in $(OUT)" >&2; exit 1; \
	fi
	@echo
	@echo "The counterexample and its picture are in $(CURDIR)/$(OUT):"
	@find $(OUT) -type f | sort | sed 's/^/    /'

test: $(DEV)
	@$(BIN)/python -m pytest -n 2

test-full: $(DEV)
	@$(BIN)/python -m pytest -n 2 -m "full or not full" --hypothesis-profile=full

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(RUNTIME)
	$(BIN)/python -m quorate.compiler.catalogue.page > docs/errors.md

gallery: $(DEV)
	$(BIN)/python docs/gallery/make.py

benchmark: $(RUNTIME)
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/proofs.py
	@$(BIN)/python benchmarks/liveness.py

wheel: $(DEV)
	@rm -rf dist
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf $(VENV) build dist quorate-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment that has pip is kept as it is; a missing or half-made one is made anew.
define make-venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo "Quorate needs Python 3.11 or newer, which '$(PYTHON)' is not. Name one: make PYTHON=python3.12" >&2; exit 1; }; \
		$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
			echo "'$(PYTHON)' lacks its venv module. Install it: sudo apt-get install python3-venv" >&2; exit 1; }; \
		echo "Making $(VENV) ..."; \
		$(PYTHON) -m venv --clear $(VENV); }
endef

$(RUNTIME): pyproject.toml
	$(make-venv)
	@echo "Installing Quorate into $(VENV) ..."
	@$(PIP) install --editable .
	@touch $@

$(DEV): pyproject.toml
	$(make-venv)
	@echo "Installing Quorate and its development tools into $(VENV) ..."
	@$(PIP) install --editable '.[dev]'
	@touch $(RUNTIME) $@
