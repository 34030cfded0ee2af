# Each command sets up what it needs on a new machine with Python ≥ 3.11, make and Node (for nothing but a type checker).
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAGE ?=
export PYTHONPATH := .:layers/daojia/python

.PHONY: run demo test features lint bench deploy lock openapi

run: setup ## the whole platform on this machine, until Ctrl-C
	@$(RUN) -m infra.local up

demo: setup ## one order from the first chat message to settled income, told step by step
	@$(RUN) -m infra.demo

test: setup browser ## all tests: unit, store, workflow, crash, e2e, browser
	@$(RUN) -m pytest tests/unit tests/store tests/crash tests/workflow tests/e2e tests/browser

features: setup browser ## which rows of the feature list are proven, and by how many tests
	@$(RUN) -m pytest --features

lint: setup ## static checks
	@sh infra/lint.sh

bench: setup ## the benchmarks
	@$(RUN) -m tests.bench

deploy: setup ## make deploy STAGE=prod
	@$(RUN) -m infra.deploy "$(STAGE)"

lock: setup ## renew the lock files after a change of pyproject.toml
	@sh infra/lock.sh

openapi: setup ## write the OpenAPI document from the code
	@$(RUN) -m infra.openapi

# -- set-up -------------------------------------------------------------------------------------------------------------

.PHONY: setup browser
setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock
	@echo "Setting up Python packages …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=/path/to/python make …)"; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	@$(RUN) -c 'import uv' 2>/dev/null || $(RUN) -m pip install --quiet --disable-pip-version-check $$(grep -oE '^uv==[0-9.]+' requirements.lock)
	@$(RUN) -m uv pip install --quiet --python $(RUN) --require-hashes -r requirements.lock
	@touch $@

browser:
	@sh infra/browser.sh
