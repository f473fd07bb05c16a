# HELPO. `make help` lists what there is. Needs Python 3.11+, make and a C compiler; Python 3.10 for Rasa.
# Stamps in the environments remember what they were made from, so a warm `make run` starts at once.

UV := .tools/bin/uv
PY := .venv/bin/python
HELPO := $(PY) -m bot
# Looked up only where an environment is made.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
SYSTEM_CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt)

# The machine's own certificates, so that installs work behind a company's or a city's proxy.
export UV_SYSTEM_CERTS ?= 1
export PIP_CERT ?= $(SYSTEM_CERTIFICATES)
# Nothing is fetched but packages: a Python that is missing is named, not downloaded.
export UV_PYTHON_DOWNLOADS ?= never
export UV_NO_PROGRESS ?= 1

COMPILE := pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate

.PHONY: help run test soak test-fast setup setup-test nlu browser lint types content train bench lock

help: ## この一覧
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## すべてを入れて起動し、画面のアドレスとデモのログインを表示（Ctrl-C で終了）
	@# Without Python 3.10 it says so in one line, and HELPO runs with menus and persons only.
	@$(MAKE) --no-print-directory nlu 2>&1 | grep -v '^make' || true
	@# The tether ends HELPO in order when make itself is killed.
	@exec $(PY) -I -S bot/up/parent_death.py $$PPID 15 - 0 -- $(HELPO) up

test: setup-test nlu browser lint types content train ## 検査のすべて（書式・型・依存・内容・テスト一式）
	$(PY) -m pytest -q -n 2 --dist loadfile -m "not slow" $(PYTEST_ARGS)
	@# What starts whole installations and kills them wants the machine for itself.
	$(PY) -m pytest -q -m "slow and not soak" $(PYTEST_ARGS)

soak: setup-test ## 長い検査（プロセスを次々に止める。ほかに何も動いていない機械で）
	KILL_TEST_SECONDS=120 $(PY) -m pytest -q -s -m soak $(PYTEST_ARGS)
	KILL_TEST_SECONDS=120 $(PY) -m pytest -q -s tests/faults/test_kill.py $(PYTEST_ARGS)

test-fast: setup-test lint ## 手元での速い検査（Rasa・ブラウザー・遅いテストを除く）
	$(PY) -m pytest -q -x -m "not rasa and not browser and not slow" $(PYTEST_ARGS)

lint: setup-test ## 書式とインポートの規則
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports --no-cache

types: setup-test ## 型
	$(PY) -m mypy

content: setup ## data/ の内容
	$(PY) scripts/check_content.py

train: setup nlu ## Rasa の学習（データが変わったときだけ）
	$(HELPO) nlu train

bench: train ## 計測（var/bench.json に書き出す）
	@mkdir -p var
	$(HELPO) bench --json var/bench.json

lock: $(UV) ## 依存の固定ファイルを更新
	$(UV) $(COMPILE) --python-version 3.11 -o requirements.lock pyproject.toml
	$(UV) $(COMPILE) --python-version 3.11 --group pyproject.toml:dev -o requirements-dev.lock pyproject.toml
	cd nlu && ../$(UV) $(COMPILE) --python-version 3.10 -o requirements.lock pyproject.toml
	echo uv | $(UV) $(COMPILE) --python-version 3.11 -o .ci/uv.lock -

# A process that compiles what it imports takes seconds longer to come back after a kill.
setup: .venv/.ready
	@$(PY) -m compileall -q bot core facilities handoff shop
setup-test: .venv/.test-ready setup
	@:
nlu: nlu/.venv/.ready
	@:
browser:
	@.ci/browser

$(UV): .ci/uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 以上が必要です。入れてからもう一度実行してください（例: pyenv install 3.11）。" >&2; exit 1; }
	@echo "uv を入れています"
	@$(PYTHON) -m venv --clear .tools >/dev/null || { echo "$(PYTHON) の venv が使えません（例: apt-get install python3-venv）。" >&2; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .ci/uv.lock
	@touch $@

.venv/.made: $(UV)
	@$(UV) venv --quiet --clear --python "$(PYTHON)" .venv
	@touch $@

.venv/.ready: requirements.lock pyproject.toml .venv/.made
	@echo "アプリの部品を入れています"
	@$(UV) pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test-ready: requirements-dev.lock .venv/.ready
	@echo "検査の道具を入れています"
	@$(UV) pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements-dev.lock
	@touch $@

# Called inside nlu/, where .python-version says 3.10: uv and pyenv choose by it.
nlu/.venv/.ready: nlu/requirements.lock nlu/.python-version $(UV)
	@cd nlu && ../$(UV) venv --quiet --clear --python 3.10 .venv 2>/dev/null || { \
		echo "Python 3.10 が見つかりません。ことばの理解（Rasa）に必要です。pyenv install 3.10 か .tools/bin/uv python install 3.10 で入れて、もう一度実行してください。" >&2; exit 1; }
	@echo "ことばの理解（Rasa）の部品を入れています"
	@cd nlu && ../$(UV) pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
	@touch $@
