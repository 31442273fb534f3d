"""What the C surface's list says Python has is there."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest

import wasmrt

SURFACE = Path(__file__).parents[2] / "capi" / "tests" / "surface.toml"


@pytest.mark.parametrize(
    "name", sorted({faces["python"] for faces in tomllib.loads(SURFACE.read_text()).values() if "python" in faces})
)
def test_a_counterpart_exists(name: str) -> None:
    owner, _, member = name.partition(".")
    found = getattr(wasmrt, owner)
    # Configurations are given by keyword.
    assert not member or hasattr(found, member) or member in inspect.signature(found).parameters


def test_everything_is_exported_under_its_own_name() -> None:
    for name in wasmrt.__all__:
        thing = getattr(wasmrt, name)
        if inspect.isclass(thing):
            assert (thing.__module__, thing.__name__) == ("wasmrt", name)
