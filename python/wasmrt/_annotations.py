"""Value types as annotations of host functions: `def add(a: wasmrt.i32, b: wasmrt.i32) -> wasmrt.i32`."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from . import _wasmrt
from ._errors import ArgumentError


class ValTypeName:
    """Marks an annotation as the WebAssembly type with this name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"wasmrt.{self.name}"


i32: TypeAlias = Annotated[int, ValTypeName("i32")]
i64: TypeAlias = Annotated[int, ValTypeName("i64")]
f32: TypeAlias = Annotated[float, ValTypeName("f32")]
f64: TypeAlias = Annotated[float, ValTypeName("f64")]
v128: TypeAlias = Annotated[bytes, ValTypeName("v128")]
funcref: TypeAlias = Annotated["Callable[..., Any] | None", ValTypeName("funcref")]
externref: TypeAlias = Annotated[Any, ValTypeName("externref")]


def _name(annotation: Any, where: str) -> str:
    for mark in getattr(annotation, "__metadata__", ()):
        if isinstance(mark, ValTypeName):
            return mark.name
    raise ArgumentError(f"{where} is not annotated with a WebAssembly type such as wasmrt.i32")


def function_type(function: Callable[..., Any]) -> tuple[list[str], list[str], bool]:
    """Parameter and result type names, and whether the first parameter is the caller."""
    annotated = function if inspect.isroutine(function) else type(function).__call__
    hints = typing.get_type_hints(annotated, include_extras=True)
    parameters = list(inspect.signature(function).parameters)
    with_caller = bool(parameters) and hints.get(parameters[0]) is _wasmrt.Caller
    params = [_name(hints.get(name), f"parameter `{name}`") for name in parameters[int(with_caller) :]]
    answer = hints.get("return", inspect.Signature.empty)
    if answer is type(None):
        return params, [], with_caller
    if typing.get_origin(answer) is tuple:
        return params, [_name(part, "a result") for part in typing.get_args(answer)], with_caller
    return params, [_name(answer, "the result")], with_caller
