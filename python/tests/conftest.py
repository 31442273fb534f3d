"""What the tests share: every test that takes `engine` or `strategy` runs on every engine under test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import wasmrt

ALL_STRATEGIES = ["jit", "interpreter"]
STRATEGIES = os.environ.get("WASMRT_TEST_ENGINES", "").split() or ALL_STRATEGIES
"""The engines that the package must have, no more and no less."""
assert set(STRATEGIES) <= set(ALL_STRATEGIES), f"WASMRT_TEST_ENGINES names other engines than {ALL_STRATEGIES}"


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(strategy: str) -> Callable[..., wasmrt.Config]:
    """Makes a configuration for the engine under test."""

    def make(**settings: Any) -> wasmrt.Config:
        settings["strategy"] = strategy
        return wasmrt.Config(**settings)

    return make


@pytest.fixture
def engine(config: Callable[..., wasmrt.Config]) -> wasmrt.Engine:
    return wasmrt.Engine(config())


@pytest.fixture
def store(engine: wasmrt.Engine) -> Iterator[wasmrt.Store]:
    with wasmrt.Store(engine) as store:
        yield store


Instantiate = Callable[..., wasmrt.Exports]


@pytest.fixture
def instantiate(store: wasmrt.Store) -> Instantiate:
    """Instantiates text in `store` and gives its exports."""

    def make(text: str, imports: Any = None) -> wasmrt.Exports:
        return wasmrt.Instance(store, wasmrt.Module(store.engine, text), imports).exports

    return make


def run_script(script: str, *args: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a process of its own."""
    command = [sys.executable, "-c", script, *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def succeed(script: str, *args: str, timeout: float = 60) -> str:
    """Runs Python code that must succeed, and gives what it printed."""
    done = run_script(script, *args, timeout=timeout)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
