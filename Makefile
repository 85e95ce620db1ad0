# What a person runs here; `make help` lists it. Needs Python 3.11 or newer, make and git, nothing else.

VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8501
SOURCE ?= starter
DATA   ?= var/data/swissprot-goa
RUN    ?= mini
RESULTS ?= var/results
ARGS   ?=
# The first interpreter that is new enough; say `make app PYTHON=/path/to/python` to choose another.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help app test check index data train-mini release-mini evaluate-mini clean
.DELETE_ON_ERROR:

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

app: $(VENV)/.app ## serve the search page on http://localhost:8501 (PORT=...), after all set-up
	@test -n "$$QDRANT_URL" || test -e "$${PROTCLIP_INDEX:-var/index}" || $(BIN)/protclip index
	@echo "Open http://localhost:$(PORT) in a browser; Ctrl-C stops the server."
	@$(BIN)/protclip app --port "$(PORT)" $(ARGS)

# One thread: the tests' tensors are tiny, and some tests start several processes. How two workers share: tests/conftest.py.
test: $(VENV)/.dev ## run every test (browser tests are skipped where there is no Chromium); ARGS="-k name"
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/pytest -n 2 --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev ## lint, format, types, import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

index: $(VENV)/.app ## build the search index; SOURCE=starter (shipped atlas) or SOURCE=full (all of Swiss-Prot 2014_01)
	$(BIN)/protclip index --source "$(SOURCE)" $(ARGS)

data: $(VENV)/.app ## build the training data from Debian's packages, fetched where absent; DATA=folder
	$(BIN)/protclip data build --source swissprot-goa --download --output "$(DATA)" $(ARGS)
	$(BIN)/protclip data split "$(DATA)"

# glibc gives large blocks back to the system after every step and faults them in again; told to keep them, a
# step of the mini shape takes a third less time (docs/training.md).
KEEP_MEMORY := MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=67108864

train-mini: $(VENV)/.train ## train protclip-mini, or go on where a run was stopped
	$(KEEP_MEMORY) $(BIN)/python train/pretrain.py train/runs/mini.toml --resume $(ARGS)

release-mini: $(VENV)/.train ## make the shipped files of what train-mini trained; PPI=folder of SHS27k refits interactions too
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[map]'
	$(BIN)/protclip release var/runs/mini/checkpoint --data "$(DATA)" --card docs/model_card.md
	$(BIN)/protclip calibrate --data "$(DATA)" --limit 1500 --release
	$(BIN)/protclip map fit --release
	$(BIN)/protclip index --index var/index-release --rebuild
	$(BIN)/protclip evaluate-search --index var/index-release --questions dev --fit-cut-off protclip/starter/query_cutoff.json
	@test -z "$(PPI)" || $(BIN)/python -m protclip.predict.interaction_fit \
		"$(PPI)/protein.actions.SHS27k.STRING.txt" "$(PPI)/protein.SHS27k.sequences.dictionary.tsv"
	$(BIN)/protclip doctor

# Search programs that are installed are measured beside the predictor.
PROGRAMS := $(foreach p,mmseqs:mmseqs2 diamond:diamond,\
	$(if $(shell command -v $(firstword $(subst :, ,$(p)))),--baseline $(lastword $(subst :, ,$(p)))))

evaluate-mini: $(VENV)/.app ## measure the shipped model: towers, function prediction, questions; rows in RESULTS=folder
	$(BIN)/protclip evaluate --data "$(DATA)" --output "$(RESULTS)/retrieval.csv"
	$(BIN)/protclip calibrate --data "$(DATA)" --limit 1500 --test $(PROGRAMS) --baseline 3-mers --output "$(RESULTS)/function.csv"
	@test -n "$$QDRANT_URL" || test -e "$${PROTCLIP_INDEX:-var/index}" || $(BIN)/protclip index
	for questions in test blind; do \
		$(BIN)/protclip evaluate-search --questions $$questions --output "$(RESULTS)/search.csv" || exit 1; done

clean: ## remove caches and build leftovers; leaves .venv, var (data, index) and shipped files alone
	rm -rf build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -path "./$(VENV)" -prune -o -path ./var -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "ProtCLIP needs Python 3.11 or newer; found '$(PYTHON)'." \
		"Install it, or say which to use: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	"$(PYTHON)" -m venv "$(VENV)" || { rm -rf "$(VENV)"; \
		echo "Python could not make a virtual environment (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }

# torch first and alone, so that the pin decides which build comes; it is by far the largest download.
$(VENV)/.torch: constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -c constraints.txt torch
	@touch $@

$(VENV)/.app: pyproject.toml constraints.txt $(VENV)/.torch
	$(BIN)/python -m pip install -c constraints.txt -e '.[app]'
	@touch $@

$(VENV)/.train: pyproject.toml constraints.txt $(VENV)/.torch
	$(BIN)/python -m pip install -c constraints.txt -e '.[app,train]'
	@touch $@ $(VENV)/.app

# dev contains the others, so all stamps are fresh afterwards.
$(VENV)/.dev: pyproject.toml constraints.txt $(VENV)/.torch
	$(BIN)/python -m pip install -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.app $(VENV)/.train
