# make app · make test · make setup · make class · make dev · make train RECIPE=… — `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help app class dev setup test test-all lint train

PYTHON ?= python3
PORT ?= 8501
TORCH_INDEX ?=
export PORT TORCH_INDEX

VENV_PYTHON := .venv/bin/python
SETUP = @command -v "$(PYTHON)" >/dev/null || { \
	echo "There is no $(PYTHON) here: install Python 3.11 or newer, or name one, as in 'make $@ PYTHON=python3.12'." >&2; \
	exit 1; }; "$(PYTHON)" scripts/setup.py

help:
	@echo "make app               start the explorer on http://localhost:8501 (PORT=… for another port)"
	@echo "make class             the same for everyone on the local network: prints address and QR code"
	@echo "make dev               the same, reloading when a file changes"
	@echo "make train             list the training recipes; RECIPE='digits-vae …' trains them"
	@echo "make test              install what the tests need and run them (ARGS='tests/test_zoo.py -x' to choose)"
	@echo "make test-all          the slow tests too"
	@echo "make lint              ruff"
	@echo "make setup             install run-time, test and benchmark packages and a browser, and nothing else"
	@echo "TORCH_INDEX=…          with any of them: the package index from which to install torch first"

app:
	$(SETUP) app
	@$(VENV_PYTHON) -m scripts.serve app

class:
	$(SETUP) app
	@$(VENV_PYTHON) -m scripts.serve class

dev:
	$(SETUP) app
	@$(VENV_PYTHON) -m scripts.serve dev

setup:
	$(SETUP) all

# Side by side but for those that drive a browser: they, the app and Chromium need all there is.
TEST = $(VENV_PYTHON) -m pytest
test:
	$(SETUP) test
ifeq ($(strip $(ARGS)),)
	@$(TEST) -n 2 --dist loadfile -m "not slow and not browser"
	@$(TEST) -m "browser and not slow"
else
	@$(TEST) $(ARGS)
endif

test-all:
	$(SETUP) test
	@$(TEST) -n 2 --dist loadfile -m "not browser" $(ARGS)
	@$(TEST) -m "browser" $(ARGS)

lint:
	$(SETUP) lint
	@$(VENV_PYTHON) -m ruff check .

train:
	$(SETUP) app
	@$(VENV_PYTHON) -m training.train $(or $(RECIPE),--list)
