# The few verbs people type. Each sets up what it needs; nothing is installed twice.
PORT ?= 8501
PYTHON ?= python3
export PYTHON

.PHONY: run test lint format bench conformance key clean

run: ## start Benchtop on http://127.0.0.1:$(PORT)
	@scripts/setup.sh run
	@exec .venv/bin/python -m streamlit run app.py --server.port $(PORT)

test: ## lint, then every test, a real browser included
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory lint
	@.venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: ## style, types and layers
	@[ -e .venv/.installed-test ] || scripts/setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/lint-imports

format: ## rewrite the code in the project's style
	@[ -e .venv/.installed-test ] || scripts/setup.sh test
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: ## measure what the README promises; prints figures, fails on none
	@scripts/setup.sh test
	@.venv/bin/python -m scripts.bench

conformance: ## count the judge's verdicts against a copy of JSON-Schema-Test-Suite: SUITE=FOLDER
	@scripts/setup.sh run
	@.venv/bin/python -m scripts.conformance "$(SUITE)"

key: ## print a new key for ENCRYPTION_KEY
	@scripts/setup.sh run
	@.venv/bin/python -c "from core.encryption import make_key; print(make_key())"

clean: ## remove what make has installed; data in .benchtop stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
