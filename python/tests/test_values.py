"""Values across the border, in both directions."""

from __future__ import annotations

import gc
import math
import struct
import weakref

import pytest

import wasmrt

from .conftest import Instantiate

IDENTITIES = (
    "(module "
    + " ".join(
        f'(func (export "{ty}") (param {ty}) (result {ty}) local.get 0)'
        for ty in ["i32", "i64", "f32", "f64", "funcref", "externref"]
    )
    + ")"
)


@pytest.mark.parametrize(
    ("ty", "given", "expected"),
    [
        ("i32", 0, 0),
        ("i32", -(2**31), -(2**31)),
        ("i32", 2**31 - 1, 2**31 - 1),
        ("i32", 2**32 - 1, -1),
        ("i32", True, 1),
        ("i64", -(2**63), -(2**63)),
        ("i64", 2**63 - 1, 2**63 - 1),
        ("i64", 2**64 - 1, -1),
        ("f32", 1.5, 1.5),
        ("f32", 3, 3.0),
        ("f32", 1e300, math.inf),
        ("f64", 0.1, 0.1),
        ("f64", -math.inf, -math.inf),
    ],
)
def test_numbers_pass_through(instantiate: Instantiate, ty: str, given: object, expected: object) -> None:
    result = instantiate(IDENTITIES)[ty](given)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(("ty", "bits"), [("f32", 0x7FC00001), ("f32", 0xFF800001), ("f64", 0x7FF0000000000001)])
def test_nans_keep_their_bits(instantiate: Instantiate, ty: str, bits: int) -> None:
    reinterpret = {"f32": "i32", "f64": "i64"}[ty]
    exports = instantiate(
        f'(module (func (export "to") (param {reinterpret}) (result {ty}) local.get 0 {ty}.reinterpret_{reinterpret})'
        f'(func (export "from") (param {ty}) (result {reinterpret}) local.get 0 {reinterpret}.reinterpret_{ty}))'
    )
    nan = exports.to(bits)
    assert math.isnan(nan)
    assert exports["from"](nan) % 2 ** (32 if ty == "f32" else 64) == bits


def test_negative_zero_stays_negative(instantiate: Instantiate) -> None:
    assert struct.pack("<d", instantiate(IDENTITIES).f64(-0.0)) == struct.pack("<d", -0.0)


@pytest.mark.parametrize(
    ("ty", "given"), [("i32", 2**32), ("i32", -(2**31) - 1), ("i64", 2**64), ("i64", -(2**63) - 1)]
)
def test_integers_that_do_not_fit_are_refused(instantiate: Instantiate, ty: str, given: int) -> None:
    with pytest.raises(ValueError, match=f"parameter 0 is outside the range of {ty}") as caught:
        instantiate(IDENTITIES)[ty](given)
    assert isinstance(caught.value, wasmrt.UsageError)


@pytest.mark.parametrize(("ty", "given"), [("i32", 1.0), ("i32", "1"), ("i64", None), ("f64", "x"), ("funcref", 1)])
def test_objects_of_a_wrong_type_are_refused(instantiate: Instantiate, ty: str, given: object) -> None:
    with pytest.raises(TypeError, match=f"but {ty} is expected") as caught:
        instantiate(IDENTITIES)[ty](given)
    assert isinstance(caught.value, wasmrt.ArgumentError)
    assert caught.value.kind == "Usage"


@pytest.mark.parametrize("args", [(), (1, 2)])
def test_a_wrong_number_of_arguments_is_refused(instantiate: Instantiate, args: tuple[int, ...]) -> None:
    function = instantiate(IDENTITIES).i32
    for form in (function, function.__self__):
        with pytest.raises(TypeError, match=f"expected 1 parameters, but got {len(args)}"):
            form(*args)


def test_what_has_an_index_is_an_integer(instantiate: Instantiate) -> None:
    class Index:
        def __index__(self) -> int:
            return 7

    class Broken:
        def __index__(self) -> int:
            raise ZeroDivisionError("mine")

    exports = instantiate(IDENTITIES)
    assert exports.i32(Index()) == 7
    with pytest.raises(ZeroDivisionError, match="mine"):
        exports.i64(Broken())


def test_any_object_is_an_externref_and_comes_back_itself(instantiate: Instantiate) -> None:
    exports = instantiate(IDENTITIES)
    for thing in (object(), 7, [], "text", exports):
        assert exports.externref(thing) is thing
    assert exports.externref(None) is None


def test_functions_are_funcrefs(instantiate: Instantiate) -> None:
    exports = instantiate(IDENTITIES)
    assert exports.funcref(None) is None
    for form in (exports.i32, exports.i32.__self__):
        returned = exports.funcref(form)
        assert isinstance(returned, wasmrt.Func)
        assert returned == exports.i32.__self__
        assert hash(returned) == hash(exports.i32.__self__)
        assert returned(5) == 5


def test_several_results_are_a_tuple_and_none_is_none(instantiate: Instantiate) -> None:
    exports = instantiate(
        '(module (func (export "none")) (func (export "two") (result i32 f64) i32.const 1 f64.const 2.5))'
    )
    assert exports.none() is None
    assert exports.two() == (1, 2.5)


def test_long_signatures_work(instantiate: Instantiate) -> None:
    count = 40
    params = " ".join(["i64"] * count)
    body = " ".join(f"local.get {index}" for index in reversed(range(count)))
    reverse = instantiate(f'(module (func (export "f") (param {params}) (result {params}) {body}))').f
    assert reverse(*range(count)) == tuple(reversed(range(count)))


def test_objects_that_no_guest_holds_any_more_are_released(instantiate: Instantiate) -> None:
    class Thing:
        pass

    identity = instantiate(IDENTITIES).externref
    references = []
    for _ in range(10_000):
        thing = Thing()
        references.append(weakref.ref(thing))
        assert identity(thing) is thing
    del thing
    gc.collect()
    alive = sum(reference() is not None for reference in references)
    assert alive < 5_000


def test_an_object_in_a_table_is_kept(store: wasmrt.Store) -> None:
    class Thing:
        pass

    table = wasmrt.Table(store, wasmrt.TableType("externref", 2))
    thing = Thing()
    reference = weakref.ref(thing)
    table.set(1, thing)
    del thing
    gc.collect()
    assert reference() is not None
    assert table.get(1) is reference()
    assert table.get(0) is None
