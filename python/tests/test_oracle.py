"""Numeric operators against another runtime, over values that tend to go wrong."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import pytest
import wasmtime

import wasmrt

INTEGERS = [0, 1, 2, 7, 31, 32, 63, -1, -2]
EDGES = {"i32": [*INTEGERS, 2**31 - 1, -(2**31)], "i64": [*INTEGERS, 2**63 - 1, -(2**63), 2**31, 2**32 + 5]}
FLOATS = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.5,
    2.5,
    1e-45,
    3.4e38,
    2.0**31,
    -(2.0**31) - 1,
    2.0**63,
    1e300,
    float("inf"),
    -float("inf"),
]
VALUES = {
    **EDGES,
    "f32": [struct.unpack("f", struct.pack("f", min(max(x, -3.4e38), 3.4e38)))[0] for x in FLOATS],
    "f64": FLOATS,
}

BINARY_INTEGER = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr".split()
BINARY_FLOAT = "add sub mul div min max copysign".split()
CONVERSIONS = [
    f"{to}.{verb}_{source}{sign}"
    for to, source in itertools.product(["i32", "i64"], ["f32", "f64"])
    for verb in ["trunc", "trunc_sat"]
    for sign in ["_s", "_u"]
] + [
    f"{to}.convert_{source}{sign}"
    for to, source in itertools.product(["f32", "f64"], ["i32", "i64"])
    for sign in ["_s", "_u"]
]


def operators() -> list[tuple[str, list[str], str]]:
    """Name, parameter types and result type."""
    found = [(f"{ty}.{name}", [ty, ty], ty) for ty in ["i32", "i64"] for name in BINARY_INTEGER]
    found += [(f"{ty}.{name}", [ty, ty], ty) for ty in ["f32", "f64"] for name in BINARY_FLOAT]
    found += [(f"{ty}.{name}", [ty], ty) for ty in ["i32", "i64"] for name in ["clz", "ctz", "popcnt"]]
    found += [(f"{ty}.{name}", [ty], ty) for ty in ["f32", "f64"] for name in ["sqrt", "floor", "nearest", "trunc"]]
    return found + [(name, [name.split("_")[-2]], name[:3]) for name in CONVERSIONS]


def text(operator: str, params: list[str], result: str) -> str:
    body = " ".join(f"local.get {index}" for index in range(len(params)))
    return f'(module (func (export "f") (param {" ".join(params)}) (result {result}) {body} {operator}))'


def outcome(function: Any, args: tuple[Any, ...], traps: type[BaseException]) -> str:
    try:
        result = function(*args)
    except traps:
        return "trap"
    return "nan" if result != result else repr(result)


@pytest.mark.parametrize(
    ("operator", "params", "result"), operators(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_operator_answers_as_in_another_runtime(
    engine: wasmrt.Engine, operator: str, params: list[str], result: str
) -> None:
    source = text(operator, params, result)
    ours = wasmrt.Instance(wasmrt.Store(engine), wasmrt.Module(engine, source)).exports.f
    other_store = wasmtime.Store()
    other = wasmtime.Instance(other_store, wasmtime.Module(other_store.engine, source), []).exports(other_store)["f"]
    for args in itertools.product(*(VALUES[ty] for ty in params)):
        theirs = outcome(lambda *args: other(other_store, *args), args, wasmtime.Trap)  # type: ignore[operator]
        assert outcome(ours, args, wasmrt.Trap) == theirs, f"{operator}{args}"
