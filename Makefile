# Each target is one line that a person could type.

.PHONY: demo test portable programs soak sanitize lint capi python install go-lib go-test clean

PROFILE ?= dev
# For each fuzz target in `make soak`.
FUZZ_SECONDS ?= 600

demo: .venv/bin/pip ## one published program from the command line, C, Python and Go, on both engines
	@.ci/require cargo cc ld objcopy pkg-config go
	.venv/bin/python demo/run.py

test: lint ## what every change must pass
	cargo test --locked --workspace
	$(MAKE) portable
	$(MAKE) --directory capi test
	$(MAKE) --directory python test
	$(MAKE) go-test
	$(MAKE) programs

portable: ## the tests of Rust, C, Go and Python on what any system with Rust's std has: no guard pages, no signals, no JIT
	@.ci/require cargo go
	cargo test --locked --workspace --features libwasmrt/portable
	$(MAKE) --directory capi portable
	$(MAKE) --directory go portable
	$(MAKE) --directory python portable

programs: .venv/bin/pip ## published programs on both engines, against wasmtime
	cargo build --locked --package wasmrt-cli
	.venv/bin/python -m pip install --quiet --requirement programs/requirements.txt
	.venv/bin/python -m unittest discover --verbose --start-directory programs

soak: ## what takes long: many instances, random modules, fuzzing, C and Go programs with many cycles, C under valgrind, Go with its race detector and beside wazero
	WASMRT_ENDURANCE_INSTANCES=100000 cargo test --locked --workspace --test endurance -- --nocapture
	WASMRT_ALLOCATION_MIB=10240 cargo test --locked --workspace --test allocation -- --nocapture
	WASMRT_DIFFERENTIAL_MODULES=10000 cargo test --locked --workspace --test differential -- --nocapture
	core/fuzz/run.sh $(FUZZ_SECONDS)
	$(MAKE) --directory capi soak
	$(MAKE) --directory python soak
	$(MAKE) --directory go lib soak

ASAN := RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_stack_use_after_return=0:detect_odr_violation=0
ASAN_TARGET := --locked --target x86_64-unknown-linux-gnu --target-dir target/asan

sanitize: ## the core's tests and the C programs under AddressSanitizer, with its search for leaks; builds everything anew
	$(ASAN) cargo test $(ASAN_TARGET) --workspace --exclude wasmrt-python --lib --test behaviour --test conformance --test fork
	$(ASAN) cargo build $(ASAN_TARGET) --package wasmrt-capi-artifact
	capi/tests/c/sanitize.sh target/asan/x86_64-unknown-linux-gnu/debug/libwasmrt.a

lint: ## format and lints
	@.ci/require cargo rustfmt clippy
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --workspace --all-targets --features libwasmrt/portable -- -D warnings

capi: ## libwasmrt.a, libwasmrt.so, wasmrt.h and wasmrt.pc, below target/capi/dev; with PROFILE=dist below dist/capi
	$(MAKE) --directory capi lib PROFILE=$(PROFILE)

python: ## the Python package, in .venv
	$(MAKE) --directory python develop PROFILE=$(PROFILE)

install: ## the shipped form of the same, below PREFIX=/usr/local
	$(MAKE) --directory capi install PROFILE=dist

go-lib: ## libwasmrt.a and wasmrt.h where cgo finds them, so that `go test ./...` works in go/
	$(MAKE) --directory go lib PROFILE=$(PROFILE)

go-test: go-lib ## the Go package and its examples
	$(MAKE) --directory go test

.venv/bin/pip:
	@.ci/require python3
	python3 -m venv .venv

clean: ## everything that was built
	cargo clean && rm -rf .venv
