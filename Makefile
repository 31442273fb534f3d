# Each target is one line that a person could type.

.PHONY: demo test programs lint clean

demo: .venv/bin/pip ## one published program from the command line, C, Python and Go, on both engines
	@.ci/require cargo cc ld objcopy pkg-config go
	.venv/bin/python demo/run.py

test: lint ## what every change must pass
	cargo test --workspace
	$(MAKE) programs

programs: .venv/bin/pip ## published programs on the command that cargo built last, against wasmtime
	.venv/bin/python -m pip install --quiet --requirement programs/requirements.txt
	.venv/bin/python -m unittest discover --verbose --start-directory programs

.venv/bin/pip:
	@.ci/require python3
	python3 -m venv .venv

lint: ## format and lints
	@.ci/require cargo rustfmt clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

clean: ## everything that was built
	cargo clean && rm -rf .venv
