# Everything a developer needs; `make serve` and `make test` work on a fresh machine with Python 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
JOBS ?= 2
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: serve build test check bench approve texts lock tools clean

serve: $(READY)
	$(BIN)/citygraph build
	$(BIN)/citygraph serve

build: $(READY)
	$(BIN)/citygraph build

test: $(READY) tools
	$(BIN)/pytest -n $(JOBS)

check: $(READY)
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m bench

# Rewrites the expected results; the difference is reviewed like code.
approve: $(READY)
	CITYGRAPH_APPROVE=1 $(BIN)/pytest -n 0 tests/shapes tests/queries

# Brings the catalogues of texts up to date with templates, modules and queries; what is new waits for its translation.
TEXTS := src/citygraph/web/translations
texts: $(READY)
	$(BIN)/pybabel --quiet extract --mapping-file $(TEXTS)/babel.toml --keyword marked --keyword Problem:2 \
		--add-location file --output-file .venv/messages.pot .
	$(BIN)/pybabel --quiet update --input-file .venv/messages.pot --output-dir $(TEXTS) --width 116 \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

# Independent readers of what we serve: rapper (Debian's raptor2-utils) and Comunica (npm, with Node.js from PyPI).
tools: $(READY) tests/clients/node_modules/ready
	command -v rapper >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq raptor2-utils; }

tests/clients/node_modules/ready: tests/clients/package.json
	PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix tests/clients install --no-audit --no-fund --loglevel=error
	touch $@

lock: $(READY)
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --upgrade -o requirements.lock

clean:
	rm -rf .venv releases dist tests/clients/node_modules
