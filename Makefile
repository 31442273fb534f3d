# Each target is one line that a person could type.

.PHONY: demo test soak lint capi install go-lib go-test clean

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
	$(MAKE) go-test

soak: ## what takes long: C and Go programs with many cycles, C under valgrind, Go with its race detector and beside wazero
	$(MAKE) --directory capi soak
	$(MAKE) --directory go lib soak

lint: ## format and lints
	@.ci/require cargo rustfmt clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

capi: ## libwasmrt.a, libwasmrt.so, wasmrt.h and wasmrt.pc, below target/capi/dev; with PROFILE=dist below dist/capi
	$(MAKE) --directory capi lib PROFILE=$(PROFILE)

install: ## the shipped form of the same, below PREFIX=/usr/local
	$(MAKE) --directory capi install PROFILE=dist

go-lib: ## libwasmrt.a and wasmrt.h where cgo finds them, so that `go test ./...` works in go/
	$(MAKE) --directory go lib PROFILE=$(PROFILE)

go-test: go-lib ## the Go package and its examples
	$(MAKE) --directory go test

clean: ## everything that was built
	cargo clean
