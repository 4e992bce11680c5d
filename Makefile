# Every target is one line that calls Python; the README lists the same lines for use without make.
PYTHON3 ?= python3
PYTHON := .venv/bin/python
CORE := .venv/.ready-core
DEV := .venv/.ready-dev
PARITY := .venv/.ready-parity
# The shell reads SEED, OUT, TEXT, WORD, A, B and C itself, so that any character may stand in them.
OPTIONS = $(if $(filter-out 0,$(QUICK)),--quick) $(if $(SEED),--seed "$$SEED") \
          $(if $(OUT),--out "$$OUT") $(if $(TEXT),--text "$$TEXT")

help: ## this list (the default)
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24
	@echo '  options of the blocks:  QUICK=1  SEED=7  OUT=folder  TEXT=file'

$(CORE): pyproject.toml constraints.txt setup_venv.py
	@$(PYTHON3) setup_venv.py

$(DEV): pyproject.toml constraints.txt setup_venv.py
	@$(PYTHON3) setup_venv.py dev

$(PARITY): pyproject.toml constraints.txt setup_venv.py
	@$(PYTHON3) setup_venv.py parity

setup: $(CORE) ## make .venv (every other target does it by itself)

doctor: $(CORE) ## what this machine has: Python, NumPy, BLAS, CPU, and what is missing
	@$(PYTHON) -m shared.runtime

block00: $(CORE) ## the toolbox: shapes, randomness, reproducibility
	@$(PYTHON) -m block00_toolbox.train $(OPTIONS)

block01: $(CORE) ## regression and gradient descent
	@$(PYTHON) -m block01_regression.train $(OPTIONS)

block02: $(CORE) ## classification: probabilities, their loss, and what accuracy hides
	@$(PYTHON) -m block02_classification.train $(OPTIONS)

block03: $(CORE) ## a two-layer network, every gradient by hand
	@$(PYTHON) -m block03_mlp_manual.train $(OPTIONS)

block04: $(CORE) ## autograd, optimizers, dropout, normalisation, schedules
	@$(PYTHON) -m block04_training.train $(OPTIONS)

block05: $(CORE) ## word vectors, counted and learned: nearness, analogies, retrieval
	@$(PYTHON) -m block05_embeddings.train $(OPTIONS)

block06: $(CORE) ## language models: n-grams, a window network, what a bit is; TEXT=file for your own
	@$(PYTHON) -m block06_lm_basics.train $(OPTIONS)

neighbours: $(CORE) ## the words nearest to one: make neighbours WORD=king
	@$(PYTHON) -m block05_embeddings.ask neighbours "$$WORD"

analogy: $(CORE) ## a is to b as c is to ?: make analogy A=man B=king C=woman
	@$(PYTHON) -m block05_embeddings.ask analogy "$$A" "$$B" "$$C"

all: block00 block01 block02 block03 block04 block05 block06 ## every block, in order

test: $(CORE) ## every quick test, about two minutes
	@$(PYTHON) -m pytest

test-slow: $(CORE) ## the slow tests: many seeds, many kills
	@$(PYTHON) -m pytest -m slow

test-block00: $(CORE) ## the quick tests of one block
	@$(PYTHON) -m pytest block00_toolbox

test-block01: $(CORE)
	@$(PYTHON) -m pytest block01_regression

test-block02: $(CORE)
	@$(PYTHON) -m pytest block02_classification

test-block03: $(CORE)
	@$(PYTHON) -m pytest block03_mlp_manual

test-block04: $(CORE)
	@$(PYTHON) -m pytest block04_training

test-block05: $(CORE)
	@$(PYTHON) -m pytest block05_embeddings

test-block06: $(CORE)
	@$(PYTHON) -m pytest block06_lm_basics

lint: $(DEV) ## ruff on everything, mypy on shared/
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy

parity: $(PARITY) ## add torch and scikit-learn, for bench.py and tests/make_golden.py

clean: ## remove .venv and the caches
	@$(PYTHON3) -c "import shutil, pathlib; [shutil.rmtree(p, ignore_errors=True) for p in ['.venv', '.pytest_cache', '.mypy_cache', '.ruff_cache', *pathlib.Path('.').rglob('__pycache__'), *pathlib.Path('.').glob('*.egg-info')]]"

.PHONY: help setup doctor all test test-slow lint parity clean neighbours analogy \
        block00 block01 block02 block03 block04 block05 block06 test-block00 test-block01 test-block02 test-block03 test-block04 test-block05 test-block06
