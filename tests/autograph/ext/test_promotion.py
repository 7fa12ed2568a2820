"""How dtypes meet: Python's numbers are weak, tensors are strong (SEMANTICS 0.1)."""

import itertools
import operator

import numpy as np
import pytest
from tracing import build, run

from autograph import _core

OPS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
}
INTS = [7, -7, 2, 1, 5]
FLOATS = [2.5, -0.75, 7.0]


def python(op, a, b):
    try:
        value = OPS[op](a, b)
    except (ZeroDivisionError, OverflowError, ValueError, TypeError) as e:
        return type(e)
    return ValueError if isinstance(value, complex) else value


def weakly(op, a, b):
    """The operator on weak tensors."""
    try:
        return OPS[op](a, b)
    except (ZeroDivisionError, OverflowError, ValueError, TypeError) as e:
        return next(
            t for t in (ZeroDivisionError, OverflowError, TypeError, ValueError) if isinstance(e, t)
        )


@pytest.mark.parametrize("op", OPS)
def test_weak_arithmetic_is_pythons(op):
    numbers = INTS + FLOATS + [0, 0.0, 2**62]
    for a, b in itertools.product(numbers, numbers[:-1]):
        want = python(op, a, b)
        if isinstance(want, int) and not isinstance(want, bool) and not -(2**63) <= want < 2**63:
            want = OverflowError  # 64 bits is what there is
        for x, y in ((_core.weak(a), b), (a, _core.weak(b)), (_core.weak(a), _core.weak(b))):
            got, case = weakly(op, x, y), f"{a!r} {op} {b!r}"
            if isinstance(want, type):
                assert got is want, case
            elif isinstance(want, bool):
                assert got.dtype == "bool" and got.item() is want, case
            else:
                assert got.weak and repr(got.item()) == repr(want), case


@pytest.mark.parametrize("op", ["+", "-", "*", "//", "%", "**", "<", "=="])
@pytest.mark.parametrize("n, m", [(7, 3), (-7, 3), (2, 10)])
def test_traced_numbers_are_pythons_too(op, n, m):
    for got in run(lambda a, b: OPS[op](a, b), n, m):
        assert got[0].item() == OPS[op](n, m)


def test_bools_count_as_ints():
    t, f, n = _core.convert(True), _core.convert(False), _core.weak(3)
    assert (t + t).item() == 2 and (t + t).weak and (n + t).item() == 4 and (-t).item() == -1
    assert (t & f).dtype == "bool" and (t | f).item() is True and (t ^ t).item() is False
    assert (~t).item() is False and (t < f).item() is False
    x = _core.convert([1.5, 2.5])
    assert (x * t).dtype == "float32" and (x * True).tolist() == [1.5, 2.5]
    with pytest.raises(TypeError, match="bool"):
        x + _core.convert([True, False])
    with pytest.raises(TypeError, match="bool"):
        _core.convert([True, False]) * 2


STRONG = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATING = ["float32", "float64"]


@pytest.mark.parametrize("dtype", STRONG + FLOATING)
def test_a_weak_number_takes_the_tensors_dtype(dtype):
    x = _core.convert([1, 2, 3], dtype)
    for number in (2, _core.weak(2)):
        assert (x + number).dtype == (number * x).dtype == dtype
        assert (x + number).tolist() == [3, 4, 5]
    for number in (0.5, _core.weak(0.5)):
        got = x * number
        small = dtype in ("int8", "int16", "uint8", "uint16")
        want = dtype if dtype in FLOATING else "float32" if small else "float64"
        assert got.dtype == want and got.tolist() == [0.5, 1.0, 1.5]
        assert (x < number).dtype == "bool"


@pytest.mark.parametrize("dtype", STRONG)
def test_division_of_integers_is_true(dtype):
    x = _core.convert([1, 2, 3], dtype)
    want = "float32" if dtype in ("int8", "int16", "uint8", "uint16") else "float64"
    for got in (x / 2, x / x, 1 / x):
        assert got.dtype == want
    assert (x / 2).tolist() == [0.5, 1.0, 1.5]
    assert (x // 2).dtype == dtype and (x // 2).tolist() == [0, 1, 1]


@pytest.mark.parametrize("dtype", STRONG)
def test_a_constant_that_does_not_fit_is_an_error(dtype):
    x = _core.convert([1], dtype)
    big = _core.as_dtype(dtype).max + 1
    if big < 2**63:
        for number in (big, _core.weak(big)):
            with pytest.raises(OverflowError, match=f"{big} does not fit {dtype}"):
                x + number
    with pytest.raises(OverflowError):
        x + 2**64
    if dtype.startswith("u"):
        with pytest.raises(OverflowError, match="-1 does not fit"):
            x - -1


@pytest.mark.parametrize("op", ["+", "-", "*", "//", "%", "<", "=="])
def test_different_strong_dtypes_are_refused(op):
    with pytest.raises(TypeError, match=r"dtypes differ, int32 and float32; .*: cast .*tf\.float32"):
        OPS[op](_core.convert([1]), _core.convert([1.0]))


def test_numpy_is_strong():
    x = _core.convert([1.0, 2.0])
    n = np.array([1, 2], np.float32)
    assert (x + n).dtype == (n + x).dtype == "float32" and isinstance(n + x, _core.Tensor)
    assert isinstance(np.float32(2) * x, _core.Tensor)
    with pytest.raises(TypeError, match="float32 and float64"):
        x + np.array([1.0, 2.0])
    with pytest.raises(TypeError, match="float64"):
        x + np.float64(1)


def test_lists_take_the_tensors_dtype():
    x = _core.convert([1.0, 2.0])
    assert (x + [1, 2]).dtype == ([1, 2] + x).dtype == "float32"
    with pytest.raises(TypeError):
        _core.convert([1, 2]) + [0.5, 1.5]


@pytest.mark.parametrize("other", [None, "a", {}, object()])
def test_foreign_objects_are_left_to_themselves(other):
    for op in ("+", "*", "<", "//"):
        with pytest.raises(TypeError, match="unsupported operand|not supported|index"):
            OPS[op](_core.convert([1]), other)


def test_a_foreign_class_has_its_turn():
    class Mine:
        def __radd__(self, other):
            return "mine"

        def __eq__(self, other):
            return "equal"

    assert _core.convert([1]) + Mine() == "mine"
    assert (_core.convert([1]) == Mine()) == "equal"


def test_unary_operators():
    x = _core.convert([1, -2])
    assert (-x).tolist() == [-1, 2] and abs(x).tolist() == [1, 2] and (+x).tolist() == [1, -2]
    assert (~x).tolist() == [-2, 1]
    n = _core.weak(-3)
    assert (-n).weak and (-n).item() == 3 and abs(n).item() == 3 and (~n).item() == 2
    assert (-_core.weak(2.5)).item() == -2.5
    with pytest.raises(OverflowError):
        -_core.weak(-(2**63))
    assert _core.unary("SQRT", 4).item() == 2.0 and _core.unary("SQRT", 4).weak
    assert _core.unary("SQUARE", 3).item() == 9
    with pytest.raises(OverflowError):
        _core.unary("SQUARE", 2**40)
    with pytest.raises(TypeError, match="floating"):
        _core.unary("SQRT", _core.convert([4]))


def test_divmod_round_floor_ceil_trunc():
    import math

    n = _core.weak(2.5)
    assert [t.item() for t in divmod(_core.weak(-7), 2)] == [-4, 1]
    for f in (round, math.floor, math.ceil, math.trunc):
        got = f(n)
        assert got.weak and got.dtype == "int64" and got.item() == f(2.5)
        assert f(_core.weak(3)).item() == 3
        assert f(_core.convert([2.5])).dtype == "float32"
    assert round(_core.weak(2.675), 2).item() == round(2.675, 2)
    with pytest.raises(OverflowError):
        math.floor(_core.weak(1e300))
    with pytest.raises(TypeError, match="digits"):
        round(_core.convert([2.5]), 1)


def test_pow():
    assert (_core.weak(2) ** -1).item() == 0.5 and (_core.weak(2) ** 3).item() == 8
    assert (2 ** _core.weak(3)).item() == 8
    assert (_core.convert([2.0, 3.0]) ** 2).tolist() == [4, 9]
    with pytest.raises(TypeError, match="modulus"):
        pow(_core.weak(2), 3, 5)
    with pytest.raises(ZeroDivisionError):
        _core.weak(0) ** -1


def test_matmul():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal((_core.convert(a) @ b).numpy(), a @ b)
    with pytest.raises(ValueError, match="matmul"):
        _core.convert(b) @ b


def test_strong_ints_wrap_and_weak_ones_do_not():
    assert (_core.convert(2**31 - 1) + 1).item() == -(2**31)
    with pytest.raises(OverflowError):
        _core.weak(2**63 - 1) + 1
    with pytest.raises(ZeroDivisionError):
        _core.convert([1]) // 0
    assert (_core.convert(1.0) / 0).item() == float("inf")
    with pytest.raises(ZeroDivisionError):
        _core.weak(1.0) / 0


def test_cast():
    x = _core.convert([1.9, -1.9, float("nan"), 1e20])
    assert _core.cast(x, "int32").tolist() == [1, -1, 0, 2**31 - 1]
    assert _core.cast([0, 2], "bool").tolist() == [False, True]
    assert _core.cast(3, "float64", True).weak and not _core.cast(3, "int64").weak
    with pytest.raises(TypeError, match="0 dimensions"):
        _core.cast([1], "int64", True)
    with pytest.raises(TypeError, match="int64 or float64"):
        _core.cast(1, "int32", True)
    assert _core.cast(_core.weak(2**40), "int32").item() == 0  # a cast that was asked for wraps


def test_traced_types():
    def f(n, x):
        return n + 1, n / 2, x + n, x * 0.5, x > n, n**2

    graph = build(f, 5, ("int32", (3,)))
    types = [(t.dtype.name, t.weak) for t in graph.get_results()]
    assert types == [
        ("int64", True),
        ("float64", True),
        ("int32", False),
        ("float64", False),
        ("bool", False),
        ("int64", True),
    ]
