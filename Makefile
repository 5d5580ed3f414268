# GNU make 3.81 (macOS) or newer.

PYTHON ?= python3
BIN := .venv/bin
UV ?= uv
NPM ?= npm

.DEFAULT_GOAL := help

.PHONY: help
help: ## list what can be made
	@awk 'BEGIN { FS = ":[^#]*## " } /^[a-z-]+:[^#]*## / { printf "make %-12s  %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## make .venv with everything in it (the first time builds llama.cpp: some minutes)
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Pylot needs Python 3.11 or newer: install it (Debian/Ubuntu: apt install python3 python3-venv; macOS: brew install python), then run make again." >&2; exit 1; }
	@PYTHONPATH=server $(PYTHON) -m setup

.PHONY: demo
demo: setup ## watch ghost text appear in a real file
	@$(BIN)/pylot demo

.PHONY: check
check: setup ## lint, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: test
test: check extension-test bubblewrap ## check, then every test that takes less than minutes
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile

# Where it cannot be had, the tests of its sandbox are skipped, and that is said.
.PHONY: bubblewrap
bubblewrap: setup
	@$(BIN)/python -m tests.support.bubblewrap

.PHONY: test-slow
test-slow: llama-server ## the tests that take minutes
	@$(BIN)/python -m pytest -q -m slow

# Not every machine that serves Neovim has node: without it the extension is left out, and that is said.
.PHONY: extension-test
extension-test:
	@if command -v $(NPM) >/dev/null 2>&1; then $(MAKE) --no-print-directory node_modules/.installed && $(NPM) --silent --workspace vscode-extension run check && $(NPM) --silent --workspace vscode-extension test; \
	else echo "There is no npm here, so the VS Code extension is not tested."; fi

node_modules/.installed: package-lock.json
	@command -v $(NPM) >/dev/null 2>&1 || { echo "The VS Code extension needs npm: install Node.js 20 or newer (Debian/Ubuntu: apt install npm; macOS: brew install node), then run make again." >&2; exit 1; }
	@$(NPM) ci --silent
	@touch $@

.PHONY: editors
editors: editors-terminal editors-vscode ## drive VS Code, Neovim and Helix (the first time installs them: minutes)

.PHONY: editors-installed
editors-installed: setup
	@$(BIN)/python -m tests.editors.install

.PHONY: editors-terminal
editors-terminal: editors-installed ## drive Neovim and Helix on a screen of their own
	@$(BIN)/python -m pytest -q -m editors tests/editors
	@node tests/editors/pictures.mjs build/editors/terminal

.PHONY: editors-vscode
editors-vscode: editors-installed package ## drive the extension in a real VS Code in a browser
	@node tests/editors/vscode/run.mjs $(EDITOR_TESTS)

.PHONY: llama-server
llama-server: setup ## build llama.cpp's own server to test with (the first time takes minutes)
	@PYTHONPATH=server $(BIN)/python -m setup llama-server

.PHONY: embedder
embedder: setup ## fetch and convert the embedder in the box, where `make setup` could not
	@PYTHONPATH=server $(BIN)/python -m setup embedder

.PHONY: bench
bench: bench-models ## measure what docs/performance.md reports, but for the memory of large models
	@$(BIN)/python -m tests.bench.run

.PHONY: bench-models
bench-models: llama-server ## measure Pylot beside llama-server at 0.5B and 1.5B, into docs/performance.md (half an hour)
	@$(BIN)/python -m tests.bench.beside_llama_server

.PHONY: eval-search
eval-search: setup ## measure how well search finds, beside its record
	@$(BIN)/python -m tests.bench.search_quality

# CONTEXT=--ghost-text asks the shipped model too; HELD_OUT is a folder of `python -m training.heldout FOLDER`.
.PHONY: eval-context
eval-context: setup ## measure what the context of ghost text is worth, beside its record
	@PYTHONPATH=server $(BIN)/python -m tests.bench.context $(if $(HELD_OUT),--held-out $(HELD_OUT)) $(CONTEXT)

# On Linux a plain `torch` brings CUDA along; TORCH=torch==2.13.0+cpu or the like takes another build.
TORCH ?= torch>=2.9
TRAINING := PYTHONPATH=server $(BIN)/python -m training

.PHONY: training
training: setup ## install what training the shipped model needs (PyTorch) into .venv
	@$(BIN)/python -c "import torch, tokenizers" 2>/dev/null || $(BIN)/python -m pip install --quiet "$(TORCH)" "tokenizers>=0.22"

.PHONY: model
model: training ## train the model in the box from nothing: hours (docs/training.md)
	@$(TRAINING) all --table docs/training-data.md

.PHONY: model-check
model-check: setup ## complete held-out lines with the shipped model
	@$(TRAINING) evaluate --models server/pylot/models/shipped/*.gguf

.PHONY: docs
docs: setup ## write docs/configuration.md from the settings models
	@$(BIN)/pylot config reference > docs/configuration.md.new
	@mv docs/configuration.md.new docs/configuration.md

.PHONY: format
format: setup ## put the code into its one format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: lock
lock: ## resolve pyproject.toml into requirements.lock (needs uv)
	@$(UV) pip compile pyproject.toml --extra engine --extra index --extra languages --extra build --extra dev --universal --python-version 3.11 \
		--generate-hashes --custom-compile-command "make lock" --quiet --output-file requirements.lock

.PHONY: package
package: setup node_modules/.installed ## build the wheel and the VS Code extension into dist/
	@$(BIN)/python -m hatchling build -t wheel
	@cp LICENSE vscode-extension/LICENSE
	@$(NPM) --silent --workspace vscode-extension run package

.PHONY: clean
clean: ## remove .venv and everything that was built or cached here
	rm -f server/pylot/index/embedding/shipped/*.onnx server/pylot/index/embedding/shipped/vocab.txt
	rm -rf .venv build dist node_modules vscode-extension/dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find server tests -name __pycache__ -type d -prune -exec rm -rf {} +
