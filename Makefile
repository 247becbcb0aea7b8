# `make` lists the targets. Every target makes its own environment in .venv first, and makes it once.
# Choose the interpreter that it is made from with PYTHON=python3.12 (3.11 or newer).

PYTHON ?= python3
MODEL ?= flowers
DRAWN ?= data/bench
PHOTOS ?=
OUT ?= runs/laptop

BIN := .venv/bin
INSTALLED := .venv/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
TORCH := $(shell grep '^torch==' constraints.txt)
CODE := $(wildcard src tests examples benchmarks scripts)

.DELETE_ON_ERROR:
.PHONY: help demo test lint format bench train-laptop space paper-map clean

help:
	@echo "make demo                     edit a photograph and drawn pictures; writes demo/sheet.png"
	@echo "make test                     lint, types, tests and doctests"
	@echo "make lint                     ruff and mypy alone"
	@echo "make format                   rewrite the code in the house format"
	@echo "make bench [MODEL=flowers]    scores and speed of a model [PHOTOS=dir: on photographs too, with judges]"
	@echo "make train-laptop DATA=dir    train the small preset on a folder of captioned pictures into $(OUT)"
	@echo "make space [MODEL=flowers]    a page that edits in the browser, as a folder for a hosted demo: build/space"
	@echo "make paper-map                write docs/paper-map.md from the equation tags in the code"
	@echo "make clean                    delete caches and the demo; .venv, data and runs stay"

# The stamp comes last and goes first: an install that was interrupted is begun again by the next call.
# torch goes in alone, before anything could ask for another build of it.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "this needs Python 3.11 or newer: make PYTHON=python3.12")'
	@rm -f $@
	@echo "installing into .venv; the first time this takes some minutes"
	$(PYTHON) -m venv .venv
	$(PIP) $(TORCH)
	$(PIP) -e '.[dev,demo]'
	@touch $@

demo: $(INSTALLED)
	$(BIN)/python examples/demo.py --out demo

# One process a core, one thread each: two of them share a core's time better than one whose threads wait.
test: lint
	OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: $(INSTALLED)
	test $(DRAWN) != data/bench || $(BIN)/mimnet data draw --out data/bench --train 0
	$(BIN)/mimnet evaluate $(MODEL) --data $(DRAWN) --out evaluation/drawn --no-train-judges
	$(if $(PHOTOS),$(BIN)/mimnet evaluate $(MODEL) --data $(PHOTOS) --out evaluation/photos)
	$(BIN)/python benchmarks/speed.py --model $(MODEL)

train-laptop: $(INSTALLED)
	@test -n "$(DATA)" || { echo "name a folder of captioned pictures: make train-laptop DATA=dir" >&2; exit 2; }
	$(BIN)/mimnet train laptop --data $(DATA) --out $(OUT)

space: $(INSTALLED)
	rm -rf build/space
	$(BIN)/mimnet export $(MODEL) --web build/space
	cp examples/space/README.md examples/space/.gitattributes build/space/

paper-map: $(INSTALLED)
	$(BIN)/python scripts/paper_map.py

clean:
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache src/*.egg-info
	find src tests examples benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +
