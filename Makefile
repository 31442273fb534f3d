# Each target is one line that a person could type.

.PHONY: demo test lint clean

demo: ## the example guests, on both engines
	@.ci/require cargo
	cargo build --quiet --package wasmrt-cli
	cargo run --quiet --package wasmrt-cli -- run examples/wat/hello.wat
	cargo run --quiet --package wasmrt-cli -- run --engine interpreter examples/wat/hello.wat
	cargo run --quiet --package wasmrt-cli -- run --invoke fib examples/wat/fib.wat 30

test: lint ## what every change must pass
	cargo test --workspace

lint: ## format and lints
	@.ci/require cargo rustfmt clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

clean: ## everything that was built
	cargo clean
