"""Modules, instances, memories, tables, globals and linkers."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

import wasmrt

from .conftest import Instantiate

MODULE = """(module $named
  (import "env" "f" (func (param i32) (result i64)))
  (memory (export "memory") 1 3)
  (table (export "table") 2 5 funcref)
  (global (export "counter") (mut i32) (i32.const 7))
  (global (export "pi") f64 (f64.const 3.14))
  (func $double (export "double") (param i32) (result i32) local.get 0 i32.const 2 i32.mul)
  (func (export "load") (param i32) (result i32) local.get 0 i32.load8_u)
  (func (export "call") (param i32) (result i64) local.get 0 call 0)
  (elem (i32.const 0) $double))"""


@pytest.fixture
def exports(instantiate: Instantiate) -> wasmrt.Exports:
    return instantiate(MODULE, {"env": {"f": lambda value: value * 2}})


def test_a_module_says_what_it_imports_and_exports(engine: wasmrt.Engine) -> None:
    module = wasmrt.Module(engine, MODULE)
    assert module.name == "named"
    [imported] = module.imports
    assert (imported.module, imported.name) == ("env", "f")
    assert imported.type == wasmrt.FuncType(["i32"], ["i64"])
    types = {export.name: export.type for export in module.exports}
    assert types["memory"] == wasmrt.MemoryType(1, 3)
    assert types["table"] == wasmrt.TableType("funcref", 2, 5)
    assert types["counter"] == wasmrt.GlobalType("i32", mutable=True)
    assert types["double"] == wasmrt.FuncType(["i32"], ["i32"])
    assert hash(types["pi"]) == hash(wasmrt.GlobalType("f64"))
    assert module.binary.startswith(b"\0asm")
    assert (module.code_bytes > 0) == (engine.strategy == "jit")


def test_modules_come_as_text_bytes_buffers_and_files(engine: wasmrt.Engine, tmp_path: Path) -> None:
    binary = wasmrt.Module(engine, "(module)").binary
    for source in (binary, bytearray(binary), memoryview(binary), b"(module)"):
        assert wasmrt.Module(engine, source).binary == binary
    path = tmp_path / "module.wasm"
    path.write_bytes(binary)
    assert wasmrt.Module.from_file(engine, path).binary == binary
    wasmrt.Module.validate(engine, binary)
    with pytest.raises(TypeError):
        wasmrt.Module(engine, 5)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        wasmrt.Module.from_file(engine, tmp_path / "missing")


def test_bad_modules_say_where_they_are_bad(engine: wasmrt.Engine) -> None:
    with pytest.raises(wasmrt.DecodeError) as decode:
        wasmrt.Module(engine, b"\0asm\1\0\0\0\xff")
    assert decode.value.kind == "Decode"
    with pytest.raises(wasmrt.ValidateError) as validate:
        wasmrt.Module(engine, "(module (func (result i32)))")
    assert validate.value.offset > 0


def test_modules_pickle_and_keep_their_engine(engine: wasmrt.Engine) -> None:
    module = wasmrt.Module(engine, MODULE)
    again = pickle.loads(pickle.dumps(module))
    assert again.binary == module.binary
    assert again.engine is engine
    assert copy.deepcopy(module).engine is engine
    assert pickle.loads(pickle.dumps(wasmrt.FuncType(["i32"], []))) == wasmrt.FuncType(["i32"], [])


def test_modules_from_one_engine_share_one_in_another_process(engine: wasmrt.Engine) -> None:
    text = '(module (func (export "f") (result i32) i32.const 5))'
    pickles = [pickle.dumps(wasmrt.Module(engine, text)) for _ in range(2)]
    script = (
        "import pickle, sys, wasmrt\n"
        "one, two = (pickle.loads(bytes.fromhex(arg)) for arg in sys.argv[1:])\n"
        "assert one.engine is two.engine\n"
        "store = wasmrt.Store(one.engine)\n"
        "print(one.engine.strategy, wasmrt.Instance(store, two).exports.f())\n"
    )
    command = [sys.executable, "-c", script, *(one.hex() for one in pickles)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [engine.strategy, "5"]


def test_exports_are_a_mapping_with_attributes(exports: wasmrt.Exports) -> None:
    assert list(exports)[:2] == ["memory", "table"]
    assert len(exports) == 7
    assert "double" in exports
    assert "nothing" not in exports
    assert exports["double"](4) == exports.double(4) == 8
    assert exports.get("nothing") is None
    assert dict(exports).keys() == exports.keys()
    with pytest.raises(KeyError):
        exports["nothing"]
    with pytest.raises(AttributeError, match="no export `nothing`"):
        _ = exports.nothing


def test_an_exported_function_is_a_builtin_function(exports: wasmrt.Exports) -> None:
    assert type(exports.double) is type(len)
    assert exports.double.__name__ == "double"
    builtin: Any = exports.double
    func = builtin.__self__
    assert isinstance(func, wasmrt.Func)
    assert func.type == wasmrt.FuncType(["i32"], ["i32"])
    assert func(3) == func.call(3) == 6


def test_a_memory_is_a_buffer_that_stays_good(store: wasmrt.Store, exports: wasmrt.Exports) -> None:
    memory = exports.memory
    view = memoryview(memory)
    array = numpy.frombuffer(memory, dtype=numpy.uint8)
    assert view.nbytes == array.size == len(memory) == 65536
    assert not view.readonly
    view[10] = 42
    assert exports.load(10) == array[10] == 42
    array[11] = 43
    assert exports.load(11) == 43
    assert memory.grow(1) == 1
    assert view.nbytes == 65536
    assert memoryview(memory).nbytes == 2 * 65536
    view[12] = 44
    assert exports.load(12) == 44
    store.close()
    del exports, memory
    assert array[10] == view[10] == 42
    view[10] = 1


def test_memory_is_read_and_written_by_copies(exports: wasmrt.Exports) -> None:
    memory = exports.memory
    memory.write(100, b"hello")
    memory.write(105, bytearray(b"!"))
    assert memory.read(100, 6) == b"hello!"
    assert memory.read(65536, 0) == b""
    for offset, length in ((65536, 1), (0, 65537), (2**63, 1), (0, 2**60)):
        with pytest.raises(wasmrt.UsageError, match="outside the memory of 65536 bytes"):
            memory.read(offset, length)
    with pytest.raises(wasmrt.UsageError):
        memory.write(65535, b"ab")
    with pytest.raises(wasmrt.LimitError):
        memory.grow(3)
    assert memory.type == wasmrt.MemoryType(1, 3)
    assert memory.size == 1


def test_tables_hold_functions(exports: wasmrt.Exports) -> None:
    table = exports.table
    assert (table.size, len(table)) == (2, 2)
    assert table.get(0)(4) == 8
    assert table.get(1) is None
    table.set(1, exports.load)
    assert table.get(1) == exports.load.__self__
    assert table.grow(1, exports.double) == 2
    assert table.get(2) == exports.double.__self__
    with pytest.raises(wasmrt.UsageError):
        table.get(3)
    with pytest.raises(wasmrt.LimitError):
        table.grow(10)
    with pytest.raises(TypeError):
        table.set(0, "text")


def test_globals_are_read_and_set(exports: wasmrt.Exports, store: wasmrt.Store) -> None:
    assert exports.counter.value == exports.counter.get() == 7
    exports.counter.value = -1
    exports.counter.set(2**32 - 2)
    assert exports.counter.value == -2
    assert exports.counter.type == wasmrt.GlobalType("i32", mutable=True)
    with pytest.raises(wasmrt.UsageError, match="immutable"):
        exports.pi.value = 3.0
    vector = wasmrt.Global(store, wasmrt.GlobalType("v128", mutable=True), bytes(range(16)))
    assert vector.value == bytes(range(16))


def test_imports_may_be_given_in_order(instantiate: Instantiate, store: wasmrt.Store) -> None:
    double = wasmrt.Func(store, wasmrt.FuncType(["i32"], ["i64"]), lambda value: 2 * value)
    assert instantiate(MODULE, [double]).call(4) == 8
    assert instantiate(MODULE, [double.call]).call(5) == 10
    with pytest.raises(wasmrt.UsageError):
        instantiate(MODULE, [])
    with pytest.raises(TypeError):
        instantiate(MODULE, [5])


def test_a_missing_import_is_named(instantiate: Instantiate) -> None:
    attempts: list[dict[str, Any]] = [{}, {"env": {}}, {"other": {"f": print}}]
    for imports in attempts:
        with pytest.raises(wasmrt.LinkError) as caught:
            instantiate(MODULE, imports)
        assert (caught.value.module, caught.value.name) == ("env", "f")


def test_an_import_of_the_wrong_type_is_a_link_error(instantiate: Instantiate, store: wasmrt.Store) -> None:
    wrong = wasmrt.Func(store, wasmrt.FuncType([], []), lambda: None)
    with pytest.raises(wasmrt.LinkError):
        instantiate(MODULE, {"env": {"f": wrong}})
    with pytest.raises(TypeError, match=r"import `env\.g` is a global"):
        instantiate('(module (import "env" "g" (global i32)))', {"env": {"g": 5}})


def test_a_linker_brings_instances_together(store: wasmrt.Store) -> None:
    linker = wasmrt.Linker(store.engine)
    provider = wasmrt.Instance(store, wasmrt.Module(store.engine, '(module (memory (export "memory") 1))'))
    linker.define_instance("provider", provider)
    linker.define("provider", "limit", wasmrt.Global(store, wasmrt.GlobalType("i32"), 9))
    user = linker.instantiate(
        store,
        wasmrt.Module(
            store.engine,
            '(module (import "provider" "memory" (memory 1)) (import "provider" "limit" (global i32))'
            ' (func (export "f") (result i32) i32.const 5 global.get 0 i32.store8 i32.const 5 i32.load8_u))',
        ),
    )
    assert user.exports.f() == 9
    assert provider.exports.memory.read(5, 1) == b"\x09"
    assert linker.get(store, "provider", "limit").value == 9
    assert linker.get(store, "provider", "nothing") is None
    with pytest.raises(wasmrt.UsageError, match="defined already"):
        linker.define("provider", "limit", provider.exports.memory)
    wasmrt.Linker(store.engine, allow_shadowing=True).define("a", "b", provider.exports.memory)


def test_closing_ends_an_instance_alone(store: wasmrt.Store) -> None:
    module = wasmrt.Module(store.engine, '(module (func (export "f") (result i32) i32.const 1))')
    with wasmrt.Instance(store, module) as first:
        function = first.exports.f
        assert function() == 1
    with pytest.raises(wasmrt.UsageError, match="closed"):
        function()
    assert wasmrt.Instance(store, module).exports.f() == 1


def test_closing_a_store_closes_everything_in_it(engine: wasmrt.Engine) -> None:
    module = wasmrt.Module(engine, '(module (func (export "f")))')
    with wasmrt.Store(engine) as store:
        functions = [wasmrt.Instance(store, module).exports.f for _ in range(3)]
    for function in functions:
        with pytest.raises(wasmrt.UsageError, match="closed"):
            function()
    with pytest.raises(wasmrt.UsageError, match="closed"):
        wasmrt.Instance(store, module)


def test_things_of_another_store_are_refused(engine: wasmrt.Engine, exports: wasmrt.Exports) -> None:
    other = wasmrt.Store(engine)
    table = wasmrt.Table(other, wasmrt.TableType("funcref", 1))
    with pytest.raises(wasmrt.UsageError, match="another store"):
        table.set(0, exports.double)
