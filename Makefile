# Each target is one line that a person could type.

.PHONY: demo test soak lint capi install clean

PROFILE ?= dev

demo: ## the example guests, on both engines
	@.ci/require cargo
	cargo build --quiet --package wasmrt-cli
	cargo run --quiet --package wasmrt-cli -- run examples/wat/hello.wat
	cargo run --quiet --package wasmrt-cli -- run --engine interpreter examples/wat/hello.wat
	cargo run --quiet --package wasmrt-cli -- run --invoke fib examples/wat/fib.wat 30

test: lint ## what every change must pass
	cargo test --workspace
	$(MAKE) --directory capi test

soak: ## what takes long: many instances, many random modules, the C programs with many cycles and under valgrind
	WASMRT_ENDURANCE_INSTANCES=100000 cargo test --package libwasmrt --test endurance -- --nocapture
	WASMRT_DIFFERENTIAL_MODULES=10000 cargo test --package libwasmrt --test differential -- --nocapture
	$(MAKE) --directory capi soak

lint: ## format and lints
	@.ci/require cargo rustfmt clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

capi: ## libwasmrt.a, libwasmrt.so, wasmrt.h and wasmrt.pc, below target/capi/dev; with PROFILE=dist below dist/capi
	$(MAKE) --directory capi lib PROFILE=$(PROFILE)

install: ## the shipped form of the same, below PREFIX=/usr/local
	$(MAKE) --directory capi install PROFILE=dist

clean: ## everything that was built
	cargo clean
