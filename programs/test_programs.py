"""Published WASI programs do the same on both engines of `wasmrt` and on wasmtime.

Run by `make programs`. `$WASMRT` names the command; unless set, it is the one that cargo built last.
"""

import hashlib
import os
import pathlib
import shutil
import tempfile
import unittest

import wasmtime

import catalog
import job

ROOT = catalog.HERE.parent
WASMRT = os.environ.get("WASMRT") or str(ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug/wasmrt")
LEAST_BYTES = 500_000


def on_wasmrt(program: catalog.Program, module: pathlib.Path, engine: str) -> tuple[job.Outcome, str]:
    def command(root: pathlib.Path) -> list[str]:
        options = ["--engine", engine, "--argv0", program.argv[0], "--dir", f"{root}::/"]
        for name, value in program.env.items():
            options += ["--env", f"{name}={value}"]
        return [WASMRT, "run", *options, str(module), *program.argv[1:]]

    return job.carry_out(program, command)


def on_wasmtime(program: catalog.Program, module: pathlib.Path) -> job.Outcome:
    config = wasmtime.Config()
    config.cranelift_opt_level = "none"  # Compiling takes longer than the jobs.
    engine = wasmtime.Engine(config)
    with job.directory(program) as root, tempfile.TemporaryDirectory() as scratch:
        stdout = pathlib.Path(scratch) / "stdout"
        wasi = wasmtime.WasiConfig()
        wasi.argv = program.argv
        wasi.env = list(program.env.items())
        wasi.stdin_file = job.stdin_of(root)
        wasi.stdout_file = stdout
        wasi.stderr_file = pathlib.Path(scratch) / "stderr"
        wasi.preopen_dir(str(root), "/")
        store = wasmtime.Store(engine)
        store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        instance = linker.instantiate(store, wasmtime.Module.from_file(engine, str(module)))
        exit_code = 0
        try:
            instance.exports(store)["_start"](store)
        except wasmtime.ExitTrap as exit:
            exit_code = exit.code
        return job.Outcome(exit_code, stdout.read_bytes(), job.files_below(root))


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        if shutil.which(WASMRT) is None:
            raise FileNotFoundError(f"{WASMRT} is missing: run `cargo build`, or name the command in $WASMRT")

    def assert_agreement(self, program: catalog.Program) -> None:
        module = program.fetch()
        self.assertTrue(program.is_bundled or module.stat().st_size > LEAST_BYTES)
        expected = on_wasmtime(program, module)
        self.assertEqual(expected.exit_code, program.exit_code)
        self.assertEqual(hashlib.sha256(expected.stdout).hexdigest(), program.stdout_sha256, expected.stdout[:2000])
        for engine in ["jit", "interpreter"]:
            with self.subTest(engine=engine):
                outcome, stderr = on_wasmrt(program, module, engine)
                self.assertEqual(outcome.exit_code, expected.exit_code, stderr)
                self.assertEqual(outcome.stdout, expected.stdout, stderr)
                self.assertEqual(outcome.files, expected.files)


def _add_tests() -> None:
    for program in catalog.programs().values():
        name = f"test_{program.name.replace('-', '_')}_does_the_same_on_both_engines_and_on_wasmtime"
        setattr(Programs, name, lambda self, program=program: self.assert_agreement(program))


_add_tests()


class Bundled(unittest.TestCase):
    def test_the_binary_is_what_its_text_says(self) -> None:
        program = catalog.programs()["primes"]
        module = program.fetch()
        self.assertEqual(module.read_bytes(), bytes(wasmtime.wat2wasm(module.with_suffix(".wat").read_text())))
        self.assertEqual(hashlib.sha256(module.read_bytes()).hexdigest(), program.sha256)
