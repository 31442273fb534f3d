"""Errors by phase. Each kind has a class; messages are the core's, the same in every language."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias


class TrapCode(enum.IntEnum):
    """Why a guest was stopped by the semantics of WebAssembly or by a limit of its stack."""

    UNREACHABLE = 1
    MEMORY_OUT_OF_BOUNDS = 2
    TABLE_OUT_OF_BOUNDS = 3
    UNDEFINED_ELEMENT = 4
    UNINITIALIZED_ELEMENT = 5
    INDIRECT_CALL_TYPE_MISMATCH = 6
    INTEGER_DIVIDE_BY_ZERO = 7
    INTEGER_OVERFLOW = 8
    INVALID_CONVERSION_TO_INTEGER = 9
    STACK_OVERFLOW = 10
    OUT_OF_FUEL = 11
    NULL_REFERENCE = 12
    UNALIGNED_ATOMIC = 13
    EXPECTED_SHARED_MEMORY = 14
    ARRAY_OUT_OF_BOUNDS = 15
    CAST_FAILURE = 16
    ALLOCATION_TOO_LARGE = 17


class Frame(NamedTuple):
    """One frame of a wasm backtrace."""

    module_name: str | None
    """From the module's name section."""
    func_index: int
    """The function's index in its module."""
    func_name: str | None
    """From the name section; `module.name` of a host function's import."""
    module_offset: int | None
    """Offset of the instruction in bytes from the module's start, if known."""
    text: str
    """The frame on one line."""

    def __str__(self) -> str:
        return self.text


class Error(Exception):
    """What wasmrt raises. `kind` is the phase, `message` the core's message, `frames` the wasm frames that were live,
    innermost first."""

    kind: ClassVar[str] = "Error"
    frames: tuple[Frame, ...] = ()

    @property
    def message(self) -> str:
        return str(self.args[0]) if self.args else ""


class DecodeError(Error):
    """The bytes are not a module. `offset` is in bytes from its start."""

    kind = "Decode"
    offset: int = 0


class ValidateError(Error):
    """The module breaks a validation rule. `offset` is in bytes from its start."""

    kind = "Validate"
    offset: int = 0


class UnsupportedError(Error):
    """The module needs a `feature` that this build or configuration does not have."""

    kind = "Unsupported"
    offset: int = 0
    feature: str = ""


class LinkError(Error):
    """The import `module.name` is missing or has another type than the module expects."""

    kind = "Link"
    module: str = ""
    name: str = ""


class Trap(Error):
    """The guest was stopped by the semantics of WebAssembly; `code` says why. A host function may raise it."""

    kind = "Trap"
    code: TrapCode = TrapCode.UNREACHABLE

    def __init__(self, message: str = "unreachable", code: TrapCode = TrapCode.UNREACHABLE) -> None:
        super().__init__(message)
        self.code = code


class UncaughtExceptionError(Error):
    """The guest threw a WebAssembly exception that nobody caught."""

    kind = "Exception"


class HostError(Error):
    """A function of the host failed without a Python exception of its own: a directory could not be opened, say."""

    kind = "Host"


class LimitError(Error):
    """A configured or implementation limit was reached."""

    kind = "Limit"


class InterruptedError(Error):
    """The call was stopped from outside: by a handle, an epoch or its deadline."""

    kind = "Interrupted"


class ExitError(Error):
    """The guest ended itself with `code`, 0 included. A host function may raise it to end its guest."""

    kind = "Exit"

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> str:
        return f"exit with code {self.code}"

    def __str__(self) -> str:
        return self.message


class UsageError(Error, ValueError):
    """The library was used wrongly: a value out of range, a closed instance, a foreign store."""

    kind = "Usage"


class ArgumentError(UsageError, TypeError):
    """An argument is missing, superfluous or of a wrong type."""


class InternalError(Error):
    """A bug in wasmrt."""

    kind = "Internal"


_CLASSES: Mapping[str, type[Error]] = {
    cls.kind: cls
    for cls in (
        DecodeError,
        ValidateError,
        UnsupportedError,
        LinkError,
        Trap,
        UncaughtExceptionError,
        HostError,
        LimitError,
        InterruptedError,
        ExitError,
        UsageError,
        InternalError,
    )
}

for _cls in (TrapCode, Frame, Error, ArgumentError, *_CLASSES.values()):
    # Tracebacks show where users find them.
    _cls.__module__ = "wasmrt"

_FrameData: TypeAlias = tuple[str | None, int, str | None, int | None, str]


def attach_frames(exception: BaseException, frames: Iterable[_FrameData]) -> None:
    """Notes the wasm frames that were live when a host function raised `exception`; called by the native module."""
    made = tuple(Frame(*frame) for frame in frames)
    if isinstance(exception, Error):
        exception.frames = made
    else:
        exception.__dict__["wasm_frames"] = made


def frames_of(exception: BaseException) -> tuple[Frame, ...]:
    """The wasm frames that were live when `exception` arose, innermost first, whoever raised it."""
    if isinstance(exception, Error):
        return exception.frames
    frames: tuple[Frame, ...] = exception.__dict__.get("wasm_frames", ())
    return frames


def from_core(
    kind: str,
    message: str,
    data: Mapping[str, Any],
    frames: Iterable[_FrameData],
) -> Error:
    """The exception for an error of the core; called by the native module."""
    cls = _CLASSES.get(kind, InternalError)
    error: Error
    if cls is Trap:
        error = Trap(message, TrapCode(data["code"]))
    elif cls is ExitError:
        error = ExitError(data["code"])
    else:
        error = cls(message)
        for name, value in data.items():
            setattr(error, name, value)
    error.frames = tuple(Frame(*frame) for frame in frames)
    if error.frames:
        lines = [f"  {position}: {frame}" for position, frame in enumerate(error.frames)]
        error.add_note("\n".join(["wasm backtrace:", *lines]))
    return error
