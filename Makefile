# make demo    deploys an example before your eyes    EXAMPLE=name   ONCE=1: install, uninstall and end
#                                                    HOSTS=lxc: in containers, as root
# make test    checks everything
# make test-cluster   stands up the cluster of install/ in containers, as root, and lets it lose what it can lose
# make clean   removes what the other two made

PYTHON ?= python3
EXAMPLE ?= appli
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find tosca engine worker manager -name '*.py' -o -name '*.yaml' -path 'tosca/*' -o -path 'manager/web/*' -type f) setup.py pyproject.toml
CHECKED := tosca engine worker manager install $(wildcard benchmarks) tests

.PHONY: demo test test-cluster clean

demo: $(VENV)/.installed
	$(BIN)/ditrit demo $(EXAMPLE) $(if $(ONCE),--once) $(if $(HOSTS),--hosts $(HOSTS))

test: $(VENV)/.installed-test
	@command -v curl > /dev/null || { echo "make test needs curl: it runs the lines of the README" >&2; exit 1; }
	@tests/support/install-servers || test -z "$$CI"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CHECKED)
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

test-cluster: $(VENV)/.installed-test
	@tests/support/install-servers || test -z "$$CI"
	$(BIN)/python -m pytest tests/install

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python $(SOURCES)
	@echo "installing into $(VENV): a minute at most, and only now"
	rm -rf build
	$(BIN)/pip install --quiet --disable-pip-version-check .
	touch $@

$(VENV)/.installed-test: $(BIN)/python setup.py pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@ $(VENV)/.installed
