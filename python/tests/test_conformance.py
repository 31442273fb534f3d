"""The scenarios that every face of wasmrt runs; their format stands in `core/tests/conformance/README.md`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import wasmrt

from .conftest import STRATEGIES
from .scenario_values import matches, parse

DIRECTORY = Path(__file__).parents[2] / "core" / "tests" / "conformance"
CONFIG = {"fuel": "consume_fuel", "interruption": "interruption", "max_stack_bytes": "max_stack_bytes"}
SCENARIO_KEYS = {"name", "config", "limits", "fuel", "timeout_ms", "host", "modules", "steps", "not_in"}
ERROR_KEYS = {"kind", "code", "message", "message_has", "functions", "exit_code"}

Json = dict[str, Any]


def scenarios() -> list[Any]:
    found = []
    for path in sorted(DIRECTORY.glob("*.json")):
        document = json.loads(path.read_text())
        assert document.keys() == {"about", "scenarios"}, path.name
        for scenario in document["scenarios"]:
            found += [pytest.param(scenario, one, id=f"{path.stem}: {scenario['name']}: {one}") for one in STRATEGIES]
    assert len({param.id for param in found}) == len(found) > 0
    return found


class HostFunctions:
    """The host functions of a scenario, which note their calls."""

    def __init__(self) -> None:
        self.calls: dict[str, list[list[Any]]] = {}

    def define(self, linker: wasmrt.Linker, function: Json) -> None:
        assert function.keys() <= {"module", "name", "params", "results", "does"}, function
        results = function.get("results", [])
        does, noted = function["does"], self.calls.setdefault(f"{function['module']}.{function['name']}", [])

        def body(caller: wasmrt.Caller, *args: Any) -> Any:
            if does == "echo":
                noted.append(list(args))
                return args if len(results) > 1 else args[0] if results else None
            [(verb, value)] = does.items()
            if verb == "read":
                noted.append([caller.get_export("memory").read(args[0], args[1]).decode()])
                return None
            noted.append(list(args))
            if verb == "return":
                values = [parse(text, lambda path: path) for text in value]
                return values if len(values) > 1 else values[0] if values else None
            if verb == "fail":
                raise RuntimeError(value)
            if verb == "exit":
                raise wasmrt.ExitError(value)
            assert verb == "call", does
            return caller.get_export(value)(*args)

        ty = wasmrt.FuncType(function.get("params", []), results)
        linker.define_func(function["module"], function["name"], body, ty, with_caller=True)


class Runner:
    """One scenario on one engine."""

    def __init__(self, scenario: Json, strategy: str) -> None:
        assert scenario.keys() <= SCENARIO_KEYS, scenario.keys()
        settings: Json = {CONFIG[name]: value for name, value in scenario.get("config", {}).items()}
        self.engine = wasmrt.Engine(wasmrt.Config(strategy=strategy, **settings))  # type: ignore[arg-type]
        self.store = wasmrt.Store(self.engine)
        self.store.set_limits(**scenario.get("limits", {}))
        if "fuel" in scenario:
            self.store.fuel = scenario["fuel"]
        if "timeout_ms" in scenario:
            self.store.set_timeout(scenario["timeout_ms"] / 1000)
        self.linker = wasmrt.Linker(self.engine)
        self.host = HostFunctions()
        for function in scenario.get("host", []):
            self.host.define(self.linker, function)
        self.texts: dict[str, str] = scenario["modules"]
        self.instances: dict[str, wasmrt.Instance] = {}
        self.exports: dict[str, wasmrt.Exports] = {}

    def item(self, path: str) -> Any:
        instance, _, name = path.partition(".")
        return self.exports[instance][name]

    def value(self, text: str) -> Any:
        return parse(text, self.item)

    def module(self, name: str) -> wasmrt.Module:
        text = self.texts[name]
        if text.startswith("hex:"):
            return wasmrt.Module(self.engine, bytes.fromhex(text.removeprefix("hex:")))
        return wasmrt.Module(self.engine, text)

    def compile(self, name: str) -> None:
        self.module(name)

    def instantiate(self, name: str, **keys: str) -> None:
        instance = self.linker.instantiate(self.store, self.module(name))
        made = keys.pop("as")
        assert not keys
        self.instances[made], self.exports[made] = instance, instance.exports
        self.linker.define_instance(made, instance)

    def call(self, path: str, args: tuple[str, ...] = (), results: tuple[str, ...] = ()) -> None:
        found = self.item(path)(*(self.value(arg) for arg in args))
        values = [] if found is None and not results else [found] if len(results) == 1 else list(found)
        assert len(values) == len(results), f"expected {results}, found {values}"
        assert all(map(matches, results, values)), f"expected {results}, found {values}"

    def memory_size(self, path: str, pages: int) -> None:
        assert self.item(path).size == pages

    def memory_grow(self, path: str, delta: int, previous: int | None) -> None:
        self._grow(previous, self.item(path).grow, delta)

    def _grow(self, previous: int | None, grow: Any, *args: Any) -> None:
        if previous is not None:
            assert grow(*args) == previous
            return
        with pytest.raises(wasmrt.LimitError):
            grow(*args)

    def memory_write(self, path: str, offset: int, bytes: str, out_of_bounds: bool = False) -> None:
        data = bytearray.fromhex(bytes)
        if out_of_bounds:
            with pytest.raises(wasmrt.UsageError):
                self.item(path).write(offset, data)
        else:
            self.item(path).write(offset, data)

    def memory_read(
        self, path: str, offset: int, bytes: str = "", length: int | None = None, out_of_bounds: bool = False
    ) -> None:
        wanted = bytearray.fromhex(bytes)
        if out_of_bounds:
            with pytest.raises(wasmrt.UsageError):
                self.item(path).read(offset, length)
        else:
            assert self.item(path).read(offset, len(wanted)) == wanted

    def global_get(self, path: str, value: str = "") -> None:
        found = self.item(path).get()
        assert matches(value, found), f"expected {value}, found {found!r}"

    def global_set(self, path: str, value: str) -> None:
        self.item(path).set(self.value(value))

    def table_size(self, path: str, elements: int) -> None:
        assert self.item(path).size == elements

    def table_get(self, path: str, index: int, value: str = "") -> None:
        found = self.item(path).get(index)
        assert matches(value, found), f"expected {value}, found {found!r}"

    def table_set(self, path: str, index: int, value: str) -> None:
        self.item(path).set(index, self.value(value))

    def table_grow(self, path: str, delta: int, value: str, previous: int | None) -> None:
        self._grow(previous, self.item(path).grow, delta, self.value(value))

    def fuel(self, left: int) -> None:
        assert self.store.fuel == left

    def set_fuel(self, fuel: int) -> None:
        self.store.fuel = fuel

    def close(self, name: str) -> None:
        self.instances[name].close()

    def recorded(self, name: str, calls: list[list[str]]) -> None:
        found = self.host.calls.get(name, [])
        assert len(found) == len(calls), f"expected {calls}, found {found}"
        for expected, args in zip(calls, found, strict=True):
            is_text = len(args) == 1 and isinstance(args[0], str)
            fits = args == expected if is_text else len(args) == len(expected) and all(map(matches, expected, args))
            assert fits, f"expected {expected}, found {args}"


VERBS = [name for name in vars(Runner) if not name.startswith("_") and name not in ("item", "value", "module")]


def check_error(error: BaseException, expected: Json) -> None:
    assert expected.keys() <= ERROR_KEYS, expected
    kind = error.kind.lower() if isinstance(error, wasmrt.Error) else "host"
    message = error.message if isinstance(error, wasmrt.Error) else str(error)
    found = f"expected {expected}, found {kind}: {message!r}"
    assert kind == expected["kind"], found
    if "message" in expected:
        assert message == expected["message"], found
    assert all(part in message for part in expected.get("message_has", [])), found
    if "code" in expected:
        assert isinstance(error, wasmrt.Trap), found
        assert error.code.name.replace("_", "").lower() == expected["code"].lower(), found
    if "exit_code" in expected:
        assert isinstance(error, wasmrt.ExitError), found
        assert error.code == expected["exit_code"], found
    if "functions" in expected:
        functions = [frame.func_name for frame in wasmrt.frames_of(error)]
        assert functions == expected["functions"], f"{found} in {functions}"


def perform(runner: Runner, step: Json) -> None:
    keys = dict(step)
    [verb] = [key for key in keys if key in VERBS and not (key == "value" and len(keys) > 1)]
    operand, error = keys.pop(verb), keys.pop("error", None)
    if error is None:
        getattr(runner, verb)(operand, **keys)
        return
    try:
        getattr(runner, verb)(operand, **keys)
    except AssertionError:
        raise
    except BaseException as caught:
        check_error(caught, error)
    else:
        raise AssertionError(f"expected {error}, but it succeeded")


@pytest.mark.parametrize(("scenario", "strategy"), scenarios())
def test_scenario(scenario: Json, strategy: str) -> None:
    if "python" in scenario.get("not_in", {}):
        pytest.skip(scenario["not_in"]["python"])
    runner = Runner(scenario, strategy)
    for index, step in enumerate(scenario["steps"]):
        try:
            perform(runner, step)
        except AssertionError as failure:
            raise AssertionError(f"step {index}, {step}: {failure}") from failure
        except wasmrt.Error as unexpected:
            raise AssertionError(f"step {index}, {step}: unexpected {unexpected!r}") from unexpected
