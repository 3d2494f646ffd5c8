# Sampark: `make demo` shows the main job on this machine, `make test` proves it. Both do all the set-up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
# A missing server must fail the tests that need it, not skip them.
export SAMPARK_REQUIRE_POSTGRESQL := 1
# Most tests wait for something real: two processes take half the time of one, also on two cores.
PROCESSES ?= 2
# Calls and pages wait even more than they work.
CALLING ?= 3
BIN := .venv/bin
ROOT_DO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# program:package, for programs that the product itself runs, and for those that only its tests run
PRODUCT_PROGRAMS := sox:sox espeak-ng:espeak-ng openssl:openssl
TEST_PROGRAMS := sipp:sip-tester baresip:baresip-core chromium:chromium pg_ctlcluster:postgresql \
  pdftoppm:poppler-utils
PANGO := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core
HINDI_FONT := /usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf
# sox reads MP3 recordings with this; Debian's sox does not bring it.
MP3 := libsox-fmt-mp3

.PHONY: help demo run test check web-tests quick asterisk-tests bench setup setup-tests clean

help:            ## this list
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 20

demo: setup      ## two campaigns on two real Asterisks on loopback, then the report
	$(BIN)/dialer demo

run: setup       ## the daemon with its Asterisk, in the foreground; CARRIER=1: the simulated carrier too
	$(BIN)/dialer init
	$(BIN)/dialer prompts build
	$(BIN)/dialer asterisk up $(if $(CARRIER),--carrier)
	$(BIN)/dialer serve

test: setup-tests check web-tests quick asterisk-tests  ## everything: style, types, unit tests, real Asterisk, browser

check: setup-tests  ## style, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && npm run --silent check

web-tests: setup-tests  ## the front end's own tests
	cd web && npm test --silent

quick: setup-tests
	$(BIN)/pytest -q -n $(PROCESSES) --dist worksteal -m "not asterisk and not browser"

asterisk-tests: setup-tests
	$(BIN)/pytest -q -n $(CALLING) --dist worksteal -m "asterisk or browser"

bench: setup-tests  ## all claims of speed, or one with BENCH=name
	$(BIN)/python -m bench $(BENCH)

setup: .venv/.ready web/dist/index.html
	@$(call need,$(PRODUCT_PROGRAMS))
	@[ -e $(HINDI_FONT) ] || { echo "installing system packages: $(PANGO)"; $(ROOT_DO) apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $(ROOT_DO) apt-get install -yqq --no-install-recommends $(PANGO) >/dev/null; }
	@dpkg-query -W -f '$${Status}' $(MP3) 2>/dev/null | grep -q 'ok installed' || { \
	  echo "installing system packages: $(MP3)"; $(ROOT_DO) apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $(ROOT_DO) apt-get install -yqq --no-install-recommends $(MP3) >/dev/null; }

setup-tests: setup
	@$(call need,$(TEST_PROGRAMS))

# Install the Debian packages of the programs that are missing, and say so.
define need
missing=""; \
for pair in $(1); do \
  PATH="$$PATH:/usr/sbin:/usr/lib/postgresql" command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair##*:}"; \
done; \
if [ -n "$$missing" ]; then \
  echo "installing system packages:$$missing"; \
  $(ROOT_DO) apt-get update -qq; \
  DEBIAN_FRONTEND=noninteractive $(ROOT_DO) apt-get install -yqq --no-install-recommends $$missing >/dev/null; \
fi
endef

.venv/.ready: requirements.lock pyproject.toml $(wildcard dialer/locale/*/LC_MESSAGES/*.po)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Sampark needs Python 3.11 or later; set PYTHON=...")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "installing system packages: python3-venv"; $(ROOT_DO) apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $(ROOT_DO) apt-get install -yqq python3-venv >/dev/null; }
	@[ -x $(BIN)/python ] || { echo "making .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing the locked Python packages"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . \
	  2> .venv/install.log || { cat .venv/install.log; exit 1; }
	@$(BIN)/python -m dialer.catalogs build
	@touch $@

web/node_modules/.ready: web/package-lock.json
	@command -v npm >/dev/null || { echo "installing system packages: nodejs npm"; $(ROOT_DO) apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $(ROOT_DO) apt-get install -yqq --no-install-recommends nodejs npm >/dev/null; }
	@echo "installing the locked Node.js packages"
	@cd web && npm ci --ignore-scripts --silent
	@touch $@

web/dist/index.html: web/node_modules/.ready web/build.mjs $(shell find web/src -type f)
	@echo "building the desk"
	@cd web && npm run --silent build

clean:           ## remove what was made here, but not the data in var/
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache web/dist web/build web/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
