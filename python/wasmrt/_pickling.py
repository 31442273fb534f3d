"""Pickling: configurations by their settings, engines by identity, modules by their bytes.

An engine that is unpickled in its own process is itself; elsewhere, everything pickled from one engine shares one.
"""

from __future__ import annotations

import copyreg
import uuid
import weakref
from typing import Any

from ._wasmrt import Config, Engine, Module

_SETTINGS = (
    "strategy",
    "opt_level",
    "consume_fuel",
    "interruption",
    "max_stack_bytes",
    "host_reserve_bytes",
    "signals",
    "spectre_mitigations",
    "features",
    "memory_reservation_bytes",
    "memory_guard_bytes",
    "compile_threads",
)
_engines: weakref.WeakValueDictionary[str, Engine] = weakref.WeakValueDictionary()
_names: weakref.WeakKeyDictionary[Engine, str] = weakref.WeakKeyDictionary()


def _load_config(settings: dict[str, Any]) -> Config:
    return Config(**settings)


def _reduce_config(config: Config) -> tuple[Any, ...]:
    return _load_config, ({name: getattr(config, name) for name in _SETTINGS},)


def _load_engine(name: str, config: Config) -> Engine:
    engine = _engines.get(name)
    if engine is None:
        engine = Engine(config)
        engine = _engines.setdefault(name, engine)
        _names[engine] = name
    return engine


def _reduce_engine(engine: Engine) -> tuple[Any, ...]:
    name = _names.setdefault(engine, uuid.uuid4().hex)
    _engines[name] = engine
    return _load_engine, (name, engine.config)


def _reduce_module(module: Module) -> tuple[Any, ...]:
    return Module, (module.engine, module.binary)


def register() -> None:
    """Tells pickle and copy."""
    copyreg.pickle(Config, _reduce_config)
    copyreg.pickle(Engine, _reduce_engine)
    copyreg.pickle(Module, _reduce_module)
