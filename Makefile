# Assumes Python >= 3.11, < 3.14, git and make; everything else comes from the lock.
.PHONY: demo test slow types lock results clean

BIN := .venv/bin
INSTALLED := .venv/.installed

demo: $(INSTALLED)
	$(BIN)/zoo translate --verbose "A man is riding a bicycle down the street." \
	    --plot alignment.png --force
	@echo "alignment    alignment.png"

test: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest

slow: $(INSTALLED)
	$(BIN)/python -m pytest -m "slow and not network"

# Fetches the type checker itself on its first run.
types: $(INSTALLED)
	$(BIN)/pyright

# The README's tables, from the cards in saved_models/.
results: $(INSTALLED)
	$(BIN)/python -m zoo.evaluate.results README.md

lock:
	uv pip compile --universal --python-version 3.11 --no-emit-index-url \
	    --no-annotate --no-header --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis

# The interpreter: PYTHON=..., or else the first fitting one on the path.
$(INSTALLED): requirements.lock pyproject.toml
	@$(BIN)/python -c "" 2>/dev/null && exit; \
	for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	    $$python -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" \
	        2>/dev/null || continue; \
	    echo "creating .venv with $$python"; \
	    exec $$python -m venv --clear .venv; \
	done; \
	echo "No Python >= 3.11, < 3.14 found: install one, or name it: make PYTHON=..." >&2; \
	exit 1
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps \
	    --no-build-isolation --editable .
	@touch $@
