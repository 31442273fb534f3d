"""A WebAssembly runtime.

>>> import wasmrt
>>> engine = wasmrt.Engine()
>>> module = wasmrt.Module(engine, '(module (func (export "answer") (result i32) (i32.const 42)))')
>>> wasmrt.Instance(wasmrt.Store(engine), module).exports.answer()
42
"""

from . import _pickling
from ._annotations import externref, f32, f64, funcref, i32, i64, v128
from ._errors import (
    ArgumentError,
    DecodeError,
    Error,
    ExitError,
    Frame,
    HostError,
    InternalError,
    InterruptedError,
    LimitError,
    LinkError,
    Trap,
    TrapCode,
    UncaughtExceptionError,
    UnsupportedError,
    UsageError,
    ValidateError,
    frames_of,
)
from ._wasmrt import (
    Caller,
    Config,
    Engine,
    Exports,
    ExportType,
    Func,
    FuncType,
    Global,
    GlobalType,
    ImportType,
    Instance,
    InterruptHandle,
    Linker,
    Memory,
    MemoryType,
    Module,
    Store,
    Table,
    TableType,
    WasiConfig,
    __version__,
)

_pickling.register()

__all__ = [
    "ArgumentError",
    "Caller",
    "Config",
    "DecodeError",
    "Engine",
    "Error",
    "ExitError",
    "ExportType",
    "Exports",
    "Frame",
    "Func",
    "FuncType",
    "Global",
    "GlobalType",
    "HostError",
    "ImportType",
    "Instance",
    "InternalError",
    "InterruptHandle",
    "InterruptedError",
    "LimitError",
    "LinkError",
    "Linker",
    "Memory",
    "MemoryType",
    "Module",
    "Store",
    "Table",
    "TableType",
    "Trap",
    "TrapCode",
    "UncaughtExceptionError",
    "UnsupportedError",
    "UsageError",
    "ValidateError",
    "WasiConfig",
    "__version__",
    "externref",
    "f32",
    "f64",
    "frames_of",
    "funcref",
    "i32",
    "i64",
    "v128",
]
