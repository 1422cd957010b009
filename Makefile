# Every step of the project, on a laptop and in CI alike. `make` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
# Compiled modules are kept: pulumi_aws takes seconds to compile and milliseconds to load.
unexport PYTHONDONTWRITEBYTECODE

# The files' heads have the command, options with "=": so Renovate can run it again (.github/renovate.json).
LOCK := uv pip compile --quiet --universal --python-version=3.11 --generate-hashes

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-22s %s\n", $$1, $$2 }'

.PHONY: up
up: ## Deploy staging, prod and dr on the local cloud (STACK=staging for one; dr needs prod)
	@$(MAKE) --no-print-directory -j2 venv toolchain policy-venv
	@$(BIN)/python -m local up $(STACK)

.PHONY: down
down: ## Stop the local cloud and remove everything that belongs to it
	@if [ -d .local ] || [ -x $(BIN)/python ]; then $(MAKE) --no-print-directory venv && $(BIN)/python -m local down; \
		else echo "Nothing is left to remove."; fi

.PHONY: destroy
destroy: venv ## Destroy one stack through the engine: make destroy STACK=staging
	@[ -n "$(STACK)" ] || { echo "Name the stack: make destroy STACK=staging" >&2; exit 1; }
	@$(BIN)/python -m local destroy $(STACK)

.PHONY: env
env: venv ## Print the environment of the local cloud: eval "$(make -s env)"
	@$(BIN)/python -m local env

.PHONY: status
status: venv ## Show what runs and what is deployed
	@$(BIN)/python -m local status

.PHONY: plan
plan: venv ## Show what each stack would create and what the policies say of it, without credentials or engine (STACK=prod for one)
	@$(BIN)/python -m operations.plan $(STACK)

.PHONY: plan-compare
plan-compare: venv ## Show what the plans declare otherwise than those of a commit: make plan-compare BASE=v0.1.0 (STACK=prod for one)
	@[ -n "$(BASE)" ] || { echo "Name the commit: make plan-compare BASE=v0.1.0" >&2; exit 1; }
	@$(BIN)/python -m operations.plan.compare $(BASE) $(STACK)

.PHONY: architecture
architecture: venv ## Draw the stacks from their plans: README.md, docs/architecture.md
	@$(BIN)/python -m operations.architecture

.PHONY: plan-accept
plan-accept: venv ## Accept the resources of the plans as the ones to have, after a look at them
	@$(BIN)/python -m operations.plan --no-policies >/dev/null
	@$(BIN)/python tests/stacks/accept_urns.py
	@$(BIN)/python -m policy.pack.baseline build/plan/prod.json

POLICIES := --policy-pack policy --policy-pack-config policy/config.json

.PHONY: preview
preview: venv policy-venv stack ## Show what an update of STACK would change, and what the policies say of it (pulumi preview)
	@pulumi preview --stack $(STACK) $(POLICIES) --diff --non-interactive

.PHONY: update
update: venv policy-venv stack ## Update STACK under the policies (pulumi up), then verify it; asks nothing
	@pulumi up --stack $(STACK) $(POLICIES) --yes --non-interactive
	@$(BIN)/python -m operations.verify --stack $(STACK)

.PHONY: verify
verify: venv stack ## Fail if a service of STACK does not run what was released last
	@$(BIN)/python -m operations.verify --stack $(STACK)

.PHONY: drift
drift: venv stack ## Fail if what is deployed of STACK is not what the program wants
	@pulumi preview --stack $(STACK) --run-program --expect-no-changes --diff --non-interactive

.PHONY: cache-versions
cache-versions: venv stack ## Fail if ElastiCache has a newer minor version of the engine of STACK's cache
	@$(BIN)/python -m operations.cache_versions $(STACK)

.PHONY: stack
stack:
	@[ -n "$(STACK)" ] || { echo "Name the stack: make $(MAKECMDGOALS) STACK=staging" >&2; exit 1; }
	@command -v pulumi >/dev/null || { echo "pulumi is not on PATH. For the local cloud: eval \"\$$(make -s env)\". \
	For AWS: https://www.pulumi.com/docs/install" >&2; exit 1; }

# The ten slowest are printed last. Nightly tests are left out by pyproject.toml, unless other marks are asked for.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder --durations=10

.PHONY: test
test: venv policy-venv ## Run all tests; those of the engine and the local cloud need `make up` first
	@$(PYTEST) $(TESTS)

# Whole folders, but for the files that take longest in them, mostly by recording stacks of their own: `make
# test-touched` and `make test` run those.
SLOW := tests/docs/test_first_change.py tests/policy/test_policy_engine.py \
	tests/policy/test_policy_service_settings.py tests/policy/test_policy_stacks.py tests/stacks/test_adopted_zone.py \
	tests/stacks/test_images_built.py tests/stacks/test_service_settings.py
FAST := tests/docs tests/policy tests/settings tests/stacks tests/workflows $(addprefix --ignore=,$(SLOW))

.PHONY: test-fast
test-fast: venv policy-venv ## Run what needs no engine and nothing deployed, and is done in 90 seconds
	@$(PYTEST) -m 'not nightly and not cloud and not engine' $(FAST)

.PHONY: test-touched
test-touched: venv policy-venv ## Run what a change of files since BASE (main) can break, but for the engine and the local cloud
	@$(PYTEST) -m 'not nightly and not cloud and not engine' $$($(BIN)/python -m operations.touched $(BASE))

.PHONY: test-cloud
test-cloud: venv policy-venv ## Run what is read back from the deployed stacks; needs `make up` first
	@$(PYTEST) -m 'cloud and not nightly' tests

.PHONY: test-engine
test-engine: venv policy-venv toolchain ## Run what needs the engine and its providers
	@$(PYTEST) -m 'engine and not nightly' tests

.PHONY: proof
proof: ## Prove a commit as CI does: check, deploy to the local cloud twice, test everything (.ci/run)
	@.ci/run

.PHONY: nightly
nightly: venv policy-venv ## List and run what takes too long for `make test`: tests marked `nightly`
	@$(BIN)/python -m pytest -m nightly --collect-only -q $(TESTS)
	@$(BIN)/python -m pytest -m nightly --durations=10 $(TESTS)

.PHONY: mutations
mutations: venv plan ## Weaken each security-relevant property of the stacks and show which policy notices
	@$(BIN)/python -m tests.policy.mutations build/plan/staging.json build/plan/prod.json build/plan/dr.json

.PHONY: bench
bench: venv policy-venv plan ## Measure what the policies cost; with prod deployed, its preview too
	@$(BIN)/python -m tests.policy.bench

.PHONY: check
check: lint ## What `make lint` checks, and whether the lock files follow from what they are made of
	@$(MAKE) --no-print-directory lock-check

.PHONY: lint
lint: venv ## Format, lint, types, directions of imports, stack settings, written pages; without the network
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy __main__.py
	$(BIN)/lint-imports
	$(BIN)/python -m settings
	$(BIN)/python -m operations.traceability --check
	$(BIN)/python -m operations.index --check
	$(BIN)/python -m policy.pack.pages --check docs/policies
	$(BIN)/python -m operations.reference --check

.PHONY: workflows
workflows: venv ## Hold the workflows and the other files of .github against their schemas and linters
	@$(BIN)/python -m pytest -q tests/workflows

.PHONY: hooks
hooks: venv ## Have git call these targets before a commit and a push (.pre-commit-config.yaml)
	@$(BIN)/pre-commit install

.PHONY: format
format: venv ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: docs
docs: venv ## Write the pages that are made from settings, docstrings, policies, records and docs/traceability.toml
	$(BIN)/python -m operations.traceability
	$(BIN)/python -m operations.index
	$(BIN)/python -m policy.pack.pages docs/policies
	$(BIN)/python -m operations.reference

.PHONY: lock
lock: venv ## Resolve the dependencies again, as near to the locked versions as possible
	$(BIN)/$(LOCK) pyproject.toml --group=dev --output-file=requirements-dev.txt
	$(BIN)/$(LOCK) pyproject.toml --group=program --constraints=requirements-dev.txt \
		--output-file=requirements.txt
	$(BIN)/$(LOCK) policy/requirements.in --output-file=policy/requirements.txt

.PHONY: lock-check
lock-check: venv
	@# In a copy: what uv writes names the files that it was given.
	@mkdir -p build/lock/policy && cp pyproject.toml requirements.txt requirements-dev.txt build/lock/
	@cp policy/requirements.* build/lock/policy/
	@cd build/lock && $(CURDIR)/$(BIN)/$(LOCK) pyproject.toml --group=dev --output-file=requirements-dev.txt \
		&& $(CURDIR)/$(BIN)/$(LOCK) pyproject.toml --group=program --constraints=requirements-dev.txt \
			--output-file=requirements.txt \
		&& $(CURDIR)/$(BIN)/$(LOCK) policy/requirements.in --output-file=policy/requirements.txt
	@for f in requirements.txt requirements-dev.txt policy/requirements.txt; do diff -q $$f build/lock/$$f >/dev/null \
		|| { echo "$$f no longer follows from what it is made of; run: make lock"; exit 1; }; done
	@echo "Lock files follow from pyproject.toml and policy/requirements.in."

.PHONY: policy-venv
policy-venv: policy/.venv/installed ## Install what the policy pack needs in the engine, apart from the program
policy/.venv/installed: policy/requirements.txt
	@echo "Installing the locked packages of the policy pack into policy/.venv" >&2
	@$(PYTHON) -m venv policy/.venv
	@policy/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
		-r policy/requirements.txt
	@touch $@

.PHONY: toolchain
toolchain: ## Get the Pulumi engine and its providers into the cache
	@$(PYTHON) -m local.toolchain

.PHONY: venv
venv: .venv/installed
.venv/installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing the locked Python packages into .venv" >&2
	@$(PYTHON) -m venv .venv
	@# --no-compile halves the time: of pulumi_aws a program loads a tenth, and Python compiles that once.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
		-r requirements-dev.txt
	@touch $@
