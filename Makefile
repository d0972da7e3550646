# make demo    verify real people from photographs and open the report
# make console look at the agents' console, with a marketplace of test data
# make test    every check that a change must pass
# Each sets up all that it needs: system packages, a virtual environment in .venv, the networks' weights.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers

.PHONY: demo console test lint bench serve lock system browser weights clean

demo: $(READY) weights
	$(BIN)/python -m benchmarks demo --out demo

console: $(READY) weights
	$(BIN)/python -m benchmarks console

# Two processes, each with all networks in memory (some 4 GiB); a file stays in one, for the fixtures that it shares.
test: browser $(READY) $(PEERS) weights lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY) $(PEERS) weights
	$(BIN)/python -m benchmarks speed

serve: $(READY) weights
	$(BIN)/verifier serve

# The environment: versions and hashes stand in requirements.lock.
$(READY): requirements.lock pyproject.toml | system
	@echo "== Python packages into $(VENV)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What we are compared with. face_recognition asks for dlib, which is source only; dlib-bin is the same module built.
$(PEERS): requirements-peers.lock $(READY)
	@echo "== Peers to compare with (face_recognition, RapidOCR)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --require-hashes -r requirements-peers.lock
	@touch $@

system:
	@bash scripts/system-packages

browser:
	@bash scripts/system-packages browser

weights: $(READY)
	@echo "== Weights of the networks"
	@$(BIN)/verifier models install

# Renew the pinned versions and hashes; no address of a registry is written.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --constraint constraints.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile requirements-peers.in --no-deps --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-peers.lock

clean:
	rm -rf $(VENV) demo build dist
