import copy
import enum
import math
import pickle
import weakref

import numpy as np
import pytest

from autograph import _core


class Color(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize(
    "value, dtype, shape",
    [
        (3, "int32", ()),
        (2**31, "int64", ()),
        (1.5, "float32", ()),
        (True, "bool", ()),
        (2j, "complex128", ()),
        (Color.RED, "int32", ()),
        ([1, 2], "int32", (2,)),
        ([1, 2**40], "int64", (2,)),
        ([1, 2.5], "float32", (2,)),
        ([[True], [False]], "bool", (2, 1)),
        ([], "float32", (0,)),
        ([[], []], "float32", (2, 0)),
        (range(4), "int32", (4,)),
        ((np.float64(1), 2), "float64", (2,)),
        ([np.arange(3), [3, 4, 5]], "int64", (2, 3)),
        (np.int8(3), "int8", ()),
        (np.float16(3), "float16", ()),
        (np.zeros((2, 0, 3), np.uint16), "uint16", (2, 0, 3)),
        (bytearray(b"ab"), "uint8", (2,)),
        (memoryview(b"abc"), "uint8", (3,)),
    ],
)
def test_values_become_tensors(value, dtype, shape):
    t = _core.convert(value)
    assert t.dtype == dtype and t.shape == shape and t.ndim == len(shape) and not t.weak
    assert not t.is_symbolic
    if not isinstance(value, (bytearray, memoryview)):
        want = [list(v) for v in value] if isinstance(value, list) and len(shape) == 2 else value
        np.testing.assert_array_equal(t.numpy(), np.asarray(want).astype(t.numpy().dtype))


@pytest.mark.parametrize(
    "value, error, text",
    [
        (None, TypeError, "None is not a tensor"),
        (object(), TypeError, "object is not a tensor"),
        ({}, TypeError, "dict"),
        ([1, None], TypeError, "None"),
        ([[1, 2], [3]], ValueError, "not rectangular"),
        ([1, [2]], ValueError, "list stands|not rectangular"),
        ([[2], 1], ValueError, "not rectangular"),
        ([True, 1], TypeError, "mixes bools and numbers"),
        ([np.float32(1), np.float64(1)], TypeError, "mixes float32 and float64"),
        (2**63, OverflowError, "int64"),
        ([2**63], OverflowError, "int64"),
        (["a", 1], TypeError, "mixes strings and numbers"),
        (np.array([None]), TypeError, "None is not a tensor"),
        (np.array(["2020-01-01"], "M8[D]"), TypeError, "no dtype"),
        (np.zeros((1,) * 9), ValueError, "at most 8"),
    ],
)
def test_what_is_no_tensor_is_refused(value, error, text):
    with pytest.raises(error, match=text):
        _core.convert(value)


@pytest.mark.parametrize(
    "value, dtype, error",
    [
        (1.5, "int32", TypeError),
        (1, "bool", TypeError),
        (300, "uint8", OverflowError),
        (-1, "uint64", OverflowError),
        (-129, "int8", OverflowError),
        ([1, 300], "uint8", OverflowError),
        ([1.5], "int64", TypeError),
        (np.array([1.5]), "int32", TypeError),
        (1j, "float32", TypeError),
    ],
)
def test_a_dtype_that_loses_the_value_is_refused(value, dtype, error):
    with pytest.raises(error, match=dtype):
        _core.convert(value, dtype)


@pytest.mark.parametrize("dtype", "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split())
def test_limits_of_integers_fit(dtype):
    d = _core.as_dtype(dtype)
    for value in d.limits:
        assert _core.convert(value, dtype).item() == value
    for value in (d.min - 1, d.max + 1):
        with pytest.raises(OverflowError):
            _core.convert(value, dtype)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_floats_round_to_the_dtype(dtype):
    for value in (0.1, -2.5, 65504.0, 1e-8, math.inf, -0.0):
        got = _core.convert(value, dtype).item()
        if dtype == "bfloat16":
            bits = np.float32(value).view(np.uint32)
            want = ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)
        else:
            want = np.dtype(dtype).type(value)
        assert got == float(want) and math.copysign(1, got) == math.copysign(1, value)
    assert math.isnan(_core.convert(math.nan, dtype).item())


def test_constant_repeats_or_reshapes():
    assert _core.constant(7, "int32", (2, 2)).tolist() == [[7, 7], [7, 7]]
    assert _core.constant([1, 2, 3, 4], None, (2, 2)).tolist() == [[1, 2], [3, 4]]
    assert _core.constant([5], None, ()).tolist() == 5
    with pytest.raises(ValueError, match="shape"):
        _core.constant([1, 2, 3], None, (2, 2))


def test_text():
    t = _core.convert([1, 2])
    assert str(t) == "tf.Tensor([1 2], shape=(2,), dtype=int32)"
    assert repr(t) == "<tf.Tensor: shape=(2,), dtype=int32, numpy=[1 2]>"
    assert f"{t}" == "[1 2]" and f"{_core.convert(1.5):.2f}" == "1.50"
    assert str(_core.weak(3)) == repr(_core.weak(3)) == "3" and str(_core.weak(1e22)) == "1e+22"
    with pytest.raises(TypeError, match="format"):
        format(t, ".2f")


def test_elements_as_python_objects():
    t = _core.convert(np.arange(6).reshape(2, 3))
    assert t.tolist() == [[0, 1, 2], [3, 4, 5]] and t.item(4) == 4 and t.item(-1) == 5
    assert _core.convert([[7]]).item() == 7 and _core.convert(3.5).item() == 3.5
    assert _core.convert(1 + 2j).item() == 1 + 2j and _core.convert(True).item() is True
    with pytest.raises(ValueError, match="one element"):
        t.item()
    with pytest.raises(IndexError):
        t.item(6)


def test_python_numbers_of_tensors():
    assert int(_core.convert(3.7)) == 3 and float(_core.convert(3)) == 3.0
    assert complex(_core.convert(2)) == 2 + 0j and [10, 20][_core.convert(1)] == 20
    assert bool(_core.convert(0.0)) is False and bool(_core.convert(-0.0)) is False
    assert bool(_core.convert([[2]])) is True and bool(_core.convert(math.nan)) is True
    for f in (bool, int, float):
        with pytest.raises(ValueError, match="element"):
            f(_core.convert([1, 2]))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(_core.convert([]))
    with pytest.raises(TypeError, match="index"):
        [1, 2][_core.convert(1.0)]
    with pytest.raises(TypeError, match="index"):
        [1, 2][_core.convert([1])]


def test_length_and_iteration():
    t = _core.convert(np.arange(6).reshape(3, 2))
    assert len(t) == 3 and [r.tolist() for r in t] == [[0, 1], [2, 3], [4, 5]]
    assert list(_core.convert(np.zeros((0, 2)))) == []
    a, b = _core.convert([1.5, 2.5])
    assert (a.item(), b.item()) == (1.5, 2.5) and a.shape == ()
    for f in (len, iter):
        with pytest.raises(TypeError, match="0-d"):
            f(_core.convert(1))


def test_a_tensor_is_a_value():
    t = _core.convert([1, 2])
    with pytest.raises(TypeError, match=r"x\.at\(i, v\)"):
        t[0] = 5
    with pytest.raises(TypeError, match="deleted"):
        del t[0]
    assert t.at(0, 5).tolist() == [5, 2] and t.tolist() == [1, 2]
    assert copy.copy(t) is t and copy.deepcopy(t) is t
    with pytest.raises(TypeError):
        _core.Tensor()


def test_input_is_copied():
    a = np.arange(3)
    t = _core.convert(a)
    a[0] = 99
    assert t.tolist() == [0, 1, 2]


@pytest.mark.parametrize("value", [3, 1.5, [[1.0, 2.0]], [], True])
def test_pickle(value):
    t = _core.convert(value)
    u = pickle.loads(pickle.dumps(t))
    assert u.dtype == t.dtype and u.shape == t.shape and u.tolist() == t.tolist()
    w = pickle.loads(pickle.dumps(_core.weak(4)))
    assert w.weak and w.item() == 4


def test_damaged_pickles_are_refused():
    for data, dtype, shape, weak in [
        (b"abc", "int32", (1,), False),
        (b"", "int32", (None,), False),
        (b"\0" * 4, "int32", (), True),
        (b"\0" * 8, "string", (), False),
        (b"\0" * 8, "resource", (), False),
        (b"", "int64", (2**40, 2**40), False),
    ]:
        with pytest.raises(ValueError):
            _core._tensor_from_bytes(data, dtype, shape, weak)


def test_no_hash_and_weak_references():
    t = _core.convert([1])
    with pytest.raises(TypeError, match="unhashable"):
        hash(t)
    r = weakref.ref(t)
    del t
    assert r() is None


def test_comparison_with_what_is_no_tensor():
    t = _core.convert([1, 2])
    assert (t == None) is False and (t != None) is True and (t == "a") is False  # noqa: E711
    assert (t == [1, 3]).tolist() == [True, False]
    assert (t in [None, "a"]) is False


def test_only_symbolic_tensors_have_a_graph():
    t = _core.convert(1)
    for name in ("name", "op", "graph", "value_index"):
        assert not hasattr(t, name)
    assert t._graph is None and t._value == 0 and t.label is None and t.alts is None


def test_the_type_takes_methods_from_python():
    _core.Tensor.twice = lambda self: self + self
    try:
        assert _core.convert(2).twice().item() == 4
    finally:
        del _core.Tensor.twice


def test_operations_by_name():
    x = _core.convert([[1.0, 2.0], [3.0, 4.0]])
    for name in ("SUM", "sum", "Sum"):
        assert _core.op(name, [x], {"axis": (0,), "keep_dims": False}).tolist() == [4, 6]
    assert [t.tolist() for t in _core.op("UNSTACK", [x], {"axis": 0, "num": 2})] == [[1, 2], [3, 4]]
    assert _core.op("CAST", [x], {"dtype": _core.int32}).dtype == "int32"
    assert _core.op("CONCAT", [x, x], {"axis": 0}).shape == (4, 2)


@pytest.mark.parametrize(
    "args, error, text",
    [
        (("NOPE", []), ValueError, "no operation 'NOPE'"),
        (("SUM", [[1.0]], {"nope": 1}), ValueError, "no attribute 'nope'"),
        (("SUM", [[1.0]], {"axis": {}}), TypeError, "dict"),
        (("SUM", [[1.0]], {"axis": (0,) * 17}), ValueError, "17"),
        (("ADD", [1.0]), TypeError, "takes 2 inputs, given 1"),
        (("CONST", []), TypeError, "only in a graph"),
        (("COND", [True]), TypeError, "only in a graph"),
        (("MATMUL", [[[1.0]], [[1.0], [2.0]]], {}), ValueError, "matmul"),
        (("UNSTACK", [[1.0]], {"axis": 0, "num": 2}), ValueError, "unstack"),
        (("ADD", 3), TypeError, "sequence"),
        (("ADD",), TypeError, "arguments"),
        (("ADD", [1, 2], None, 2), ValueError, "1 outputs, not 2"),
    ],
)
def test_bad_operations_are_refused(args, error, text):
    with pytest.raises(error, match=text):
        _core.op(*args)
