"""Values of conformance scenarios, as texts and as Python objects."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import wasmrt


def _f32_bits(value: float) -> int:
    if math.isnan(value):
        bits = _f64_bits(value)
        return bits >> 63 << 31 | 0x7F80_0000 | bits >> 29 & 0x7F_FFFF
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    return int(bits)


def _f64_bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def _f64_of(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def _f32_of(bits: int) -> float:
    if bits & 0x7F80_0000 == 0x7F80_0000 and bits & 0x7F_FFFF:
        return _f64_of(bits >> 31 << 63 | 0x7FF0_0000_0000_0000 | (bits & 0x7F_FFFF) << 29)
    return float(struct.unpack("<f", struct.pack("<I", bits))[0])


def parse(text: str, function: Callable[[str], Any]) -> Any:
    """The object for a value; `function` finds the exported function with a path."""
    ty, _, value = text.partition(":")
    if ty in ("i32", "i64"):
        return int(value)
    if ty in ("f32", "f64"):
        if value.startswith("0x"):
            return (_f32_of if ty == "f32" else _f64_of)(int(value, 16))
        return float(value)
    if value == "null":
        return None
    if ty == "externref":
        return int(value)
    assert ty == "funcref", text
    return function(value)


def matches(expected: str, found: Any) -> bool:
    """Whether an object is the expected value, to the bit."""
    ty, _, value = expected.partition(":")
    if expected == "funcref:any":
        return isinstance(found, wasmrt.Func)
    if ty in ("f32", "f64"):
        if not isinstance(found, float):
            return False
        if value == "nan":
            return math.isnan(found)
        bits = _f32_bits if ty == "f32" else _f64_bits
        return bits(found) == bits(parse(expected, lambda path: path))
    wanted = parse(expected, lambda path: path)
    return type(found) is type(wanted) and bool(found == wanted)
