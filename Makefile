# Everything here works in a fresh checkout on Debian with Python 3.11 or later (with venv), git and make.

PYTHON ?= python3
PIP = .venv/bin/pip install --quiet --disable-pip-version-check

.PHONY: help demo test check format lock train accuracy throughput clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: .venv/run ## See the whole service at work on embedded servers and sample mail
	.venv/bin/intake demo

test: .venv/dev ## Run all tests (installs the Debian packages they need, as root or with sudo)
	.ci/install-debian-packages
	@# Side by side, for two cores: the tests of the running service, which wait much, and all others.
	.venv/bin/python -m pytest tests/intake & service=$$!; \
	.venv/bin/python -m pytest --ignore=tests/intake; others=$$?; \
	wait $$service && exit $$others

check: .venv/dev ## Format, lint, types, import order, Dockerfile
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/hadolint Dockerfile

format: .venv/dev ## Format the code and mend what the linter can
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

train: .venv/dev ## Train the parsers' models from the corpus (some minutes on two cores)
	@# One core for each process: they are side by side already.
	OPENBLAS_NUM_THREADS=1 .venv/bin/python -m benchmarks.train

accuracy: .venv/dev ## Score the corpus, and fail when a figure is below the committed floor
	.venv/bin/python -m benchmarks.accuracy --floor benchmarks/accuracy_floor.json

throughput: .venv/dev ## Measure the whole way of a thousand mails against the floor of the same run
	.ci/install-debian-packages
	.venv/bin/python -m benchmarks.throughput

lock: .venv/dev ## Renew the locked requirements from pyproject.toml
	.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade --output-file requirements.txt
	.venv/bin/uv pip compile pyproject.toml --extra dev --constraint requirements.txt --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade --output-file requirements-dev.txt

.venv/run: requirements.txt pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) --require-hashes --requirement requirements.txt
	$(PIP) --no-deps --editable .
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(PIP) --require-hashes --requirement requirements-dev.txt
	@touch $@
