"""The native half of wasmrt. Use the package `wasmrt`, which re-exports it.

Every object here may be used by several threads at once. Guests run without the interpreter lock. Values: i32 and i64
take any int that fits, read as signed or as unsigned, and come out signed; f32 and f64 are floats; v128 is 16 bytes,
lowest first; a funcref is a function or None; an externref is any object, where None is null. A function without results
returns None, with one that value, with several a tuple.
"""

import datetime
import os
from collections.abc import Buffer, Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from types import BuiltinFunctionType, TracebackType
from typing import Any, Literal, Protocol, Self, TypeAlias, final

from typing_extensions import disjoint_base

__version__: str
