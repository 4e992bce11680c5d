# Every target is one line that calls Python; the README lists the same lines for use without make.
PYTHON3 ?= python3
PYTHON := .venv/bin/python
CORE := .venv/.ready-core
DEV := .venv/.ready-dev
PARITY := .venv/.ready-parity
# What .venv was made from; a Python that is gone (it lies outside .venv) makes it stale at once.
SETTINGS := pyproject.toml constraints.txt setup_venv.py $(if $(realpath $(PYTHON)),,again)

# A value is handed over by the environment, letter by letter: $(value) is its text before make
# expands it, so that $, quotes and spaces mean nothing. One given empty is refused, not overlooked.
VALUES := PYTHON3 QUICK STUDIES RESUME SEED OUT TEXT WORD A B C BLOCK PROMPT STORY QUESTION
GIVEN := $(foreach name,$(VALUES),$(if $(filter undefined,$(origin $(name))),,$(name)))
$(foreach name,$(GIVEN),$(if $(strip $(value $(name))),,$(error $(name) is empty: leave it out, or say $(name)=something)))
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name)))$(eval export $(name)))
given = $(if $(filter $1,$(GIVEN)),$2)
SEEDED := $(call given,SEED,--seed "$$SEED")
OPTIONS := $(if $(filter-out 0,$(QUICK)),--quick) $(if $(filter-out 0,$(STUDIES)),--studies) \
           $(if $(filter-out 0,$(RESUME)),--resume) $(SEEDED) $(call given,OUT,--out "$$OUT") $(call given,TEXT,--text "$$TEXT")

FOLDERS := $(patsubst %/__init__.py,%,$(sort $(wildcard block[0-9][0-9]_*/__init__.py)))
BLOCKS := $(foreach folder,$(FOLDERS),$(firstword $(subst _, ,$(folder))))
folder = $(filter $1_%,$(FOLDERS))
program = $(if $(wildcard $1/__main__.py),$1,$1.train)

help: ## this list (the default)
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile
	@awk -F '"""' 'FNR == 1 {printf "  make %-14s %s\n", substr(FILENAME, 1, 7), $$2}' $(FOLDERS:%=%/__init__.py) /dev/null
	@echo '  options of the blocks:  QUICK=1  SEED=7  OUT=folder  TEXT=file  STUDIES=1  RESUME=1'

$(CORE): $(SETTINGS)
	@$$PYTHON3 setup_venv.py

$(DEV): $(SETTINGS)
	@$$PYTHON3 setup_venv.py dev

$(PARITY): $(SETTINGS)
	@$$PYTHON3 setup_venv.py parity

again:

setup: $(CORE) ## make .venv (every other target does it by itself)

doctor: $(CORE) ## what this machine has: Python, NumPy, BLAS, CPU, and what is missing
	@$(PYTHON) -m shared.runtime

$(BLOCKS): $(CORE)
	@$(PYTHON) -m $(call program,$(call folder,$@)) $(OPTIONS)

all: $(BLOCKS) ## every block, in order

neighbours: $(CORE) ## the words nearest to one: make neighbours WORD=king
	@$(PYTHON) -m block05_embeddings.ask neighbours "$$WORD"

analogy: $(CORE) ## a is to b as c is to ?: make analogy A=man B=king C=woman
	@$(PYTHON) -m block05_embeddings.ask analogy "$$A" "$$B" "$$C"

sample: $(CORE) ## a story as it is written: make sample PROMPT="A child named"
	@$(PYTHON) -m block10_llm_reality.sample write $(call given,PROMPT,"$$PROMPT")

ask: $(CORE) ## a question about a held-out story: make ask STORY=3 QUESTION="Where was the kite?"
	@$(PYTHON) -m block10_llm_reality.sample ask "$$STORY" "$$QUESTION"

bug: $(CORE) ## a copy of a block with a bug to find: make bug BLOCK=03, SEED=7 for another
	@$(PYTHON) -m shared.practice bug "$$BLOCK" $(SEEDED)

bug-answer: $(CORE) ## which bug it was
	@$(PYTHON) -m shared.practice bug-answer

test: $(CORE) ## every quick test, about two minutes; make test-block01 for those of one block
	@$(PYTHON) -m pytest

test-slow: $(CORE) ## the slow tests: many seeds, many kills
	@$(PYTHON) -m pytest -m slow

$(BLOCKS:%=test-%): test-%: $(CORE)
	@$(PYTHON) -m pytest $(call folder,$*)

lint: $(DEV) ## ruff on everything, mypy on shared/
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy

parity: $(PARITY) ## add torch and scikit-learn, for bench.py and tests/make_golden.py

clean: ## remove .venv and the caches
	@$$PYTHON3 -c "import shutil, pathlib; [shutil.rmtree(p, ignore_errors=True) for p in ['.venv', '.pytest_cache', '.mypy_cache', '.ruff_cache', *pathlib.Path('.').rglob('__pycache__'), *pathlib.Path('.').glob('*.egg-info')]]"

.PHONY: help again setup doctor all neighbours analogy sample ask bug bug-answer test test-slow lint parity \
        clean $(BLOCKS) $(BLOCKS:%=test-%)
